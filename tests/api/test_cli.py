"""The `daybook` command, run in this process: what it says, where, and with which exit code."""

import json
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
import typer

from api import cli
from api.commands import recording
from api.exits import MEANING, ExitCode
from domain.events import REGISTER
from domain.events.coverage import ITEMS_TOTAL
from domain.ledger import Ledger
from tests.api.doors import Command, customer, document, invoice
from tests.database import Store

LEAVES = [
    ["init"],
    ["settings"],
    ["record"],
    ["import"],
    ["customer", "show"],
    ["log"],
    ["entry"],
    ["events"],
    ["serve"],
    ["demo"],
    ["db", "url"],
    ["db", "start"],
    ["db", "stop"],
    ["db", "status"],
]


def leaves(group: typer.core.TyperGroup, path: tuple[str, ...] = ()) -> list[list[str]]:
    """Walk the commands down to those that do something."""
    found = []
    for name, command in group.commands.items():
        inner = getattr(command, "commands", None)
        found += leaves(command, (*path, name)) if inner else [[*path, name]]  # type: ignore[arg-type]
    return found


class TestHelp:
    def test_these_are_all_the_commands(self) -> None:
        group = typer.main.get_command(cli.app)
        assert isinstance(group, typer.core.TyperGroup)
        assert sorted(leaves(group)) == sorted(LEAVES)

    @pytest.mark.parametrize("path", LEAVES, ids=" ".join)
    def test_each_shows_an_example_and_takes_json(self, command: Command, path: list[str]) -> None:
        result = command(*path, "--help")
        assert result.exit_code == 0
        assert f"daybook {' '.join(path)}" in result.stdout.partition("─")[0]
        assert "--json" in result.stdout

    def test_the_exit_codes_are_told(self, command: Command) -> None:
        said = command("--help").stdout
        for code, meaning in MEANING.items():
            assert f"{code.value:>2}  {meaning}" in said

    def test_without_a_command_it_teaches(self, command: Command) -> None:
        assert "daybook init" in command().output


class TestUsage:
    @pytest.mark.parametrize(
        "args",
        [
            ["nonsense"],
            ["record"],
            ["record", "a.json", "--type", "X"],
            ["customer", "show"],
            ["customer", "show", "1", "--at", "2026-01-31", "--as-of", "2026-01-31"],
            ["log", "--limit", "0"],
            ["log", "--tail", "1", "--after", "1"],
            ["entry", "no-uuid"],
            ["import", "accounts_receivable"],
            ["import", "undo", "run-1"],
            ["serve", "--port", "99999"],
            ["init", "--clock", "sundial"],
        ],
        ids=" ".join,
    )
    def test_wrong_usage_is_2_and_says_nothing_on_stdout(self, command: Command, args: list[str]) -> None:
        result = command(*args)
        assert (result.exit_code, result.stdout) == (ExitCode.USAGE, "")
        assert "Usage: daybook" in result.stderr

    def test_undoing_an_import_is_left_for_later_and_says_so(self, command: Command) -> None:
        assert "later version" in command("import", "undo", "run-1").stderr


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


