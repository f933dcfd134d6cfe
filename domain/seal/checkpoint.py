"""Checkpoints (c2sp.org/tlog-checkpoint): what a log signs: its origin, its size and its root."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.seal.encoding import base64_bytes, base64_text, count_of
from domain.seal.keys import Signer, Verifier, Witness, cosigned_at
from domain.seal.note import Note, parse_note, sign
from domain.seal.refusals import MalformedCheckpoint, NotExtended, NotSigned, OtherLog
from domain.seal.tree import EMPTY_ROOT, HASH_BYTES
from domain.seal.verify import verify_consistency


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A log's origin, the number of its entries, and the root over them.

    Extension lines are read where other logs write them; Daybook writes none.
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def to_text(self) -> str:
        """Write the lines that are signed."""
        lines = (self.origin, str(self.size), base64_text(self.root), *self.extensions)
        return "".join([f"{line}\n" for line in lines])


@dataclass(frozen=True, slots=True)
class Cosignature:
    """A witness's word that it saw this checkpoint grow from those before it; time in seconds since 1970."""

    witness: Witness
    time: int


@dataclass(frozen=True, slots=True)
class Opened:
    """A checkpoint whose signatures were verified: which key of the log signed it, and which witnesses."""

    checkpoint: Checkpoint
    key: Verifier
    cosignatures: tuple[Cosignature, ...]


def origin_of(name: str, shard: int, *, simulated: bool) -> str:
    """Return the origin of a shard's log, which is also the name of its key: `Riverside-Power/0`.

    What the name of a key cannot hold becomes a hyphen; a simulated clock is named.
    """
    printable = "".join([" " if it.isspace() or it == "+" or it < " " else it for it in name])
    return "-".join(printable.split()) + f"/{shard}" + ("/simulated-clock" if simulated else "")


def parse_checkpoint(text: str) -> Checkpoint:
    """Read the text of a checkpoint; MalformedCheckpoint says which line is wrong."""
    *lines, rest = text.split("\n")
    if rest or len(lines) < len(("origin", "size", "root")) or not all(lines):
        hint = "It has three lines or more, none of them empty: origin, size and root."
        raise MalformedCheckpoint("lines", None, hint)
    origin, size_text, root_text, *extensions = lines
    size, root = count_of(size_text), base64_bytes(root_text)
    if size is None:
        raise MalformedCheckpoint("size", size_text, "It is a decimal without leading zeros.")
    if root is None or len(root) != HASH_BYTES:
        raise MalformedCheckpoint("root", root_text, "It is 32 bytes in base64.")
    if size == 0 and root != EMPTY_ROOT:
        raise MalformedCheckpoint("root", root_text, "An empty log has the hash of no bytes as its root.")
    return Checkpoint(origin, size, root, tuple(extensions))


def sign_checkpoint(checkpoint: Checkpoint, signer: Signer) -> Note:
    """Sign a checkpoint with the key of its log; whoever calls this has proved that the log only grew."""
    if checkpoint.origin != signer.name:
        raise OtherLog("origin", checkpoint.origin, f"The key is that of {signer.name}.")
    return sign(checkpoint.to_text(), signer)


def open_checkpoint(data: bytes, keys: Sequence[Verifier], witnesses: Sequence[Witness] = ()) -> Opened:
    """Read a checkpoint and verify that one of the log's keys, which bear its origin, signed it.

    A log has several keys where they were changed over time. NotSigned where none of them signed,
    BadSignature where a signature of a known key or witness is wrong, OtherLog where the origin differs.
    """
    note = parse_note(data)
    found = note.signed_by([*keys, *witnesses])
    key = next((key for key, _ in found if not isinstance(key, Witness)), None)
    if key is None:
        signed = ", ".join(f"{it.name}+{it.key_id.hex()}" for it in note.signatures)
        wanted = ", ".join(f"{it.name}+{it.key_id.hex()}" for it in keys)
        raise NotSigned("signatures", signed, f"Known is {wanted or 'no key'}.")
    checkpoint = parse_checkpoint(note.text)
    if checkpoint.origin != key.name:
        raise OtherLog("origin", checkpoint.origin, f"The key is that of {key.name}.")
    cosignatures = [
        Cosignature(witness, cosigned_at(it.signature))
        for witness, it in found
        if isinstance(witness, Witness)
    ]
    return Opened(checkpoint, key, tuple(cosignatures))


def verify_growth(earlier: Checkpoint, later: Checkpoint, proof: Sequence[bytes]) -> None:
    """Check that one log's later checkpoint extends an earlier one; an empty log is extended by any."""
    if earlier.origin != later.origin:
        raise OtherLog("origin", later.origin, f"The earlier one is of {earlier.origin}.")
    if later.size < earlier.size:
        raise NotExtended(
            "size", f"{earlier.size} to {later.size}", "Entries were on record that are missing."
        )
    if earlier.size:
        verify_consistency(earlier.size, earlier.root, later.size, later.root, proof)
    elif proof or earlier.root != EMPTY_ROOT or (not later.size and later.root != EMPTY_ROOT):
        raise NotExtended("size", f"0 to {later.size}", "An empty log has its own root, and no proof.")
