"""How far a long work has come, told to whoever asked."""

from collections.abc import Callable
from dataclasses import dataclass

Tell = Callable[[int, int], None]
"""Called with how much is done, and of how much."""


@dataclass(slots=True)
class Progress:
    """Counts what is done of a whole."""

    total: int
    tell: Tell | None
    done: int = 0

    def add(self, more: int) -> None:
        """Count what was done now."""
        self.done += more
        if self.tell is not None:
            self.tell(self.done, self.total)
