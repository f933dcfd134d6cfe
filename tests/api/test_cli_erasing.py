"""Erasing at the command line: requested by one, refused or made by another, and what is said of it."""

from pathlib import Path
from typing import Any

import pytest

from api.exits import ExitCode
from tests.api.doors import Command, customer, document
from tests.api.people import People
from tests.conftest import ROOT

Plain = dict[str, Any]
NAME = "Zebedee Quillfeather"
RULES = ROOT / "domain/policies/retention.toml"


@pytest.fixture
def who(command: Command) -> str:
    """Somebody who does not exist, with a contact person."""
    found = customer()
    person = document(found, "ContactPersonAdded", person="P-1", name="Quentin Inkblot")
    registered = document(found, "CustomerRegistered", kind="household", name=NAME)
    assert command("record", "-", given=[registered, person]).exit_code == 0
    return found


def debt(who: str) -> Plain:
    """A document of a debt of five yuan."""
    amount = {"amount": "5.00", "currency": "CNY"}
    return document(who, "ChargeAssessed", charge="I", kind="fee", amount=amount)


def requested(command: Command, subject: str) -> Plain:
    """Have the local owner request an erasure."""
    (row,) = command.rows("erase", subject, "--basis", "consent-withdrawn")
    return row


def name_of(command: Command, who: str) -> str:
    """What is shown as a customer's name to those who may read it."""
    (row,) = command.rows("customer", "show", who, "--personal")
    return str(row["state"]["party"]["name"])


def test_the_owner_requests_and_a_key_approves(command: Command, people: People, who: str) -> None:
    subject = f"customer:{who}"
    row = requested(command, subject)
    assert (row["stream"], row["repeated"]) == (subject, False)
    outlook = row["outlook"]
    assert (outlook["subject"], outlook["fields"]) == (subject, {"CustomerRegistered.name": 1})
    assert (outlook["kept_by"], outlook["due"]) == ([], [])
    stays = outlook["stays"]
    assert (stays["entries"], stays["others"]) == (2, [f"{subject}/person/P-1"])
    assert "clerk-1" in stays["staff"]
    assert requested(command, subject) == row | {
        "repeated": True,
        "outlook": outlook | {"stays": stays | {"entries": 3, "staff": ["clerk-1", "tester"]}},
    }
    people.act_by(people.key("approve", name="Ben"))
    (done,) = command.rows("erase", "approve", row["id"])
    assert (done["subject"], done["keys"], done["vacuumed"]) == (subject, 1, False)
    assert command.rows("erase", "approve", row["id"])[0]["repeated"]
    people.act_as_owner()
    assert name_of(command, who) == "[erased]"
    assert subject not in {it["stream"] for it in command.rows("find", "--name", NAME)}


def test_people_are_told_in_words(command: Command, people: People, who: str) -> None:
    assert command("record", "-", given=[debt(who)]).exit_code == 0
    said = command("erase", f"customer:{who}", "--basis", "consent-withdrawn")
    assert said.exit_code == 0
    lines = [line.strip() for line in said.stdout.splitlines()]
    assert f"It would make unreadable 1 text (CustomerRegistered.name) of customer:{who}." in lines
    assert (
        "legal-claims (GDPR art. 17(3)(e) [M]), debt I of 5.00 CNY: it can be erased once that is over."
        in lines
    )
    assert any(line.startswith("cn-accounting-vouchers (") and "[V3]), until 2057-" in line for line in lines)
    assert f"3 entries of the stream customer:{who}: ids, times, amounts, codes, and ids" in said.stdout
    assert "write-ahead log" in said.stdout
    assert NAME not in said.output
    request = said.stderr.rsplit(maxsplit=1)[1]
    people.act_by(people.key("approve", name="Ben"))
    refused = command("erase", "approve", request)
    assert refused.exit_code == ExitCode.REFUSED
    assert "debt I of 5.00 CNY: it can be erased once that is over." in refused.stderr


def test_nobody_erases_alone(command: Command, who: str) -> None:
    row = requested(command, f"customer:{who}")
    (refused,) = command.rows("erase", "approve", row["id"], code=ExitCode.REFUSED)
    assert refused["problem"]["code"] == "same-principal"
    assert name_of(command, who) == NAME


def test_scopes_are_asked_for(command: Command, people: People, who: str) -> None:
    row = requested(command, f"customer:{who}")
    people.act_by(people.key("read", "record", name="Eve"))
    for args, scope in (
        (("erase", f"customer:{who}", "--basis", "r"), "comply"),
        (("erase", "approve", row["id"]), "approve"),
    ):
        (refused,) = command.rows(*args, code=ExitCode.REFUSED)
        assert (refused["problem"]["code"], refused["problem"]["value"]) == ("scope-missing", scope)


