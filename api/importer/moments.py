"""Reads days and moments as sources write them, in the zone in which they were written."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from domain.refusals import InvalidValue
from domain.values import moment_text

ISO: Final = "iso"
ISO_DAY_CHARACTERS: Final = 10
TIME_DIRECTIVES: Final = re.compile(r"%[HIMSTXcRr]")
CACHED: Final = 1 << 14


class Dates(NamedTuple):
    """How a source writes days and moments; `time` is taken where a text names only the day."""

    formats: Sequence[str]
    zone: ZoneInfo
    time: time
    plus_days: int = 0


def date_reader(path: str, dates: Dates) -> Callable[[str], str]:
    """Make the function that reads a day into its ISO text; of a moment, its day in the zone."""

    @lru_cache(CACHED)
    def read(text: str) -> str:
        local = _local(path, text, dates)
        return (local.date() + timedelta(dates.plus_days)).isoformat()

    return read


def moment_reader(path: str, dates: Dates) -> Callable[[str], str]:
    """Make the function that reads a moment into its canonical text.

    Days are added on the calendar of the zone. An hour that the zone has twice is the first of the two; one
    that it skips is told by the clock that was not yet put forward.
    """

    @lru_cache(CACHED)
    def read(text: str) -> str:
        local = _local(path, text, dates)
        if dates.plus_days:
            local += timedelta(dates.plus_days)
        try:
            return moment_text(local.astimezone(UTC))
        except OverflowError:
            raise InvalidValue(path, text, "It lies outside the calendar.") from None

    return read


def _local(path: str, text: str, dates: Dates) -> datetime:
    for form in dates.formats:
        try:
            return _iso(text, dates) if form == ISO else _formatted(text, form, dates)
        except (ValueError, OverflowError):
            continue
    written = " or ".join("2026-01-31" if form == ISO else form for form in dates.formats)
    raise InvalidValue(path, text, f"Write it as {written}.")


def _iso(text: str, dates: Dates) -> datetime:
    if len(text) <= ISO_DAY_CHARACTERS:
        return datetime.combine(date.fromisoformat(text), dates.time, dates.zone)
    return _in_zone(datetime.fromisoformat(text), dates.zone)


def _formatted(text: str, form: str, dates: Dates) -> datetime:
    parsed = datetime.strptime(text, form)  # noqa: DTZ007  the mapping may name the zone
    if parsed.tzinfo is None and not TIME_DIRECTIVES.search(form):
        parsed = datetime.combine(parsed.date(), dates.time)
    return _in_zone(parsed, dates.zone)


def _in_zone(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.replace(tzinfo=zone) if moment.tzinfo is None else moment.astimezone(zone)
