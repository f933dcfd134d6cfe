"""Proofs checked: by whoever holds a root, without the log.

Both checks walk from the leaves upwards and are exact about how many hashes a proof has, so that each claim
has one proof (RFC 9162, sections 2.1.3.2 and 2.1.4.2, gives the same arithmetic).

A size is believed as far as it gives a proof another shape: a root alone does not fix it. Whoever trusts a
root therefore takes it together with its size, as a signed checkpoint holds them.
"""

from collections.abc import Iterable, Sequence

from domain.seal.refusals import (
    NotExtended,
    NotInTree,
    RootDiffers,
    SaysNothing,
    WrongHashLength,
    WrongProofLength,
)
from domain.seal.tree import HASH_BYTES, node_hash


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Check that a leaf hash stands at an index, counted from 0, of the tree of this size and root."""
    check_index(index, size)
    inner = (index ^ (size - 1)).bit_length()
    border = (index >> inner).bit_count()
    _check_length(proof, inner + border)
    _check_hashes([leaf, *proof, root])
    found = leaf
    for height, sibling in enumerate(proof[:inner]):
        found = node_hash(sibling, found) if index >> height & 1 else node_hash(found, sibling)
    for sibling in proof[inner:]:
        found = node_hash(sibling, found)
    if found != root:
        raise RootDiffers("root", root.hex(), f"The proof leads to {found.hex()}.")


def verify_consistency(
    earlier: int, earlier_root: bytes, size: int, root: bytes, proof: Sequence[bytes]
) -> None:
    """Check that the tree of this size and root begins with the tree of an earlier size and root."""
    check_sizes(earlier, size)
    if earlier == size:
        _check_length(proof, 0)
        found_earlier = found = earlier_root
    else:
        _check_hashes([earlier_root, root, *proof])
        found_earlier, found = _roots(earlier, earlier_root, size, proof)
    if (found_earlier, found) != (earlier_root, root):
        raise NotExtended("size", f"{earlier} to {size}")


def check_index(index: int, size: int) -> None:
    """Refuse an index, counted from 0, that a tree of this size does not have."""
    if not 0 <= index < size:
        raise NotInTree("index", index, f"The tree has {size} entries, counted from 0.")


def check_sizes(earlier: int, size: int) -> None:
    """Refuse an earlier size that no proof can start from in a tree of this size."""
    if earlier == 0:
        raise SaysNothing("size")
    if not 0 < earlier <= size:
        raise NotInTree("size", earlier, f"The later tree has {size} entries.")


def _roots(earlier: int, earlier_root: bytes, size: int, proof: Sequence[bytes]) -> tuple[bytes, bytes]:
    """Work out both roots that a proof leads to."""
    last = earlier - 1
    perfect = (earlier ^ last).bit_length() - 1
    inner = (last ^ (size - 1)).bit_length()
    border = (last >> inner).bit_count()
    if earlier == 1 << perfect:
        # The earlier tree is one perfect subtree, whose root is known already.
        proof = [earlier_root, *proof]
    _check_length(proof, 1 + inner - perfect + border)
    found_earlier = found = proof[0]
    for height, sibling in enumerate(proof[1 : 1 + inner - perfect], perfect):
        if last >> height & 1:
            found_earlier, found = node_hash(sibling, found_earlier), node_hash(sibling, found)
        else:
            found = node_hash(found, sibling)
    for sibling in proof[1 + inner - perfect :]:
        found_earlier, found = node_hash(sibling, found_earlier), node_hash(sibling, found)
    return found_earlier, found


def _check_length(proof: Sequence[bytes], expected: int) -> None:
    if len(proof) != expected:
        raise WrongProofLength("proof", f"{len(proof)} hashes", f"It must have {expected}.")


def _check_hashes(hashes: Iterable[bytes]) -> None:
    for it in hashes:
        if len(it) != HASH_BYTES:
            raise WrongHashLength("proof", f"{len(it)} bytes")
