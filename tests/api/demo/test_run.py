"""The whole demo, on an embedded server of its own."""

import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from api.demo import run
from api.demo.clock import year_ago
from api.demo.protagonist import protagonist_id
from api.demo.simulation import SEED, simulate
from api.output import Screen
from domain.refusals import Misconfigured
from domain.store.launcher import EmbeddedServer
from domain.values import moment_text
from replay.history import replay_customer
from tests.vaults import open_ledger

FEW = 12
WIDTH = 100
LINES_MAX = 60

pytestmark = pytest.mark.xdist_group("demo")


def as_json(capsys: pytest.CaptureFixture[str], data: Path) -> dict[str, Any]:
    """Run the demo for programs, and read its one line."""
    run(Screen(json=True), data=data, customers=FEW)
    (line,) = capsys.readouterr().out.splitlines()
    told: dict[str, Any] = json.loads(line)
    return told


def test_the_demo_tells_what_was_known_late_and_a_second_run_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    told = as_json(capsys, data)
    now, known_now, then = told["glances"]
    assert told["customer"] == protagonist_id(FEW)
    assert (known_now["as_of"], then["as_of"]) == (moment_text(year_ago()),) * 2
    assert now["known_at"] == known_now["known_at"] > then["known_at"] == then["as_of"]
    assert int(now["cut"]) == int(known_now["cut"]) > int(then["cut"])
    assert now["balance, CNY"] == "nothing"
    assert known_now["balance, CNY"].endswith("in credit")
    assert then["balance, CNY"].endswith("owed")
    assert (now["complaints"], known_now["complaints"], then["complaints"]) == (
        "2, 0 open",
        "1, 1 open",
        "none",
    )
    assert told["values_changed_since"] > told["values_learnt_late"] > 0
    assert [it["type"] for it in told["learnt_late"]] == [
        "SupplyPointChanged",
        "ChargeAdjusted",
        "PaymentReceived",
        "CaseOpened",
    ]
    again = as_json(capsys, data)
    assert _comparable(told) == _comparable(again)
    assert (told["repeated"], again["repeated"]) == (0, told["entries"])
    assert told["receipt"]["entry"]["type"] == "PaymentReceived"
    forgotten = told["forgotten"]
    assert (forgotten["after"], forgotten["keys"]) == ("[erased]", 1)
    assert forgotten["before"].startswith("Customer ")
    assert told["verified"] == {"entries": told["entries"] + 2, "sound": True}
    first, *_ = told["harmed"]["findings"]
    assert (first["kind"], first["first"]) == ("entry-changed", told["harmed"]["position"])
    _check_the_ledger(data, told)
    with pytest.raises(Misconfigured, match="Another story"):
        run(Screen(json=True), data=data, customers=FEW, seed=SEED + 1)


def _comparable(told: dict[str, Any]) -> dict[str, Any]:
    """What a second run tells as the first did: not what was measured, nor the two entries of the erasure."""
    other = {"entries_a_second", "customer_read_ms", "seconds", "repeated", "heads", "forgotten", "verified"}
    kept = {name: it for name, it in told.items() if name not in other}
    kept["glances"] = [{**it, "cut": None, "as_of": None, "known_at": None} for it in told["glances"]]
    kept["receipt"] = {**told["receipt"], "size": None, "bytes": None}
    kept["harmed"] = [it["kind"] for it in told["harmed"]["findings"]]
    return kept


def _check_the_ledger(data: Path, told: dict[str, Any]) -> None:
    """Every document is in the log, in its place and at its time, and replay sees the same customer."""
    with EmbeddedServer(data) as server, open_ledger(server.url) as ledger:
        (head,) = ledger.heads()
        *log, asked, erased = ledger.log(limit=head.size)
        documents = list(simulate(customers=FEW))
        assert (asked.type, erased.type) == ("ErasureRequested", "SubjectErased")
        assert len(log) == told["entries"] == len(documents)
        assert [(str(it.id), moment_text(it.recorded_at)) for it in log] == [
            (it["id"], it["recorded_at"]) for it in documents
        ]
        moment = year_ago().astimezone(UTC)
        found = ledger.customer(told["customer"], as_of=moment, known_at=moment)
        assert found.cut.closed
        zone = ledger.facts.zone
        assert replay_customer(ledger, told["customer"], found.cut, moment, zone=zone) == found.customer


def test_the_demo_fits_a_page_says_when_it_is_and_leaves_nothing_behind(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    run(Screen(), customers=FEW)
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert len(lines) <= LINES_MAX
    assert max(map(len, lines)) <= WIDTH
    text = "\n".join(lines)
    assert "…" not in text
    for said in (
        "≠",
        "a year ago,",
        "as known then",
        "Learnt late",
        "its clock is simulated",
        "entries a second",
    ):
        assert said in text
    last = datetime.fromisoformat(list(simulate(customers=FEW))[-1]["recorded_at"])
    assert f"{last.astimezone(year_ago().tzinfo):%Y-%m-%d %H:%M}" in text
    assert list(tmp_path.iterdir()) == []
