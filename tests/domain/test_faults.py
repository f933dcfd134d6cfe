"""Every fault of a document is a refusal of its own, with field, value and what would help."""

from typing import Any
from uuid import UUID

import pytest

from domain.door import Door
from domain.events.examples import EXAMPLES, document
from domain.refusals import (
    FloatMoney,
    InvalidStream,
    InvalidValue,
    MissingField,
    NaiveTime,
    NegativeAmount,
    NulCharacter,
    Refused,
    UnknownField,
    UnknownType,
    WrongUnit,
)

DOOR = Door(new_id=lambda: UUID(int=1))
MONEY = {"amount": "1.00", "currency": "CNY"}


def _with(name: str, changes: dict[str, Any] | None = None, /, **envelope: object) -> dict[str, Any]:
    written = document(name) | envelope
    return written | {"data": EXAMPLES[name] | changes} if changes else written


def _without(written: dict[str, Any], *fields: str) -> dict[str, Any]:
    return {name: value for name, value in written.items() if name not in fields}


def _refusal(written: bytes | str | dict[str, Any]) -> Refused:
    with pytest.raises(Refused) as refused:
        DOOR.open(written)
    return refused.value


PAID, CALL, POINT = "PaymentReceived", "InteractionLogged", "SupplyPointAdded"


