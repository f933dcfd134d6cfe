"""A user at a shell: the real `daybook` command, in a process and a folder of its own."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from api.opening import establish
from tests.conftest import ROOT
from tests.database import Store

PATIENCE_SECONDS = 120
Plain = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Said:
    """What a command said, and its exit status."""

    status: int
    out: str
    err: str

    @property
    def rows(self) -> list[Plain]:
        """The JSON objects on stdout, one a line; nothing else may be there."""
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass(frozen=True, slots=True)
class Shell:
    """A folder, and the variables that are set there."""

    folder: Path
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """The variables of this process without Daybook's, and the shell's own."""
        kept = {name: it for name, it in os.environ.items() if not name.startswith("DAYBOOK_")}
        return {**kept, "PYTHONPATH": str(ROOT), "COLUMNS": "100", "NO_COLOR": "1", **self.variables}

    def start(self, *args: str, **options: Any) -> subprocess.Popen[bytes]:  # noqa: ANN401  Popen has many
        """Start the command, in a session of its own."""
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "api.cli", *args],
            cwd=self.folder,
            env=self.environment,
            **{"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options},
        )

    def run(self, *args: str, given: str | bytes = b"") -> Said:
        """Run the command to its end."""
        process = self.start(*args, stdin=subprocess.PIPE)
        text = given.encode() if isinstance(given, str) else given
        out, err = process.communicate(text, timeout=PATIENCE_SECONDS)
        return Said(process.returncode, out.decode(), err.decode())

    def rows(self, *args: str, given: str = "", status: int = 0) -> list[Plain]:
        """Run it with `--json`, expect the exit status, and return the objects on stdout."""
        said = self.run(*args, "--json", given=given)
        assert said.status == status, said
        return said.rows

    @contextmanager
    def running(self, *args: str, may_warn: bool = False) -> Iterator[Plain]:
        """Run a command that goes on until it is told to stop, from when it has said where it is."""
        process = self.start(*args, "--json")
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line, process.communicate()[1].decode()
            yield json.loads(line)
        finally:
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=PATIENCE_SECONDS)
        assert (process.returncode, out) == (0, b""), err.decode()
        assert may_warn or err == b"", err.decode()


def variables(store: Store, folder: Path) -> dict[str, str]:
    """Make the keys of a ledger; return the variables that name it, its keys and its checkpoints."""
    keys, checkpoints = folder / "keys", folder / "checkpoints"
    establish(store.url, keys, [checkpoints])
    return {
        "DAYBOOK_DATABASE_URL": store.url,
        "DAYBOOK_KEYS": str(keys),
        "DAYBOOK_CHECKPOINTS": str(checkpoints),
    }


def document(customer_id: str, type_name: str, /, **data: object) -> Plain:
    """A document about a customer."""
    return {
        "stream": f"customer:{customer_id}",
        "type": type_name,
        "occurred_at": "2026-01-31T09:00:00Z",
        "actor": {"kind": "staff", "id": "clerk-1"},
        "source": "test",
        "data": data,
    }
