"""`daybook backup` and `daybook restore` on a given database: the application's URL, and the owner's."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api.exits import ExitCode
from api.opening import establish, vault_of
from domain.notary.outside import FolderOutside
from tests.api.doors import Command, Plain, document
from tests.database import Store, new_ledger, unique_name
from tests.postgres import fresh_database, server


@dataclass
class Desk:
    """Where somebody runs `daybook`: the folders, and whichever database is named now."""

    command: Command
    monkeypatch: pytest.MonkeyPatch
    folder: Path
    store: Store
    made: list[Store]

    def use(self, store: Store) -> None:
        """Name another database."""
        self.store = store
        self.monkeypatch.setenv("DAYBOOK_DATABASE_URL", store.url)
        self.monkeypatch.setenv("DAYBOOK_OWNER_URL", store.database.owner_url)

    def lose_the_database(self) -> None:
        """Name a database with nothing in it."""
        store = Store(fresh_database(server().owner_url, unique_name("lost")))
        self.made.append(store)
        self.use(store)

    def backup(self, name: str = "b", *flags: str) -> Result:
        """Take a backup."""
        return self.command("backup", str(self.folder / name), *(flags or self.keys(name)))

    def restore(self, name: str = "b", *flags: str) -> Result:
        """Restore one."""
        return self.command("restore", str(self.folder / name), *(flags or self.keys(name)))

    def keys(self, name: str) -> tuple[str, str]:
        """The option that names the keys of a backup."""
        return "--keys", str(self.folder / f"{name}.keys")

    def record(self, *customers: str) -> list[Plain]:
        """Register customers."""
        documents = [document(name, kind="household", name=f"Zebedee {name}") for name in customers]
        return self.command.rows("record", "-", given="\n".join(map(json.dumps, documents)))

    def erase(self, customer: str) -> None:
        """Erase a customer."""
        outside = FolderOutside(self.folder / "checkpoints")
        outside.remember_erasure(0, json.dumps({"subject": f"customer:{customer}", "generation": 1}))
        vault = vault_of(self.store.url, self.folder / "keys")
        assert vault.destroy(f"customer:{customer}", 0) == 1
        vault.close()


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Desk]:
    """A desk at a ledger with two customers."""
    store = Store(new_ledger())
    made = Desk(Command(CliRunner()), monkeypatch, tmp_path, store, [store])
    for name in ("keys", "checkpoints"):
        monkeypatch.setenv(f"DAYBOOK_{name.upper()}", str(tmp_path / name))
    made.use(store)
    establish(store.url, tmp_path / "keys", [tmp_path / "checkpoints"])
    made.record("ada", "bea")
    yield made
    for it in made.made:
        it.drop()


def test_there_and_back(desk: Desk) -> None:
    before = desk.command.rows("log")
    (taken,) = rows(desk.backup("b", *desk.keys("b"), "--json"))
    (log,) = taken["logs"]
    assert (taken["ledger"], taken["entries"], log["size"]) == ("test", 2, 2)
    assert (taken["folder"], taken["keys"]) == (str(desk.folder / "b"), str(desk.folder / "b.keys"))
    kept = [desk.folder / it for it in ("keys/kek", "keys/seal-0.key", "checkpoints")]
    assert (taken["keep"], taken["troubles"]) == ([*map(str, kept)], [])
    desk.lose_the_database()
    (made,) = rows(desk.restore("b", *desk.keys("b"), "--json"))
    assert made["logs"] == [{"shard": 0, "size": 2}]
    assert (made["ledger"], made["entries"], made["erased"], made["troubles"]) == ("test", 2, 0, [])
    assert desk.command.rows("log") == before
    desk.record("cid")
    assert [it["position"] for it in desk.command.rows("log")] == [1, 2, 3]


def rows(result: Result) -> list[Plain]:
    """The objects on stdout; nothing is on stderr."""
    assert (result.exit_code, result.stderr) == (0, ""), result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_an_older_one_is_read_only(desk: Desk) -> None:
    desk.backup()
    desk.record("cid")
    desk.lose_the_database()
    (made,) = [json.loads(line) for line in desk.restore("b", *desk.keys("b"), "--json").stdout.splitlines()]
    assert made["logs"][0]["ended"]["code"] == "log-forked"
    assert len(desk.command.rows("log")) == 2
    (row,) = desk.command.rows("record", "-", given=document("dan"), code=ExitCode.MISCONFIGURED)
    assert row["problem"]["code"] == "log-forked"
    desk.lose_the_database()
    result = desk.restore()
    assert result.exit_code == ExitCode.READ_ONLY
    assert "It can be read, and nothing is appended to it." in result.stderr
    assert "begin a new ledger" in result.stderr


def test_who_was_erased_is_erased_again(desk: Desk) -> None:
    desk.backup()
    desk.erase("ada")
    desk.lose_the_database()
    result = desk.restore()
    assert result.exit_code == ExitCode.DONE
    assert "Erased again, as they were after the backup: 1 data subject(s)." in result.stdout
    gone = "SELECT subject FROM daybook.data_keys WHERE wrapped IS NULL"
    assert desk.store.run(gone) == [("customer:ada",)]


def test_principals_come_back_as_they_were(desk: Desk) -> None:
    assert desk.command("key", "create", "--name", "clerk", "--scope", "record").exit_code == 0
    desk.backup()
    desk.lose_the_database()
    assert "revoke anew what was revoked since" in desk.restore().stdout


def test_who_lacks_the_scope_takes_none(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    (key,) = desk.command.rows("key", "create", "--name", "clerk", "--scope", "read")
    monkeypatch.setenv("DAYBOOK_KEY", key["key"])
    result = desk.backup()
    assert result.exit_code == ExitCode.REFUSED
    assert "scope-missing" in result.stderr
    assert not (desk.folder / "b").exists()


def test_what_is_there_is_not_overwritten(desk: Desk) -> None:
    desk.backup()
    assert desk.backup().exit_code == ExitCode.REFUSED
    result = desk.restore()
    assert result.exit_code == ExitCode.REFUSED
    assert "ledger-stands" in result.stderr


def test_a_damaged_one_is_named_before_anything_is_made(desk: Desk) -> None:
    desk.backup()
    path = desk.folder / "b" / "0" / "heads.copy.gz"
    path.write_bytes(path.read_bytes() + b"x")
    desk.lose_the_database()
    result = desk.restore()
    assert result.exit_code == ExitCode.REFUSED
    assert "heads.copy.gz" in result.stderr
    assert desk.store.run("SELECT FROM pg_namespace WHERE nspname = 'daybook'") == []


def test_without_keys_nothing_personal_comes_back(desk: Desk) -> None:
    result = desk.backup("b", "--without-keys")
    assert "without its keys" in result.stdout
    assert not (desk.folder / "b.keys").exists()
    desk.lose_the_database()
    assert desk.restore("b", "--without-keys").exit_code == ExitCode.DONE
    assert len(desk.command.rows("log")) == 2
    desk.record("cid")


@pytest.mark.parametrize("verb", ["backup", "restore"])
@pytest.mark.parametrize("flags", [[], ["--keys", "k", "--without-keys"]])
def test_what_becomes_of_the_keys_is_said(desk: Desk, verb: str, flags: list[str]) -> None:
    result = desk.command(verb, str(desk.folder / "b"), *flags)
    assert (result.exit_code, result.stdout) == (ExitCode.USAGE, "")
    assert "--without-keys" in result.stderr


def test_a_key_that_is_missing_is_asked_for(desk: Desk) -> None:
    (desk.folder / "keys").rename(desk.folder / "keys.away")
    result = desk.backup()
    assert result.exit_code == ExitCode.DONE
    assert "What it holds of persons cannot be opened." in result.stderr
    desk.lose_the_database()
    result = desk.restore()
    assert result.exit_code == ExitCode.DONE
    assert "seal-key-missing" in result.stderr
    assert "key-missing" in result.stderr
    (desk.folder / "keys.away").rename(desk.folder / "keys")
    desk.record("cid")


def test_the_key_from_the_environment_is_named(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    kek = desk.folder / "keys" / "kek"
    monkeypatch.setenv("DAYBOOK_KEK", kek.read_text().strip())
    kek.unlink()
    result = desk.backup()
    assert result.stderr == ""
    assert "  DAYBOOK_KEK\n" in result.stdout


def test_lost_checkpoints_are_asked_for(desk: Desk) -> None:
    desk.backup()
    (desk.folder / "checkpoints").rename(desk.folder / "away")
    desk.lose_the_database()
    result = desk.restore()
    assert result.exit_code == ExitCode.MISCONFIGURED
    assert "--without-checkpoints" in result.stderr
    result = desk.restore("b", *desk.keys("b"), "--without-checkpoints")
    assert result.exit_code == ExitCode.DONE
    assert "daybook seal checkpoint --anew" in result.stderr
    assert desk.command("seal", "checkpoint", "--anew").exit_code == ExitCode.DONE
    desk.record("cid")


def test_progress_is_shown_to_a_person(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    assert "copying" in desk.backup().stderr
    desk.lose_the_database()
    result = desk.restore()
    assert "checking" in result.stderr
    assert "restoring" in result.stderr
