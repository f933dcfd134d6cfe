"""Values that events are made of: money, moments, constrained texts; each with one canonical text."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any, Final, cast

import msgspec
from pydantic import AfterValidator, Field, GetCoreSchemaHandler, PlainValidator, StringConstraints
from pydantic.json_schema import WithJsonSchema
from pydantic_core import CoreSchema, PydanticCustomError, SchemaValidator, core_schema

DECIMAL_DIGITS_MAX: Final = 18
DECIMAL_FRACTION_MAX: Final = 8
CURRENCY_PATTERN: Final = r"^[A-Z]{3}$"
COUNTRY_PATTERN: Final = r"^([A-Z]{2}|[0-9]{3})$"
CODE_PATTERN: Final = r"^[A-Za-z0-9][A-Za-z0-9_.:/-]*$"
SHA256_PATTERN: Final = r"^[0-9a-f]{64}$"
CONTROL_FREE: Final = r"^[^\x00-\x1f\x7f]+$"
NUL_FREE: Final = r"^[^\x00]*$"
DECIMAL_PATTERN: Final = r"^-?[0-9]+(\.[0-9]+)?$"
DAY_PATTERN: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
MOMENT_PATTERN: Final = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})?$"
)

Identifier = Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=CONTROL_FREE)]
"""A name that another system or this ledger gave to something: 1 to 120 characters, no control characters."""

Code = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=CODE_PATTERN)]
"""A word of a list kept elsewhere (a taxonomy, a department, a tariff): letters, digits and `_.:/-`."""

Label = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=CONTROL_FREE)]
"""A short text for people: one line, 1 to 200 characters."""

Text = Annotated[str, StringConstraints(max_length=8_000, pattern=NUL_FREE)]
"""A free text: at most 8,000 characters, no NUL."""

Sha256 = Annotated[str, StringConstraints(pattern=SHA256_PATTERN)]
"""A SHA-256 digest in lower-case hexadecimal, such as the name of a document kept elsewhere."""

CountryCode = Annotated[str, StringConstraints(pattern=COUNTRY_PATTERN)]
"""A country as ISO 3166-1 writes it: two letters or three digits."""

Currency = Annotated[str, StringConstraints(pattern=CURRENCY_PATTERN)]
"""A currency as ISO 4217 writes it: three letters."""


@dataclass(frozen=True, slots=True)
class _Written:
    """Holds a JSON text to a pattern before it is read: pydantic takes "86400" for a day of 1970.

    It is read by `read`, or else as pydantic does it.
    """

    pattern: str
    read: Callable[[str], Any] | None = None

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Read a JSON text by the pattern first; take a value of Python as it is."""
        schema = handler(source)
        text = core_schema.str_schema(pattern=self.pattern)
        if self.read is not None:
            from_text: CoreSchema = core_schema.no_info_after_validator_function(self.read, text)
        else:
            from_text = core_schema.chain_schema([text, cast("CoreSchema", {**schema, "strict": False})])
        return core_schema.json_or_python_schema(from_text, schema)


