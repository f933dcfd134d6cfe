"""`daybook erase SUBJECT` and `daybook erase approve REQUEST`."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.shared import AsJson, act
from api.output import Screen, plain_text, screen_of

if TYPE_CHECKING:
    from api.settings import Settings
    from domain.authority import Scope
    from domain.entry import Receipt
    from domain.erasure.eraser import Eraser

APPROVE = "approve"

Subject = Annotated[
    str,
    typer.Argument(
        metavar="SUBJECT", help="customer:ID, or customer:ID/person/PERSON; or the word `approve`."
    ),
]
Request = Annotated[
    str | None,
    typer.Argument(metavar="REQUEST", help="With approve: the id that requesting it has shown."),
]
Basis = Annotated[
    str | None, typer.Option(help="On what ground, in a word, such as consent-withdrawn.", show_default=False)
]
NOT_CLEANED = (
    "warning: old versions of the keys stay in their table until its owner vacuums it: run this again with "
    "DAYBOOK_OWNER_URL set, or have the owner run VACUUM daybook.data_keys, daybook.blind_index."
)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("erase")(erase)


def erase(
    context: typer.Context,
    subject: Subject,
    request: Request = None,
    basis: Basis = None,
    _json: AsJson = False,
) -> None:
    """Erase the personal data of a customer, or of a contact person, for ever.

    One principal requests it and is told what it would come to; another
    approves. Their keys are destroyed: nobody can read any more what they had
    sealed, and every proof still holds. What the law has kept is refused, and
    the answer says until when: legal holds, open matters, and the terms of the
    file that DAYBOOK_RETENTION names. An approval that was cut off is given
    again.

    daybook erase customer:42 --basis consent-withdrawn
    daybook erase customer:42/person/P-1 --basis left
    DAYBOOK_KEY=... daybook erase approve 0198c0de-0000-7000-8000-000000000001
    """
    screen = screen_of(context)
    if subject == APPROVE:
        if request is None or basis is not None:
            raise typer.BadParameter(
                "approve takes the id of a request, and nothing else", param_hint="REQUEST"
            )
        _approve(screen, request)
        return
    if request is not None:
        raise typer.BadParameter("it goes with `daybook erase approve REQUEST`", param_hint="REQUEST")
    if basis is None:
        raise typer.BadParameter("say on what ground", param_hint="--basis")
    _request(screen, subject, basis)


def _request(screen: Screen, subject: str, basis: str) -> None:
    from api.show_erasure import outlook_lines, outlook_plain

    with _eraser(screen, "comply") as (eraser, _):
        receipt, outlook = eraser.request(subject, basis)
    if screen.json:
        screen.row({**_plain(receipt), "outlook": outlook_plain(outlook)})
        return
    _tell(screen, receipt, *outlook_lines(outlook))
    screen.note(f"Another principal approves it: daybook erase approve {receipt.id}")


def _approve(screen: Screen, name: str) -> None:
    from api.opening import place
    from api.show_erasure import stays_lines, stays_plain
    from domain.erasure.cleaning import clean

    with _eraser(screen, "approve") as (eraser, settings):
        erased = eraser.approve(name)
        with place(settings) as found:
            cleaned = clean(found.owner_url)
    if screen.json:
        plain = {"subject": erased.subject, "keys": erased.keys, "vacuumed": cleaned}
        screen.row({**_plain(erased.receipt), **plain, "stays": stays_plain(erased.stays)})
    else:
        keys = "1 key" if erased.keys == 1 else f"{erased.keys} keys"
        said = f"{erased.subject} is erased: {keys} destroyed."
        _tell(screen, erased.receipt, said, *stays_lines(erased.stays))
    if not cleaned:
        screen.note(NOT_CLEANED, "yellow")


@contextmanager
def _eraser(screen: Screen, scope: "Scope") -> Iterator["tuple[Eraser, Settings]"]:
    """Erase for whoever acts, by the policy that the settings name."""
    from domain.erasure.eraser import Eraser
    from domain.policies.retention import load

    with act(screen, scope) as found:
        retention = load(found.settings.retention)
        yield Eraser(overseer=found.overseer(), retention=retention), found.settings


def _plain(receipt: "Receipt") -> dict[str, object]:
    from api.bodies import ReceiptBody

    return ReceiptBody.of(receipt).plain()


def _tell(screen: Screen, told: "Receipt", *lines: str) -> None:
    did = "repeated" if told.repeated else "recorded"
    receipt = f"{did} {told.stream} version {told.version}, position {told.position}, id {told.id}"
    for line in (receipt, *lines):
        screen.out.print(plain_text(line), soft_wrap=True)
