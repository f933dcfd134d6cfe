"""Requesting an erasure, and making it: by two principals, and in an order that any crash may interrupt.

Whoever approves goes through these steps, and whoever approves once more goes on where that was cut off.

1. Check: what keeps the data has the request refused, which is recorded with its ground.
2. Under the lock of the shard's head, where the stream is still what was checked: remember the erasure
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
from domain.entry import Entry, Receipt
from domain.erasure.grounds import LEGAL_HOLD, Ground, grounds
from domain.erasure.outlook import Outlook, Stays, facts_of, look, stays
from domain.erasure.refusals import KeptByLaw, NowhereToRemember
from domain.erasure.remembered import Erasure, decided, remember
from domain.events.oversight import ErasureRefused, ErasureRequested, SubjectErased
from domain.kept import learn_entries
from domain.notary.notary import Notary
from domain.oversight import Overseer, repeated
from domain.policies.retention import Retention
from domain.refusals import AlreadySettled, Busy, InvalidValue, NoSuchEntry, UnknownReference
from domain.rules import decide
from domain.store.append import Steps
from domain.store.reads import Connection, stream_entries
from domain.streams import shard_of
from domain.values import moment_text
from domain.vault.ending import destroy_keys, key_counts
from domain.vault.subjects import customer_subject, named_subject, person_of, stream_of

ROUNDS_MAX: Final = 10
KIND: Final = "customer:"
SUBJECT_HINT: Final = "Write customer:42, or customer:42/person/P-1; a slash within a name is %2F."
MOVED_HINT: Final = "Entries are recorded faster than they can be checked; try again."


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


class _MovedOnError(Exception):
    """Something was recorded of the customer after it was checked what keeps their data."""


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
        """Go through the first two steps, again where the stream moves on meanwhile; return how many keys."""
        for _ in range(ROUNDS_MAX):
            entries = self.overseer.ledger.stream(requested.stream)
            self._check(requested, entries)
            self.step("checked")
            destroy = partial(self._destroy, requested, entries[-1].version)
            try:
                return self.overseer.ledger.need_vault().ending(self._shard(requested), destroy)
            except _MovedOnError:
                continue
        raise Busy("subject", requested.data.subject, MOVED_HINT)

    def _check(self, requested: Entry[ErasureRequested], entries: Sequence[Entry[Any]]) -> None:
        """Refuse what this principal may not erase, what could not be recorded, and what is kept."""
        decide(learn_entries(entries), self._event(requested, 0))
        shard, notary = self._shard(requested), self._notary
        notary.guard(shard)
        if decided(notary.outsides, shard, requested.data.request) is None:
            kept = grounds(facts_of(self.overseer.ledger, requested.data.subject, entries), self.retention)
            if kept:
                self._refuse(requested, kept)

    def _refuse(self, requested: Entry[ErasureRequested], kept: Sequence[Ground]) -> None:
        first, data = kept[0], requested.data
        event = ErasureRefused(
            request=data.request, basis=first.basis, law=first.law, principal=self.overseer.principal.id
        )
        self._answer(requested, event)
        refusal = HoldInForce if first.basis == LEGAL_HOLD else KeptByLaw
        raise refusal("subject", data.subject, " ".join(map(str, kept)))

    def _destroy(self, requested: Entry[ErasureRequested], version: int, connection: Connection) -> int:
        """Remember the erasure outside and destroy the keys, with the head locked; return how many."""
        shard, data, outsides = self._shard(requested), requested.data, self._notary.outsides
        agreed = decided(outsides, shard, data.request)
        if agreed is None:
            if stream_entries(connection, shard, requested.stream, after_version=version):
                raise _MovedOnError
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
            found = self.overseer.ledger.entry(UUID(name))
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
