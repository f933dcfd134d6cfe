"""What one place outside the database keeps of a shard's checkpoints."""

from collections.abc import Iterator
from contextlib import contextmanager

from domain.notary.outside import Outside
from domain.notary.refusals import OutsideOutOfReach
from domain.seal.checkpoint import parse_checkpoint
from domain.seal.note import parse_note
from domain.seal.refusals import Malformed
from replay.verify.checkpoints import Placed
from replay.verify.findings import Finding, Findings, Kind


class Shelf:
    """Hands checkpoints out in the order of their sizes.

    It is made before the log is looked at: what is signed afterwards is not on it.
    """

    def __init__(self, shard: int, outside: Outside, findings: Findings) -> None:
        """Look at what is there."""
        self.place = outside.place(shard)
        self.last: int | None = None
        self.is_out_of_reach = False
        self._shard = shard
        self._outside = outside
        self._findings = findings
        self._kept = outside.kept(shard)
        self._next = self._take()
        self.begin = self._next.size if self._next else None
        self._is_damaged = False
        self._latest = self._read_latest()
        self._latest_is_out = self._latest is None
        self._latest_is_kept = self._latest is None

    def up_to(self, size: int) -> Iterator[Placed]:
        """Hand out the next ones, as long as they are not over more entries than this."""
        latest = self._latest
        if latest is not None and not self._latest_is_out and latest.size <= size:
            self._latest_is_out = True
            yield latest
        while self._next is not None and self._next.size <= size:
            if latest is not None and self._next.size == latest.size:
                self._latest_is_kept = True
            yield self._next
            self._next = self._take()

    def check_latest(self) -> None:
        """Find what is wrong with the last one, once all were handed out; a writer has finished by then."""
        if self.is_out_of_reach or (self.last is None and self._latest is None):
            return
        now = self._read_latest()
        if self._is_damaged:
            return
        if now is None:
            self._findings.add(Finding(Kind.LATEST_MISSING, self._shard, place=self.place))
        elif self.last is not None and now.size < self.last:
            self._find_latest(Kind.LATEST_BEHIND, now.size, str(self.last))
        elif self._latest is not None and not self._latest_is_kept:
            # It may have been signed just after the others were looked at.
            with self._watching():
                sizes = (size for size, _ in self._outside.kept(self._shard))
                if self._latest.size not in sizes:
                    self._find_latest(Kind.LATEST_NOT_KEPT, self._latest.size, "")

    def _take(self) -> Placed | None:
        with self._watching():
            size, note = next(self._kept, (None, b""))
            if size is not None:
                self.last = size
                return Placed(self.place, size, note)
        return None

    def _read_latest(self) -> Placed | None:
        with self._watching():
            note = self._outside.latest(self._shard)
            if note is not None:
                return self._opened(note)
        return None

    def _opened(self, note: bytes) -> Placed | None:
        """Read the size that the last one claims; its signatures are verified with the others."""
        try:
            size = parse_checkpoint(parse_note(note).text).size
        except Malformed as fault:
            self._is_damaged = True
            damaged = Finding(Kind.LATEST_DAMAGED, self._shard, place=self.place, found=str(fault))
            self._findings.add(damaged)
            return None
        return Placed(self.place, size, note, is_kept=False)

    @contextmanager
    def _watching(self) -> Iterator[None]:
        """Find that the place cannot be read, and go on."""
        try:
            yield
        except OutsideOutOfReach as trouble:
            self.is_out_of_reach = True
            out_of_reach = Kind.OUTSIDE_OUT_OF_REACH
            self._findings.add(Finding(out_of_reach, self._shard, place=self.place, found=str(trouble)))

    def _find_latest(self, kind: Kind, size: int, expected: str) -> None:
        self._findings.add(Finding(kind, self._shard, checkpoint=size, place=self.place, expected=expected))
