"""Ed25519 keys of signed notes (c2sp.org/signed-note), as texts: verifier keys, secret keys, witness keys."""

import hashlib
from dataclasses import dataclass, field
from typing import ClassVar, Final, NamedTuple, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from domain.seal.encoding import COUNT_MAX, base64_bytes, base64_text, is_key_name
from domain.seal.refusals import MalformedKey

KEY_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64
TIME_BYTES: Final = 8
PRIVATE: Final = "PRIVATE+KEY+"
VKEY_HINT: Final = "Write it as the log or the witness published it: NAME+8 HEX DIGITS+BASE64."
SKEY_HINT: Final = "Keep its one line as it was made: PRIVATE+KEY+NAME+8 HEX DIGITS+BASE64."
OTHER_TYPE: Final = {
    0x01: "It is the key of a log, not of a witness.",
    0x04: "It is the key of a witness, not of a log.",
}
NAME_HINT: Final = "A key's name has no spaces and no plus."


class Signature(NamedTuple):
    """One signature of a note: the key's name and id, and what the key made."""

    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key that signs notes: its name and 32 bytes."""

    TYPE: ClassVar[int] = 0x01

    name: str
    public_key: bytes

    def __post_init__(self) -> None:
        if not is_key_name(self.name):
            raise MalformedKey("name", self.name, NAME_HINT)
        if len(self.public_key) != KEY_BYTES:
            raise MalformedKey("key", f"{len(self.public_key)} bytes", "It has 32 bytes.")

    @classmethod
    def from_vkey(cls, vkey: str) -> Self:
        """Read a verifier key, `NAME+ID+KEY`, whose id fits its name and key."""
        if vkey.startswith(PRIVATE):
            # Not repeated in the message: it would be secret no more.
            raise MalformedKey("vkey", None, "This is the secret key; the public one has another form.")
        name, key_id, kind, key = _parts(vkey)
        if kind != cls.TYPE:
            raise MalformedKey("vkey", vkey, OTHER_TYPE.get(kind, VKEY_HINT))
        verifier = cls(name, key)
        if verifier.key_id.hex() != key_id:
            hint = f"Its id should be {verifier.key_id.hex()}: a character is wrong."
            raise MalformedKey("vkey", vkey, hint)
        return verifier

    @property
    def vkey(self) -> str:
        """The key as text, which may be published."""
        return f"{self.name}+{self.key_id.hex()}+{base64_text(bytes([self.TYPE]) + self.public_key)}"

    @property
    def key_id(self) -> bytes:
        """The four bytes that tell this key from others of its name."""
        return hashlib.sha256(b"%b\n%c%b" % (self.name.encode(), self.TYPE, self.public_key)).digest()[:4]

    def verify(self, text: str, signature: bytes) -> bool:
        """Whether this key made a signature over a text."""
        return ed25519_verifies(self.public_key, signature, text.encode())


@dataclass(frozen=True, slots=True)
class Witness(Verifier):
    """A public key that cosigns checkpoints, with the time (c2sp.org/tlog-cosignature, `cosignature/v1`)."""

    TYPE: ClassVar[int] = 0x04

    def verify(self, text: str, signature: bytes) -> bool:
        """Whether this witness made a cosignature over a checkpoint's text."""
        time = cosigned_at(signature)
        signed = f"cosignature/v1\ntime {time}\n{text}".encode()
        return time <= COUNT_MAX and ed25519_verifies(self.public_key, signature[TIME_BYTES:], signed)


@dataclass(frozen=True, slots=True)
class Signer:
    """A secret key that signs notes: its name, and the 32 bytes of its seed, which no message shows."""

    name: str
    seed: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.seed) != KEY_BYTES:
            raise MalformedKey("seed", f"{len(self.seed)} bytes", "It has 32 bytes.")
        if not is_key_name(self.name):
            raise MalformedKey("name", self.name, NAME_HINT)

    @classmethod
    def from_skey(cls, skey: str) -> "Signer":
        """Read a secret key, `PRIVATE+KEY+NAME+ID+SEED`; the refusal does not repeat it."""
        name, key_id, kind, seed = _parts(skey.removeprefix(PRIVATE))
        if not skey.startswith(PRIVATE) or kind != Verifier.TYPE:
            raise MalformedKey("secret key", None, SKEY_HINT)
        signer = cls(name, seed)
        if signer.verifier.key_id.hex() != key_id:
            raise MalformedKey("secret key", None, SKEY_HINT)
        return signer

    @property
    def skey(self) -> str:
        """The key as text, to be kept secret."""
        seed = base64_text(bytes([Verifier.TYPE]) + self.seed)
        return f"{PRIVATE}{self.name}+{self.verifier.key_id.hex()}+{seed}"

    @property
    def verifier(self) -> Verifier:
        """The public key that belongs to it."""
        return Verifier(self.name, self._private_key().public_key().public_bytes_raw())

    def sign(self, text: str) -> Signature:
        """Sign a text."""
        return Signature(self.name, self.verifier.key_id, self._private_key().sign(text.encode()))

    def _private_key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)


def _parts(text: str) -> tuple[str, str, int, bytes]:
    """Cut a key's text into name, id, type and key; the type is 0 where it has no such parts."""
    name, _, rest = text.partition("+")
    key_id, _, key = rest.partition("+")
    data = base64_bytes(key) or b"\x00"
    return name, key_id, data[0], data[1:]


def cosigned_at(cosignature: bytes) -> int:
    """Return the time in a cosignature, in seconds since 1970; true only once it is verified."""
    return int.from_bytes(cosignature[:TIME_BYTES])


def ed25519_verifies(public_key: bytes, signature: bytes, message: bytes) -> bool:
    """Whether the secret key that belongs to a public one signed a message (RFC 8032)."""
    if len(signature) != SIGNATURE_BYTES:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
