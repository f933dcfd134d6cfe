"""Sealing what drafts say, with keys that are at hand: nothing here asks the database or waits."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple
from uuid import UUID

from domain.entry import Draft
from domain.events import REGISTER, Event
from domain.events.personal import PersonalField
from domain.refusals import InvalidValue, Refused
from domain.streams import shard_of
from domain.vault.blind import stored_tokens
from domain.vault.keyring import Held
from domain.vault.refusals import KeyMissing
from domain.vault.sealed import NONCE_BYTES, PREFIX, SALT_BYTES, KeyId, Place, seal
from domain.vault.subjects import customer_subject, subject_of

FIELDS: Final[Mapping[str, tuple[PersonalField, ...]]] = {
    name: kind.personal for name, kind in REGISTER.items() if kind.personal
}
"""The personal fields of the types that have any."""

DRAWN: Final = SALT_BYTES + NONCE_BYTES


class Told(NamedTuple):
    """A personal text of an event: its field, whom it is about, and the text."""

    field: PersonalField
    subject: str
    text: str


def told(stream: str, event: Event) -> Sequence[Told]:
    """Return the personal texts of an event; refuses one that could be taken for a sealed value."""
    fields = FIELDS.get(event.TYPE)
    if fields is None:
        return ()
    found = []
    customer = customer_subject(stream)
    for field in fields:
        text = getattr(event, field.name)
        if text is not None:
            if text.startswith(PREFIX):
                raise InvalidValue(f"data.{field.name}", text, f"A text must not begin with {PREFIX}")
            subject = customer if field.subject is None else subject_of(field, stream, event)
            found.append(Told(field, subject, text))
    return found


@dataclass(frozen=True, slots=True)
class DraftSeal:
    """What seals the personal texts of one draft.

    `keys` are those it uses of what is held; `index` holds the tokens under which its stream is found, each
    with the data subject.
    """

    draft: Draft
    texts: Sequence[Told]
    held: Held
    keys: tuple[KeyId, ...]
    index: tuple[tuple[bytes, str], ...]
    fingerprint_key: bytes

    @property
    def epoch(self) -> int:
        """The epoch of its keys."""
        return self.held.epoch

    def seal(self, event: Event, entry_id: UUID) -> Event:
        """Return the event as it stands in the entry: its personal texts sealed."""
        stream = self.draft.stream
        sealed = {}
        for field, subject, text in self.texts if event is self.draft.event else told(stream, event):
            drawn = os.urandom(DRAWN)
            place = Place(stream, entry_id, field.name)
            key = self.held.keys[subject]
            sealed[field.name] = seal(text, key, place, drawn[:SALT_BYTES], drawn[SALT_BYTES:])
        unsealed: Any = event
        made: Event = replace(unsealed, **sealed) if sealed else event
        return made


@dataclass(frozen=True, slots=True)
class Seals:
    """The keys for some drafts, by shard, and the key of the index."""

    index_key: bytes
    shards: int
    held: Mapping[int, Held]

    def of(self, draft: Draft) -> DraftSeal | None:
        """Return what seals a draft; None where it says nothing personal."""
        texts = told(draft.stream, draft.event)
        if not texts:
            return None
        held = self.held[shard_of(draft.stream, self.shards)]
        keys = [held.keys[subject] for subject in sorted({it.subject for it in texts})]
        ids = tuple([key.id for key in keys])
        mark = b"".join([key.fingerprint_key for key in keys])
        return DraftSeal(draft, texts, held, ids, tuple(self._index(texts)), mark)

    def _index(self, texts: Sequence[Told]) -> list[tuple[bytes, str]]:
        key = self.index_key
        return [
            (token, subject)
            for field, subject, text in texts
            if field.index is not None
            for token in stored_tokens(key, field.index, text)
        ]


NOTHING_TO_SEAL: Final = Seals(b"", 1, {})
"""For drafts that say nothing personal."""


@dataclass(frozen=True, slots=True)
class NoSeals:
    """Stands for keys that are not to be had: refuses what is personal, and nothing else."""

    refusal: Refused

    def of(self, draft: Draft) -> DraftSeal | None:
        """Refuse a draft that says anything personal."""
        texts = told(draft.stream, draft.event)
        if texts:
            why = self.refusal
            raise type(why)(why.field or f"data.{texts[0].field.name}", why.value, why.hint)
        return None


Sealer = Seals | NoSeals
"""What seals drafts, or refuses to."""

WITHOUT_VAULT: Final = "The ledger was opened without a vault."
NO_VAULT: Final = NoSeals(KeyMissing(hint=WITHOUT_VAULT))
"""For a ledger without a vault."""
