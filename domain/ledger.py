"""The ledger: records drafts, and answers what is known of a customer at any moment on both clocks."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.utils import Environment, EnvType

from domain.customer import Customer, state_at
from domain.cut import Cut
from domain.entry import Draft, Entry, read_entry
from domain.erasure.remembered import hold_to_erasures
from domain.events.personal import IndexKind
from domain.finding import ANY, Placed, the_one
from domain.notary.notary import Notary
from domain.notary.proof import EntryProof
from domain.notary.proving import SealState, prove, seal_state
from domain.notary.refusals import NotSealedYet
from domain.refusals import NoSuchCustomer, TimeInFuture
from domain.scribe import Scribe
from domain.seams import EntryMapper, LedgerFactory, refusing
from domain.store import reads, seals
from domain.store.appender import Options
from domain.store.connections import connect_as_application
from domain.store.datastore import LedgerDatastore
from domain.store.init import LedgerFacts, read_facts
from domain.store.recorder import ShardRecorder
from domain.store.request import Begun, Outcome
from domain.store.seals import KeptKey
from domain.streams import customer_stream, shard_of
from domain.vault.refusals import KeyMissing
from domain.vault.seals import WITHOUT_VAULT
from domain.vault.vault import Found, Vault

__all__ = ["CustomerAt", "Head", "Ledger", "Outcome"]

FUTURE_TOLERANCE: Final = timedelta(minutes=5)
"""How far the clock of whoever reports a fact may be ahead of ours."""


@dataclass(frozen=True, slots=True)
class Head:
    """How many entries a shard has, and its clock: every later entry is recorded after that moment."""

    shard: int
    size: int
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class CustomerAt:
    """A customer as of a moment (None: by all that is known), as known at a cut."""

    customer: Customer
    as_of: datetime | None
    cut: Cut
    shard: int


class Ledger(Application[str]):
    """One ledger in one database; safe to use from any number of threads and event loops of one process."""

    def __init__(
        self,
        url: str,
        facts: LedgerFacts,
        options: Options,
        future_tolerance: timedelta,
        notary: Notary | None = None,
        vault: Vault | None = None,
    ) -> None:
        """Make a ledger of what `open` found."""
        self.url = url
        self.notary = notary
        self.vault = vault
        self.facts = facts
        self.future_tolerance = future_tolerance
        self._options = replace(options, simulated=facts.simulated, watch=notary)
        self._datastore = LedgerDatastore(url, patience=options.patience)
        super().__init__({})
        first = self.recorder
        assert isinstance(first, ShardRecorder)
        others = [replace(self._options, shard=shard) for shard in range(1, facts.shards)]
        self.recorders = [first, *(ShardRecorder(self._datastore, options=it) for it in others)]
        self.scribe = Scribe(facts, self.recorders, future_tolerance, self.load_streams, self._clocks, vault)

    @classmethod
    def open(
        cls,
        url: str,
        *,
        future_tolerance: timedelta = FUTURE_TOLERANCE,
        options: Options | None = None,
        notary: Notary | None = None,
        vault: Vault | None = None,
    ) -> "Ledger":
        """Open the ledger of a database; refuses where there is none that this Daybook can read.

        What is appended without a notary is sealed in the head, and signed when a notary comes. Without a
        vault nothing personal is recorded. The ledger closes the vault that it is given. With both, whoever
        was erased and is back is erased once more.
        """
        options = options or Options()
        with connect_as_application(url, options.patience) as connection:
            facts = read_facts(connection)
        if notary is not None and vault is not None:
            hold_to_erasures(vault, notary.outsides, facts.shards)
        return cls(url, facts, options, future_tolerance, notary, vault)

    def now(self) -> datetime:
        """Return the present moment by the ledger's clock; a simulated clock stands at its last entry."""
        return self.scribe.now()

    def record(self, drafts: Sequence[Draft]) -> list[Outcome]:
        """Have drafts recorded, and wait; returns the fate of each, in order. None fails another."""
        return self.scribe.record(drafts)

    def begin(self, drafts: Sequence[Draft]) -> Begun:
        """Have drafts recorded while the caller opens the next; see `Scribe.begin`."""
        return self.scribe.begin(drafts)

    async def record_async(self, drafts: Sequence[Draft]) -> list[Outcome]:
        """Do the same from an event loop."""
        return await self.scribe.record_async(drafts)

    def cut(self, known_at: datetime | None = None) -> Cut:
        """Return what was known at a moment: now, or one that is closed by asking, so that its answer stays.

        A simulated clock is moved by its writer alone: what it has not reached stays open.
        """
        if known_at is None:
            heads = self.heads()
            positions = tuple(head.size for head in heads)
            return Cut(positions, max(self.now(), *(head.recorded_at for head in heads)), closed=False)
        found = [self._cut_of(recorder, known_at) for recorder in self.recorders]
        return Cut(tuple(it.position for it in found), known_at, closed=all(it.closed for it in found))

    def customer(
        self, customer_id: str, *, as_of: datetime | None = None, known_at: datetime | None = None
    ) -> CustomerAt:
        """Return a customer at a moment on both clocks; refuses where nothing is known of them then."""
        stream = customer_stream(customer_id)
        cut = self.cut(known_at)
        entries = self.stream(stream, cut=cut)
        state = state_at(stream, entries, as_of, self.facts.zone)
        if not state.entries:
            raise NoSuchCustomer("customer", customer_id)
        return CustomerAt(state, as_of, cut, shard_of(stream, self.facts.shards))

    def stream(self, stream: str, *, cut: Cut | None = None) -> list[Entry[Any]]:
        """Return the entries of a stream inside a cut, in the order of their versions."""
        shard = shard_of(stream, self.facts.shards)
        up_to = cut.positions[shard] if cut is not None else reads.NO_BOUND
        with self._reading(shard) as connection:
            rows = reads.stream_entries(connection, shard, stream, up_to=up_to)
        return _entries(rows, shard)

    def find(self, kind: IndexKind, text: str) -> list[Found]:
        """Return where a name, a phone or an address stands or stood, whatever its spelling.

        It does not find those who were erased. KeyMissing without a vault.
        """
        return self.need_vault().find(kind, text)

    def need_vault(self) -> Vault:
        """Return the vault; KeyMissing where the ledger was opened without one."""
        if self.vault is None:
            raise KeyMissing(hint=WITHOUT_VAULT)
        return self.vault

    def entry(self, entry_id: UUID, types: Collection[str] = ANY) -> Entry[Any]:
        """Return the entry of an id; of several streams' entries only those of some types count.

        AmbiguousId where more than one is left.
        """
        shard, row = self._find(entry_id, types)
        return _entries([row], shard)[0]

    def entry_bytes(self, entry_id: UUID, stream: str | None = None) -> bytes:
        """Return the canonical bytes of the entry of an id; of a stream's, where one is named."""
        return self._find(entry_id, stream=stream)[1][3]

    def prove(self, entry_id: UUID, *, size: int | None = None) -> EntryProof:
        """Prove that the entry of an id stands in the log, by the checkpoint of a size, or by the newest.

        Where no checkpoint covers the entry yet, the log is signed first; NotSealedYet where it cannot be.
        """
        shard, row = self._find(entry_id)
        position, state = row[0], row[3]
        try:
            with self._reading(shard) as connection:
                return prove(connection, shard, position, state, size)
        except NotSealedYet:
            if self.notary is None or size is not None:
                raise
        self.notary.publish(shard)
        with self._reading(shard) as connection:
            return prove(connection, shard, position, state)

    def seal_keys(self, shard: int) -> list[KeptKey]:
        """Return the public keys that verify what was signed of a shard's log, the newest last."""
        with self._reading(shard) as connection:
            return seals.keys(connection, shard)

    def seals(self) -> list[SealState]:
        """Return how far each shard's log is signed, and what keeps it from being signed."""
        troubles = self.notary.troubles() if self.notary is not None else {}
        states = []
        for shard in range(self.facts.shards):
            with self._reading(shard) as connection:
                states.append(seal_state(connection, shard, troubles.get(shard, "")))
        return states

    def log(  # type: ignore[override]  # the library's is a deprecated alias
        self, *, shard: int = 0, after: int = 0, limit: int = 1_000
    ) -> list[Entry[Any]]:
        """Return up to `limit` entries of a shard whose position is more than `after`, in order."""
        with self._reading(shard) as connection:
            return _entries(reads.log_page(connection, shard, after=after, limit=limit), shard)

    def heads(self) -> list[Head]:
        """Return the head of each shard."""
        heads = []
        for recorder in self.recorders:
            with self._reading(recorder.shard) as connection:
                heads.append(Head(recorder.shard, *reads.head(connection, recorder.shard)))
        return heads

    def load_streams(self, streams: Sequence[str]) -> Mapping[str, Iterable[tuple[str, bytes]]]:
        """Read whole streams: type and canonical bytes of each entry, in the order of versions."""
        by_shard: dict[int, dict[str, int]] = {}
        for stream in streams:
            by_shard.setdefault(shard_of(stream, self.facts.shards), {})[stream] = 0
        loaded: dict[str, list[tuple[str, bytes]]] = {}
        for shard, wanted in by_shard.items():
            with self._reading(shard) as connection:
                for stream, rows in reads.streams_entries(connection, shard, wanted).items():
                    loaded[stream] = [(row[2], row[3]) for row in rows]
        return loaded

    def close(self) -> None:
        """Record what is queued, answer everybody, have it signed, and let go of the database."""
        for recorder in getattr(self, "recorders", ()):
            recorder.close()
        if self.notary is not None:
            self.notary.close()
        if self.vault is not None:
            self.vault.close()
        super().close()

    def construct_env(self, name: str, env: EnvType | None = None) -> Environment:
        """Return an empty environment: the ledger is configured by its arguments alone."""
        return Environment(name, env)

    def construct_factory(self, _: Environment) -> LedgerFactory:  # type: ignore[override]
        """Make the library's parts on the ledger's own datastore."""
        return LedgerFactory(self._datastore, self._options)

    def construct_mapper(self) -> EntryMapper:
        """Read entries, for the library's event store and repository."""
        return EntryMapper()

    def _clocks(self) -> list[datetime]:
        return [head.recorded_at for head in self.heads()]

    def _cut_of(self, recorder: ShardRecorder, known_at: datetime) -> reads.CutAt:
        with self._reading(recorder.shard) as connection:
            found = reads.position_at(connection, recorder.shard, known_at)
        if found.closed or self.facts.simulated:
            return found
        try:
            with refusing():
                return reads.CutAt(recorder.close_moment(known_at), closed=True)
        except TimeInFuture:
            if known_at - self.now() > self.future_tolerance:
                raise
            return found

    def _find(self, entry_id: UUID, types: Collection[str] = ANY, stream: str | None = None) -> Placed:
        found: list[Placed] = []
        for shard in range(self.facts.shards):
            with self._reading(shard) as connection:
                found += [(shard, row) for row in reads.entry_rows(connection, shard, entry_id)]
        return the_one(entry_id, found, types, stream)

    @contextmanager
    def _reading(self, shard: int) -> Iterator[reads.Connection]:
        """Lend a connection for reading; a database that is gone is a refusal."""
        with refusing(), self.recorders[shard].reading() as connection:
            yield connection


def _entries(rows: Iterable[reads.Row], shard: int) -> list[Entry[Any]]:
    return [read_entry(row[2], row[3], shard, row[0]) for row in rows]
