"""`daybook find`, `daybook disclose` and `daybook kek`: personal data, and the key that it hangs on."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from api.commands.shared import AsJson, act, open_ledger, progress, write_output
from api.output import plain_text, screen_of

if TYPE_CHECKING:
    from domain.events.personal import IndexKind

Name = Annotated[str | None, typer.Option(help="A customer's, signer's or contact person's name, in full.")]
Phone = Annotated[str | None, typer.Option(help="A phone number, with or without its country code.")]
Address = Annotated[str | None, typer.Option(help="An address of a customer or a supply point, in full.")]
EntryId = Annotated[UUID, typer.Argument(metavar="ENTRY", help="The entry's id.")]
Field = Annotated[str, typer.Argument(metavar="FIELD", help="A field of its data, such as name.")]
Reason = Annotated[str, typer.Option(help="Why, in a word: letters, digits and `_.:/-`.")]
Out = Annotated[Path | None, typer.Option(help="Write it to this file, such as field.tlog-proof.")]
REMAINS = "DAYBOOK_KEK still holds the key used before: set it to what {path} holds, or unset it."
STILL = "{many:,} keys are wrapped by another key still: a process goes on with it; end that, rotate again."
KEEP_OLD = "Keep the old key as long as a backup of the database may be restored that it is needed for."


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("find")(find)
    app.command("disclose")(disclose)
    group = typer.Typer(no_args_is_help=True, rich_markup_mode="rich")
    group.callback()(kek)
    group.command("show")(show)
    group.command("rotate")(rotate)
    app.add_typer(group, name="kek")


def find(
    context: typer.Context,
    name: Name = None,
    phone: Phone = None,
    address: Address = None,
    _json: AsJson = False,
) -> None:
    """Find customers by a name, a phone number or an address.

    Case, width and white space do not matter, and of a phone only the digits.
    Former names are found, too; whoever was erased is not.

    daybook find --name "Harbour Mills"
    daybook find --phone "+86 571 0000 0142" --json
    """
    options: dict[IndexKind, str | None] = {"name": name, "phone": phone, "address": address}
    asked = [(kind, text) for kind, text in options.items() if text is not None]
    if len(asked) != 1:
        raise typer.BadParameter("give one of them", param_hint="--name / --phone / --address")
    screen = screen_of(context)
    with open_ledger(screen, "read:personal") as ledger:
        found = ledger.find(*asked[0])
    for it in found:
        if screen.json:
            screen.row({"stream": it.stream, "subject": it.subject})
        else:
            screen.out.print(plain_text(it.subject), soft_wrap=True)
    if not found:
        screen.note("Nobody is found.")


def disclose(
    context: typer.Context,
    entry_id: EntryId,
    field: Field,
    reason: Reason = "requested",
    out: Out = None,
    _json: AsJson = False,
) -> None:
    """Disclose one personal field of an entry, in a proof that needs nothing else.

    The file is that of `daybook prove`, with the field's text and the salt that it
    was sealed with. `daybook verify-proof` checks them against the entry, whose
    other fields stay sealed. It is recorded that the field was disclosed.

    daybook disclose 0198c0de-0000-7000-8000-000000000001 name --out name.tlog-proof
    daybook verify-proof name.tlog-proof --key 'VKEY'
    """
    from domain.disclosing import disclose as disclose_field

    screen = screen_of(context)
    with act(screen, "read:personal") as found:
        told = disclose_field(found.overseer(), entry_id, field, reason)
    text = told.proof.to_bytes().decode()
    if out is not None:
        write_output(out, text)
    if screen.json:
        screen.row({"entry": str(entry_id), **told.disclosed.plain(), "proof": text})
    elif out is None:
        sys.stdout.write(text)
    else:
        screen.note(f"{out} proves the field {field} of the entry: {told.disclosed.text}")


def kek() -> None:
    """The key-encryption key (KEK): whoever has it and the database can read personal data."""


def show(context: typer.Context, _json: AsJson = False) -> None:
    """Show by which key-encryption keys the keys of personal data are wrapped, and how many.

    daybook kek show
    """
    from domain.vault.rotation import count_by_kek

    screen = screen_of(context)
    with open_ledger(screen, "admin") as ledger:
        vault = ledger.need_vault()
        current, counts = vault.ring.current.name, count_by_kek(vault)
    destroyed = counts.pop(None, 0)
    rows = {str(name): count for name, count in sorted({current: 0, **counts}.items())}
    if screen.json:
        screen.row({"kek": current, "wrapped": rows, "destroyed": destroyed})
        return
    for name, count in rows.items():
        screen.show(f"{name}  wraps {count:,} keys" + (", and is in use" if name == current else ""))
    screen.show(f"destroyed: {destroyed:,} keys")


def rotate(context: typer.Context, _json: AsJson = False) -> None:
    """Make a new key-encryption key, and wrap the keys of personal data by it.

    It may be interrupted, and run again to go on. Nothing is sealed anew, and
    other processes go on: they find the new key in the folder of keys.

    daybook kek rotate
    """
    from domain.vault.keys import KekFolder
    from domain.vault.rotation import wrap_all, wrap_rest

    screen = screen_of(context)
    with act(screen, "admin") as found:
        folder = KekFolder(found.settings.keys)
        vault = found.ledger.need_vault()
        # The old key has to be the right one before another takes its place.
        vault.keys.index_key()
        new = folder.make_next()
        with progress(screen) as tell:
            total = wrap_all(vault, new, tell)
            folder.replace()
            # Other processes went on making keys with the old one until now.
            rest, others = wrap_rest(vault, new)
    total += rest
    if screen.json:
        screen.row({"kek": new.name, "wrapped": total, "wrapped_by_others": others})
    else:
        screen.show(f"{new.name} is in use, and wraps {total:,} keys that another one wrapped before.")
    if others:
        screen.note(STILL.format(many=others), "yellow")
    if found.settings.kek is not None:
        screen.note(REMAINS.format(path=folder.path), "yellow")
    screen.note(KEEP_OLD)
