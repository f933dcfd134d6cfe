"""`daybook prove`, `verify-proof` and `seal`, and what every command does where the log cannot be sealed."""

from collections.abc import Callable
from pathlib import Path

import pytest

from api.exits import ExitCode
from api.opening import notary_of
from api.output import Screen
from api.serving import _warn
from domain.ledger import Ledger
from domain.seal.keys import Verifier
from domain.seal.note import parse_note
from tests.api.doors import Command, client_of, customer, document, problem
from tests.database import Store
from tests.domain.notary.witness import TestWitness

NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"


def recorded(command: Command) -> str:
    """Record an entry, and return its id."""
    (row,) = command.rows("record", "-", given=document(customer()))
    return str(row["receipts"][0]["id"])


def keys_of(command: Command) -> list[str]:
    return [str(row["vkey"]) for row in command.rows("seal", "keys")]


@pytest.fixture
def proof(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, str, str]:
    """A proof in a file, the id of its entry, and the log's key; from here on there is no ledger."""
    entry_id, (*_, vkey) = recorded(command), keys_of(command)
    path = tmp_path / "entry.tlog-proof"
    assert command("prove", entry_id, "--out", str(path)).exit_code == 0
    monkeypatch.setenv("DAYBOOK_DATABASE_URL", NOWHERE)
    return path, entry_id, vkey


class TestProof:
    def test_it_is_checked_without_a_ledger(self, command: Command, proof: tuple[Path, str, str]) -> None:
        path, entry_id, vkey = proof
        assert command("log").exit_code == ExitCode.UNAVAILABLE
        (row,) = command.rows("verify-proof", str(path), "--key", vkey)
        assert (row["entry"]["id"], row["entry"]["type"]) == (entry_id, "CustomerRegistered")
        assert row["entry"]["occurred_at"] == "2026-01-31T09:00:00.000000Z"
        assert row["entry"].keys() == {"id", "stream", "version", "type", "occurred_at", "recorded_at"}
        assert (row["log"], row["signed_by"], row["cosigned_by"]) == ("test/0", vkey, [])
        assert 1 <= row["position"] <= row["size"]

    def test_it_is_told_to_people(self, command: Command, proof: tuple[Path, str, str]) -> None:
        path, entry_id, vkey = proof
        said = command("verify-proof", str(path), "--key", vkey).stdout
        assert said.startswith("Proved.\n")
        for expected in (entry_id, "CustomerRegistered", "position", "size", "test/0"):
            assert expected in said

    def test_it_goes_through_a_pipe(self, command: Command) -> None:
        entry_id = recorded(command)
        text = command("prove", entry_id).stdout
        (row,) = command.rows("prove", entry_id)
        assert (row["proof"], row["entry"]) == (text, entry_id)
        (told,) = command.rows("verify-proof", "-", "--key", keys_of(command)[-1], given=text)
        assert told["position"] == row["position"]

    def test_another_key_proves_nothing(self, command: Command, proof: tuple[Path, str, str]) -> None:
        path, _, vkey = proof
        other = Verifier("test/0", bytes(32)).vkey
        (row,) = command.rows("verify-proof", str(path), "--key", other, code=ExitCode.REFUSED)
        assert row["problem"]["code"] == "not-signed"
        assert command("verify-proof", str(path), "--key", other, "--key", vkey).exit_code == 0

    @pytest.mark.parametrize(
        ("old", "new", "code"),
        [
            ("index ", "index 9999", "not-in-tree"),
            ("c2sp.org/tlog-proof@v1", "c2sp.org/tlog-proof@v2", "malformed-proof-file"),
            ("test/0\n", "test/1\n", "bad-signature"),
        ],
    )
    def test_what_was_changed_is_told_by_its_reason(
        self, command: Command, proof: tuple[Path, str, str], old: str, new: str, code: str
    ) -> None:
        path, _, vkey = proof
        path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
        (row,) = command.rows("verify-proof", str(path), "--key", vkey, code=ExitCode.REFUSED)
        assert row["problem"]["code"] == code

    @pytest.mark.parametrize("key", ["", "test/0", "test/0+00000000+AAAA"])
    def test_a_key_that_is_none_is_refused(
        self, command: Command, proof: tuple[Path, str, str], key: str
    ) -> None:
        (row,) = command.rows("verify-proof", str(proof[0]), "--key", key, code=ExitCode.REFUSED)
        assert row["problem"]["code"] == "malformed-key"

    def test_a_key_and_a_file_are_needed(self, command: Command, proof: tuple[Path, str, str]) -> None:
        path, _, vkey = proof
        assert command("verify-proof", str(path)).exit_code == ExitCode.USAGE
        result = command("verify-proof", str(path.with_name("none")), "--key", vkey)
        assert result.exit_code == ExitCode.REFUSED
        assert "cannot be read" in result.stderr

    def test_what_is_not_there_is_not_proved(self, command: Command, tmp_path: Path) -> None:
        nobody = "0198c0de-0000-7000-8000-000000000001"
        assert command("prove", nobody).exit_code == ExitCode.NOT_HERE
        out = str(tmp_path / "no" / "folder")
        assert "cannot be written" in command("prove", recorded(command), "--out", out).stderr

    def test_an_entry_that_no_checkpoint_of_a_size_covers(self, command: Command) -> None:
        recorded(command)
        (row,) = command.rows("prove", recorded(command), "--checkpoint", "1", code=ExitCode.NOT_HERE)
        assert row["problem"]["code"] == "not-sealed-yet"


