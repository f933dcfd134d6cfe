"""`daybook customer show`, `log`, `entry` and `events`: what is asked, what is answered."""

import json
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from api.commands import history
from api.exits import ExitCode
from domain.events import REGISTER
from domain.events.coverage import ITEMS_TOTAL
from domain.ledger import Ledger
from domain.refusals import DatabaseGone
from tests.api.doors import Command, Plain, customer, document, invoice
from tests.database import Store


def _promise(who: str, number: int) -> Plain:
    """A promise made an hour after the one before."""
    at = {"occurred_at": f"2026-02-01T{number:02}:00:00Z"}
    return document(who, "PromiseMade", promise=f"p-{number}", what="We call back.") | at


class TestCustomer:
    def test_a_state_is_told_with_its_question(self, command: Command) -> None:
        who = customer()
        command.rows(
            "record", "-", given=[document(who, name="Harbour Mills", kind="organisation"), invoice(who)]
        )
        said = command("customer", "show", who, "--personal").stdout
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
        said = command("customer", "show", who, "--personal").stdout
        assert "\x1b" not in said
        assert "\x07" not in said
        assert "\u202e" not in said
        assert "[red]" in said

    @pytest.mark.parametrize("clock", ["--as-of", "--known-at", "--at"])
    @pytest.mark.parametrize("text", ["", "yesterday"])
    def test_what_is_no_time_is_refused(self, command: Command, clock: str, text: str) -> None:
        (row,) = command.rows("customer", "show", "1", clock, text, code=ExitCode.REFUSED)
        assert (row["problem"]["code"], row["problem"]["value"]) == ("invalid-value", text)

    def test_of_long_lists_the_last_rows_are_shown_unless_all_are_asked_for(self, command: Command) -> None:
        who = customer()
        command.rows("record", "-", given=[document(who), *(invoice(who, f"inv-{n}") for n in range(12))])
        command.rows("record", "-", given=[_promise(who, n) for n in range(12)])
        said = command("customer", "show", who).stdout
        assert "and 2 earlier, which --all shows" in said
        assert "inv-0" in said
        assert "p-11" in said
        assert "p-0 " not in said
        assert "p-0 " in command("customer", "show", who, "--all").stdout

    def test_a_simulated_clock_is_named(
        self, command: Command, simulated_store: Store, elsewhere: Callable[[Store], Path]
    ) -> None:
        elsewhere(simulated_store)
        command.rows("init")
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

    def test_a_follower_waits_for_a_database_that_is_away(
        self, command: Command, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (row,) = command.rows("record", "-", given=document(customer()))
        read = Ledger.log
        faults: list[BaseException | None] = []

        def log(ledger: Ledger, **asked: int) -> object:
            fault = faults.pop(0)
            if fault is not None:
                raise fault
            return read(ledger, **asked)

        monkeypatch.setattr(Ledger, "log", log)
        monkeypatch.setattr(history, "LOOK_SECONDS", 0)
        faults[:] = [DatabaseGone(hint="It starts."), None, KeyboardInterrupt()]
        followed = command("log", "--tail", "1", "--follow", "--json")
        assert (followed.exit_code, json.loads(followed.stdout)["id"]) == (ExitCode.INTERRUPTED, row["id"])
        assert followed.stderr == "Waiting for the database: It starts.\n"
        faults[:] = [DatabaseGone(hint="It starts.")]
        assert command("log", "--tail", "1").exit_code == ExitCode.UNAVAILABLE

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
