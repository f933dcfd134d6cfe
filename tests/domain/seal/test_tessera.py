"""A whole published log, made by another program: every checkpoint, tile and bundle, and what they prove."""

from collections.abc import Callable
from pathlib import Path

import pytest

from domain.seal.checkpoint import Opened, open_checkpoint, verify_growth
from domain.seal.growth import Growth
from domain.seal.keys import Verifier
from domain.seal.proofs import TileSource, consistency, inclusion, tree_root
from domain.seal.tiles import ENTRIES, TileRef, parse_path, read_bundle, write_bundle
from domain.seal.tlog_proof import ProofFile, verify_proof_file
from domain.seal.tree import EMPTY_ROOT, Frontier, leaf_hash
from domain.seal.verify import verify_inclusion

Count = Callable[[str], None]
KEY = Verifier.from_vkey("example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx")
SIZE = 15
TREES = range(SIZE + 1)


@pytest.fixture(scope="module")
def folder(shared: Path) -> Path:
    return shared / "vectors" / "tessera-testlog" / "testdata" / "log"


@pytest.fixture(scope="module")
def checkpoints(folder: Path) -> list[Opened]:
    """The checkpoint of every size, verified."""
    return [open_checkpoint((folder / f"checkpoint.{size}").read_bytes(), [KEY]) for size in TREES]


@pytest.fixture(scope="module")
def entries(folder: Path) -> list[bytes]:
    return read_bundle((folder / TileRef(ENTRIES, 0, SIZE).path()).read_bytes(), SIZE)


def tiles(folder: Path, size: int) -> TileSource:
    """Read the tiles of the tree of a size, each under the name that it has there."""
    return lambda level, number: (folder / TileRef(level, number, size).path()).read_bytes()


def test_every_file_of_the_log(folder: Path, entries: list[bytes], count: Count) -> None:
    checkpoints = {f"checkpoint.{size}" for size in TREES} | {"checkpoint"}
    named = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    refs = [parse_path(name) for name in named - checkpoints]
    for ref in refs:
        data = (folder / ref.path()).read_bytes()
        if ref.level == ENTRIES:
            assert read_bundle(data, ref.width) == entries[: ref.width]
            assert write_bundle(entries[: ref.width]) == data
        else:
            assert data == b"".join([leaf_hash(it) for it in entries[: ref.width]])
    assert {(it.level, it.width) for it in refs} == {
        (level, size) for level in (0, ENTRIES) for size in TREES[1:]
    }
    assert (folder / "checkpoint").read_bytes() == (folder / f"checkpoint.{SIZE}").read_bytes()
    count(f"Tessera's log: {len(refs)} tiles and bundles worked out again from its {len(entries)} entries")


def test_every_checkpoint(
    folder: Path, checkpoints: list[Opened], entries: list[bytes], count: Count
) -> None:
    growth = Growth(Frontier())
    for size, opened in enumerate(checkpoints):
        assert (opened.key, opened.checkpoint.origin, opened.checkpoint.size) == (KEY, KEY.name, size)
        assert growth.frontier.root() == opened.checkpoint.root
        assert tree_root(size).build(tiles(folder, size)) == (opened.checkpoint.root,)
        growth, filled = growth.extend([leaf_hash(it) for it in entries[size : size + 1]])
        assert filled == []
    assert checkpoints[0].checkpoint.root == EMPTY_ROOT
    count(f"Tessera's log: {len(checkpoints)} checkpoints verified, each root worked out again")


def test_every_tree_extends_every_earlier_one(folder: Path, checkpoints: list[Opened], count: Count) -> None:
    pairs = [(earlier, later) for later in TREES for earlier in range(later + 1)]
    for earlier, later in pairs:
        proof = consistency(earlier, later).build(tiles(folder, later)) if earlier else ()
        verify_growth(checkpoints[earlier].checkpoint, checkpoints[later].checkpoint, proof)
    count(f"Tessera's log: {len(pairs)} pairs of checkpoints consistent")


def test_every_entry_is_proved_in_every_tree(
    folder: Path, checkpoints: list[Opened], entries: list[bytes], count: Count
) -> None:
    pairs = [(index, size) for size in TREES for index in range(size)]
    for index, size in pairs:
        proof = inclusion(index, size).build(tiles(folder, size))
        verify_inclusion(leaf_hash(entries[index]), index, size, proof, checkpoints[size].checkpoint.root)
        file = ProofFile(index, proof, (folder / f"checkpoint.{size}").read_bytes())
        proved = verify_proof_file(file.to_bytes(), entries[index], [KEY])
        assert (proved.index, proved.opened.checkpoint.size) == (index, size)
    count(f"Tessera's log: {len(pairs)} receipts proved, of every entry in every tree")
