"""Base64, decimals and names of keys: each value has one text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.seal.encoding import COUNT_MAX, base64_bytes, base64_text, count_of, is_key_name


@given(st.binary(max_size=100))
def test_base64_reads_what_it_writes(data: bytes) -> None:
    assert base64_bytes(base64_text(data)) == data


@pytest.mark.parametrize(
    "text", ["YQ", "YR==", "YQ==\n", " YQ==", "YQ=", "Y Q==", "YQ==YQ==", "_-8=", "é", "="]
)
def test_other_spellings_are_no_base64(text: str) -> None:
    assert base64_bytes(text) is None


@given(st.text(alphabet="ABab01+/=", max_size=8))
def test_whatever_is_read_would_be_written_so(text: str) -> None:
    data = base64_bytes(text)
    assert data is None or base64_text(data) == text


@given(st.integers(0, COUNT_MAX))
def test_counts_are_read(count: int) -> None:
    assert count_of(str(count)) == count


@pytest.mark.parametrize(
    "text",
    [
        "",
        "00",
        "01",
        "-1",
        "+1",
        "1 ",
        " 1",
        "1\n",
        "1_0",
        "1.0",
        "0x1",
        "\u0661",
        str(COUNT_MAX + 1),
        "9" * 30,
    ],
)
def test_other_spellings_are_no_counts(text: str) -> None:
    assert count_of(text) is None


@pytest.mark.parametrize("name", ["a", "riverside.example/0", "Großkraftwerk/1", "—", "a\x7f"])
def test_names_of_keys(name: str) -> None:
    assert is_key_name(name)


@pytest.mark.parametrize(
    "name",
    ["", "a b", "a+b", "a\tb", "a\nb", "a\x00", "a\u00a0b", "a\u2003b", "a\u3000b", "a\x85", "a\udc80"],
)
def test_what_names_no_key(name: str) -> None:
    assert not is_key_name(name)
