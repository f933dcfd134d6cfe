"""A connection through which an answer gets lost: the server commits, and nobody hears of it."""

import contextlib
import selectors
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import quote

from psycopg.conninfo import conninfo_to_dict

COMMIT_DONE = b"COMMIT\x00"
MOVE_HEAD = b"UPDATE daybook.heads"


@dataclass(slots=True)
class Wire:
    """What the proxy loses, each time with the connection: answers to a commit, or requests of one."""

    url: str = ""
    lose_answers: int = 0
    lose_requests: int = 0
    lost: int = 0
    refuse: bool = False
    server: str = ""
    listener: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))

    def serve(self) -> None:
        """Accept connections until the listener is closed."""
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                if self.refuse:
                    client.close()
                    continue
                threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        server = socket.socket(socket.AF_UNIX)
        with contextlib.suppress(OSError), client, server, selectors.DefaultSelector() as both:
            server.connect(self.server)
            both.register(client, selectors.EVENT_READ, server)
            both.register(server, selectors.EVENT_READ, client)
            while True:
                for key, _ in both.select():
                    source, target = key.fileobj, key.data
                    assert isinstance(source, socket.socket)
                    data = source.recv(65_536)
                    if not data or self._loses(data, from_server=source is server):
                        return
                    target.sendall(data)

    def _loses(self, data: bytes, *, from_server: bool) -> bool:
        if from_server and self.lose_answers and COMMIT_DONE in data:
            self.lose_answers -= 1
        elif not from_server and self.lose_requests and MOVE_HEAD in data:
            # The head is moved in the same message as the commit is asked for, at first by its full text.
            self.lose_requests -= 1
        else:
            return False
        self.lost += 1
        return True


@contextmanager
def wire(url: str) -> Iterator[Wire]:
    """Carry connections to the server of a URL."""
    to = conninfo_to_dict(url)
    made = Wire(server=f"{to['host']}/.s.PGSQL.{to.get('port') or 5432}")
    port = made.listener.getsockname()[1]
    made.url = f"postgresql://{quote(str(to['user']))}@127.0.0.1:{port}/{to['dbname']}?sslmode=disable"
    thread = threading.Thread(target=made.serve, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.listener.shutdown(socket.SHUT_RDWR)
        made.listener.close()
        thread.join()
