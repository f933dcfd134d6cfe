"""`daybook customer show`, `daybook log` and `daybook entry`."""

import sys
import time
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

import typer

from api.commands.shared import AsJson, open_ledger
from api.output import Screen, screen_of

if TYPE_CHECKING:
    from datetime import datetime

    from domain.entry import Entry
    from domain.ledger import Ledger

LIMIT_DEFAULT = 100
LIMIT_MAX = 10_000
LOOK_SECONDS = 0.5
TIMES = (
    "2026-01-31, 2026-01-31T09:00 or with its zone; a bare date is the end of that day in the ledger's zone."
)

CustomerId = Annotated[str, typer.Argument(metavar="ID", help="The customer, as in the stream customer:ID.")]
AsOf = Annotated[str | None, typer.Option(help="Leave out what happened later: " + TIMES)]
KnownAt = Annotated[str | None, typer.Option(help="Leave out what was recorded later; the same.")]
At = Annotated[str | None, typer.Option(help="Sets both clocks; the same.")]
Every = Annotated[bool, typer.Option("--all", help="Show every row, not only what is open and the last ten.")]
Readable = Annotated[
    bool, typer.Option("--personal", help="Show personal data: names, phones, addresses, free texts.")
]
Shard = Annotated[int, typer.Option(min=0, help="Which log.")]
After = Annotated[
    int | None, typer.Option(min=0, help="Begin after this position; else at the start.", show_default=False)
]
Limit = Annotated[int, typer.Option(min=1, max=LIMIT_MAX, help="At most so many entries.")]
Tail = Annotated[int | None, typer.Option(min=0, max=LIMIT_MAX, help="Begin so many before the end.")]
Follow = Annotated[bool, typer.Option("--follow", "-f", help="Wait for more, until Ctrl-C.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(no_args_is_help=True, rich_markup_mode="rich")
    group.callback()(customer)
    group.command("show")(show)
    app.add_typer(group, name="customer")
    app.command("log")(log)
    app.command("entry")(entry)


def customer() -> None:
    """Ask what is or was so of a customer."""


def show(
    context: typer.Context,
    customer_id: CustomerId,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    at: At = None,
    every: Every = False,
    personal: Readable = False,
    _json: AsJson = False,
) -> None:
    """Show a customer's state: now, as of a day, as known on a day, or both.

    The answer names its cut, the position up to which entries were known. The
    same question with the same --known-at gets the same answer for ever. A time
    of day without a zone is in the ledger's zone. What is personal reads
    [sealed], and with --personal as it was written, or [erased].

    daybook customer show 42
    daybook customer show 42 --as-of 2026-01-31
    daybook customer show 42 --as-of 2026-01-31 --known-at 2026-02-15T09:00
    daybook customer show 42 --at 2026-01-31 --personal --json
    """
    from api.bodies import CustomerBody
    from api.names import read_customer_id
    from api.rows import Rows
    from api.show import customer_parts
    from domain.vault.hidden import hide

    if at is not None and (as_of is not None or known_at is not None):
        raise typer.BadParameter("it sets both clocks; leave out --as-of and --known-at", param_hint="--at")
    screen = screen_of(context)
    customer_id = read_customer_id(customer_id, "ID")
    asked = {"as_of": as_of if at is None else at, "known_at": known_at if at is None else at}
    with open_ledger(screen, "read:personal" if personal else "read") as ledger:
        found = ledger.customer(customer_id, **_moments(ledger, asked))
        view = partial(ledger.need_vault().view, stream=found.customer.stream) if personal else hide
        if screen.json:
            screen.row(CustomerBody.of(customer_id, found, ledger.facts, view).plain())
        else:
            screen.show(*customer_parts(customer_id, found, ledger.facts, Rows(every), view))


def _moments(ledger: "Ledger", asked: dict[str, str | None]) -> "dict[str, datetime]":
    """Read the moments of a question that were asked for."""
    from api.times import moment

    zone = ZoneInfo(ledger.facts.zone)
    return {name: moment(text, zone, name) for name, text in asked.items() if text is not None}


def log(
    context: typer.Context,
    shard: Shard = 0,
    after: After = None,
    limit: Limit = LIMIT_DEFAULT,
    tail: Tail = None,
    follow: Follow = False,
    _json: AsJson = False,
) -> None:
    """List entries in the order in which they were recorded.

    daybook log --tail 10
    daybook log --after 500 --limit 50 --json
    daybook log --tail 0 --follow
    """
    if tail is not None and after is not None:
        raise typer.BadParameter("--after and --tail both say where to begin", param_hint="--tail")
    screen = screen_of(context)
    with open_ledger(screen) as ledger:
        size = _size(ledger, shard)
        position = max(0, size - tail) if tail is not None else after or 0
        while True:
            page = _page(screen, ledger, follow=follow, shard=shard, after=position, limit=limit)
            _list(screen, page, ZoneInfo(ledger.facts.zone))
            position = page[-1].position if page else position
            if not follow:
                break
            screen.flush()
            if len(page) < limit:
                time.sleep(LOOK_SECONDS)
    if not screen.json and position < size:
        screen.note(f"More: daybook log --after {position}" + (f" --shard {shard}" if shard else ""))


def entry(
    context: typer.Context,
    entry_id: Annotated[UUID, typer.Argument(metavar="ID", help="The entry's id.")],
    raw: Annotated[
        bool,
        typer.Option(
            "--raw", help="Its canonical bytes as they are kept, with nothing added, not even a line feed."
        ),
    ] = False,
    personal: Readable = False,
    _json: AsJson = False,
) -> None:
    """Show one entry.

    What is personal reads [sealed], and with --personal as it was written, or
    [erased].

    daybook entry 0198c0de-0000-7000-8000-000000000001
    daybook entry 0198c0de-0000-7000-8000-000000000001 --personal
    daybook entry 0198c0de-0000-7000-8000-000000000001 --raw | sha256sum
    """
    from api.bodies import EntryBody
    from api.show import facts_table

    if raw and personal:
        raise typer.BadParameter("what is kept is sealed; leave out --raw", param_hint="--personal")
    screen = screen_of(context)
    with open_ledger(screen, "read:personal" if personal else "read") as ledger:
        if raw:
            sys.stdout.buffer.write(ledger.entry_bytes(entry_id))
            return
        found = ledger.entry(entry_id)
        data = ledger.need_vault().view_entries([found])[0] if personal else None
        plain = EntryBody.of(found, data).plain()
    if screen.json:
        screen.row(plain)
    else:
        screen.show(facts_table(plain))


def _page(screen: Screen, ledger: "Ledger", *, follow: bool, **asked: int) -> "list[Entry[Any]]":
    """Return a page of the log; whoever follows the log also waits for a database that is away."""
    from domain.refusals import DatabaseGone

    try:
        return ledger.log(**asked)
    except DatabaseGone as away:
        if not follow:
            raise
        screen.note(f"Waiting for the database: {away.hint}", "yellow")
        return []


def _size(ledger: "Ledger", shard: int) -> int:
    """Return how many entries a log has; refuses a shard that is not there."""
    from domain.refusals import InvalidValue

    sizes = {head.shard: head.size for head in ledger.heads()}
    if shard not in sizes:
        raise InvalidValue("shard", shard, f"The ledger has the shards 0 to {len(sizes) - 1}.")
    return sizes[shard]


def _list(screen: Screen, page: "list[Entry[Any]]", zone: ZoneInfo) -> None:
    from api.bodies import EntryBody
    from api.show import log_table

    if screen.json:
        for found in page:
            screen.row(EntryBody.of(found).plain())
    elif page:
        screen.show(log_table(page, zone))
