"""Deciding drafts on what their streams already name, and once more inside the append where that was stale.

What a stream names (`Known`) is kept in memory for the streams used last. It advances in commit order, as the
committer confirms entries; where it has fallen behind, another process has written, and the append decides
again on the tail.
"""

from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Final

from domain.entry import Draft, Prepared, fingerprint, nth_id, prepare, read_entry
from domain.events.register import Event
from domain.refusals import Refused
from domain.rules import Known, decide
from domain.store.request import Append, Recorded, StreamView

STREAMS_KEPT: Final = 100_000
UNDECIDED: Final = -1
"""A version that no stream has: the append decides."""

Load = Callable[[Sequence[str]], Mapping[str, Iterable[tuple[str, bytes]]]]
"""Reads the whole of several streams: type and canonical bytes of each entry, in order of version."""


@dataclass(slots=True)
class Decision:
    """A draft and the events decided for it; decided again by the append where its stream has moved on."""

    desk: "Decisions"
    draft: Draft
    events: tuple[Event, ...] = ()

    def again(self, view: StreamView) -> tuple[Prepared, ...]:
        """Decide on the stream as the append sees it."""
        self.events = decide(self.desk.known_in(view, self.draft.stream), self.draft.event)
        return prepare_all(self.draft, self.events)

    def committed(self, recorded: Recorded) -> None:
        """Learn what was written."""
        self.desk.learn(self.draft.stream, self.events, recorded.version)


def prepare_all(draft: Draft, events: Sequence[Event]) -> tuple[Prepared, ...]:
    """Write the canonical bytes of all entries of a decision, but for version and `recorded_at`."""
    return tuple(prepare(draft, event, nth_id(draft.id, n)) for n, event in enumerate(events))


@dataclass(slots=True)
class Decisions:
    """Decides drafts; safe to use from several threads."""

    load: Load
    fingerprint_key: bytes
    streams_kept: int = STREAMS_KEPT
    kept: OrderedDict[str, Known] = field(default_factory=OrderedDict)
    lock: Lock = field(default_factory=Lock)

    def appends(self, drafts: Sequence[Draft]) -> list[Append | Refused]:
        """Turn drafts into requests to append, or refusals, in order; each sees those before it."""
        self._fetch({draft.stream for draft in drafts})
        ahead: dict[str, Known] = {}
        left = Counter(draft.stream for draft in drafts)
        with self.lock:
            return [self._append(draft, ahead, left) for draft in drafts]

    def known_in(self, view: StreamView, stream: str) -> Known:
        """Return what the stream names as the append sees it, which may be ahead of what is kept."""
        known = view.memo
        if not isinstance(known, Known):
            with self.lock:
                kept = self.kept.get(stream)
                known = kept.copy() if kept is not None and kept.version <= view.version else Known()
        for type_name, state in view.after(known.version):
            known.learn(type_name, read_entry(type_name, state, 0, 0).data)
            known.version += 1
        view.memo = known
        return known

    def learn(self, stream: str, events: Sequence[Event], first_version: int) -> None:
        """Advance what is kept of a stream by entries just written; forget it where it has fallen behind."""
        with self.lock:
            known = self.kept.get(stream)
            if known is None or known.version >= first_version:
                return
            if known.version != first_version - 1:
                del self.kept[stream]
                return
            for event in events:
                known.learn(event.TYPE, event)
            known.version += len(events)

    def _fetch(self, streams: set[str]) -> None:
        """Load the streams that are not kept, and put the rest last in the order of forgetting."""
        with self.lock:
            missing = [stream for stream in streams if stream not in self.kept]
            for stream in streams.difference(missing):
                self.kept.move_to_end(stream)
        if not missing:
            return
        loaded = {stream: _known(entries) for stream, entries in self.load(missing).items()}
        with self.lock:
            for stream in missing:
                self.kept.setdefault(stream, loaded.get(stream) or Known())
            while len(self.kept) > self.streams_kept:
                self.kept.popitem(last=False)

    def _append(self, draft: Draft, ahead: dict[str, Known], left: Counter[str]) -> Append | Refused:
        """Decide one draft, on what is kept and what this batch has decided before it (`ahead`).

        `left` counts what is still to come of each stream: only for that is it worth copying what is known.
        """
        left[draft.stream] -= 1
        decision = Decision(self, draft)
        known = ahead.get(draft.stream) or self.kept.get(draft.stream) or Known()
        try:
            said = prepare(draft, draft.event, draft.id)
        except Refused as refusal:
            return refusal
        try:
            decision.events = decide(known, draft.event)
        except Refused:
            # The id may be one that was recorded before: its first receipt is the answer then, not a refusal.
            return self._request(decision, said, (), UNDECIDED)
        decided_at = known.version
        if left[draft.stream]:
            ahead[draft.stream] = _advanced(known, decision.events, own=draft.stream in ahead)
        if decision.events == (draft.event,):
            return self._request(decision, said, (said,), decided_at)
        return self._request(decision, said, prepare_all(draft, decision.events), decided_at)

    def _request(
        self, decision: Decision, said: Prepared, entries: tuple[Prepared, ...], decided_at: int
    ) -> Append:
        draft = decision.draft
        return Append(
            stream=draft.stream,
            id=draft.id,
            fingerprint=fingerprint(self.fingerprint_key, said),
            entries=entries,
            decided_at=decided_at,
            expected_version=draft.expected_version,
            recorded_at=draft.recorded_at,
            decide=decision.again,
            committed=decision.committed,
        )


def _known(entries: Iterable[tuple[str, bytes]]) -> Known:
    known = Known()
    for type_name, state in entries:
        known.learn(type_name, read_entry(type_name, state, 0, 0).data)
        known.version += 1
    return known


def _advanced(known: Known, events: Sequence[Event], *, own: bool) -> Known:
    """Return what is known after these events, on a copy unless it is the batch's own already."""
    known = known if own else known.copy()
    for event in events:
        known.learn(event.TYPE, event)
    known.version += len(events)
    return known
