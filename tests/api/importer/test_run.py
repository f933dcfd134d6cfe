"""A run: what is refused is told with its line, the rest goes in; twice is once; rehearsals write nothing."""

import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from api.importer import Options, Outcome, Rehearsal, bytes_in, run, run_id, run_import
from api.importer.faults import BadFile, MissingColumn
from domain.entry import Draft, Receipt
from domain.refusals import DatabaseGone, IdReused, Refused
from tests.api.importer.sheets import HEADER, SMALL, Desk

ROWS = HEADER + "1,ann,2026-01-01,5\n2,bob,2026-01-02,6\n3,ann,2026-01-03,7\n"
MIXED = HEADER + (
    "1,ann,2026-01-01,5\n"
    '2,"b\nob",2026-01-02,6\n'
    "3,ann,2026-01-03,seven\n"
    "4,ann\n"
    "5,ann,2026-01-05,-5\n"
    "1,ann,2026-01-01,5\n"
    "1,ann,2026-01-01,6\n"
    "6,ann,2026-01-06,6\n"
)


def test_a_run_sums_up_what_it_did(desk: Desk) -> None:
    summary = desk.run(ROWS)
    plain = summary.as_json()
    assert plain | {"seconds": 0, "entries_per_second": 0} == {
        "source": "shop",
        "revision": 1,
        "run": str(run_id("shop", 1)),
        "dry_run": False,
        "files": [str(desk.folder / "rows.csv")],
        "rows": {"read": 3, "rejected": 0, "without_entry": 0},
        "entries": {"recorded": 5, "repeated": 0, "rejected": 0},
        "recorded_by_type": {"CustomerRegistered": 2, "InvoiceIssued": 3},
        "repeated_by_type": {},
        "rejected_by_type": {},
        "refusals": {},
        "rejects_file": str(desk.folder / "rejects.jsonl"),
        "seconds": 0,
        "entries_per_second": 0,
        "stopped": None,
    }
    assert plain["seconds"] > 0
    assert plain["entries_per_second"] > 0
    assert json.loads(json.dumps(plain)) == plain


def test_what_is_refused_is_told_with_its_lines_and_the_rest_goes_in(desk: Desk) -> None:
    summary = desk.run(MIXED)
    told = [
        (it["line"], it["last_line"], it["row"], it.get("part"), it["code"], it["field"])
        for it in desk.rejects()
    ]
    assert told == [
        (3, 4, 2, "registered", "invalid-stream", "stream"),
        (3, 4, 2, "invoice", "invalid-stream", "stream"),
        (5, 5, 3, "invoice", "invalid-value", "data.amount"),
        (6, 6, 4, None, "bad-row", "row"),
        (7, 7, 5, "invoice", "negative-amount", "data.amount.amount"),
        (9, 9, 7, "invoice", "id-reused", "id"),
    ]
    assert summary.recorded == {"CustomerRegistered": 1, "InvoiceIssued": 2}
    assert summary.repeated == {"InvoiceIssued": 1}
    assert summary.rejected == {"CustomerRegistered": 1, "InvoiceIssued": 4}
    assert (summary.rows, summary.rows_rejected) == (8, 1)
    assert summary.refusals["invalid-stream"] == 2


def test_a_reject_holds_all_that_is_needed_to_mend_it(desk: Desk) -> None:
    desk.run(MIXED)
    assert desk.rejects()[2] == {
        "file": "rows.csv",
        "line": 5,
        "last_line": 5,
        "row": 3,
        "part": "invoice",
        "type": "InvoiceIssued",
        "code": "invalid-value",
        "field": "data.amount",
        "value": "seven",
        "message": "The value does not fit its field. Field: data.amount. Value: seven. "
        "Write a number as 1234.50.",
        "columns": {"id": "3", "customer": "ann", "day": "2026-01-03", "amount": "seven"},
    }
    assert desk.rejects()[3]["text"] == "4,ann"


@pytest.mark.parametrize("batch", [1, 2, 3, 1_000])
def test_a_second_run_repeats_and_records_nothing(desk: Desk, batch: int) -> None:
    first = desk.run(ROWS, batch=batch)
    again = desk.run(ROWS)
    assert again.repeated == first.recorded
    assert again.recorded.total() == again.rejected.total() == 0


def test_a_file_that_has_grown_adds_what_is_new(desk: Desk) -> None:
    desk.run(ROWS)
    summary = desk.run(ROWS + "4,ann,2026-01-04,8\n")
    assert summary.recorded == {"InvoiceIssued": 1}
    assert summary.repeated.total() == 5