class TestWitnesses:
    def test_a_checkpoint_comes_back_with_cosignatures(self, command: Command, tmp_path: Path) -> None:
        entry_id, witness = recorded(command), TestWitness("witness.example/w1")
        note = command("seal", "checkpoint").stdout
        size = note.split("\n")[1]
        path = tmp_path / "checkpoint"
        path.write_bytes(witness.cosign(note.encode()))
        vkey = witness.public.vkey
        (row,) = command.rows("seal", "checkpoint", "--cosigned", str(path), "--witness", vkey)
        assert row == {"log": "test/0", "size": int(size), "cosigned_by": ["witness.example/w1"]}
        recorded(command)
        text = command("prove", entry_id, "--checkpoint", size).stdout
        trust = ["--key", keys_of(command)[-1], "--witness", vkey]
        (told,) = command.rows("verify-proof", "-", *trust, given=text)
        assert told["cosigned_by"] == [{"name": "witness.example/w1", "at": "2026-01-09T23:06:40+00:00"}]
        assert "cosigned_by" in command("verify-proof", "-", *trust, given=text).stdout

    def test_a_witness_that_is_missing_is_told(self, command: Command) -> None:
        text = command("prove", recorded(command)).stdout
        witness = TestWitness("witness.example/w1").public.vkey
        args = ["verify-proof", "-", "--key", keys_of(command)[-1], "--witness", witness]
        (row,) = command.rows(*args, given=text, code=ExitCode.REFUSED)
        assert (row["problem"]["code"], row["problem"]["value"]) == ("not-signed", "witness.example/w1")

    def test_a_checkpoint_of_nobody_is_refused(self, command: Command) -> None:
        recorded(command)
        note = command("seal", "checkpoint").stdout
        witness = TestWitness("witness.example/w1").public.vkey
        for given, code in ((note, "not-signed"), ("x", "malformed-note")):
            args = ["seal", "checkpoint", "--cosigned", "-", "--witness", witness]
            (row,) = command.rows(*args, given=given, code=ExitCode.REFUSED)
            assert row["problem"]["code"] == code
        assert command("seal", "checkpoint", "--witness", witness).exit_code == ExitCode.USAGE


