"""Canonical bytes: equal to RFC 8785 on the subset, refused outside it."""

import json
from collections.abc import Callable
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from domain.canonical import INTEGER_MAX, canonical_bytes, check_text
from domain.refusals import InvalidValue, NulCharacter, Refused

VECTORS = ["arrays", "french", "structures", "unicode", "values", "weird"]
INSIDE = {("structures", "output"), ("unicode", "input"), ("unicode", "output")}
"""The others hold floats (`structures` writes 56.0), null or keys beyond ASCII."""

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
keys = st.text(st.characters(min_codepoint=1, max_codepoint=127))
integers = st.integers(-INTEGER_MAX, INTEGER_MAX)
subset = st.recursive(
    texts | integers | st.booleans(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(keys, inner, max_size=5),
)
"""Values of the subset, nested."""


@given(st.dictionaries(keys, subset))
def test_the_bytes_are_those_of_rfc_8785(value: dict[str, Any]) -> None:
    assert canonical_bytes(value) == rfc8785.dumps(value)
    assert json.loads(canonical_bytes(value)) == value


@given(st.dictionaries(keys, subset), st.randoms())
def test_the_order_of_keys_does_not_count(value: dict[str, Any], random: Random) -> None:
    names = list(value)
    random.shuffle(names)
    assert canonical_bytes({name: value[name] for name in names}) == canonical_bytes(value)


def test_the_published_vectors(shared: Path, count: Callable[[str], None]) -> None:
    folder = shared / "vectors" / "jcs-rfc8785" / "testdata"
    assert sorted(path.stem for path in (folder / "input").glob("*.json")) == VECTORS
    equal = set()
    for name, side in product(VECTORS, ["input", "output"]):
        value = json.loads((folder / side / f"{name}.json").read_bytes())
        expected = (folder / "output" / f"{name}.json").read_bytes()
        assert bytes.fromhex((folder / "outhex" / f"{name}.txt").read_text("ascii")) == expected
        if (name, side) in INSIDE:
            assert canonical_bytes(value) == expected
            equal.add((name, side))
        else:
            with pytest.raises(Refused):
                canonical_bytes(value)
    assert equal == INSIDE
    refused = 2 * len(VECTORS) - len(equal)
    count(
        f"RFC 8785 vectors, inputs and outputs: {len(equal)} equal, {refused} outside the subset and refused"
    )


@pytest.mark.parametrize(
    ("value", "field"),
    [
        ({"a": 1.5}, "a"),
        ({"a": {"b": [1, None]}}, "a.b[1]"),
        ([INTEGER_MAX + 1], "[0]"),
        ([-INTEGER_MAX - 1], "[0]"),
        ({"a": b"bytes"}, "a"),
        ({"é": 1}, ""),
        ({"a": {1: 1}}, "a"),
        ({"a\x00": 1}, ""),
        ({"a": ["\ud800"]}, "a[0]"),
    ],
)
def test_what_is_outside_the_subset_is_refused_with_its_place(value: object, field: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        canonical_bytes(value)
    assert refused.value.field == field
    assert refused.value.message


def test_integers_are_taken_to_the_bound() -> None:
    assert canonical_bytes([INTEGER_MAX, -INTEGER_MAX]) == b"[9007199254740991,-9007199254740991]"


def test_nul_has_a_refusal_of_its_own() -> None:
    with pytest.raises(NulCharacter) as refused:
        check_text("a\x00b", "data.name")
    assert (refused.value.field, refused.value.value) == ("data.name", "a\x00b")
