"""`daybook void`, `propose`, `proposals`, `approve`, `reject` and `hold`: what two principals do together."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from api.commands.holding import list_holds
from api.commands.shared import AsJson, act, open_input
from api.output import Screen, plain_text, screen_of

if TYPE_CHECKING:
    from domain.entry import Receipt

ProposalName = Annotated[str, typer.Argument(metavar="PROPOSAL", help="The id that proposing it has shown.")]
Reason = Annotated[str, typer.Option(help="Why, in a word: letters, digits and `_.:/-`.")]
Remark = Annotated[str | None, typer.Option(help="Why, in your own words; kept sealed as personal data.")]
CustomerId = Annotated[str, typer.Argument(metavar="CUSTOMER", help="The customer, as in customer:ID.")]
File = Annotated[Path, typer.Argument(metavar="DOCUMENT", help="A JSON document; - is stdin.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    voids = typer.Typer(no_args_is_help=True, rich_markup_mode="rich")
    voids.callback()(void)
    voids.command("propose")(propose_void)
    voids.command("make")(make_void)
    app.add_typer(voids, name="void")
    app.command("propose")(propose)
    app.command("approve")(approve)
    app.command("reject")(reject)
    holds = typer.Typer(no_args_is_help=True, rich_markup_mode="rich")
    holds.callback()(hold)
    holds.command("place")(place)
    holds.command("release")(release)
    holds.command("list")(list_holds)
    app.add_typer(holds, name="hold")


def void() -> None:
    """Void a wrong entry: one principal proposes it, another makes it so."""


def hold() -> None:
    """Keep what is known of a customer from being erased, by law."""


def propose_void(
    context: typer.Context,
    entry_id: Annotated[UUID, typer.Argument(metavar="ENTRY", help="The id of the wrong entry.")],
    reason: Reason,
    remark: Remark = None,
    _json: AsJson = False,
) -> None:
    """Propose that an entry count no longer.

    daybook void propose 0198c0de-0000-7000-8000-000000000001 --reason wrong-customer
    """
    screen = screen_of(context)
    with act(screen, "record") as found:
        told = found.overseer().propose_void(entry_id, reason, remark)
    _tell(screen, told, f"Another principal makes it so: daybook void make {told.id}")


def make_void(context: typer.Context, proposal: ProposalName, _json: AsJson = False) -> None:
    """Void an entry as another principal proposed: it counts no longer, at any moment.

    It stays in the log, and so does what was known before.

    DAYBOOK_KEY=... daybook void make 0198c0de-0000-7000-8000-000000000002
    """
    screen = screen_of(context)
    with act(screen, "approve") as found:
        told = found.overseer().make_void(proposal)
    _tell(screen, told)


def propose(context: typer.Context, document: File, _json: AsJson = False) -> None:
    """Propose an action that needs approval, as a document such as `daybook record` takes.

    It is recorded when another principal approves it, as of its `occurred_at`.
    The proposal gets an id of its own, by which it is approved; the document's
    counts for nothing.

    daybook events ChargeWrittenOff --example > write-off.json
    daybook propose write-off.json
    """
    from domain.approvals import propose as propose_action

    screen = screen_of(context)
    with open_input(document) as file, act(screen, "record") as found:
        overseer = found.overseer()
        told = propose_action(overseer, overseer.door.open(file.read()))
    _tell(screen, told, f"Another principal approves it: daybook approve {told.id}")


def approve(context: typer.Context, proposal: ProposalName, _json: AsJson = False) -> None:
    """Approve an action that another principal proposed, and have it recorded.

    DAYBOOK_KEY=... daybook approve 0198c0de-0000-7000-8000-000000000003
    """
    from domain.approvals import approve as approve_action

    screen = screen_of(context)
    with act(screen, "approve") as found:
        for told in approve_action(found.overseer(), proposal):
            _tell(screen, told)


def reject(context: typer.Context, proposal: ProposalName, reason: Reason, _json: AsJson = False) -> None:
    """Turn down a proposal, of a void or of an action; also one's own, to take it back.

    daybook reject 0198c0de-0000-7000-8000-000000000003 --reason debtor-can-pay
    """
    screen = screen_of(context)
    with act(screen, "approve") as found:
        told = found.overseer().reject(proposal, reason)
    _tell(screen, told)


def place(
    context: typer.Context,
    customer_id: CustomerId,
    name: Annotated[str, typer.Option(help="How the hold is called.")],
    basis: Annotated[str, typer.Option(help="On what ground, in a word.")],
    _json: AsJson = False,
) -> None:
    """Place a legal hold: nothing of the customer is erased while it is in force.

    daybook hold place 42 --name hold-1 --basis lawsuit
    """
    screen = screen_of(context)
    stream = _stream(customer_id)
    with act(screen, "comply") as found:
        told = found.overseer().place_hold(stream, name, basis)
    _tell(screen, told)


def release(
    context: typer.Context,
    customer_id: CustomerId,
    name: Annotated[str, typer.Option(help="Which hold.")],
    _json: AsJson = False,
) -> None:
    """Propose to release a hold; it is released when another principal approves.

    daybook hold release 42 --name hold-1
    """
    from domain.approvals import propose_release

    screen = screen_of(context)
    stream = _stream(customer_id)
    with act(screen, "comply") as found:
        told = propose_release(found.overseer(), stream, name)
    _tell(screen, told, f"Another principal approves it: daybook approve {told.id}")


def _stream(customer_id: str) -> str:
    from api.names import read_customer_id
    from domain.streams import customer_stream

    return customer_stream(read_customer_id(customer_id, "CUSTOMER"))


def _tell(screen: Screen, told: "Receipt", then: str = "") -> None:
    """Show the receipt of one entry, and what comes next."""
    if screen.json:
        from api.bodies import ReceiptBody

        screen.row(ReceiptBody.of(told).plain())
        return
    did = "repeated" if told.repeated else "recorded"
    line = f"{did} {told.stream} version {told.version}, position {told.position}, id {told.id}"
    screen.out.print(plain_text(line), soft_wrap=True)
    if then:
        screen.note(then)
