"""What the rules of all families share."""

from collections.abc import Container
from dataclasses import dataclass
from typing import Self

from domain.refusals import NameAlreadyTaken, Refused


@dataclass(slots=True)
class Part:
    """One family's part of what a stream names: dictionaries and sets of unchanging values."""

    def copy(self) -> Self:
        """Return a copy that can learn by itself."""
        return type(self)(*[getattr(self, name).copy() for name in self.__dataclass_fields__])


def need(names: Container[str], name: str | None, field: str, refusal: type[Refused]) -> None:
    """Refuse a name that the stream does not know; no name is no fault."""
    if name is not None and name not in names:
        raise refusal(field, name)


def need_new(names: Container[str], name: str, field: str, refusal: type[Refused] = NameAlreadyTaken) -> None:
    """Refuse a name that is taken."""
    if name in names:
        raise refusal(field, name)
