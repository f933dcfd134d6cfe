"""Times as people write them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from api.times import moment, moment_with_zone
from domain.refusals import InvalidValue, NaiveTime

SHANGHAI = ZoneInfo("Asia/Shanghai")
ROME = ZoneInfo("Europe/Rome")
SANTIAGO = ZoneInfo("America/Santiago")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("2026-01-31", SHANGHAI, "2026-01-31T15:59:59.999999"),
        ("2026-01-31T09:00", SHANGHAI, "2026-01-31T01:00:00"),
        ("2026-01-31 09:00", SHANGHAI, "2026-01-31T01:00:00"),
        ("2026-01-31T09:00:01", SHANGHAI, "2026-01-31T01:00:01"),
        ("2026-01-31T09:00:01.5", SHANGHAI, "2026-01-31T01:00:01.500000"),
        ("2026-01-31T09:00:00.1234567Z", SHANGHAI, "2026-01-31T09:00:00.123456"),
        ("2026-01-31t09:00z", SHANGHAI, "2026-01-31T09:00:00"),
        ("2026-01-31T09:00:00+08:00", ROME, "2026-01-31T01:00:00"),
        ("2026-01-31T09:00:00-0330", ROME, "2026-01-31T12:30:00"),
        ("2026-03-29", ROME, "2026-03-29T21:59:59.999999"),  # a day of 23 hours
        ("2026-10-25", ROME, "2026-10-25T22:59:59.999999"),  # and one of 25
        ("2026-09-05", SANTIAGO, "2026-09-06T03:59:59.999999"),  # midnight is skipped
        ("2026-10-25T02:30:00+02:00", ROME, "2026-10-25T00:30:00"),
    ],
)
def test_a_time_is_read_in_the_ledgers_zone(text: str, zone: ZoneInfo, expected: str) -> None:
    assert moment(text, zone, "as_of") == utc(expected)


def test_a_day_may_stand_for_its_beginning() -> None:
    assert moment("2026-01-31", SHANGHAI, "occurred_at", end_of_day=False) == utc("2026-01-30T16:00:00")


@pytest.mark.parametrize(
    "text",
    [
        *("", "today", "31.1.2026", "2026-1-31", "20260131", "2026-02-30", "2026-13-01", "2026-01-31T"),
        *(
            "2026-01-31T24:00",
            "2026-01-31T09",
            "2026-01-31T09:60",
            "2026-01-31T09:00:61",
            "2026-01-31T09:00+25:00",
        ),
        *("2026-01-31T09:00:00 CET", "1769850000", "0000-01-01", "9999-12-31", "0001-01-01T00:00:00+01:00"),
        *("2026-01-31\n", "\uff12026-01-31", "2026-01-31T09:00:00Z\x00"),
    ],
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue) as refusal:
        moment(text, ROME, "as_of")
    assert (refusal.value.field, refusal.value.value) == ("as_of", text)


@pytest.mark.parametrize(("text", "said"), [("2026-03-29T02:30", "skipped"), ("2026-10-25T02:30", "twice")])
def test_a_time_that_was_skipped_or_came_twice_needs_its_offset(text: str, said: str) -> None:
    with pytest.raises(InvalidValue, match=said):
        moment(text, ROME, "as_of")


def test_a_request_says_its_zone() -> None:
    assert moment_with_zone("2026-01-31", SHANGHAI, "as_of") == utc("2026-01-31T15:59:59.999999")
    for text in ("2026-01-31T09:00:00+08:00", "2026-01-31T09:00:00 08:00", "2026-01-31T09:00 08:00"):
        assert moment_with_zone(text, ROME, "as_of") == utc("2026-01-31T01:00:00")
    for text in ("2026-01-31T09:00:00", "2026-01-31 09:00"):
        with pytest.raises(NaiveTime):
            moment_with_zone(text, ROME, "as_of")
