"""The rehearsal of an import: decides as the ledger would, and writes nothing."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from domain.decisions import in_document
from domain.door import check_time
from domain.entry import Draft, Prepared, Receipt, nth_id, prepare, read_entry, splice
from domain.kept import learn_stream
from domain.ledger import Ledger
from domain.refusals import IdReused, Refused
from domain.rules import Known, check_stream, decide
from domain.values import moment_text

STREAMS_KEPT: Final = 200_000
NOT_RECORDED: Final = datetime(1, 1, 1, tzinfo=UTC)
"""Stands where a receipt has the moment of recording."""

Load = Callable[[Sequence[str]], Mapping[str, Iterable[tuple[str, bytes]]]]
"""Reads the whole of several streams: type and canonical bytes of each entry, in order of version."""

Check = Callable[[Draft], None]
"""Refuses a draft for what is not a matter of its stream."""


@dataclass(slots=True)
class _Stream:
    known: Known = field(default_factory=Known)
    states: dict[UUID, tuple[Prepared | bytes, Receipt]] = field(default_factory=dict)


class Rehearsal:
    """Stands in for the ledger's `record`: what is there already, and what it was shown before, decides.

    It remembers the streams used last; one whose rows lie further apart than `streams_kept` other streams is
    judged by what is recorded alone.
    """

    def __init__(
        self, load: Load | None = None, check: Check | None = None, streams_kept: int = STREAMS_KEPT
    ) -> None:
        """Take what reads streams, without which the ledger is empty, and what else may refuse a draft."""
        self._load = load
        self._check = check
        self._kept: OrderedDict[str, _Stream] = OrderedDict()
        self._streams_kept = streams_kept

    @classmethod
    def at(cls, ledger: Ledger) -> "Rehearsal":
        """Stand in for a ledger, at its present moment."""
        now, tolerance = ledger.now(), ledger.future_tolerance
        return cls(ledger.load_streams, lambda draft: check_time(draft, now, tolerance))

    def __call__(self, drafts: Sequence[Draft]) -> list[tuple[Receipt, ...] | Refused]:
        """Answer for each draft as the ledger would."""
        self._fetch(list(dict.fromkeys(draft.stream for draft in drafts)))
        return [self._fate(draft) for draft in drafts]

    def _fetch(self, streams: Sequence[str]) -> None:
        missing = [stream for stream in streams if stream not in self._kept]
        loaded = self._load(missing) if self._load is not None and missing else {}
        for stream in streams:
            if stream not in self._kept:
                self._kept[stream] = _read(loaded.get(stream, ()))
            self._kept.move_to_end(stream)
        while len(self._kept) > max(self._streams_kept, len(streams)):
            self._kept.popitem(last=False)

    def _fate(self, draft: Draft) -> tuple[Receipt, ...] | Refused:
        stream = self._kept[draft.stream]
        try:
            check_stream(draft.stream, draft.event.TYPE)
            if self._check is not None:
                self._check(draft)
            said = prepare(draft, draft.event, draft.id)
            if draft.id in stream.states:
                return (_repeated(draft, said, *stream.states[draft.id]),)
        except Refused as refusal:
            return refusal
        try:
            events = decide(stream.known, draft.event)
        except Refused as refusal:
            return in_document(refusal, draft.event)
        receipts = []
        for n, event in enumerate(events):
            stream.known.learn(event.TYPE, event)
            stream.known.version += 1
            receipt = Receipt(
                nth_id(draft.id, n), draft.stream, stream.known.version, 0, 0, NOT_RECORDED, repeated=False
            )
            stream.states[receipt.id] = (said, receipt)
            receipts.append(receipt)
        return tuple(receipts)


def _read(entries: Iterable[tuple[str, bytes]]) -> _Stream:
    entries = list(entries)
    stream = _Stream(learn_stream(entries))
    for type_name, state in entries:
        entry = read_entry(type_name, state, 0, 0)
        receipt = Receipt(entry.id, entry.stream, entry.version, 0, 0, entry.recorded_at, repeated=True)
        stream.states[entry.id] = (state, receipt)
    return stream


def _repeated(draft: Draft, said: Prepared, before: Prepared | bytes, receipt: Receipt) -> Receipt:
    """Return the first receipt of an id that is known; refuses other content under it."""
    if isinstance(before, bytes):
        same = splice(said, moment_text(receipt.recorded_at).encode(), receipt.version) == before
    else:
        same = said == before
    if not same:
        raise IdReused("id", str(draft.id))
    return receipt._replace(repeated=True)
