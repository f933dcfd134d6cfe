"""Changing the key of a log: both keys sign the handover, crashes are made up for, proofs go on holding."""

import pytest

from domain.notary.keys import KeyFolder
from domain.notary.outside import FolderOutside
from domain.notary.refusals import SealKeyMissing, SealKeyWrong
from domain.seal.checkpoint import open_checkpoint
from domain.seal.refusals import NotSigned
from domain.store import seals
from tests.domain.notary.office import Office
from tests.domain.notary.test_signing import crashing


def rotate(office: Office, *, remove_old: bool = False) -> bytes:
    """Change the key, and return what both signed."""
    with office.notary() as notary:
        return notary.rotate(0, remove_old=remove_old).note


def key_files(office: Office) -> set[str]:
    return {it.name for it in office.keys.folder.iterdir()} - {"seal.lock"}


def test_both_keys_sign_the_handover(office: Office) -> None:
    office.grow(5)
    note = rotate(office)
    old, new = office.verifiers()
    for key in (old, new):
        assert open_checkpoint(note, [key]).checkpoint.size == 5
    assert office.store.run("SELECT from_size FROM daybook.seal_keys ORDER BY 1") == [(0,), (5,)]
    assert (office.outside().latest(0), office.inside()[-1]) == (note, (5, note.decode()))
    assert old.name == new.name


def test_the_new_key_signs_from_then_on(office: Office) -> None:
    office.grow(5)
    rotate(office)
    office.grow(2)
    assert office.publish() == 7
    old, new = office.verifiers()
    note = office.inside()[-1][1].encode()
    assert open_checkpoint(note, [new]).checkpoint.size == 7
    with pytest.raises(NotSigned):
        open_checkpoint(note, [old])


@pytest.mark.parametrize("remove_old", [False, True])
def test_the_old_secret_is_set_aside_or_removed(office: Office, remove_old: bool) -> None:  # noqa: FBT001
    (old,) = office.verifiers()
    rotate(office, remove_old=remove_old)
    aside = set() if remove_old else {f"seal-0.{old.key_id.hex()}.key"}
    assert key_files(office) == {"seal-0.key", *aside}


def test_a_log_that_has_not_grown_can_change_its_key_again_and_again(office: Office) -> None:
    office.grow(5)
    office.publish()
    for _ in range(3):
        rotate(office)
    office.guard()
    office.grow()
    assert office.publish() == 6
    assert len(office.vkeys()) == 4


def test_an_older_key_put_back_is_told_from_the_newest(office: Office) -> None:
    (old,) = office.verifiers()
    rotate(office)
    path = office.keys.path(0)
    path.write_bytes((office.keys.folder / f"seal-0.{old.key_id.hex()}.key").read_bytes())
    for attempt in (office.guard, office.publish):
        with pytest.raises(SealKeyWrong, match="the key was changed since") as refusal:
            attempt()
        assert office.vkeys()[-1] in refusal.value.hint


def test_a_lost_key_stops_the_next_process(office: Office) -> None:
    office.keys.path(0).unlink()
    for attempt in (office.guard, office.publish, lambda: rotate(office)):
        with pytest.raises(SealKeyMissing) as refusal:
            attempt()
        assert office.vkeys()[-1] in refusal.value.hint


def test_another_process_takes_the_new_key(office: Office) -> None:
    with office.notary() as other:
        office.grow(1)
        assert other.publish(0).size == 1
        rotate(office)
        office.grow(1)
        note = other.publish(0).note
    assert open_checkpoint(note, office.verifiers()[1:]).checkpoint.size == 2


@pytest.mark.parametrize(
    ("owner", "name", "changed"),
    [
        (KeyFolder, "make_next", False),
        (FolderOutside, "keep", False),
        (seals, "keep", False),
        (seals, "keep_key", False),
        (KeyFolder, "replace", True),
        (KeyFolder, "remove_old", True),
    ],
)
def test_a_crash_at_any_step_is_made_up_for(
    office: Office,
    monkeypatch: pytest.MonkeyPatch,
    owner: object,
    name: str,
    changed: bool,  # noqa: FBT001
) -> None:
    office.grow(5)
    with crashing(monkeypatch, owner, name):
        rotate(office, remove_old=True)
    assert len(office.vkeys()) == 1 + changed
    office.guard()
    office.grow(2)
    assert office.publish() == 7
    open_checkpoint(office.inside()[-1][1].encode(), office.verifiers()[-1:])
    rotate(office)
    assert len(office.vkeys()) == 2 + changed
    assert office.keys.signer(0, office.vkeys()[-1]).name == "test/0"
    assert "seal-0.key.next" not in key_files(office)


def test_proofs_hold_by_the_key_that_signed_them(office: Office) -> None:
    with office.ledger() as ledger:
        office.grow(3)
        ((entry_id,),) = office.store.run("SELECT id FROM daybook.entries WHERE position = 2")
        before = ledger.prove(entry_id)
    rotate(office)
    with office.ledger() as ledger:
        handed_over = ledger.prove(entry_id)
        office.grow(3)
        ((later_id,),) = office.store.run("SELECT id FROM daybook.entries WHERE position = 5")
        later = ledger.prove(later_id)
        after = ledger.prove(entry_id)
    old, new = office.verifiers()
    for proof, trusted in ((before, old), (handed_over, old), (handed_over, new), (later, new), (after, new)):
        assert proof.verify([trusted]).opened.key == trusted
    for proof, other in ((before, new), (later, old), (after, old)):
        with pytest.raises(NotSigned):
            proof.verify([other])
