"""Requesting an erasure, and making it: by two principals, and in an order that any crash may interrupt.

Whoever approves goes through these steps, and whoever approves once more goes on where that was cut off.

1. Check: what keeps the data has the request refused, which is recorded with its ground.
2. Under the lock of the shard's head: check once more, with what was recorded since; remember the erasure
   outside the database, destroy the keys, take the person out of the index, commit.
3. Record that the person is erased.

Once it is remembered outside, an erasure only goes forward. Cut off before that, nothing was done; cut off
after it, whoever opens the ledger next destroys the keys, and so does whoever restores a backup
(`domain.erasure.remembered`). What is left then is step 3.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final
from uuid import UUID

from domain.authority import HoldInForce
from domain.entry import Entry, Receipt, read_entry
from domain.erasure.grounds import LEGAL_HOLD, Ground, grounds
from domain.erasure.outlook import Outlook, Stays, facts_of, look, stays
from domain.erasure.refusals import KeptByLaw, NowhereToRemember
from domain.erasure.remembered import Erasure, decided, remember
from domain.events.oversight import ErasureRefused, ErasureRequested, SubjectErased
from domain.kept import learn_entries
from domain.notary.notary import Notary
from domain.oversight import Overseer, repeated
from domain.policies.retention import Retention
from domain.refusals import AlreadySettled, InvalidValue, NoSuchEntry, Refused, UnknownReference
from domain.rules import decide
from domain.store.append import Steps
from domain.store.reads import Connection, stream_entries
from domain.streams import shard_of
from domain.values import moment_text
from domain.vault.ending import destroy_keys, key_counts
from domain.vault.subjects import customer_subject, named_subject, person_of, stream_of

KIND: Final = "customer:"
SUBJECT_HINT: Final = "Write customer:42, or customer:42/person/P-1; a slash within a name is %2F."


def read_subject(text: str) -> str:
    """Return the name of a data subject as it was written; refuses what belongs to no customer's stream."""
    stream, person = stream_of(text), person_of(text)
    name = customer_subject(stream) if person is None else named_subject(stream, "person", person)
    if text != name or not stream.startswith(KIND) or "" in {stream.removeprefix(KIND), person}:
        raise InvalidValue("subject", text, SUBJECT_HINT)
    return text


@dataclass(frozen=True, slots=True)
class Erased:
    """An erasure that was made: its entry, how many keys were destroyed, and what stays."""

    receipt: Receipt
    subject: str
    keys: int
    stays: Stays


