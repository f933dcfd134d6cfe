"""Files that are written whole or not at all."""

import errno
import os
import stat
from pathlib import Path

import pytest

from domain.store.files import append_line, make_folder, read_lines, write_whole


def full(*_: object) -> int:
    """A disk that takes nothing more."""
    raise OSError(errno.ENOSPC, "No space left on device")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def test_folders_are_made_with_those_above_them_and_left_as_they_are(tmp_path: Path) -> None:
    make_folder(tmp_path / "a" / "b")
    assert (mode(tmp_path / "a"), mode(tmp_path / "a" / "b")) == (0o700, 0o700)
    make_folder(tmp_path / "a" / "b", 0o755)
    assert mode(tmp_path / "a" / "b") == 0o700


def test_a_file_is_private_and_can_be_replaced(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_whole(path, b"one")
    write_whole(path, b"two")
    assert (path.read_bytes(), mode(path), names(tmp_path)) == (b"two", 0o600, ["file"])


def test_a_full_disk_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    write_whole(path, b"one")
    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="No space"):
        write_whole(path, b"two")
    monkeypatch.undo()
    assert path.read_bytes() == b"one"
    write_whole(path, b"three")
    assert (path.read_bytes(), names(tmp_path)) == (b"three", ["file"])


def test_lines_are_read_as_they_were_added(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    assert read_lines(path) == []
    for line in (b"one", b"two"):
        append_line(path, line)
    assert (read_lines(path), mode(path)) == ([b"one", b"two"], 0o600)


def test_a_line_that_a_crash_cut_short_is_none(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    append_line(path, b"one")
    with path.open("ab") as file:
        file.write(b"tw")
    assert read_lines(path) == [b"one"]
    append_line(path, b"three")
    assert read_lines(path) == [b"one", b"three"]
