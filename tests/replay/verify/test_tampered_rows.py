"""Entries' columns are changed, and whole entries deleted, inserted, doubled, swapped and renumbered.

Entries 1 to 512 lie under full tiles, 513 to 576, 577 to 592 and 593 to 600 under a peak each; 591 to 600
are not signed.
"""

from collections.abc import Callable, Sequence

import pytest

from tests.replay.verify.books import Books
from tests.replay.verify.statements import (
    UNBOUND,
    Cases,
    column,
    copy,
    delete,
    flip,
    gaps,
    move,
    params,
    swap,
    tried,
)

COLUMNS: Cases = {
    "position, beyond the end": (column("position", "601"), ["entry-beyond 601", "entry-missing 7"]),
    "position, far beyond the end": (
        column("position", "9000"),
        ["entry-beyond 601-9000", "entry-missing 7"],
    ),
    "version": (
        column("version", "1000"),
        [
            "column-differs version 7",
            "version-falls customer:0 14",
            "version-gap customer:0 14",
            "version-gap customer:0 7",
        ],
    ),
    "version 0": (
        column("version", "0"),
        ["column-differs version 7", "version-gap customer:0 14", "version-gap customer:0 7"],
    ),
    "recorded_at, later": (
        column("recorded_at", "recorded_at + interval '1 day'"),
        ["clock-falls 8", "column-differs recorded_at 7"],
    ),
    "recorded_at, earlier": (
        column("recorded_at", "recorded_at - interval '1 us'"),
        ["clock-falls 7", "column-differs recorded_at 7"],
    ),
    "recorded_at, never": (
        column("recorded_at", "'infinity'"),
        ["clock-falls 8", "column-differs recorded_at 7"],
    ),
    "recorded_at, of the last entry": (
        column("recorded_at", "recorded_at + interval '1 day'", 600),
        ["column-differs recorded_at 600", "head-clock"],
    ),
    "shard": (
        column("shard", "1"),
        ["entry-missing 7", "no-such-shard entries", "version-gap customer:0 14"],
    ),
    "id": (column("id", "gen_random_uuid()"), ["column-differs id 7"]),
    "stream": (
        column("stream", "'customer:x'"),
        ["column-differs stream 7", "version-gap customer:0 14"],
    ),
    "type": (column("type", "'PaymentReversed'"), ["column-differs type 7"]),
    "fingerprint": (flip("entries", "fingerprint", 31, "position = 7"), ["fingerprint-differs 7"]),
    "no fingerprint": (column("fingerprint", "''"), ["fingerprint-differs 7"]),
    "the fingerprint of a command's second entry": (
        flip("entries", "fingerprint", 0, "position = 91"),
        ["fingerprint-differs 91"],
    ),
    "no id": (
        ["ALTER TABLE daybook.entries ALTER COLUMN id DROP NOT NULL", *column("id", "NULL")],
        ["column-differs id 7"],
    ),
    "the fingerprints of all": (
        ["UPDATE daybook.entries SET fingerprint = sha256(state)"],
        [f"fingerprint-differs {first + 1}-{first + 39}" for first in range(0, 600, 40)],
    ),
    "the type of all": (
        ["UPDATE daybook.entries SET type = 'Other'"],
        ["column-differs type 1-600"],
    ),
}

ROWS: Cases = {
    "one deleted": (delete("position = 7"), ["entry-missing 7", "version-gap customer:0 14"]),
    "some deleted": (
        delete("position BETWEEN 250 AND 260"),
        ["entry-missing 250-260", *gaps(266, 267, 261, 262, 263, 264, 265)],
    ),
    "a tile's deleted": (
        delete("position BETWEEN 1 AND 256"),
        ["entry-missing 1-256", *gaps(259, 260, 261, 262, 263, 257, 258)],
    ),
    "one of the unfinished tile deleted": (
        delete("position = 550"),
        ["entry-missing 550", "version-gap customer:4 557"],
    ),
    "the last one deleted": (delete("position = 600"), ["entry-missing 600"]),
    "the last ones deleted": (delete("position > 580"), ["entry-missing 581-600"]),
    "all deleted": (["TRUNCATE daybook.entries"], ["entry-missing 1-600"]),
    "one put behind the last": (
        copy(7, 601, version="1000"),
        ["entry-beyond 601", "version-gap customer:0 601"],
    ),
    "swapped": (swap(7, 9), ["entry-changed 7", "entry-changed 9"]),
    "swapped across tiles": (
        swap(7, 300),
        [
            "clock-falls 300",
            "clock-falls 8",
            "entry-changed 300",
            "entry-changed 7",
            "version-falls customer:0 300",
            "version-falls customer:6 13",
        ],
    ),
    "swapped in one stream": (
        swap(7, 14),
        ["entry-changed 14", "entry-changed 7", "version-falls customer:0 14"],
    ),
    "swapped in the unfinished tile": (swap(550, 551), ["history-changed @590 521-576"]),
    "swapped in one stream in the unfinished tile": (
        swap(550, 557),
        ["history-changed @590 521-576", "version-falls customer:4 557"],
    ),
    "swapped where nothing is signed": (swap(595, 596), ["head-differs 593-600"]),
    "one taken out, and those after it moved up": (
        [*delete("position = 7"), *move(-1, "position > 7")],
        [
            "entry-changed 7-512",
            "entry-missing 600",
            "history-changed @520 301-520",
            "version-gap customer:0 13",
        ],
    ),
    "one put in, and those after it moved down": (
        [*move(1, "position >= 7"), *copy(8, 7, version="1000")],
        [
            "column-differs id 7",
            "column-differs version 7",
            "entry-beyond 601",
            "entry-changed 8-512",
            "head-differs 577-600",
            "history-changed @520 513-520",
            "version-falls customer:0 8",
            "version-gap customer:0 7",
        ],
    ),
    "one doubled in another's place": (
        [*delete("position = 9"), *copy(7, 9, version="1000")],
        [
            "column-differs id 9",
            "column-differs version 9",
            "entry-changed 9",
            "version-falls customer:0 14",
            "version-gap customer:0 9",
            "version-gap customer:2 16",
        ],
    ),
    "one doubled at its own place": (
        [*UNBOUND, *copy(7, 7)],
        ["column-differs id 7", "entry-doubled 7", "version-gap customer:0 7"],
    ),
    "one doubled whole": (
        [*UNBOUND, *copy(7, 7, id="id")],
        ["entry-doubled 7", "id-twice customer:0 7", "version-gap customer:0 7"],
    ),
}

ALL = {"columns": COLUMNS, "rows": ROWS}


@pytest.mark.parametrize(("done", "found"), params(ALL))
def test_it_is_named_and_nothing_else_is(reused: Books, done: Sequence[str], found: Sequence[str]) -> None:
    reused.tamper(*done)
    told = reused.told()
    assert told == found, "\n".join(told)


def test_all_of_this_was_tried(count: Callable[[str], None]) -> None:
    count(f"tampering with the rows of entries: {tried(ALL)}")
