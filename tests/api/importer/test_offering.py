"""What the ledger cannot take now is offered again, in order, and only so long."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from api.importer import Options, Outcome, Record, patiently, run_import
from domain.entry import Draft
from domain.refusals import Busy, DatabaseGone, Refused
from domain.scribe import CHUNK
from domain.store.launcher_errors import NoServerBinaries
from tests.api.importer.sheets import HEADER, Desk

LONG = 60.0


class Ailing:
    """Fails at some of its calls, counted from one: by raising, or on all drafts but the first."""

    def __init__(self, record: Record, *faults: int, refusal: Refused, raised: bool) -> None:
        self.record, self.faults, self.refusal, self.raised = record, faults, refusal, raised
        self.sizes: list[int] = []

    def __call__(self, drafts: Sequence[Draft]) -> Sequence[Outcome]:
        self.sizes.append(len(drafts))
        if len(self.sizes) not in self.faults:
            return self.record(drafts)
        if self.raised:
            raise self.refusal
        return [*self.record(drafts[:1]), *[self.refusal] * (len(drafts) - 1)]


def content(rows: int) -> str:
    return HEADER + "".join(f"{n},ann,2026-01-01,5\n" for n in range(rows))


@pytest.mark.parametrize("refusal", [DatabaseGone(), Busy()])
@pytest.mark.parametrize("raised", [True, False])
def test_an_import_outlives_a_ledger_that_is_away_for_a_while(
    tmp_path: Path, refusal: Refused, *, raised: bool
) -> None:
    desk = Desk(tmp_path)
    ailing = Ailing(desk.record, 2, 3, 5, refusal=refusal, raised=raised)
    path = desk.write("a.csv", content(20))
    summary = run_import(desk.mapping(), [path], patiently(ailing, LONG, 0), Options(batch=7))
    assert summary.stopped is None
    assert summary.recorded == {"CustomerRegistered": 1, "InvoiceIssued": 20}
    assert (summary.repeated, summary.refusals) == ({}, {})
    assert ailing.sizes == ([7, 7, 7, 7, 7, 7] if raised else [7, 7, 6, 5, 7, 6])


def test_drafts_go_in_pieces_that_keep_their_order(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    ailing = Ailing(desk.record, 1, refusal=DatabaseGone(), raised=True)
    path = desk.write("a.csv", content(CHUNK))
    run_import(desk.mapping(), [path], patiently(ailing, LONG, 0), Options(batch=10 * CHUNK))
    assert ailing.sizes == [CHUNK, CHUNK, 1]


@pytest.mark.parametrize(("refusal", "seconds"), [(DatabaseGone(), 0.0), (NoServerBinaries(), LONG)])
def test_one_that_stays_away_stops_the_run(tmp_path: Path, refusal: Refused, seconds: float) -> None:
    desk = Desk(tmp_path)
    ailing = Ailing(desk.record, 1, refusal=refusal, raised=True)
    path = desk.write("a.csv", content(3))
    summary = run_import(desk.mapping(), [path], patiently(ailing, seconds, 0))
    assert summary.stopped is refusal
    assert ailing.sizes == [4]
