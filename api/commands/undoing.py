"""`daybook import undo RUN`: proposes to void all entries of a run; with `--approve`, makes the voids."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import typer

from api.commands.shared import act
from api.exits import ExitCode, exit_code
from api.output import Screen, refusal_text

if TYPE_CHECKING:
    from domain.undo import Undone


def undo(screen: Screen, names: Sequence[Path], *, approve: bool) -> None:
    """Undo a run, as far as one principal can."""
    from api.importer import patiently
    from domain.undo import make_undo, propose_undo

    run = _run(names)
    with act(screen, "approve" if approve else "record") as found, _progress(screen) as tell:
        step = make_undo if approve else propose_undo
        try:
            undone = step(found.overseer(), run, patiently(found.ledger.record), tell)
        except KeyboardInterrupt:
            screen.note("Interrupted. What was recorded stays; run it again to go on.")
            raise
    _tell(screen, undone, approve=approve)
    if undone.stopped is not None:
        raise typer.Exit(exit_code(undone.stopped))
    if undone.refusals:
        raise typer.Exit(ExitCode.REFUSED)


def _run(names: Sequence[Path]) -> UUID:
    try:
        (name,) = names
        return UUID(str(name))
    except ValueError:
        message = "name one run by its id, as the summary of the import has it"
        raise typer.BadParameter(message, param_hint="RUN") from None


@contextmanager
def _progress(screen: Screen) -> Iterator["Callable[[int, int, Undone], None] | None"]:
    """Show a progress bar on stderr where that is a terminal."""
    if not screen.err.is_terminal:
        yield None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    counts = TextColumn("of the log, {task.fields[entries]:,} entries of the run")
    with Progress(
        BarColumn(), MofNCompleteColumn(), counts, TimeRemainingColumn(), console=screen.err
    ) as bar:
        task = bar.add_task("", total=None, entries=0)
        yield lambda done, total, undone: bar.update(
            task, completed=done, total=total, entries=undone.entries
        )


def _tell(screen: Screen, undone: "Undone", *, approve: bool) -> None:
    """Say what was done, and what comes next."""
    did = "voided" if approve else "proposed"
    if screen.json:
        plain = {
            "run": str(undone.run),
            "entries": undone.entries,
            "proposals": undone.proposals,
            did: undone.recorded,
            "repeated": undone.repeated,
            "voided_before": undone.voided,
            "refusals": dict(sorted(undone.refusals.items())),
        }
        if undone.stopped is not None:
            plain["stopped"] = {"code": undone.stopped.code, "message": undone.stopped.message}
        screen.row(plain)
        return
    screen.show(
        f"{undone.entries:,} entries of run {undone.run}: {undone.recorded:,} voids {did}, "
        f"{undone.repeated:,} repeated, {undone.voided:,} voided before"
    )
    for code, many in sorted(undone.refusals.items()):
        screen.show(f"  {many:>9,} refused: {code}")
    if undone.stopped is not None:
        screen.err.print(refusal_text(undone.stopped, "It stopped early. "))
        screen.note("What it had recorded stays; run it again to go on.")
    elif not approve:
        screen.note(f"Another principal makes them: daybook import undo {undone.run} --approve")
    elif undone.proposals < undone.entries:
        left = undone.entries - undone.proposals
        screen.note(f"{left:,} are not proposed yet: daybook import undo {undone.run}")
    else:
        screen.note("The files can be imported again with another --revision.")
