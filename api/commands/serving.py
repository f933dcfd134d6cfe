"""`daybook serve` and `daybook demo`."""

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
    /openapi.json describes it.

    daybook serve --port 8000
    daybook events PaymentReceived --json | jq .example |
      curl -H content-type:application/json --data @- http://127.0.0.1:8000/entries
    curl "http://127.0.0.1:8000/customers/42?as_of=2026-01-31"
    """
    from api.serving import run

    screen = screen_of(context)
    run(screen, load_settings(screen), host, port)


def demo(
    context: typer.Context,
    customers: Annotated[int | None, typer.Option(min=1, help="How many customers.")] = None,
    seed: Annotated[int | None, typer.Option(help="Another company.")] = None,
    _json: AsJson = False,
) -> None:
    """Simulate a small supply company, and look at a customer twice.

    It makes a ledger of its own, with a simulated clock, in ./daybook-data-
    demo.

    daybook demo
    """
    from api import demo as demonstration

    screen = screen_of(context)
    demonstration.run(screen, load_settings(screen), customers=customers, seed=seed)
