"""A sealed value opens with its key at its place, nowhere else, and one field can be proved by itself."""

import json
from base64 import urlsafe_b64decode
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.refusals import Refused
from domain.vault.refusals import CommitmentDiffers, MalformedSealed, NotOpened, NotSealed
from domain.vault.sealed import (
    DataKey,
    Opened,
    Place,
    Sealed,
    check_disclosure,
    commit,
    is_sealed,
    seal,
    sealed_in,
)

ENTRY = UUID("0198c0de-0000-7000-8000-000000000001")
PLACE = Place("customer:42", ENTRY, "name")
KEY = DataKey.of("customer:42", 1, bytes(range(32)))
SALT, NONCE = b"\x5a" * 16, b"\xc3" * 12
TEXT = "Harbour Mills, 码头 3 号"
GOLDEN = (
    "sealed:1:customer:42:1:0198c0de-0000-7000-8000-000000000001:name"
    ":w8PDw8PDw8PDw8PDC7org_z4VM3VsYFv8NGhjpXeCh3idn0jLeF1Y8eZTd0AgTyww8K0rlRlE3ZG6loyCiR_ZquMnHJn9x4"
    ":x2ug56UBq4ggw3c5l6GYrigyQ8xS3XMgfjK_9S6bzn0"
)

BOX = 7
"""Where the box stands between the colons."""

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=200)
bytes_16, bytes_12 = st.binary(min_size=16, max_size=16), st.binary(min_size=12, max_size=12)


def _token(place: Place = PLACE, text: str = TEXT) -> str:
    return seal(text, KEY, place, SALT, NONCE)


def _entry(token: object, entry_id: object = str(ENTRY)) -> bytes:
    return json.dumps({"id": entry_id, "data": {"name": token}}).encode()


def test_the_format_never_changes() -> None:
    assert _token() == GOLDEN
    assert Sealed.parse(GOLDEN).open(KEY, PLACE) == Opened(SALT, TEXT)


def test_the_text_holds_what_it_says() -> None:
    token = Sealed.parse(GOLDEN)
    assert (token.subject, token.generation, token.entry_id, token.field) == ("customer:42", 1, ENTRY, "name")
    assert token.box[:12] == NONCE
    assert len(token.box) == 12 + 16 + len(TEXT.encode()) + 16
    assert token.commitment == sha256(SALT + TEXT.encode()).digest() == commit(SALT, TEXT)
    assert urlsafe_b64decode(GOLDEN.rsplit(":", 1)[1] + "=") == token.commitment


@given(text=texts, salt=bytes_16, nonce=bytes_12, generation=st.integers(1, 2**31 - 1))
def test_what_is_sealed_is_opened(text: str, salt: bytes, nonce: bytes, generation: int) -> None:
    key = DataKey.of("customer:a:b.c%2F/person/丙", generation, bytes(32))
    token = seal(text, key, PLACE, salt, nonce)
    assert is_sealed(token)
    found = Sealed.parse(token)
    assert (found.subject, found.generation) == (key.subject, key.generation)
    assert found.open(key, PLACE) == Opened(salt, text)


@pytest.mark.parametrize(
    "place",
    [
        PLACE._replace(stream="customer:43"),
        PLACE._replace(entry_id=UUID(int=1)),
        PLACE._replace(field="address"),
    ],
    ids=["stream", "entry", "field"],
)
def test_a_value_moved_to_another_place_does_not_open(place: Place) -> None:
    with pytest.raises(NotOpened):
        Sealed.parse(GOLDEN).open(KEY, place)


def test_no_part_of_a_place_can_stand_for_another() -> None:
    for place in (Place("customer:42:name", ENTRY, "name"), Place("customer:4", ENTRY, "2")):
        with pytest.raises(NotOpened):
            Sealed.parse(GOLDEN).open(KEY, place)


def test_another_key_does_not_open_it() -> None:
    with pytest.raises(NotOpened):
        Sealed.parse(GOLDEN).open(DataKey.of("customer:42", 1, bytes(32)), PLACE)


def test_a_changed_bit_of_the_box_is_found_wherever_it_is() -> None:
    token = Sealed.parse(GOLDEN)
    for place in range(len(token.box)):
        box = bytearray(token.box)
        box[place] ^= 1
        changed = Sealed(token.subject, 1, ENTRY, "name", bytes(box), token.commitment)
        with pytest.raises(NotOpened):
            changed.open(KEY, PLACE)