def _moment(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise PydanticCustomError("naive_time", "a time needs its zone")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        message = "the time must lie in the years 1 to 9999 of UTC"
        raise ValueError(message) from None


_any_moment: Final = SchemaValidator(core_schema.datetime_schema(strict=False)).validate_python


def _read_moment(text: str) -> datetime:
    """Read a text that matches the pattern; one in UTC, as most are, without a detour through its zone."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return _moment(_any_moment(text))
    # From Python 3.14 on 24:00 is taken for the midnight after, which pydantic refuses.
    return moment if moment.tzinfo is UTC and text[11:13] != "24" else _moment(_any_moment(text))


Moment = Annotated[
    datetime,
    AfterValidator(_moment),
    _Written(MOMENT_PATTERN, _read_moment),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-01-31T09:00:00Z"]}),
]
"""An instant: aware, kept in UTC, to the microsecond; finer digits are cut off."""

Day = Annotated[
    date,
    _Written(DAY_PATTERN),
    WithJsonSchema({"type": "string", "format": "date", "examples": ["2026-01-31"]}),
]
"""A day of the calendar, such as 2026-01-31, without a time or a zone."""

_written_decimal: Final = re.compile(DECIMAL_PATTERN).fullmatch
_short_decimal: Final = re.compile(r"-?[0-9]{1,10}(\.[0-9]{1,8})?").fullmatch


def _decimal(value: object) -> Decimal:
    """Read a decimal from its text; numbers are refused, as JSON numbers may have passed through a float."""
    if isinstance(value, str):
        if _short_decimal(value):
            return Decimal(value)
        if not _written_decimal(value):
            message = "write a decimal number such as 12.30: digits, and a point where needed"
            raise ValueError(message)
        number = Decimal(value)
    elif isinstance(value, Decimal):
        number = value
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        raise PydanticCustomError(
            "float_number", 'write the number as a text, "12.30", so that no digit is lost'
        )
    else:
        message = 'write a decimal number as a text, "12.30"'
        raise ValueError(message)  # noqa: TRY004  pydantic takes a ValueError, not a TypeError
    _, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int):
        message = "write a finite decimal number"
        raise ValueError(message)  # noqa: TRY004  as above
    if len(digits) + max(exponent, 0) > DECIMAL_DIGITS_MAX or -exponent > DECIMAL_FRACTION_MAX:
        message = f"at most {DECIMAL_DIGITS_MAX} digits, {DECIMAL_FRACTION_MAX} of them after the point"
        raise ValueError(message)
    return number


ExactDecimal = Annotated[
    Decimal,
    PlainValidator(_decimal),
    WithJsonSchema({"type": "string", "pattern": DECIMAL_PATTERN, "examples": ["12.30"]}),
]
"""A decimal number written as a text; never a float."""


def decimal_text(number: Decimal) -> str:
    """Write a decimal in its one canonical form: no exponent, no superfluous zeros, no negative zero."""
    text = str(number)
    if "E" in text:
        text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def amount_text(amount: Decimal) -> str:
    """Write an amount of money in its one canonical form: at least two fraction digits."""
    text = str(amount)
    if text[-3:-2] == "." and amount:
        # Nearly all are written so already. A zero may be negative, and is not.
        return text
    text = decimal_text(amount)
    whole, _, fraction = text.partition(".")
    return f"{whole}.{fraction:0<2}"


def moment_text(moment: datetime) -> str:
    """Write an instant in its one canonical form: RFC 3339, UTC, six fraction digits, `Z`."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    # An encoder of JSON is several times as fast as `isoformat`; it leaves out a fraction of zero.
    text = _encode(moment).decode()
    return text[1:-1] if moment.microsecond else text[1:-2] + ".000000Z"


_encode: Final = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in a currency; amounts of two currencies are never added."""

    amount: ExactDecimal
    currency: Currency

    def __str__(self) -> str:
        """Write the money for people, such as `CNY 12.30`."""
        return f"{self.currency} {amount_text(self.amount)}"


def _positive(money: Money) -> Money:
    if money.amount <= 0:
        raise PydanticCustomError("negative_amount", "the amount must be more than zero")
    return money


def _not_negative(money: Money) -> Money:
    if money.amount < 0:
        raise PydanticCustomError("negative_amount", "the amount must not be negative")
    return money


PositiveMoney = Annotated[Money, AfterValidator(_positive)]
"""Money of more than zero."""

NonNegativeMoney = Annotated[Money, AfterValidator(_not_negative)]
"""Money of zero or more."""

Rate = Annotated[ExactDecimal, Field(ge=0)]
"""A decimal of zero or more; its unit stands in the field's name."""

Count = Annotated[int, Field(ge=0, le=2**53 - 1)]
"""A whole number of zero or more that JSON can carry exactly."""


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `start` to `end`, both included; without an end it is open."""

    start: Day
    end: Day | None = None

    def __post_init__(self) -> None:
        """Refuse a period that ends before it starts."""
        if self.end is not None and self.end < self.start:
            message = "a period must not end before it starts"
            raise ValueError(message)
