"""What tests of the doors share: running the command, and making documents."""

import itertools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from anyio.from_thread import BlockingPortal, start_blocking_portal
from typer.testing import CliRunner, Result

from api.app import create_app
from api.cli import app as cli
from api.opening import Trouble, no_trouble
from domain.ledger import Ledger

CUSTOMERS = itertools.count(1)
Plain = dict[str, Any]


def customer() -> str:
    """The id of a customer that no other test uses."""
    return f"c{next(CUSTOMERS)}"


def document(customer_id: str, type_name: str = "CustomerRegistered", /, **fields: object) -> Plain:
    """A document about a customer; without fields, a registration."""
    return {
        "stream": f"customer:{customer_id}",
        "type": type_name,
        "occurred_at": "2026-01-31T09:00:00Z",
        "actor": {"kind": "staff", "id": "clerk-1"},
        "source": "test",
        "data": fields or {"kind": "household"},
    }


def invoice(customer_id: str, name: str = "inv-1", amount: str = "100.00") -> Plain:
    """A document of an invoice in yuan."""
    return document(customer_id, "InvoiceIssued", invoice=name, amount={"amount": amount, "currency": "CNY"})


def problem(response: httpx.Response, status: int) -> Plain:
    """Expect a problem of a status, and return it."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    plain: Plain = response.json()
    assert plain["status"] == status
    assert {"type", "title", "detail", "code", "retry"} <= plain.keys()
    return plain


@dataclass(frozen=True, slots=True)
class Command:
    """Runs `daybook` in this process."""

    runner: CliRunner

    def __call__(self, *args: str, given: object = None) -> Result:
        """Run it; `given` goes to stdin, as JSON where it is no text."""
        text = given if isinstance(given, str | bytes) or given is None else json.dumps(given)
        return self.runner.invoke(cli, args, input=text)

    def rows(self, *args: str, given: object = None, code: int = 0) -> list[Plain]:
        """Run it with `--json`, expect the exit code, and return the objects on stdout."""
        result = self(*args, "--json", given=given)
        assert result.exit_code == code, result.output
        return [json.loads(line) for line in result.stdout.splitlines()]


@dataclass(frozen=True, slots=True)
class Client:
    """Asks an HTTP door without a network, from a thread of its own."""

    portal: BlockingPortal
    http: httpx.AsyncClient

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:  # noqa: ANN401
        """Send a request, and wait for its answer."""

        async def send() -> httpx.Response:
            return await self.http.request(method, path, **options)

        return self.portal.call(send)

    def get(self, path: str, **options: Any) -> httpx.Response:  # noqa: ANN401
        """Send a GET."""
        return self.request("GET", path, **options)

    def post(self, path: str, **options: Any) -> httpx.Response:  # noqa: ANN401
        """Send a POST."""
        return self.request("POST", path, **options)


@contextmanager
def client_of(
    ledger: Ledger, body_bytes_max: int = 100_000, trouble: Trouble = no_trouble
) -> Iterator[Client]:
    """Open the HTTP door of a ledger."""
    app = create_app(ledger, body_bytes_max=body_bytes_max, trouble=trouble)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    with start_blocking_portal() as portal:
        yield Client(portal, httpx.AsyncClient(transport=transport, base_url="http://localhost"))
