"""The run of an import: rows to drafts to batches to the ledger, with a file of rejects and a summary.

A run that stops half-way (a file that breaks off, a database that goes away) has recorded what it had
acknowledged; running it again repeats that and goes on.
"""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import IO, Any, Final
from uuid import UUID

from api.importer.build import KEYS_MAX, Builder, Once, Spare
from api.importer.faults import BadFile
from api.importer.mapping import Mapping
from api.importer.offering import Outcome, Record, fates_of
from api.importer.rows import Row, Source, Unreadable, open_source
from domain.entry import Draft
from domain.refusals import IdReused, Refused, Unavailable

BATCH: Final = 1_000
SPARES_MAX: Final = 10_000
"""How many rows are kept, at most, in case the ledger refuses what another row of their key has offered."""

OnProgress = Callable[[int, int, int], None]


@dataclass(slots=True)
class Summary:
    """What a run did: rows read; entries recorded, repeated (recorded before) and rejected, by event type.

    `rows_rejected` counts rows that could not be read at all; `rows_without_entry` those for which the
    mapping has none. In a dry run nothing is recorded, and `recorded` counts what would be.
    """

    source: str
    revision: int
    run: UUID
    dry_run: bool
    files: list[str] = field(default_factory=list)
    rows: int = 0
    rows_rejected: int = 0
    rows_without_entry: int = 0
    recorded: Counter[str] = field(default_factory=Counter)
    repeated: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    rejects_file: str | None = None
    seconds: float = 0.0
    stopped: Refused | None = None

    @property
    def entries(self) -> int:
        """How many entries the ledger answered for, recorded and repeated."""
        return self.recorded.total() + self.repeated.total()

    def as_json(self) -> dict[str, Any]:
        """Return the summary as plain JSON values."""
        rate = self.entries / self.seconds if self.seconds else 0.0
        return {
            "source": self.source,
            "revision": self.revision,
            "run": str(self.run),
            "dry_run": self.dry_run,
            "files": self.files,
            "rows": {
                "read": self.rows,
                "rejected": self.rows_rejected,
                "without_entry": self.rows_without_entry,
            },
            "entries": {
                "recorded": self.recorded.total(),
                "repeated": self.repeated.total(),
                "rejected": self.rejected.total(),
            },
            "recorded_by_type": dict(sorted(self.recorded.items())),
            "repeated_by_type": dict(sorted(self.repeated.items())),
            "rejected_by_type": dict(sorted(self.rejected.items())),
            "refusals": dict(sorted(self.refusals.items())),
            "rejects_file": self.rejects_file,
            "seconds": round(self.seconds, 3),
            "entries_per_second": round(rate),
            "stopped": self.stopped and {"code": self.stopped.code, "message": self.stopped.message},
        }


@dataclass(frozen=True, slots=True)
class Options:
    """How to run: drafts a batch, a file for rejects, a revision other than the mapping's, no writing."""

    batch: int = BATCH
    rejects: Path | None = None
    revision: int | None = None
    dry_run: bool = False
    on_progress: OnProgress | None = None


@dataclass(frozen=True, slots=True)
class _Origin:
    """Where a draft comes from, kept until the ledger has answered."""

    file: str
    row: Row | Unreadable
    columns: Sequence[str]
    part: str
    type: str
    once: Once | None = None


def run_import(
    mapping: Mapping, files: Sequence[Path], record: Record, options: Options | None = None
) -> Summary:
    """Import files in the order given; raises only for what is refused before the first row.

    `record` answers for each draft of a batch, in order; in a dry run it is a `Rehearsal`.
    """
    with ExitStack() as closing:
        run = _Run(mapping, record, options or Options(), closing)
        run.check(files)
        started = perf_counter()
        try:
            for file in files:
                run.read(file)
            run.flush()
        except (Unavailable, BadFile) as refusal:
            run.stop(refusal)
        run.summary.seconds = perf_counter() - started
        return run.summary


def bytes_in(files: Sequence[Path]) -> int:
    """Return the size of all files, as `on_progress` counts bytes: as they lie on the disk."""
    return sum(file.stat().st_size for file in files)


