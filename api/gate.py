"""The gate before the HTTP door: hosts other than this machine, and bodies too large, go no further.

A page in a browser can make a name of its own point to this machine, and then read what answers here. So only
requests that name a loopback host are let in. Every answer forbids guessing at its type and, unless it says
else, keeping it.
"""

import ipaddress
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from starlette.datastructures import Headers, MutableHeaders

from api.errors import ForeignHost, RequestTooLarge, refusal_response
from domain.refusals import Refused

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

NAMES: Final = frozenset({"localhost"})


def is_loopback(host: str) -> bool:
    """Whether a name or an address is this machine's own."""
    name = host.strip().removeprefix("[").removesuffix("]")
    if name.lower() in NAMES:
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def host_of(header: str) -> str:
    """Return the host of a Host header, without its port."""
    if header.startswith("["):
        return header.partition("]")[0] + "]"
    return header.partition(":")[0]


class Gate:
    """Wraps the app."""

    def __init__(self, app: App, *, body_bytes_max: int) -> None:
        """Take the app, and the size of the largest body let in."""
        self.app = app
        self.body_bytes_max = body_bytes_max

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or answer it here."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def answer(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                headers.setdefault("Cache-Control", "no-store")
                headers["X-Content-Type-Options"] = "nosniff"
            await send(message)

        try:
            self._check(Headers(scope=scope))
            await self.app(scope, self._counted(receive), answer)
        except (RequestTooLarge, ForeignHost) as refusal:
            if started:
                raise
            await refusal_response(refusal)(scope, receive, answer)

    def _check(self, headers: Headers) -> None:
        host = headers.get("host", "")
        if not is_loopback(host_of(host)):
            raise ForeignHost("Host", host, "Ask for localhost or 127.0.0.1.")
        length = headers.get("content-length", "0")
        if length.isdigit() and int(length) > self.body_bytes_max:
            raise self._too_large(f"{length} bytes")

    def _counted(self, receive: Receive) -> Receive:
        """Count the body as it comes, since its length may not have been said."""
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self.body_bytes_max:
                raise self._too_large(f"more than {self.body_bytes_max} bytes")
            return message

        return counted

    def _too_large(self, value: str) -> Refused:
        return RequestTooLarge("", value, f"At most {self.body_bytes_max:,} bytes; send several requests.")
