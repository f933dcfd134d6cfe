"""Signed notes: read as written, strict about their form, and believed only as far as known keys signed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.seal.encoding import is_key_name
from domain.seal.keys import Signature, Signer
from domain.seal.note import NOTE_BYTES_MAX, SIGNATURES_MAX, Note, parse_note, sign
from domain.seal.refusals import BadSignature, MalformedNote
from tests.domain.seal.givens import OTHER_SIGNER, SIGNER, WITNESS, cosign

TEXT = "a text\n\nof three lines\n"
NOTE = sign(TEXT, SIGNER)
RAW = NOTE.to_bytes()
LINE = RAW.decode().splitlines(keepends=True)[-1].encode()

texts = st.text(st.characters(min_codepoint=0x20) | st.just("\n")).map(lambda it: it + "\n")
signatures = st.builds(
    Signature,
    st.text(min_size=1).filter(is_key_name),
    st.binary(min_size=4, max_size=4),
    st.binary(min_size=1, max_size=80),
)


@given(texts, st.lists(signatures, min_size=1, max_size=20))
def test_a_note_is_read_as_it_was_written(text: str, made: list[Signature]) -> None:
    note = Note(text, tuple(made))
    assert parse_note(note.to_bytes()) == note
    assert note.signed_by([SIGNER.verifier]) == []


@given(texts)
def test_who_signed_is_found_among_others(text: str) -> None:
    note = sign(text, SIGNER).with_signatures(OTHER_SIGNER.sign(text), cosign(text))
    again = parse_note(note.to_bytes())
    assert [key for key, _ in again.signed_by([OTHER_SIGNER.verifier])] == [OTHER_SIGNER.verifier]
    found = again.signed_by([WITNESS, SIGNER.verifier])
    assert found == [(SIGNER.verifier, SIGNER.sign(text)), (WITNESS, cosign(text))]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\n",
        b"\n\n",
        TEXT.encode(),
        LINE,
        RAW[:-1],
        RAW + b"\n",
        RAW + b"x\n",
        RAW.replace(b"\n\n\xe2", b"\n\xe2"),
        RAW.replace(b"a text", b"a\ttext"),
        RAW.replace(b"a text", b"a\rtext"),
        RAW.replace(b"a text", b"a\x00text"),
        RAW.replace(b"a text", b"a\xfftext"),
        RAW.replace(b"a text", b"a\xed\xa0\x80text"),
        RAW.replace("— ".encode(), b"- "),
        RAW.replace("— ".encode(), "—".encode()),
        RAW.replace("— ".encode(), "—  ".encode()),
        RAW.replace(b" riverside", b" river side"),
        RAW.replace(b" riverside", b" river+side"),
        RAW[:-1] + b" \n",
        RAW[:-2] + b"\n",
        RAW + "— name \n".encode(),
        RAW + "— name AAAA\n".encode(),
        RAW + "— name AAAAAA==\n".encode(),
        RAW + "— name AAAAAR==\n".encode(),
        RAW + "— name !AAAAAA=\n".encode(),
        RAW + LINE * SIGNATURES_MAX,
        b"x" * NOTE_BYTES_MAX + RAW,
    ],
)
def test_what_is_no_note_is_refused(raw: bytes) -> None:
    with pytest.raises(MalformedNote) as refused:
        parse_note(raw)
    assert refused.value.hint


def test_as_many_signatures_as_are_allowed_are_read() -> None:
    note = parse_note(RAW + LINE * (SIGNATURES_MAX - 1))
    assert note.signed_by([SIGNER.verifier]) == [(SIGNER.verifier, SIGNER.sign(TEXT))]
    assert len(note.signatures) == SIGNATURES_MAX >= 16


def test_one_wrong_signature_of_a_known_key_spoils_the_note() -> None:
    forged = SIGNER.sign("another text\n")
    note = NOTE.with_signatures(forged)
    with pytest.raises(BadSignature) as refused:
        note.signed_by([SIGNER.verifier])
    assert refused.value.value == f"{SIGNER.name}+{SIGNER.verifier.key_id.hex()}"
    assert note.signed_by([OTHER_SIGNER.verifier]) == []


def test_a_key_is_known_by_name_and_id_together() -> None:
    renamed = Signer("seaside.example/0", SIGNER.seed)
    assert NOTE.signed_by([renamed.verifier, OTHER_SIGNER.verifier]) == []
    in_its_name = Note(TEXT, (Signature(SIGNER.name, renamed.verifier.key_id, b"\x00" * 64),))
    assert in_its_name.signed_by([SIGNER.verifier, renamed.verifier]) == []


@pytest.mark.parametrize("text", ["", "a", "a\n\t\n", "a\r\n", "\x00\n"])
def test_what_cannot_be_a_text_is_not_signed(text: str) -> None:
    with pytest.raises(MalformedNote):
        sign(text, SIGNER)