def test_a_text_that_the_entry_does_not_commit_to_is_not_shown() -> None:
    token = Sealed.parse(GOLDEN)
    other = Sealed(token.subject, 1, ENTRY, "name", token.box, commit(SALT, "another"))
    with pytest.raises(NotOpened, match="commits to another text"):
        other.open(KEY, PLACE)


@pytest.mark.parametrize(
    "token",
    [
        "",
        "sealed:1:",
        "sealed:2:" + GOLDEN[9:],
        GOLDEN + ":",
        GOLDEN + "\n",
        " " + GOLDEN,
        GOLDEN[:-1],
        GOLDEN + "A",
        GOLDEN + "=",
        GOLDEN.replace(":1:0198", ":01:0198"),
        GOLDEN.replace(":1:0198", ":0:0198"),
        GOLDEN.replace(":1:0198", ":-1:0198"),
        GOLDEN.replace(":1:0198", ":\uff11:0198"),
        GOLDEN.replace("0198c0de", "0198C0DE"),
        GOLDEN.replace("-", "", 1),
        GOLDEN.replace(":name:", ":Name:"),
        GOLDEN.replace(":name:", "::"),
        GOLDEN.replace("customer:42", ""),
        GOLDEN.replace("customer:42", "customer\n42"),
        GOLDEN.replace(GOLDEN.split(":")[BOX], "AAAA"),
        GOLDEN.replace(GOLDEN.split(":")[BOX], "A" * 61),
        GOLDEN.replace(GOLDEN.split(":")[BOX], "A" * 59 + "+"),
    ],
)
def test_what_is_not_exactly_in_the_format_is_no_sealed_value(token: str) -> None:
    with pytest.raises(MalformedSealed):
        Sealed.parse(token)


def test_one_text_has_one_spelling() -> None:
    """The last character of base64 has bits that decoders ignore."""
    for part in (BOX, BOX + 1):
        parts = GOLDEN.split(":")
        last = parts[part][-1]
        changed = [parts[part][:-1] + it for it in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_"]
        for it in changed:
            parts[part] = it
            if it[-1] == last:
                continue
            try:
                found = Sealed.parse(":".join(parts))
            except MalformedSealed:
                continue
            original = Sealed.parse(GOLDEN)
            assert (found.box, found.commitment) != (original.box, original.commitment)


def test_one_field_is_disclosed_and_proved() -> None:
    check_disclosure(_entry(_token()), "name", SALT, TEXT)


@pytest.mark.parametrize(
    ("salt", "text"), [(SALT, "Harbour Mill"), (b"\x5b" * 16, TEXT), (SALT[:15], "Z" + TEXT), (b"", TEXT)]
)
def test_another_text_or_salt_is_not_proved(salt: bytes, text: str) -> None:
    with pytest.raises(CommitmentDiffers):
        check_disclosure(_entry(_token()), "name", salt, text)


@pytest.mark.parametrize(
    ("entry", "field", "refusal"),
    [
        (_entry("clear text"), "name", NotSealed),
        (_entry(None), "name", NotSealed),
        (_entry(7), "name", NotSealed),
        (_entry(_token()), "phone", NotSealed),
        (b'{"data":{}}', "name", NotSealed),
        (b"[]", "name", NotSealed),
        (_entry("sealed:1:x"), "name", MalformedSealed),
        (_entry(_token(PLACE._replace(entry_id=UUID(int=1)))), "name", NotOpened),
        (_entry(_token(PLACE._replace(field="address"))), "name", NotOpened),
        (_entry(_token(), "no id"), "name", NotSealed),
    ],
)
def test_what_an_entry_does_not_hold_is_not_proved(entry: bytes, field: str, refusal: type[Refused]) -> None:
    with pytest.raises(refusal):
        check_disclosure(entry, field, SALT, TEXT)


@pytest.mark.parametrize("value", [None, 7, [], {}, "sealed", "Sealed:1:x", "it is sealed:1:"])
def test_only_a_text_that_begins_so_is_taken_for_a_sealed_value(value: Any) -> None:  # noqa: ANN401
    assert not is_sealed(value)


def test_no_part_of_a_key_is_shown() -> None:
    assert str(KEY) == "DataKey(subject='customer:42', generation=1)"


def test_an_entrys_own_value_is_found() -> None:
    assert sealed_in(json.loads(_entry(_token())), "name") == Sealed.parse(GOLDEN)
