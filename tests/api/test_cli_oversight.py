"""What two principals do together at the command line: void, propose, approve, reject, hold."""

import json
from pathlib import Path
from typing import Any

import pytest

from api.exits import ExitCode
from tests.api.doors import Command, customer, document
from tests.api.people import People

Plain = dict[str, Any]


@pytest.fixture
def debtor(command: Command) -> str:
    """A customer who owes five yuan."""
    who = customer()
    charge = document(
        who, "ChargeAssessed", charge="I", kind="fee", amount={"amount": "5.00", "currency": "CNY"}
    )
    assert command("record", "-", given=[document(who), charge]).exit_code == 0
    return who


def write_off(who: str) -> Plain:
    """The document that writes it off."""
    return document(who, "ChargeWrittenOff", write_off="W", charge="I", reason="small")


def entries(command: Command, who: str) -> list[Plain]:
    """The entries of a customer, as the log shows them."""
    rows = command.rows("log", "--limit", "10000")
    return [it for it in rows if it["stream"] == f"customer:{who}"]


class TestVoids:
    def test_two_keys_void_an_entry(self, command: Command, people: People, debtor: str) -> None:
        people.act_by(people.key("record", "read", name="Ann"))
        wrong = entries(command, debtor)[1]
        (proposed,) = command.rows(
            "void", "propose", wrong["id"], "--reason", "wrong-customer", "--remark", "his neighbour's"
        )
        (row,) = command.rows("void", "make", proposed["id"], code=ExitCode.REFUSED)
        assert (row["problem"]["code"], row["problem"]["value"]) == ("scope-missing", "approve")
        (listed,) = command.rows("proposals", debtor)
        assert (listed["proposal"], listed["action"], listed["entry"]) == (
            proposed["id"],
            "EntryVoided",
            wrong["id"],
        )
        assert listed["remark"] == "[sealed]"
        people.act_by(people.key("approve", name="Ben"))
        (made,) = command.rows("void", "make", proposed["id"])
        assert command.rows("void", "make", proposed["id"]) == [made | {"repeated": True}]
        people.act_as_owner()
        assert command.rows("proposals", debtor) == []
        (shown,) = command.rows("customer", "show", debtor)
        assert shown["state"]["accounts"]["by_currency"] == []
        (void,) = shown["state"]["oversight"]["voids"]
        assert (void["id"], void["reason"]) == (wrong["id"], "wrong-customer")
        assert shown["state"]["anomalies"] == []

    def test_one_key_cannot_be_both(self, command: Command, people: People, debtor: str) -> None:
        people.act_by(people.key("record", "read", "approve"))
        wrong = entries(command, debtor)[1]
        (proposed,) = command.rows("void", "propose", wrong["id"], "--reason", "doubled")
        (row,) = command.rows("void", "make", proposed["id"], code=ExitCode.REFUSED)
        assert (row["problem"]["code"], row["problem"]["status"]) == ("same-principal", 403)

    def test_nor_can_the_local_owner(self, command: Command, people: People, debtor: str) -> None:
        wrong = entries(command, debtor)[1]
        (proposed,) = command.rows("void", "propose", wrong["id"], "--reason", "doubled")
        (row,) = command.rows("void", "make", proposed["id"], code=ExitCode.REFUSED)
        assert (row["problem"]["code"], row["problem"]["value"]) == ("same-principal", "owner")
        people.act_by(people.key("approve"))
        assert command("void", "make", proposed["id"]).exit_code == 0

    def test_people_are_told_what_comes_next(self, command: Command, debtor: str) -> None:
        wrong = entries(command, debtor)[1]
        result = command("void", "propose", wrong["id"], "--reason", "doubled", "--remark", "two of them")
        assert "recorded customer:" in result.stdout
        assert "daybook void make " in result.stderr
        assert "two of them" not in command("proposals", debtor).stdout
        shown = command("proposals", debtor, "--personal").stdout
        assert "two of them" in shown
        assert "doubled" in shown

    def test_the_customer_shows_who_voided_what(self, command: Command, people: People, debtor: str) -> None:
        wrong = entries(command, debtor)[1]
        (proposed,) = command.rows("void", "propose", wrong["id"], "--reason", "doubled")
        assert "Proposals" in command("customer", "show", debtor).stdout
        people.act_by(people.key("approve", "read"))
        command.rows("void", "make", proposed["id"])
        shown = command("customer", "show", debtor).stdout
        assert "Voids" in shown
        assert "doubled" in shown

    def test_a_name_that_is_no_word_is_refused(self, command: Command, debtor: str) -> None:
        wrong = entries(command, debtor)[1]
        (row,) = command.rows("void", "propose", wrong["id"], "--reason", "a b", code=ExitCode.REFUSED)
        assert row["problem"]["field"] == "data.reason"
        (row,) = command.rows("void", "make", "nonsense", code=ExitCode.REFUSED)
        assert row["problem"]["code"] == "unknown-proposal"


