"""Checkpoints: strict texts, opened with keys that are known, and each extending those before it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.seal.checkpoint import (
    Checkpoint,
    Cosignature,
    open_checkpoint,
    origin_of,
    parse_checkpoint,
    sign_checkpoint,
    verify_growth,
)
from domain.seal.encoding import COUNT_MAX, is_key_name
from domain.seal.keys import Signer
from domain.seal.note import sign
from domain.seal.proofs import consistency
from domain.seal.refusals import (
    BadSignature,
    MalformedCheckpoint,
    MalformedNote,
    NotExtended,
    NotSigned,
    OtherLog,
)
from domain.seal.tree import EMPTY_ROOT
from tests.domain.seal.givens import COSIGNED_AT, LOG, ORIGIN, OTHER_SIGNER, SIGNER, WITNESS, cosign

TEXT = LOG.checkpoint(7).to_text()
RAW = LOG.signed(7).to_bytes()
lines = st.text(st.characters(exclude_characters="\n"), min_size=1)


@given(lines, st.integers(1, COUNT_MAX), st.binary(min_size=32, max_size=32), st.lists(lines, max_size=2))
def test_a_checkpoint_is_read_as_it_was_written(origin: str, size: int, root: bytes, more: list[str]) -> None:
    checkpoint = Checkpoint(origin, size, root, tuple(more))
    assert parse_checkpoint(checkpoint.to_text()) == checkpoint


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("", "lines"),
        (TEXT[:-1], "lines"),
        (TEXT + "\n", "lines"),
        ("\n" + TEXT, "lines"),
        (TEXT.replace(ORIGIN, ""), "lines"),
        (TEXT.replace("\n7\n", "\n\n"), "lines"),
        (TEXT.replace("\n7\n", "\n"), "lines"),
        (TEXT.replace("\n7\n", "\n07\n"), "size"),
        (TEXT.replace("\n7\n", "\n+7\n"), "size"),
        (TEXT.replace("\n7\n", "\n7 \n"), "size"),
        (TEXT.replace("\n7\n", f"\n{2**63}\n"), "size"),
        (TEXT.replace("=\n", "\n"), "root"),
        (TEXT.replace("=\n", "==\n"), "root"),
        (f"{ORIGIN}\n7\nYQ==\n", "root"),
        (TEXT.replace("\n7\n", "\n0\n"), "root"),
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str, field: str) -> None:
    with pytest.raises(MalformedCheckpoint) as refused:
        parse_checkpoint(text)
    assert refused.value.field == field
    assert refused.value.hint


def test_a_checkpoint_opens_with_the_key_of_its_log() -> None:
    opened = open_checkpoint(RAW, [SIGNER.verifier])
    assert (opened.checkpoint, opened.key, opened.cosignatures) == (LOG.checkpoint(7), SIGNER.verifier, ())


def test_after_a_change_of_keys_either_opens_what_it_signed() -> None:
    keys = [SIGNER.verifier, OTHER_SIGNER.verifier]
    later = sign_checkpoint(LOG.checkpoint(8), OTHER_SIGNER).to_bytes()
    assert open_checkpoint(RAW, keys).key == SIGNER.verifier
    assert open_checkpoint(later, keys).key == OTHER_SIGNER.verifier
    with pytest.raises(NotSigned) as refused:
        open_checkpoint(later, [SIGNER.verifier])
    assert SIGNER.verifier.key_id.hex() in refused.value.hint


def test_witnesses_are_named_with_the_time() -> None:
    raw = LOG.signed(7).with_signatures(cosign(TEXT)).to_bytes()
    opened = open_checkpoint(raw, [SIGNER.verifier], [WITNESS])
    assert opened.cosignatures == (Cosignature(WITNESS, COSIGNED_AT),)
    assert open_checkpoint(raw, [SIGNER.verifier]).cosignatures == ()
    assert open_checkpoint(RAW, [SIGNER.verifier], [WITNESS]).cosignatures == ()


def test_a_witness_alone_does_not_open_a_checkpoint() -> None:
    raw = sign(TEXT, OTHER_SIGNER).with_signatures(cosign(TEXT)).to_bytes()
    with pytest.raises(NotSigned):
        open_checkpoint(raw, [SIGNER.verifier], [WITNESS])
    with pytest.raises(NotSigned):
        open_checkpoint(raw, [WITNESS], [WITNESS])
    with pytest.raises(NotSigned, match="Known is no key"):
        open_checkpoint(raw, [])


def test_a_wrong_cosignature_of_a_known_witness_is_refused() -> None:
    raw = LOG.signed(7).with_signatures(cosign(LOG.checkpoint(8).to_text())).to_bytes()
    with pytest.raises(BadSignature) as refused:
        open_checkpoint(raw, [SIGNER.verifier], [WITNESS])
    assert refused.value.value == f"{WITNESS.name}+{WITNESS.key_id.hex()}"


def test_a_key_signs_and_opens_only_checkpoints_of_its_own_origin() -> None:
    other = Signer("riverside.example/1", SIGNER.seed)
    with pytest.raises(OtherLog):
        sign_checkpoint(LOG.checkpoint(7), other)
    with pytest.raises(OtherLog):
        open_checkpoint(sign(TEXT, other).to_bytes(), [other.verifier])


def test_a_note_that_is_signed_but_no_checkpoint_is_refused() -> None:
    with pytest.raises(MalformedCheckpoint):
        open_checkpoint(sign("7 entries\n", SIGNER).to_bytes(), [SIGNER.verifier])
    with pytest.raises(MalformedNote):
        open_checkpoint(TEXT.encode(), [SIGNER.verifier])


@given(st.integers(0, 40), st.integers(0, 40))
def test_a_log_extends_each_earlier_checkpoint_and_no_later_one(earlier: int, later: int) -> None:
    proof = consistency(earlier, later).build(LOG.source()) if 0 < earlier <= later else ()
    if earlier <= later:
        verify_growth(LOG.checkpoint(earlier), LOG.checkpoint(later), proof)
    else:
        with pytest.raises(NotExtended) as refused:
            verify_growth(LOG.checkpoint(earlier), LOG.checkpoint(later), proof)
        assert refused.value.value == f"{earlier} to {later}"


def test_an_empty_log_is_extended_by_any_but_only_the_empty_one() -> None:
    empty, seven = LOG.checkpoint(0), LOG.checkpoint(7)
    assert empty.root == EMPTY_ROOT
    for earlier, later, proof in (
        (Checkpoint(ORIGIN, 0, seven.root), seven, ()),
        (empty, Checkpoint(ORIGIN, 0, seven.root), ()),
        (empty, seven, (seven.root,)),
    ):
        with pytest.raises(NotExtended):
            verify_growth(earlier, later, proof)


def test_checkpoints_of_different_logs_are_not_compared() -> None:
    seven = LOG.checkpoint(7)
    with pytest.raises(OtherLog):
        verify_growth(seven, Checkpoint("riverside.example/1", 7, seven.root), ())


@pytest.mark.parametrize(
    ("name", "origin"),
    [("Riverside Power", "Riverside-Power/3"), (" A + B\u00a0C ", "A-B-C/3"), ("河畔电力", "河畔电力/3")],
)
def test_the_origin_names_ledger_and_shard(name: str, origin: str) -> None:
    assert origin_of(name, 3, simulated=False) == origin
    assert origin_of(name, 3, simulated=True) == f"{origin}/simulated-clock"


@given(name=st.text(), shard=st.integers(0, 1_000), simulated=st.booleans())
def test_any_origin_can_name_a_key(*, name: str, shard: int, simulated: bool) -> None:
    assert is_key_name(origin_of(name, shard, simulated=simulated))
