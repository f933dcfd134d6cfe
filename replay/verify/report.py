"""What a verification found, as a whole."""

from dataclasses import dataclass
from typing import Any

from replay.verify.findings import Finding


@dataclass(frozen=True, slots=True)
class ShardReport:
    """One shard: its size, the root that its entries lead to, and what was compared.

    The first `signed` entries are as a checkpoint signed them. So many `fingerprints` were worked out anew;
    others cannot be, as they are of entries that hold `sealed` fields, were said in an earlier schema version
    and `raised`, or are a command's `later` ones.
    """

    shard: int
    size: int
    signed: int
    root: str | None
    checkpoints_inside: int = 0
    checkpoints_outside: int = 0
    fingerprints: int = 0
    sealed: int = 0
    raised: int = 0
    later: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """The ledger, its shards and the findings; `left_out` counts by kind those beyond the first hundred."""

    ledger: str
    shards: tuple[ShardReport, ...]
    findings: tuple[Finding, ...]
    left_out: dict[str, int]
    seconds: float

    @property
    def wrong(self) -> tuple[Finding, ...]:
        """What an honest ledger cannot have."""
        return tuple([finding for finding in self.findings if finding.grave])

    @property
    def notes(self) -> tuple[Finding, ...]:
        """What is worth knowing."""
        return tuple([finding for finding in self.findings if not finding.grave])

    @property
    def size(self) -> int:
        """How many entries were verified."""
        return sum(shard.size for shard in self.shards)

    def as_json(self) -> dict[str, Any]:
        """Return it as plain JSON."""
        return {
            "ledger": self.ledger,
            "sound": not self.wrong,
            "entries": self.size,
            "seconds": round(self.seconds, 3),
            "shards": [{name: getattr(it, name) for name in it.__slots__} for it in self.shards],
            "findings": [finding.as_json() for finding in self.findings],
            "left_out": self.left_out,
        }
