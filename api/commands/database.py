"""`daybook db url|start|stop|status`: the embedded server by hand."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.shared import AsJson, load_settings
from api.output import Screen, screen_of

if TYPE_CHECKING:
    from domain.store.launcher import EmbeddedServer


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(no_args_is_help=True, rich_markup_mode="rich")
    group.command("url")(url)
    group.command("start")(start)
    group.command("stop")(stop)
    group.command("status")(status)
    app.add_typer(group, name="db", help="The embedded PostgreSQL: where it is, and keeping it running.")


def url(
    context: typer.Context,
    owner: Annotated[bool, typer.Option("--owner", help="The owner's URL, for `daybook init`.")] = False,
    _json: AsJson = False,
) -> None:
    """Print the URL of the ledger's database, for psql or another Daybook.

    An embedded server answers there only while somebody uses it: keep it
    running with `daybook db start`.

    daybook db start --detach && psql "$(daybook db url)"
    """
    from domain.store.launcher import EmbeddedServer

    screen = screen_of(context)
    settings = load_settings(screen)
    if settings.database_url is not None:
        found = (settings.owner_url if owner else None) or settings.database_url
    else:
        server = EmbeddedServer(settings.data)
        found = server.owner_url if owner else server.url
    _tell(screen, {"url": found}, found)


def start(
    context: typer.Context,
    detach: Annotated[
        bool, typer.Option("--detach", help="Return, and keep it running until `db stop`.")
    ] = False,
    _json: AsJson = False,
) -> None:
    """Start the embedded server and keep it running until Ctrl-C; one that dies is started again.

    Every command starts the server by itself where needed, and it stops with
    its last user; holding it saves each command that second or two.

    daybook db start --detach
    daybook db stop
    """
    from api import holder
    from domain.store.keeper import Keeper

    screen = screen_of(context)
    server = _embedded(screen)
    if detach:
        if not holder.is_held(server.data):
            holder.detach(server)
        _report(screen, server)
        return
    with holder.until_told_to_stop() as told, server, holder.holding(server), Keeper(server):
        _tell(screen, {"url": server.url}, f"{server.url}\nThe server runs until Ctrl-C.")
        screen.flush()
        told.wait()


def stop(
    context: typer.Context,
    force: Annotated[bool, typer.Option("--force", help="Stop it although others use it.")] = False,
    _json: AsJson = False,
) -> None:
    """Stop the embedded server that `daybook db start` keeps running.

    Stopped by force while others use it, it stays so until another command
    needs it.

    daybook db stop
    """
    from api import holder

    screen = screen_of(context)
    server = _embedded(screen)
    held = holder.end(server.data)
    stopped = server.stop(force=force) or held
    _tell(
        screen, {"stopped": stopped}, "The server is stopped." if stopped else "The server was not running."
    )


def status(context: typer.Context, _json: AsJson = False) -> None:
    """Say whether the embedded server runs, and where.

    daybook db status --json
    """
    screen = screen_of(context)
    _report(screen, _embedded(screen))


def _embedded(screen: Screen) -> "EmbeddedServer":
    from domain.refusals import Misconfigured
    from domain.store.launcher import EmbeddedServer

    settings = load_settings(screen)
    if settings.database_url is not None:
        raise Misconfigured(
            "DAYBOOK_DATABASE_URL", hint="It names a server that Daybook does not run; unset it."
        )
    return EmbeddedServer(settings.data)


def _tell(screen: Screen, plain: dict[str, object], text: str) -> None:
    if screen.json:
        screen.row(plain)
    else:
        sys.stdout.write(text + "\n")


def _report(screen: Screen, server: "EmbeddedServer") -> None:
    found = server.status()
    plain: dict[str, object] = {"running": found.running, "data": str(found.data)}
    plain |= {
        name: value for name, value in (("pid", found.pid), ("version", found.version)) if value is not None
    }
    if not found.running:
        _tell(screen, plain, f"The server of {found.data} does not run.")
        return
    plain["url"] = server.url
    _tell(screen, plain, f"PostgreSQL {found.version} runs in {found.data}\n{server.url}")
