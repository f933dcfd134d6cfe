"""What comes once: offered again by the next row of its key until the ledger has it, and never after that."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.importer import Rehearsal, run
from domain.entry import Draft
from domain.events.party import CustomerRegistered
from domain.refusals import DatabaseGone, TimeInFuture
from tests.api.importer.sheets import HEADER, SMALL, Desk

NOW = datetime(2030, 1, 1, tzinfo=UTC)
BATCHES = pytest.mark.parametrize("batch", [1, 2, 3, 1_000])
ALONE = SMALL.partition('[[entry]]\npart = "invoice"')[0]
"""A mapping whose rows yield what comes once, and nothing else."""


def check(draft: Draft) -> None:
    """Refuse what lies in the future, as the ledger does."""
    if draft.occurred_at > NOW:
        raise TimeInFuture("occurred_at", draft.occurred_at.isoformat())


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A ledger that refuses the future."""
    return Desk(tmp_path, Rehearsal(check=check))


def offered(desk: Desk) -> list[int]:
    """The years of the registrations that the ledger was shown, in order."""
    return [draft.occurred_at.year for draft in desk.drafts if isinstance(draft.event, CustomerRegistered)]


def rows(*years: int, customer: str = "ann") -> str:
    """A row a year, in the midst of it."""
    return "".join(f"{customer}{n},{customer},{year}-06-01,5\n" for n, year in enumerate(years))


@BATCHES
def test_a_refused_one_is_offered_again_by_the_next_row_of_its_key(desk: Desk, batch: int) -> None:
    summary = desk.run(HEADER + rows(2031, 2032, 2025, 2026), batch=batch)
    assert offered(desk) == [2031, 2032, 2025]
    assert summary.recorded == {"CustomerRegistered": 1, "InvoiceIssued": 2}
    assert summary.rejected == {"CustomerRegistered": 2, "InvoiceIssued": 2}
    assert summary.repeated == {}


@BATCHES
def test_rejects_of_what_was_offered_again_keep_the_order_of_the_file(desk: Desk, batch: int) -> None:
    desk.run(HEADER + rows(2031, 2032, 2025), batch=batch)
    assert [(reject["line"], reject["part"], reject["code"]) for reject in desk.rejects()] == [
        (line, part, "time-in-future") for line in (2, 3) for part in ("registered", "invoice")
    ]


@BATCHES
def test_a_row_that_offers_it_in_vain_has_no_entry(desk: Desk, batch: int) -> None:
    summary = desk.run(HEADER + rows(2031, 2025, 2026, 2027), ALONE, batch=batch)
    assert (summary.rows, summary.rows_without_entry) == (4, 2)
    assert (summary.recorded.total(), summary.rejected.total()) == (1, 1)


@BATCHES
def test_a_row_that_cannot_be_read_does_not_take_its_turn(desk: Desk, batch: int) -> None:
    unsound = "ann9,ann,soon,5\n"
    desk.run(HEADER + rows(2031) + unsound + rows(2025).replace("ann0", "ann1"), ALONE, batch=batch)
    assert offered(desk) == [2031, 2025]
    assert [reject["code"] for reject in desk.rejects()] == ["time-in-future", "invalid-value"]


@BATCHES
def test_what_is_there_is_not_offered_again(desk: Desk, batch: int) -> None:
    desk.run(HEADER + rows(2025), batch=batch)
    # Under the same id the ledger has it with another moment, and under another revision's id it refuses it.
    for revision in (1, 2):
        desk.drafts.clear()
        desk.run(HEADER + rows(2026, 2027, 2028), batch=batch, revision=revision)
        assert offered(desk) == [2026]


@BATCHES
def test_each_key_has_its_own_turn(desk: Desk, batch: int) -> None:
    summary = desk.run(HEADER + rows(2031, 2025) + rows(2025, 2031, customer="bob"), batch=batch)
    assert summary.recorded == {"CustomerRegistered": 2, "InvoiceIssued": 2}


@BATCHES
def test_a_key_is_forgotten_with_its_group(desk: Desk, batch: int) -> None:
    grouped = SMALL.replace("[[entry]]", 'grouped = ["customer"]\n[[entry]]', 1)
    summary = desk.run(HEADER + rows(2031, 2025) + rows(2025, 2026, customer="bob"), grouped, batch=batch)
    assert summary.recorded == {"CustomerRegistered": 2, "InvoiceIssued": 3}


def test_nothing_is_offered_again_to_a_ledger_that_is_gone(desk: Desk) -> None:
    def gone(draft: Draft) -> None:
        raise DatabaseGone

    desk.record = Rehearsal(check=gone)
    summary = desk.run(HEADER + rows(2025, 2026))
    assert isinstance(summary.stopped, DatabaseGone)
    assert offered(desk) == [2025]


def test_rows_kept_in_case_of_a_refusal_are_bounded(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "SPARES_MAX", 3)
    flushed: list[int] = []
    content = HEADER + rows(*[2031] * 9, 2025, 2026)
    summary = desk.run(content, ALONE, on_progress=lambda _, row, __: flushed.append(row))
    assert flushed == [4, 8, 11]
    assert (summary.recorded.total(), summary.rejected.total(), summary.rows_without_entry) == (1, 9, 1)
