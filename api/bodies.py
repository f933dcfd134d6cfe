"""The shapes of answers, the same at the HTTP door and in the command's JSON; absent, not null."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema

from api.problems import problem
from api.recording import Fate
from domain.customer.plain import plain
from domain.cut import Cut
from domain.entry import Entry, Receipt
from domain.events import REGISTER
from domain.ledger import CustomerAt, Head
from domain.notary.proving import SealState
from domain.refusals import Refused
from domain.store.init import LedgerFacts
from domain.values import moment_text
from domain.vault.hidden import View, hide, hide_data

MomentText = Annotated[
    datetime,
    PlainSerializer(moment_text, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-01-31T09:00:00.000000Z"]}),
]
"""An instant as the ledger writes it: RFC 3339, UTC, six fraction digits."""

Position = Annotated[
    int, Field(ge=0, description="Place in a shard's log, from 1; 0 stands before the first.")
]


class Body(BaseModel):
    """An answer, or a part of one."""

    model_config = ConfigDict(extra="forbid", frozen=True, serialize_by_alias=True)

    def plain(self) -> dict[str, Any]:
        """Return plain JSON values, without what is absent."""
        return self.model_dump(mode="json", exclude_none=True)


class ProblemBody(Body):
    """A problem as RFC 9457 has it; `retry` says whether the same request may succeed later."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    field: str | None = None
    value: str | None = None
    hint: str | None = None
    retry: bool = False


class ReceiptBody(Body):
    """What a writer gets back for an entry; `repeated` says that it had been recorded before."""

    id: UUID
    stream: str
    version: int
    shard: int
    position: Position
    recorded_at: MomentText
    repeated: bool

    @classmethod
    def of(cls, receipt: Receipt) -> "ReceiptBody":
        """Write out a receipt."""
        return cls(**receipt._asdict())


class FateBody(Body):
    """What became of one document: its receipts (several where it led to several entries), or a problem.

    `number` is its place in the request, from 1. `id` is the one it brought or was given: a retry names it.
    """

    number: int
    status: Literal["recorded", "repeated", "refused"]
    id: UUID | None = None
    receipts: tuple[ReceiptBody, ...] = ()
    problem: ProblemBody | None = None

    @classmethod
    def of(cls, fate: Fate) -> "FateBody":
        """Write out the fate of a document."""
        draft_id = fate.draft.id if fate.draft else None
        if isinstance(fate.outcome, Refused):
            found = ProblemBody(**problem(fate.outcome))
            return cls(number=fate.number, status="refused", id=draft_id, problem=found)
        receipts = tuple(map(ReceiptBody.of, fate.outcome))
        status: Literal["recorded", "repeated"] = "repeated" if receipts[0].repeated else "recorded"
        return cls(number=fate.number, status=status, id=draft_id, receipts=receipts)


class RecordedBody(Body):
    """What became of all documents of a request, in its order, and how many had which fate."""

    recorded: int
    repeated: int
    refused: int
    entries: tuple[FateBody, ...]

    @classmethod
    def of(cls, fates: Sequence[FateBody]) -> "RecordedBody":
        """Count the fates."""
        found = [fate.status for fate in fates]
        return cls(
            recorded=found.count("recorded"),
            repeated=found.count("repeated"),
            refused=found.count("refused"),
            entries=tuple(fates),
        )


class ActorBody(Body):
    """Who did it."""

    kind: Literal["staff", "customer", "system", "partner"]
    id: str
    unit: str | None = None


