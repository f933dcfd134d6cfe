"""What was signed of a shard's log so far, wherever it is kept, and that the log still extends it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from domain.notary.outside import Outside
from domain.notary.refusals import CheckpointNotOurs, CheckpointsMissing, LogForked, OutsideOutOfReach
from domain.seal import proofs
from domain.seal.checkpoint import Checkpoint, open_checkpoint, verify_growth
from domain.seal.keys import Verifier
from domain.seal.refusals import Malformed, NotProved
from domain.seal.tree import Frontier
from domain.store import seals
from domain.store.seals import Connection, KeptCheckpoint, KeptKey, TreeHead
from domain.store.tiles import hashes

INSIDE: Final = "the database itself"
OLDER: Final = (
    "The database has {size} entries, the checkpoint kept in {place} is over {signed}: the database is "
    "older, as after an old backup was put back. Put back the newest one. Where the later entries are lost "
    "for good, this log has ended: begin a new ledger, and record in it what is left of this one."
)
CHANGED: Final = (
    "The database has {size} entries, and its first {signed} are not those of the checkpoint kept in "
    "{place}: the log was changed, or was put back from a backup and written on. `daybook verify` names the "
    "position of what was changed. Put back a database that extends that checkpoint."
)
DAMAGED: Final = "Its peaks do not lead to its root. `daybook verify` names what is wrong."
NOT_OURS: Final = (
    "It is of another ledger, or forged, or the database is older than the key that signed it. Let "
    "DAYBOOK_CHECKPOINTS name the folders of this ledger. {why}"
)
MISSING: Final = (
    "The database has one over {size} entries. Mount the folder where they lie, or let DAYBOOK_CHECKPOINTS "
    "name it. Where they are lost for good: `daybook seal checkpoint --anew` begins again with that one."
)


class Signed(NamedTuple):
    """A checkpoint that this log signed, and where it lies."""

    place: str
    note: bytes
    checkpoint: Checkpoint


@dataclass(frozen=True, slots=True)
class Standing:
    """How a shard's log stands: its public keys, its tree, and the largest checkpoint signed of it.

    `inside` is the largest one in the database; `troubles` say which places outside could not be read.
    """

    keys: tuple[KeptKey, ...]
    head: TreeHead
    last: Signed | None
    inside: KeptCheckpoint | None
    troubles: tuple[OutsideOutOfReach, ...]

    @property
    def grown(self) -> bool:
        """Whether there is anything to sign."""
        return self.last is None or self.head.size > self.last.checkpoint.size


def look(
    connection: Connection,
    shard: int,
    outsides: Sequence[Outside],
    *,
    own: Verifier | None = None,
    anew: bool = False,
) -> Standing:
    """Look at a log and at what was signed of it; LogForked where it does not extend all of that.

    `own` is a key that is trusted although the database may not name it: our own. `anew` says that what was
    kept outside is lost for good.
    """
    # In this order, as others write the other way round: a log is never behind what is read of it before.
    found, troubles = _kept(shard, outsides)
    inside = seals.newest(connection, shard)
    if inside is not None:
        if outsides and not found and not anew:
            raise troubles[0] if troubles else _missing(shard, outsides, inside)
        found.append((INSIDE, inside.note))
    keys = tuple(seals.keys(connection, shard))
    head = seals.tree_head(connection, shard)
    signed = [_signed(place, note, keys, own) for place, note in found]
    for it in {(it.checkpoint.size, it.checkpoint.root): it for it in signed}.values():
        check_extends(connection, shard, head, it)
    return Standing(keys, head, max(signed, key=_size, default=None), inside, tuple(troubles))


def check_extends(connection: Connection, shard: int, head: TreeHead, signed: Signed) -> None:
    """Check that the log extends a checkpoint; LogForked where it does not."""
    earlier, place = signed.checkpoint, signed.place
    said = {"size": head.size, "signed": earlier.size, "place": place}
    if head.size < earlier.size:
        raise LogForked("size", head.size, OLDER.format(**said))
    later = Checkpoint(earlier.origin, head.size, head.root)
    try:
        if Frontier.from_bytes(head.size, head.peaks).root() != head.root:
            raise LogForked("root", head.root.hex(), DAMAGED)
        proof = _consistency(connection, shard, earlier.size, head.size)
        verify_growth(earlier, later, proof)
    except NotProved:
        raise LogForked("root", head.root.hex(), CHANGED.format(**said)) from None


def verifiers_at(keys: Sequence[KeptKey], size: int) -> list[Verifier]:
    """Return the keys that may have signed a checkpoint of a size; at the size of a change, both."""
    ends = [*(key.from_size for key in keys[1:]), size]
    return [
        Verifier.from_vkey(key.vkey)
        for key, end in zip(keys, ends, strict=False)
        if key.from_size <= size <= end
    ]


def _kept(shard: int, outsides: Sequence[Outside]) -> tuple[list[tuple[str, bytes]], list[OutsideOutOfReach]]:
    """Return what is kept outside, and why a place could not be read; refuses where none could be."""
    found, troubles = [], []
    for outside in outsides:
        try:
            note = outside.latest(shard)
        except OutsideOutOfReach as trouble:
            troubles.append(trouble)
            continue
        if note is not None:
            found.append((outside.place(shard), note))
    if troubles and len(troubles) == len(outsides):
        raise troubles[0]
    return found, troubles


def _missing(shard: int, outsides: Sequence[Outside], inside: KeptCheckpoint) -> CheckpointsMissing:
    places = ", ".join(outside.place(shard) for outside in outsides)
    return CheckpointsMissing("checkpoints", places, MISSING.format(size=inside.size))


def _signed(place: str, note: bytes, keys: Sequence[KeptKey], own: Verifier | None) -> Signed:
    """Verify that this log signed a checkpoint."""
    trusted = [Verifier.from_vkey(key.vkey) for key in keys]
    own = None if own in trusted else own
    if own is not None:
        trusted.append(own)
    try:
        opened = open_checkpoint(note, trusted)
    except (Malformed, NotProved) as fault:
        raise CheckpointNotOurs("checkpoint", place, NOT_OURS.format(why=fault)) from None
    size = opened.checkpoint.size
    if opened.key != own and opened.key not in verifiers_at(keys, size):
        why = f"Its key {opened.key.vkey} was not in use at the size {size}."
        raise CheckpointNotOurs("checkpoint", place, NOT_OURS.format(why=why))
    return Signed(place, note, opened.checkpoint)


def _consistency(connection: Connection, shard: int, earlier: int, size: int) -> tuple[bytes, ...]:
    """Return the proof that a log extends its own beginning; there is none for an empty one."""
    return hashes(connection, shard, proofs.consistency(earlier, size)) if earlier else ()


def _size(signed: Signed) -> int:
    return signed.checkpoint.size
