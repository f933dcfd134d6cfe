"""Key-encryption keys (KEKs): they wrap the keys of data subjects, and lie apart from the database.

    kek            in use: 32 bytes in base64
    kek.next       to be used next, while all data keys are being wrapped by it
    kek.<id>       used before; needed as long as a data key, or a backup, is wrapped by it

A KEK from the environment stands before the one in the folder. A service that keeps keys takes the place of
both where it offers what `KeyEncryption` asks for.
"""

import hmac
import os
import secrets
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from domain.seal.encoding import base64_bytes
from domain.store.files import make_folder, sync_folder, write_whole
from domain.store.launcher_errors import DataFolderNotYours
from domain.store.locks import FileLock
from domain.vault.refusals import KekOutOfReach, KeyMissing, MalformedKek, WrongKey
from domain.vault.sealed import NONCE_BYTES

KEK_BYTES: Final = 32
NAME_DIGITS: Final = 16
FIELD: Final = "kek"
LOCK: Final = "kek.lock"
WHERE: Final = "DAYBOOK_KEK holds it, or the file kek in the folder that DAYBOOK_KEYS names."


class KeyEncryption(Protocol):
    """What wraps data keys: a local key, or a service; `context` must be the same for both ways."""

    @property
    def name(self) -> str:
        """Its name, by which each data key tells what it is wrapped by; says nothing about the key."""

    def wrap(self, key: bytes, context: bytes) -> bytes:
        """Wrap a data key."""

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """Return the data key that was wrapped; WrongKey where this is not what wrapped it so."""


class LocalKek:
    """A key-encryption key in this process: AES-256-GCM, nonce first, tag last."""

    def __init__(self, key: bytes) -> None:
        """Take 32 bytes."""
        if len(key) != KEK_BYTES:
            raise MalformedKek(FIELD)
        self._cipher = AESGCM(key)
        self.name = "local:" + hmac.digest(key, b"daybook kek", "sha256").hex()[:NAME_DIGITS]

    @classmethod
    def from_text(cls, text: str) -> "LocalKek":
        """Read a key in base64; the refusal does not repeat it."""
        return cls(base64_bytes(text.strip()) or b"")

    def wrap(self, key: bytes, context: bytes) -> bytes:
        """Wrap a data key."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, key, context)

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """Return the data key that was wrapped."""
        try:
            return self._cipher.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], context)
        except (InvalidTag, ValueError):
            hint = f"{self.name} did not wrap this key for this data subject: the row was changed."
            raise WrongKey(FIELD, hint=hint) from None


class KeyRing:
    """The KEKs of a process: the first one wraps, all unwrap. They are read when they are first needed."""

    def __init__(self, load: Callable[[], Sequence[KeyEncryption]]) -> None:
        """Take what reads them, the one in use first; it is asked again for a name that is not among them."""
        self._load = load
        self._keks: Sequence[KeyEncryption] = ()

    @classmethod
    def of(cls, *keks: KeyEncryption) -> "KeyRing":
        """Hold these, and no others."""
        return cls(lambda: keks)

    @property
    def current(self) -> KeyEncryption:
        """The one that wraps; KeyMissing where there is none."""
        return (self._keks or self.reload())[0]

    def newest(self) -> KeyEncryption:
        """Return the one that wraps, read anew: another process may have changed it."""
        return self.reload()[0]

    def named(self, name: str) -> KeyEncryption:
        """Return the one of this name, which may be new; WrongKey where it is not among them."""
        found = self._find(name)
        if found is None:
            self.reload()
            found = self._find(name)
        if found is None:
            hint = f"They are wrapped by {name}; given is {', '.join(it.name for it in self._keks)}. {WHERE}"
            raise WrongKey(FIELD, hint=hint)
        return found

    def reload(self) -> Sequence[KeyEncryption]:
        """Read them anew."""
        self._keks = self._load()
        if not self._keks:
            raise KeyMissing(FIELD, hint=WHERE)
        return self._keks

    def _find(self, name: str) -> KeyEncryption | None:
        return next((it for it in self._keks if it.name == name), None)


class KekFolder:
    """The folder of key-encryption keys; no file of a key is ever overwritten."""

    def __init__(self, folder: Path) -> None:
        """Name the folder; it is made with the first key."""
        self.folder = folder.absolute()

    @property
    def path(self) -> Path:
        """Where the key in use lies."""
        return self.folder / "kek"

    @property
    def next_path(self) -> Path:
        """Where the key to be used next lies."""
        return self.folder / "kek.next"

    def current(self) -> LocalKek | None:
        """Return the key in use, if there is one."""
        return self._read(self.path)

    def others(self) -> list[LocalKek]:
        """Return the keys used before, and the one to be used next."""
        paths = [path for path in sorted(self.folder.glob("kek.*")) if path.name != LOCK]
        return [kek for path in paths if (kek := self._read(path)) is not None]

    def make(self) -> LocalKek:
        """Make the first key; one that is there is taken."""
        return self._made(self.path)

    def make_next(self) -> LocalKek:
        """Make the key to be used next; one that an interrupted rotation left is taken."""
        return self._made(self.next_path)

    def replace(self) -> None:
        """Put the next key in use, and set aside the one before; once more after an interruption."""
        with self._locked():
            if not self.next_path.exists():
                return
            old = self._read(self.path)
            if old is not None:
                aside = self.folder / f"kek.{old.name.partition(':')[2]}"
                aside.unlink(missing_ok=True)
                # A second name first: at no moment is either key without one.
                os.link(self.path, aside)
            self.next_path.replace(self.path)
            sync_folder(self.folder)

    def _made(self, path: Path) -> LocalKek:
        with self._locked():
            found = self._read(path)
            if found is not None:
                return found
            key = secrets.token_bytes(KEK_BYTES)
            write_whole(path, b64encode(key) + b"\n")
            return LocalKek(key)

    def _read(self, path: Path) -> LocalKek | None:
        try:
            return LocalKek.from_text(path.read_text("ascii"))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise KekOutOfReach(FIELD, str(path), f"{error.strerror}. {WHERE}") from None
        except (UnicodeDecodeError, MalformedKek):
            raise MalformedKek(FIELD, str(path)) from None

    @contextmanager
    def _locked(self) -> Iterator[None]:
        lock = FileLock(self.folder / LOCK)
        try:
            make_folder(self.folder)
            lock.acquire()
            yield
        except (OSError, DataFolderNotYours) as error:
            raise KekOutOfReach(FIELD, str(self.folder), f"{error}. {WHERE}") from error
        finally:
            lock.release()


def load_kek(folder: Path, kek: str | None = None) -> KeyRing:
    """Return the ring of the KEKs in a folder; `kek`, in base64, stands before them, as the one in use."""
    lying = KekFolder(folder)

    def load() -> list[KeyEncryption]:
        given = None if kek is None else _from_environment(kek)
        found = [it for it in (given, lying.current()) if it is not None]
        return [*found, *lying.others()] if found else []

    return KeyRing(load)


def _from_environment(kek: str) -> LocalKek:
    try:
        return LocalKek.from_text(kek)
    except MalformedKek:
        raise MalformedKek("DAYBOOK_KEK") from None
