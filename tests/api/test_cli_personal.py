"""Personal data at the command line and over HTTP: sealed unless asked for, found, disclosed, under a KEK."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest

from api.exits import ExitCode
from domain.ledger import Ledger
from domain.notary.proof import EntryProof
from domain.vault.keys import LocalKek
from tests.api.doors import Client, Command, Plain, customer, document
from tests.api.people import People
from tests.database import Store

NAME, PHONE, ADDRESS = "Harbour Mills", "+86 571 0000 0142", "Quay 3, Harbour District"
TOLD = {"name": NAME, "phone": PHONE, "address": ADDRESS}
HIDDEN = dict.fromkeys(TOLD, "[sealed]")


@pytest.fixture
def who(command: Command) -> str:
    """A customer of whom something personal is recorded."""
    name = customer()
    person = document(name, "ContactPersonAdded", person="p-1", name="The works manager")
    command.rows("record", "-", given=[document(name, kind="organisation", **TOLD), person])
    return name


@pytest.fixture
def entry_id(command: Command, who: str) -> str:
    """The id of the registration."""
    (row,) = [it for it in command.rows("log", "--tail", "2") if it["type"] == "CustomerRegistered"]
    return str(row["id"])


def _personal(state: Plain) -> Plain:
    return {name: state["party"][name] for name in TOLD}


class TestViews:
    def test_a_customer_shows_it_only_when_asked(self, command: Command, who: str) -> None:
        (row,) = command.rows("customer", "show", who)
        assert _personal(row["state"]) == HIDDEN
        assert row["state"]["party"]["persons"][0]["name"] == "[sealed]"
        (row,) = command.rows("customer", "show", who, "--personal")
        assert _personal(row["state"]) == TOLD
        assert row["state"]["party"]["persons"][0]["name"] == "The works manager"
        assert NAME in command("customer", "show", who, "--personal").stdout
        assert NAME not in command("customer", "show", who).stdout

    def test_an_entry_shows_it_only_when_asked(self, command: Command, entry_id: str) -> None:
        (row,) = command.rows("entry", entry_id)
        assert row["data"] == HIDDEN | {"kind": "organisation"}
        (row,) = command.rows("entry", entry_id, "--personal")
        assert row["data"] == TOLD | {"kind": "organisation"}
        raw = json.loads(command("entry", entry_id, "--raw").stdout)
        assert raw["data"]["name"].startswith("sealed:1:customer:")
        assert command("entry", entry_id, "--raw", "--personal").exit_code == ExitCode.USAGE

    def test_a_log_hides_it(self, command: Command, who: str) -> None:
        rows = command.rows("log", "--tail", "2")
        assert {it["data"]["name"] for it in rows} == {"[sealed]"}
        assert NAME not in command("log", "--tail", "2").stdout

    def test_http_hides_it(self, client: Client, who: str, entry_id: str) -> None:
        for path in (f"/customers/{who}", f"/entries/{entry_id}", "/log?limit=1000"):
            said = client.get(path).text
            assert "[sealed]" in said
            assert not any(text in said for text in TOLD.values())
            assert "sealed:1:" not in said
        assert "[sealed]" in client.get("/openapi.json").json()["info"]["description"]

    def test_it_needs_the_scope(self, command: Command, people: People, who: str, entry_id: str) -> None:
        people.act_by(people.key("read"))
        command.rows("customer", "show", who)
        for args in (
            ["customer", "show", who, "--personal"],
            ["entry", entry_id, "--personal"],
            ["find", "--name", NAME],
            ["disclose", entry_id, "name"],
            ["kek", "show"],
            ["kek", "rotate"],
        ):
            (row,) = command.rows(*args, code=ExitCode.REFUSED)
            assert row["problem"]["code"] == "scope-missing"
        people.act_by(people.key("read:personal"))
        assert _personal(command.rows("customer", "show", who, "--personal")[0]["state"]) == TOLD

    def test_who_was_erased_reads_erased(self, command: Command, ledger: Ledger, who: str) -> None:
        ledger.need_vault().destroy(f"customer:{who}", 0)
        (row,) = command.rows("customer", "show", who, "--personal")
        assert _personal(row["state"]) == dict.fromkeys(TOLD, "[erased]")
        assert row["state"]["party"]["persons"][0]["name"] == "The works manager"
        assert {"stream": f"customer:{who}", "subject": f"customer:{who}"} not in command.rows(
            "find", "--name", NAME
        )


class TestFind:
    @pytest.mark.parametrize(
        ("option", "text"),
        [("--name", "harbour  MILLS"), ("--phone", "0571-00000142"), ("--address", ADDRESS.upper())],
    )
    def test_a_customer_is_found(self, command: Command, who: str, option: str, text: str) -> None:
        found = {"stream": f"customer:{who}", "subject": f"customer:{who}"}
        assert found in command.rows("find", option, text)
        assert f"customer:{who}\n" in command("find", option, text).stdout

    def test_a_contact_person_is_found(self, command: Command, who: str) -> None:
        found = {"stream": f"customer:{who}", "subject": f"customer:{who}/person/p-1"}
        assert found in command.rows("find", "--name", "the works manager")

    def test_nobody_is_no_error(self, command: Command) -> None:
        result = command("find", "--name", "Nobody of this name")
        assert (result.exit_code, result.stdout) == (ExitCode.DONE, "")
        assert "Nobody is found." in result.stderr

    def test_what_cannot_be_sought_is_refused(self, command: Command) -> None:
        assert command("find").exit_code == ExitCode.USAGE
        assert command("find", "--name", "a", "--phone", "1").exit_code == ExitCode.USAGE
        (row,) = command.rows("find", "--phone", "-", code=ExitCode.REFUSED)
        assert (row["problem"]["field"], row["problem"]["code"]) == ("phone", "invalid-value")


class TestDisclose:
    def test_one_field_is_proved_and_no_other(self, command: Command, entry_id: str, tmp_path: Path) -> None:
        path = tmp_path / "name.tlog-proof"
        told = command("disclose", entry_id, "name", "--reason", "court", "--out", str(path))
        assert NAME in told.stderr
        keys = [str(row["vkey"]) for row in command.rows("seal", "keys")]
        (row,) = command.rows("verify-proof", str(path), "--key", keys[-1])
        assert (row["entry"]["id"], row["disclosed"]) == (entry_id, {"name": NAME})
        assert NAME in command("verify-proof", str(path), "--key", keys[-1]).stdout
        extra = base64.b64decode(path.read_text().splitlines()[1].partition(" ")[2]).decode()
        assert PHONE not in extra

    def test_it_is_kept_who_asked_and_why(self, command: Command, entry_id: str) -> None:
        command.rows("disclose", entry_id, "phone", "--reason", "court")
        (row,) = command.rows("log", "--tail", "1")
        assert row["type"] == "PersonalDataDisclosed"
        assert row["data"] == {"entry": entry_id, "field": "phone", "reason": "court", "principal": "owner"}

    def test_it_goes_through_a_pipe(self, command: Command, entry_id: str) -> None:
        (row,) = command.rows("disclose", entry_id, "name")
        assert (row["field"], row["text"], len(base64.b64decode(row["salt"]))) == ("name", NAME, 16)
        keys = [str(it["vkey"]) for it in command.rows("seal", "keys")]
        (told,) = command.rows("verify-proof", "-", "--key", keys[-1], given=row["proof"])
        assert told["disclosed"] == {"name": NAME}
        assert command("disclose", entry_id, "name").stdout.startswith("c2sp.org/tlog-proof@v1\n")

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"text": "Harbour Mill"}, "commitment-differs"),
            ({"salt": base64.b64encode(bytes(16)).decode()}, "commitment-differs"),
            ({"field": "phone"}, "commitment-differs"),
            ({"field": "kind"}, "not-sealed"),
            ({"salt": "?"}, "malformed-proof-file"),
            ({"more": "x"}, "malformed-proof-file"),
            ({"text": 7}, "malformed-proof-file"),
        ],
    )
    def test_a_changed_word_is_not_proved(
        self, command: Command, entry_id: str, change: Plain, code: str
    ) -> None:
        (row,) = command.rows("disclose", entry_id, "name")
        proof = EntryProof.parse(row["proof"].encode())
        said = [{**proof.more["disclosed"][0], **change}]
        forged = EntryProof(proof.file, proof.entry, {"disclosed": said}).to_bytes().decode()
        keys = [str(it["vkey"]) for it in command.rows("seal", "keys")]
        args = ["verify-proof", "-", "--key", keys[-1]]
        code_told = ExitCode.NOT_HERE if code == "not-sealed" else ExitCode.REFUSED
        (row,) = command.rows(*args, given=forged, code=code_told)
        assert row["problem"]["code"] == code

    @pytest.mark.parametrize(("field", "code"), [("kind", "not-sealed"), ("none", "not-sealed")])
    def test_what_is_not_sealed_is_not_disclosed(
        self, command: Command, entry_id: str, field: str, code: str
    ) -> None:
        (row,) = command.rows("disclose", entry_id, field, code=ExitCode.NOT_HERE)
        assert row["problem"]["code"] == code

    def test_what_was_erased_is_not_disclosed(
        self, command: Command, ledger: Ledger, who: str, entry_id: str
    ) -> None:
        ledger.need_vault().destroy(f"customer:{who}", 0)
        (row,) = command.rows("disclose", entry_id, "name", code=ExitCode.NOT_HERE)
        assert row["problem"]["code"] == "erased"

    def test_an_entry_that_is_not_here(self, command: Command) -> None:
        command.rows("disclose", str(uuid4()), "name", code=ExitCode.NOT_HERE)


class TestKek:
    @pytest.fixture
    def keys(self, store: Store, elsewhere: Callable[[Store], Path], command: Command) -> Path:
        """The folder of keys of a ledger of a test's own, in which something personal is recorded."""
        folder = elsewhere(store) / "keys"
        command.rows("init")
        command.rows(
            "record",
            "-",
            given=[document("1", kind="person", **TOLD), document("2", kind="person", name="Ann")],
        )
        return folder

    def test_it_is_rotated(self, command: Command, keys: Path) -> None:
        (before,) = command.rows("kek", "show")
        assert before == {"kek": before["kek"], "wrapped": {before["kek"]: 3}, "destroyed": 0}
        (row,) = command.rows("kek", "rotate")
        assert row == {"kek": row["kek"], "wrapped": 3, "wrapped_by_others": 0}
        (after,) = command.rows("kek", "show")
        assert after == {"kek": row["kek"], "wrapped": {row["kek"]: 3}, "destroyed": 0}
        assert after["kek"] != before["kek"]
        (shown,) = command.rows("customer", "show", "1", "--personal")
        assert _personal(shown["state"]) == TOLD
        assert "wraps 3 keys, and is in use" in command("kek", "show").stdout
        assert sorted(it.name for it in keys.glob("kek*")) == [
            "kek",
            f"kek.{before['kek'].partition(':')[2]}",
            "kek.lock",
        ]

    def test_a_missing_key_is_said_by_those_who_need_it(self, command: Command, keys: Path) -> None:
        (keys / "kek").unlink()
        for args in (["customer", "show", "1", "--personal"], ["find", "--name", NAME], ["kek", "rotate"]):
            (row,) = command.rows(*args, code=ExitCode.MISCONFIGURED)
            assert row["problem"]["code"] == "key-missing"
            assert "DAYBOOK_KEK" in row["problem"]["hint"]
        (row,) = command.rows(
            "record", "-", given=document("3", kind="person", name="Eve"), code=ExitCode.MISCONFIGURED
        )
        assert row["problem"]["code"] == "key-missing"
        command.rows("init")
        assert not (keys / "kek").exists()
        command.rows("record", "-", given=document("3"))
        (row,) = command.rows("customer", "show", "1")
        assert _personal(row["state"]) == HIDDEN

    def test_a_wrong_key_is_said_and_makes_no_other(
        self, command: Command, keys: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        right = (keys / "kek").read_text()
        (keys / "kek").write_text(base64.b64encode(bytes(32)).decode())
        for args in (["customer", "show", "1", "--personal"], ["kek", "rotate"]):
            (row,) = command.rows(*args, code=ExitCode.MISCONFIGURED)
            assert row["problem"]["code"] == "wrong-key"
        given = document("3", kind="person", name="Eve")
        (row,) = command.rows("record", "-", given=given, code=ExitCode.MISCONFIGURED)
        assert row["problem"]["code"] == "wrong-key"
        monkeypatch.setenv("DAYBOOK_KEK", right.strip())
        command.rows("record", "-", given=given)
        (row,) = command.rows("kek", "show")
        assert row["wrapped"] == {LocalKek.from_text(right).name: 4}

    def test_a_key_of_the_environment_is_rotated_into_the_folder(
        self, command: Command, keys: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("DAYBOOK_KEK", (keys / "kek").read_text().strip())
        (keys / "kek").unlink()
        told = command("kek", "rotate")
        assert (told.exit_code, "DAYBOOK_KEK still holds" in told.stderr) == (ExitCode.DONE, True)
        monkeypatch.delenv("DAYBOOK_KEK")
        (row,) = command.rows("customer", "show", "1", "--personal")
        assert _personal(row["state"]) == TOLD
