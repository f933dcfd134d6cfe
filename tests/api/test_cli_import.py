"""`daybook import`: what goes in, what is rejected, what is said."""

import json
from pathlib import Path

import pytest

from api.exits import ExitCode
from domain.ledger import Ledger
from tests.api.doors import Command, customer

REFUSED = """
source = "refused"
key = ["id"]
stream = "customer:{id}"
at = "on"
[[entry]]
part = "closed"
type = "CaseClosed"
fields.case = { column = "case" }
[[entry]]
part = "reversed"
type = "PaymentReversed"
fields = { payment = "p-404", reason = "returned" }
[[entry]]
part = "registered"
type = "CustomerRegistered"
fields.kind = "person"
[[entry]]
part = "again"
type = "CustomerRegistered"
fields.kind = "person"
"""
"""A mapping of which the ledger's own rules refuse all but one entry of each row."""


class TestImport:
    MAPPING = """
source = "list"
key = ["id"]
stream = "customer:{id}"
at = "on"
[[entry]]
part = "registered"
type = "CustomerRegistered"
fields.kind = { column = "kind" }
"""

    @pytest.fixture
    def files(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
        monkeypatch.chdir(tmp_path)
        (tmp_path / "list.toml").write_text(self.MAPPING)
        rows = [f"{customer()},2026-01-31,person", f"{customer()},2026-01-31,giant"]
        (tmp_path / "list.csv").write_text("\n".join(["id,on,kind", *rows]) + "\n")
        return "./list.toml", "list.csv"

    def test_rows_go_in_and_rejects_into_their_file(self, command: Command, files: tuple[str, str]) -> None:
        (rehearsed,) = command.rows("import", *files, "--dry-run", code=ExitCode.REFUSED)
        assert rehearsed["entries"] == {"recorded": 1, "repeated": 0, "rejected": 1}
        (done,) = command.rows("import", *files, code=ExitCode.REFUSED)
        assert done["entries"] == {"recorded": 1, "repeated": 0, "rejected": 1}
        (line,) = Path("list.rejects.jsonl").read_text().splitlines()
        assert (json.loads(line)["line"], json.loads(line)["code"]) == (3, "invalid-value")
        result = command("import", *files)
        assert "0 entries recorded, 1 repeated, 1 rejected" in result.stdout

    def test_a_dry_run_rejects_in_the_words_of_the_run(
        self, command: Command, files: tuple[str, str]
    ) -> None:
        Path("refused.toml").write_text(REFUSED)
        Path("refused.csv").write_text(f"id,on,case\n{customer()},2026-01-31,c-404\n")
        told = []
        for options in (["--dry-run"], []):
            command.rows("import", "./refused.toml", "refused.csv", *options, code=ExitCode.REFUSED)
            told.append([json.loads(line) for line in Path("refused.rejects.jsonl").read_text().splitlines()])
        assert told[0] == told[1]
        assert [(line["code"], line["field"], line["value"]) for line in told[0]] == [
            ("unknown-case", "data.case", "c-404"),
            ("unknown-payment", "data.payment", "p-404"),
            ("already-registered", "type", "CustomerRegistered"),
        ]

    def test_without_rejects_there_is_no_file_of_them(self, command: Command, files: tuple[str, str]) -> None:
        path = Path(files[1])
        path.write_text("\n".join(path.read_text().splitlines()[:2]) + "\n")
        (done,) = command.rows("import", *files)
        assert "rejects_file" not in done
        assert not Path("list.rejects.jsonl").exists()

    def test_a_file_of_rejects_that_cannot_be_written_is_refused_before_anything(
        self, command: Command, files: tuple[str, str]
    ) -> None:
        (row,) = command.rows("import", *files, "--rejects", "no/such/folder", code=ExitCode.REFUSED)
        assert row["problem"]["field"] == "--rejects"

    def test_an_interrupted_run_says_that_it_can_go_on(
        self, command: Command, files: tuple[str, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def interrupted(*_: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(Ledger, "record", interrupted)
        result = command("import", *files)
        assert (result.exit_code, result.stdout) == (ExitCode.INTERRUPTED, "")
        assert "run it again to go on" in result.stderr

    def test_the_shipped_mappings_are_listed(self, command: Command) -> None:
        assert {"accounts_receivable", "road_traffic_fines", "consumer_complaints"} <= {
            row["mapping"] for row in command.rows("import", "list")
        }

    @pytest.mark.parametrize(
        ("args", "code"),
        [(["none", "list.csv"], "unknown-mapping"), (["./list.toml", "none.csv"], "bad-file")],
    )
    def test_what_is_not_there_is_refused(
        self, command: Command, files: tuple[str, str], args: list[str], code: str
    ) -> None:
        (row,) = command.rows("import", *args, code=ExitCode.REFUSED)
        assert row["problem"]["code"] == code
