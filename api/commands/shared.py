"""What commands share: the option `--json`, the settings, files that they are given, and the open ledger."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from api.output import Screen, screen_of

if TYPE_CHECKING:
    from api.acting import Acting
    from api.settings import Settings
    from domain.authority import Scope
    from domain.ledger import Ledger


def _turn_on(context: typer.Context, asked: bool) -> bool:
    screen = screen_of(context)
    screen.json = screen.json or asked
    return screen.json


AsJson = Annotated[
    bool, typer.Option("--json", callback=_turn_on, help="JSON on stdout, and nothing else there.")
]
"""The option that every command has."""


def load_settings(screen: Screen) -> "Settings":
    """Read the settings, and warn of variables that mean nothing."""
    from api.settings import load, unknown_variables

    for sentence in unknown_variables():
        screen.note(f"warning: {sentence}", "yellow")
    return load()


@contextmanager
def open_input(path: Path) -> Iterator[BinaryIO]:
    """Open the file that a command was given, or stdin."""
    from domain.refusals import InvalidValue

    if str(path) == "-":
        yield sys.stdin.buffer
        return
    try:
        with path.open("rb") as file:
            yield file
    except OSError as error:
        raise InvalidValue("FILE", str(path), f"It cannot be read: {error.strerror}.") from None


def write_output(path: Path, text: str) -> None:
    """Write the file that a command was asked for."""
    from domain.refusals import InvalidValue

    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise InvalidValue("--out", str(path), f"It cannot be written: {error.strerror}.") from None


@contextmanager
def progress(screen: Screen) -> Iterator[Callable[[int, int], None] | None]:
    """Show a progress bar on stderr where that is a terminal: it is told what is done, and of how many."""
    if not screen.err.is_terminal:
        yield None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    columns = BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=screen.err, transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def act(screen: Screen, scope: "Scope") -> Iterator["Acting"]:
    """Open the ledger that the settings name, as whoever acts there; refuses who lacks the scope."""
    from api.acting import acting

    with acting(load_settings(screen), scope) as found:
        yield found


@contextmanager
def open_ledger(screen: Screen, scope: "Scope" = "read") -> Iterator["Ledger"]:
    """Open the ledger that the settings name, for who has the scope."""
    with act(screen, scope) as found:
        yield found.ledger
