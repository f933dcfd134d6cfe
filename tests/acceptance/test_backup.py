"""A disk is lost: a user with a backup, the folder of its keys and what was kept outside goes on."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.exits import ExitCode
from tests.acceptance.shell import Shell, document


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    """A folder with a ledger in it, whose server is kept running."""
    made = Shell(tmp_path)
    assert made.run("init", "--name", "Harbour", "--zone", "Asia/Shanghai").status == 0
    assert made.run("db", "start", "--detach").status == 0
    yield made
    assert made.run("db", "stop", "--force").status == 0


def lose_the_disk(shell: Shell) -> None:
    """Put an empty database in the place of the ledger's; keys and checkpoints lie beside it."""
    assert shell.run("db", "stop", "--force").status == 0
    shutil.rmtree(shell.folder / "daybook-data" / "pgdata")
    assert shell.run("db", "start", "--detach").status == 0


def test_a_ledger_is_lost_and_restored(shell: Shell) -> None:
    assert register(shell, "1", "2") == ["recorded", "recorded"]
    old = shell.run("backup", "old", "--keys", "old.keys")
    assert (old.status, old.err) == (0, "")
    assert "The ledger Harbour is backed up: 2 entries" in old.out
    for kept in ("keys/kek", "keys/seal-0.key", "checkpoints"):
        assert f"daybook-data/{kept}\n" in old.out
    assert register(shell, "3") == ["recorded"]
    assert shell.run("backup", "new", "--keys", "new.keys").status == 0
    before = shell.rows("log")

    lose_the_disk(shell)
    restored = shell.run("restore", "new", "--keys", "new.keys")
    assert (restored.status, restored.err) == (0, "")
    assert "The ledger Harbour is restored as of" in restored.out
    assert shell.rows("log") == before
    assert register(shell, "2", "4") == ["repeated", "recorded"]

    lose_the_disk(shell)
    restored = shell.run("restore", "old", "--keys", "old.keys")
    assert restored.status == ExitCode.READ_ONLY
    assert "The database has 2 entries" in restored.err
    assert "over 4" in restored.err
    assert shell.rows("log") == before[:2]
    refused = shell.run("record", "-", given=registered("5"))
    assert refused.status == ExitCode.MISCONFIGURED
    assert "log-forked" in refused.err


def registered(name: str) -> str:
    """A document that is the same each time."""
    told = document(name, "CustomerRegistered", kind="household", name=f"Zebedee {name}")
    return json.dumps(told | {"id": f"0198c0de-0000-7000-8000-00000000000{name}"})


def register(shell: Shell, *names: str) -> list[str]:
    """Register customers, and say for each whether that was recorded or repeated."""
    said = shell.run("record", "-", given="\n".join(map(registered, names)))
    assert said.status == 0, said
    return [line.split()[1] for line in said.out.splitlines() if line[:1].isdigit() and ": " in line]
