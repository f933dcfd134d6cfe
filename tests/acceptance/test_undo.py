"""2,466 invoices imported, undone by two principals and imported again: the customers are as they were."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from api.importer import Options, load_mapping, run_import
from domain.customer.plain import plain
from domain.undo import make_undo, propose_undo
from tests.acceptance.books import Books
from tests.overseers import two

MAPPING = "accounts_receivable"
IDS = ("entry_id", "oversight", "entries", "version", "first_at", "last_at")


def _states(books: Books) -> dict[str, Any]:
    """Every customer's state, without the ids of entries, their count, and who oversaw what."""
    return {stream: _without_ids(plain(customer)) for stream, customer in books.customers().items()}


def _without_ids(state: Any) -> Any:  # noqa: ANN401  plain JSON values of any shape
    match state:
        case dict():
            return {name: _without_ids(item) for name, item in state.items() if name not in IDS}
        case list():
            return [_without_ids(item) for item in state]
        case _:
            return state


def test_an_import_is_undone_and_done_again(books: Books, data: Path, count: Callable[[str], None]) -> None:
    file = data / "accounts_receivable" / "accounts_receivable.csv"
    first = books.take_in(MAPPING, file)
    before = _states(books)
    ann, ben = two(books.ledger)
    proposed = propose_undo(ann, first.run, books.ledger.record)
    made = make_undo(ben, first.run, books.ledger.record)
    assert proposed.recorded == made.recorded == first.entries
    assert (proposed.refusals, made.refusals) == ({}, {})
    assert all(not it.accounts.by_currency for it in books.customers().values())
    again = run_import(load_mapping(MAPPING), [file], books.ledger.record, Options(revision=2))
    assert (again.recorded, again.refusals) == (first.recorded, {})
    assert _states(books) == before
    assert all(not it.anomalies for it in books.customers().values())
    count(f"undone and done again: {made.recorded:,} entries of a real import")
