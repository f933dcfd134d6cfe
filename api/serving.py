"""Runs the HTTP door on a loopback address until it is told to stop."""

import asyncio
import signal
import socket
from collections.abc import Callable
from types import FrameType
from typing import Final

import uvicorn

from api.app import create_app
from api.gate import is_loopback
from api.opening import ledger_at, place
from api.output import Screen
from api.settings import Settings
from domain.ledger import Ledger
from domain.refusals import Misconfigured, Refused

BACKLOG: Final = 2_048
END_SECONDS: Final = 10
LATER: Final = "Until callers are asked who they are, Daybook listens on loopback only, such as 127.0.0.1."


class Door(uvicorn.Server):
    """Says where it is once it answers, and ends in order whenever it is told to."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        """Take what says that it answers."""
        super().__init__(config)
        self.announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to answer, and say so."""
        await super().startup(sockets)
        self.announce()

    def run_until_told(self, listener: socket.socket) -> None:
        """Answer until Ctrl-C or a request to end.

        uvicorn's own handlers stand while it runs; then it raises what it got again, for those before: these.
        """

        def end(_number: int, _frame: FrameType | None) -> None:
            self.should_exit = True

        before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            asyncio.run(self.serve(sockets=[listener]))
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def run(screen: Screen, settings: Settings, host: str, port: int) -> None:
    """Open the ledger and answer until Ctrl-C; refuses what is not loopback, and a port that is taken."""
    with (
        listen(host, port) as listener,
        place(settings) as found,
        ledger_at(found, settings) as ledger,
    ):
        url, name = url_of(listener), ledger.facts.name
        _warn(screen, ledger)

        def announce() -> None:
            if screen.json:
                screen.row({"url": url, "ledger": name})
                screen.flush()
            else:
                screen.note(f"{name} answers at {url} until Ctrl-C; {url}/openapi.json describes it.")

        config = uvicorn.Config(
            create_app(ledger, body_bytes_max=settings.body_bytes_max, trouble=found.trouble),
            log_level="error",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=END_SECONDS,
        )
        Door(config, announce).run_until_told(listener)


def _warn(screen: Screen, ledger: Ledger) -> None:
    """Tell whoever starts the door why it could not record, as it may yet be read from."""
    for shard in range(ledger.facts.shards):
        try:
            if ledger.notary is not None:
                ledger.notary.guard(shard)
        except Refused as refusal:
            screen.note(f"warning: {refusal}", "yellow")


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
