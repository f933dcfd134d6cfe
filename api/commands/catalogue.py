"""`daybook events`: what can be recorded."""

import inspect
import json
from dataclasses import asdict
from typing import Annotated

import typer

from api.commands.shared import AsJson
from api.output import Screen, plain_text, screen_of
from api.problems import title


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("events")(events)


def events(
    context: typer.Context,
    type_name: Annotated[str | None, typer.Argument(metavar="TYPE", help="One event type in full.")] = None,
    coverage: Annotated[
        bool,
        typer.Option(
            "--coverage", help="Which items of the requirements each type serves, and which none does."
        ),
    ] = False,
    example: Annotated[bool, typer.Option("--example", help="With TYPE: a document to record.")] = False,
    _json: AsJson = False,
) -> None:
    """List the types of events, or show one with an example to record.

    daybook events
    daybook events PaymentReceived
    daybook events CustomerRegistered --example | daybook record -
    """
    screen = screen_of(context)
    if coverage:
        _coverage(screen)
    elif type_name is None:
        _all(screen)
    elif example:
        _example(screen, type_name)
    else:
        _one(screen, type_name)


def _all(screen: Screen) -> None:
    from rich.table import Table

    from domain.events.coverage import catalogue

    families: dict[str, Table] = {}
    for kind in catalogue():
        if screen.json:
            plain = {
                "type": kind.name,
                "schema": kind.schema,
                "family": kind.family,
                "meaning": kind.sentence,
            }
            screen.row({**plain, "items": list(kind.items)})
            continue
        if kind.family not in families:
            families[kind.family] = Table(title_justify="left", box=None, show_header=False, pad_edge=False)
            families[kind.family].title = kind.family.capitalize()
        families[kind.family].add_row("  " + kind.name, kind.sentence)
    screen.show(*families.values())


def _one(screen: Screen, name: str) -> None:
    from rich.table import Table

    from domain.events import event_type
    from domain.events.coverage import catalogue
    from domain.events.examples import document

    cls = event_type(name).cls
    kind = next(it for it in catalogue() if it.name == name)
    if screen.json:
        plain = {"type": name, "schema": kind.schema, "family": kind.family, "meaning": kind.sentence}
        screen.row({**plain, "fields": [asdict(it) for it in kind.fields], "example": document(name)})
        return
    table = Table("field", "needed", "type", "unit", "personal", box=None, pad_edge=False)
    for it in kind.fields:
        personal = "sealed" if it.personal else ""
        table.add_row(it.name, "yes" if it.needed else "", plain_text(it.type), it.unit, personal)
    screen.show(f"{name}, schema {kind.schema}, family {kind.family}", inspect.getdoc(cls) or "", "", table)
    _how(screen, name)
    screen.show("", "For example:", json.dumps(document(name), indent=2, ensure_ascii=False))


def _how(screen: Screen, name: str) -> None:
    """Say which command records a type that no document can."""
    from domain.admission import check_document
    from domain.authority import NotAllowed

    try:
        check_document(name)
    except NotAllowed as refusal:
        screen.show("", f"{title(refusal)} {refusal.hint}")


def _example(screen: Screen, name: str) -> None:
    from domain.events import event_type
    from domain.events.examples import document

    screen.row(document(event_type(name).name))


def _coverage(screen: Screen) -> None:
    from domain.events.coverage import coverage

    found = coverage()
    if screen.json:
        served = [{"item": item, "types": list(names)} for item, names in found.served.items()]
        plain = {"total": found.total, "served": served, "unserved": list(found.unserved)}
        screen.row(
            {**plain, "types_by_family": found.types_by_family, "items_by_family": found.items_by_family}
        )
        return
    for item, names in found.served.items():
        screen.show(f"{item:>4}  {', '.join(names)}")
    for family, types in found.types_by_family.items():
        screen.show(f"{family}: {types} types serve {found.items_by_family[family]} items")
    screen.show(f"{len(found.served)} of {found.total} items have events that serve them.")
