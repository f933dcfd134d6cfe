"""Proof files: read as written, strict about their form, and proving one entry without the log."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.seal.checkpoint import Cosignature
from domain.seal.encoding import COUNT_MAX
from domain.seal.refusals import MalformedProofFile
from domain.seal.tlog_proof import ProofFile, parse_proof_file, verify_proof_file
from tests.domain.seal.givens import COSIGNED_AT, LOG, SIGNER, WITNESS, cosign

RAW = LOG.receipt(5, 7).to_bytes()
HASH = RAW.splitlines()[2]


@given(
    st.integers(0, COUNT_MAX),
    st.lists(st.binary(min_size=32, max_size=32), max_size=63),
    st.binary(),
    st.binary(max_size=50),
)
def test_a_proof_file_is_read_as_it_was_written(
    index: int, hashes: list[bytes], checkpoint: bytes, extra: bytes
) -> None:
    file = ProofFile(index, tuple(hashes), checkpoint, extra)
    assert parse_proof_file(file.to_bytes()) == file


def test_the_form_is_that_of_the_specification() -> None:
    file = ProofFile(5, (bytes(32), b"\xff" * 32), b"origin\n1\nroot\n\nsignatures\n", b"more")
    assert file.to_bytes().decode() == (
        "c2sp.org/tlog-proof@v1\n"
        "extra bW9yZQ==\n"
        "index 5\n"
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
        "//////////////////////////////////////////8=\n"
        "\n"
        "origin\n1\nroot\n\nsignatures\n"
    )


@given(st.integers(1, 40).flatmap(lambda size: st.tuples(st.integers(0, size - 1), st.just(size))))
def test_every_entry_has_a_receipt_in_every_tree(pair: tuple[int, int]) -> None:
    index, size = pair
    raw = LOG.receipt(index, size).to_bytes()
    proved = verify_proof_file(raw, LOG.entries[index], [SIGNER.verifier])
    assert (proved.index, proved.position) == (index, index + 1)
    assert proved.opened.checkpoint == LOG.checkpoint(size)
    assert proved.opened.cosignatures == ()


def test_a_receipt_names_the_witnesses() -> None:
    raw = LOG.receipt(5, 7, cosign(LOG.checkpoint(7).to_text())).to_bytes()
    proved = verify_proof_file(raw, LOG.entries[5], [SIGNER.verifier], [WITNESS])
    assert proved.opened.cosignatures == (Cosignature(WITNESS, COSIGNED_AT),)


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        (b"", "header"),
        (RAW.replace(b"@v1", b"@v2"), "header"),
        (b"\n" + RAW, "header"),
        (RAW.replace(b"\n", b"\r\n"), "header"),
        (RAW.partition(b"\n\n")[0] + b"\n", "header"),
        (b"\xef\xbb\xbf" + RAW, "header"),
        (RAW.replace(b"index 5\n", b""), "index"),
        (b"c2sp.org/tlog-proof@v1\n\n" + RAW.partition(b"\n\n")[2], "index"),
        (RAW.replace(b"index 5", b"index 05"), "index"),
        (RAW.replace(b"index 5", b"index -5"), "index"),
        (RAW.replace(b"index 5", b"index  5"), "index"),
        (RAW.replace(b"index 5", b"Index 5"), "index"),
        (RAW.replace(b"index 5", b"index 5 "), "index"),
        (RAW.replace(b"index 5", f"index {2**63}".encode()), "index"),
        (RAW.replace(b"index 5", b"extra YQ==\nextra YQ==\nindex 5"), "index"),
        (RAW.replace(b"index 5", b"index 5\nextra YQ=="), "hash"),
        (RAW.replace(b"index 5", b"extra \nindex 5"), "extra"),
        (RAW.replace(b"index 5", b"extra YQ\nindex 5"), "extra"),
        (RAW.replace(HASH, HASH[:-1]), "hash"),
        (RAW.replace(HASH, HASH + b" "), "hash"),
        (RAW.replace(HASH, b"YQ=="), "hash"),
        (RAW.replace(HASH, b"AAAA" + HASH), "hash"),
    ],
)
def test_what_is_no_proof_file_is_refused(raw: bytes, field: str) -> None:
    with pytest.raises(MalformedProofFile) as refused:
        verify_proof_file(raw, LOG.entries[5], [SIGNER.verifier])
    assert refused.value.field == field
    assert refused.value.hint
