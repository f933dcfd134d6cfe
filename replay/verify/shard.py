"""One shard, put together from its ranges: the whole tree, the head, and what the checkpoints say of both."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Final

from domain.notary.outside import Outside
from domain.seal.checkpoint import origin_of
from domain.seal.growth import Tile
from domain.seal.keys import Verifier
from domain.store import seals
from domain.store.init import LedgerFacts
from replay.verify.checkpoints import INSIDE, Placed, Trust
from replay.verify.doubts import Doubt, Doubts
from replay.verify.findings import Finding, Findings, Kind
from replay.verify.heads import check_head, check_head_clock
from replay.verify.ranges import Outcome, Range
from replay.verify.reading import Reader, moment_of
from replay.verify.shelf import Shelf
from replay.verify.subtree import RANGE
from replay.verify.tiles import check_upper_tile
from replay.verify.verdict import Story, Verdict

LEVEL_OF_RANGES: Final = 2
NO_LIMIT: Final = 2**63 - 1


class ShardAudit:
    """Verifies one shard: `ranges` are to be verified anywhere, and taken in their order."""

    def __init__(
        self,
        reader: Reader,
        facts: LedgerFacts,
        shard: int,
        outsides: Sequence[Outside],
        keys: Sequence[Verifier],
    ) -> None:
        """Look at what was signed first and then at the log, as others write the other way round."""
        self.shard = shard
        self.findings = Findings()
        self.tally: Counter[str] = Counter()
        self._reader = reader
        self._facts = facts
        ((self._oldest, self._newest),) = reader.rows("checkpoint_sizes", shard=shard)
        self._shelves = [Shelf(shard, outside, self.findings) for outside in outsides]
        self.extent = reader.extent(shard)
        self.size = self.extent.size
        # A head may claim any size: where entries are missing at the end, not all of them are looked for.
        self._end = min(self.size, self.extent.last + RANGE)
        origin = origin_of(facts.name, shard, simulated=facts.simulated)
        kept = seals.keys(reader.connection, shard)
        self._trust = Trust.of(shard, origin, keys, kept, self.findings)
        self._doubts = Doubts()
        self._verdict = Verdict(shard, self.findings)
        self._found, self._sealed = Story(), Story()
        self._last_recorded_at: int | None = None

    @property
    def signed_to(self) -> int:
        """Up to which size the log is as it was signed."""
        return self._verdict.fits_to

    @property
    def root(self) -> bytes | None:
        """The root that the entries lead to."""
        return self._found.whole()

    def ranges(self) -> Iterator[Range]:
        """Cut the shard into ranges; an empty one is a range, too."""
        seen = -1 if self._newest is None else self._newest
        for start in range(0, max(self._end, 1), RANGE):
            end = min(start + RANGE, self._end)
            outside = tuple([placed for shelf in self._shelves for placed in shelf.up_to(end)])
            # One that cannot be read any more is not asked what it lacks.
            readable = [it for it in self._shelves if not it.is_out_of_reach]
            begins = {it.place: it.begin for it in readable if it.begin is not None}
            yield Range(
                self.shard,
                self._facts.shards,
                start,
                end,
                self._facts.fingerprint_key,
                self._trust,
                outside,
                begins,
                seen,
            )

    def take(self, outcome: Outcome) -> None:
        """Take what came of the next range."""
        self.findings.merge(outcome.findings)
        self.tally += outcome.tally
        self._doubts.merge(outcome.doubts)
        for signed, found, sealed in outcome.told:
            self._verdict.take(signed, self._found.root(found), self._sealed.root(sealed))
        size = outcome.end - outcome.start
        self._check_tiles(self._found.add(size, outcome.found), self._sealed.add(size, outcome.sealed))
        self._check_clock(outcome)

    def finish(self) -> None:
        """Say what only the whole shard tells, once all ranges are taken."""
        self._check_beyond()
        self._check_shelves()
        for doubt in self._doubts:
            self.findings.add(self._resolved(doubt))
        self.findings.left_out[Kind.ENTRY_CHANGED] += self._doubts.left_out
        head = self.extent.head
        if head is None:
            self.findings.add(Finding(Kind.HEAD_MISSING, self.shard))
            self._verdict.finish()
        else:
            check_head(self.shard, head, self._found, self._sealed, self._verdict, self.findings)
            check_head_clock(self.shard, head, self._last_recorded_at, self.findings)

    def _check_clock(self, outcome: Outcome) -> None:
        """Check the clock from one range to the next."""
        last, first = self._last_recorded_at, outcome.first_recorded_at
        if last is not None and first is not None and first < last:
            at, expected, found = outcome.start + 1, moment_of(last), moment_of(first)
            falls = Finding(Kind.CLOCK_FALLS, self.shard, at, at, expected=expected, found=found)
            self.findings.add(falls)
        self._last_recorded_at = last if first is None else outcome.last_recorded_at

    def _check_tiles(self, *stories: Sequence[Tile]) -> None:
        """Hold the tiles over whole ranges to the stories, of which one may not be known."""
        for tiles in zip(*filter(None, stories), strict=True):
            told = [tile._replace(level=tile.level + LEVEL_OF_RANGES) for tile in tiles]
            level, number = told[0].level, told[0].number
            stored = self._reader.tiles(self.shard, level, number, number + 1).get(number)
            check_upper_tile(self.shard, stored, told, self.findings)

    def _check_beyond(self) -> None:
        """Find what lies beyond the log: entries, tiles, and checkpoints over entries that are gone."""
        extent, add = self.extent, self.findings.add
        if self._end < self.size:
            add(Finding(Kind.ENTRY_MISSING, self.shard, self._end + 1, self.size))
            self._found.add(0, None)
            self._sealed.add(0, None)
        if extent.last > self.size:
            expected = str(self.size)
            add(Finding(Kind.ENTRY_BEYOND, self.shard, self.size + 1, extent.last, expected=expected))
        if extent.first < 1:
            add(Finding(Kind.ENTRY_BEYOND, self.shard, extent.first, extent.first, expected=str(self.size)))
        for ref in extent.tiles:
            add(Finding(Kind.TILE_BEYOND, self.shard, tile=ref.path()))
        self._check_rollback()

    def _check_rollback(self) -> None:
        """Find the largest checkpoint over entries that are gone, and all places that have it."""
        inside = (Placed(INSIDE, *it) for it in self.extent.checkpoints)
        outside = (placed for shelf in self._shelves for placed in shelf.up_to(NO_LIMIT))
        largest, places = self.size, dict[str, None]()
        for placed in chain(inside, outside):
            if placed.size <= self.size or self._trust.open(placed, self.findings) is None:
                continue
            if placed.size > largest:
                largest, places = placed.size, {}
            if placed.size == largest:
                places[placed.place] = None
        if places:
            first, where = self.size + 1, ", ".join(places)
            gone = Finding(Kind.ROLLBACK, self.shard, first, largest, checkpoint=largest, place=where)
            self.findings.add(gone)

    def _check_shelves(self) -> None:
        """Find places outside that lack all that was signed, or its beginning."""
        for shelf in self._shelves:
            shelf.check_latest()
        if self._newest is None and all(shelf.begin is None for shelf in self._shelves):
            self.findings.add(Finding(Kind.NEVER_SIGNED, self.shard))
        if self._newest is None:
            return
        readable = [shelf for shelf in self._shelves if not shelf.is_out_of_reach]
        is_used = any(shelf.begin is not None for shelf in readable)
        kind = Kind.CHECKPOINT_NOT_OUTSIDE if is_used else Kind.CHECKPOINT_MISSING
        for shelf in readable:
            if shelf.begin is None or shelf.begin > self._oldest:
                lacks = Finding(kind, self.shard, checkpoint=self._oldest, place=shelf.place)
                self.findings.add(lacks)

    def _resolved(self, doubt: Doubt) -> Finding:
        """Say which was changed, an entry or its tile, by what was signed, or else by the head."""
        head, verdict = self.extent.head, self._verdict
        root = None if head is None else head.root
        changed = Kind.TILE_ROOT if doubt.root_alone else Kind.TILE_CHANGED
        entry, tile = (Kind.ENTRY_CHANGED, "", doubt.whence), (changed, doubt.tile, "")
        if doubt.last <= verdict.found_to:
            kind, place, detail = tile
        elif doubt.first <= verdict.sealed_to:
            kind, place, detail = entry
        elif root == self._found.whole():
            kind, place, detail = tile
        elif doubt.entries or root == self._sealed.whole():
            kind, place, detail = entry
        else:
            kind, place, detail = Kind.ENTRY_OR_TILE, doubt.tile, doubt.whence
        return Finding(kind, self.shard, doubt.first, doubt.last, tile=place, detail=detail)
