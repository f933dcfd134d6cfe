"""Principals at the command line: keys of their own, and who acts now."""

from dataclasses import dataclass

import pytest

from tests.api.doors import Command

VARIABLE = "DAYBOOK_KEY"


@dataclass(frozen=True, slots=True)
class People:
    """Whoever acts by the command; nobody's key is set at first, so it is the local owner."""

    command: Command
    monkeypatch: pytest.MonkeyPatch

    def key(self, *scopes: str, name: str = "Ann") -> str:
        """The text of a new key, which the local owner makes."""
        with self.monkeypatch.context() as patched:
            patched.delenv(VARIABLE, raising=False)
            flags = [it for scope in scopes for it in ("--scope", scope)]
            (row,) = self.command.rows("key", "create", "--name", name, *flags)
        return str(row["key"])

    def act_by(self, text: str) -> None:
        """Act by a key from now on."""
        self.monkeypatch.setenv(VARIABLE, text)

    def act_as_owner(self) -> None:
        """Act as the local owner again."""
        self.monkeypatch.delenv(VARIABLE, raising=False)


@pytest.fixture
def people(command: Command, monkeypatch: pytest.MonkeyPatch) -> People:
    """Whoever acts by the command."""
    return People(command, monkeypatch)
