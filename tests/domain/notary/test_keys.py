"""Seal keys in their folder: made once, never overwritten, changed without a moment between, told apart."""

import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from domain.notary.keys import KeyFolder
from domain.notary.refusals import SealKeyMissing, SealKeyOutOfReach, SealKeyUnusable, SealKeyWrong
from domain.seal.encoding import base64_text
from domain.seal.keys import Signer

ORIGIN = "Riverside-Power/0"


@pytest.fixture
def keys(tmp_path: Path) -> KeyFolder:
    """A folder that is not there yet."""
    return KeyFolder(tmp_path / "keys")


@pytest.fixture
def key(keys: KeyFolder) -> Signer:
    """A key in use."""
    made = keys.make_next(0, ORIGIN)
    keys.replace(0, made.verifier.vkey)
    return made


def names(keys: KeyFolder) -> set[str]:
    return {path.name for path in keys.folder.iterdir()} - {"seal.lock"}


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_key_is_a_file_that_its_owner_alone_can_read(keys: KeyFolder, key: Signer) -> None:
    assert keys.path(0).read_text() == f"{key.skey}\n"
    assert (mode(keys.path(0)), mode(keys.folder), key.name) == (0o600, 0o700, ORIGIN)
    assert keys.signer(0, key.verifier.vkey) == keys.known(0) == key


def test_each_key_is_another(keys: KeyFolder, key: Signer) -> None:
    assert keys.make_next(1, "Riverside-Power/1").seed != key.seed


def test_an_interrupted_making_is_taken_up(keys: KeyFolder) -> None:
    assert keys.make_next(0, ORIGIN) == keys.make_next(0, ORIGIN)
    with pytest.raises(SealKeyWrong, match="It is of Riverside-Power/0: move it away first"):
        keys.make_next(0, "Hillside-Power/0")


def test_a_key_in_use_is_set_aside_and_removed_only_when_told(keys: KeyFolder, key: Signer) -> None:
    following = keys.make_next(0, ORIGIN)
    keys.replace(0, following.verifier.vkey)
    aside = f"seal-0.{key.verifier.key_id.hex()}.key"
    assert names(keys) == {"seal-0.key", aside}
    assert (keys.folder / aside).read_text() == f"{key.skey}\n"
    keys.replace(0, following.verifier.vkey)
    assert keys.signer(0, following.verifier.vkey) == following
    keys.remove_old(0, key)
    keys.remove_old(0, key)
    assert names(keys) == {"seal-0.key"}


def test_only_the_next_key_can_take_its_place(keys: KeyFolder, key: Signer) -> None:
    keys.make_next(0, ORIGIN)
    keys.replace(0, key.verifier.vkey)
    assert keys.known(0) == key


def test_a_crash_before_the_next_key_took_its_place_is_made_up_for(keys: KeyFolder, key: Signer) -> None:
    following = keys.make_next(0, ORIGIN)
    assert keys.signer(0, key.verifier.vkey) == key
    assert keys.signer(0, following.verifier.vkey) == following
    assert names(keys) == {"seal-0.key", f"seal-0.{key.verifier.key_id.hex()}.key"}


def test_a_crash_between_the_two_names_is_made_up_for(keys: KeyFolder, key: Signer) -> None:
    following = keys.make_next(0, ORIGIN)
    keys.path(0).rename(keys.folder / f"seal-0.{key.verifier.key_id.hex()}.key")
    assert keys.signer(0, following.verifier.vkey) == following
    assert keys.known(0) == following


def test_a_crash_while_a_key_was_written_leaves_none(keys: KeyFolder) -> None:
    keys.folder.mkdir()
    (keys.folder / ".seal-0.key.next.unfinished").write_text("PRIVATE+KEY+Riv")
    made = keys.make_next(0, ORIGIN)
    assert names(keys) == {"seal-0.key.next"}
    assert keys.signer(0, made.verifier.vkey) == made


def test_a_missing_key_is_told_with_its_place_and_what_it_should_be(keys: KeyFolder) -> None:
    vkey = Signer(ORIGIN, bytes(32)).verifier.vkey
    with pytest.raises(SealKeyMissing) as refusal:
        keys.signer(0, vkey)
    assert refusal.value.value == str(keys.path(0))
    assert vkey in refusal.value.hint
    assert "DAYBOOK_KEYS" in refusal.value.hint
    assert not keys.folder.exists()


def _of_another_ledger(keys: KeyFolder) -> str:
    keys.path(0).write_text(Signer("Hillside-Power/0", bytes(32)).skey)
    return "It is of the log Hillside-Power/0, not of Riverside-Power/0"


def _an_older_one(keys: KeyFolder) -> str:
    keys.path(0).write_text(Signer(ORIGIN, bytes(32)).skey)
    return "the key was changed since. Put the newest back"


def _cut_short(keys: KeyFolder) -> str:
    text = keys.path(0).read_text()
    keys.path(0).write_text(text[:-8])
    return "Keep its one line as it was made"


def _no_text(keys: KeyFolder) -> str:
    keys.path(0).write_bytes(b"\xff\xfe")
    return "Keep its one line as it was made"


@pytest.mark.parametrize("spoil", [_of_another_ledger, _an_older_one, _cut_short, _no_text])
def test_a_wrong_key_is_told_from_a_missing_one(
    keys: KeyFolder, key: Signer, spoil: Callable[[KeyFolder], str]
) -> None:
    said = spoil(keys)
    with pytest.raises(SealKeyWrong) as refusal:
        keys.signer(0, key.verifier.vkey)
    assert said in refusal.value.hint
    assert refusal.value.value == str(keys.path(0))


def test_a_closed_folder_is_told_as_such(
    keys: KeyFolder, key: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(*_: Any, **__: Any) -> str:  # noqa: ANN401
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_text", closed)
    with pytest.raises(SealKeyOutOfReach, match="Run as the user who owns the folder"):
        keys.signer(0, key.verifier.vkey)
    assert keys.known(0) is None


def test_a_folder_that_is_none_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("")
    with pytest.raises(SealKeyOutOfReach):
        KeyFolder(tmp_path / "keys").make_next(0, ORIGIN)


def test_a_key_in_use_forbids_a_first_one(keys: KeyFolder, key: Signer) -> None:
    keys.refuse_any(1)
    with pytest.raises(SealKeyWrong, match="which the database does not name"):
        keys.refuse_any(0)


def test_no_refusal_shows_a_secret(keys: KeyFolder, key: Signer) -> None:
    following = keys.make_next(0, ORIGIN)
    said = []
    for spoil in (_an_older_one, _cut_short):
        spoil(keys)
        for attempt in (lambda: keys.signer(0, key.verifier.vkey), lambda: keys.refuse_any(0)):
            with pytest.raises(SealKeyUnusable) as refusal:
                attempt()
            said.append(repr(refusal.value) + str(refusal.value))
    with pytest.raises(SealKeyWrong) as wrong:
        keys.make_next(0, "Hillside-Power/0")
    said.append(repr(wrong.value))
    for it in (key, following, Signer(ORIGIN, bytes(32))):
        secret = base64_text(b"\x01" + it.seed)
        assert secret in it.skey
        assert not [text for text in said if secret[:20] in text]
