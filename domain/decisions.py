"""Deciding drafts on what their streams name, and once more inside the append where that was stale.

What a stream names (`Known`) is kept in memory for the streams used last. It advances in commit order, as
the committer confirms entries. A stream that is not kept is taken for a new one: where it is not, or where
another process has written, the append decides again on what is there.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple
from uuid import UUID

from domain.entry import Draft, Prepared, as_said, fingerprint, nth_id, prepare
from domain.events.register import Event
from domain.kept import KeptStreams
from domain.refusals import Refused
from domain.rules import Known, decide
from domain.standing import OVERSIGHT
from domain.store.request import Append, Recorded, StreamView

UNDECIDED: Final = -1
"""A version that no stream has: the append decides."""


@dataclass(slots=True)
class Decision:
    """A draft and the events decided for it: at first, and again by the append where its stream moved on.

    `basis` is what the stream was to name before this draft, where it is the last of several in its batch;
    `known` what it named when it was decided again.
    """

    streams: KeptStreams
    draft: Draft
    events: tuple[Event, ...] = ()
    events_again: tuple[Event, ...] = ()
    basis: Known | None = None
    known: Known | None = None

    def again(self, view: StreamView) -> tuple[Prepared, ...]:
        """Decide on the stream as the append sees it."""
        oversees = self.draft.event.TYPE in OVERSIGHT
        self.known = self.streams.seen_by(view, self.draft.stream, stale_will_do=oversees)
        try:
            self.events_again = decide(self.known, self.draft.event)
        except Refused as refusal:
            self.streams.refused(view, self.draft.stream)
            raise in_document(refusal, self.draft.event) from None
        return prepare_all(self.draft, self.events_again)

    def committed(self, recorded: Recorded) -> None:
        """Learn what was written."""
        again = recorded.again
        events, known = (self.events_again, self.known) if again else (self.events, self.basis)
        self.streams.written(self.draft.stream, events, recorded.version, known)


def in_document(refusal: Refused, event: Event) -> Refused:
    """Name a field of the event by its place in the caller's document, as the door does."""
    if hasattr(event, refusal.field.partition(".")[0].partition("[")[0]):
        refusal.field = f"data.{refusal.field}"
    return refusal


def prepare_all(draft: Draft, events: Sequence[Event]) -> tuple[Prepared, ...]:
    """Write the canonical bytes of all entries of a decision, but for version and `recorded_at`."""
    return tuple(prepare(draft, event, nth_id(draft.id, n)) for n, event in enumerate(events))


class _Ahead(NamedTuple):
    """What a stream will name once the batch's drafts so far are recorded, the last of which bears `last`."""

    known: Known
    learnt: int
    last: UUID


class _Basis(NamedTuple):
    """What a decision was made on: see `Append`."""

    decided_at: int
    learnt: int
    presumes: UUID | None


@dataclass(slots=True)
class Decisions:
    """Decides drafts; safe to use from several threads."""

    fingerprint_key: bytes
    streams: KeptStreams = field(default_factory=KeptStreams)

    def appends(self, drafts: Sequence[Draft]) -> list[Append | Refused]:
        """Turn drafts into requests to append, or refusals, in order; each sees those before it."""
        ahead: dict[str, _Ahead] = {}
        left = Counter(draft.stream for draft in drafts)
        return [self._append(draft, ahead, left) for draft in drafts]

    def _append(self, draft: Draft, ahead: dict[str, _Ahead], left: Counter[str]) -> Append | Refused:
        """Decide one draft, on what is kept and what this batch has decided before it (`ahead`).

        `left` counts what is still to come of each stream: only for that is it worth copying what is known.
        """
        stream = draft.stream
        left[stream] -= 1
        decision = Decision(self.streams, draft)
        try:
            said = prepare(draft, draft.event, draft.id)
        except Refused as refusal:
            return refusal
        with self.streams.lock:
            before = ahead.get(stream)
            known = before.known if before else self.streams.known(stream)
            learnt = before.learnt if before else known.version
            if known.stale and draft.event.TYPE not in OVERSIGHT:
                # Names of what is voided cannot be forgotten: the append learns the stream anew.
                return self._request(decision, said, (said,), _Basis(UNDECIDED, 0, None))
            try:
                decision.events = decide(known, draft.event)
            except Refused:
                # The id may be one that was recorded before: its first receipt is the answer then.
                # Otherwise the append decides; what is said shows until then how large the entries will be.
                return self._request(decision, said, (said,), _Basis(UNDECIDED, learnt, None))
            basis = _Basis(known.version, learnt, before.last if before else None)
            if left[stream]:
                known = _advanced(known, decision.events, own=before is not None)
                ahead[stream] = _Ahead(known, learnt, draft.id)
            elif before:
                decision.basis = known
        entries = (said,) if decision.events == (draft.event,) else prepare_all(draft, decision.events)
        return self._request(decision, said, entries, basis)

    def _request(
        self, decision: Decision, said: Prepared, entries: tuple[Prepared, ...], basis: _Basis
    ) -> Append:
        draft = decision.draft
        return Append(
            stream=draft.stream,
            id=draft.id,
            fingerprint=fingerprint(self.fingerprint_key, as_said(draft, said)),
            entries=entries,
            decided_at=basis.decided_at,
            presumes=basis.presumes,
            learnt=basis.learnt,
            expected_version=draft.expected_version,
            recorded_at=draft.recorded_at,
            decide=decision.again,
            committed=decision.committed,
        )


def _advanced(known: Known, events: Sequence[Event], *, own: bool) -> Known:
    """Return what is known after these events, on a copy unless it is the batch's own already."""
    known = known if own else known.copy()
    for event in events:
        known.learn(event.TYPE, event)
    known.version += len(events)
    return known
