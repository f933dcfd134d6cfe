"""The hashes of a tree as they are read from the database, against proofs by the definition."""

import pytest

from domain.seal import proofs
from domain.seal.refusals import HashesDiffer
from domain.seal.tree import leaf_hash
from domain.seal.verify import verify_consistency, verify_inclusion
from domain.store.recorder import ShardRecorder
from domain.store.tiles import hashes
from tests.database import Store, command, merkle_root

SIZE = 700


@pytest.fixture
def leaves(store: Store, recorder: ShardRecorder) -> list[bytes]:
    """The leaf hashes of a log with two full tiles and a part of one."""
    recorder.append([command(f"customer:{n}") for n in range(SIZE)])
    return [leaf_hash(state) for (state,) in store.run("SELECT state FROM daybook.entries ORDER BY position")]


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 511, 512, 600, SIZE])
def test_every_proof_holds_in_every_tree_that_the_log_was(
    recorder: ShardRecorder, leaves: list[bytes], size: int
) -> None:
    root = merkle_root(leaves[:size])
    with recorder.reading() as connection:
        assert hashes(connection, 0, proofs.tree_root(size)) == (root,)
        for index in {0, 1, size // 2, size - 1} & set(range(size)):
            path = hashes(connection, 0, proofs.inclusion(index, size))
            verify_inclusion(leaves[index], index, size, path, root)
        path = hashes(connection, 0, proofs.consistency(size, SIZE))
        verify_consistency(size, root, SIZE, merkle_root(leaves), path)


def test_what_is_not_there_is_no_tree(recorder: ShardRecorder, leaves: list[bytes]) -> None:
    with recorder.reading() as connection, pytest.raises(HashesDiffer):
        hashes(connection, 0, proofs.tree_root(len(leaves) + 1))


def test_a_tile_that_is_lost_is_worked_out_again(
    store: Store, recorder: ShardRecorder, leaves: list[bytes]
) -> None:
    store.run("ALTER TABLE daybook.tiles DISABLE TRIGGER tiles_never_change", owner=True)
    store.run("DELETE FROM daybook.tiles WHERE index = 1", owner=True)
    with recorder.reading() as connection:
        path = hashes(connection, 0, proofs.inclusion(300, SIZE))
    verify_inclusion(leaves[300], 300, SIZE, path, merkle_root(leaves))
