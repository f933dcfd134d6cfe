"""Times as people write them, read in the ledger's zone."""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.refusals import InvalidValue, NaiveTime

WAYS = "Write 2026-01-31, 2026-01-31T09:00 or 2026-01-31T09:00:00+08:00."
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
TIME = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})[Tt ](?P<hour>\d{2}:\d{2})(?P<second>:\d{2})?(?P<fraction>\.\d{1,9})?"
    r"(?P<zone>[Zz]|[+-]\d{2}:?\d{2})?"
)
MICROSECOND = timedelta(microseconds=1)
OFFSET_AFTER_A_LOST_PLUS = re.compile(r"(\d{2}:\d{2}(:\d{2}(\.\d+)?)?) (\d{2}:\d{2})$")


def moment(text: str, zone: ZoneInfo, field: str, *, end_of_day: bool = True) -> datetime:
    """Read a time, in the ledger's zone where it names none; a bare date is that day's end, or its start.

    Refuses what is no time, and a local time that a change of the clocks skipped or made twice.
    """
    if DAY.fullmatch(text):
        return _day(text, zone, field, end=end_of_day)
    naive, offset = _parts(text, field)
    if offset is not None:
        return _utc(datetime.fromisoformat(naive + offset), text, field)
    return _local(datetime.fromisoformat(naive), zone, text, field)


def moment_with_zone(text: str, zone: ZoneInfo, field: str) -> datetime:
    """Read a time of a request: as `moment`, but a time of day needs its zone."""
    text = OFFSET_AFTER_A_LOST_PLUS.sub(r"\1+\4", text)  # an unescaped plus in a query is a space
    if not DAY.fullmatch(text) and _parts(text, field)[1] is None:
        raise NaiveTime(field, text, "Write 2026-01-31T09:00:00Z or 2026-01-31T09:00:00+08:00.")
    return moment(text, zone, field)


def _parts(text: str, field: str) -> tuple[str, str | None]:
    """Split a time into its naive text, cut to microseconds, and its offset; refuses what is no time."""
    found = TIME.fullmatch(text)
    if found is None:
        raise InvalidValue(field, text, WAYS)
    fraction = (found["fraction"] or "")[:7]
    naive = f"{found['day']}T{found['hour']}{found['second'] or ':00'}{fraction and fraction.ljust(7, '0')}"
    zone = found["zone"]
    offset = zone and ("+00:00" if zone in "Zz" else f"{zone[:3]}:{zone[-2:]}")
    try:
        datetime.fromisoformat(naive + (offset or ""))
    except ValueError as error:
        raise InvalidValue(field, text, f"{str(error).capitalize()}.") from None
    return naive, offset


def _day(text: str, zone: ZoneInfo, field: str, *, end: bool) -> datetime:
    try:
        day = date.fromisoformat(text)
        if not end:
            return _utc(datetime.combine(day, time(), zone), text, field)
        return _utc(datetime.combine(day + timedelta(days=1), time(), zone), text, field) - MICROSECOND
    except (ValueError, OverflowError) as error:
        raise InvalidValue(field, text, f"{str(error).capitalize()}.") from None


def _local(naive: datetime, zone: ZoneInfo, text: str, field: str) -> datetime:
    first, second = (_utc(naive.replace(tzinfo=zone, fold=fold), text, field) for fold in (0, 1))
    if first == second:
        return first
    happened = "was skipped by" if first > second else "came twice at"
    hint = f"In {zone.key} this time {happened} a change of the clocks; write it with its offset."
    raise InvalidValue(field, text, hint)


def _utc(moment: datetime, text: str, field: str) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise InvalidValue(field, text, "The years go from 1 to 9999.") from None
