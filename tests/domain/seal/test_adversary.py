"""A log that lies: whatever it hands out, a verifier is shown the truth or refuses."""

import dataclasses
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.refusals import Refused
from domain.seal.checkpoint import Checkpoint, sign_checkpoint, verify_growth
from domain.seal.keys import Signer
from domain.seal.proofs import consistency
from domain.seal.refusals import (
    BadSignature,
    NotExtended,
    NotProved,
    NotSigned,
    OtherLog,
    RootDiffers,
    WrongProofLength,
)
from domain.seal.tlog_proof import ProofFile, Proved, verify_proof_file
from domain.seal.tree import node_hash
from tests.domain.seal.givens import LOG, ORIGIN, OTHER_SIGNER, SIGNER, WITNESS, Log, cosign
from tests.domain.seal.reference import flipped

INDEX, SIZE = 11, 23
ENTRY = LOG.entries[INDEX]
FILE = LOG.receipt(INDEX, SIZE)
WITNESSED = LOG.receipt(INDEX, SIZE, cosign(LOG.checkpoint(SIZE).to_text()))
UNLIKE = [b"another history %d" % number for number in range(40)]


def verified(file: ProofFile | bytes, entry: bytes = ENTRY) -> Proved:
    """Verify as somebody who knows the log's key and a witness's."""
    raw = file if isinstance(file, bytes) else file.to_bytes()
    return verify_proof_file(raw, entry, [SIGNER.verifier], [WITNESS])


def signed(checkpoint: Checkpoint, signer: Signer = SIGNER) -> bytes:
    return sign_checkpoint(checkpoint, signer).to_bytes()


def test_the_truth_is_proved() -> None:
    assert verified(FILE).index == verified(WITNESSED).index == INDEX


def test_no_other_entry_is_proved(count: Callable[[str], None]) -> None:
    others = [it for it in LOG.entries if it != ENTRY]
    others += [flipped(ENTRY, bit) for bit in range(8 * len(ENTRY))]
    others += [ENTRY[:-1], ENTRY + b"\x00", b"\x00" + ENTRY, b""]
    for other in others:
        with pytest.raises(RootDiffers):
            verified(FILE, other)
    count(f"lying logs, other entries refused: {len(others)}")


def test_an_inner_node_is_not_passed_off_as_an_entry() -> None:
    first, second = LOG.source()(0, 0)[:32], LOG.source()(0, 0)[32:64]
    parent = node_hash(first, second)
    shorter = dataclasses.replace(LOG.receipt(0, SIZE), hashes=LOG.receipt(0, SIZE).hashes[1:])
    for entry in (first + second, b"\x01" + first + second, parent):
        for index in (0, 1):
            with pytest.raises(NotProved):
                verified(dataclasses.replace(shorter, index=index), entry)


def test_another_root_is_refused_even_where_the_log_signs_it() -> None:
    lie = dataclasses.replace(LOG.checkpoint(SIZE), root=LOG.checkpoint(SIZE - 1).root)
    with pytest.raises(RootDiffers):
        verified(dataclasses.replace(FILE, checkpoint=signed(lie)))


def test_a_checkpoint_of_another_key_log_or_nobody_is_refused() -> None:
    true = LOG.checkpoint(SIZE)
    with pytest.raises(NotSigned):
        verified(dataclasses.replace(FILE, checkpoint=signed(true, OTHER_SIGNER)))
    other = dataclasses.replace(true, origin="riverside.example/1")
    elsewhere = Signer(other.origin, SIGNER.seed)
    with pytest.raises(NotSigned):
        verified(dataclasses.replace(FILE, checkpoint=signed(other, elsewhere)))
    forged = FILE.checkpoint.replace(ORIGIN.encode() + b"\n", b"riverside.example/1\n", 1)
    with pytest.raises(BadSignature):
        verified(dataclasses.replace(FILE, checkpoint=forged))


@pytest.mark.parametrize("index", range(SIZE + 3))
def test_another_index_is_refused(index: int) -> None:
    if index != INDEX:
        with pytest.raises(NotProved):
            verified(dataclasses.replace(FILE, index=index))


