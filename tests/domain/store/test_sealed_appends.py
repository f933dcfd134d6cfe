"""Appends of what is sealed: put off where somebody was erased meanwhile, indexed, and compared."""

from typing import NoReturn
from uuid import uuid4

import pytest
from msgspec.structs import replace

from domain.entry import Prepared
from domain.ledger import Outcome
from domain.refusals import IdReused, VersionConflict
from domain.store.lookups import Lookups
from domain.store.recorder import ShardRecorder
from domain.store.request import Append, KeysChanged
from domain.vault.sealed import Place, seal
from domain.vault.vault import Vault
from tests.database import Store, command, receipts
from tests.drafts import refusals

STREAM, OTHER = "customer:1", "customer:2"
TOKEN, OTHER_TOKEN = b"\x01" * 32, b"\x02" * 32
GONE, THERE = ("customer:3", 1), ("customer:4", 1)
PUT_OFF = KeysChanged.code


def _sealed(vault: Vault, stream: str = STREAM) -> Append:
    """A request whose entry holds one sealed text."""
    held = vault.keys.ensure(0, [stream])
    entry_id = uuid4()
    token = seal("Harbour Mills", held.keys[stream], Place(stream, entry_id, "name"), bytes(16), bytes(12))
    before = b'{"data":{"name":"%s","n":1},"id":"%s","recorded_at":"' % (
        token.encode(),
        str(entry_id).encode(),
    )
    entries = (Prepared(entry_id, "Noted", before, b'","version":'),)
    sealed_with = ((stream, held.keys[stream].generation),)
    return replace(
        command(stream, id=entry_id), entries=entries, sealed_at=held.epoch, sealed_with=sealed_with
    )


def _index(store: Store) -> list[tuple[object, ...]]:
    return store.run("SELECT token, subject, stream FROM daybook.blind_index ORDER BY token, subject")


@pytest.fixture
def erased(vault: Vault) -> None:
    """Somebody was erased from the shard, and somebody else was not."""
    vault.keys.ensure(0, ["customer:3", "customer:4"])
    vault.destroy("customer:3", 0)


def test_what_was_sealed_with_a_key_destroyed_since_is_put_off(
    store: Store, recorder: ShardRecorder, erased: None
) -> None:
    requests = [
        command(STREAM, sealed_at=0, sealed_with=(GONE,)),
        command(STREAM, sealed_at=0, sealed_with=(THERE,)),
        command(STREAM),
        command(OTHER, sealed_at=0, sealed_with=(THERE, GONE)),
        command(OTHER, sealed_at=1, sealed_with=(THERE, ("customer:3", 2))),
    ]
    assert refusals(recorder.append(requests)) == [PUT_OFF, None, None, PUT_OFF, None]
    assert store.check() == 3


