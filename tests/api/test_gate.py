"""The gate before the HTTP door, and the address it listens on."""

import socket

import pytest

from api.gate import host_of, is_loopback
from api.serving import listen, url_of
from domain.refusals import Misconfigured


@pytest.mark.parametrize("host", ["localhost", "LocalHost", "127.0.0.1", "127.1.2.3", "::1", "[::1]"])
def test_these_are_this_machine(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["", "::", "10.0.0.1", "localhost.", "evil.example", "127.0.0.1x", "0x7f.1"])
def test_these_are_not(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize(
    ("header", "host"), [("localhost", "localhost"), ("a:80", "a"), ("[::1]:80", "[::1]"), ("[::1]", "[::1]")]
)
def test_a_host_is_told_from_its_port(header: str, host: str) -> None:
    assert host_of(header) == host


def test_it_listens_on_loopback_where_any_port_may_be_asked_for() -> None:
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        assert url_of(listener) == f"http://127.0.0.1:{port}"
        with pytest.raises(Misconfigured) as refusal:
            listen("127.0.0.1", port)
        assert (refusal.value.field, refusal.value.value) == ("port", port)
        socket.create_connection(("127.0.0.1", port)).close()
