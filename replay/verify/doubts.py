"""Positions at which entries and tiles differ, until it is known which of the two were signed."""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

DOUBTS_MAX: Final = 100


class Doubt(NamedTuple):
    """Neighbouring positions whose entries do not fit the tiles.

    `shift` says how far from there they were sealed, where that is known; `entries` that the tiles bear each
    other out, so that most likely the entries were changed; `root_alone` that it is all about a tile's root.
    """

    first: int
    last: int
    tile: str
    shift: int | None
    entries: bool
    root_alone: bool = False

    @property
    def whence(self) -> str:
        """Say where the entries were sealed, where that is known."""
        if not self.shift:
            return ""
        if self.first == self.last:
            return f"It is the entry that was sealed at position {self.first + self.shift}."
        if self.shift > 0:
            return f"Each stands {self.shift} too early, as after something before it was taken out."
        return f"Each stands {-self.shift} too late, as after something was put in before it."


class Doubts:
    """Doubts in the order of positions: neighbours are one, and no more than so many are kept."""

    def __init__(self) -> None:
        """Begin with none."""
        self.left_out = 0
        self._kept: list[Doubt] = []

    def take(self, doubt: Doubt) -> None:
        """Take the next one."""
        kept = self._kept
        if kept and _goes_on(kept[-1], doubt):
            kept[-1] = kept[-1]._replace(last=doubt.last)
        elif len(kept) < DOUBTS_MAX:
            kept.append(doubt)
        else:
            self.left_out += 1

    def merge(self, others: "Doubts") -> None:
        """Take those of the part of the log that comes next."""
        self.take_all(others)
        self.left_out += others.left_out

    def take_all(self, doubts: Iterable[Doubt]) -> None:
        """Take the next ones."""
        for doubt in doubts:
            self.take(doubt)

    def __iter__(self) -> Iterator[Doubt]:
        """Give them in order."""
        return iter(self._kept)

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._kept)


def _goes_on(run: Doubt, doubt: Doubt) -> bool:
    """Whether a doubt goes on where others ended; one of them may have been sealed out of sight."""
    alike = run.shift == doubt.shift or (doubt.shift is None and run.first < run.last)
    same = (run.entries, run.root_alone) == (doubt.entries, doubt.root_alone)
    return run.last == doubt.first - 1 and alike and same
