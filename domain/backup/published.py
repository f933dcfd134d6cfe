"""What was published of a ledger that is restored, and whether its logs go on from there."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from domain.backup.manifest import Log
from domain.backup.refusals import CheckpointsUnknown
from domain.notary.outside import Outside
from domain.notary.refusals import CheckpointNotOurs, LogNotSound
from domain.notary.signed import Signed, check_extends, look
from domain.seal.checkpoint import Checkpoint, open_checkpoint, parse_checkpoint
from domain.seal.keys import Verifier
from domain.seal.note import parse_note
from domain.seal.refusals import Malformed, NotProved
from domain.store import seals
from domain.store.connections import Connection

UNKNOWN: Final = (
    "It would lie there for shard {shard}. Mount the folder, or let DAYBOOK_CHECKPOINTS name it. Where it is "
    "lost for good, restore with --without-checkpoints: whoever was erased since the backup is back then."
)


def need_checkpoints(logs: Sequence[Log], outsides: Sequence[Outside]) -> None:
    """Refuse where a log was signed, and nothing is known outside of what it became since."""
    for log in logs:
        if log.checkpoint is not None and not _latest(outsides, log.shard):
            places = ", ".join(outside.place(log.shard) for outside in outsides)
            raise CheckpointsUnknown("checkpoints", places, UNKNOWN.format(shard=log.shard))


def why_ended(
    connection: Connection, shard: int, origin: str, outsides: Sequence[Outside]
) -> LogNotSound | None:
    """Return what keeps a log from going on, as more of it was published than is here; None where it goes on.

    Refuses where what is here is not what was published.
    """
    look(connection, shard, ())
    try:
        look(connection, shard, outsides)
    except LogNotSound as refusal:
        size = seals.tree_head(connection, shard).size
        if not any(it.origin == origin and it.size > size for it in _latest(outsides, shard)):
            raise
        _check_beginning(connection, shard, outsides)
        return refusal
    return None


def _check_beginning(connection: Connection, shard: int, outsides: Sequence[Outside]) -> None:
    """Check the log against the largest checkpoint of each place that is not larger than it."""
    head = seals.tree_head(connection, shard)
    keys = [Verifier.from_vkey(key.vkey) for key in seals.keys(connection, shard)]
    for outside in outsides:
        last = b""
        for size, note in outside.kept(shard):
            last = note if size <= head.size else last
        if last:
            place = outside.place(shard)
            with _damaged(place):
                signed = Signed(place, last, open_checkpoint(last, keys).checkpoint)
            check_extends(connection, shard, head, signed)


def _latest(outsides: Sequence[Outside], shard: int) -> list[Checkpoint]:
    """Return the last checkpoint of each place that has one, whoever signed it."""
    found = []
    for outside in outsides:
        note = outside.latest(shard)
        if note is not None:
            with _damaged(outside.place(shard)):
                found.append(parse_checkpoint(parse_note(note).text))
    return found


@contextmanager
def _damaged(place: str) -> Iterator[None]:
    try:
        yield
    except (Malformed, NotProved) as fault:
        raise CheckpointNotOurs("checkpoint", place, str(fault)) from None
