"""Keys as texts: read back as written, refused where a character is wrong, secret ones never shown."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.seal.encoding import base64_text, is_key_name
from domain.seal.keys import Signer, Verifier, Witness, ed25519_verifies
from domain.seal.refusals import MalformedKey
from tests.domain.seal.givens import COSIGNED_AT, SIGNER, WITNESS, WITNESS_KEY, cosign

names = st.text(min_size=1).filter(is_key_name)
seeds = st.binary(min_size=32, max_size=32)


@given(names, seeds)
def test_keys_are_read_as_they_were_written(name: str, seed: bytes) -> None:
    signer = Signer(name, seed)
    assert Signer.from_skey(signer.skey) == signer
    assert Verifier.from_vkey(signer.verifier.vkey) == signer.verifier
    assert Witness.from_vkey(Witness(name, seed).vkey) == Witness(name, seed)


@given(names, seeds, st.text())
def test_a_signature_holds_for_its_text_alone(name: str, seed: bytes, text: str) -> None:
    signer = Signer(name, seed)
    made = signer.sign(text)
    assert (made.name, made.key_id) == (name, signer.verifier.key_id)
    assert signer.verifier.verify(text, made.signature)
    assert not signer.verifier.verify(text + "\n", made.signature)
    other = Signer(name, sha256(seed).digest())
    assert not other.verifier.verify(text, made.signature)


@pytest.mark.parametrize("at", range(len(SIGNER.verifier.vkey)))
def test_a_key_with_a_wrong_character_is_refused_or_another(at: int) -> None:
    vkey = SIGNER.verifier.vkey
    other = "B" if vkey[at] == "A" else "A"
    with pytest.raises(MalformedKey):
        Verifier.from_vkey(vkey[:at] + other + vkey[at + 1 :])


@pytest.mark.parametrize(
    "vkey", ["", "+", "name", "name+", "name+00000000", "name+00000000+", "a+b+c+d", "é+1+2"]
)
def test_what_is_no_key_is_refused(vkey: str) -> None:
    for kind in (Verifier, Witness):
        with pytest.raises(MalformedKey) as refused:
            kind.from_vkey(vkey)
        assert refused.value.hint
    with pytest.raises(MalformedKey):
        Signer.from_skey(f"PRIVATE+KEY+{vkey}")


def test_a_key_of_the_other_kind_is_named() -> None:
    with pytest.raises(MalformedKey, match="key of a witness, not of a log"):
        Verifier.from_vkey(WITNESS.vkey)
    with pytest.raises(MalformedKey, match="key of a log, not of a witness"):
        Witness.from_vkey(SIGNER.verifier.vkey)
    assert Witness(SIGNER.name, SIGNER.verifier.public_key).key_id != SIGNER.verifier.key_id


def test_no_message_shows_a_secret_key() -> None:
    secret = SIGNER.skey.rpartition("+")[2]
    assert secret not in repr(SIGNER)
    assert str(SIGNER.seed) not in repr(SIGNER)
    for text in (SIGNER.skey, SIGNER.skey[:-1], SIGNER.skey.replace("riverside", "seaside")):
        with pytest.raises(MalformedKey) as refused:
            Verifier.from_vkey(text)
        assert secret[:-1] not in str(refused.value)
    for text in (SIGNER.skey[:-1], SIGNER.skey.replace("riverside", "seaside"), SIGNER.skey[1:]):
        with pytest.raises(MalformedKey) as refused:
            Signer.from_skey(text)
        assert secret[:-1] not in str(refused.value)


def test_a_name_or_a_key_that_cannot_be_one_is_refused() -> None:
    with pytest.raises(MalformedKey, match="no spaces"):
        Signer("Riverside Power", bytes(32))
    with pytest.raises(MalformedKey, match="no spaces"):
        Verifier("a+b", bytes(32))
    with pytest.raises(MalformedKey, match="31 bytes"):
        Verifier("a", bytes(31))
    with pytest.raises(MalformedKey, match="33 bytes") as refused:
        Signer("a", b"\x07" * 33)
    assert base64_text(b"\x07" * 33) not in str(refused.value)


def test_a_witness_signs_the_text_with_the_time() -> None:
    text = "riverside.example/0\n1\nroot\n"
    made = cosign(text)
    assert made.key_id == WITNESS.key_id
    assert WITNESS.verify(text, made.signature)
    assert not WITNESS.verify(text + "x\n", made.signature)
    earlier = (COSIGNED_AT - 1).to_bytes(8) + made.signature[8:]
    assert not WITNESS.verify(text, earlier)
    assert not WITNESS.verify(text, WITNESS_KEY.sign(text.encode()))
    for length in range(len(made.signature)):
        assert not WITNESS.verify(text, made.signature[:length])
    assert not WITNESS.verify(text, made.signature + b"\x00")
    assert WITNESS.verify(text, cosign(text, 2**63 - 1).signature)
    assert not WITNESS.verify(text, cosign(text, 2**63).signature)


def test_a_key_that_is_none_verifies_nothing() -> None:
    made = SIGNER.sign("text\n").signature
    assert not ed25519_verifies(b"", made, b"text\n")
    assert not ed25519_verifies(b"\xff" * 32, made, b"text\n")
    assert ed25519_verifies(SIGNER.verifier.public_key, made, b"text\n")
