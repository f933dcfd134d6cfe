"""Proof files (c2sp.org/tlog-proof, `.tlog-proof`): the receipt that proves one entry without the log.

A file holds the entry's index, its inclusion proof and a signed checkpoint. The entry itself is not in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from domain.seal.checkpoint import Opened, open_checkpoint
from domain.seal.encoding import base64_bytes, base64_text, count_of
from domain.seal.keys import Verifier, Witness
from domain.seal.refusals import MalformedProofFile
from domain.seal.tree import HASH_BYTES, leaf_hash
from domain.seal.verify import verify_inclusion

HEADER: Final = "c2sp.org/tlog-proof@v1"
EXTRA: Final = "extra "
INDEX: Final = "index "


@dataclass(frozen=True, slots=True)
class ProofFile:
    """What a proof file says: the index from 0, the hashes from the leaf up, and the checkpoint as signed.

    `extra` is vouched for by nobody.
    """

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes = b""

    def to_bytes(self) -> bytes:
        """Write the file."""
        extra = [EXTRA + base64_text(self.extra)] if self.extra else []
        lines = [HEADER, *extra, f"{INDEX}{self.index}", *map(base64_text, self.hashes)]
        return "".join([f"{line}\n" for line in [*lines, ""]]).encode() + self.checkpoint


@dataclass(frozen=True, slots=True)
class Proved:
    """What was proved: the entry stands at this index, from 0, of the log whose checkpoint was opened."""

    index: int
    opened: Opened

    @property
    def position(self) -> int:
        """The entry's position in its shard, which counts from 1."""
        return self.index + 1


def parse_proof_file(data: bytes) -> ProofFile:
    """Read a proof file; MalformedProofFile says which line is wrong."""
    head, blank, checkpoint = data.partition(b"\n\n")
    try:
        header, *lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError:
        header, lines = "", []
    if header != HEADER or not blank:
        raise MalformedProofFile(
            "header", None, f"It begins with {HEADER}, and an empty line ends the proof."
        )
    extra = _extra(lines.pop(0)) if lines and lines[0].startswith(EXTRA) else b""
    index = count_of(lines[0].removeprefix(INDEX)) if lines and lines[0].startswith(INDEX) else None
    if index is None:
        raise MalformedProofFile(
            "index", lines[0] if lines else None, "It is a decimal without leading zeros."
        )
    return ProofFile(index, tuple([_hash(line) for line in lines[1:]]), checkpoint, extra)


def verify_proof_file(
    data: bytes, entry: bytes, keys: Sequence[Verifier], witnesses: Sequence[Witness] = ()
) -> Proved:
    """Check that a file proves an entry, given as its canonical bytes, against keys that are trusted.

    Raises what is malformed or not proved: the file's own faults, those of the checkpoint's signatures, and
    those of the proof.
    """
    file = parse_proof_file(data)
    opened = open_checkpoint(file.checkpoint, keys, witnesses)
    checkpoint = opened.checkpoint
    verify_inclusion(leaf_hash(entry), file.index, checkpoint.size, file.hashes, checkpoint.root)
    return Proved(file.index, opened)


def _extra(line: str) -> bytes:
    data = base64_bytes(line.removeprefix(EXTRA))
    if not data:
        raise MalformedProofFile("extra", line, "It is base64, and left out where there is none.")
    return data


def _hash(line: str) -> bytes:
    data = base64_bytes(line)
    if data is None or len(data) != HASH_BYTES:
        raise MalformedProofFile("hash", line, "It is 32 bytes in base64.")
    return data
