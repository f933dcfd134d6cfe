"""What commands share: the option `--json`, the settings, and the open ledger."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from api.output import Screen, screen_of

if TYPE_CHECKING:
    from api.settings import Settings
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
def open_ledger(screen: Screen) -> Iterator["Ledger"]:
    """Open the ledger that the settings name."""
    from api.opening import opened

    with opened(load_settings(screen)) as ledger:
        yield ledger
