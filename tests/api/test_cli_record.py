"""`daybook record`: files, stdin and flags; fates for people and for programs."""

import json
import uuid
from pathlib import Path

import pytest

from api.commands import recording
from api.exits import ExitCode
from domain.ledger import Ledger
from tests.api.doors import Command, customer, document, invoice


class TestRecord:
    def test_one_object_a_list_a_batch_or_lines(self, command: Command, tmp_path: Path) -> None:
        sent = [document(customer()) for _ in range(2)]
        texts = {
            "one": json.dumps(sent[0]),
            "pretty": json.dumps(sent[0], indent=2),
            "list": json.dumps(sent),
            "pretty list": json.dumps(sent, indent=2),
            "batch": json.dumps({"entries": sent}),
            "lines": "\n".join(map(json.dumps, sent)) + "\n\n",
            "marked": "\ufeff" + json.dumps(sent[0]),
        }
        for name, text in texts.items():
            path = tmp_path / name
            path.write_text(text, "utf-8")
            rows = command.rows("record", str(path), code=1 if name != "one" else 0)
            assert len(rows) == (1 if name in {"one", "pretty", "marked"} else 2), name
            taken = {row["problem"]["code"] if "problem" in row else row["status"] for row in rows}
            assert taken <= {"recorded", "already-registered"}, name

    def test_stdin_is_a_dash(self, command: Command) -> None:
        (row,) = command.rows("record", "-", given=document(customer()))
        assert (row["number"], row["status"], row["receipts"][0]["version"]) == (1, "recorded", 1)

    def test_who_and_where_from_may_be_left_out(self, command: Command, ledger: Ledger) -> None:
        who = customer()
        sent = {key: it for key, it in document(who).items() if key not in {"actor", "source"}}
        command.rows("record", "-", given=sent)
        command.rows(
            "record", "-", "--actor", "system:crm", "--source", "crm", given=invoice(who) | {"actor": None}
        )
        first, second = ledger.stream(f"customer:{who}")
        assert (first.actor.kind, first.actor.id, first.source) == ("staff", "tester", "command-line")
        assert (second.actor.kind, second.actor.id, second.source) == ("system", "crm", "test")

    def test_flags_make_a_document(self, command: Command, ledger: Ledger) -> None:
        who, entry_id = customer(), str(uuid.uuid4())
        flags = [
            "--stream",
            f"customer:{who}",
            "--type",
            "CustomerRegistered",
            "--data",
            '{"kind": "person"}',
        ]
        more = ["--id", entry_id, "--occurred-at", "2026-01-31", "--expected-version", "0"]
        (row,) = command.rows("record", *flags, *more)
        assert row["id"] == entry_id
        (entry,) = ledger.stream(f"customer:{who}")
        assert entry.occurred_at.isoformat() == "2026-01-30T16:00:00+00:00"  # midnight in Shanghai
        assert command.rows("record", *flags, *more)[0]["status"] == "repeated"

    def test_in_a_batch_each_has_its_fate_and_line(self, command: Command) -> None:
        who = customer()
        lines = [json.dumps(document(who)), "{broken", "", json.dumps(invoice(who)), json.dumps(invoice(who))]
        rows = command.rows("record", "-", given="\n".join(lines), code=ExitCode.REFUSED)
        assert [(row["number"], row["status"]) for row in rows] == [
            (1, "recorded"),
            (2, "refused"),
            (4, "recorded"),
            (5, "refused"),
        ]
        assert rows[1]["problem"]["code"] == "invalid-value"
        assert rows[3]["problem"]["code"] == "charge-already-exists"

    def test_a_broken_first_line_spoils_no_other(self, command: Command) -> None:
        lines = ["{broken", json.dumps(document(customer()))]
        rows = command.rows("record", "-", given="\n".join(lines), code=ExitCode.REFUSED)
        assert [(row["number"], row["status"]) for row in rows] == [(1, "refused"), (2, "recorded")]

    def test_more_than_a_batch_goes_in(self, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(recording, "BATCH", 2)
        lines = "\n".join(json.dumps(document(customer())) for _ in range(5))
        assert [row["number"] for row in command.rows("record", "-", given=lines)] == [1, 2, 3, 4, 5]

    def test_people_are_told_in_sentences(self, command: Command) -> None:
        who = customer()
        sent = [document(who), document(who, "CaseClosed", case="c-9")]
        result = command("record", "-", given=sent)
        assert result.exit_code == ExitCode.REFUSED
        assert result.stdout.startswith(f"1: recorded customer:{who} version 1, position ")
        assert "2: refused: This customer has no such case." in result.stderr
        assert "code  unknown-case" in result.stderr
        assert result.stderr.endswith("1 recorded, 1 refused\n")

    @pytest.mark.parametrize("text", ["", "  \n", "[]", '{"entries": []}'])
    def test_there_may_be_nothing_to_record(self, command: Command, text: str) -> None:
        assert command.rows("record", "-", given=text) == []
        assert command("record", "-", given=text).stderr == "There was nothing to record.\n"

    @pytest.mark.parametrize(
        "text", ["nonsense", "{", "[{]", "\x00", "[" * 100_000, "nonsense\nmore nonsense"]
    )
    def test_a_text_without_a_document_is_refused(self, command: Command, text: str) -> None:
        (row,) = command.rows("record", "-", given=text, code=ExitCode.REFUSED)
        assert row["problem"]["code"] == "invalid-value"

    def test_a_file_that_is_not_there_is_refused(self, command: Command, tmp_path: Path) -> None:
        (row,) = command.rows("record", str(tmp_path / "none.json"), code=ExitCode.REFUSED)
        assert (row["problem"]["code"], row["problem"]["field"]) == ("invalid-value", "FILE")

    @pytest.mark.parametrize("actor", ["customer:", "x" * 121, "staff:a\nb", "\udcff"])
    def test_an_actor_has_a_name(self, command: Command, actor: str) -> None:
        (row,) = command.rows("record", "-", "--actor", actor, given=document("1"), code=ExitCode.REFUSED)
        assert row["problem"]["field"] == "actor"
