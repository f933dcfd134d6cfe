"""Seal keys: one Ed25519 key a shard, each in a file of a folder that only its owner may enter.

A new key first lies beside the one in use, as `.next`, until the database names it; so a crash between
leaves either the old key in use, or a new one that is found. No file of a key is ever overwritten.

    seal-0.key                  in use
    seal-0.key.next             to be used next
    seal-0.<id of the key>.key  used before
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from domain.notary.refusals import SealKeyMissing, SealKeyOutOfReach, SealKeyWrong
from domain.seal.keys import KEY_BYTES, Signer
from domain.seal.refusals import MalformedKey
from domain.store.files import make_folder, sync_folder, write_whole
from domain.store.launcher_errors import DataFolderNotYours
from domain.store.locks import FileLock

FIELD: Final = "seal key"
WHERE_KEYS_LIE: Final = "DAYBOOK_KEYS names the folder of keys."


class KeyFolder:
    """The folder of a ledger's seal keys."""

    def __init__(self, folder: Path) -> None:
        """Name the folder; it is made with the first key."""
        self.folder = folder.absolute()

    def path(self, shard: int) -> Path:
        """Where the key in use lies."""
        return self.folder / f"seal-{shard}.key"

    def signer(self, shard: int, vkey: str) -> Signer:
        """Return the secret key of a public one; refuses where it is missing, closed to us, or another."""
        found = self._read(self.path(shard))
        if found is not None and found.verifier.vkey == vkey:
            return found
        following = self._read(self._next(shard))
        if following is not None and following.verifier.vkey == vkey:
            # The database names it already: whoever made it was interrupted before it took its place.
            with suppress(SealKeyOutOfReach):  # the right to read it is enough to sign
                self.replace(shard, vkey)
            return following
        if found is None:
            hint = f"It should be that of {vkey}. {WHERE_KEYS_LIE}"
            raise SealKeyMissing(FIELD, str(self.path(shard)), hint)
        raise SealKeyWrong(FIELD, str(self.path(shard)), _why_wrong(found, vkey))

    def known(self, shard: int) -> Signer | None:
        """Return the key in use, whatever it is of; None where it is missing or cannot be read."""
        try:
            return self._read(self.path(shard))
        except (SealKeyOutOfReach, SealKeyWrong):
            return None

    def make_next(self, shard: int, name: str) -> Signer:
        """Make the key to be used next; one that an interrupted attempt left is taken."""
        path = self._next(shard)
        with self._locked():
            found = self._read(path)
            if found is not None:
                if found.name != name:
                    raise SealKeyWrong(FIELD, str(path), f"It is of {found.name}: move it away first.")
                return found
            made = Signer(name, secrets.token_bytes(KEY_BYTES))
            with _refusing(path):
                write_whole(path, f"{made.skey}\n".encode())
            return made

    def refuse_any(self, shard: int) -> None:
        """Refuse where a key is in use already, before a first one is made."""
        found = self._read(self.path(shard))
        if found is not None:
            hint = (
                f"It is {found.verifier.vkey}, which the database does not name: it is of another ledger. "
                "Name another folder in DAYBOOK_KEYS, or move the file away where that ledger is no more."
            )
            raise SealKeyWrong(FIELD, str(self.path(shard)), hint)

    def replace(self, shard: int, vkey: str) -> None:
        """Put the next key in use, where it is the one of this public key; the one before is set aside."""
        path, following = self.path(shard), self._next(shard)
        with self._locked(), _refusing(path):
            found = self._read(following)
            if found is None or found.verifier.vkey != vkey:
                return  # another process was faster
            old = self._read(path)
            if old is not None:
                path.rename(self._aside(shard, old))
            following.replace(path)
            sync_folder(self.folder)

    def remove_old(self, shard: int, old: Signer) -> None:
        """Remove a key that was set aside: nobody can sign with it any more."""
        path = self._aside(shard, old)
        with self._locked(), _refusing(path):
            path.unlink(missing_ok=True)
            sync_folder(self.folder)

    def _next(self, shard: int) -> Path:
        return self.folder / f"seal-{shard}.key.next"

    def _aside(self, shard: int, old: Signer) -> Path:
        return self.folder / f"seal-{shard}.{old.verifier.key_id.hex()}.key"

    def _read(self, path: Path) -> Signer | None:
        """Read a key; None where there is no file."""
        try:
            text = path.read_text("utf-8").strip()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _out_of_reach(path, error) from None
        except UnicodeDecodeError:
            text = ""
        try:
            return Signer.from_skey(text)
        except MalformedKey as fault:
            raise SealKeyWrong(FIELD, str(path), fault.hint) from None

    @contextmanager
    def _locked(self) -> Iterator[None]:
        lock = FileLock(self.folder / "seal.lock")
        with _refusing(self.folder):
            make_folder(self.folder)
            lock.acquire()
        try:
            yield
        finally:
            lock.release()


@contextmanager
def _refusing(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, DataFolderNotYours) as error:
        raise _out_of_reach(path, error) from None


def _out_of_reach(path: Path, error: Exception) -> SealKeyOutOfReach:
    why = error.strerror if isinstance(error, OSError) else str(error)
    hint = f"{why}. Run as the user who owns the folder, or give this user the right to it. {WHERE_KEYS_LIE}"
    return SealKeyOutOfReach(FIELD, str(path), hint)


def _why_wrong(found: Signer, vkey: str) -> str:
    wanted = vkey.partition("+")[0]
    if found.name != wanted:
        return f"It is of the log {found.name}, not of {wanted}. {WHERE_KEYS_LIE}"
    return (
        f"It is {found.verifier.vkey}, and the newest that the database names is {vkey}: "
        f"the key was changed since. Put the newest back. {WHERE_KEYS_LIE}"
    )
