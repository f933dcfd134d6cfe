"""What the handlers of all families share."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

Handler = Callable[[Any, Any], str | None]
"""Take a customer and an entry, change the customer; return an anomaly's code (`code: about`), else None."""


@dataclass(frozen=True, slots=True)
class Anomaly:
    """An entry that did not fit what was so at its moment, in what way, and what of it, if said."""

    entry_id: UUID
    code: str
    about: str | None = None


def take_given(target: object, source: object, names: tuple[str, ...]) -> None:
    """Copy the fields that are given; what is absent did not change."""
    for name in names:
        value = getattr(source, name)
        if value is not None:
            setattr(target, name, value)