def test_the_next_months_file_need_not_bring_its_customers_anew(desk: Desk) -> None:
    desk.run(ROWS)
    summary = desk.run(HEADER + "4,ann,2026-02-01,8\n5,cid,2026-02-01,8\n")
    assert summary.recorded == {"CustomerRegistered": 1, "InvoiceIssued": 2}
    assert summary.repeated == {"CustomerRegistered": 1}
    assert summary.refusals == {}


@pytest.mark.parametrize("batch", [1, 3, 1_000])
def test_rejects_keep_the_order_of_the_file(desk: Desk, batch: int) -> None:
    rows = ["1,ann,2026-01-01,5", "1,ann,2026-01-01,6", "2,ann", "1,ann,2026-01-01,7", "3,ann,soon,5"]
    desk.run(HEADER + "\n".join(rows), batch=batch)
    assert [(reject["line"], reject["code"]) for reject in desk.rejects()] == [
        (3, "id-reused"),
        (4, "bad-row"),
        (5, "id-reused"),
        (6, "invalid-value"),
    ]


def test_a_mended_reject_goes_in_and_the_rest_of_its_file_repeats(desk: Desk) -> None:
    desk.run(ROWS.replace(",7\n", ",seven\n"))
    summary = desk.run(ROWS)
    assert summary.recorded == {"InvoiceIssued": 1}
    assert desk.rejects() == []


def test_another_revision_is_another_run(desk: Desk) -> None:
    desk.run(ROWS)
    # Customers are registered already; their invoices exist already under the first revision's ids.
    summary = desk.run(ROWS, revision=2)
    assert (summary.revision, summary.run) == (2, run_id("shop", 2))
    assert summary.repeated.total() == 0
    assert set(summary.refusals) == {"already-registered", "charge-already-exists"}


def test_drafts_go_in_batches_across_files(desk: Desk) -> None:
    files = [desk.write("a.csv", ROWS), desk.write("b.csv", HEADER + "4,ann,2026-01-04,8\n")]
    desk.run_files(files, batch=2)
    assert desk.batches == [2, 2, 2]


def test_progress_ends_with_all_bytes(desk: Desk) -> None:
    seen: list[tuple[int, int, int]] = []
    many = HEADER + "".join(f"{n},ann,2026-01-01,5\n" for n in range(5_000))
    files = [desk.write("a.csv", many), desk.write("b.csv.gz", gzip.compress(many.encode()))]
    desk.run_files(files, batch=100, on_progress=lambda *done: seen.append(done))
    assert seen == sorted(seen)
    assert seen[-1] == (bytes_in(files), 10_000, 10_001)
    assert len({done for done, _, _ in seen}) > 3


def test_a_rehearsal_answers_as_the_run_would(desk: Desk) -> None:
    rehearsed = desk.run(MIXED, dry_run=True)
    told = desk.rejects()
    other = Desk(desk.folder)
    done = other.run(MIXED)
    assert other.rejects() == told
    assert (rehearsed.recorded, rehearsed.repeated) == (done.recorded, done.repeated)
    assert rehearsed.as_json()["dry_run"] is True


def test_a_rehearsal_knows_what_is_recorded(desk: Desk) -> None:
    asked: list[str] = []

    def load(streams: Sequence[str]) -> dict[str, list[tuple[str, bytes]]]:
        asked.extend(streams)
        return {}

    record = Rehearsal(load)
    run_import(desk.mapping(), [desk.write("a.csv", ROWS)], record, Options(dry_run=True, batch=2))
    assert asked == ["customer:ann", "customer:bob"]


def test_a_missing_column_stops_a_run_before_it_begins(desk: Desk) -> None:
    files = [desk.write("a.csv", ROWS), desk.write("b.csv", "id,customer,day\n")]
    with pytest.raises(MissingColumn, match="amount"):
        desk.run_files(files)
    assert desk.batches == []


