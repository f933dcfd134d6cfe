"""The `daybook` command: what all of it shares; its commands are in `api/commands/`, one file a group."""

import os
import sys
from typing import Annotated

import typer
from typer.core import TyperGroup

from api.commands import (
    backup,
    catalogue,
    database,
    erasing,
    history,
    importing,
    keys,
    ledger,
    oversight,
    personal,
    proposals,
    recording,
    sealing,
    serving,
    verifying,
)
from api.exits import MEANING, ExitCode, exit_code
from api.output import Screen, screen_of
from domain.refusals import Refused

CODES = "\n".join(f"{code.value:>2}  {meaning}" for code, meaning in MEANING.items())


class Teaching(TyperGroup):
    """The root of the command: refusals become sentences and exit codes, and no traceback reaches a user."""

    def invoke(self, ctx: typer.Context) -> object:  # type: ignore[override]
        """Run the command."""
        screen = ctx.obj = Screen()
        try:
            result = super().invoke(ctx)
            screen.flush()
        except Refused as refusal:
            screen.refuse(refusal)
            raise typer.Exit(exit_code(refusal)) from None
        except BrokenPipeError:
            _hush()
            raise typer.Exit(ExitCode.BROKEN_PIPE) from None
        except (typer.Exit, typer.Abort, typer.TyperException, KeyboardInterrupt, EOFError):
            raise
        except Exception as error:  # noqa: BLE001  the last line between a defect and a user
            raise typer.Exit(_unexpected(screen, error)) from None
        return result


def _hush() -> None:
    """Send what is left on stdout nowhere, as its reader is gone."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())


def _unexpected(screen: Screen, error: Exception) -> ExitCode:
    """Say in a line that Daybook failed; a database's error is told as what it means."""
    refusal = _database_refusal(error)
    if refusal is not None:
        screen.refuse(refusal)
        return exit_code(refusal)
    if screen.debug:
        screen.err.print_exception()
    else:
        said = f"{type(error).__name__}: {error}".splitlines()[0]
        screen.note(f"Daybook failed, and it is not your fault: {said}", "red")
        screen.note("`daybook --debug ...` shows the traceback.")
    return ExitCode.UNEXPECTED


def _database_refusal(error: Exception) -> Refused | None:
    if "psycopg" not in sys.modules:
        return None
    import psycopg

    from domain.store.connections import refusal_of

    return refusal_of(error) if isinstance(error, psycopg.Error) else None


app = typer.Typer(
    name="daybook",
    cls=Teaching,
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="[bold]Exit codes[/bold]\n" + CODES,
)


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        sys.stdout.write(f"daybook {version('daybook')}\n")
        raise typer.Exit


@app.callback()
def root(
    context: typer.Context,
    as_json: Annotated[
        bool, typer.Option("--json", help="JSON on stdout, and nothing else there; also after any command.")
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback of an error of Daybook.")
    ] = False,
    _version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Daybook: a ledger of everything between an enterprise and its customers.

    What happened is written down once, in order, and never changed. Any state
    of a customer is worked out from that, now or at any moment, on two clocks:
    when it happened, and when it was known.

    daybook init                                   set up a ledger
    daybook record entries.json                    record entries
    daybook customer show 42                       a customer's state now
    daybook customer show 42 --as-of 2026-01-31    at the end of that day
    daybook customer show 42 --at 2026-01-31       as it was known then, too
    """
    screen = screen_of(context)
    screen.json, screen.debug = as_json, debug


for group in (
    *(ledger, recording, importing, history, personal, sealing, oversight, proposals, erasing),
    *(verifying, keys, catalogue, serving, database, backup),
):
    group.register(app)


def main() -> None:
    """Run the command; the console script."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="backslashreplace")
    app(prog_name="daybook")


if __name__ == "__main__":
    main()
