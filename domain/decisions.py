"""Deciding drafts on what their streams name, and once more inside the append where that was stale.

What a stream names (`Known`) is kept in memory for the streams used last. It advances in commit order, as
the committer confirms entries. A stream that is not kept is taken for a new one: where it is not, or where
another process has written, the append decides again on what is there.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import msgspec

from domain.entry import Draft, Prepared, as_said, fingerprint, nth_id, prepare
from domain.events.register import Event
from domain.kept import KeptStreams
from domain.refusals import Refused
from domain.rules import Known, decide
from domain.standing import OVERSIGHT
from domain.store.request import Append, Recorded, StreamView
from domain.vault.seals import DraftSeal, Sealer

UNDECIDED: Final = -1
"""A version that no stream has: the append decides."""


# `gc=False`, as for `Append`: nothing that a decision refers to refers back to it.
class Decision(msgspec.Struct, gc=False):
    """A draft and the events decided for it: at first, and again by the append where its stream moved on.

    `seal` seals what it says of persons, and `own` is what is written where it amounts to its own event;
    events are kept here, and elsewhere, as they stand in entries.
    `basis` is what the stream was to name before this draft, where it is the last of several in its batch;
    `known` what it named when it was decided again.
    """

    made_by: "Decisions"
    draft: Draft
    seal: DraftSeal | None
    own: "_Written"
    fingerprint: bytes
    events: tuple[Event, ...]
    entries: tuple[Prepared, ...]
    events_again: tuple[Event, ...] = ()
    basis: Known | None = None
    known: Known | None = None

    def request(self, decided_at: int, learnt: int, presumes: UUID | None) -> Append:
        """Ask for it to be appended: see `Append` for what it was decided on."""
        draft, seal = self.draft, self.seal
        return Append(
            stream=draft.stream,
            id=draft.id,
            fingerprint=self.fingerprint,
            entries=self.entries,
            decided_at=decided_at,
            presumes=presumes,
            learnt=learnt,
            expected_version=draft.expected_version,
            recorded_at=draft.recorded_at,
            sealed_at=None if seal is None else seal.epoch,
            sealed_with=() if seal is None else seal.keys,
            index=() if seal is None else seal.index,
            decider=self,
        )

    def unsealed(self) -> bytes:
        """Work out the fingerprint that an entry of the same content has which was never sealed."""
        draft = self.draft
        said = as_said(draft, prepare(draft, draft.event, draft.id))
        return fingerprint(self.made_by.fingerprint_key, said)

    def again(self, view: StreamView) -> tuple[Prepared, ...]:
        """Decide on the stream as the append sees it."""
        oversees = self.draft.event.TYPE in OVERSIGHT
        self.known = self.made_by.streams.seen_by(view, self.draft.stream, stale_will_do=oversees)
        try:
            decided = decide(self.known, self.draft.event)
        except Refused as refusal:
            self.made_by.streams.refused(view, self.draft.stream)
            raise in_document(refusal, self.draft.event) from None
        self.events_again, entries = self.write(decided)
        return entries

    def committed(self, recorded: Recorded) -> None:
        """Learn what was written."""
        again = recorded.again
        events, known = (self.events_again, self.known) if again else (self.events, self.basis)
        self.made_by.streams.written(self.draft.stream, events, recorded.version, known)

    def is_as_said(self, events: Sequence[Event]) -> bool:
        """Whether the draft amounts to its own event alone, as nearly all do."""
        return len(events) == 1 and events[0] is self.draft.event

    def write(self, events: Sequence[Event]) -> tuple[tuple[Event, ...], tuple[Prepared, ...]]:
        """Seal the events of a decision, and write their entries but for version and `recorded_at`."""
        if self.is_as_said(events):
            return (self.own.event,), (self.own.entry,)
        written = [_write(self.draft, self.seal, event, n) for n, event in enumerate(events)]
        return tuple([it.event for it in written]), tuple([it.entry for it in written])


def in_document(refusal: Refused, event: Event) -> Refused:
    """Name a field of the event by its place in the caller's document, as the door does."""
    if hasattr(event, refusal.field.partition(".")[0].partition("[")[0]):
        refusal.field = f"data.{refusal.field}"
    return refusal


