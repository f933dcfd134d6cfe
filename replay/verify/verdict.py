"""What the checkpoints say: which story was signed, up to where, and where the log left what was signed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from domain.seal.growth import Growth, Tile
from domain.seal.tree import Frontier, fold
from replay.verify.checkpoints import INSIDE, Signed
from replay.verify.findings import Finding, Findings, Kind
from replay.verify.subtree import RANGE


class Story:
    """The tree over a shard as it is told, range by range; once a range is not known, nothing after it is."""

    def __init__(self) -> None:
        """Begin with an empty tree."""
        self._growth: Growth | None = Growth(Frontier())
        self._last: tuple[bytes, ...] = ()

    def add(self, size: int, peaks: tuple[bytes, ...] | None) -> list[Tile]:
        """Add the next range; return the tiles over ranges that are full now, the lowest as of level 0."""
        if self._growth is None or peaks is None:
            self._growth = None
        elif size == RANGE:
            self._growth, tiles = self._growth.extend(peaks)
            return tiles
        else:
            self._last = peaks
        return []

    def root(self, part: bytes | None) -> bytes | None:
        """Return the root over all ranges so far, and a part of the next one, by the root over that part."""
        if self._growth is None or part is None:
            return None
        return fold([*self._growth.frontier.peaks, part])

    def whole(self) -> bytes | None:
        """Return the root over the whole log."""
        return None if self.peaks is None else fold(self.peaks)

    @property
    def peaks(self) -> tuple[bytes, ...] | None:
        """The peaks over the whole log."""
        return None if self._growth is None else (*self._growth.frontier.peaks, *self._last)


class Span(NamedTuple):
    """Positions from `first` to `last`, both included."""

    first: int
    last: int

    def common(self, others: Iterable["Span"]) -> "Span | None":
        """Return what this has in common with the first of others that has anything in common with it."""
        for other in others:
            first, last = max(self.first, other.first), min(self.last, other.last)
            if first <= last:
                return Span(first, last)
        return None


@dataclass(slots=True)
class _Place:
    """What the checkpoints of one place say: up to which size they fit, and of those after it that do not.

    Of these, the first, the root that was found instead, and how many they are.
    """

    fits_to: int = 0
    unfit: Signed | None = None
    found: bytes = b""
    many: int = 0


class Verdict:
    """Takes the checkpoints over a shard's log in the order of their sizes, those of all places.

    `found_to` and `sealed_to` say up to which size the stories of entries and of tiles are borne out.
    """

    def __init__(self, shard: int, findings: Findings) -> None:
        """Begin without any."""
        self.found_to = 0
        self.sealed_to = 0
        self._shard = shard
        self._findings = findings
        self._places: dict[str, _Place] = {}

    @property
    def fits_to(self) -> int:
        """Up to which size the log is as it was signed, by either story."""
        return max(self.found_to, self.sealed_to)

    def take(self, signed: Signed, found: bytes | None, sealed: bytes | None) -> None:
        """Compare one with the roots that entries and tiles lead to at its size, None where unknown."""
        if signed.root == found:
            self.found_to = signed.size
        if signed.root == sealed:
            self.sealed_to = signed.size
        place = self._places.setdefault(signed.place, _Place())
        if signed.root in (found, sealed):
            self._contradiction(place)
            place.fits_to = signed.size
        elif found is not None and sealed is not None:
            if place.unfit is None:
                place.unfit, place.found = signed, found
            place.many += 1
            if signed.size <= place.fits_to:
                self._contradiction(place)

    def left(self) -> list[Span]:
        """Return between which positions the log left what was signed, by one place or another."""
        return [
            Span(place.fits_to + 1, place.unfit.size)
            for place in self._places.values()
            if place.unfit is not None
        ]

    def finish(self, changed: Sequence[Span] = ()) -> None:
        """Say where the log left what was signed, if it did; what is known to be changed narrows it down."""
        said: dict[Span, list[_Place]] = {}
        for place in self._places.values():
            if place.unfit is not None:
                said.setdefault(Span(place.fits_to + 1, place.unfit.size), []).append(place)
        for span, places in said.items():
            self._findings.add(self._left(span, span.common(changed) or span, places))

    def _left(self, span: Span, narrowed: Span, places: Sequence[_Place]) -> Finding:
        signed = [place.unfit for place in places if place.unfit is not None]
        names = [it.place for it in signed]
        many = max(place.many for place in places) - 1
        before = f"The one over {span.first - 1} fits." if span.first > 1 else ""
        others = f"Nor do {many} others after it." if many else ""
        return Finding(
            Kind.HISTORY_CHANGED if INSIDE in names else Kind.FORK,
            self._shard,
            *narrowed,
            checkpoint=span.last,
            place=", ".join(names),
            expected=signed[0].root.hex(),
            found=places[0].found.hex(),
            detail=" ".join(filter(None, (before, others))),
        )

    def _contradiction(self, place: _Place) -> None:
        """Find that a place has a later checkpoint that fits, so that those that do not were never true."""
        signed = place.unfit
        if signed is None:
            return
        self._findings.add(
            Finding(
                Kind.CHECKPOINT_CONTRADICTS,
                self._shard,
                checkpoint=signed.size,
                place=signed.place,
                expected=place.found.hex(),
                found=signed.root.hex(),
            )
        )
        place.unfit, place.many = None, 0
