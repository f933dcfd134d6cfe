"""The door: a JSON document becomes a `Draft`, or a refusal with field, value and what would help.

A document is the envelope that a caller may fill, with the event's own fields in `data`:

    {"stream": "customer:42", "type": "PaymentReceived", "occurred_at": "2026-01-31T09:00:00Z",
     "data": {"payment": "p-1", "amount": {"amount": "12.30", "currency": "CNY"}}}

Every document is written out as JSON by one writer and validated once from there, so that no two parsers
can take it for two things, whether it came as bytes or as a dictionary.
"""

import typing
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Final, Generic, Required, TypeVar
from uuid import UUID

from pydantic import Field, StringConstraints, TypeAdapter, ValidationError, with_config
from typing_extensions import TypedDict

from domain.documents import read_bytes, read_mapping
from domain.earlier import open_earlier
from domain.entry import Actor, Draft, Said
from domain.events.register import REGISTER, STRICT, Event, EventType
from domain.faults import STREAM_PATTERN, refusal, unknown_field, unknown_type
from domain.refusals import MissingField, Refused, TimeInFuture
from domain.values import Count, Identifier, Moment

E = TypeVar("E")

StreamName = Annotated[str, StringConstraints(pattern=STREAM_PATTERN)]
"""`ledger`, or a kind and an id such as `customer:42`."""

PolicyRefs = Annotated[tuple[Identifier, ...], Field(max_length=50)]
"""The policies that the caller went by."""


@with_config(STRICT)
class Document(TypedDict, Generic[E], total=False):
    """What a caller may write of an entry; null is the same as absent."""

    id: UUID | None
    stream: Required[StreamName]
    type: Required[str]
    schema: int | None
    occurred_at: Required[Moment]
    actor: Actor | None
    source: Identifier | None
    source_recorded_at: Moment | None
    correlation_id: Identifier | None
    causation_id: UUID | None
    policy_refs: PolicyRefs | None
    expected_version: Count | None
    recorded_at: Moment | None
    data: Required[E]


Written = bytes | str | dict[str, Any]
"""A document as JSON text, or as a dictionary of plain JSON values."""

Opened = Draft | Refused
"""What becomes of a document in a batch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """Opens documents, with what the caller's own door supplies.

    `new_id` makes the id of a document that brings none; `actor` and `source` stand in where absent; without
    them they are needed. `simulated` says that the ledger's clock is, so that `recorded_at` may be given.
    """

    new_id: Callable[[], UUID]
    actor: Actor | None = None
    source: str | None = None
    simulated: bool = False

    def open(self, document: Written) -> Draft:
        """Read one document; raises a refusal."""
        if isinstance(document, (bytes, str)):
            plain, written = read_bytes(document)
        else:
            plain, written = document, read_mapping(document)
        kind = _kind(plain)
        schema = plain.get("schema")
        if schema is None or schema == kind.schema:
            return self._draft(_validated(kind, written))
        earlier = open_earlier(kind, schema, written)
        fields = _validated(kind, earlier.raised)
        return self._draft(fields, earlier.said(fields["data"]))

    def open_batch(self, documents: Iterable[Written]) -> list[Opened]:
        """Read documents, each with a fate of its own, in the order given."""
        fates: list[Opened] = []
        for document in documents:
            try:
                fates.append(self.open(document))
            except Refused as refused:
                fates.append(refused)
        return fates

    def _draft(self, fields: Document[Event], said: Said | None = None) -> Draft:
        actor = fields.get("actor") or self.actor
        source = fields.get("source") or self.source
        if actor is None or source is None:
            raise MissingField("actor" if actor is None else "source")
        recorded_at = fields.get("recorded_at")
        if recorded_at is not None and not self.simulated:
            raise unknown_field("recorded_at", recorded_at.isoformat(), [])
        return Draft(
            id=fields.get("id") or self.new_id(),
            stream=fields["stream"],
            event=fields["data"],
            occurred_at=fields["occurred_at"],
            actor=actor,
            source=source,
            source_recorded_at=fields.get("source_recorded_at"),
            correlation_id=fields.get("correlation_id"),
            causation_id=fields.get("causation_id"),
            policy_refs=fields.get("policy_refs") or (),
            expected_version=fields.get("expected_version"),
            recorded_at=recorded_at,
            said=said,
        )


def check_time(draft: Draft, now: datetime, tolerance: timedelta) -> None:
    """Refuse what is said to have happened, or been recorded elsewhere, past `now` and `tolerance`."""
    if draft.occurred_at - now > tolerance:
        raise _in_future("occurred_at", draft.occurred_at, now)
    recorded_at = draft.source_recorded_at
    if recorded_at is not None and recorded_at - now > tolerance:
        raise _in_future("source_recorded_at", recorded_at, now)


def _in_future(field: str, moment: datetime, now: datetime) -> TimeInFuture:
    return TimeInFuture(field, moment.isoformat(), f"It is {now.isoformat()} now.")


def adapter(type_name: str) -> TypeAdapter[Document[Any]]:
    """Return what validates the documents of one event type, and gives their JSON schema."""
    found = _ADAPTERS.get(type_name)
    if found is None:
        cls = _known(type_name).cls
        found = _ADAPTERS[type_name] = TypeAdapter(Document[cls])  # type: ignore[valid-type]
    return found


_ADAPTERS: Final[dict[str, TypeAdapter[Document[Any]]]] = {}
_VALIDATORS: Final[dict[str, Callable[[bytes], Document[Any]]]] = {}


def _validated(kind: EventType, written: bytes) -> Document[Any]:
    try:
        return _validator(kind)(written)
    except ValidationError as error:
        raise refusal(error, _types(kind)) from None


def _validator(kind: EventType) -> Callable[[bytes], Document[Any]]:
    found = _VALIDATORS.get(kind.name)
    if found is None:
        found = _VALIDATORS[kind.name] = adapter(kind.name).validator.validate_json
    return found


def _types(kind: EventType) -> dict[str, Any]:
    return {**typing.get_type_hints(Document), "data": kind.cls}


def _kind(plain: dict[str, Any]) -> EventType:
    """Find the event type that a document names."""
    name = plain.get("type")
    if name is None:
        raise MissingField("type")
    return _known(name)


def _known(name: object) -> EventType:
    found = REGISTER.get(name) if isinstance(name, str) else None
    if found is None:
        raise unknown_type(name)
    return found
