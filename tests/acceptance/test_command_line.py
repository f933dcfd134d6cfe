"""The command line as a new user meets it: nothing set up, nothing set, an embedded server in the folder."""

import json
import os
import resource
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from tests.acceptance.shell import PATIENCE_SECONDS, Shell, document, variables
from tests.api.doors import Command
from tests.database import Store, new_ledger
from tests.embedded import wait_for

LEFT_FOR_LATER = {"eventsourcing", "fastapi", "msgspec", "psycopg", "pydantic", "rich.progress", "uvicorn"}
"""What takes long to import, and `--help` does without."""
pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The variables that name a ledger in a server that is there already."""
    made = Store(new_ledger())
    yield variables(made, tmp_path_factory.mktemp("served"))
    made.drop()


@pytest.fixture
def shell(served: dict[str, str], tmp_path: Path) -> Shell:
    return Shell(tmp_path, served)


def test_a_first_session(tmp_path: Path) -> None:
    """Ask too early, set up, record, ask, all with a server that comes and goes by itself."""
    shell = Shell(tmp_path)
    early = shell.run("customer", "show", "42")
    assert (early.status, early.out) == (3, "")
    assert "run `daybook init`" in early.err
    assert list(tmp_path.iterdir()) == []

    assert (
        "The ledger Harbour stands" in shell.run("init", "--name", "Harbour", "--zone", "Asia/Shanghai").out
    )
    assert shell.run("init").status == 0
    assert shell.rows("init")[0]["zone"] == "Asia/Shanghai"

    example = shell.run("events", "CustomerRegistered", "--example").out
    first, again = (
        shell.run("record", "-", given=json.dumps({**json.loads(example), "id": ID})) for _ in range(2)
    )
    assert (first.status, again.status) == (0, 0)
    assert first.out.startswith("1: recorded customer:42 version 1, position 1")
    assert again.out == first.out.replace("recorded", "repeated")
    said = shell.run("customer", "show", "42").out
    assert "[sealed]" in said
    assert "Harbour Mills" not in said
    assert "Asia/Shanghai" in said
    assert "Harbour Mills" in shell.run("customer", "show", "42", "--personal").out
    wait_for(lambda: not shell.rows("db", "status")[0]["running"], "the server stops with its last user")


ID = "0198c0de-0000-7000-8000-000000000001"


class TestProcess:
    def test_help_is_quick(self, tmp_path: Path, count: Callable[[str], None]) -> None:
        """What it imports tells; its seconds, even the processor's, also tell what else the machine does."""
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        said = Shell(tmp_path, {"PYTHONPROFILEIMPORTTIME": "1"}).run("--help")
        now = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds = now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime
        count(f"command line: --help took {seconds:.2f} s of a processor")
        imported = {line.rpartition("|")[2].strip() for line in said.err.splitlines()}
        assert said.status == 0
        assert "typer" in imported
        assert imported & LEFT_FOR_LATER == set()

    def test_a_reader_that_leaves_is_no_error(self, shell: Shell) -> None:
        sent = "\n".join(
            json.dumps(document(f"p{n}", "CustomerRegistered", kind="person")) for n in range(300)
        )
        assert shell.run("record", "-", given=sent).status == 0
        process = shell.start("log", "--limit", "10000", "--json")
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(PATIENCE_SECONDS) in {0, 141}
        assert process.stderr.read() == b""
        process.stderr.close()

    def test_ctrl_c_ends_it_quietly(self, shell: Shell) -> None:
        shell.run("record", "-", given=json.dumps(document("c", "CustomerRegistered", kind="person")))
        process = shell.start("log", "--follow", "--json")
        assert process.stdout is not None
        assert process.stdout.readline()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE_SECONDS)
        assert process.returncode == 130
        assert b"Traceback" not in out + err

    def test_follow_shows_what_comes(self, shell: Shell) -> None:
        # Sessions of commands that have ended may linger.
        before = _readers(shell)
        process = shell.start("log", "--tail", "0", "--follow", "--json", stdin=subprocess.DEVNULL)
        wait_for(lambda: _readers(shell) - before, "the follower looks at the log")
        (row,) = shell.rows(
            "record", "-", given=json.dumps(document("f", "CustomerRegistered", kind="person"))
        )
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["id"] == row["id"]
        process.terminate()
        process.communicate(timeout=PATIENCE_SECONDS)

    def test_an_argument_of_any_bytes_is_refused_in_words(self, shell: Shell) -> None:
        said = shell.run("customer", "show", os.fsdecode(b"\xff\xfe"))
        assert said.status == 1
        assert "Traceback" not in said.err
        (row,) = shell.rows("customer", "show", os.fsdecode(b"\xff"), status=1)
        assert row["problem"]["field"] == "ID"


def _readers(shell: Shell) -> set[int]:
    """The sessions whose last statement has read entries; the follower knows by then where the log ends."""
    with psycopg.connect(shell.variables["DAYBOOK_DATABASE_URL"]) as connection:
        found = connection.execute(
            "SELECT pid FROM pg_stat_activity"
            " WHERE datname = current_database() AND query ~ 'daybook.entries' AND pid <> pg_backend_pid()"
        )
        return {pid for (pid,) in found}


