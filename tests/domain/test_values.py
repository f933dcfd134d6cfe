"""Values: each has one canonical text, and takes only what it means."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from typing_extensions import TypeForm

from domain.values import (
    Code,
    CountryCode,
    Day,
    ExactDecimal,
    Identifier,
    Label,
    Moment,
    Money,
    NonNegativeMoney,
    Period,
    PositiveMoney,
    Text,
    amount_text,
    decimal_text,
    moment_text,
)

Kind: TypeAlias = TypeForm[Any]

amounts = st.decimals(
    allow_nan=False, allow_infinity=False, min_value=-(10**10) + 1, max_value=10**10 - 1, places=8
)


def _read(kind: Kind, text: str) -> Any:  # noqa: ANN401  what a value reads as is for the test to say
    adapter: TypeAdapter[Any] = TypeAdapter(kind)
    return adapter.validator.validate_json(f'"{text}"')


def _refused(kind: Kind, text: str) -> str:
    with pytest.raises(ValidationError) as error:
        _read(kind, text)
    return error.value.errors()[0]["type"]


@pytest.mark.parametrize(
    ("text", "plain", "amount"),
    [
        ("12.30", "12.3", "12.30"),
        ("12.3", "12.3", "12.30"),
        ("0012", "12", "12.00"),
        ("100", "100", "100.00"),
        ("-0", "0", "0.00"),
        ("-0.00", "0", "0.00"),
        ("0.12345678", "0.12345678", "0.12345678"),
        ("-1.500", "-1.5", "-1.50"),
        ("9999999999.99999999", "9999999999.99999999", "9999999999.99999999"),
        ("999999999999999999", "999999999999999999", "999999999999999999.00"),
    ],
)
def test_a_decimal_has_one_text(text: str, plain: str, amount: str) -> None:
    number = _read(ExactDecimal, text)
    assert (decimal_text(number), amount_text(number)) == (plain, amount)


@given(amounts)
def test_an_amount_is_written_the_same_however_it_came(number: Decimal) -> None:
    text = amount_text(number)
    assert text == amount_text(number.normalize()) == amount_text(number + Decimal("0.00"))
    assert amount_text(Decimal(text)) == text
    assert number or not text.startswith("-")


@given(amounts)
def test_a_decimal_comes_back_from_its_text(number: Decimal) -> None:
    assert _read(ExactDecimal, decimal_text(number)) == number
    assert _read(ExactDecimal, amount_text(number)) == number


def test_an_exponent_leaves_no_trace_in_the_text() -> None:
    assert (decimal_text(Decimal("1E+3")), decimal_text(Decimal("1E-7"))) == ("1000", "0.0000001")


@pytest.mark.parametrize(
    "text",
    [
        "",
        " 1",
        "1 ",
        "1_000",
        "1,5",
        "+1",
        ".5",
        "5.",
        "1e3",
        "NaN",
        "Infinity",
        "\N{FULLWIDTH DIGIT ONE}2",
        "0x1",
        "--1",
        "1\\n",
    ],
)
def test_what_is_not_written_as_a_decimal_is_refused(text: str) -> None:
    assert _refused(ExactDecimal, text) == "value_error"


@pytest.mark.parametrize("text", ["9" * 19, "1." + "0" * 9, "1" * 11 + ".12345678", "9" * 10_000])
def test_a_decimal_of_too_many_digits_is_refused(text: str) -> None:
    assert _refused(ExactDecimal, text) == "value_error"


@pytest.mark.parametrize(
    ("value", "kind"),
    [("12.3", "float_number"), ("12", "float_number"), ("true", "value_error"), ("null", "value_error")],
)
def test_a_number_is_no_decimal(value: str, kind: str) -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(ExactDecimal)
    with pytest.raises(ValidationError) as error:
        adapter.validate_json(value)
    assert error.value.errors()[0]["type"] == kind


@pytest.mark.parametrize("number", [Decimal("NaN"), Decimal("Infinity"), Decimal("1E+30"), Decimal("1E-9")])
def test_a_decimal_from_within_is_held_to_the_same_bounds(number: Decimal) -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(ExactDecimal)
    with pytest.raises(ValidationError):
        adapter.validate_python(number)
    assert adapter.validate_python(Decimal("12.30")) == Decimal("12.3")


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("2026-01-31T09:00:00Z", "2026-01-31T09:00:00.000000Z"),
        ("2026-01-31t09:00:00z", "2026-01-31T09:00:00.000000Z"),
        ("2026-01-31 09:00:00.5+08:00", "2026-01-31T01:00:00.500000Z"),
        ("2026-01-31T09:00:00.123456789Z", "2026-01-31T09:00:00.123456Z"),
        ("2026-01-31T09:00:00-00:30", "2026-01-31T09:30:00.000000Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000000Z"),
        ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"),
    ],
)
def test_a_moment_has_one_text(text: str, canonical: str) -> None:
    moment = _read(Moment, text)
    assert moment.tzinfo is UTC
    assert moment_text(moment) == canonical


@given(st.datetimes(timezones=st.just(UTC)), st.integers(-1_439, 1_439))
def test_a_moment_has_the_same_text_in_every_zone(moment: datetime, minutes: int) -> None:
    text = moment_text(moment)
    assert _read(Moment, text) == moment
    assert len(text) == len("2026-01-31T09:00:00.000000Z")
    try:
        elsewhere = moment.astimezone(timezone(timedelta(minutes=minutes)))
    except OverflowError:
        return
    assert moment_text(elsewhere) == text
    assert _read(Moment, elsewhere.isoformat()) == moment


@given(
    st.datetimes(timezones=st.none()),
    st.sampled_from("Tt "),
    st.text("0123456789", max_size=12),
    st.sampled_from(["Z", "z", "+00:00", "-00:00", "+08:00", "-00:30"]),
)
def test_a_moment_is_what_pydantic_reads_however_it_is_written(
    naive: datetime, separator: str, fraction: str, zone: str
) -> None:
    text = f"{naive:%H:%M:%S}.{fraction}".rstrip(".") + zone
    text = f"{naive.date()}{separator}{text}"
    try:
        expected = TypeAdapter(datetime).validate_python(text).astimezone(UTC)
    except OverflowError:
        assert _refused(Moment, text) == "value_error"
        return
    moment = _read(Moment, text)
    assert (moment, moment.tzinfo) == (expected, UTC)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("2026-01-31T09:00:00", "naive_time"),
        ("2026-01-31 09:00:00.5", "naive_time"),
        ("0001-01-01T00:00:00+14:00", "value_error"),
        ("9999-12-31T23:59:59-00:01", "value_error"),
        ("0000-01-01T00:00:00Z", "datetime_parsing"),
        ("2026-01-31T24:00:00Z", "datetime_from_date_parsing"),
        ("2026-02-30T09:00:00Z", "datetime_from_date_parsing"),
        ("2026-01-31T09:00:00+24:00", "datetime_from_date_parsing"),
        ("10000-01-01T00:00:00Z", "string_pattern_mismatch"),
        ("1769850000", "string_pattern_mismatch"),
        ("2026-01-31", "string_pattern_mismatch"),
        ("2026-01-31T09:00Z", "string_pattern_mismatch"),
        ("2026-01-31T09:00:00Z ", "string_pattern_mismatch"),
        ("\N{FULLWIDTH DIGIT TWO}026-01-31T09:00:00Z", "string_pattern_mismatch"),
    ],
)
def test_what_is_no_moment_is_refused(text: str, kind: str) -> None:
    assert _refused(Moment, text) == kind


def test_a_naive_moment_from_within_is_refused() -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(Moment)
    with pytest.raises(ValidationError):
        adapter.validate_python(datetime(2026, 1, 31))  # noqa: DTZ001  the fault under test


@given(st.dates())
def test_a_day_comes_back_from_its_text(day: date) -> None:
    assert _read(Day, day.isoformat()) == day


@pytest.mark.parametrize(
    "text", ["86400", "0", "20260131", "2026-1-31", "2026-02-30", "0000-01-01", "2026-01-31T00:00:00"]
)
def test_what_is_no_day_is_refused(text: str) -> None:
    assert _refused(Day, text) in {"string_pattern_mismatch", "date_from_datetime_parsing", "date_parsing"}


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (Identifier, "käufer 1", "x" * 121),
        (Identifier, "x" * 120, ""),
        (Identifier, "a b", "a\\u0000b"),
        (Identifier, "a", "a\\n"),
        (Code, "a_b.c:d/e-1", "a b"),
        (Code, "9", "-a"),
        (Code, "a", "a\\n"),
        (Label, "x" * 200, "two\\nlines"),
        (Text, "two\\nlines", "x" * 8_001),
        (Text, "", "\\u0000"),
        (CountryCode, "CN", "cn"),
        (CountryCode, "156", "CHN"),
    ],
)
def test_texts_are_constrained(kind: Kind, good: str, bad: str) -> None:
    assert _read(kind, good) is not None
    assert _refused(kind, bad).startswith("string_")


def _money(kind: Kind, amount: str, currency: str = "CNY") -> Money:
    adapter: TypeAdapter[Any] = TypeAdapter(kind)
    money: Money = adapter.validate_json(f'{{"amount": "{amount}", "currency": "{currency}"}}')
    return money


def test_money_is_written_for_people_with_its_currency() -> None:
    assert str(_money(Money, "-12.3")) == "CNY -12.30"


@pytest.mark.parametrize(
    ("kind", "amount"), [(PositiveMoney, "0"), (PositiveMoney, "-0.01"), (NonNegativeMoney, "-1")]
)
def test_amounts_below_their_kind_are_refused(kind: Kind, amount: str) -> None:
    with pytest.raises(ValidationError) as error:
        _money(kind, amount)
    assert error.value.errors()[0]["type"] == "negative_amount"


def test_zero_is_an_amount_where_it_may_be() -> None:
    assert _money(NonNegativeMoney, "0").amount == 0


@pytest.mark.parametrize("currency", ["cny", "CN", "CNYX", "CNY\\n", ""])
def test_a_currency_is_three_capitals(currency: str) -> None:
    with pytest.raises(ValidationError):
        _money(Money, "1", currency)


def test_a_period_must_not_end_before_it_starts() -> None:
    adapter = TypeAdapter(Period)
    assert adapter.validate_json('{"start": "2026-01-31", "end": "2026-01-31"}').end == date(2026, 1, 31)
    assert adapter.validate_json('{"start": "2026-01-31"}').end is None
    with pytest.raises(ValidationError):
        adapter.validate_json('{"start": "2026-01-31", "end": "2026-01-30"}')
