"""The door: what it takes, and the refusal of everything else, with code, field, value and hint."""

import dataclasses
import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from domain.door import Door, adapter, check_time
from domain.entry import Actor, Draft
from domain.events import REGISTER
from domain.events.contact import InteractionLogged
from domain.events.examples import EXAMPLES, document
from domain.events.money import PaymentReceived
from domain.refusals import InvalidValue, TimeInFuture, UnknownField, UnknownType
from domain.values import Money

ID = UUID("01890a5d-ac96-774b-bcce-b302099a8057")
DOOR = Door(new_id=lambda: ID)


def _with(name: str, changes: dict[str, Any] | None = None, /, **envelope: object) -> dict[str, Any]:
    written = document(name) | envelope
    return written | {"data": EXAMPLES[name] | changes} if changes else written


def _without(written: dict[str, Any], *fields: str) -> dict[str, Any]:
    return {name: value for name, value in written.items() if name not in fields}


def test_a_document_becomes_a_draft() -> None:
    written = {
        "id": "01890A5D-AC96-774B-BCCE-B302099A8058",
        "stream": "customer:42",
        "type": "PaymentReceived",
        "schema": 1,
        "occurred_at": "2026-01-31T17:00:00.25+08:00",
        "actor": {"kind": "staff", "id": "clerk-7", "unit": "billing"},
        "source": "bank",
        "source_recorded_at": "2026-02-01T00:00:00Z",
        "correlation_id": "run-1",
        "causation_id": str(ID),
        "policy_refs": ["p-1", "p-2"],
        "expected_version": 3,
        "recorded_at": "2026-02-02T00:00:00Z",
        "data": {
            "payment": "p",
            "amount": {"amount": "12.30", "currency": "CNY"},
            "value_date": "2026-01-31",
        },
    }
    amount = Money(Decimal("12.30"), "CNY")
    paid: Any = PaymentReceived(payment="p", amount=amount, value_date=date(2026, 1, 31))
    expected = Draft(
        id=UUID("01890a5d-ac96-774b-bcce-b302099a8058"),
        stream="customer:42",
        event=paid,
        occurred_at=datetime(2026, 1, 31, 9, 0, 0, 250_000, UTC),
        actor=Actor("staff", "clerk-7", "billing"),
        source="bank",
        source_recorded_at=datetime(2026, 2, 1, tzinfo=UTC),
        correlation_id="run-1",
        causation_id=ID,
        policy_refs=("p-1", "p-2"),
        expected_version=3,
        recorded_at=datetime(2026, 2, 2, tzinfo=UTC),
    )
    door = dataclasses.replace(DOOR, simulated=True)
    text = json.dumps(written, indent=2)
    assert door.open(written) == door.open(text) == door.open(text.encode()) == expected


def test_what_the_callers_door_supplies_stands_in() -> None:
    clerk = Actor("system", "portal")
    door = Door(new_id=lambda: ID, actor=clerk, source="portal")
    bare = _without(document("CaseOpened"), "actor", "source")
    for written in (
        bare,
        bare | {"id": None, "actor": None, "source": None, "schema": None, "policy_refs": None},
    ):
        draft = door.open(written)
        assert (draft.id, draft.actor, draft.source) == (ID, clerk, "portal")
        assert (draft.policy_refs, draft.expected_version, draft.recorded_at) == ((), None, None)
    own = door.open(document("CaseOpened"))
    assert (own.actor.id, own.source) == ("clerk-7", "crm")


def test_values_of_python_are_taken_as_their_texts() -> None:
    paid = {
        "payment": "p",
        "amount": {"amount": Decimal("12.30"), "currency": "CNY"},
        "value_date": date(2026, 1, 31),
    }
    moment = datetime(2026, 1, 31, 9, tzinfo=UTC)
    draft = DOOR.open(_with("PaymentReceived", id=ID, correlation_id=ID, occurred_at=moment) | {"data": paid})
    assert (draft.id, draft.correlation_id, draft.occurred_at) == (ID, str(ID), moment)


def test_an_older_schema_is_raised_and_the_document_left_as_it_was() -> None:
    data = _without(EXAMPLES["InteractionLogged"], "duration_s") | {"duration_min": 3}
    written = document("InteractionLogged") | {"schema": 1, "data": data}
    kept = json.dumps(written)
    event = DOOR.open(written).event
    assert isinstance(event, InteractionLogged)
    assert event.duration_s == 180
    assert json.dumps(written) == kept
    assert DOOR.open(kept.encode()).event == event


PAID = "PaymentReceived"


def test_recorded_at_is_for_simulated_clocks() -> None:
    written = _with(PAID, recorded_at="2026-02-02T00:00:00Z")
    draft = dataclasses.replace(DOOR, simulated=True).open(written)
    assert draft.recorded_at == datetime(2026, 2, 2, tzinfo=UTC)
    with pytest.raises(UnknownField):
        DOOR.open(written)


def test_a_time_beyond_the_tolerance_is_refused() -> None:
    now, tolerance = datetime(2026, 1, 31, 9, tzinfo=UTC), timedelta(minutes=5)
    just, past = "2026-01-31T17:05:00+08:00", "2026-01-31T09:05:00.000001Z"
    check_time(DOOR.open(_with(PAID, occurred_at=just)), now, tolerance)
    check_time(DOOR.open(_with(PAID, occurred_at=just, source_recorded_at=just)), now, tolerance)
    for field in ("occurred_at", "source_recorded_at"):
        draft = DOOR.open(document(PAID) | {"occurred_at": just, field: past})
        with pytest.raises(TimeInFuture) as refused:
            check_time(draft, now, tolerance)
        assert (refused.value.field, refused.value.value) == (field, "2026-01-31T09:05:00.000001+00:00")


def test_a_batch_tells_each_documents_fate_in_order() -> None:
    good, bad = document("CaseOpened"), _with(PAID, type="Nothing")
    fates = DOOR.open_batch([good, bad, b"{", json.dumps(good)])
    assert [type(fate) for fate in fates] == [Draft, UnknownType, InvalidValue, Draft]
    assert fates[0] == fates[3]


@pytest.mark.parametrize("name", REGISTER)
def test_every_type_has_a_json_schema_of_its_documents(name: str) -> None:
    schema = adapter(name).json_schema()
    assert {"stream", "type", "occurred_at", "data"} == set(schema["required"])
    assert schema["additionalProperties"] is False
    assert name in schema["$defs"]
    assert adapter(name) is adapter(name)


def test_a_schema_of_an_unknown_type_is_refused() -> None:
    with pytest.raises(UnknownType):
        adapter("Nothing")