def test_a_shortened_lengthened_or_shuffled_proof_is_refused(count: Callable[[str], None]) -> None:
    hashes = FILE.hashes
    others = [hashes[:at] for at in range(len(hashes))]
    others += [hashes[at:] for at in range(1, len(hashes))]
    others += [(*hashes[:at], it, *hashes[at:]) for at in range(len(hashes) + 1) for it in hashes]
    for other in others:
        with pytest.raises(WrongProofLength):
            verified(dataclasses.replace(FILE, hashes=other))
    shuffled = [(*hashes[at:], *hashes[:at]) for at in range(1, len(hashes))]
    for other in shuffled:
        with pytest.raises(RootDiffers):
            verified(dataclasses.replace(FILE, hashes=other))
    count(f"lying logs, proofs of another length or order refused: {len(others) + len(shuffled)}")


def test_no_byte_of_a_receipt_can_be_changed_to_prove_anything_else(count: Callable[[str], None]) -> None:
    raw, true = WITNESSED.to_bytes(), verified(WITNESSED)
    cosignature = raw.rindex("— ".encode())
    refused = 0
    changes = [raw[:at] + bytes([raw[at] ^ mask]) + raw[at + 1 :] for at in range(len(raw)) for mask in MASKS]
    cuts = [raw[:at] for at in range(len(raw))]
    for number, other in enumerate([*changes, *cuts]):
        try:
            found = verified(other)
        except Refused:
            refused += 1
            continue
        # Only the witness can be lost: it is not known any more, and no longer vouches.
        at = number // len(MASKS) if number < len(changes) else len(other)
        assert at >= cosignature
        lost = dataclasses.replace(true, opened=dataclasses.replace(true.opened, cosignatures=()))
        assert found == lost
    assert refused > len(changes) - len(MASKS) * (len(raw) - cosignature)
    tried = len(changes) + len(cuts)
    count(f"lying logs, receipts with a byte changed or cut off: {tried:,}, {refused:,} refused")


MASKS = (0x01, 0x02, 0x20, 0x80, 0xFF)

forks = st.integers(0, 30).flatmap(
    lambda fork: st.tuples(st.just(fork), st.integers(fork + 1, 40), st.integers(fork + 1, 40))
)
"""Where two histories part, and the sizes at which they are shown to two people."""


def histories(fork: int) -> tuple[Log, Log]:
    """Return a log, and one that is the same up to a size."""
    return LOG, Log([*LOG.entries[:fork], *UNLIKE[fork:]])


def forgeries(logs: Sequence[Log], earlier: int, later: int) -> list[tuple[bytes, ...]]:
    """Collect what might be passed off as a proof: from either history, and mixed."""
    plan = consistency(earlier, later) if earlier <= later else consistency(later, earlier)
    first, second = (plan.build(log.source()) for log in logs)
    mixed = [(*first[:at], *second[at:]) for at in range(len(first) + 1)]
    mixed += [(*second[:at], *first[at:]) for at in range(len(first) + 1)]
    roots = tuple(log.checkpoint(size).root for log in logs for size in (earlier, later))
    return [*mixed, (), *[(*first, it) for it in roots], *[(it, *first[1:]) for it in roots], roots[:1]]


@given(forks)
def test_two_histories_are_never_one(fork: tuple[int, int, int]) -> None:
    parted, earlier, later = fork
    first, second = histories(parted)
    for logs in ((first, second), (second, first)):
        for proof in forgeries(logs, earlier, later):
            with pytest.raises(NotProved):
                verify_growth(logs[0].checkpoint(earlier), logs[1].checkpoint(later), proof)


@given(forks)
def test_two_histories_are_one_up_to_where_they_part(fork: tuple[int, int, int]) -> None:
    parted, _, later = fork
    first, second = histories(parted)
    proof = consistency(parted, later).build(second.source()) if parted else ()
    verify_growth(first.checkpoint(parted), second.checkpoint(later), proof)


def test_a_log_that_was_rolled_back_is_named() -> None:
    with pytest.raises(NotExtended, match="30 to 23"):
        verify_growth(LOG.checkpoint(30), LOG.checkpoint(23), ())


def test_another_log_with_the_same_entries_is_no_continuation() -> None:
    other = dataclasses.replace(LOG.checkpoint(30), origin="riverside.example/1")
    with pytest.raises(OtherLog):
        verify_growth(LOG.checkpoint(23), other, consistency(23, 30).build(LOG.source()))
