"""Proofs of single entries: what they hold, when the log is signed for them, and what is never proved."""

import base64
import json
from uuid import UUID, uuid4

import pytest

from domain.ledger import Ledger
from domain.notary.proof import EntryProof
from domain.notary.refusals import LogDamaged, NotSealedYet
from domain.refusals import NoSuchEntry
from domain.seal.refusals import Malformed, MalformedProofFile, NotProved, RootDiffers
from domain.seal.tlog_proof import ProofFile, parse_proof_file
from tests.database import Store
from tests.domain.notary.office import Office
from tests.domain.notary.witness import TestWitness
from tests.drafts import draft, opened, receipt


def ids(store: Store) -> list[UUID]:
    return [it for (it,) in store.run("SELECT id FROM daybook.entries ORDER BY position")]


def test_every_entry_can_be_proved_with_the_file_alone(office: Office) -> None:
    office.grow(600)
    keys = office.verifiers()
    with office.ledger() as ledger:
        for index, entry_id in list(enumerate(ids(office.store)))[:: 600 // 40]:
            text = ledger.prove(entry_id).to_bytes()
            proof = EntryProof.parse(text)
            found = proof.verify(keys)
            assert (found.position, found.opened.checkpoint.size) == (index + 1, 600)
            assert proof.entry == ledger.entry_bytes(entry_id)
            assert len(text) < 5_000
    assert office.sizes() == [0, 600]


def test_the_file_is_of_the_published_format(office: Office) -> None:
    office.grow(2)
    with office.ledger() as ledger:
        proof = ledger.prove(ids(office.store)[1])
    header, extra, index, sibling, blank, *checkpoint = proof.to_bytes().decode().split("\n")
    assert (header, index, blank) == ("c2sp.org/tlog-proof@v1", "index 1", "")
    assert json.loads(base64.b64decode(extra.removeprefix("extra "))) == {"entry": proof.entry.decode()}
    assert len(base64.b64decode(sibling)) == 32
    assert "\n".join(checkpoint).encode() == office.outside().latest(0)


def test_what_is_not_signed_yet_is_signed_first(office: Office) -> None:
    with office.ledger() as ledger:
        first = receipt(ledger.record([draft("1", opened("A"))])[0])
        assert ledger.prove(first.id).verify(office.verifiers()).opened.checkpoint.size == 1
        second = receipt(ledger.record([draft("2", opened("A"))])[0])
        assert ledger.prove(second.id).verify(office.verifiers()).position == 2
        assert office.sizes() == [0, 1, 2]


def test_without_a_notary_only_what_is_signed_is_proved(office: Office) -> None:
    office.grow(3)
    office.publish()
    office.grow(1)
    with Ledger.open(office.store.url) as ledger:
        assert ledger.prove(ids(office.store)[2]).verify(office.verifiers()).position == 3
        with pytest.raises(NotSealedYet, match="The entry's position is 4"):
            ledger.prove(ids(office.store)[3])


def test_a_log_that_was_never_signed_proves_nothing(bare: Office) -> None:
    bare.grow(1)
    with Ledger.open(bare.store.url) as ledger, pytest.raises(NotSealedYet, match="No checkpoint was signed"):
        ledger.prove(ids(bare.store)[0])


def test_an_earlier_checkpoint_with_its_witnesses_can_be_asked_for(office: Office) -> None:
    office.grow(3)
    witness = TestWitness("witness.example")
    with office.ledger() as ledger:
        assert ledger.notary is not None
        ledger.notary.take_cosigned(witness.cosign(ledger.notary.publish(0).note), [witness.public])
        office.grow(2)
        ledger.notary.publish(0)
        proof = ledger.prove(ids(office.store)[0], size=3)
        (cosignature,) = proof.verify(office.verifiers(), [witness.public]).opened.cosignatures
        assert cosignature.witness == witness.public
        for size, said in ((4, "No checkpoint of this size"), (0, "The entry's position is 1")):
            with pytest.raises(NotSealedYet, match=said):
                ledger.prove(ids(office.store)[0], size=size)


def test_what_is_not_there_is_not_proved(office: Office) -> None:
    with office.ledger() as ledger, pytest.raises(NoSuchEntry):
        ledger.prove(uuid4())


def test_a_proof_that_would_not_hold_is_never_given_out(office: Office) -> None:
    office.grow(300)
    office.publish()
    office.store.run("ALTER TABLE daybook.entries DISABLE TRIGGER entries_never_change", owner=True)
    change = "UPDATE daybook.entries SET state = state || 'x'::bytea WHERE position = %s"
    with office.ledger() as ledger:
        for changed, damaged, sound in ((100, [100], [6, 101, 290]), (280, [6, 280, 290], [])):
            office.store.run(change, changed, owner=True)
            for position in damaged:
                with pytest.raises(LogDamaged) as refusal:
                    ledger.prove(ids(office.store)[position - 1])
                assert (refusal.value.field, refusal.value.value) == ("position", position)
                assert "daybook verify" in refusal.value.hint
            for position in sound:
                proof = ledger.prove(ids(office.store)[position - 1])
                assert proof.verify(office.verifiers()).position == position


@pytest.fixture
def proof(office: Office) -> EntryProof:
    """The proof of the second of three entries."""
    office.grow(3)
    with office.ledger() as ledger:
        return ledger.prove(ids(office.store)[1])


def test_no_byte_of_a_proof_can_be_changed_unseen(office: Office, proof: EntryProof) -> None:
    text, keys = proof.to_bytes(), office.verifiers()
    told = proof.verify(keys)
    unchanged = 0
    for at in range(len(text)):
        changed = text[:at] + bytes([text[at] ^ 1]) + text[at + 1 :]
        try:
            found = EntryProof.parse(changed)
            found.verify(keys)
        except (NotProved, Malformed):
            continue
        unchanged += 1
    assert (unchanged, told.position) == (0, 2)


def test_another_entry_in_the_file_is_not_proved(office: Office, proof: EntryProof) -> None:
    with pytest.raises(RootDiffers):
        EntryProof(proof.file, b"{}").verify(office.verifiers())


@pytest.mark.parametrize("extra", [b"", b"[]", b"{}", b'{"entry":1}', b'{"entry":"\\ud800"}', b"\xff", b"{"])
def test_a_file_without_the_entry_is_told_as_such(proof: EntryProof, extra: bytes) -> None:
    file = ProofFile(proof.file.index, proof.file.hashes, proof.file.checkpoint, extra)
    with pytest.raises(MalformedProofFile, match="does not hold the entry"):
        EntryProof.parse(file.to_bytes())


def test_what_else_is_said_of_the_entry_is_kept(proof: EntryProof) -> None:
    more = EntryProof(proof.file, proof.entry, {"disclosed": [{"field": "name"}]})
    assert EntryProof.parse(more.to_bytes()) == EntryProof(
        parse_proof_file(more.to_bytes()), more.entry, more.more
    )
