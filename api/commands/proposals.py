"""`daybook proposals`: what one principal proposed, and another has not answered yet."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.commands.shared import AsJson, act, progress
from api.output import Screen, screen_of

if TYPE_CHECKING:
    from domain.entry import Entry
    from domain.events.oversight import ActionProposed
    from domain.ledger import Ledger
    from domain.proposals import Open, Proposals

SHOWN = ("entry", "reason", "remark")

Readable = Annotated[bool, typer.Option("--personal", help="Show personal data, too.")]

CustomerId = Annotated[
    str | None,
    typer.Argument(metavar="[CUSTOMER]", help="The customer; else all, which reads the whole log."),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("proposals")(proposals)


def proposals(
    context: typer.Context,
    customer_id: CustomerId = None,
    personal: Readable = False,
    _json: AsJson = False,
) -> None:
    """List what was proposed and is still to be answered, oldest first.

    Voids that undo an import run stand there as one.

    daybook proposals
    daybook proposals 42 --json
    """
    screen = screen_of(context)
    with act(screen, "read:personal" if personal else "read") as found:
        _show(screen, found.ledger, _find(screen, found.ledger, customer_id), personal=personal)


def _find(screen: Screen, ledger: "Ledger", customer_id: str | None) -> "Proposals":
    from api.names import read_customer_id
    from domain.oversight import proposals as all_proposals
    from domain.proposals import open_proposals
    from domain.streams import customer_stream

    if customer_id is not None:
        stream = customer_stream(read_customer_id(customer_id, "CUSTOMER"))
        return open_proposals(ledger.stream(stream))
    with progress(screen) as tell:
        return all_proposals(ledger, tell)


def _show(screen: Screen, ledger: "Ledger", found: "Proposals", *, personal: bool) -> None:
    from api.show import facts_table

    for it in found.open.values():
        plain = _plain(ledger, it, personal=personal)
        if screen.json:
            screen.row(plain)
        else:
            screen.show(facts_table(plain), "")
    left = {run: undoing for run, undoing in found.undoing.items() if undoing.left}
    for run, undoing in left.items():
        if screen.json:
            screen.row({"undo": run, "left": undoing.left, "proposed": dict(undoing.proposed)})
        else:
            screen.show(f"{undoing.left:,} voids that undo the import run {run}")
            screen.note(f"Another principal makes them: daybook import undo {run} --approve")
    if not screen.json and not found.open and not left:
        screen.note("Nothing is open.")


def _plain(ledger: "Ledger", found: "Open", *, personal: bool) -> dict[str, Any]:
    """Write out an open proposal."""
    from domain.events import REGISTER
    from domain.events.oversight import ActionProposed, EntryVoided
    from domain.values import moment_text
    from domain.vault.hidden import hide

    entry, data = found.entry, found.entry.data
    plain = {
        "proposal": data.proposal,
        "stream": entry.stream,
        "principal": data.principal,
        "proposed_at": moment_text(entry.occurred_at),
    }
    if not isinstance(data, ActionProposed):
        sealed = REGISTER[entry.type].encode(data)
        view = ledger.need_vault().view_entries([entry])[0] if personal else hide(sealed)
        return {**plain, "action": EntryVoided.TYPE, **{name: view[name] for name in SHOWN if name in view}}
    if found.approval is not None:
        plain["approved_by"] = found.approval.data.principal
    at = moment_text(data.occurred_at)
    return {
        **plain,
        "action": data.action,
        "occurred_at": at,
        "data": _data(ledger, entry, personal=personal),
    }


def _data(ledger: "Ledger", entry: "Entry[ActionProposed]", *, personal: bool) -> object:
    """Return what is proposed, without what is personal in it, unless that is asked for."""
    import msgspec

    from domain.approvals import content
    from domain.vault.hidden import hide_data
    from domain.vault.refusals import Erased
    from domain.vault.views import ERASED

    try:
        data: dict[str, Any] = msgspec.json.decode(content(ledger, entry))
    except Erased:
        return ERASED
    return data if personal else hide_data(entry.data.action, data)
