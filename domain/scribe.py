"""The scribe: has drafts decided, recorded and answered, in any number of shards."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from threading import Lock
from typing import Final

from domain.decisions import Decisions, in_document
from domain.door import check_time
from domain.entry import Draft
from domain.events.oversight import VoidProposed
from domain.refusals import InvalidValue, Refused
from domain.rules import check_stream
from domain.rules.oversight import check_target
from domain.seams import refusing
from domain.store.init import LedgerFacts
from domain.store.recorder import ShardRecorder
from domain.store.request import Append, Begun, Behind, KeysChanged, Outcome
from domain.store.searches import Target, types_of
from domain.streams import shard_of
from domain.vault.seals import NO_VAULT, Sealer
from domain.vault.vault import Vault

CHUNK: Final = 1_000
"""How many drafts are decided and appended at once, so that other callers come in between."""

LOADS_MAX: Final = 5
STREAMS_LOADED: Final = 50
CLOCK_MAX: Final = datetime(9000, 1, 1, tzinfo=UTC)

LoadStreams = Callable[[Sequence[str]], Mapping[str, Iterable[tuple[str, bytes]]]]
"""Reads whole streams: type and canonical bytes of each entry, in order of version."""


class Scribe:
    """Writes for one ledger; safe to use from any number of threads and event loops of one process.

    `clocks` reads the clocks of all shards.
    """

    def __init__(
        self,
        facts: LedgerFacts,
        recorders: Sequence[ShardRecorder],
        future_tolerance: timedelta,
        load_streams: LoadStreams,
        clocks: Callable[[], Iterable[datetime]],
        vault: Vault | None = None,
    ) -> None:
        """Take the recorders of all shards, in order; without a vault nothing personal is recorded."""
        self.decisions = Decisions(facts.fingerprint_key)
        self._facts = facts
        self._recorders = recorders
        self._future_tolerance = future_tolerance
        self._load_streams = load_streams
        self._clocks = clocks
        self._vault = vault
        self._clock_lock = Lock()
        self._simulated_now = max(clocks()) if facts.simulated else None

    def now(self) -> datetime:
        """Return the present moment by the ledger's clock; a simulated clock stands at its last entry."""
        return self._simulated_now or datetime.now(UTC)

    def record(self, drafts: Sequence[Draft]) -> list[Outcome]:
        """Have drafts recorded, and wait; returns the fate of each, in order. None fails another."""
        return self.begin(drafts)()

    def begin(self, drafts: Sequence[Draft]) -> Begun:
        """Have drafts recorded while the caller goes on, at least the last chunk of them.

        Others had better be begun once the fates of these are known: what is decided before is decided again.
        """
        self._recorders[0].check_process()
        outcomes: list[Outcome] = []
        last = max(0, len(drafts) - 1) // CHUNK * CHUNK
        for start in range(0, last, CHUNK):
            outcomes += self._begin(drafts[start : start + CHUNK])()
        told = self._begin(drafts[last:])
        return lambda: outcomes + told()

    def _begin(self, chunk: Sequence[Draft]) -> Begun:
        first = self._write(chunk)

        def outcomes() -> list[Outcome]:
            told = first()
            for _ in range(LOADS_MAX):
                late = _behind(told)
                if not late:
                    break
                self._catch_up(chunk, told)
                _put(told, late, self._write([chunk[place] for place in late])())
            return told

        return outcomes

    async def record_async(self, drafts: Sequence[Draft]) -> list[Outcome]:
        """Do the same from an event loop."""
        self._recorders[0].check_process()
        outcomes: list[Outcome] = []
        for start in range(0, len(drafts), CHUNK):
            chunk = drafts[start : start + CHUNK]
            told = await self._write_async(chunk)
            for _ in range(LOADS_MAX):
                late = _behind(told)
                if not late:
                    break
                await asyncio.to_thread(self._catch_up, chunk, told)
                _put(told, late, await self._write_async([chunk[place] for place in late]))
            outcomes += told
        return outcomes

    def _write(self, drafts: Sequence[Draft]) -> Begun:
        plan = _Plan(self.appends(drafts), self._facts.shards)
        begun = [(shard, self._recorders[shard].begin(appends)) for shard, appends in plan.shards.items()]

        def outcomes() -> list[Outcome]:
            for shard, told in begun:
                plan.answer(shard, told())
            return self._told(plan)

        return outcomes

    async def _write_async(self, drafts: Sequence[Draft]) -> list[Outcome]:
        seals = self._vault.at_hand(drafts) if self._vault is not None else NO_VAULT
        if seals is None:
            seals = await asyncio.to_thread(self._seals, drafts)
        plan = _Plan(self.appends(drafts, seals), self._facts.shards)
        if len(plan.shards) == 1:
            # By far the most common, and a task less.
            ((shard, appends),) = plan.shards.items()
            plan.answer(shard, await self._recorders[shard].append_async(appends))
            return self._told(plan)
        calls = [self._recorders[shard].append_async(appends) for shard, appends in plan.shards.items()]
        for shard, outcomes in zip(plan.shards, await asyncio.gather(*calls), strict=True):
            plan.answer(shard, outcomes)
        return self._told(plan)

    def _catch_up(self, drafts: Sequence[Draft], told: Sequence[Outcome]) -> None:
        """Learn what kept drafts from being decided, or from being kept as they were sealed."""
        pairs = list(zip(drafts, told, strict=True))
        self._load({draft.stream for draft, outcome in pairs if isinstance(outcome, Behind)})
        if self._vault is not None:
            self._vault.refresh(draft.stream for draft, outcome in pairs if isinstance(outcome, KeysChanged))

    def _load(self, streams: Iterable[str]) -> None:
        """Read streams that have grown beyond what is kept of them, some at a time."""
        wanted = sorted(streams)
        for start in range(0, len(wanted), STREAMS_LOADED):
            self.decisions.streams.load(
                self._load_streams(wanted[start : start + STREAMS_LOADED]), len(wanted)
            )

    def _seals(self, drafts: Sequence[Draft]) -> Sealer:
        return NO_VAULT if self._vault is None else self._vault.ready(drafts)

    def appends(self, drafts: Sequence[Draft], seals: Sealer | None = None) -> list[Append | Refused]:
        """Check, decide and seal drafts, and write their bytes: all that can be done before the append."""
        nows, targets = self._nows(drafts), self._targets(drafts)
        fates = [self._refusal(draft, now, targets) for draft, now in zip(drafts, nows, strict=True)]
        sound = [draft for draft, fate in zip(drafts, fates, strict=True) if fate is None]
        decided = iter(self.decisions.appends(sound, seals or self._seals(sound)))
        return [next(decided) if fate is None else fate for fate in fates]

    def _targets(self, drafts: Sequence[Draft]) -> Mapping[Target, str]:
        """Look up the types of the entries that are proposed to be voided."""
        asked: dict[int, list[Target]] = {}
        for draft in drafts:
            if isinstance(draft.event, VoidProposed):
                shard = shard_of(draft.stream, self._facts.shards)
                asked.setdefault(shard, []).append((draft.stream, draft.event.entry))
        found: dict[Target, str] = {}
        for shard, targets in asked.items():
            with refusing(), self._recorders[shard].reading() as connection:
                found |= types_of(connection, shard, targets)
        return found

    def _refusal(self, draft: Draft, now: datetime, targets: Mapping[Target, str]) -> Refused | None:
        """Return why a draft cannot be recorded, whatever its stream names."""
        try:
            check_stream(draft.stream, draft.event.TYPE)
            check_time(draft, now, self._future_tolerance)
            if draft.recorded_at is not None and draft.recorded_at > CLOCK_MAX:
                # The clock never goes back, so nothing could be recorded after it.
                raise InvalidValue(
                    "recorded_at", draft.recorded_at.isoformat(), "It is too far in the future."
                )
            _check_target(draft, targets)
        except Refused as refusal:
            return refusal
        return None

    def _nows(self, drafts: Sequence[Draft]) -> list[datetime]:
        """Return the present moment of each draft: a simulated clock moves on with what is recorded."""
        now = self.now()
        if not self._facts.simulated:
            return [now] * len(drafts)
        if any(draft.recorded_at is None or draft.recorded_at < draft.occurred_at for draft in drafts):
            # Another process may have moved the clock on.
            now = self._move_clock(self._clocks())
        return list(accumulate((draft.recorded_at or now for draft in drafts), max, initial=now))[1:]

    def _move_clock(self, moments: Iterable[datetime]) -> datetime:
        """Move a simulated clock on to the latest of some moments; it never goes back."""
        with self._clock_lock:
            self._simulated_now = max([*moments, *([self._simulated_now] if self._simulated_now else [])])
            return self._simulated_now

    def _told(self, plan: "_Plan") -> list[Outcome]:
        """Return the outcomes of a plan, and move a simulated clock to the last entry."""
        if self._facts.simulated:
            recorded = [it[-1].recorded_at for it in plan.outcomes if isinstance(it, tuple)]
            if recorded:
                self._move_clock(recorded)
        return plan.outcomes