class TestActions:
    def test_what_needs_approval_is_not_recorded_as_a_document(self, command: Command, debtor: str) -> None:
        (row,) = command.rows("record", "-", given=write_off(debtor), code=ExitCode.REFUSED)
        assert row["problem"]["code"] == "needs-approval"
        assert "daybook propose" in row["problem"]["hint"]

    def test_the_catalogue_names_the_command(self, command: Command) -> None:
        assert "daybook propose" in command("events", "ChargeWrittenOff").stdout
        assert "daybook void make" in command("events", "EntryVoided").stdout
        assert "daybook void" not in command("events", "ChargeAssessed").stdout

    def test_two_keys_have_it_recorded(
        self, command: Command, people: People, debtor: str, tmp_path: Path
    ) -> None:
        path = tmp_path / "write-off.json"
        path.write_text(json.dumps(write_off(debtor)))
        people.act_by(people.key("record", "read", name="Ann"))
        (proposed,) = command.rows("propose", str(path))
        (listed,) = command.rows("proposals", debtor)
        assert listed["data"] == {"charge": "I", "reason": "small", "write_off": "W"}
        assert listed["occurred_at"] == "2026-01-31T09:00:00.000000Z"
        people.act_by(people.key("approve", "read", name="Ben"))
        approved, done = command.rows("approve", proposed["id"])
        assert command.rows("approve", proposed["id"]) == [
            approved | {"repeated": True},
            done | {"repeated": True},
        ]
        last = entries(command, debtor)[-1]
        assert (last["type"], last["id"], last["causation_id"]) == (
            "ChargeWrittenOff",
            done["id"],
            approved["id"],
        )
        assert last["actor"] == {"kind": "staff", "id": "clerk-1"}
        assert command.rows("proposals") == [
            it for it in command.rows("proposals") if it.get("stream") != debtor
        ]

    def test_it_is_turned_down_with_a_reason(self, command: Command, people: People, debtor: str) -> None:
        (proposed,) = command.rows("propose", "-", given=write_off(debtor))
        people.act_by(people.key("approve"))
        command.rows("reject", proposed["id"], "--reason", "debtor-can-pay")
        (row,) = command.rows("approve", proposed["id"], code=ExitCode.REFUSED)
        assert row["problem"]["code"] == "already-settled"

    def test_what_needs_none_is_not_proposed(self, command: Command, debtor: str) -> None:
        (row,) = command.rows("propose", "-", given=document(debtor), code=ExitCode.REFUSED)
        assert (row["problem"]["field"], row["problem"]["value"]) == ("type", "CustomerRegistered")
        (row,) = command.rows("propose", "no-such-file", code=ExitCode.REFUSED)
        assert row["problem"]["field"] == "FILE"


class TestHolds:
    def test_a_hold_is_placed_by_one_and_released_by_two(
        self, command: Command, people: People, debtor: str
    ) -> None:
        people.act_by(people.key("comply", "read"))
        command.rows("hold", "place", debtor, "--name", "H", "--basis", "lawsuit")
        (proposed,) = command.rows("hold", "release", debtor, "--name", "H")
        (shown,) = command.rows("customer", "show", debtor)
        assert "released_at" not in shown["state"]["oversight"]["holds"][0]
        people.act_by(people.key("approve", "read"))
        command.rows("approve", proposed["id"])
        (shown,) = command.rows("customer", "show", debtor)
        assert "released_at" in shown["state"]["oversight"]["holds"][0]


def test_nothing_is_open_in_a_ledger_where_nothing_was_proposed(command: Command) -> None:
    who = customer()
    command("record", "-", given=document(who))
    assert "Nothing is open." in command("proposals", who).stderr
