"""Deciding drafts on what their streams name, and once more inside the append where that was stale.

What a stream names (`Known`) is kept in memory for the streams used last. It advances in commit order, as
the committer confirms entries. A stream that is not kept is taken for a new one: where it is not, or where
another process has written, the append decides again on what is there.
"""

from collections import Counter, OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Final
from uuid import UUID

from domain.entry import Draft, Prepared, fingerprint, nth_id, prepare, read_entry
from domain.events.register import Event
from domain.refusals import Refused
from domain.rules import Known, decide
from domain.store.request import Append, Recorded, StreamView

STREAMS_KEPT: Final = 20_000
PENDING_MAX: Final = 64
UNDECIDED: Final = -1
"""A version that no stream has: the append decides."""


@dataclass(slots=True)
class Kept:
    """What is kept of a stream: what it names, and events written since, learnt when it is asked next.

    Most streams of an import are never asked again, and the committer should not learn for nothing.
    """

    known: Known
    version: int
    pending: list[Event] = field(default_factory=list)

    def current(self) -> Known:
        """Return what the stream names after all that was written."""
        for event in self.pending:
            self.known.learn(event.TYPE, event)
        self.pending.clear()
        self.known.version = self.version
        return self.known

    def add(self, events: Sequence[Event]) -> None:
        """Take the events written next."""
        self.pending += events
        self.version += len(events)
        if len(self.pending) > PENDING_MAX:
            self.current()


@dataclass(slots=True)
class Decision:
    """A draft and the events decided for it: at first, and again by the append where its stream moved on.

    `decided_at` is the version first decided on; `known` what the stream named when it was decided again.
    """

    desk: "Decisions"
    draft: Draft
    decided_at: int = UNDECIDED
    events: tuple[Event, ...] = ()
    events_again: tuple[Event, ...] = ()
    known: Known | None = None

    def again(self, view: StreamView) -> tuple[Prepared, ...]:
        """Decide on the stream as the append sees it."""
        self.known = self.desk.known_in(view, self.draft.stream)
        try:
            self.events_again = decide(self.known, self.draft.event)
        except Refused as refusal:
            raise _in_document(refusal, self.draft.event) from None
        self.decided_at = UNDECIDED
        return prepare_all(self.draft, self.events_again)

    def committed(self, recorded: Recorded) -> None:
        """Learn what was written."""
        first = recorded.version - 1 == self.decided_at
        self.desk.learn(
            self.draft.stream, self.events if first else self.events_again, recorded.version, self.known
        )


def _in_document(refusal: Refused, event: Event) -> Refused:
    """Name a field of the event by its place in the caller's document, as the door does."""
    if hasattr(event, refusal.field.partition(".")[0].partition("[")[0]):
        refusal.field = f"data.{refusal.field}"
    return refusal


def prepare_all(draft: Draft, events: Sequence[Event]) -> tuple[Prepared, ...]:
    """Write the canonical bytes of all entries of a decision, but for version and `recorded_at`."""
    return tuple(prepare(draft, event, nth_id(draft.id, n)) for n, event in enumerate(events))


@dataclass(slots=True)
class Decisions:
    """Decides drafts; safe to use from several threads."""

    fingerprint_key: bytes
    streams_kept: int = STREAMS_KEPT
    kept: OrderedDict[str, Kept] = field(default_factory=OrderedDict)
    lock: Lock = field(default_factory=Lock)

    def appends(self, drafts: Sequence[Draft]) -> list[Append | Refused]:
        """Turn drafts into requests to append, or refusals, in order; each sees those before it."""
        ahead: dict[str, tuple[Known, UUID]] = {}
        left = Counter(draft.stream for draft in drafts)
        with self.lock:
            return [self._append(draft, ahead, left) for draft in drafts]

    def known_in(self, view: StreamView, stream: str) -> Known:
        """Return what the stream names as the append sees it, which may be ahead of what is kept."""
        known = view.memo
        if not isinstance(known, Known):
            with self.lock:
                kept = self.kept.get(stream)
                usable = kept is not None and kept.version <= view.version
                known = kept.current().copy() if kept is not None and usable else Known()
        for type_name, state in view.after(known.version):
            known.learn(type_name, read_entry(type_name, state, 0, 0).data)
            known.version += 1
        view.memo = known
        return known

    def learn(self, stream: str, events: Sequence[Event], first_version: int, before: Known | None) -> None:
        """Advance what is kept of a stream by entries just written.

        `before` is what the stream named when they were decided inside the append, if they were: then it is
        kept where nothing was. What has fallen behind is forgotten.
        """
        with self.lock:
            kept = self.kept.get(stream)
            if kept is None and first_version == 1:
                kept = self._keep(stream, Known())
            elif kept is None and before is not None:
                kept = self._keep(stream, before)
            if kept is None or kept.version >= first_version:
                return
            if kept.version == first_version - 1:
                kept.add(events)
            else:
                del self.kept[stream]

    def _keep(self, stream: str, known: Known) -> Kept:
        kept = self.kept[stream] = Kept(known, known.version)
        if len(self.kept) > self.streams_kept:
            self.kept.popitem(last=False)
        return kept

    def _kept(self, stream: str) -> Known:
        kept = self.kept.get(stream)
        if kept is None:
            return Known()
        self.kept.move_to_end(stream)
        return kept.current()

    def _append(
        self, draft: Draft, ahead: dict[str, tuple[Known, UUID]], left: Counter[str]
    ) -> Append | Refused:
        """Decide one draft, on what is kept and what this batch has decided before it (`ahead`).

        `left` counts what is still to come of each stream: only for that is it worth copying what is known.
        """
        stream = draft.stream
        left[stream] -= 1
        decision = Decision(self, draft)
        known, presumes = ahead.get(stream) or (self._kept(stream), None)
        try:
            said = prepare(draft, draft.event, draft.id)
        except Refused as refusal:
            return refusal
        try:
            decision.events = decide(known, draft.event)
        except Refused:
            # The id may be one that was recorded before: its first receipt is the answer then, not a refusal.
            return self._request(decision, said, ())
        decision.decided_at = known.version
        if left[stream]:
            ahead[stream] = _advanced(known, decision.events, own=presumes is not None), draft.id
        entries = (said,) if decision.events == (draft.event,) else prepare_all(draft, decision.events)
        return self._request(decision, said, entries, presumes)

    def _request(
        self,
        decision: Decision,
        said: Prepared,
        entries: tuple[Prepared, ...],
        presumes: UUID | None = None,
    ) -> Append:
        draft = decision.draft
        return Append(
            stream=draft.stream,
            id=draft.id,
            fingerprint=fingerprint(self.fingerprint_key, said),
            entries=entries,
            decided_at=decision.decided_at,
            presumes=presumes,
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
