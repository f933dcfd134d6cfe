"""One range of a shard, verified by itself: the work that processes share out among them."""

import gc
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

from domain.seal.tiles import TILE_WIDTH
from domain.seal.tree import leaf_hash
from replay.verify.checkpoints import INSIDE, Placed, Signed, Trust, compare_places
from replay.verify.doubts import Doubts
from replay.verify.entries import EntryAudit
from replay.verify.findings import Finding, Findings, Kind
from replay.verify.reading import PAGE, Page, Reader
from replay.verify.subtree import RANGE, UNKNOWN
from replay.verify.tiles import Comparison, StoredTiles, Stories


@dataclass(frozen=True, slots=True)
class Range:
    """The entries from `start` up to, not including, `end`, counted from 0, and what was signed over these.

    `outside` are the checkpoints kept outside over sizes in it, `begins` says from which size on each place
    keeps any; those up to the size `seen` were signed before anybody looked there.
    """

    shard: int
    shards: int
    start: int
    end: int
    key: bytes = field(repr=False)
    trust: Trust
    outside: tuple[Placed, ...]
    begins: Mapping[str, int]
    seen: int

    @property
    def smallest(self) -> int:
        """The smallest size of a tree that ends in this range; the empty tree is the first range's."""
        return self.start + 1 if self.start else 0


class Told(NamedTuple):
    """A checkpoint, and the root over the part of it that is in the range, by either story."""

    signed: Signed
    found: bytes | None
    sealed: bytes | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a range: the peaks over it by either story, and all that was found."""

    shard: int
    start: int
    end: int
    found: tuple[bytes, ...] | None
    sealed: tuple[bytes, ...] | None
    told: tuple[Told, ...]
    doubts: Doubts
    findings: Findings
    tally: Counter[str]
    first_recorded_at: int | None
    last_recorded_at: int | None


def verify_range(reader: Reader, asked: Range) -> Outcome:
    """Read a range, and work out all of it anew."""
    with _without_collector():
        return _verify_range(reader, asked)


@contextmanager
def _without_collector() -> Iterator[None]:
    """Collect no garbage meanwhile: entries come and go by the thousand, and none refers to itself."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _verify_range(reader: Reader, asked: Range) -> Outcome:
    findings = Findings()
    audit = EntryAudit(reader, asked.shard, asked.shards, asked.key, findings)
    leaves = _leaves(reader, asked, audit, findings)
    comparison = Comparison(asked.shard, asked.start, leaves, _tiles(reader, asked), findings)
    stories = comparison.stories()
    told = _told(reader, asked, stories, audit.tally, findings)
    size = asked.end - asked.start
    return Outcome(
        asked.shard,
        asked.start,
        asked.end,
        stories.found.peaks(size),
        stories.sealed.peaks(size),
        tuple(told),
        comparison.doubts,
        findings,
        audit.tally,
        audit.first_recorded_at,
        audit.last_recorded_at,
    )


def _leaves(reader: Reader, asked: Range, audit: EntryAudit, findings: Findings) -> list[bytes]:
    """Read the entries and hash them; the leaf of one that is missing is UNKNOWN."""
    leaves: list[bytes] = []
    for first in range(asked.start, asked.end, PAGE):
        end = min(first + PAGE, asked.end)
        page = reader.page(asked.shard, first, end)
        audit.take(page)
        hashes = [leaf_hash(state) for state in page.states]
        if page.positions != tuple(range(first + 1, end + 1)):
            hashes = _aligned(page, hashes, first, end, asked.shard, findings)
        leaves += hashes
    return leaves


def _aligned(
    page: Page, hashes: Sequence[bytes], first: int, end: int, shard: int, findings: Findings
) -> list[bytes]:
    """Put the leaf hashes in their places; find places that have none, or more than one."""
    by_position: dict[int, bytes] = {}
    for position, leaf in zip(page.positions, hashes, strict=True):
        if by_position.setdefault(position, leaf) is not leaf:
            findings.add(Finding(Kind.ENTRY_DOUBLED, shard, position, position))
    for position in range(first + 1, end + 1):
        if position not in by_position:
            findings.add(Finding(Kind.ENTRY_MISSING, shard, position, position))
    return [by_position.get(position, UNKNOWN) for position in range(first + 1, end + 1)]


def _tiles(reader: Reader, asked: Range) -> StoredTiles:
    lower = reader.tiles(asked.shard, 0, asked.start // TILE_WIDTH, asked.end // TILE_WIDTH)
    number = asked.start // RANGE
    is_whole = asked.end - asked.start == RANGE
    upper = reader.tiles(asked.shard, 1, number, number + 1).get(number) if is_whole else None
    return StoredTiles(lower, upper)


def _told(
    reader: Reader, asked: Range, stories: Stories, tally: Counter[str], findings: Findings
) -> list[Told]:
    """Open the checkpoints over sizes in the range, in their order, and work out what they should say."""
    rows = reader.checkpoints(asked.shard, asked.smallest, asked.end)
    inside = [Placed(INSIDE, *row) for row in rows]
    tally["checkpoints_inside"] += len(inside)
    tally["checkpoints_outside"] += sum(it.is_kept for it in asked.outside)
    if asked.begins:
        compare_places(asked.shard, inside, asked.outside, asked.begins, asked.seen, findings)
    told = []
    for placed in sorted([*inside, *asked.outside], key=_size):
        signed = asked.trust.open(placed, findings)
        if signed is not None:
            part = signed.size - asked.start
            told.append(Told(signed, stories.found.root(part), stories.sealed.root(part)))
    return told


def _size(placed: Placed) -> int:
    return placed.size