@pytest.mark.parametrize(
    ("written", "refusal", "field", "value", "hint"),
    [
        (_with(PAID, type="PaymentRecieved"), UnknownType, "type", "PaymentRecieved", "`PaymentReceived`"),
        (_with(PAID, type="Zzzzzz"), UnknownType, "type", "Zzzzzz", "`daybook events`"),
        (_with(PAID, type=["a"]), UnknownType, "type", ["a"], ""),
        (_with(PAID, schema=2), UnknownType, "schema", 2, "1 to 1"),
        (_with(CALL, schema=0), UnknownType, "schema", 0, "1 to 2"),
        (_with(CALL, schema="1"), InvalidValue, "schema", "1", "whole number"),
        (_with(CALL, schema=True), InvalidValue, "schema", True, "whole number"),
        (_with(CALL, schema=1, data=[]), InvalidValue, "data", [], "object"),
        (_with(PAID, {"methd": "x"}), UnknownField, "data.methd", "x", "`method`"),
        (_with(PAID, ocurred_at="x"), UnknownField, "ocurred_at", "x", "`occurred_at`"),
        (_with(PAID, version=3), UnknownField, "version", 3, "ledger itself"),
        (_with(PAID, recorded_at="2026-02-02T00:00:00Z"), UnknownField, "recorded_at", ..., "ledger itself"),
        (
            _with(PAID, actor={"kind": "staff", "id": "1", "uni": "x"}),
            UnknownField,
            "actor.uni",
            "x",
            "`unit`",
        ),
        (_with(PAID, {"amount": MONEY | {"x": 1}}), UnknownField, "data.amount.x", 1, ""),
        (
            _with(PAID, {"designations": [{"charg": "c"}]}),
            UnknownField,
            "data.designations[0].charg",
            "c",
            "`charge`",
        ),
        (_with(CALL, {"duration_min": 3}), WrongUnit, "data.duration_min", 3, "`data.duration_s`"),
        (_with(POINT, {"voltage_v": "10000"}), WrongUnit, "data.voltage_v", "10000", "`data.voltage_kv`"),
        (_with(PAID, {"amount_fen": 1230}), WrongUnit, "data.amount_fen", 1230, "`data.amount`"),
        (_without(document(PAID), "type"), MissingField, "type", None, ""),
        (_without(document(PAID), "stream"), MissingField, "stream", None, ""),
        (_without(document(PAID), "occurred_at"), MissingField, "occurred_at", None, ""),
        (_without(document(PAID), "actor"), MissingField, "actor", None, ""),
        (_without(document(PAID), "source"), MissingField, "source", None, ""),
        (_without(document(PAID), "data"), MissingField, "data", None, ""),
        (_with(PAID, data={"payment": "p"}), MissingField, "data.amount", None, ""),
        (_with(PAID, {"amount": {"amount": "1"}}), MissingField, "data.amount.currency", None, ""),
        (
            _with(PAID, occurred_at="2026-01-31T09:00:00"),
            NaiveTime,
            "occurred_at",
            "2026-01-31T09:00:00",
            "+08:00",
        ),
        (
            _with("VisitPlanned", {"planned_for": "2026-01-31 09:00:00"}),
            NaiveTime,
            "data.planned_for",
            ...,
            "Z",
        ),
        (_with(PAID, {"amount": 12.3}), FloatMoney, "data.amount", 12.3, '"currency"'),
        (
            _with(PAID, {"amount": MONEY | {"amount": 12.3}}),
            FloatMoney,
            "data.amount.amount",
            12.3,
            '"12.30"',
        ),
        (_with(PAID, {"amount": MONEY | {"amount": 12}}), FloatMoney, "data.amount.amount", 12, '"12.30"'),
        (_with(POINT, {"voltage_kv": 10.5}), FloatMoney, "data.voltage_kv", 10.5, '"12.30"'),
        (_with(CALL, {"summary": "a\x00b"}), NulCharacter, "data.summary", "a\x00b", ""),
        (_with(CALL, {"\x00": 1}), NulCharacter, "data", "\x00", ""),
        (_with(CALL, source="\x00"), NulCharacter, "source", "\x00", ""),
        (
            _with(PAID, {"designations": [{"charge": "\x00"}]}),
            NulCharacter,
            "data.designations[0].charge",
            "\x00",
            "",
        ),
        (
            _with(PAID, {"amount": MONEY | {"amount": "0"}}),
            NegativeAmount,
            "data.amount.amount",
            "0",
            "more than zero",
        ),
        (
            _with(PAID, {"amount": MONEY | {"amount": "-5"}}),
            NegativeAmount,
            "data.amount.amount",
            "-5",
            "zero",
        ),
        (
            _with("ChargeAssessed", {"security": MONEY | {"amount": "-5"}}),
            NegativeAmount,
            "data.security.amount",
            ...,
            "",
        ),
        (
            _with("ChargeAdjusted", {"amount": MONEY | {"amount": "0"}}),
            InvalidValue,
            "data.amount",
            ...,
            "not be zero",
        ),
        (_with(PAID, stream="client:1"), InvalidStream, "stream", "client:1", ""),
        (_with(PAID, stream="customer:"), InvalidStream, "stream", "customer:", ""),
        (_with(PAID, stream="customer:a\n"), InvalidStream, "stream", "customer:a\n", ""),
        (_with(PAID, stream="customer:" + "x" * 121), InvalidStream, "stream", ..., ""),
        (_with(PAID, stream="ledger:1"), InvalidStream, "stream", "ledger:1", ""),
        (_with(PAID, stream=42), InvalidStream, "stream", 42, ""),
        (_with(PAID, stream=None), InvalidStream, "stream", None, ""),
        (_with(PAID, {"amount": "12.30"}), InvalidValue, "data.amount", "12.30", "object"),
        (_with(PAID, {"amount": True}), InvalidValue, "data.amount", True, "object"),
        (_with(PAID, {"method": "a b"}), InvalidValue, "data.method", "a b", "letters, digits"),
        (_with(PAID, {"value_date": "86400"}), InvalidValue, "data.value_date", "86400", "2026-01-31"),
        (
            _with(PAID, {"amount": MONEY | {"amount": "1e3"}}),
            InvalidValue,
            "data.amount.amount",
            "1e3",
            "12.30",
        ),
        (_with(CALL, {"duration_s": 1.0}), InvalidValue, "data.duration_s", 1.0, "integer"),
        (_with(CALL, {"duration_s": -1}), InvalidValue, "data.duration_s", -1, "greater than or equal to 0"),
        (_with(CALL, {"duration_s": 2**53}), InvalidValue, "data.duration_s", 2**53, "less than"),
        (_with(CALL, {"identity_verified": 1}), InvalidValue, "data.identity_verified", 1, "boolean"),
        (_with(CALL, {"direction": "up"}), InvalidValue, "data.direction", "up", "'inbound' or 'outbound'"),
        (_with(CALL, {"summary": "\ud800"}), InvalidValue, "data.summary", ..., "surrogate"),
        (
            _with(PAID, occurred_at="0001-01-01T00:00:00+14:00"),
            InvalidValue,
            "occurred_at",
            ...,
            "years 1 to 9999",
        ),
        (
            _with(PAID, occurred_at="10000-01-01T00:00:00Z"),
            InvalidValue,
            "occurred_at",
            ...,
            "2026-01-31T09:00:00Z",
        ),
        (_with(PAID, occurred_at=1769850000), InvalidValue, "occurred_at", 1769850000, "string"),
        (_with(PAID, id="42"), InvalidValue, "id", "42", "UUID"),
        (_with(PAID, expected_version=-1), InvalidValue, "expected_version", -1, ""),
        (_with(PAID, actor={"kind": "boss", "id": "1"}), InvalidValue, "actor.kind", "boss", "'staff'"),
        (_with(PAID, policy_refs=["p"] * 51), InvalidValue, "policy_refs", ..., "50"),
        (_with(PAID, data=None), InvalidValue, "data", None, "object"),
        (_with(PAID, {"method": float("nan")}), InvalidValue, "data.method", "nan", "number"),
        (_with(PAID, {"method": object}), InvalidValue, "", "dict", "JSON"),
    ],
)
def test_every_fault_is_a_refusal_of_its_own(
    written: dict[str, Any], refusal: type[Refused], field: str, value: object, hint: str
) -> None:
    refused = _refusal(written)
    assert type(refused) is refusal
    assert refused.field == field
    if value is not ...:
        assert refused.value == value
    assert hint in refused.hint
    assert refused.message


def test_an_unknown_field_explains_a_missing_one() -> None:
    written = _with(PAID, data={"payment": "p", "amonut": MONEY})
    refused = _refusal(written)
    assert isinstance(refused, UnknownField)
    assert (refused.field, refused.hint) == ("data.amonut", "Did you mean `amount` or `payment`?")


@pytest.mark.parametrize(
    ("shape", "data"),
    [
        ("a list", []),
        ("no number", {"duration_min": []}),
        ("a text", {"duration_min": "3"}),
        ("an object", {"duration_min": {}}),
    ],
)
def test_old_data_that_does_not_fit_its_schema_is_refused(shape: str, data: object) -> None:
    old = EXAMPLES[CALL] | data if isinstance(data, dict) else data
    refused = _refusal(_with(CALL, schema=1) | {"data": old})
    assert isinstance(refused, InvalidValue)
    assert refused.field.startswith("data")
