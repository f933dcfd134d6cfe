"""`daybook hold list`: the legal holds in force."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.commands.shared import AsJson, act, progress
from api.output import screen_of

if TYPE_CHECKING:
    from domain.entry import Entry
    from domain.events.oversight import HoldPlaced

CustomerId = Annotated[
    str | None,
    typer.Argument(metavar="CUSTOMER", help="The customer; else all, which reads the whole log."),
]


def list_holds(context: typer.Context, customer_id: CustomerId = None, _json: AsJson = False) -> None:
    """List the legal holds in force, oldest first.

    daybook hold list
    daybook hold list 42 --json
    """
    from api.names import read_customer_id
    from api.show import facts_table
    from domain.erasure.holds import all_holds, holds_in_force
    from domain.streams import customer_stream

    screen = screen_of(context)
    with act(screen, "read") as found:
        if customer_id is not None:
            stream = customer_stream(read_customer_id(customer_id, "CUSTOMER"))
            holds = holds_in_force(found.ledger.stream(stream))
        else:
            with progress(screen) as tell:
                holds = all_holds(found.ledger, tell)
    for it in holds:
        if screen.json:
            screen.row(_plain(it))
        else:
            screen.show(facts_table(_plain(it)), "")
    if not holds and not screen.json:
        screen.note("No hold is in force.")


def _plain(entry: "Entry[HoldPlaced]") -> dict[str, Any]:
    from domain.values import moment_text

    return {
        "stream": entry.stream,
        "hold": entry.data.hold,
        "basis": entry.data.basis,
        "principal": entry.data.principal,
        "placed_at": moment_text(entry.occurred_at),
    }
