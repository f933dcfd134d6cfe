"""A sealed value: a personal text under a key of its data subject, bound to its place, as one text.

    sealed:1:SUBJECT:GENERATION:ENTRY:FIELD:BOX:COMMITMENT

The box is AES-256-GCM over salt and text, nonce first, tag last, with stream, entry and field as associated
data, so that it opens nowhere else. The commitment is SHA-256 over salt and text: with it one field can be
disclosed and proved; without salt and key it tells nothing. Bytes are in base64url without padding.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from domain.vault.refusals import CommitmentDiffers, MalformedSealed, NotOpened, NotSealed

PREFIX: Final = "sealed:"
FORMAT: Final = "sealed:1:"
KEY_BYTES: Final = 32
SALT_BYTES: Final = 16
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16
COMMITMENT_BYTES: Final = 32
BOX_BYTES_MIN: Final = NONCE_BYTES + SALT_BYTES + TAG_BYTES
TOKEN: Final = re.compile(
    r"sealed:1:([^\x00-\x1f\x7f]+):([1-9][0-9]{0,9}):([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
    r":([a-z][a-z0-9_]*):([A-Za-z0-9_-]+):([A-Za-z0-9_-]{43})"
)
FORMAT_HINT: Final = "It is sealed:1:SUBJECT:GENERATION:ENTRY:FIELD:BOX:COMMITMENT."

decode_entry: Final = msgspec.json.Decoder().decode
"""Reads the canonical bytes of an entry as plain JSON values."""


KeyId = tuple[str, int]
"""A data subject and the generation of their key."""


class Place(NamedTuple):
    """Where a sealed value stands: the only place where it opens."""

    stream: str
    entry_id: UUID
    field: str


class Opened(NamedTuple):
    """What a sealed value holds: the text, and the salt that the commitment needs."""

    salt: bytes
    text: str


@dataclass(frozen=True, slots=True)
class DataKey:
    """A key of a data subject, ready for use; the subject's keys are numbered by generation.

    `fingerprint_key` goes into the fingerprint of what this key seals, so that it is gone when the key is.
    """

    subject: str
    generation: int
    secret: bytes = field(repr=False)
    cipher: AESGCM = field(repr=False, compare=False)
    fingerprint_key: bytes = field(repr=False, compare=False)

    @classmethod
    def of(cls, subject: str, generation: int, secret: bytes) -> "DataKey":
        """Make ready a key of 32 bytes."""
        # Whoever has this alone can neither open anything nor work out the key.
        fingerprint_key = sha256(b"daybook fingerprint\n" + secret).digest()
        return cls(subject, generation, secret, AESGCM(secret), fingerprint_key)

    @property
    def id(self) -> KeyId:
        """The data subject and the generation."""
        return self.subject, self.generation


@dataclass(frozen=True, slots=True)
class Sealed:
    """The parts of a sealed value's text."""

    subject: str
    generation: int
    entry_id: UUID
    field: str
    box: bytes
    commitment: bytes

    @classmethod
    def parse(cls, token: str) -> "Sealed":
        """Read the text of a sealed value; MalformedSealed where it is not exactly as `seal` writes it."""
        found = TOKEN.fullmatch(token)
        box = found and _bytes(found[5])
        commitment = found and _bytes(found[6])
        if found is None or box is None or commitment is None or len(box) < BOX_BYTES_MIN:
            raise MalformedSealed("", token, FORMAT_HINT)
        return cls(found[1], int(found[2]), UUID(found[3]), found[4], box, commitment)

    def open(self, key: DataKey, place: Place) -> Opened:
        """Open it with its key, at its place; NotOpened where it was changed, or belongs elsewhere."""
        try:
            bound_to = _bound_to(place.stream, str(place.entry_id), place.field)
            held = key.cipher.decrypt(self.box[:NONCE_BYTES], self.box[NONCE_BYTES:], bound_to)
            opened = Opened(held[:SALT_BYTES], held[SALT_BYTES:].decode())
        except (InvalidTag, UnicodeDecodeError):
            raise NotOpened(place.field, hint=f"Entry {place.entry_id} of {place.stream}.") from None
        if commit(*opened) != self.commitment:
            hint = f"Entry {place.entry_id} of {place.stream} commits to another text."
            raise NotOpened(place.field, hint=hint)
        return opened


def seal(text: str, key: DataKey, place: Place, salt: bytes, nonce: bytes) -> str:
    """Seal a text; salt (16 bytes) and nonce (12 bytes) must be drawn anew each time."""
    held, entry = salt + text.encode(), str(place.entry_id)
    box = nonce + key.cipher.encrypt(nonce, held, _bound_to(place.stream, entry, place.field))
    commitment = sha256(held).digest()
    return f"{FORMAT}{key.subject}:{key.generation}:{entry}:{place.field}:{_text(box)}:{_text(commitment)}"


def commit(salt: bytes, text: str) -> bytes:
    """Return what an entry commits to: SHA-256 over salt and text."""
    return sha256(salt + text.encode()).digest()


def check_disclosure(entry: bytes, field: str, salt: bytes, text: str) -> None:
    """Check that this text is what an entry, given by its canonical bytes, holds sealed in a field.

    NotSealed where the field holds nothing sealed, CommitmentDiffers where salt or text are others.
    """
    token = sealed_in(decode_entry(entry), field)
    if len(salt) != SALT_BYTES or commit(salt, text) != token.commitment:
        raise CommitmentDiffers(field)


def sealed_in(entry: Any, field: str) -> Sealed:  # noqa: ANN401  any JSON value may claim to be an entry
    """Return the sealed value that an entry, as plain JSON values, holds in a field of its data: its own."""
    try:
        entry_id, token = UUID(entry["id"]), entry["data"][field]
    except (KeyError, TypeError, ValueError, AttributeError):
        raise NotSealed(field) from None
    if not is_sealed(token):
        raise NotSealed(field)
    found = Sealed.parse(token)
    if (found.entry_id, found.field) != (entry_id, field):
        raise NotOpened(field, hint=f"It was sealed for the field {found.field} of entry {found.entry_id}.")
    return found


def key_ids(state: bytes) -> list[KeyId]:
    """Return the keys that something in an entry is sealed with; what only looks sealed has none."""
    entry = decode_entry(state)
    found = set()
    for name in entry.get("data", {}):
        with suppress(NotSealed, NotOpened, MalformedSealed):
            token = sealed_in(entry, name)
            found.add((token.subject, token.generation))
    return list(found)


def is_sealed(value: object) -> bool:
    """Whether a value of an entry or a state is the text of a sealed value."""
    return isinstance(value, str) and value.startswith(FORMAT)


def _bound_to(stream: str, entry: str, field: str) -> bytes:
    """Write a place as associated data: none of its parts holds a line feed."""
    return f"{FORMAT}\n{stream}\n{entry}\n{field}".encode()


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes | None:
    """Read base64url without padding; None where it is not exactly what `_text` writes."""
    if len(text) % 4 == 1:
        return None
    data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    return data if _text(data) == text else None