def _check_target(draft: Draft, targets: Mapping[Target, str]) -> None:
    if not isinstance(draft.event, VoidProposed):
        return
    try:
        check_target(draft.event, targets.get((draft.stream, draft.event.entry)))
    except Refused as refusal:
        raise in_document(refusal, draft.event) from None


class _Plan:
    """Which drafts go to which shard, and what became of each."""

    def __init__(self, fates: Sequence[Append | Refused], shards: int) -> None:
        self.shards: dict[int, list[Append]] = {}
        self._places: dict[int, list[int]] = {}
        self.outcomes: list[Outcome] = []
        for place, fate in enumerate(fates):
            if isinstance(fate, Refused):
                self.outcomes.append(fate)
                continue
            self.outcomes.append(())
            shard = shard_of(fate.stream, shards)
            self.shards.setdefault(shard, []).append(fate)
            self._places.setdefault(shard, []).append(place)

    def answer(self, shard: int, outcomes: Sequence[Outcome]) -> None:
        """Put the outcomes of a shard in the places of its drafts."""
        for place, outcome in zip(self._places[shard], outcomes, strict=True):
            self.outcomes[place] = outcome


def _behind(outcomes: Sequence[Outcome]) -> list[int]:
    """Return the places of drafts that are to be asked for again, once something was read anew."""
    return [place for place, outcome in enumerate(outcomes) if isinstance(outcome, (Behind, KeysChanged))]


def _put(outcomes: list[Outcome], places: Sequence[int], others: Sequence[Outcome]) -> None:
    for place, outcome in zip(places, others, strict=True):
        outcomes[place] = outcome
