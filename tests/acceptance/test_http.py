"""The HTTP door in a process of its own, asked over a socket."""

import asyncio
import json
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest

from domain.store.launcher import EmbeddedServer
from tests.acceptance.shell import PATIENCE_SECONDS, Shell, document, variables
from tests.database import Store, new_ledger
from tests.embedded import wait_for
from tests.faults.servers import kill, pid_of

CALLERS = 40
pytestmark = [pytest.mark.xdist_group("http"), pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The door of a ledger, open."""
    store = Store(new_ledger())
    folder = tmp_path_factory.mktemp("door")
    shell = Shell(folder, variables(store, folder))
    with shell.running("serve", "--port", "0") as said:
        yield said["url"]
    store.drop()


def registration(name: str) -> dict[str, object]:
    return document(name, "CustomerRegistered", kind="household") | {"id": str(uuid4())}


def raw(url: str, request: bytes, *, hang_up: bool = False) -> bytes:
    """Send bytes as they are, and return all that came back; or hang up at once."""
    address = urlsplit(url)
    with socket.create_connection((address.hostname, address.port), timeout=PATIENCE_SECONDS) as connection:
        connection.sendall(request)
        return b"" if hang_up else b"".join(iter(lambda: connection.recv(65_536), b""))


POST = b"POST /entries HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n"


def test_a_fact_goes_in_and_a_state_comes_out(url: str) -> None:
    with httpx.Client(base_url=url, timeout=PATIENCE_SECONDS) as http:
        sent = registration("42")
        created = http.post("/entries", json=sent)
        assert created.status_code == 201
        assert http.get(created.headers["location"]).json()["data"] == {"kind": "household"}
        assert http.post("/entries", json=sent).status_code == 200
        state = http.get("/customers/42")
        assert (state.json()["state"]["party"]["kind"], state.headers["etag"]) == ("household", '"1"')
        assert http.get("/log/head").json()["heads"][0]["size"] >= 1
        assert http.get("/health").json()["status"] == "ok"
        assert "server" not in state.headers


def test_many_callers_at_once_are_each_told_the_truth(url: str) -> None:
    documents = [registration(f"many-{number}") for number in range(CALLERS)]

    async def send() -> list[httpx.Response]:
        async with httpx.AsyncClient(base_url=url, timeout=PATIENCE_SECONDS) as http:
            calls = [http.post("/entries", json=it) for it in documents for _ in range(2)]
            return await asyncio.gather(*calls)

    answers = asyncio.run(send())
    assert sorted(answer.status_code for answer in answers) == [200] * CALLERS + [201] * CALLERS
    receipts = [answer.json()["entries"][0]["receipts"][0] for answer in answers]
    assert len({receipt["position"] for receipt in receipts}) == CALLERS


def test_a_caller_who_hangs_up_harms_nobody(url: str) -> None:
    body = json.dumps(registration("gone")).encode()
    raw(url, POST + b"Content-Length: %d\r\n\r\n%b" % (len(body), body[:20]), hang_up=True)
    assert raw(url, b"nonsense\r\n\r\n").startswith(b"HTTP/1.1 400")
    assert raw(url, b"GET /health HTTP/1.1\r\nConnection: close\r\n\r\n").startswith(b"HTTP/1.1 4")
    assert raw(url, b"GET /health HTTP/1.0\r\nHost: localhost\r\n\r\n").startswith(b"HTTP/1.1 200")
    with httpx.Client(base_url=url, timeout=PATIENCE_SECONDS) as http:
        assert http.get("/customers/gone").status_code == 404
        assert http.get("/health").status_code == 200


def test_a_page_with_a_name_of_its_own_for_this_machine_is_refused(url: str) -> None:
    response = httpx.get(f"{url}/health", headers={"Host": "rebound.example"}, timeout=PATIENCE_SECONDS)
    assert (response.status_code, response.json()["code"]) == (421, "foreign-host")


def test_a_body_beyond_the_limit_is_refused_before_it_is_read(url: str) -> None:
    answer = raw(url, POST + b"Content-Length: 99999999\r\n\r\n{")
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"request-too-large" in answer


def test_doors_of_one_data_folder_outlive_its_server(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    assert shell.run("init").status == 0
    door = ("serve", "--port", "0")
    with shell.running(*door, may_warn=True) as one, shell.running(*door, may_warn=True) as two:
        server = EmbeddedServer(tmp_path / "daybook-data")
        killed = pid_of(server.data)
        kill(server)
        sent = registration("after")
        with httpx.Client(timeout=PATIENCE_SECONDS) as http:
            wait_for(lambda: http.post(f"{one['url']}/entries", json=sent).is_success, "the first door")
            wait_for(lambda: http.get(f"{two['url']}/customers/after").is_success, "the second door")
            assert [http.get(f"{it['url']}/health").status_code for it in (one, two)] == [200, 200]
        assert pid_of(server.data) != killed
    wait_for(lambda: not shell.rows("db", "status")[0]["running"], "the server stops with its last user")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_in_order_when_told_to(store: Store, tmp_path: Path, number: signal.Signals) -> None:
    process = Shell(tmp_path, variables(store, tmp_path)).start("serve", "--port", "0")
    assert process.stderr is not None
    assert b"answers at http://127.0.0.1:" in process.stderr.readline()
    process.send_signal(number)
    out, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert (process.returncode, out, err) == (0, b"", b"")


def test_a_port_that_is_taken_is_told(url: str, tmp_path: Path) -> None:
    taken = str(urlsplit(url).port)
    (row,) = Shell(tmp_path).rows("serve", "--port", taken, status=5)
    assert (row["problem"]["field"], row["problem"]["value"]) == ("port", taken)