class TestKeys:
    @pytest.fixture
    def own(self, store: Store, command: Command, elsewhere: Callable[[Store], Path]) -> Path:
        """A ledger of the test's own; returns the folder of its folders."""
        folder = elsewhere(store)
        said = command("init").stdout
        assert str(folder / "keys") in said.replace("\n", "")
        return folder

    def test_init_makes_them_once(self, command: Command, own: Path) -> None:
        before = keys_of(command)
        assert "keys" not in command("init").stdout
        assert keys_of(command) == before
        assert command("seal", "keys").stdout == f"{before[0]}\n"
        assert (own / "checkpoints" / "0" / "checkpoint").exists()

    def test_they_can_be_changed(self, command: Command, own: Path) -> None:
        entry_id = recorded(command)
        before = command("prove", entry_id).stdout
        (row,) = command.rows("seal", "rotate")
        old, new = keys_of(command)
        assert (row["vkey"], row["from_size"], row["shard"]) == (new, 1, 0)
        assert len(parse_note(row["checkpoint"].encode()).signatures) == 2
        recorded(command)
        after = command("prove", entry_id).stdout
        for text, trusted, other in ((before, old, new), (after, new, old)):
            assert command("verify-proof", "-", "--key", trusted, given=text).exit_code == 0
            assert command("verify-proof", "-", "--key", other, given=text).exit_code == ExitCode.REFUSED
        assert len(list((own / "keys").glob("seal-0.*.key"))) == 1
        assert command("seal", "rotate", "--shard", "0", "--remove-old").exit_code == 0
        assert len(list((own / "keys").glob("seal-0.*.key"))) == 1
        assert command("seal", "rotate", "--shard", "1").exit_code == ExitCode.REFUSED

    def test_without_them_nothing_is_recorded_and_all_is_read(self, command: Command, own: Path) -> None:
        recorded(command)
        (own / "keys").rename(own / "lost")
        (row,) = command.rows("record", "-", given=document(customer()), code=ExitCode.MISCONFIGURED)
        assert row["problem"]["code"] == "seal-key-missing"
        assert str(own / "keys" / "seal-0.key") in row["problem"]["value"]
        assert len(command.rows("log")) == 1
        assert len(keys_of(command)) == 1
        assert command("prove", command.rows("log")[0]["id"]).exit_code == 0
        (own / "lost").rename(own / "keys")
        recorded(command)

    def test_keys_of_another_ledger_are_not_taken(
        self,
        command: Command,
        own: Path,
        simulated_store: Store,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setenv("DAYBOOK_DATABASE_URL", simulated_store.url)
        monkeypatch.setenv("DAYBOOK_OWNER_URL", simulated_store.database.owner_url)
        (row,) = command.rows("init", code=ExitCode.MISCONFIGURED)
        assert row["problem"]["code"] == "checkpoint-not-ours"
        monkeypatch.setenv("DAYBOOK_CHECKPOINTS", str(own / "others"))
        (row,) = command.rows("init", code=ExitCode.MISCONFIGURED)
        assert row["problem"]["code"] == "seal-key-wrong"
        assert str(own / "keys" / "seal-0.key") in row["problem"]["value"]

    def test_checkpoints_that_are_lost_are_begun_anew_when_told(self, command: Command, own: Path) -> None:
        recorded(command)
        (own / "checkpoints").rename(own / "lost")
        args = ["record", "-"]
        (row,) = command.rows(*args, given=document(customer()), code=ExitCode.MISCONFIGURED)
        assert row["problem"]["code"] == "checkpoints-missing"
        assert "daybook seal checkpoint --anew" in row["problem"]["hint"]
        assert command("seal", "checkpoint").exit_code == ExitCode.MISCONFIGURED
        assert command("seal", "checkpoint", "--anew").exit_code == 0
        recorded(command)

    def test_several_folders_hold_the_same(
        self, command: Command, own: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("DAYBOOK_CHECKPOINTS", f"{own / 'checkpoints'}:{own / 'far'}")
        recorded(command)
        latest = [(own / name / "0" / "checkpoint").read_bytes() for name in ("checkpoints", "far")]
        assert latest[0] == latest[1]
        assert latest[0].split(b"\n")[1] == b"1"


class TestForked:
    """A ledger whose checkpoints are gone, behind both doors."""

    @pytest.fixture
    def ledger(self, home: Store, folders: tuple[Path, Path], tmp_path: Path) -> Ledger:
        """The ledger, open with a notary that finds no checkpoints."""
        notary = notary_of(home.url, folders[0], [tmp_path / "none"])
        return Ledger.open(home.url, notary=notary)

    def test_the_http_door_refuses_to_record_and_says_why(self, ledger: Ledger) -> None:
        with ledger, client_of(ledger) as client:
            plain = problem(client.post("/entries", json=document(customer())), 503)
            assert (plain["code"], plain["retry"]) == ("checkpoints-missing", False)
            assert client.get("/log").status_code == 200
            (state,) = client.get("/health").json()["seals"]
            assert "no checkpoint of it is kept outside" in state["trouble"]

    def test_whoever_starts_the_door_is_warned(
        self, ledger: Ledger, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with ledger:
            _warn(Screen(), ledger)
        assert "warning: The log was signed before" in capsys.readouterr().err

    def test_health_says_how_far_the_log_is_signed(self, home: Store, command: Command) -> None:
        recorded(command)
        with Ledger.open(home.url) as ledger, client_of(ledger) as client:
            (state,) = client.get("/health").json()["seals"]
        assert state["size"] == state["signed"] > 0
        assert state.get("trouble") is None
