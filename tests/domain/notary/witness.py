"""A witness for tests: cosigns checkpoints, as c2sp.org/tlog-cosignature says."""

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from domain.seal.keys import Signature, Witness
from domain.seal.note import parse_note

TIME = 1_768_000_000


@dataclass(frozen=True)
class TestWitness:
    """A witness of a name, whose secret follows from a number."""

    __test__ = False

    name: str
    number: int = 1

    @property
    def secret(self) -> Ed25519PrivateKey:
        """Its secret key."""
        return Ed25519PrivateKey.from_private_bytes(self.number.to_bytes(32))

    @property
    def public(self) -> Witness:
        """Its public key."""
        return Witness(self.name, self.secret.public_key().public_bytes_raw())

    def cosign(self, note: bytes, time: int = TIME) -> bytes:
        """Add its cosignature."""
        found = parse_note(note)
        signed = self.secret.sign(f"cosignature/v1\ntime {time}\n{found.text}".encode())
        signature = Signature(self.name, self.public.key_id, time.to_bytes(8) + signed)
        return found.with_signatures(signature).to_bytes()
