"""Two states side by side: what differs, by path."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

ABSENT: Final = None
"""States hold no null: what is not there compares as None."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that differs: where, and what either side has there (None: nothing)."""

    path: str
    left: object
    right: object


def compare(left: Mapping[str, Any], right: Mapping[str, Any]) -> list[Difference]:
    """Return the differences between two plain states, in the order of their paths."""
    return list(_differences("", left, right))


def _differences(path: str, left: object, right: object) -> Iterator[Difference]:
    if left == right:
        return
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        for key in sorted(left.keys() | right.keys()):
            yield from _differences(f"{path}.{key}" if path else key, left.get(key), right.get(key))
    elif isinstance(left, list) and isinstance(right, list):
        for index, one, other in _pairs(left, right):
            yield from _differences(f"{path}[{index}]", one, other)
    else:
        yield Difference(path, left, right)


def _pairs(left: list[Any], right: list[Any]) -> Iterator[tuple[object, Any, Any]]:
    """Pair the items of two lists: by their ids where each has one of its own, else by their places."""
    ours, theirs = _by_id(left), _by_id(right)
    if [name for name in ours if name in theirs] != [name for name in theirs if name in ours]:
        ours = {}  # another order is a difference, too
    if len(ours) < len(left) or len(theirs) < len(right):
        for index in range(max(len(left), len(right))):
            yield index, _at(left, index), _at(right, index)
        return
    for name in sorted(ours.keys() | theirs.keys()):
        yield name, ours.get(name), theirs.get(name)


def _by_id(items: list[Any]) -> dict[str, Any]:
    return {str(item["id"]): item for item in items if isinstance(item, Mapping) and "id" in item}


def _at(items: list[Any], index: int) -> object:
    return items[index] if index < len(items) else ABSENT
