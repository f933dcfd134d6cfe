"""Proving single entries, from the tiles on the way to the root, and saying how far a log is signed."""

from dataclasses import dataclass

from domain.notary.proof import EntryProof
from domain.notary.refusals import LogDamaged, NotSealedYet
from domain.seal import proofs
from domain.seal.keys import Verifier
from domain.seal.refusals import NotProved
from domain.seal.tlog_proof import ProofFile
from domain.store import seals
from domain.store.seals import Connection
from domain.store.tiles import hashes


@dataclass(frozen=True, slots=True)
class SealState:
    """How many entries a shard has, how many of them are signed, and what keeps the others from being so."""

    shard: int
    size: int
    signed: int | None
    trouble: str


def seal_state(connection: Connection, shard: int, trouble: str) -> SealState:
    """Return how far a shard's log is signed."""
    newest = seals.newest(connection, shard)
    signed = None if newest is None else newest.size
    return SealState(shard, seals.tree_head(connection, shard).size, signed, trouble)


def prove(
    connection: Connection, shard: int, position: int, entry: bytes, size: int | None = None
) -> EntryProof:
    """Prove that these bytes stand at a position, by the checkpoint of a size, or by the newest.

    The proof is checked before it is given out: LogDamaged where it does not hold.
    """
    found = seals.newest(connection, shard) if size is None else seals.of_size(connection, shard, size)
    if found is None:
        hint = "No checkpoint was signed yet." if size is None else "No checkpoint of this size was signed."
        raise NotSealedYet("size", size, hint)
    if found.size < position:
        raise NotSealedYet("size", found.size, f"The entry's position is {position}.")
    keys = [Verifier.from_vkey(key.vkey) for key in seals.keys(connection, shard)]
    try:
        path = hashes(connection, shard, proofs.inclusion(position - 1, found.size))
        proof = EntryProof(ProofFile(position - 1, path, found.note), entry)
        proof.verify(keys)
    except NotProved as fault:
        hint = f"{fault} Run `daybook verify`: it names the position of what is wrong."
        raise LogDamaged("position", position, hint) from None
    return proof
