"""The clock of a shard: what moment a request is recorded at."""

from datetime import UTC, datetime, timedelta
from typing import Final

from domain.refusals import Misconfigured
from domain.values import moment_text

MICROSECOND: Final = timedelta(microseconds=1)


class Clock:
    """Stamps requests so that `recorded_at` never falls, and is later than the head's."""

    def __init__(self, head: datetime, now: datetime, *, simulated: bool) -> None:
        """Start at the head's clock; `now` is the database's, read after the lock."""
        self.last = head
        self._simulated = simulated
        self._now = max(now, head + MICROSECOND)
        self._now_text = moment_text(self._now).encode()

    def stamp(self, asked: datetime | None) -> tuple[datetime, bytes]:
        """Return the moment at which a request is recorded, and its canonical text."""
        if not self._simulated:
            if asked is not None:
                raise Misconfigured("recorded_at", asked, "Only a ledger with a simulated clock takes it.")
            return self._now, self._now_text
        # Each request has a moment of its own, so that the bytes do not depend on how requests were batched.
        earliest = self.last + MICROSECOND
        moment = earliest if asked is None else max(asked.astimezone(UTC), earliest)
        return moment, moment_text(moment).encode()
