"""`daybook import MAPPING FILE...`, and `daybook import undo RUN`."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.shared import AsJson, act
from api.commands.undoing import undo
from api.exits import ExitCode, exit_code
from api.output import Screen, refusal_text, screen_of

if TYPE_CHECKING:
    from api.acting import Acting
    from api.importer import Mapping, Summary

BATCH_DEFAULT = 1_000
BATCH_MAX = 10_000

MappingName = Annotated[
    str,
    typer.Argument(
        metavar="MAPPING", help="A shipped mapping (`daybook import list` names them) or a TOML file."
    ),
]
Files = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="FILE...", help="CSV or JSON lines, gzip too; read in this order.", show_default=False
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Decide everything, record nothing.")]
Rejects = Annotated[
    Path | None,
    typer.Option(
        help="Where rows that are refused go, with lines and reasons; MAPPING.rejects.jsonl if left out."
    ),
]
Batch = Annotated[int, typer.Option(min=1, max=BATCH_MAX, help="Entries recorded at a time.")]
Revision = Annotated[
    int | None, typer.Option(min=1, help="Instead of the mapping's: the rows become new entries.")
]
Approve = Annotated[
    bool, typer.Option("--approve", help="With undo: make the voids that another principal proposed.")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("import")(import_files)


def import_files(
    context: typer.Context,
    *,
    mapping: MappingName,
    files: Files = None,
    dry_run: DryRun = False,
    rejects: Rejects = None,
    batch: Batch = BATCH_DEFAULT,
    revision: Revision = None,
    approve: Approve = False,
    _json: AsJson = False,
) -> None:
    """Import files of another system, by a mapping that says what a row means.

    Safe to run twice: what is recorded already is counted as repeated. A row
    that is refused goes to the file of rejects with its line number and the
    reason; the rest goes in. Exit code 1 says that there were rejects. To import
    write-offs needs the scope approve, too.

    A run is undone by two principals, then done again under another --revision.

    daybook import list
    daybook import accounts_receivable invoices.csv --dry-run
    daybook import ./mine.toml 2025.jsonl.gz 2026.jsonl.gz --batch 5000
    daybook import undo RUN
    DAYBOOK_KEY=... daybook import undo RUN --approve
    """
    screen = screen_of(context)
    if mapping == "list" and not files:
        _list(screen)
    elif mapping == "undo":
        undo(screen, files or [], approve=approve)
    elif approve:
        raise typer.BadParameter("it goes with `daybook import undo RUN`", param_hint="--approve")
    elif not files:
        raise typer.BadParameter("name at least one file", param_hint="FILE...")
    else:
        summary = _run(screen, mapping, files, rejects, batch=batch, revision=revision, dry_run=dry_run)
        _tell(screen, summary)
        _end(summary)


def _list(screen: Screen) -> None:
    from api.importer import load_mapping, shipped_mappings

    for name in shipped_mappings():
        if screen.json:
            found = load_mapping(name)
            screen.row({"mapping": name, "source": found.source, "revision": found.revision})
        else:
            screen.show(name)


def _run(
    screen: Screen,
    name: str,
    files: Sequence[Path],
    rejects: Path | None,
    *,
    batch: int,
    revision: int | None,
    dry_run: bool,
) -> "Summary":
    from api.importer import Options, Rehearsal, bytes_in, load_mapping, patiently, run_import

    mapping = load_mapping(name)
    with (
        _rejects(rejects, Path(f"{Path(name).stem}.rejects.jsonl")) as path,
        act(screen, "record") as found,
        _progress(screen, _size(files, bytes_in)) as tell,
    ):
        _need_approval(found, mapping)
        options = Options(batch=batch, rejects=path, revision=revision, dry_run=dry_run, on_progress=tell)
        record = Rehearsal.at(found.ledger) if dry_run else found.ledger.record
        try:
            summary = run_import(mapping, files, patiently(record), options)
        except KeyboardInterrupt:
            screen.note("Interrupted. What was recorded stays; run it again to go on.")
            raise
    if rejects is None and not path.exists():
        summary.rejects_file = None
    return summary


def _need_approval(found: "Acting", mapping: "Mapping") -> None:
    """Refuse an import of what two principals decide here to who could not be the second of them."""
    if mapping.guarded:
        why = f"The mapping makes entries that need approval: {', '.join(mapping.guarded)}."
        found.principal.need("approve", why)


def _end(summary: "Summary") -> None:
    if summary.stopped is not None:
        raise typer.Exit(exit_code(summary.stopped))
    if summary.rejected.total() or summary.rows_rejected:
        raise typer.Exit(ExitCode.REFUSED)


@contextmanager
def _rejects(asked: Path | None, default: Path) -> Iterator[Path]:
    """Name the file of rejects; one that nobody asked for is removed where nothing is in it."""
    from domain.refusals import InvalidValue

    path = asked or default
    try:
        path.open("a").close()
    except OSError as error:
        raise InvalidValue("--rejects", str(path), f"It cannot be written: {error.strerror}.") from None
    try:
        yield path
    finally:
        if asked is None and path.exists() and not path.stat().st_size:
            path.unlink()


def _size(files: Sequence[Path], bytes_in: Callable[[Sequence[Path]], int]) -> int:
    """Return the size of the files, 0 where one is missing."""
    try:
        return bytes_in(files)
    except OSError:
        return 0


@contextmanager
def _progress(screen: Screen, total: int) -> Iterator[Callable[[int, int, int], None] | None]:
    """Show a progress bar on stderr where that is a terminal."""
    if not screen.err.is_terminal:
        yield None
        return
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    counts = TextColumn("{task.fields[rows]:,} rows, {task.fields[entries]:,} entries")
    with Progress(BarColumn(), DownloadColumn(), counts, TimeRemainingColumn(), console=screen.err) as bar:
        task = bar.add_task("", total=total or None, rows=0, entries=0)
        yield lambda done, rows, entries: bar.update(task, completed=done, rows=rows, entries=entries)


def _tell(screen: Screen, summary: "Summary") -> None:
    """Write the summary of a run."""
    if screen.json:
        screen.row({name: value for name, value in summary.as_json().items() if value is not None})
        return
    did = "would be recorded" if summary.dry_run else "recorded"
    screen.show(
        f"{summary.rows:,} rows of {', '.join(summary.files)} in {summary.seconds:.1f} s",
        f"{summary.recorded.total():,} entries {did}, {summary.repeated.total():,} repeated, "
        f"{summary.rejected.total() + summary.rows_rejected:,} rejected",
    )
    for kind, many in sorted(summary.recorded.items()):
        screen.show(f"  {many:>9,} {kind}")
    for code, many in sorted(summary.refusals.items()):
        screen.show(f"  {many:>9,} rejected: {code}")
    if not summary.dry_run and summary.entries:
        screen.show(f"Run {summary.run}: all that {summary.source} brought under revision {summary.revision}")
        screen.note(f"To void all of it: daybook import undo {summary.run}")
    if summary.rejects_file is not None and summary.refusals:
        screen.show(f"Rejected rows, with their lines and the reasons: {summary.rejects_file}")
    if summary.stopped is not None:
        screen.err.print(refusal_text(summary.stopped, "The import stopped early. "))
        screen.note("What it had recorded stays; run it again to go on.")
