"""The simulated calendar: where the story ends, the company's working hours, months."""

from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

ZONE: Final = ZoneInfo("Asia/Shanghai")
END: Final = datetime(2025, 12, 31, 18, 0, tzinfo=ZONE)
"""Close of business on the last day: the "now" of the story."""
SATURDAY: Final = 5
OPENS: Final = 8
CLOSES: Final = 18


def year_ago() -> datetime:
    """Return the moment one year before the end."""
    return END.replace(year=END.year - 1)


def start_of(years: int) -> datetime:
    """Return midnight of the first day of a story of so many years."""
    return datetime(END.year - years + 1, 1, 1, tzinfo=ZONE)


def at(day: date, hour: int = 9, minute: int = 0) -> datetime:
    """Return a time of a day, in the company's zone."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZONE)


def months_after(day: date, months: int) -> date:
    """Return the same day of a later month; for days up to the 28th, which every month has."""
    count = day.year * 12 + day.month - 1 + months
    return date(count // 12, count % 12 + 1, day.day)


def in_office(moment: datetime) -> datetime:
    """Return the moment, or the next one at which the office is open."""
    if moment.hour >= CLOSES:
        moment = moment.replace(hour=OPENS) + timedelta(days=1)
    elif moment.hour < OPENS:
        moment = moment.replace(hour=OPENS)
    while moment.weekday() >= SATURDAY:
        moment += timedelta(days=1)
    return moment
