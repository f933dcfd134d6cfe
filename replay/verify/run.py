"""The whole ledger verified: every shard's ranges and order, shared out among processes."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

import psycopg

from domain.notary.outside import Outside
from domain.seal.checkpoint import origin_of
from domain.seal.keys import Verifier
from domain.store.connections import Patience, connect_as_application, refusal_of
from domain.store.init import LedgerFacts, read_facts
from replay.verify.findings import Finding, Kind
from replay.verify.order import Ordered, orders_of
from replay.verify.pool import Perform, performers
from replay.verify.reading import Reader
from replay.verify.report import Report, ShardReport
from replay.verify.shard import ShardAudit
from replay.verify.subtree import RANGE

RANGES_EACH: Final = 2
"""How many ranges a process should have before it is worth starting."""

Progress = Callable[[int, int], None]
"""Told how many entries are verified, and of how many."""


@dataclass(frozen=True, slots=True)
class Options:
    """How a ledger is verified.

    `outsides` are the places outside that keep checkpoints; `keys` those to be trusted instead of what the
    database names; `jobs` how many processes may work.
    """

    outsides: Sequence[Outside] = ()
    keys: Sequence[Verifier] = ()
    jobs: int = 1
    progress: Progress | None = None


def verify(url: str, options: Options | None = None) -> Report:
    """Verify the ledger in a database; refuses where there is none, or its database cannot be read."""
    options = options or Options()
    began = time.monotonic()
    with connect_as_application(url, Patience()) as connection:
        facts = read_facts(connection)
    try:
        with Reader.open(url) as reader:
            audits = [
                ShardAudit(reader, facts, shard, options.outsides, options.keys)
                for shard in range(facts.shards)
            ]
            strays = [*_strays(reader, facts), *_keys_of_no_log(facts, options.keys)]
            with performers(url, _processes(audits, options.jobs)) as perform:
                _verify_all(audits, perform, options.progress)
    except psycopg.Error as error:
        raise refusal_of(error) from None
    return _report(facts, audits, strays, time.monotonic() - began)


def _processes(audits: Sequence[ShardAudit], jobs: int) -> int:
    """Return how many processes are worth starting."""
    ranges = sum(-(-audit.size // RANGE) for audit in audits)
    return max(1, min(jobs, ranges // RANGES_EACH))


def _verify_all(audits: Sequence[ShardAudit], perform: Perform, progress: Progress | None) -> None:
    """Perform the work of all shards, and hand each what came of its own."""
    total, done = sum(audit.size for audit in audits), 0
    orders = [order for audit in audits for order in orders_of(audit.shard)]
    ranges = (part for audit in audits for part in audit.ranges())
    for outcome in perform(chain(orders, ranges)):
        audit = audits[outcome.shard]
        if isinstance(outcome, Ordered):
            audit.findings.merge(outcome.findings)
            continue
        audit.take(outcome)
        done += outcome.end - outcome.start
        if progress is not None:
            progress(done, total)
    for audit in audits:
        audit.finish()


def _strays(reader: Reader, facts: LedgerFacts) -> Iterator[Finding]:
    """Find rows of shards that the ledger does not have."""
    expected = "shard 0" if facts.shards == 1 else f"the shards 0 to {facts.shards - 1}"
    for table, smallest, largest in reader.rows("shards"):
        for shard in {smallest, largest} - {None}:
            if not 0 <= shard < facts.shards:
                yield Finding(Kind.NO_SUCH_SHARD, shard, column=table, expected=expected, found=str(shard))


def _keys_of_no_log(facts: LedgerFacts, keys: Sequence[Verifier]) -> Iterator[Finding]:
    """Find keys that were given and vouch for nothing here."""
    origins = [origin_of(facts.name, shard, simulated=facts.simulated) for shard in range(facts.shards)]
    expected = origins[0] if facts.shards == 1 else f"{origins[0]} to {origins[-1]}"
    for key in keys:
        if key.name not in origins:
            yield Finding(Kind.KEY_OF_NO_LOG, 0, expected=expected, found=key.vkey)


def _report(
    facts: LedgerFacts, audits: Sequence[ShardAudit], strays: Sequence[Finding], seconds: float
) -> Report:
    left_out: Counter[str] = Counter()
    for audit in audits:
        left_out.update({str(kind): many for kind, many in audit.findings.left_out.items() if many})
    findings = [*strays, *(finding for audit in audits for finding in audit.findings)]
    shards = tuple([_shard_report(audit) for audit in audits])
    return Report(facts.name, shards, tuple(findings), dict(left_out), seconds)


def _shard_report(audit: ShardAudit) -> ShardReport:
    root = audit.root
    tally = {name: many for name, many in audit.tally.items() if name != "entries"}
    return ShardReport(
        audit.shard, audit.size, audit.signed_to, None if root is None else root.hex(), **tally
    )