def test_a_file_that_breaks_off_is_recorded_as_far_as_it_goes(desk: Desk) -> None:
    whole = gzip.compress(
        (HEADER + "".join(f"{n},c{n},2026-01-01,{n}.5\n" for n in range(1, 9_000))).encode()
    )
    summary = desk.run(whole[: len(whole) // 2], batch=500)
    assert isinstance(summary.stopped, BadFile)
    assert 0 < summary.recorded["InvoiceIssued"] == summary.rows < 8_999
    assert summary.as_json()["stopped"]["code"] == "bad-file"
    again = desk.run(whole)
    assert again.stopped is None
    assert again.repeated == summary.recorded
    assert again.recorded.total() + again.repeated.total() == 2 * 8_999


class Breaking:
    """Records two batches, then loses the database in the midst of one."""

    def __init__(self, record: Rehearsal) -> None:
        self.record = record
        self.calls = 0

    def __call__(self, drafts: Sequence[Draft]) -> Sequence[Outcome]:
        self.calls += 1
        outcomes: list[tuple[Receipt, ...] | Refused] = self.record(drafts)
        return [outcomes[0], *[DatabaseGone()] * (len(drafts) - 1)] if self.calls == 3 else outcomes


def test_a_database_that_goes_away_stops_the_run_and_a_second_one_goes_on(desk: Desk) -> None:
    path = desk.write("a.csv", HEADER + "".join(f"{n},ann,2026-01-01,5\n" for n in range(30)))
    record = Breaking(desk.record)
    summary = run_import(desk.mapping(), [path], record, Options(batch=4))
    assert isinstance(summary.stopped, DatabaseGone)
    assert (record.calls, summary.recorded.total()) == (3, 9)
    assert summary.rejected.total() == 0
    again = run_import(desk.mapping(), [path], desk.record, Options(batch=4))
    assert again.recorded.total() + again.repeated.total() == 31
    assert again.rejected.total() == 0


def test_rejects_need_no_file(desk: Desk) -> None:
    summary = run_import(desk.mapping(), [desk.write("a.csv", MIXED)], desk.record)
    assert summary.rejects_file is None
    assert summary.rejected.total() == 5


def test_rejects_of_an_earlier_run_do_not_stay(desk: Desk) -> None:
    desk.run(MIXED)
    assert desk.rejects() != []
    desk.run(ROWS)
    assert desk.rejects() == []


def test_a_run_that_has_too_much_to_remember_stops_and_says_so(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "KEYS_MAX", 3)
    rows = "".join(f"{n},c{n},2026-01-01,5\n" for n in range(9))
    summary = desk.run(HEADER + rows, batch=2)
    assert isinstance(summary.stopped, BadFile)
    assert "name it in `grouped`" in summary.stopped.hint
    assert summary.recorded == {"CustomerRegistered": 4, "InvoiceIssued": 4}
    grouped = SMALL.replace("[[entry]]", 'grouped = ["customer"]\n[[entry]]', 1)
    again = desk.run(HEADER + rows, grouped, batch=2)
    assert (again.stopped, again.entries) == (None, 18)


@pytest.mark.parametrize("content", ["", HEADER])
def test_an_empty_file_is_an_empty_run(desk: Desk, content: str) -> None:
    summary = desk.run(content)
    assert (summary.rows, summary.entries, desk.batches, desk.rejects()) == (0, 0, [], [])


def test_json_lines_are_imported_alike(desk: Desk) -> None:
    rows: list[dict[str, Any]] = [
        {"id": 1, "customer": "ann", "day": "2026-01-01", "amount": 5.10},
        {"id": 2, "customer": "ann", "day": "2026-01-01", "amount": "x\u0000"},
    ]
    mapping = SMALL.replace("[[entry]]", 'format.kind = "jsonl"\n[[entry]]', 1)
    summary = desk.run("\n".join(json.dumps(row) for row in rows), mapping)
    assert summary.recorded == {"CustomerRegistered": 1, "InvoiceIssued": 1}
    (reject,) = desk.rejects()
    assert (reject["line"], reject["columns"]["id"]) == (2, "2")


def test_a_nul_is_refused_by_the_door(desk: Desk) -> None:
    desk.run(HEADER + "1\0,ann,2026-01-01,5\n")
    (reject,) = desk.rejects()
    assert reject["code"] == "nul-character"


def test_a_changed_row_is_not_taken_for_the_old_one(desk: Desk) -> None:
    desk.run(ROWS)
    desk.run(ROWS.replace(",7\n", ",8\n"))
    (reject,) = desk.rejects()
    assert reject["code"] == IdReused.code


def test_a_folder_for_rejects_that_is_missing_is_the_callers_fault(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="No such file"):
        run_import(
            desk.mapping(), [desk.write("a.csv", ROWS)], desk.record, Options(rejects=tmp_path / "no" / "r")
        )