class TestCustomer:
    def test_a_state_is_told_with_its_question(self, command: Command) -> None:
        who = customer()
        command.rows(
            "record", "-", given=[document(who, name="Harbour Mills", kind="organisation"), invoice(who)]
        )
        said = command("customer", "show", who).stdout
        for expected in (
            f"Customer {who}",
            "Harbour Mills",
            "Account in CNY",
            "inv-1",
            "100.00",
            "cut",
            "known at",
        ):
            assert expected in said
        assert "simulated" not in said

    def test_a_bare_date_is_the_end_of_that_day_in_the_ledgers_zone(self, command: Command) -> None:
        who = customer()
        evening = document(who) | {"occurred_at": "2026-01-31T23:59:59+08:00"}
        night = invoice(who) | {"occurred_at": "2026-02-01T00:00:00+08:00"}
        command.rows("record", "-", given=[evening, night])
        (row,) = command.rows("customer", "show", who, "--as-of", "2026-01-31")
        assert (row["state"]["entries"], row["as_of"]) == (1, "2026-01-31T15:59:59.999999Z")
        (row,) = command.rows("customer", "show", who, "--as-of", "2026-02-01T00:00")
        assert row["state"]["entries"] == 2

    def test_what_was_known_then(self, command: Command, ledger: Ledger) -> None:
        who = customer()
        command.rows("record", "-", given=document(who))
        then = ledger.heads()[0].recorded_at.isoformat()
        command.rows("record", "-", given=invoice(who))
        (row,) = command.rows("customer", "show", who, "--known-at", then)
        assert (row["state"]["entries"], row["cut"]["closed"]) == (1, True)
        assert command.rows("customer", "show", who, "--known-at", then) == [row]

    def test_nobody_is_3(self, command: Command) -> None:
        (row,) = command.rows("customer", "show", "nobody", code=ExitCode.NOT_HERE)
        assert row["problem"]["code"] == "no-such-customer"
        result = command("customer", "show", "nobody")
        assert (result.exit_code, result.stdout) == (ExitCode.NOT_HERE, "")
        assert result.stderr.startswith("not here: The ledger has no entry of this customer")

    @pytest.mark.parametrize("name", ["", "a\nb", "x" * 121, "\udcff"])
    def test_a_name_that_no_customer_can_have(self, command: Command, name: str) -> None:
        (row,) = command.rows("customer", "show", name, code=ExitCode.REFUSED)
        assert row["problem"]["field"] == "ID"

    def test_a_text_cannot_steer_the_terminal(self, command: Command) -> None:
        who = customer()
        case = document(who, "CaseOpened", case="c-1", kind="report", channel="phone", description="\x1b[2J")
        promise = document(who, "PromiseMade", promise="p-1", what="[red]\x1b]0;owned\x07\u202e")
        command.rows("record", "-", given=[document(who), case, promise])
        said = command("customer", "show", who).stdout
        assert "\x1b" not in said
        assert "\x07" not in said
        assert "\u202e" not in said
        assert "[red]" in said

    def test_a_simulated_clock_is_named(
        self, command: Command, simulated_store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("DAYBOOK_DATABASE_URL", simulated_store.url)
        command.rows("record", "-", given=document("1") | {"recorded_at": "2026-02-01T00:00:00Z"})
        assert "simulated clock" in command("customer", "show", "1").stdout
        (row,) = command.rows("customer", "show", "1", "--at", "2026-02-01")
        assert (row["ledger"]["clock"], row["cut"]["closed"]) == ("simulated", False)


class TestLogAndEntry:
    def test_the_log_is_listed_from_either_end(self, command: Command) -> None:
        rows = command.rows("record", "-", given=[document(customer()) for _ in range(3)])
        last = rows[-1]["receipts"][0]["position"]
        positions = [row["position"] for row in command.rows("log", "--tail", "2")]
        assert positions == [last - 1, last]
        assert [row["position"] for row in command.rows("log", "--after", str(last - 3), "--limit", "1")] == [
            last - 2
        ]
        assert command.rows("log", "--after", str(last)) == []
        assert command("log", "--tail", "0").stdout == ""

    def test_the_next_page_is_named(self, command: Command) -> None:
        command.rows("record", "-", given=[document(customer()) for _ in range(2)])
        result = command("log", "--limit", "1")
        assert result.stderr == "More: daybook log --after 1\n"
        assert "CustomerRegistered" in result.stdout

    def test_a_shard_that_is_not_there_is_refused(self, command: Command) -> None:
        (row,) = command.rows("log", "--shard", "1", code=ExitCode.REFUSED)
        assert row["problem"]["field"] == "shard"

    def test_an_entry_is_told_with_its_bytes(self, command: Command, ledger: Ledger) -> None:
        (row,) = command.rows("record", "-", given=invoice(customer()))
        (entry,) = command.rows("entry", row["id"])
        assert (entry["id"], entry["data"]["invoice"], entry["schema"]) == (row["id"], "inv-1", 1)
        assert command("entry", row["id"], "--raw").stdout_bytes == ledger.entry_bytes(uuid.UUID(row["id"]))
        assert "data.invoice" in command("entry", row["id"]).stdout

    def test_an_entry_that_is_not_here_is_3(self, command: Command) -> None:
        (row,) = command.rows("entry", str(uuid.uuid4()), code=ExitCode.NOT_HERE)
        assert row["problem"]["code"] == "no-such-entry"


class TestEvents:
    def test_every_type_is_listed(self, command: Command) -> None:
        assert {row["type"] for row in command.rows("events")} == set(REGISTER)
        said = command("events").stdout
        assert all(name in said for name in REGISTER)

    @pytest.mark.parametrize("name", list(REGISTER))
    def test_a_type_is_shown_with_its_fields_and_an_example(self, command: Command, name: str) -> None:
        (row,) = command.rows("events", name)
        assert row["example"]["type"] == name
        assert row["example"]["data"].keys() <= {field["name"] for field in row["fields"]}
        assert command("events", name).exit_code == 0
        assert json.loads(command("events", name, "--example").stdout) == row["example"]

    def test_a_type_that_does_not_exist(self, command: Command) -> None:
        (row,) = command.rows("events", "Nonsense", code=ExitCode.REFUSED)
        assert row["problem"]["code"] == "unknown-type"

    def test_coverage_counts_the_items(self, command: Command) -> None:
        (row,) = command.rows("events", "--coverage")
        assert len(row["served"]) + len(row["unserved"]) == row["total"] == ITEMS_TOTAL
        assert f"{len(row['served'])} of {ITEMS_TOTAL}" in command("events", "--coverage").stdout


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

    def test_without_rejects_there_is_no_file_of_them(self, command: Command, files: tuple[str, str]) -> None:
        path = Path(files[1])
        path.write_text("\n".join(path.read_text().splitlines()[:2]) + "\n")
        (done,) = command.rows("import", *files)
        assert "rejects_file" not in done
        assert not Path("list.rejects.jsonl").exists()

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


class TestTrouble:
    def test_a_defect_is_told_in_a_line_and_shown_with_debug(
        self, command: Command, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(*_: object) -> None:
            raise ZeroDivisionError("by nought")

        monkeypatch.setattr(Ledger, "heads", broken)
        result = command("log")
        assert result.exit_code == ExitCode.UNEXPECTED
        assert "ZeroDivisionError: by nought" in result.stderr
        assert "Traceback" not in result.output
        assert "Traceback" in command("--debug", "log").stderr

    @pytest.mark.parametrize(
        ("url", "code", "exit_code"),
        [
            ("postgresql://127.0.0.1:1/nothing", "database-gone", ExitCode.UNAVAILABLE),
            ("mysql://localhost", "misconfigured", ExitCode.MISCONFIGURED),
        ],
    )
    def test_a_database_that_cannot_be_used(
        self, command: Command, monkeypatch: pytest.MonkeyPatch, url: str, code: str, exit_code: ExitCode
    ) -> None:
        monkeypatch.setenv("DAYBOOK_DATABASE_URL", url)
        (row,) = command.rows("log", code=exit_code)
        assert row["problem"]["code"] == code

    def test_a_folder_without_a_ledger_is_left_alone(
        self, command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.delenv("DAYBOOK_DATABASE_URL")
        monkeypatch.setenv("DAYBOOK_DATA", str(tmp_path / "data"))
        (row,) = command.rows("log", code=ExitCode.NOT_HERE)
        assert row["problem"]["code"] == "not-initialised"
        assert command("db", "stop").stdout == "The server was not running.\n"
        assert command.rows("db", "status")[0]["running"] is False
        assert list(tmp_path.iterdir()) == []

    def test_the_server_of_others_is_not_ours_to_stop(self, command: Command, home: Store) -> None:
        for verb in ("start", "stop", "status"):
            (row,) = command.rows("db", verb, code=ExitCode.MISCONFIGURED)
            assert row["problem"]["field"] == "DAYBOOK_DATABASE_URL"
        assert command("db", "url").stdout == home.url + "\n"

    @pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.1", "example.com", ""])  # noqa: S104
    def test_only_loopback_is_served(self, command: Command, host: str) -> None:
        (row,) = command.rows("serve", "--host", host, code=ExitCode.MISCONFIGURED)
        assert (row["problem"]["field"], row["problem"]["value"]) == ("host", host)

    def test_a_mistyped_variable_is_pointed_out(
        self, command: Command, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("DAYBOOK_DATABSE_URL", "postgresql://localhost/x")
        result = command("log", "--json")
        assert (
            "DAYBOOK_DATABSE_URL means nothing to Daybook; did you mean DAYBOOK_DATABASE_URL" in result.stderr
        )
        assert all(json.loads(line) for line in result.stdout.splitlines())


def test_init_sets_up_once_and_keeps_what_was_chosen(
    command: Command, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAYBOOK_OWNER_URL", store.database.owner_url)
    monkeypatch.setenv("DAYBOOK_DATABASE_URL", store.url)
    (row,) = command.rows("init")
    assert (row["name"], row["zone"], row["clock"], row["shards"]) == ("test", "Asia/Shanghai", "database", 1)
    (row,) = command.rows("init", "--zone", "Europe/Rome", code=ExitCode.MISCONFIGURED)
    assert (row["problem"]["field"], row["problem"]["value"]) == ("zone", "Europe/Rome")


def test_what_is_not_needed_is_not_loaded_for_help() -> None:
    heavy = {"fastapi", "psycopg", "pydantic", "eventsourcing", "uvicorn", "domain.ledger"}
    script = f"import sys, api.cli; print(sorted({heavy} & set(sys.modules)))"
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"