class _Written(msgspec.Struct, frozen=True, gc=False):
    """An event as it stands in its entry, and the entry's bytes but for version and `recorded_at`."""

    event: Event
    entry: Prepared


def _write(draft: Draft, seal: DraftSeal | None, event: Event, n: int) -> _Written:
    entry_id = nth_id(draft.id, n)
    sealed = event if seal is None else seal.seal(event, entry_id)
    return _Written(sealed, prepare(draft, sealed, entry_id))


class _Ahead(msgspec.Struct, gc=False):
    """What a stream will name once the batch's drafts so far are recorded, the last of which bears `last`.

    `known` is the batch's own, `learnt` the version up to which it was learnt from the stream.
    """

    known: Known
    learnt: int
    last: UUID | None = None

    def learn(self, events: Sequence[Event], last: UUID) -> None:
        """Learn what was decided for a draft of this id."""
        for event in events:
            self.known.learn(event.TYPE, event)
        self.known.version += len(events)
        self.last = last


@dataclass(slots=True)
class Decisions:
    """Decides drafts; safe to use from several threads."""

    fingerprint_key: bytes
    streams: KeptStreams = field(default_factory=KeptStreams)

    def appends(self, drafts: Sequence[Draft], seals: Sealer) -> list[Append | Refused]:
        """Turn drafts into requests to append, or refusals, in order; each sees those before it."""
        ahead: dict[str, _Ahead] = {}
        left = Counter(draft.stream for draft in drafts)
        return [self._append(draft, seals, ahead, left) for draft in drafts]

    def _append(
        self, draft: Draft, seals: Sealer, ahead: dict[str, _Ahead], left: Counter[str]
    ) -> Append | Refused:
        """Decide one draft, on what is kept and what this batch has decided before it (`ahead`).

        `left` counts what is still to come of each stream: only for that is it worth copying what is known.
        """
        stream = draft.stream
        left[stream] -= 1
        try:
            decision = self._decision(draft, seals)
        except Refused as refusal:
            return refusal
        with self.streams.lock:
            before = ahead.get(stream)
            known = before.known if before else self.streams.known(stream)
            learnt = before.learnt if before else known.version
            last = before.last if before else None
            if known.stale and draft.event.TYPE not in OVERSIGHT:
                # Names of what is voided cannot be forgotten: the append learns the stream anew.
                return decision.request(UNDECIDED, 0, last)
            try:
                events = decide(known, draft.event)
            except Refused:
                # The id may be one that was recorded before: its first receipt is the answer then.
                # Otherwise the append decides; what is said shows until then how large the entries will be.
                return decision.request(UNDECIDED, learnt, last)
            decided_at = known.version
            if left[stream]:
                if before is None:
                    before = ahead[stream] = _Ahead(known.copy(), learnt)
                before.learn(events, draft.id)
            elif before:
                decision.basis = known
        if not decision.is_as_said(events):
            try:
                decision.events, decision.entries = decision.write(events)
            except Refused as refusal:
                return refusal
        return decision.request(decided_at, learnt, last)

    def _decision(self, draft: Draft, seals: Sealer) -> Decision:
        """Write what a draft says, as its caller says it and as it is to be kept."""
        said = prepare(draft, draft.event, draft.id)
        seal = seals.of(draft)
        secret = b"" if seal is None else seal.fingerprint_key
        mark = fingerprint(self.fingerprint_key, as_said(draft, said), secret)
        own = _Written(draft.event, said) if seal is None else _write(draft, seal, draft.event, 0)
        return Decision(self, draft, seal, own, mark, (own.event,), (own.entry,))