class _KeptError(Exception):
    """Something that was recorded after the first check keeps the data."""

    def __init__(self, kept: Sequence[Ground]) -> None:
        super().__init__()
        self.kept = kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Eraser:
    """Erases for one principal, by a policy of retention; `step` is told how far an approval has come."""

    overseer: Overseer
    retention: Retention
    step: Steps = lambda _: None

    def request(self, subject: str, basis: str) -> tuple[Receipt, Outlook]:
        """Request an erasure, and say what it would come to; the same again is repeated."""
        overseer = self.overseer
        outlook = look(overseer.ledger, read_subject(subject), self.retention)
        stream, name = outlook.stays.stream, overseer.new_id()
        event = ErasureRequested(
            request=str(name), subject=subject, basis=basis, principal=overseer.principal.id
        )
        before = _open_request(overseer.ledger.stream(stream), event)
        if before is not None:
            return repeated(before), outlook
        return overseer.record(overseer.draft(stream, event, name)), outlook

    def approve(self, name: str) -> Erased:
        """Erase whom another principal has requested to; the same again is repeated.

        Where something keeps the data, that is recorded, and raised: HoldInForce, KeptByLaw.
        """
        requested = self._requested(name)
        entries = self.overseer.ledger.stream(requested.stream)
        done = _settled(entries, name)
        if done is None or not self._is_own(done):
            keys = self._erase(requested)
            self.step("destroyed")
            receipt = self._record(requested, keys)
            self.step("recorded")
        else:
            keys, receipt = done.data.keys, repeated(done)
        subject = requested.data.subject
        return Erased(receipt, subject, keys, stays(self.overseer.ledger, subject, entries))

    def _erase(self, requested: Entry[ErasureRequested]) -> int:
        """Go through the first two steps; return how many keys are destroyed."""
        ledger, shard = self.overseer.ledger, self._shard(requested)
        entries = ledger.stream(requested.stream)
        self._check(requested, entries)
        self._notary.guard(shard)
        self.step("checked")
        try:
            return ledger.need_vault().ending(shard, partial(self._destroy, requested, entries))
        except _KeptError as error:
            raise self._refused(requested, error.kept) from None

    def _check(self, requested: Entry[ErasureRequested], entries: Sequence[Entry[Any]]) -> None:
        """Refuse what this principal may not erase, and what is kept; what is decided goes on."""
        decide(learn_entries(entries), self._event(requested, 0))
        kept = self._kept(requested, entries)
        if kept:
            raise self._refused(requested, kept)

    def _kept(self, requested: Entry[ErasureRequested], entries: Sequence[Entry[Any]]) -> list[Ground]:
        """Return what keeps the data; nothing does any more where the erasure is remembered outside."""
        data = requested.data
        if decided(self._notary.outsides, self._shard(requested), data.request) is not None:
            return []
        return grounds(facts_of(self.overseer.ledger, data.subject, entries), self.retention)

    def _refused(self, requested: Entry[ErasureRequested], kept: Sequence[Ground]) -> Refused:
        """Record that something keeps the data; return the refusal."""
        first, data = kept[0], requested.data
        event = ErasureRefused(
            request=data.request, basis=first.basis, law=first.law, principal=self.overseer.principal.id
        )
        self._answer(requested, event)
        refusal = HoldInForce if first.basis == LEGAL_HOLD else KeptByLaw
        return refusal("subject", data.subject, " ".join(map(str, kept)))

    def _destroy(
        self, requested: Entry[ErasureRequested], entries: Sequence[Entry[Any]], connection: Connection
    ) -> int:
        """Remember the erasure outside and destroy the keys, with the head locked; return how many.

        `entries` were checked before; those recorded since are checked with them.
        """
        shard, data, outsides = self._shard(requested), requested.data, self._notary.outsides
        since = _since(connection, shard, entries)
        if since:
            whole = [*entries, *since]
            decide(learn_entries(whole), self._event(requested, 0))
            kept = self._kept(requested, whole)
            if kept:
                raise _KeptError(kept)
        agreed = decided(outsides, shard, data.request)
        if agreed is None:
            newest, living = key_counts(connection, shard, data.subject)
            if not newest:
                return 0
            now = moment_text(self.overseer.ledger.now())
            agreed = Erasure(data.subject, newest, living, data.request, now)
        self.step("locked")
        remember(outsides, shard, agreed)
        self.step("remembered")
        destroy_keys(connection, shard, data.subject, agreed.generation)
        self.step("destroying")
        return agreed.keys

    def _record(self, requested: Entry[ErasureRequested], keys: int) -> Receipt:
        try:
            return self._answer(requested, self._event(requested, keys))
        except AlreadySettled:
            done = _settled(self.overseer.ledger.stream(requested.stream), requested.data.request)
            if done is None or not self._is_own(done):
                raise
            return repeated(done)

    def _answer(self, requested: Entry[ErasureRequested], event: ErasureRefused | SubjectErased) -> Receipt:
        """Have a request answered."""
        overseer = self.overseer
        draft = overseer.draft(
            requested.stream,
            event,
            correlation_id=requested.correlation_id,
            causation_id=requested.id,
            # Whatever the clocks of two machines say, it comes after what it answers.
            occurred_at=max(overseer.ledger.now(), requested.occurred_at),
            policy_refs=[self.retention.ref],
        )
        return overseer.record(draft)

    def _event(self, requested: Entry[ErasureRequested], keys: int) -> SubjectErased:
        data = requested.data
        return SubjectErased(
            request=data.request, subject=data.subject, keys=keys, principal=self.overseer.principal.id
        )

    def _requested(self, name: str) -> Entry[ErasureRequested]:
        try:
            found = self.overseer.ledger.entry(UUID(name), [ErasureRequested.TYPE])
        except (ValueError, NoSuchEntry):
            raise UnknownReference("request", name, "`daybook erase SUBJECT` shows the name.") from None
        if not isinstance(found.data, ErasureRequested):
            raise UnknownReference("request", name, f"This is the id of an entry: {found.type}.")
        return found

    def _is_own(self, entry: Entry[Any]) -> bool:
        """Whether an entry says that this principal erased somebody."""
        return entry.type == SubjectErased.TYPE and entry.data.principal == self.overseer.principal.id

    def _shard(self, requested: Entry[ErasureRequested]) -> int:
        return shard_of(requested.stream, self.overseer.ledger.facts.shards)

    @property
    def _notary(self) -> Notary:
        notary = self.overseer.ledger.notary
        if notary is None or not notary.outsides:
            raise NowhereToRemember("checkpoints")
        return notary


def _open_request(entries: Sequence[Entry[Any]], asked: ErasureRequested) -> Entry[Any] | None:
    """Return the request of the same, by the same, that nobody has answered."""
    for entry in entries:
        it = entry.data
        if (
            isinstance(it, ErasureRequested)
            and (it.subject, it.basis, it.principal) == (asked.subject, asked.basis, asked.principal)
            and _settled(entries, it.request) is None
        ):
            return entry
    return None


def _settled(entries: Sequence[Entry[Any]], request: str) -> Entry[Any] | None:
    """Return what answers a request, if anything does."""
    kinds = (SubjectErased, ErasureRefused)
    return next((it for it in entries if isinstance(it.data, kinds) and it.data.request == request), None)


def _since(connection: Connection, shard: int, entries: Sequence[Entry[Any]]) -> list[Entry[Any]]:
    """Return what came into a stream after these entries."""
    last = entries[-1]
    rows = stream_entries(connection, shard, last.stream, after_version=last.version)
    return [read_entry(row[2], row[3], shard, row[0]) for row in rows]
