"""`daybook init` and `daybook settings`."""

import os
from typing import Annotated, Literal

import typer

from api.commands.shared import AsJson, load_settings
from api.output import screen_of

Name = Annotated[
    str | None, typer.Option(help="The ledger's name, on every page and in every proof; else daybook.")
]
Zone = Annotated[
    str | None,
    typer.Option(help="The ledger's time zone, such as Asia/Shanghai, whose days are its days; else UTC."),
]
ClockKind = Annotated[
    Literal["database", "simulated"] | None,
    typer.Option(help="Who says when an entry is recorded: the database, or for tests the writer."),
]
Shards = Annotated[int | None, typer.Option(min=1, help="How many logs the ledger has; else one.")]
Distribute = Annotated[
    bool, typer.Option("--distribute", help="Spread the tables by shard with the Citus extension.")
]


KEYS_LIE = (
    "Its keys lie in {keys}, its signed checkpoints in {outside}: keep copies of both away from the database."
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("init")(init)
    app.command("settings")(settings)


def init(
    context: typer.Context,
    name: Name = None,
    zone: Zone = None,
    clock: ClockKind = None,
    shards: Shards = None,
    distribute: Distribute = False,
    _json: AsJson = False,
) -> None:
    """Set up a ledger, or bring its tables up to date; safe to run twice.

    Name, zone, clock and shards are chosen once and for ever. Without
    DAYBOOK_DATABASE_URL the ledger lies in an embedded PostgreSQL in the folder
    daybook-data (DAYBOOK_DATA names another). A new ledger gets the keys that
    seal its logs; keys that are there are never replaced.

    daybook init --name "Riverside Power" --zone Europe/Berlin
    DAYBOOK_DATABASE_URL=postgresql://daybook@db.example/daybook daybook init
    """
    from api.opening import establish, place
    from domain.store.init import initialise
    from domain.values import moment_text

    screen = screen_of(context)
    settings = load_settings(screen)
    with place(settings, create=True) as found:
        facts = initialise(
            found.owner_url, name=name, zone=zone, clock=clock, shards=shards, distribute=distribute
        )
        sealed = establish(found.url, settings.keys, settings.checkpoints, settings.kek)
    plain = {name: getattr(facts, name) for name in ("name", "zone", "clock", "shards")}
    if screen.json:
        screen.row(plain | {"created_at": moment_text(facts.created_at)})
        return
    screen.show(
        f"The ledger {facts.name} stands: zone {facts.zone}, {facts.clock} clock, {facts.shards} shard(s)."
    )
    if sealed:
        screen.show(KEYS_LIE.format(keys=settings.keys, outside=_shown(settings.checkpoints)))


def settings(context: typer.Context, _json: AsJson = False) -> None:
    """Show every setting: its variable, its value now, what it is for.

    daybook settings
    DAYBOOK_DATA=/var/lib/daybook daybook settings --json
    """
    from rich.table import Table

    from api.output import plain_text
    from api.settings import Settings, variable

    screen = screen_of(context)
    found = load_settings(screen)
    table = Table("variable", "value", "meaning", box=None, pad_edge=False)
    for field, info in Settings.model_fields.items():
        value = getattr(found, field)
        shown = "" if value is None else _shown(value) if info.repr else "(set)"
        meaning = info.description or ""
        if screen.json:
            screen.row({"variable": variable(field), "value": shown, "meaning": meaning})
        table.add_row(variable(field), plain_text(shown), meaning)
    if not screen.json:
        screen.show(table)


def _shown(value: object) -> str:
    """Write a setting as its variable would have it."""
    return os.pathsep.join(map(str, value)) if isinstance(value, tuple) else str(value)
