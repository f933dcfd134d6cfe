"""`daybook key`: made, shown once, listed, revoked; and what each scope opens."""

import re
from uuid import uuid4

import pytest

from api.exits import ExitCode
from domain.authority import SCOPES
from tests.api.doors import Command, customer, document
from tests.api.people import People

KEY = re.compile(r"daybook_[0-9a-f]{12}_[A-Za-z0-9_-]{43}")


class TestKeys:
    def test_a_key_is_shown_once(self, command: Command) -> None:
        result = command("key", "create", "--name", "Ann, billing", "--scope", "record", "--scope", "read")
        assert KEY.fullmatch(result.stdout.strip())
        assert "Ann, billing" in result.stderr
        listed = command("key", "list")
        assert "Ann, billing" in listed.stdout
        secret = result.stdout.strip().rpartition("_")[2]
        assert secret not in listed.stdout
        assert not KEY.search(str(command.rows("key", "list")))

    def test_it_says_who_may_do_what_until_when(self, command: Command) -> None:
        flags = ["--name", "Audit", "--scope", "audit", "--expires", "2999-12-31"]
        (row,) = command.rows("key", "create", *flags)
        (listed,) = [it for it in command.rows("key", "list") if it["id"] == row["id"]]
        assert listed == {name: it for name, it in row.items() if name != "key"}
        assert (listed["scopes"], listed["status"], listed["created_by"]) == (["audit"], "active", "owner")
        assert listed["expires_at"] == "2999-12-31T15:59:59.999999Z"

    def test_it_is_revoked(self, command: Command, people: People) -> None:
        text = people.key("read")
        key_id = text.split("_")[1]
        assert "is revoked" in command("key", "revoke", key_id).stdout
        (row,) = command.rows("key", "revoke", key_id, code=ExitCode.REFUSED)
        assert row["problem"]["code"] == "already-ended"
        (row,) = command.rows("key", "revoke", "none", code=ExitCode.NOT_HERE)
        assert row["problem"]["code"] == "no-such-key"
        people.act_by(text)
        (row,) = command.rows("log", code=ExitCode.REFUSED)
        assert (row["problem"]["code"], row["problem"]["field"]) == ("key-refused", "DAYBOOK_KEY")
        assert "revoked" in row["problem"]["hint"]

    @pytest.mark.parametrize(
        "args",
        [
            ["--name", "Ann", "--scope", "write"],
            ["--name", "", "--scope", "read"],
            ["--name", "Ann", "--scope", "read", "--expires", "2001-01-01"],
            ["--name", "Ann", "--scope", "read", "--expires", "soon"],
        ],
    )
    def test_what_cannot_be_a_key_is_refused(self, command: Command, args: list[str]) -> None:
        command.rows("key", "create", *args, code=ExitCode.REFUSED)


class TestScopes:
    @pytest.mark.parametrize("scope", SCOPES)
    def test_a_key_opens_what_it_was_made_for_and_nothing_else(
        self, command: Command, people: People, scope: str
    ) -> None:
        who = customer()
        registered = document(who)
        (entry,) = command.rows("record", "-", given=registered)
        needed = {
            "record": ["void", "propose", entry["receipts"][0]["id"], "--reason", "doubled"],
            "read": ["customer", "show", who],
            "comply": ["hold", "place", who, "--name", str(uuid4()), "--basis", "lawsuit"],
            "approve": ["void", "make", str(uuid4())],
            "admin": ["key", "list"],
            "read:personal": ["customer", "show", who, "--personal"],
            "audit": ["prove", entry["receipts"][0]["id"]],
        }
        people.act_by(people.key(scope))
        for wanted, args in needed.items():
            result = command(*args, "--json")
            missing = '"scope-missing"' in result.stdout
            assert missing == (wanted != scope), (wanted, result.output)
            assert missing <= (result.exit_code == ExitCode.REFUSED)

    def test_recording_and_importing_need_to_record(self, command: Command, people: People) -> None:
        people.act_by(people.key("read"))
        (row,) = command.rows("record", "-", given=document(customer()), code=ExitCode.REFUSED)
        assert (row["problem"]["code"], row["problem"]["value"]) == ("scope-missing", "record")
        (row,) = command.rows("import", "accounts_receivable", __file__, code=ExitCode.REFUSED)
        assert row["problem"]["code"] == "scope-missing"

    def test_nobody_mints_what_they_lack(self, command: Command, people: People) -> None:
        people.act_by(people.key("admin"))
        flags = ["--name", "Ben", "--scope", "approve"]
        (row,) = command.rows("key", "create", *flags, code=ExitCode.REFUSED)
        assert (row["problem"]["code"], row["problem"]["value"]) == ("scope-missing", "approve")

    def test_the_key_is_never_shown(self, command: Command, people: People) -> None:
        text = people.key("read")
        people.act_by(text)
        assert text not in command("settings").output
        people.act_by(text + "x")
        result = command("log")
        assert result.exit_code == ExitCode.REFUSED
        assert text not in result.output
