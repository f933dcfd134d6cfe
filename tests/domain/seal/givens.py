"""Logs with keys of their own, for tests: signed checkpoints, witnesses, proof files."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from domain.seal.checkpoint import Checkpoint, sign_checkpoint
from domain.seal.keys import Signature, Signer, Witness
from domain.seal.note import Note
from domain.seal.proofs import TileSource, inclusion
from domain.seal.tlog_proof import ProofFile
from domain.seal.tree import Frontier, leaf_hash

ORIGIN = "riverside.example/0"
SIGNER = Signer(ORIGIN, bytes(range(32)))
OTHER_SIGNER = Signer(ORIGIN, bytes(range(1, 33)))
WITNESS_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(2, 34)))
WITNESS = Witness("witness.example/w1", WITNESS_KEY.public_key().public_bytes_raw())
COSIGNED_AT = 1_700_000_000


def cosign(text: str, time: int = COSIGNED_AT, key: Ed25519PrivateKey = WITNESS_KEY) -> Signature:
    """Sign a checkpoint's text as the witness does, after c2sp.org/tlog-cosignature."""
    made = key.sign(b"cosignature/v1\ntime %d\n" % time + text.encode())
    name = b"witness.example/w1"
    key_id = hashlib.sha256(name + b"\n\x04" + key.public_key().public_bytes_raw()).digest()[:4]
    return Signature(name.decode(), key_id, time.to_bytes(8, "big") + made)


@dataclass(frozen=True, slots=True)
class Log:
    """A small log: its entries, all in one tile, and the key that signs its checkpoints."""

    entries: Sequence[bytes]
    signer: Signer = SIGNER

    def source(self) -> TileSource:
        """Give its only tile."""
        return lambda level, _: b"" if level else b"".join([leaf_hash(it) for it in self.entries])

    def checkpoint(self, size: int) -> Checkpoint:
        """State the log at a size."""
        root = Frontier().extend([leaf_hash(it) for it in self.entries[:size]]).root()
        return Checkpoint(self.signer.name, size, root)

    def signed(self, size: int) -> Note:
        """Sign that."""
        return sign_checkpoint(self.checkpoint(size), self.signer)

    def receipt(self, index: int, size: int, *cosignatures: Signature) -> ProofFile:
        """Make an entry's proof file."""
        hashes = inclusion(index, size).build(self.source())
        return ProofFile(index, hashes, self.signed(size).with_signatures(*cosignatures).to_bytes())


LOG = Log([b"entry %d" % number for number in range(40)])