def good(name: str, **changes: object) -> dict[str, object]:
    return document(name, "CustomerRegistered", kind="household") | changes


def paid(amount: object) -> dict[str, object]:
    return document("bad", "PaymentReceived", payment="p-1", amount=amount)


CALL = {"interaction": "i-1", "direction": "inbound", "channel": "phone", "purpose": "enquiry"}

BAD_INPUT = {
    "unknown type": (good("bad", type="CustomerRegistred"), "unknown-type", "type", "CustomerRegistred"),
    "unknown field": (
        document("bad", "CustomerRegistered", kind="household", nick="Bo"),
        "unknown-field",
        "data.nick",
        "Bo",
    ),
    "missing field": (document("bad", "CustomerRegistered"), "missing-field", "data.kind", None),
    "wrong unit": (
        document("bad", "InteractionLogged", **CALL, duration_min=5),
        "wrong-unit",
        "data.duration_min",
        "5",
    ),
    "naive time": (
        good("bad", occurred_at="2026-01-31T09:00:00"),
        "naive-time",
        "occurred_at",
        "2026-01-31T09:00:00",
    ),
    "float money": (paid({"amount": 12.3, "currency": "CNY"}), "float-money", "data.amount.amount", "12.3"),
    "bare money": (paid(12.3), "float-money", "data.amount", "12.3"),
    "negative payment": (
        paid({"amount": "-1.00", "currency": "CNY"}),
        "negative-amount",
        "data.amount.amount",
        "-1.00",
    ),
    "future": (good("bad", occurred_at="2999-01-01T00:00:00Z"), "time-in-future", "occurred_at", None),
    "NUL": (
        document("bad", "CustomerRegistered", kind="household", name="a\x00b"),
        "nul-character",
        "data.name",
        None,
    ),
    "oversize": (
        document("bad", "PromiseMade", promise="p", what="x" * 9_000),
        "invalid-value",
        "data.what",
        None,
    ),
    "a line too many": (
        document(
            "bad",
            "InvoiceIssued",
            invoice="i",
            amount={"amount": "1.00", "currency": "CNY"},
            lines=[{"kind": "k" * 80, "amount": {"amount": "1.00", "currency": "CNY"}, "unit": "u" * 80}]
            * 400,
        ),
        "too-large",
        "data",
        None,
    ),
    "version conflict": (good("bad", expected_version=7), "version-conflict", "expected_version", None),
    "unknown case": (document("bad", "CaseClosed", case="c-404"), "unknown-case", "data.case", "c-404"),
    "no stream": (good("bad", stream="customer:"), "invalid-stream", "stream", "customer:"),
    "recorded_at": (good("bad", recorded_at="2026-01-31T09:00:00Z"), "unknown-field", "recorded_at", None),
}


@pytest.mark.parametrize("case", BAD_INPUT)
def test_bad_input_is_refused_with_code_field_and_value(
    served: dict[str, str], monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    for variable, text in served.items():
        monkeypatch.setenv(variable, text)
    sent, code, field, value = BAD_INPUT[case]
    (row,) = Command(CliRunner()).rows("record", "-", given=sent, code=1)
    problem = row["problem"]
    assert (row["status"], problem["code"], problem["retry"]) == ("refused", code, False)
    assert field in {None, problem.get("field")}
    assert value in {None, problem.get("value")}
    assert problem["title"].endswith(".")


def test_what_was_done_already_is_refused(shell: Shell) -> None:
    lines = [
        good("twice") | {"id": ID},
        good("twice", source="another") | {"id": ID},
        document("twice", "CaseOpened", case="c-1", kind="complaint", channel="phone"),
        document("twice", "CaseClosed", case="c-1"),
        document("twice", "CaseClosed", case="c-1"),
        good("twice"),
    ]
    rows = shell.rows("record", "-", given="\n".join(map(json.dumps, lines)), status=1)
    fates = [row.get("problem", {}).get("code", row["status"]) for row in rows]
    assert fates == [
        "recorded",
        "id-reused",
        "recorded",
        "recorded",
        "case-already-closed",
        "already-registered",
    ]
    (state,) = shell.rows("customer", "show", "twice")
    assert state["version"] == 3


def test_a_batch_keeps_what_is_good_whatever_is_bad(shell: Shell) -> None:
    bad = [sent for sent, _, _, _ in BAD_INPUT.values()]
    lines = [it for number, sent in enumerate(bad) for it in (sent, good(f"good-{number}"))]
    said = shell.run("record", "-", "--json", given="\n".join(map(json.dumps, lines)))
    assert said.status == 1
    assert [row["status"] for row in said.rows] == ["refused", "recorded"] * len(bad)
    again = shell.run("record", "-", given="\n".join(map(json.dumps, lines)))
    assert again.err.endswith(f"{2 * len(bad)} refused\n")
    assert shell.rows("customer", "show", "good-0")[0]["version"] == 1