def test_keys_read_after_the_erasure_are_not_looked_up(
    recorder: ShardRecorder, erased: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def looked_up(*_: object) -> NoReturn:
        raise AssertionError

    monkeypatch.setattr(Lookups, "destroyed", looked_up)
    requests = [command(STREAM, sealed_at=1, sealed_with=(THERE,)), command(OTHER)]
    assert refusals(recorder.append(requests)) == [None, None]


def test_what_counts_on_a_request_that_was_put_off_is_put_off_with_it(
    store: Store, recorder: ShardRecorder, erased: None
) -> None:
    """Else it would be decided again without it, and refused."""
    first = command(STREAM, sealed_at=0, sealed_with=(GONE,), decided_at=0)
    second = command(STREAM, decided_at=1, presumes=first.id)
    third = command(STREAM, decided_at=2, presumes=second.id, expected_version=2)
    others = [command(OTHER, presumes=first.id), command(STREAM, expected_version=2)]
    outcomes = recorder.append([first, second, third, *others])
    assert refusals(outcomes) == [PUT_OFF, PUT_OFF, PUT_OFF, None, VersionConflict.code]
    again = [replace(first, sealed_at=1, sealed_with=(THERE,)), second, third]
    assert refusals(recorder.append(again)) == [None, None, None]
    assert store.check() == 4


def test_a_repetition_is_answered_whatever_its_keys(recorder: ShardRecorder, vault: Vault) -> None:
    request = _sealed(vault)
    first = receipts(recorder.append([request])[0])
    vault.destroy(OTHER, 0)
    assert receipts(recorder.append([request])[0]) == (first[0]._replace(repeated=True),)


def test_a_stream_is_found_by_its_tokens_once_its_entry_is_recorded(
    store: Store, recorder: ShardRecorder
) -> None:
    requests = [
        command(STREAM, index=((TOKEN, STREAM), (OTHER_TOKEN, STREAM))),
        command(STREAM, index=((TOKEN, STREAM),)),
        command(OTHER, index=((TOKEN, "customer:2/person/7"),)),
        command(OTHER, index=((OTHER_TOKEN, OTHER),), expected_version=7),
    ]
    assert refusals(recorder.append(requests)) == [None, None, None, VersionConflict.code]
    assert _index(store) == [
        (TOKEN, STREAM, STREAM),
        (TOKEN, "customer:2/person/7", OTHER),
        (OTHER_TOKEN, STREAM, STREAM),
    ]
    recorder.append(requests[:1])
    recorder.append([command(STREAM, index=((TOKEN, STREAM),))])
    assert len(_index(store)) == 3


def _with_other_content(request: Append) -> Append:
    return replace(request, fingerprint=b"\x09" * 32)


def test_other_content_under_an_id_is_refused_while_there_is_something_to_compare(
    recorder: ShardRecorder, vault: Vault
) -> None:
    mine, others = _sealed(vault), _sealed(vault, OTHER)
    clear = command(STREAM)
    recorder.append([mine, others, clear])
    assert _codes(recorder, mine, others) == [IdReused.code, IdReused.code]
    vault.destroy(OTHER, 0)
    fresh = [replace(it, sealed_at=1) for it in (mine, others)]
    assert _codes(recorder, *fresh, clear) == [IdReused.code, None, IdReused.code]


def test_other_content_under_the_id_of_what_only_looks_sealed_is_refused(
    recorder: ShardRecorder, erased: None
) -> None:
    request = command(STREAM)
    before = b'{"data":{"name":"sealed:1:not so","n":1},"id":"%s","recorded_at":"' % str(request.id).encode()
    request = replace(request, entries=(Prepared(request.id, "Noted", before, b'","version":'),))
    recorder.append([request])
    assert _codes(recorder, request) == [IdReused.code]


def _codes(recorder: ShardRecorder, *requests: Append) -> list[str | None]:
    return refusals(recorder.append([_with_other_content(it) for it in requests]))


def test_the_erased_gets_the_first_receipt_uncompared(
    store: Store, recorder: ShardRecorder, vault: Vault
) -> None:
    request = _sealed(vault)
    first: Outcome = recorder.append([request])[0]
    vault.destroy(STREAM, 0)
    retry = replace(_with_other_content(request), sealed_at=1)
    assert receipts(recorder.append([retry])[0]) == (receipts(first)[0]._replace(repeated=True),)
    assert refusals(recorder.append([replace(retry, sealed_at=None)])) == [None]
    assert store.check() == 1


def test_what_cannot_be_compared_for_want_of_new_keys_is_put_off(
    recorder: ShardRecorder, vault: Vault
) -> None:
    """A fingerprint made with an old key says nothing: the caller comes again with the new one."""
    request = _sealed(vault)
    recorder.append([request])
    vault.destroy(STREAM, 0)
    assert _codes(recorder, request) == [PUT_OFF]
    assert refusals(recorder.append([request])) == [None]


def test_within_a_batch_other_content_is_refused(recorder: ShardRecorder, vault: Vault, erased: None) -> None:
    request = _sealed(vault)
    outcomes = recorder.append([request, _with_other_content(request)])
    assert refusals(outcomes) == [None, IdReused.code]
