"""`daybook verify`: what it says, to people and to programs, and its exit code."""

import json
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from api.exits import ExitCode
from domain.seal.keys import Verifier
from tests.api.doors import Command, customer, document
from tests.database import Store


@pytest.fixture
def mine(command: Command, store: Store, elsewhere: Callable[[Store], Path]) -> Path:
    """The command on a ledger of the test's own, which has two entries."""
    folder = elsewhere(store)
    assert command("init").exit_code == 0
    for fields in ({"kind": "household"}, {"kind": "person", "name": "Wu Mei"}):
        assert command("record", "-", given=document(customer(), **fields)).exit_code == 0
    return folder


def tamper(store: Store, *statements: str) -> None:
    """Change what the database forbids to change, as its owner can."""
    with psycopg.connect(store.database.owner_url) as connection:
        connection.execute("SET session_replication_role = replica")
        for statement in statements:
            connection.execute(statement.encode())


CHANGED = "convert_to(replace(convert_from(state, 'UTF8'), 'household', 'houseboat'), 'UTF8')"
FLIP = f"UPDATE daybook.entries SET state = {CHANGED} WHERE position = 1"


@pytest.mark.usefixtures("mine")
class TestSound:
    def test_it_says_so(self, command: Command) -> None:
        result = command("verify")
        assert result.exit_code == 0, result.output
        assert "test is sound: 2 entries" in result.stdout
        assert "shard 0: 2 entries, signed up to 2" in result.stdout
        assert (
            "fingerprints worked out anew: 1; not those of the others: 1 entries hold sealed" in result.stdout
        )

    def test_programs_get_an_object(self, command: Command) -> None:
        (row,) = command.rows("verify")
        assert (row["sound"], row["ledger"], row["entries"], row["findings"]) == (True, "test", 2, [])
        (shard,) = row["shards"]
        assert (shard["signed"], shard["sealed"]) == (2, 1)
        assert shard["checkpoints_inside"] == shard["checkpoints_outside"] > 0

    def test_the_report_is_written(self, command: Command, tmp_path: Path) -> None:
        path = tmp_path / "verify.json"
        (row,) = command.rows("verify", "--report", str(path))
        assert json.loads(path.read_text()) == row

    def test_a_report_that_cannot_be_written_is_refused(self, command: Command, tmp_path: Path) -> None:
        assert command("verify", "--report", str(tmp_path)).exit_code == ExitCode.REFUSED

    def test_the_key_may_be_given(self, command: Command) -> None:
        (key,) = command.rows("seal", "keys")
        (row,) = command.rows("verify", "--key", key["vkey"])
        assert row["sound"]
        other = Verifier("test/0", bytes(32)).vkey
        (row,) = command.rows("verify", "--key", other, code=ExitCode.DAMAGED)
        assert {"key-not-given", "key-not-named"} <= {it["kind"] for it in row["findings"]}
        (row,) = command.rows("verify", "--key", "nonsense", code=ExitCode.REFUSED)
        assert row["problem"]["code"] == "malformed-key"

    def test_another_folder_of_checkpoints_may_be_named(self, command: Command, tmp_path: Path) -> None:
        (row,) = command.rows("verify", "--checkpoints", str(tmp_path / "none"), code=ExitCode.DAMAGED)
        assert [it["kind"] for it in row["findings"]] == ["checkpoint-missing"]

    def test_a_key_needs_the_scope(self, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
        clerk, auditor = (
            command.rows("key", "create", "--name", scope, "--scope", scope)[0]["key"]
            for scope in ("record", "audit")
        )
        monkeypatch.setenv("DAYBOOK_KEY", clerk)
        assert command("verify").exit_code == ExitCode.REFUSED
        monkeypatch.setenv("DAYBOOK_KEY", auditor)
        assert command("verify").exit_code == 0


@pytest.mark.usefixtures("mine")
class TestDamaged:
    def test_what_is_wrong_comes_first(self, command: Command, store: Store) -> None:
        tamper(store, FLIP)
        result = command("verify")
        assert result.exit_code == ExitCode.DAMAGED, result.output
        first, second, *_ = result.stdout.splitlines()
        assert first == "Something is wrong with test: 2 findings."
        assert "Position 1: " in second

    def test_programs_get_the_position(self, command: Command, store: Store) -> None:
        tamper(store, FLIP)
        (row,) = command.rows("verify", code=ExitCode.DAMAGED)
        assert row["sound"] is False
        assert {(it["first"], it["last"]) for it in row["findings"]} == {(1, 1)}

    def test_a_ledger_that_cannot_be_opened_is_verified(self, command: Command, store: Store) -> None:
        tamper(store, "DELETE FROM daybook.heads")
        (row,) = command.rows("verify", code=ExitCode.DAMAGED)
        assert [it["kind"] for it in row["findings"]] == ["head-missing"]

    def test_the_rest_of_many_is_counted(self, command: Command, store: Store) -> None:
        tamper(store, "DELETE FROM daybook.entries", "UPDATE daybook.heads SET size = 0, peaks = ''")
        result = command("verify")
        assert result.exit_code == ExitCode.DAMAGED
        assert "positions 1 to 2" in result.stdout.lower()


def test_it_needs_a_ledger(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAYBOOK_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    assert command("verify").exit_code == ExitCode.UNAVAILABLE
