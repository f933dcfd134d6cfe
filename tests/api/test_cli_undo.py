"""`daybook import undo`: an import by a shipped mapping is undone by two keys, and done again."""

import json
from pathlib import Path
from typing import Any

import pytest

from api.exits import ExitCode
from domain.ledger import Ledger
from domain.refusals import DatabaseGone
from tests.api.doors import Command, customer
from tests.api.people import People

COLUMNS = (
    "countrycode,customerID,PaperlessDate,invoiceNumber,InvoiceDate,DueDate,InvoiceAmount,Disputed",
    "SettledDate",
)
INVOICES = 5
IDS = ("entry_id", "oversight", "entries", "version", "first_at", "last_at")
Plain = dict[str, Any]


class GoneForGood(DatabaseGone):
    """The database is away, and nobody should wait for it."""

    retry = False


@pytest.fixture
def debtor() -> str:
    """The id of a customer."""
    return customer()


@pytest.fixture
def file(debtor: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A file of invoices of one customer, by days, the first of them disputed."""
    monkeypatch.chdir(tmp_path)
    rows = [
        f"391,{debtor},06/04/2013,{debtor}-{n},0{n}/01/2013,0{n}/02/2013,{n}0.50,{'Yes' if n == 1 else 'No'},"
        f"0{n}/03/2013"
        for n in range(1, INVOICES + 1)
    ]
    Path("invoices.csv").write_text("\n".join([",".join(COLUMNS), *rows]) + "\n")
    # All that a source brings under one revision is one run.
    Path("mine.toml").write_text(f'extends = "accounts_receivable"\nsource = "{debtor}"\n')
    return "invoices.csv"


def imported(command: Command, file: str, *more: str) -> Plain:
    """The summary of an import in which nothing is refused."""
    (summary,) = command.rows("import", "mine.toml", file, *more)
    return summary


def state(command: Command, debtor: str) -> Plain:
    """The state of a customer, without what tells one entry from another."""
    (shown,) = command.rows("customer", "show", debtor)
    plain: Plain = without_ids(shown["state"])
    return plain


def without_ids(plain: Any) -> Any:  # noqa: ANN401  plain JSON values of any shape
    """Leave out the ids of entries, how many there are, and who oversaw what."""
    match plain:
        case dict():
            return {name: without_ids(item) for name, item in plain.items() if name not in IDS}
        case list():
            return [without_ids(item) for item in plain]
        case _:
            return plain


def test_an_import_is_undone_by_two_keys_and_done_again(
    command: Command, people: People, file: str, debtor: str
) -> None:
    first, second = people.key("record", name="Ann"), people.key("approve", "read", name="Ben")
    people.act_by(first)
    summary = imported(command, file)
    total = 2 + 2 * INVOICES + 1
    assert summary["entries"] == {"recorded": total, "repeated": 0, "rejected": 0}
    people.act_as_owner()
    before = state(command, debtor)
    people.act_by(first)
    (undone,) = command.rows("import", "undo", summary["run"])
    assert (undone["entries"], undone["proposed"], undone["repeated"]) == (total, total, 0)
    people.act_by(second)
    (listed,) = [it for it in command.rows("proposals") if it.get("undo") == summary["run"]]
    assert (listed["left"], list(listed["proposed"].values())) == (total, [total])
    (undone,) = command.rows("import", "undo", summary["run"], "--approve")
    assert (undone["voided"], undone["refusals"]) == (total, {})
    assert [it for it in command.rows("proposals") if it.get("undo") == summary["run"]] == []
    people.act_as_owner()
    assert state(command, debtor)["accounts"]["by_currency"] == []
    rehearsed = imported(command, file, "--revision", "2", "--dry-run")
    again = imported(command, file, "--revision", "2")
    assert rehearsed["recorded_by_type"] == again["recorded_by_type"]
    assert again["entries"] == {"recorded": total, "repeated": 0, "rejected": 0}
    assert again["run"] != summary["run"]
    assert state(command, debtor) == before
    assert before["anomalies"] == []
    (shown,) = command.rows("customer", "show", debtor)
    assert len(shown["state"]["oversight"]["voids"]) == total


def test_without_another_revision_it_is_the_same_run(command: Command, people: People, file: str) -> None:
    run = imported(command, file)["run"]
    command.rows("import", "undo", run)
    people.act_by(people.key("approve", "record"))
    command.rows("import", "undo", run, "--approve")
    assert imported(command, file)["entries"]["recorded"] == 0


def test_it_is_safe_to_do_twice(command: Command, people: People, file: str) -> None:
    run = imported(command, file)["run"]
    total = command.rows("import", "undo", run)[0]["proposed"]
    assert command.rows("import", "undo", run)[0]["repeated"] == total
    people.act_by(people.key("approve"))
    assert command.rows("import", "undo", run, "--approve")[0]["voided"] == total
    assert command.rows("import", "undo", run, "--approve")[0]["repeated"] == total


def test_one_principal_does_not_undo_it_alone(command: Command, file: str) -> None:
    run = imported(command, file)["run"]
    total = command.rows("import", "undo", run)[0]["proposed"]
    (undone,) = command.rows("import", "undo", run, "--approve", code=ExitCode.REFUSED)
    assert undone["refusals"] == {"same-principal": total}


def test_each_step_says_the_next(command: Command, people: People, file: str) -> None:
    told = command("import", "mine.toml", file)
    run = command.rows("import", "mine.toml", file)[0]["run"]
    assert f"Run {run}" in told.stdout
    assert f"daybook import undo {run}" in told.stderr
    assert "Run " not in command("import", "mine.toml", file, "--dry-run").stdout
    second = people.key("approve", "read")
    people.act_by(second)
    assert "are not proposed yet" in command("import", "undo", run, "--approve").stderr
    people.act_as_owner()
    assert f"daybook import undo {run} --approve" in command("import", "undo", run).stderr
    people.act_by(second)
    assert f"daybook import undo {run} --approve" in command("proposals").stderr
    assert "another --revision" in command("import", "undo", run, "--approve").stderr


def test_a_run_that_never_was_is_not_here(command: Command) -> None:
    unknown = "6f0e9c1a-0000-5000-8000-00000000ffff"
    (row,) = command.rows("import", "undo", unknown, code=ExitCode.NOT_HERE)
    assert (row["problem"]["code"], row["problem"]["value"]) == ("no-such-run", unknown)


def test_a_ledger_that_goes_away_and_an_interruption_are_told(
    command: Command, file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = imported(command, file)["run"]

    def away(_: Ledger, drafts: list[object]) -> list[object]:
        return [GoneForGood()] * len(drafts)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Ledger, "record", away)
        (undone,) = command.rows("import", "undo", run, code=ExitCode.MISCONFIGURED)
        assert undone["stopped"]["code"] == GoneForGood.code
        patched.setattr(Ledger, "record", interrupted)
        result = command("import", "undo", run)
        assert (result.exit_code, result.stdout) == (ExitCode.INTERRUPTED, "")
        assert "run it again to go on" in result.stderr
    assert command.rows("import", "undo", run)[0]["repeated"] == 0


def test_what_oversees_is_not_imported(command: Command, tmp_path: Path) -> None:
    mapping = tmp_path / "voids.toml"
    mapping.write_text(
        'source = "voids"\nkey = ["id"]\nstream = "customer:{id}"\nat = "on"\n'
        '[[entry]]\npart = "void"\ntype = "EntryVoided"\n'
        'fields = { proposal = "V", entry = "6f0e9c1a-0000-5000-8000-000000000001", reason = "r" }\n'
    )
    (row,) = command.rows("import", str(mapping), str(mapping), code=ExitCode.REFUSED)
    assert row["problem"]["code"] == "bad-mapping"
    assert "it oversees the entries of this ledger" in json.dumps(row)


def test_what_needs_approval_is_imported_as_another_systems_fact_by_who_may_approve(
    command: Command, people: People, file: str, debtor: str, tmp_path: Path
) -> None:
    imported(command, file)
    mapping = tmp_path / "written_off.toml"
    mapping.write_text(
        'source = "written-off"\nkey = ["id"]\nstream = "customer:{id}"\nat = "on"\n'
        '[[entry]]\npart = "written-off"\ntype = "ChargeWrittenOff"\nfields.reason = "insolvent"\n'
        'fields.write_off = { text = "w-{charge}" }\nfields.charge = { column = "charge" }\n'
    )
    rows = tmp_path / "written_off.csv"
    rows.write_text(f"id,on,charge\n{debtor},2013-04-01,{debtor}-1\n")
    people.act_by(people.key("record", name="Ann"))
    for options in ([], ["--dry-run"]):
        (row,) = command.rows("import", str(mapping), str(rows), *options, code=ExitCode.REFUSED)
        assert (row["problem"]["code"], row["problem"]["value"]) == ("scope-missing", "approve")
        assert "need approval: ChargeWrittenOff. Ann has record." in row["problem"]["hint"]
    people.act_by(people.key("record", "approve", name="Ben"))
    (summary,) = command.rows("import", str(mapping), str(rows))
    assert summary["recorded_by_type"] == {"ChargeWrittenOff": 1}
