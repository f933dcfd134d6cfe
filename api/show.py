"""Shows a customer, an entry and a log to people."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from api.output import plain_text
from api.rows import Rows
from api.show_accounts import account_parts
from domain.customer import Customer
from domain.customer.plain import plain
from domain.entry import Entry
from domain.ledger import CustomerAt
from domain.store.init import LedgerFacts
from domain.vault.hidden import View, hide

Plain = Mapping[str, Any]
MINUTES: Final = len("0000-00-00 00:00")
SECONDS: Final = len("0000-00-00 00:00:00")
LEFT_OUT: Final = frozenset({"entry_id", "id"})
NAMES_SHOWN: Final = (
    "persons",
    "supply_points",
    "groups",
    "preferences",
    "needs",
    "bill_preferences",
    "links",
)
CASE_COLUMNS: Final = (
    "id",
    "kind",
    "status",
    "opened_at",
    "department",
    "answered_at",
    "closed_at",
    "outcome",
)
BEGINNINGS: Final = (
    *("opened_at", "since", "sent_at", "made_at", "planned_at", "completed_at", "last_at"),
    *("proposed_at", "voided_at", "placed_at", "requested_at"),
)
CONTRACT_COLUMNS: Final = ("id", "status", "since", "signed_at", "ended_at")


def facts_table(facts: Plain, indent: str = "") -> Table:
    """Show an object as names and values, a line each."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in flat(facts):
        table.add_row(indent + name, plain_text(value))
    return table


def flat(value: object, name: str = "") -> Iterator[tuple[str, str]]:
    """Walk an object down to its values, with dotted names; what is empty is left out."""
    match value:
        case Mapping():
            for key, item in value.items():
                yield from flat(item, f"{name}.{key}" if name else str(key))
        case list() | tuple() if all(isinstance(item, str) for item in value):
            if value:
                yield name, ", ".join(value)
        case list() | tuple():
            for number, item in enumerate(value):
                yield from flat(item, f"{name}[{number}]")
        case bool():
            yield name, "yes" if value else "no"
        case _:
            yield name, str(value)


def log_table(entries: Sequence[Entry[Any]], zone: ZoneInfo) -> Table:
    """Show a page of a log; times are in the ledger's zone, to the second."""
    table = Table(box=None, pad_edge=False)
    table.add_column("position", justify="right", no_wrap=True)
    table.add_column("recorded at", no_wrap=True)
    table.add_column("type", overflow="fold")
    table.add_column("stream", overflow="fold")
    table.add_column("version", justify="right", no_wrap=True)
    table.add_column("occurred at", no_wrap=True)
    for entry in entries:
        recorded, occurred = (local(it, zone)[:SECONDS] for it in (entry.recorded_at, entry.occurred_at))
        row = (entry.position, recorded, entry.type, entry.stream, entry.version, occurred)
        table.add_row(*(plain_text(str(it)) for it in row))
    return table


def local(moment: datetime, zone: ZoneInfo) -> str:
    """Write a moment in the ledger's zone, to the second, or finer where it is."""
    text = moment.astimezone(zone).replace(tzinfo=None)
    return text.isoformat(" ", timespec="seconds" if not text.microsecond else "microseconds")


def customer_parts(
    customer_id: str, found: CustomerAt, facts: LedgerFacts, rows: Rows, view: View = hide
) -> Iterator[RenderableType]:
    """Show a customer: which question this answers, then each side of the state that has anything in it.

    What is personal is shown by `view`.
    """
    zone = ZoneInfo(facts.zone)
    customer = found.customer
    yield Text(f"Customer {customer_id}", style="bold")
    yield facts_table(_question(found, facts, zone))
    state = view(plain(customer))
    yield from _party(state["party"], zone, rows)
    day = (found.as_of or found.cut.known_at).astimezone(zone).date()
    yield from account_parts(customer.accounts, day, rows)
    lists: list[tuple[str, Any, Sequence[str]]] = [
        ("Cases", state["cases"]["cases"], CASE_COLUMNS),
        ("Cases of outside bodies", state["cases"]["external"], ()),
        ("Contracts", state["contracts"]["contracts"], CONTRACT_COLUMNS),
        *((title(name), it, ()) for name, it in state["contacts"].items() if isinstance(it, list)),
        *((title(name), it, ()) for name, it in state["oversight"].items() if isinstance(it, list)),
        ("What does not fit", state["anomalies"], ("code", "about", "entry_id")),
    ]
    for heading, items, columns in lists:
        yield from _rows(heading, items, columns, zone, rows)


