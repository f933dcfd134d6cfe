"""What the streams used last name, kept in memory: most drafts are decided without asking the database."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import RLock
from typing import Any, Final

from domain.entry import Entry, read_entry
from domain.events.register import Event
from domain.rules import Known
from domain.standing import standing
from domain.store.request import TAIL_MAX, Behind, StreamView

STREAMS_MAX: Final = 20_000
ENTRIES_MAX: Final = 1_000_000
"""The names of an entry take some 100 bytes."""

PENDING_MAX: Final = 64


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
class KeptStreams:
    """The streams kept, those used last at the end; whoever uses what it returns holds `lock`.

    It advances in commit order, as entries are confirmed. `entries` counts the versions of all of them.
    """

    streams_max: int = STREAMS_MAX
    entries_max: int = ENTRIES_MAX
    kept: OrderedDict[str, Kept] = field(default_factory=OrderedDict)
    entries: int = 0
    lock: RLock = field(default_factory=RLock)

    def known(self, stream: str) -> Known:
        """Return what a stream names as far as is known here; a stream that is not kept is taken for new."""
        kept = self.kept.get(stream)
        if kept is None:
            return Known()
        self.kept.move_to_end(stream)
        return kept.current()

    def seen_by(self, view: StreamView, stream: str, *, stale_will_do: bool = False) -> Known:
        """Return what a stream names as an append sees it; refuses where much of it would have to be read.

        Where an entry was voided since, the stream is learnt anew, unless what is stale will do.
        """
        known = view.memo
        if not isinstance(known, Known):
            with self.lock:
                kept = self.kept.get(stream)
                usable = kept is not None and kept.version <= view.version
                known = kept.current().copy() if kept is not None and usable else Known()
            if view.version - known.version > TAIL_MAX:
                raise Behind("stream", stream)
        _learn_all(known, view.after(known.version))
        view.memo = known
        if known.stale and not stale_will_do:
            if view.version > TAIL_MAX:
                raise Behind("stream", stream)
            known = view.memo = learn_stream(view.after(0))
        return known

    def refused(self, view: StreamView, stream: str) -> None:
        """Keep what an append learnt to refuse a draft, for a caller who asks again; if all is committed."""
        known = view.memo
        if isinstance(known, Known) and known.version == view.committed:
            with self.lock:
                kept = self.kept.get(stream)
                if kept is None or kept.version < known.version or kept.known.stale:
                    # The view's own learns on, of entries that may yet not be committed.
                    self._keep(stream, known.copy())

    def load(self, streams: Mapping[str, Iterable[tuple[str, bytes]]], spared: int) -> None:
        """Keep streams read from the database: type and canonical bytes of each entry, from the first on.

        The `spared` used last are kept however much they name: somebody is waiting for them.
        """
        for stream, entries in streams.items():
            known = learn_stream(entries)
            with self.lock:
                kept = self.kept.get(stream)
                if kept is None or kept.version < known.version or kept.current().stale:
                    self._keep(stream, known, spared)

    def written(self, stream: str, events: Sequence[Event], first_version: int, before: Known | None) -> None:
        """Learn entries just written; `before`, if given, is what they were decided on, and nobody else's.

        It has learnt what came before them, and perhaps more that was written since.
        """
        with self.lock:
            kept = self.kept.get(stream)
            if kept is None and first_version == 1:
                kept = self._keep(stream, Known())
            if before is not None and _is_of_use(before, kept, first_version):
                kept = self._keep(stream, before)
            if kept is None or kept.version >= first_version:
                return
            if kept.version == first_version - 1:
                kept.add(events)
                self.entries += len(events)
            else:
                self._forget(stream)

    def _keep(self, stream: str, known: Known, spared: int = 1) -> Kept:
        """Keep a stream, and forget those used least where that makes too many; `spared` are the newest."""
        if stream in self.kept:
            self._forget(stream)
        kept = self.kept[stream] = Kept(known, known.version)
        self.entries += known.version
        while len(self.kept) > spared and self._is_full():
            self._forget(next(iter(self.kept)))
        return kept

    def _is_full(self) -> bool:
        return len(self.kept) > self.streams_max or self.entries > self.entries_max

    def _forget(self, stream: str) -> None:
        self.entries -= self.kept.pop(stream).version


def _is_of_use(before: Known, kept: Kept | None, first_version: int) -> bool:
    """Whether what entries were decided on is ahead of what is kept, or saves it learning the same again."""
    if before.version < first_version - 1:
        return False
    if kept is None or kept.version < first_version - 1:
        return True
    return kept.version == first_version - 1 and (bool(kept.pending) or kept.known.stale)


def learn_stream(entries: Iterable[tuple[str, bytes]]) -> Known:
    """Learn a whole stream, type and canonical bytes of each entry, but for what is voided in it."""
    return learn_entries([read_entry(type_name, state, 0, 0) for type_name, state in entries])


def learn_entries(whole: Sequence[Entry[Any]]) -> Known:
    """Learn a whole stream of entries, but for what is voided in it."""
    known = Known()
    for entry in standing(whole):
        known.learn(entry.type, entry.data)
    known.version, known.voids_left_out = len(whole), len(known.oversight.voided)
    return known


def _learn_all(known: Known, entries: Iterable[tuple[str, bytes]]) -> None:
    for type_name, state in entries:
        known.learn(type_name, read_entry(type_name, state, 0, 0).data)
        known.version += 1
