"""Key-encryption keys: from a folder or the environment, refused clearly where they are missing or wrong."""

import stat
from base64 import b64encode
from pathlib import Path

import pytest

from domain.vault.keys import KekFolder, KeyRing, LocalKek, load_kek
from domain.vault.refusals import KekOutOfReach, KeyMissing, MalformedKek, WrongKey

ONE, OTHER = LocalKek(b"\x01" * 32), LocalKek(b"\x02" * 32)
DATA_KEY, CONTEXT = b"\x07" * 32, b"customer:42"


def _text(byte: int) -> str:
    return b64encode(bytes([byte]) * 32).decode()


def test_a_wrapped_key_comes_back() -> None:
    wrapped = ONE.wrap(DATA_KEY, CONTEXT)
    assert ONE.unwrap(wrapped, CONTEXT) == DATA_KEY
    assert DATA_KEY not in wrapped
    assert ONE.wrap(DATA_KEY, CONTEXT) != wrapped


@pytest.mark.parametrize(
    ("kek", "context", "change"),
    [(OTHER, CONTEXT, b""), (ONE, b"customer:43", b""), (ONE, CONTEXT, b"\x00"), (ONE, CONTEXT, None)],
    ids=["another KEK", "another context", "longer", "nothing left"],
)
def test_what_was_wrapped_otherwise_does_not_come_back(
    kek: LocalKek, context: bytes, change: bytes | None
) -> None:
    wrapped = b"" if change is None else ONE.wrap(DATA_KEY, CONTEXT) + change
    with pytest.raises(WrongKey):
        kek.unwrap(wrapped, context)


def test_a_name_tells_keys_apart_and_stays_the_same() -> None:
    assert ONE.name == "local:2cf3e0e032370f15"
    assert ONE.name != OTHER.name
    assert LocalKek.from_text(_text(1)).name == ONE.name


@pytest.mark.parametrize("text", ["", "x", _text(1)[:-4], _text(1) + "AAAA", "é"])
def test_what_is_no_key_is_refused_and_not_repeated(text: str, tmp_path: Path) -> None:
    with pytest.raises(MalformedKek) as refused:
        LocalKek.from_text(text)
    assert refused.value.value is None
    with pytest.raises(MalformedKek, match="DAYBOOK_KEK"):
        _ = load_kek(tmp_path, text).current


def test_the_first_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    folder = KekFolder(tmp_path / "keys")
    made = folder.make()
    assert folder.make().name == made.name
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.folder.stat().st_mode) == 0o700
    assert load_kek(folder.folder).current.name == made.name


def test_a_ring_says_what_to_do_where_there_is_no_key(tmp_path: Path) -> None:
    ring = load_kek(tmp_path / "keys")
    with pytest.raises(KeyMissing, match="DAYBOOK_KEK holds it, or the file kek"):
        _ = ring.current
    with pytest.raises(KeyMissing):
        ring.named("local:1")


def test_a_ring_reads_a_key_that_came_later(tmp_path: Path) -> None:
    folder = KekFolder(tmp_path)
    first = folder.make()
    ring = load_kek(tmp_path)
    assert ring.current.name == first.name
    second = folder.make_next()
    assert ring.named(second.name).name == second.name
    assert ring.current.name == first.name


def test_whoever_wraps_anew_learns_which_key_is_in_use_now(tmp_path: Path) -> None:
    folder = KekFolder(tmp_path)
    old = folder.make()
    ring = load_kek(tmp_path)
    assert ring.newest().name == old.name
    new = folder.make_next()
    folder.replace()
    assert (ring.current.name, ring.newest().name, ring.current.name) == (old.name, new.name, new.name)


def test_a_name_that_is_nowhere_is_refused() -> None:
    with pytest.raises(WrongKey, match=f"wrapped by {OTHER.name}; given is {ONE.name}"):
        KeyRing.of(ONE).named(OTHER.name)
    assert KeyRing.of(ONE, OTHER).named(OTHER.name) is OTHER


def test_the_environment_stands_before_the_folder(tmp_path: Path) -> None:
    lying = KekFolder(tmp_path).make()
    ring = load_kek(tmp_path, _text(1))
    assert ring.current.name == ONE.name
    assert ring.named(lying.name).name == lying.name
    assert load_kek(tmp_path / "none", f" {_text(1)}\n").current.name == ONE.name


def test_a_key_set_aside_is_still_known(tmp_path: Path) -> None:
    folder = KekFolder(tmp_path)
    old, new = folder.make(), folder.make_next()
    assert folder.make_next().name == new.name
    folder.replace()
    folder.replace()
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["kek", f"kek.{old.name[6:]}", "kek.lock"]
    ring = load_kek(tmp_path)
    assert ring.current.name == new.name
    assert ring.named(old.name).name == old.name


def test_a_change_of_keys_that_was_interrupted_is_ended(tmp_path: Path) -> None:
    folder = KekFolder(tmp_path)
    old, new = folder.make(), folder.make_next()
    (tmp_path / f"kek.{old.name[6:]}").hardlink_to(folder.path)
    folder.replace()
    ring = load_kek(tmp_path)
    assert (ring.current.name, ring.named(old.name).name) == (new.name, old.name)


def test_a_next_key_is_taken_where_the_one_in_use_was_in_the_environment(tmp_path: Path) -> None:
    folder = KekFolder(tmp_path)
    new = folder.make_next()
    folder.replace()
    assert load_kek(tmp_path).current.name == new.name


def test_a_folder_that_is_none_is_said(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("")
    with pytest.raises(KekOutOfReach):
        KekFolder(tmp_path / "keys").make()
    with pytest.raises(KekOutOfReach):
        _ = load_kek(tmp_path / "keys").current


def test_a_file_that_holds_no_key_is_said(tmp_path: Path) -> None:
    (tmp_path / "kek").write_bytes(b"\xff")
    with pytest.raises(MalformedKek, match="kek"):
        _ = load_kek(tmp_path).current
