"""Statements of an owner who tampers with the tables, and the cases that are made of them."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from tests.replay.verify.books import STREAMS

Cases = dict[str, tuple[Sequence[str], Sequence[str]]]
"""By name: what is done, in SQL as the owner, and what is to be found then."""


def edit(position: int, old: str, new: str) -> list[str]:
    """Put another text into an entry's bytes."""
    text = f"replace(convert_from(state, 'UTF8'), $${old}$$, $${new}$$)"
    return [f"UPDATE daybook.entries SET state = convert_to({text}, 'UTF8') WHERE position = {position}"]


def flip(table: str, column: str, byte: int, where: str = "true") -> list[str]:
    """Change one bit of a column of bytes."""
    flipped = f"set_byte({column}, {byte}, get_byte({column}, {byte}) # 1)"
    return [f"UPDATE daybook.{table} SET {column} = {flipped} WHERE {where}"]


def column(name: str, value: str, position: int = 7) -> list[str]:
    """Change a column of an entry."""
    return [f"UPDATE daybook.entries SET {name} = {value} WHERE position = {position}"]


def move(by: int, where: str) -> list[str]:
    """Renumber entries; on a detour, as no two may share a position even for a moment."""
    return [
        f"UPDATE daybook.entries SET position = position + 1000000 WHERE {where}",
        f"UPDATE daybook.entries SET position = position - {1000000 - by} WHERE position > 1000000",
    ]


def swap(one: int, other: int) -> list[str]:
    """Have two entries change places."""
    return [
        f"UPDATE daybook.entries SET position = 1000000 WHERE position = {one}",
        f"UPDATE daybook.entries SET position = {one} WHERE position = {other}",
        f"UPDATE daybook.entries SET position = {other} WHERE position = 1000000",
    ]


def delete(where: str) -> list[str]:
    """Delete entries."""
    return [f"DELETE FROM daybook.entries WHERE {where}"]


def copy(position: int, to: int, **other: str) -> list[str]:
    """Insert an entry that is like another, but for its position and some columns."""
    names = ("position", "version", "recorded_at", "shard", "id", "stream", "type", "fingerprint", "state")
    values = [{"position": str(to), "id": "gen_random_uuid()", **other}.get(name, name) for name in names]
    chosen = f"SELECT {', '.join(values)} FROM daybook.entries WHERE position = {position}"
    return [f"INSERT INTO daybook.entries ({', '.join(names)}) {chosen}"]


def gaps(*positions: int) -> list[str]:
    """What is found of the streams whose versions go on at these positions, after a gap."""
    return [f"version-gap customer:{position % STREAMS} {position}" for position in positions]


UNBOUND = [
    "ALTER TABLE daybook.entries DROP CONSTRAINT IF EXISTS entries_by_position",
    "ALTER TABLE daybook.entries DROP CONSTRAINT IF EXISTS entries_by_stream",
    "ALTER TABLE daybook.entries DROP CONSTRAINT IF EXISTS entries_by_id",
]
"""An owner may do away with constraints, too."""


def params(groups: Mapping[str, Cases]) -> list[Any]:
    """All cases, as the parameters `done` and `found` of a test."""
    return [
        pytest.param(done, sorted(found), id=f"{group}: {name}")
        for group, cases in groups.items()
        for name, (done, found) in cases.items()
    ]


def tried(groups: Mapping[str, Cases]) -> str:
    """How many cases there are, for the counts at the end of a run."""
    counts = {group: len(cases) for group, cases in groups.items()}
    return f"{sum(counts.values())} ways, each named: " + ", ".join(f"{n} {it}" for it, n in counts.items())
