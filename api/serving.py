"""Runs the HTTP door on a loopback address until it is told to stop."""

import asyncio
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

import uvicorn

from api.app import create_app
from api.gate import is_loopback
from api.opening import opened
from api.output import Screen
from api.settings import Settings
from domain.refusals import Misconfigured

BACKLOG: Final = 2_048
END_SECONDS: Final = 10
LATER: Final = "Until callers are asked who they are, Daybook listens on loopback only, such as 127.0.0.1."


def run(screen: Screen, settings: Settings, host: str, port: int) -> None:
    """Open the ledger and answer until Ctrl-C; refuses what is not loopback, and a port that is taken."""
    with listen(host, port) as listener, opened(settings) as ledger, _ending_in_order():
        app = create_app(ledger, body_bytes_max=settings.body_bytes_max)
        config = uvicorn.Config(
            app,
            log_level="error",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=END_SECONDS,
        )
        url = url_of(listener)
        if screen.json:
            screen.row({"url": url, "ledger": ledger.facts.name})
            screen.flush()
        else:
            name = ledger.facts.name
            screen.note(f"{name} answers at {url} until Ctrl-C; {url}/openapi.json describes it.")
        asyncio.run(uvicorn.Server(config).serve(sockets=[listener]))


def listen(host: str, port: int) -> socket.socket:
    """Bind a socket of a loopback address."""
    if not is_loopback(host):
        raise Misconfigured("host", host, LATER)
    try:
        family, _, _, _, address = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise Misconfigured("host", host, f"{error.strerror}.") from None
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
    except OSError as error:
        listener.close()
        raise Misconfigured(
            "port", port, f"{error.strerror}: another program has it, or it is not yours."
        ) from None
    listener.listen(BACKLOG)
    return listener


def url_of(listener: socket.socket) -> str:
    """Return the URL of a bound socket."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@contextmanager
def _ending_in_order() -> Iterator[None]:
    """Take Ctrl-C and a request to end as an orderly end.

    uvicorn ends in order on such a signal, then raises it again for the handler that stood before: this one.
    """

    def end(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    except KeyboardInterrupt:
        pass
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
