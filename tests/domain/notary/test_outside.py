"""Places outside: what is kept stays, the last checkpoint never falls back, no writer loses another's."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from domain.notary.outside import FolderOutside, joined
from domain.notary.refusals import CheckpointNotOurs, LogForked, OutsideOutOfReach
from domain.seal.checkpoint import Checkpoint, sign_checkpoint
from domain.seal.keys import Signer
from domain.seal.note import SIGNATURES_MAX, parse_note
from tests.conftest import ROOT
from tests.domain.store.test_files import full

SIGNER = Signer("test/0", bytes(32))
OTHER = Signer("test/0", bytes(31) + b"\x01")
WRITER = """
import sys
from pathlib import Path
from domain.notary.outside import FolderOutside
from tests.domain.notary.test_outside import signed
outside = FolderOutside(Path(sys.argv[1]))
for size in range(int(sys.argv[2]), 31, 3):
    outside.keep(0, signed(size))
    outside.remember_erasure(0, f"erasure {size}")
"""


def signed(size: int, signer: Signer = SIGNER, root: bytes | None = None) -> bytes:
    """A checkpoint, of whatever root."""
    checkpoint = Checkpoint(signer.name, size, root or size.to_bytes(32))
    return sign_checkpoint(checkpoint, signer).to_bytes()


@pytest.fixture
def outside(tmp_path: Path) -> FolderOutside:
    """A folder that is not there yet."""
    return FolderOutside(tmp_path / "outside")


def test_nothing_is_there_before_anything_is_kept(outside: FolderOutside) -> None:
    assert (outside.latest(0), list(outside.kept(0)), outside.erasures(0)) == (None, [], [])
    assert not outside.folder.exists()


def test_every_checkpoint_is_kept_and_the_last_one_is_the_largest(outside: FolderOutside) -> None:
    for size in (1, 7, 300, 5):
        outside.keep(0, signed(size))
    assert outside.latest(0) == signed(300)
    assert list(outside.kept(0)) == [(size, signed(size)) for size in (1, 5, 7, 300)]
    assert (outside.folder / "0" / "checkpoints" / "00000000000000000300").read_bytes() == signed(300)
    assert outside.place(0) == str(outside.folder / "0" / "checkpoint")


def test_checkpoints_may_be_read_by_anybody_and_erasures_may_not(outside: FolderOutside) -> None:
    outside.keep(0, signed(7))
    outside.remember_erasure(0, "{}")
    shard = outside.folder / "0"
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (shard, *shard.iterdir())}
    assert modes == {"0": 0o755, ".lock": 0o600, "checkpoint": 0o644, "checkpoints": 0o755, "erasures": 0o600}


def test_shards_do_not_meet(outside: FolderOutside) -> None:
    outside.keep(0, signed(9))
    outside.keep(1, signed(1))
    assert (outside.latest(0), outside.latest(1)) == (signed(9), signed(1))


def test_of_one_size_all_signatures_are_kept(outside: FolderOutside) -> None:
    for note in (signed(7), signed(7, OTHER), signed(7)):
        outside.keep(0, note)
    latest = outside.latest(0)
    assert latest is not None
    assert [it.key_id for it in parse_note(latest).signatures] == [
        SIGNER.verifier.key_id,
        OTHER.verifier.key_id,
    ]
    assert list(outside.kept(0)) == [(7, latest)]


def test_another_log_of_the_same_size_is_refused_and_changes_nothing(outside: FolderOutside) -> None:
    outside.keep(0, signed(7))
    with pytest.raises(LogForked, match="with another root"):
        outside.keep(0, signed(7, root=bytes(32)))
    assert (outside.latest(0), list(outside.kept(0))) == (signed(7), [(7, signed(7))])


def test_signatures_never_grow_beyond_what_can_be_read() -> None:
    note = signed(7)
    for n in range(SIGNATURES_MAX + 5):
        note = joined(note, signed(7, Signer("test/0", n.to_bytes(32))), "here")
    assert len(parse_note(note).signatures) == SIGNATURES_MAX


@pytest.mark.parametrize("damage", [b"", b"no note", signed(9)[:-20], b"\xff" * 40])
def test_a_damaged_checkpoint_is_told_and_left(outside: FolderOutside, damage: bytes) -> None:
    outside.keep(0, signed(7))
    Path(outside.place(0)).write_bytes(damage)
    with pytest.raises(CheckpointNotOurs, match="It is damaged"):
        outside.keep(0, signed(8))
    assert outside.latest(0) == damage


def test_what_a_crash_left_unfinished_is_nothing(outside: FolderOutside) -> None:
    outside.keep(0, signed(7))
    shard = outside.folder / "0"
    (shard / ".checkpoint.unfinished").write_bytes(signed(9)[:50])
    (shard / "checkpoints" / ".00000000000000000009.unfinished").write_bytes(b"test/0\n9")
    assert (outside.latest(0), list(outside.kept(0))) == (signed(7), [(7, signed(7))])
    outside.keep(0, signed(9))
    assert (outside.latest(0), [size for size, _ in outside.kept(0)]) == (signed(9), [7, 9])


def test_a_crash_before_the_last_one_was_replaced_leaves_the_one_before(
    outside: FolderOutside, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside.keep(0, signed(7))
    replace = Path.replace

    def crash(path: Path, target: Path) -> Path:
        if target.name == "checkpoint":
            raise KeyboardInterrupt
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", crash)
    with pytest.raises(KeyboardInterrupt):
        outside.keep(0, signed(9))
    monkeypatch.undo()
    assert (outside.latest(0), [size for size, _ in outside.kept(0)]) == (signed(7), [7, 9])
    outside.keep(0, signed(9))
    assert outside.latest(0) == signed(9)


def test_a_full_disk_is_told_and_leaves_what_was_there(
    outside: FolderOutside, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside.keep(0, signed(7))
    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OutsideOutOfReach, match="No space left"):
        outside.keep(0, signed(9))
    with pytest.raises(OutsideOutOfReach, match="No space left"):
        outside.remember_erasure(0, "one")
    monkeypatch.undo()
    assert (outside.latest(0), outside.erasures(0)) == (signed(7), [])


def test_a_place_that_is_no_folder_is_out_of_reach(outside: FolderOutside) -> None:
    outside.folder.write_text("")
    for attempt in (
        lambda: outside.latest(0),
        lambda: outside.keep(0, signed(1)),
        lambda: outside.remember_erasure(0, "one"),
        lambda: outside.erasures(0),
    ):
        with pytest.raises(OutsideOutOfReach):
            attempt()


def test_erasures_are_lines_in_the_order_in_which_they_came(outside: FolderOutside) -> None:
    lines = [json.dumps({"subject": f"customer:{n}", "name": "北"}) for n in range(3)]
    for line in lines:
        outside.remember_erasure(0, line)
    assert outside.erasures(0) == lines
    with (outside.folder / "0" / "erasures").open("a") as file:
        file.write('{"subject": "cust')
    assert outside.erasures(0) == lines
    outside.remember_erasure(0, "{}")
    assert outside.erasures(0) == [*lines, "{}"]


def test_processes_that_write_at_once_lose_and_reverse_nothing(outside: FolderOutside) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, outside.folder, str(first)], cwd=ROOT)
        for first in (1, 2, 3)
    ]
    seen = []
    while any(writer.poll() is None for writer in writers):
        latest = outside.latest(0)
        if latest is not None:
            seen.append(int(latest.split(b"\n")[1]))
    assert [writer.returncode for writer in writers] == [0, 0, 0]
    assert seen == sorted(seen)
    assert outside.latest(0) == signed(30)
    assert [size for size, _ in outside.kept(0)] == list(range(1, 31))
    assert sorted(outside.erasures(0)) == sorted(f"erasure {size}" for size in range(1, 31))