def test_a_refusal_says_from_when_on_it_can_be_done(
    command: Command, people: People, who: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = tmp_path / "mine.toml"
    switched = (
        RULES.read_text("utf-8").replace("on = false", "on = true").replace('= ["money"]', '= ["party"]')
    )
    rules.write_text(switched, "utf-8")
    monkeypatch.setenv("DAYBOOK_RETENTION", str(rules))
    row = requested(command, f"customer:{who}")
    (kept,) = row["outlook"]["kept_by"]
    assert (kept["basis"], kept["until"]) == ("cn-accounting-vouchers", "2057-01-01")
    people.act_by(people.key("approve", "read", name="Ben"))
    (refused,) = command.rows("erase", "approve", row["id"], code=ExitCode.REFUSED)
    assert refused["problem"]["code"] == "kept-by-law"
    assert "from 2057-01-01 on" in refused["problem"]["hint"]
    (last,) = command.rows("log", "--tail", "1")
    assert (last["type"], last["data"]["basis"]) == ("ErasureRefused", "cn-accounting-vouchers")
    assert last["data"]["law"].endswith("[V3]")


def test_rules_that_cannot_be_read_are_said(
    command: Command, who: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAYBOOK_RETENTION", "nowhere.toml")
    (row,) = command.rows("erase", f"customer:{who}", "--basis", "r", code=ExitCode.MISCONFIGURED)
    assert (row["problem"]["field"], row["problem"]["value"]) == ("DAYBOOK_RETENTION", "nowhere.toml")


def test_a_hold_keeps_it_and_is_listed_until_it_is_released(
    command: Command, people: People, who: str
) -> None:
    command.rows("hold", "place", who, "--name", "H-1", "--basis", "lawsuit")
    (row,) = command.rows("hold", "list", who)
    assert (row["stream"], row["hold"], row["basis"], row["principal"]) == (
        f"customer:{who}",
        "H-1",
        "lawsuit",
        "owner",
    )
    assert row in command.rows("hold", "list")
    request = requested(command, f"customer:{who}")
    assert [it["basis"] for it in request["outlook"]["kept_by"]] == ["legal-hold"]
    (proposed,) = command.rows("hold", "release", who, "--name", "H-1")
    people.act_by(people.key("approve", "read", name="Ben"))
    (refused,) = command.rows("erase", "approve", request["id"], code=ExitCode.REFUSED)
    assert refused["problem"]["code"] == "hold-in-force"
    command.rows("approve", proposed["id"])
    assert command.rows("hold", "list", who) == []
    assert row not in command.rows("hold", "list")
    people.act_as_owner()
    again = requested(command, f"customer:{who}")
    people.act_by(people.key("approve", name="Cid"))
    assert command.rows("erase", "approve", again["id"])[0]["keys"] == 1


def test_holds_are_shown_to_people(command: Command, who: str) -> None:
    said = command("hold", "list", who)
    assert (said.exit_code, said.stdout, said.stderr.strip()) == (0, "", "No hold is in force.")
    command.rows("hold", "place", who, "--name", "H-1", "--basis", "lawsuit")
    assert "lawsuit" in command("hold", "list", who).stdout


def test_the_owner_of_the_tables_cleans_them(
    command: Command,
    people: People,
    who: str,
    monkeypatch: pytest.MonkeyPatch,
    home: Any,  # noqa: ANN401
) -> None:
    row = requested(command, f"customer:{who}")
    people.act_by(people.key("approve", name="Ben"))
    said = command("erase", "approve", row["id"])
    assert said.exit_code == 0
    assert f"customer:{who} is erased: 1 key destroyed." in said.stdout
    assert "warning: old versions of the keys stay" in said.stderr
    monkeypatch.setenv("DAYBOOK_OWNER_URL", home.database.owner_url)
    assert command.rows("erase", "approve", row["id"])[0]["vacuumed"]


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("erase",), "Missing argument"),
        (("erase", "customer:1"), "say on what ground"),
        (("erase", "customer:1", "x", "--basis", "r"), "daybook erase approve REQUEST"),
        (("erase", "approve"), "approve takes the id"),
        (("erase", "approve", "x", "--basis", "r"), "approve takes the id"),
    ],
    ids=["nothing", "no basis", "one too many", "no request", "a basis"],
)
def test_wrong_usage_is_told(command: Command, args: tuple[str, ...], said: str) -> None:
    result = command(*args)
    assert result.exit_code == ExitCode.USAGE
    assert said in result.stderr


@pytest.mark.parametrize(
    ("args", "code", "refusal"),
    [
        (("erase", "42", "--basis", "r"), ExitCode.REFUSED, "invalid-value"),
        (("erase", "customer:nobody", "--basis", "r"), ExitCode.NOT_HERE, "nothing-to-erase"),
        (("erase", "approve", "nothing"), ExitCode.REFUSED, "unknown-reference"),
    ],
    ids=["no subject", "nobody", "no request"],
)
def test_what_cannot_be_erased_is_told(
    command: Command, args: tuple[str, ...], code: ExitCode, refusal: str
) -> None:
    (row,) = command.rows(*args, code=code)
    assert row["problem"]["code"] == refusal
