"""How many rows of a long list people are shown."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from rich.text import Text

LAST = 10
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Rows:
    """Shows all rows, or what is open and the last ones."""

    all: bool = False

    def pick(self, items: Sequence[T], is_open: Callable[[T], bool]) -> tuple[list[T], Iterator[Text]]:
        """Choose the rows to show, in their order, and the line that says how many are left out, if any."""
        cut = 0 if self.all else len(items) - LAST
        chosen = [item for place, item in enumerate(items) if place >= cut or is_open(item)]
        left = len(items) - len(chosen)
        note = f"  and {left:,} earlier, which --all shows"
        return chosen, iter([Text(note, style="dim")] if left else [])
