"""`daybook key create`, `daybook key list` and `daybook key revoke`."""

from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from api.commands.shared import AsJson, act
from api.output import Screen, plain_text, screen_of

if TYPE_CHECKING:
    from domain.principals import Key

Name = Annotated[str, typer.Option(help="Whose key it is.")]
ScopeNames = Annotated[
    list[str],
    typer.Option(
        "--scope",
        help="What it may do; one or more of record, read, read:personal, audit, comply, approve, admin.",
    ),
]
Expires = Annotated[str | None, typer.Option(help="When it ends; of a bare date, that day is the last.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(no_args_is_help=True, rich_markup_mode="rich")
    group.callback()(key)
    group.command("create")(create)
    group.command("list")(list_keys)
    group.command("revoke")(revoke)
    app.add_typer(group, name="key")


def key() -> None:
    """Manage the keys by which principals act: set one in DAYBOOK_KEY."""


def create(
    context: typer.Context, name: Name, scope: ScopeNames, expires: Expires = None, _json: AsJson = False
) -> None:
    """Make a key, and show it: this once, as only a hash of its secret is kept.

    A key gives no scope that whoever makes it lacks. Give the two keys of a pair
    to two people.

    daybook key create --name "Ann, billing" --scope record --scope read
    daybook key create --name audit-2026 --scope audit --expires 2026-12-31
    """
    from api.times import moment
    from domain.principals import Keys

    screen = screen_of(context)
    with act(screen, "admin") as found:
        zone = ZoneInfo(found.ledger.facts.zone)
        until = None if expires is None else moment(expires, zone, "expires")
        made, text = Keys.of(found.ledger).create(name, scope, found.principal, until)
    if screen.json:
        screen.row(_plain(made) | {"key": text})
        return
    screen.out.print(plain_text(text), soft_wrap=True)
    screen.note(f"This is the key of {made.name}, and it is shown this once: DAYBOOK_KEY takes it.")


def list_keys(context: typer.Context, _json: AsJson = False) -> None:
    """List all keys there ever were, oldest first, without their secrets.

    daybook key list
    """
    from rich.table import Table

    from api.show import local
    from domain.principals import Keys

    screen = screen_of(context)
    with act(screen, "admin") as found:
        keys, zone = Keys.of(found.ledger).all(), ZoneInfo(found.ledger.facts.zone)
    table = Table("id", "name", "scopes", "status", "created", "expires", box=None, pad_edge=False)
    for it in keys:
        if screen.json:
            screen.row(_plain(it))
        until = "" if it.expires_at is None else local(it.expires_at, zone)
        cells = [it.id, it.name, ", ".join(it.scopes), it.status, local(it.created_at, zone), until]
        table.add_row(*map(plain_text, cells))
    if not screen.json and keys:
        screen.show(table)


def revoke(
    context: typer.Context,
    key_id: Annotated[str, typer.Argument(metavar="ID", help="The id of the key.")],
    _json: AsJson = False,
) -> None:
    """End a key for ever.

    daybook key revoke 3f9a1c7e52b0
    """
    from domain.principals import Keys

    screen = screen_of(context)
    with act(screen, "admin") as found:
        ended = Keys.of(found.ledger).revoke(key_id)
    _tell(screen, ended)


def _tell(screen: Screen, found: "Key") -> None:
    if screen.json:
        screen.row(_plain(found))
    else:
        screen.show(f"The key {found.id} of {found.name} is {found.status}.")


def _plain(found: "Key") -> dict[str, object]:
    from domain.values import moment_text

    moments = {name: getattr(found, name) for name in ("created_at", "expires_at", "revoked_at")}
    return {
        "id": found.id,
        "name": found.name,
        "scopes": list(found.scopes),
        "status": found.status,
        "created_by": found.created_by,
        **{name: moment_text(it) for name, it in moments.items() if it is not None},
    }