class _Run:
    def __init__(self, mapping: Mapping, record: Record, options: Options, closing: ExitStack) -> None:
        self.mapping = mapping
        self.record = record
        self.options = options
        self.builder = Builder(mapping, options.revision)
        self.summary = Summary(mapping.source, self.builder.revision, self.builder.run_id, options.dry_run)
        self.needed = mapping.columns()
        self.waiting: list[tuple[Draft | Refused | Spare, _Origin]] = []
        self.spares = 0
        self.bytes_before = 0
        self.tell: Callable[[], int] = lambda: 0
        self.closing = closing
        self.rejects: IO[str] | None = None

    def check(self, files: Sequence[Path]) -> None:
        """Open every file once, so that a run does not begin that the last file's header would stop."""
        for file in files:
            self._open(file).close()
        if self.options.rejects is not None:
            try:
                rejects = self.options.rejects.open("w", encoding="utf-8")
            except OSError as error:
                raise BadFile(str(self.options.rejects), None, f"{error.strerror}.") from None
            self.rejects = self.closing.enter_context(rejects)
            self.summary.rejects_file = str(self.options.rejects)

    def read(self, file: Path) -> None:
        """Read one file to its end; what does not fill a batch waits for the next file or `flush`."""
        source = self._open(file)
        self.tell = source.tell
        self.summary.files.append(str(file))
        try:
            self.builder.bind(source.name, source.columns)
            for row in source.rows:
                self._row(source, row)
        finally:
            self.bytes_before += source.tell()
            self.tell = lambda: 0
            source.close()

    def stop(self, refusal: Refused) -> None:
        """Take down why the run ends early, after recording what was read before, where that is possible."""
        self.summary.stopped = refusal
        if not isinstance(refusal, Unavailable):
            try:
                self.flush()
            except Unavailable as gone:
                self.summary.stopped = gone

    def flush(self) -> None:
        """Have the drafts that wait recorded, and count what became of each."""
        waiting, self.waiting, self.spares = self.waiting, [], 0
        spared, told = set(), set()
        # What the ledger never saw is counted here, too: rejects keep the order of the file.
        for fate, (_, origin) in zip(fates_of(waiting, self.record), waiting, strict=True):
            if fate is None:
                spared.add(id(origin.row))
            else:
                told.add(id(origin.row))
                self._count(fate, origin)
        self.summary.rows_without_entry += len(spared - told)
        if self.options.on_progress is not None:
            self.options.on_progress(self.bytes_before + self.tell(), self.summary.rows, self.summary.entries)

    def _open(self, file: Path) -> Source:
        return open_source(file, self.mapping.format, self.needed, self.mapping.optional)

    def _row(self, source: Source, row: Row | Unreadable) -> None:
        summary = self.summary
        summary.rows += 1
        if isinstance(row, Unreadable):
            summary.rows_rejected += 1
            self.waiting.append((row.refusal, _Origin(source.name, row, (), "", "")))
        else:
            self._entries(source, row)
        if len(self.waiting) - self.spares >= self.options.batch or self.spares >= SPARES_MAX:
            self._check_memory()
            self.flush()

    def _entries(self, source: Source, row: Row) -> None:
        """Set what a row yields in the queue for the ledger."""
        found = False
        for part, kind, outcome, once in self.builder.drafts(row):
            found = True
            origin = _Origin(source.name, row, source.columns, part, kind, once)
            self.summary.rows_rejected += not part
            self.spares += isinstance(outcome, Spare)
            self.waiting.append((outcome, origin))
        self.summary.rows_without_entry += not found

    def _check_memory(self) -> None:
        if self.builder.memory.size > KEYS_MAX:
            hint = f"Over {KEYS_MAX:,} keys are to be remembered: sort by a key and name it in `grouped`."
            raise BadFile(self.summary.files[-1], None, hint)

    def _count(self, outcome: Outcome, origin: _Origin) -> None:
        if isinstance(outcome, Unavailable):
            raise outcome
        if isinstance(outcome, IdReused) and origin.once is not None:
            # An earlier file brought it, perhaps from another row.
            self.summary.repeated[origin.type] += 1
            return
        if isinstance(outcome, Refused):
            self._reject(outcome, origin)
            return
        for receipt in outcome:
            counter = self.summary.repeated if receipt.repeated else self.summary.recorded
            counter[origin.type] += 1

    def _reject(self, refusal: Refused, origin: _Origin) -> None:
        self.summary.refusals[refusal.code] += 1
        if origin.part:
            self.summary.rejected[origin.type] += 1
        if self.rejects is not None:
            json.dump(_reject_line(refusal, origin), self.rejects, ensure_ascii=False)
            self.rejects.write("\n")


def _reject_line(refusal: Refused, origin: _Origin) -> dict[str, Any]:
    row = origin.row
    line: dict[str, Any] = {
        "file": origin.file,
        "line": row.line,
        "last_line": row.last_line,
        "row": row.number,
    }
    if origin.part:
        line |= {"part": origin.part, "type": origin.type}
    value = None if refusal.value is None else refusal.shown_value
    line |= {"code": refusal.code, "field": refusal.field, "value": value, "message": refusal.message}
    if isinstance(row, Unreadable):
        return line | {"text": row.text}
    return line | {"columns": dict(zip(origin.columns, row.cells, strict=False))}