class EntryBody(Body):
    """An entry as written, with its place; data of an earlier schema version is shown in the current one.

    What is personal in `data` reads `[sealed]`.
    """

    shard: int
    position: Position
    id: UUID
    stream: str
    version: int
    type: str
    schema_version: int = Field(alias="schema")
    occurred_at: MomentText
    recorded_at: MomentText
    actor: ActorBody
    source: str
    source_recorded_at: MomentText | None = None
    correlation_id: str | None = None
    causation_id: UUID | None = None
    policy_refs: tuple[str, ...] = ()
    data: dict[str, Any]

    @classmethod
    def of(cls, entry: Entry[Any], data: dict[str, Any] | None = None) -> "EntryBody":
        """Write out an entry, and what is personal as it stands in `data`, for those who may read that."""
        kind = REGISTER[entry.type]
        shown = hide_data(entry.type, kind.encode(entry.data)) if data is None else data
        actor = ActorBody(kind=entry.actor.kind, id=entry.actor.id, unit=entry.actor.unit)
        taken = {name: getattr(entry, name) for name in _TAKEN}
        return cls(**taken, schema=kind.schema, actor=actor, data=shown)


_TAKEN: Final = EntryBody.model_fields.keys() - {"schema_version", "actor", "data"}


class HeadBody(Body):
    """Where a shard's log ends: how many entries it holds, and when the last was recorded."""

    shard: int
    size: int
    recorded_at: MomentText | None = None

    @classmethod
    def of(cls, head: Head) -> "HeadBody":
        """Write out a head."""
        return cls(shard=head.shard, size=head.size, recorded_at=head.recorded_at)


class LogBody(Body):
    """A page of a shard's log; `next` is the `after` of the next one, absent where the log ends here."""

    shard: int
    entries: tuple[EntryBody, ...]
    next: Position | None = None


class LedgerBody(Body):
    """What a ledger was set up as."""

    name: str
    zone: str
    clock: Literal["database", "simulated"]
    shards: int

    @classmethod
    def of(cls, facts: LedgerFacts) -> "LedgerBody":
        """Write out the facts of a ledger."""
        return cls(name=facts.name, zone=facts.zone, clock=facts.clock, shards=facts.shards)


class HeadsBody(Body):
    """Where the logs of a ledger end, one head a shard."""

    ledger: LedgerBody
    heads: tuple[HeadBody, ...]


class CutBody(Body):
    """What was known: one position a shard; `closed` says that no later entry can slip in before it."""

    positions: tuple[Position, ...]
    known_at: MomentText
    closed: bool

    @classmethod
    def of(cls, cut: Cut) -> "CutBody":
        """Write out a cut."""
        return cls(positions=cut.positions, known_at=cut.known_at, closed=cut.closed)


class CustomerBody(Body):
    """A customer's state at a moment on both clocks; `version` is that of the stream within the cut.

    Without `as_of` nothing is left out for lying ahead. In `state`, money is a text, days and moments are
    texts, and what is named is a list of objects with their names as `id`. What is personal reads `[sealed]`.
    """

    customer: str
    stream: str
    version: int
    ledger: LedgerBody
    as_of: MomentText | None = None
    cut: CutBody
    shard: int
    state: dict[str, Any]

    @classmethod
    def of(cls, customer_id: str, found: CustomerAt, facts: LedgerFacts, view: View = hide) -> "CustomerBody":
        """Write out a customer at a moment, and what is personal as `view` shows it."""
        return cls(
            customer=customer_id,
            stream=found.customer.stream,
            version=found.customer.version,
            ledger=LedgerBody.of(facts),
            as_of=found.as_of,
            cut=CutBody.of(found.cut),
            shard=found.shard,
            state=view(plain(found.customer)),
        )


class SealBody(Body):
    """How many entries a log has and how many of them are signed; `trouble` says what is in the way."""

    shard: int
    size: int
    signed: int | None = None
    trouble: str | None = None

    @classmethod
    def of(cls, state: SealState) -> "SealBody":
        """Write out how far a log is signed."""
        return cls(shard=state.shard, size=state.size, signed=state.signed, trouble=state.trouble or None)


class HealthBody(Body):
    """The door answers, and so does its database; and how far the logs are signed."""

    status: Literal["ok"]
    version: str
    ledger: LedgerBody
    seals: tuple[SealBody, ...]
