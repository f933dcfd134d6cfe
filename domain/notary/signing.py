"""What a notary does for one shard: makes its first key, signs its log, changes its key, takes cosignatures.

A checkpoint goes outside before it goes into the database: receipts come from there, so that whatever was
handed out is known outside. A crash between the two leaves one that only the outside has; whoever signs next
adds it to the database.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, NamedTuple

from domain.notary.keys import FIELD, KeyFolder
from domain.notary.outside import Outside, joined
from domain.notary.refusals import OutsideOutOfReach, SealKeyMissing
from domain.notary.signed import Signed, Standing, check_extends, look
from domain.seal.checkpoint import Checkpoint, Opened, open_checkpoint, sign_checkpoint
from domain.seal.keys import Signer, Verifier, Witness
from domain.seal.refusals import NotSigned
from domain.store import seals
from domain.store.seals import Connection

UNSIGNED: Final = "The database names no key of this log: `daybook init` makes one."
NO_WITNESS: Final = "None of the witnesses named has cosigned it."


class Published(NamedTuple):
    """The largest checkpoint of a log, as signed; `troubles` say which places outside could not take it."""

    size: int
    note: bytes
    troubles: tuple[OutsideOutOfReach, ...]


@dataclass(frozen=True, slots=True)
class Sealer:
    """Signs for one shard, under its origin, with its key, keeping what it signed in all these places."""

    shard: int
    origin: str
    keys: KeyFolder
    outsides: Sequence[Outside]

    def check(self, connection: Connection) -> Standing:
        """Check that the log extends all that was signed of it, and that it can be signed."""
        standing = self._look(connection)
        self._signer(standing)
        return standing

    def establish(self, connection: Connection) -> bool:
        """Make the first key of a log that has none, and sign the log; returns whether it had none."""
        with self._alone(connection):
            standing = self._look(connection)
            if standing.keys:
                return False
            self.keys.refuse_any(self.shard)
            made = self.keys.make_next(self.shard, self.origin)
            vkey = made.verifier.vkey
            seals.keep_key(connection, self.shard, vkey, standing.head.size)
        self.keys.replace(self.shard, vkey)
        self.publish(connection)
        return True

    def publish(self, connection: Connection, *, anew: bool = False) -> Published:
        """Sign the log where it has grown; where it has not, see that the last checkpoint is everywhere.

        `anew` is for places outside that are lost for good: they begin with the last one in the database.
        """
        with self._alone(connection):
            standing = self._look(connection, anew=anew)
            signer = self._signer(standing)
            self._take_in(connection, standing)
            if standing.last is not None and not standing.grown:
                size, note = standing.head.size, standing.last.note
                return Published(size, note, self._keep_outside(note))
            note = sign_checkpoint(self._checkpoint(standing), signer).to_bytes()
            return self._keep(connection, standing.head.size, note)

    def rotate(self, connection: Connection, *, remove_old: bool = False) -> Published:
        """Change the key: the log as it is now is signed by both the old one and the new one."""
        with self._alone(connection):
            standing = self._look(connection)
            old = self._signer(standing)
            new = self.keys.make_next(self.shard, self.origin)
            self._take_in(connection, standing)
            signed = sign_checkpoint(self._checkpoint(standing), old)
            note = signed.with_signatures(new.sign(signed.text)).to_bytes()
            published = self._keep(connection, standing.head.size, note)
            seals.keep_key(connection, self.shard, new.verifier.vkey, standing.head.size)
        self.keys.replace(self.shard, new.verifier.vkey)
        if remove_old:
            self.keys.remove_old(self.shard, old)
        return published

    def take_cosigned(self, connection: Connection, note: bytes, witnesses: Sequence[Witness]) -> Opened:
        """Keep a checkpoint of this log with the cosignatures that it came back with.

        Those of the witnesses named are verified, and one at least must be there; those of others are kept
        as they are.
        """
        with self._alone(connection):
            standing = self._look(connection)
            keys = [Verifier.from_vkey(key.vkey) for key in standing.keys]
            opened = open_checkpoint(note, keys, witnesses)
            if witnesses and not opened.cosignatures:
                raise NotSigned("signatures", None, NO_WITNESS)
            size = opened.checkpoint.size
            given = Signed("the checkpoint given", note, opened.checkpoint)
            check_extends(connection, self.shard, standing.head, given)
            known = seals.of_size(connection, self.shard, size)
            whole = note if known is None else joined(known.note, note, "the database")
            self._keep(connection, size, whole)
            return opened

    def _look(self, connection: Connection, *, anew: bool = False) -> Standing:
        own = self.keys.known(self.shard)
        trusted = own.verifier if own is not None and own.name == self.origin else None
        return look(connection, self.shard, self.outsides, own=trusted, anew=anew)

    def _signer(self, standing: Standing) -> Signer:
        if not standing.keys:
            raise SealKeyMissing(FIELD, str(self.keys.path(self.shard)), UNSIGNED)
        return self.keys.signer(self.shard, standing.keys[-1].vkey)

    def _checkpoint(self, standing: Standing) -> Checkpoint:
        return Checkpoint(self.origin, standing.head.size, standing.head.root)

    def _take_in(self, connection: Connection, standing: Standing) -> None:
        """Add the last checkpoint to the database, if only the outside has it."""
        last, inside = standing.last, standing.inside
        if last is not None and (inside is None or inside.size < last.checkpoint.size):
            seals.keep(connection, self.shard, last.checkpoint.size, last.note)

    def _keep(self, connection: Connection, size: int, note: bytes) -> Published:
        troubles = self._keep_outside(note)
        seals.keep(connection, self.shard, size, note)
        return Published(size, note, troubles)

    def _keep_outside(self, note: bytes) -> tuple[OutsideOutOfReach, ...]:
        """Keep a checkpoint outside; refuses where no place takes it."""
        troubles = []
        for outside in self.outsides:
            try:
                outside.keep(self.shard, note)
            except OutsideOutOfReach as trouble:
                troubles.append(trouble)
        if troubles and len(troubles) == len(self.outsides):
            raise troubles[0]
        return tuple(troubles)

    @contextmanager
    def _alone(self, connection: Connection) -> Iterator[None]:
        """Be the only notary of the shard, in one transaction."""
        with connection.transaction():
            seals.lock(connection, self.shard)
            yield
