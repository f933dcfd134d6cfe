"""Documents of an earlier schema version: a retry says the same again, whatever release recorded it first."""

import dataclasses
import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.door import Door
from domain.entry import Draft, Prepared, Said, as_said, fingerprint, prepare, splice
from domain.events import REGISTER
from domain.events.examples import EXAMPLES, document
from domain.ledger import Ledger
from domain.refusals import IdReused, InvalidValue
from domain.store.request import Append
from tests.database import Store
from tests.drafts import receipt
from tests.golden import RECORDED_AT, path_of, versions
from tests.vaults import open_ledger

DOOR = Door(new_id=uuid4)
EARLIER = [version for version in versions() if version[1] < REGISTER[version[0]].schema]
LOGGED = "InteractionLogged"


@pytest.fixture
def ledger(store: Store) -> Iterator[Ledger]:
    """A ledger with the database's clock and one shard."""
    with open_ledger(store.url) as opened_ledger:
        yield opened_ledger


def _call(**changes: object) -> dict[str, Any]:
    """A call as schema 1 of its type has it, in whole minutes; it refers to nothing else."""
    referring = {"person", "case", "duration_s"}
    data = {name: value for name, value in EXAMPLES[LOGGED].items() if name not in referring}
    id = "01890a5d-ac96-774b-bcce-b302099a8057"
    return document(LOGGED) | {"id": id, "schema": 1, "data": data | {"duration_min": 3} | changes}


def _said(draft: Draft) -> Prepared:
    return as_said(draft, prepare(draft, draft.event, draft.id))


def _split(state: bytes) -> Prepared:
    """Take the bytes of an entry apart again, as they were prepared."""
    entry = json.loads(state)
    before, recorded_at, rest = state.partition(entry["recorded_at"].encode())
    between = rest.removesuffix(b"%d}" % entry["version"])
    assert splice(Prepared(UUID(entry["id"]), entry["type"], before, between), recorded_at, 7) == state
    return Prepared(UUID(entry["id"]), entry["type"], before, between)


@pytest.mark.parametrize("version", EARLIER, ids="{0[0]}.{0[1]}".format)
def test_what_an_earlier_release_wrote_is_what_is_said_again(version: tuple[str, int]) -> None:
    state = path_of(version).read_bytes()
    written = json.loads(state)
    del written["version"], written["recorded_at"]
    assert splice(_said(DOOR.open(written)), RECORDED_AT, 7) == state


def test_only_a_document_of_an_earlier_schema_is_kept_as_it_was_said() -> None:
    draft = DOOR.open(document(LOGGED))
    entry = prepare(draft, draft.event, draft.id)
    assert draft.said is None
    assert as_said(draft, entry) is entry
    assert DOOR.open(_call()).said == Said(
        1, json.dumps(_call()["data"], sort_keys=True, separators=(",", ":")).encode()
    )


@pytest.mark.parametrize("absent", [{}, {"case": None}, {"duration_min": None}])
def test_what_is_absent_is_left_out_of_what_was_said(absent: dict[str, None]) -> None:
    written = _call(**absent)
    present = written | {"data": {name: it for name, it in written["data"].items() if it is not None}}
    assert _said(DOOR.open(written)) == _said(DOOR.open(present))


@pytest.mark.parametrize("as_text", [False, True])
def test_a_retry_of_what_an_earlier_release_recorded_gets_the_first_receipt(
    ledger: Ledger, *, as_text: bool
) -> None:
    written = json.loads(path_of((LOGGED, 1)).read_bytes())
    entry = _split(path_of((LOGGED, 1)).read_bytes())
    key = ledger.facts.fingerprint_key
    append = Append(
        stream=written["stream"], id=entry.id, fingerprint=fingerprint(key, entry), entries=(entry,)
    )
    first = receipt(ledger.recorders[0].append([append])[0])
    del written["version"], written["recorded_at"]
    again = ledger.record([DOOR.open(json.dumps(written) if as_text else written)])
    assert receipt(again[0]) == first._replace(repeated=True)
    (entry_read,) = ledger.log()
    assert entry_read.schema == 1


def test_a_retry_of_what_was_raised_gets_the_first_receipt(ledger: Ledger) -> None:
    first = receipt(ledger.record([DOOR.open(_call())])[0])
    assert ledger.entry(first.id).data.duration_s == 180
    again = ledger.record([DOOR.open(_call()), DOOR.open(json.dumps(_call()))])
    assert [receipt(it) for it in again] == [first._replace(repeated=True)] * 2
    assert len(ledger.log()) == 1


def test_another_content_in_an_earlier_schema_is_another_use_of_the_id(ledger: Ledger) -> None:
    ledger.record([DOOR.open(_call())])
    (refused,) = ledger.record([DOOR.open(_call(duration_min=4))])
    assert isinstance(refused, IdReused)
    assert len(ledger.log()) == 1


def test_a_field_that_the_upcasters_leave_alone_is_said_in_its_canonical_form(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    paid = REGISTER["PaymentReceived"]
    renamed = {1: lambda data: {("payment" if name == "number" else name): it for name, it in data.items()}}
    monkeypatch.setitem(REGISTER, "PaymentReceived", dataclasses.replace(paid, schema=2, upcasters=renamed))
    data = {"number": "p-1", "amount": {"currency": "CNY", "amount": "012.3"}, "designations": []}
    draft = DOOR.open(document("PaymentReceived") | {"schema": 1, "data": data})
    assert draft.said == Said(1, b'{"amount":{"amount":"12.30","currency":"CNY"},"number":"p-1"}')


def test_what_cannot_be_said_in_canonical_form_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    logged = REGISTER[LOGGED]
    dropped = {1: lambda data: {name: it for name, it in data.items() if name != "score"}}
    monkeypatch.setitem(REGISTER, LOGGED, dataclasses.replace(logged, upcasters=dropped))
    with pytest.raises(InvalidValue) as refused:
        DOOR.open(document(LOGGED) | {"schema": 1, "data": EXAMPLES[LOGGED] | {"score": [0.5]}})
    assert (refused.value.field, refused.value.value) == ("data.score[0]", 0.5)


def test_an_upcaster_may_change_what_it_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    def emptied(data: dict[str, Any]) -> dict[str, Any]:
        raised = dict(data)
        data.clear()
        return raised

    monkeypatch.setitem(REGISTER, LOGGED, dataclasses.replace(REGISTER[LOGGED], upcasters={1: emptied}))
    written = document(LOGGED) | {"schema": 1}
    kept = json.dumps(written)
    said = DOOR.open(written).said
    assert said is not None
    assert json.loads(said.data) == EXAMPLES[LOGGED]
    assert json.dumps(written) == kept
