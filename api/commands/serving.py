"""`daybook serve` and `daybook demo`."""

from pathlib import Path
from typing import Annotated

import typer

from api.commands.shared import AsJson, load_settings
from api.output import screen_of

PORT_DEFAULT = 8000
PORT_MAX = 65_535


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("serve")(serve)
    app.command("demo")(demo)


def serve(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="A loopback address; others are refused.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=PORT_MAX, help="0 takes any that is free.")] = PORT_DEFAULT,
    _json: AsJson = False,
) -> None:
    """Answer HTTP on this machine until Ctrl-C.

    It listens on loopback alone, as it does not ask yet who is calling.
    An embedded PostgreSQL that dies is started again; meanwhile what is read is
    refused with status 503, and what is to be recorded waits.
    /openapi.json describes it.

    daybook serve --port 8000
    daybook events CustomerRegistered --example > entry.json
    curl --json @entry.json http://127.0.0.1:8000/entries
    curl "http://127.0.0.1:8000/customers/42?as_of=2026-01-31"
    """
    from api.serving import run

    screen = screen_of(context)
    run(screen, load_settings(screen), host, port)


def demo(
    context: typer.Context,
    data: Annotated[
        Path | None, typer.Option(help="Keep the ledger in this folder, to look further; else it is removed.")
    ] = None,
    customers: Annotated[int | None, typer.Option(min=1, help="How many customers.")] = None,
    years: Annotated[int | None, typer.Option(min=2, help="How many years.")] = None,
    seed: Annotated[int | None, typer.Option(help="Another company.")] = None,
    _json: AsJson = False,
) -> None:
    """Simulate a small supply company, and look at one customer on both clocks.

    daybook demo
    daybook demo --data ./demo && DAYBOOK_DATA=./demo daybook log --tail 5
    """
    from api.demo import run

    chosen = {"customers": customers, "years": years, "seed": seed}
    run(screen_of(context), data=data, **{name: it for name, it in chosen.items() if it is not None})