def title(name: str) -> str:
    """Write the name of a field as a heading."""
    return name.replace("_", " ").capitalize()


def _question(found: CustomerAt, facts: LedgerFacts, zone: ZoneInfo) -> dict[str, str]:
    customer: Customer = found.customer
    said = {
        "ledger": f"{facts.name}, days of {facts.zone}",
        "as of": "everything known" if found.as_of is None else local(found.as_of, zone),
        "known at": local(found.cut.known_at, zone),
        "cut": f"{found.cut}" + ("" if found.cut.closed else ", still open"),
        "entries": f"{customer.entries}, up to version {customer.version}",
    }
    if facts.clock == "simulated":
        said["clock"] = "simulated clock"
    return said


def _party(party: Plain, zone: ZoneInfo, rows: Rows) -> Iterator[RenderableType]:
    yield from _heading("Party")
    own = {title(name): shown(value, zone) for name, value in party.items() if name not in NAMES_SHOWN}
    yield facts_table(own, "  ")
    for name in NAMES_SHOWN:
        yield from _rows(title(name), party.get(name, ()), (), zone, rows)


def _rows(
    heading: str, items: Sequence[Plain], columns: Sequence[str], zone: ZoneInfo, rows: Rows
) -> Iterator[RenderableType]:
    """Show objects as a table: of the columns named, or of all that any of them has, where any has them."""
    if not items:
        return
    items = sorted(items, key=_moment)
    shown_items, rest = rows.pick(items, lambda item: item.get("status") == "open")
    present = list(dict.fromkeys(name for item in shown_items for name in item))
    named = columns or dict.fromkeys(["id", *(it for it in present if it != "entry_id")])
    chosen = [name for name in named if name in present]
    yield from _heading(f"{heading} ({len(items)})" if len(items) > 1 else heading)
    table = Table(box=None, pad_edge=False)
    for name in chosen:
        table.add_column(("  " if name == chosen[0] else "") + title(name).lower(), overflow="fold")
    for item in shown_items:
        cells = [shown(item[name], zone) if name in item else "" for name in chosen]
        table.add_row(*(plain_text(("" if n else "  ") + cell) for n, cell in enumerate(cells)))
    yield table
    yield from rest


def _moment(item: Plain) -> str:
    """Return when something began, as far as its fields say; they are in alphabetical order."""
    return next((item[name] for name in BEGINNINGS if name in item), "")


def _heading(text: str) -> Iterator[RenderableType]:
    yield Text()
    yield Text(text, style="bold")


def shown(value: object, zone: ZoneInfo) -> str:
    """Write a plain value in a cell: moments to the minute, money with its currency."""
    match value:
        case {"amount": str(amount), "currency": str(currency)}:
            return f"{currency} {amount}"
        case Mapping():
            return ", ".join(
                f"{name} {shown(it, zone)}" for name, it in value.items() if name not in LEFT_OUT
            )
        case list() | tuple():
            return "; ".join(shown(item, zone) for item in value)
        case bool():
            return "yes" if value else "no"
        case str() if len(value) == MOMENT_LENGTH and value.endswith("Z"):
            return _local_text(value, zone)
        case _:
            return str(value)


MOMENT_LENGTH: Final = len("0000-00-00T00:00:00.000000Z")


def _local_text(text: str, zone: ZoneInfo) -> str:
    try:
        return local(datetime.fromisoformat(text), zone)[:MINUTES]
    except ValueError:
        return text
