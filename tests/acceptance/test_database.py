"""`daybook db`: the embedded server by hand, in a folder where a ledger was set up."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from domain.store.launcher import EmbeddedServer
from tests.acceptance.shell import PATIENCE_SECONDS, Shell, document
from tests.embedded import wait_for
from tests.faults.servers import kill

pytestmark = [pytest.mark.xdist_group("embedded"), pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """A folder with a ledger in it, whose server is kept running."""
    shell = Shell(tmp_path_factory.mktemp("user"))
    assert shell.run("init", "--zone", "Asia/Shanghai").status == 0
    assert shell.run("db", "start", "--detach").status == 0
    yield shell
    assert shell.run("db", "stop", "--force").status == 0


def test_the_url_leads_to_the_ledger(embedded: Shell) -> None:
    url = embedded.run("db", "url").out.strip()
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("daybook_app",)
    assert embedded.rows("db", "url", "--owner")[0]["url"] != url


def test_it_is_kept_running_once(embedded: Shell) -> None:
    before = embedded.rows("db", "status")[0]
    assert before["running"] is True
    assert embedded.rows("db", "start", "--detach")[0]["pid"] == before["pid"]
    (row,) = embedded.rows("db", "start", status=1)
    assert row["problem"]["code"] == "already-done"


def test_others_can_use_it_at_once(embedded: Shell) -> None:
    processes = [embedded.start("record", "-", "--json", stdin=subprocess.PIPE) for _ in range(3)]
    outs = []
    for number, process in enumerate(processes):
        sent = document(f"many-{number}", "CustomerRegistered", kind="person")
        outs.append(process.communicate(json.dumps(sent).encode(), timeout=PATIENCE_SECONDS)[0])
    positions = [json.loads(out)["receipts"][0]["position"] for out in outs]
    assert len(set(positions)) == len(positions)


def test_in_the_foreground_it_runs_until_told_to_stop(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    assert shell.run("init").status == 0
    with shell.running("db", "start", may_warn=True) as said:
        psycopg.connect(said["url"]).close()
        kill(EmbeddedServer(tmp_path / "daybook-data"))
        wait_for(lambda: shell.rows("db", "status")[0]["running"], "the server is started again")
        psycopg.connect(said["url"]).close()
    wait_for(lambda: not shell.rows("db", "status")[0]["running"], "the server stops with its holder")


def test_stop_ends_what_detach_began(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    assert shell.run("init").status == 0
    assert shell.rows("db", "start", "--detach")[0]["running"] is True
    assert shell.run("db", "stop").out == "The server is stopped.\n"
    assert shell.rows("db", "status")[0]["running"] is False
    assert shell.run("db", "stop").out == "The server was not running.\n"
