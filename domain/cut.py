"""A cut: what was known, as one position a shard."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Cut:
    """One position a shard, and the moment it answers; `closed`: no later entry can slip in before it."""

    positions: tuple[int, ...]
    known_at: datetime
    closed: bool

    def __str__(self) -> str:
        """Write the positions as `12` or, with several shards, `12,40,7`."""
        return ",".join(map(str, self.positions))
