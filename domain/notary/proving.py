"""Proving single entries: from the tiles on the way from the entry to the root, whatever the log's size."""

from domain.notary.proof import EntryProof
from domain.notary.refusals import LogDamaged, NotSealedYet
from domain.seal import proofs
from domain.seal.keys import Verifier
from domain.seal.refusals import NotProved
from domain.seal.tlog_proof import ProofFile
from domain.store import seals
from domain.store.seals import Connection
from domain.store.tiles import hashes


def covers(connection: Connection, shard: int, position: int) -> bool:
    """Whether the newest checkpoint of a shard covers a position."""
    found = seals.newest(connection, shard)
    return found is not None and found.size >= position


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
