"""The blind index: two spellings of one name, phone or address meet; what differs does not."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.events.personal import IndexKind
from domain.vault.blind import sought_tokens, stored_tokens

KEY = b"\x09" * 32
WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
ARABIC = {code: code + 0x630 for code in range(0x30, 0x3A)}


def _finds(kind: IndexKind, stored: str, sought: str) -> bool:
    return bool(set(stored_tokens(KEY, kind, stored)) & set(sought_tokens(KEY, kind, sought)))


def test_the_tokens_never_change() -> None:
    assert [it.hex() for it in stored_tokens(KEY, "name", "Harbour  MILLS")] == [
        "e990b747eba516da9403287c676a2fd1776463d2c6bbea56bcc51f31a7b93869"
    ]


@pytest.mark.parametrize(
    ("stored", "sought"),
    [
        ("Harbour Mills", "harbour mills"),
        ("Harbour Mills", "  HARBOUR\tMills "),
        ("Großhafen", "GROSSHAFEN"),
        ("Harbour".translate(WIDE), "harbour"),
        ("码头磨坊", "码头磨坊"),
        ("Ọ̀rúnmìlà", unicodedata.normalize("NFD", "ọ̀RÚNMÌLÀ")),
    ],
)
@pytest.mark.parametrize("kind", ["name", "address"])
def test_spellings_of_one_text_meet(kind: IndexKind, stored: str, sought: str) -> None:
    assert _finds(kind, stored, sought)
    assert len(stored_tokens(KEY, kind, stored)) == 1


@pytest.mark.parametrize(
    ("stored", "sought"), [("Harbour Mills", "Harbour Mill"), ("Harbour Mills", "HarbourMills"), ("a", "b")]
)
def test_other_texts_do_not(stored: str, sought: str) -> None:
    assert not _finds("name", stored, sought)


def test_one_text_of_two_kinds_does_not_meet() -> None:
    assert not set(stored_tokens(KEY, "name", "Quay 3")) & set(stored_tokens(KEY, "address", "Quay 3"))
    assert not set(stored_tokens(KEY, "name", "555")) & set(stored_tokens(KEY, "phone", "555"))


def test_another_key_makes_other_tokens() -> None:
    assert stored_tokens(KEY, "name", "a") != stored_tokens(b"\x08" * 32, "name", "a")


@pytest.mark.parametrize("kind", ["name", "phone", "address"])
def test_nothing_is_found_by_nothing(kind: IndexKind) -> None:
    for text in ("", " \t\n", "-" if kind == "phone" else "\u3000"):
        assert stored_tokens(KEY, kind, text) == sought_tokens(KEY, kind, text) == []


SAME_PHONES = [
    ("+49 170 0000042", "0170 0000042"),
    ("+49 170 0000042", "0049 170 0000042"),
    ("+49 (0)170 000-0042", "+491700000042"),
    ("0170/0000042", "170 0000042"),
    ("+86 138 0000 0042", "13800000042"),
    ("+86 571 0000 0142", "0571-0000 0142"),
    ("(571) 0000.0142 ext. 7", "+86 571 0000 0142"),
    ("0571 0000 0142转802", "0571 0000 0142"),
    ("+33 6 00 00 00 42", "06 00 00 00 42"),
    ("+1 (555) 010\u20130142", "555 010 0142"),
    ("+39 06 0000 0042", "06 0000 0042"),
    ("Tel: +421 2 0000 0042", "02 0000 0042"),
    ("+86 138 0000 0042".translate(WIDE), "138 0000 0042"),
    ("0170 0000042".translate(ARABIC), "0170 0000042"),
    ("118", "118"),
]


@pytest.mark.parametrize(("one", "other"), SAME_PHONES)
def test_a_phone_is_found_with_and_without_its_country(one: str, other: str) -> None:
    assert _finds("phone", one, other)
    assert _finds("phone", other, one)


@pytest.mark.parametrize(
    ("stored", "sought"),
    [
        ("+49 170 0000042", "+86 170 0000042"),
        ("+49 170 0000042", "+49 171 0000042"),
        ("13800000042", "15800000042"),
        ("+86 138 0000 0042", "158 0000 0042"),
        ("0170 0000042", "0170 00000421"),
        ("12", "12"),
    ],
)
def test_other_phones_are_not_found(stored: str, sought: str) -> None:
    assert not _finds("phone", stored, sought)


def test_a_phone_without_its_country_finds_that_of_every_country() -> None:
    assert _finds("phone", "+49 170 0000042", "170 0000042")
    assert _finds("phone", "+86 170 0000042", "170 0000042")


@given(code=st.sampled_from(["1", "7", "20", "49", "86", "98", "213", "355", "421", "852"]), n=st.integers())
def test_every_country_code_is_split_off(code: str, n: int) -> None:
    number = f"5{abs(n) % 10**8:08}"
    assert _finds("phone", f"+{code} {number}", number)
    assert _finds("phone", f"0{number}", f"00{code}{number}")
    assert not _finds("phone", f"+{code} {number}", f"+{code} 6{number[1:]}")


@given(st.text(max_size=60), st.sampled_from(["name", "phone", "address"]))
def test_what_is_stored_is_found_by_itself(text: str, kind: IndexKind) -> None:
    stored = stored_tokens(KEY, kind, text)
    assert all(len(token) == 32 for token in stored)
    assert not stored or _finds(kind, text, text)


@given(st.text(max_size=60))
def test_a_folded_name_is_settled(text: str) -> None:
    folded = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    assert stored_tokens(KEY, "name", text) == stored_tokens(KEY, "name", folded)
