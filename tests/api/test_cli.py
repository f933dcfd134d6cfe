"""The `daybook` command, run in this process: what it says, where, and with which exit code."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import typer

from api import cli
from api.exits import MEANING, ExitCode
from domain.ledger import Ledger
from tests.api.doors import Command
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
    ["prove"],
    ["verify-proof"],
    ["find"],
    ["disclose"],
    ["kek", "show"],
    ["kek", "rotate"],
    ["seal", "keys"],
    ["seal", "rotate"],
    ["seal", "checkpoint"],
    ["void", "propose"],
    ["void", "make"],
    ["propose"],
    ["proposals"],
    ["approve"],
    ["reject"],
    ["hold", "place"],
    ["hold", "release"],
    ["hold", "list"],
    ["erase"],
    ["backup"],
    ["restore"],
    ["key", "create"],
    ["key", "list"],
    ["key", "revoke"],
    ["verify"],
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
            ["import", "undo"],
            ["import", "accounts_receivable", "a.csv", "--approve"],
            ["serve", "--port", "99999"],
            ["init", "--clock", "sundial"],
        ],
        ids=" ".join,
    )
    def test_wrong_usage_is_2_and_says_nothing_on_stdout(self, command: Command, args: list[str]) -> None:
        result = command(*args)
        assert (result.exit_code, result.stdout) == (ExitCode.USAGE, "")
        assert "Usage: daybook" in result.stderr


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
    command: Command, store: Store, elsewhere: Callable[[Store], Path]
) -> None:
    elsewhere(store)
    (row,) = command.rows("init")
    assert (row["name"], row["zone"], row["clock"], row["shards"]) == ("test", "Asia/Shanghai", "database", 1)
    (row,) = command.rows("init", "--zone", "Europe/Rome", code=ExitCode.MISCONFIGURED)
    assert (row["problem"]["field"], row["problem"]["value"]) == ("zone", "Europe/Rome")


def test_what_is_not_needed_is_not_loaded_for_help() -> None:
    heavy = {"fastapi", "psycopg", "pydantic", "eventsourcing", "uvicorn", "domain.ledger"}
    script = f"import sys, api.cli; print(sorted({heavy} & set(sys.modules)))"
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"
