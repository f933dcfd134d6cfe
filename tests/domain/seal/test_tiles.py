"""Names of tiles and bundles, and the bytes of bundles: each with one spelling."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.seal.refusals import MalformedTile
from domain.seal.tiles import ENTRIES, TileRef, parse_path, read_bundle, tile_width, write_bundle

refs = st.builds(TileRef, st.integers(ENTRIES, 63), st.integers(0, 2**63 - 1), st.integers(1, 256))


@pytest.mark.parametrize(
    ("ref", "path"),
    [
        (TileRef(0, 0), "tile/0/000"),
        (TileRef(0, 273, 112), "tile/0/273.p/112"),
        (TileRef(1, 1_234_067), "tile/1/x001/x234/067"),
        (TileRef(63, 1_000, 1), "tile/63/x001/000.p/1"),
        (TileRef(ENTRIES, 0, 15), "tile/entries/000.p/15"),
        (TileRef(ENTRIES, 39_062), "tile/entries/x039/062"),
    ],
)
def test_names(ref: TileRef, path: str) -> None:
    assert ref.path() == path
    assert parse_path(path) == ref


@given(refs)
def test_every_name_is_read_as_it_was_written(ref: TileRef) -> None:
    assert parse_path(ref.path()) == ref


@pytest.mark.parametrize(
    "path",
    [
        "",
        "tile/0/0",
        "tile/0/0000",
        "tile/00/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/0/x000/001",
        "tile/0/001/002",
        "tile/0/x001",
        "tile/0/000.p/0",
        "tile/0/000.p/01",
        "tile/0/000.p/256",
        "tile/0/000.p/",
        "/tile/0/000",
        "tile/0/000/",
        "tile/0/000\n",
        "tile/Entries/000",
        "tile/0/\u0660\u0660\u0660",
        "tile/0/" + "x001/" * 2_000 + "001",
    ],
)
def test_what_names_no_tile_is_refused(path: str) -> None:
    with pytest.raises(MalformedTile):
        parse_path(path)


def test_widths_in_a_tree_of_seventy_thousand() -> None:
    # The example of c2sp.org/tlog-tiles.
    assert [tile_width(0, number, 70_000) for number in (0, 272, 273)] == [256, 256, 112]
    assert [tile_width(1, number, 70_000) for number in (0, 1)] == [256, 17]
    assert tile_width(2, 0, 70_000) == 1
    assert tile_width(0, 274, 70_000) < 1


@given(st.lists(st.binary(max_size=300), max_size=300))
def test_bundles_are_read_as_they_were_written(entries: list[bytes]) -> None:
    assert read_bundle(write_bundle(entries), len(entries)) == entries


def test_an_entry_has_the_length_that_two_bytes_can_say() -> None:
    longest = b"x" * 65_535
    assert read_bundle(write_bundle([longest]), 1) == [longest]
    with pytest.raises(MalformedTile) as refused:
        write_bundle([b"", longest + b"x"])
    assert refused.value.field == "entries[1]"


@pytest.mark.parametrize("width", [0, 1, 3])
def test_a_bundle_holds_what_its_width_says(width: int) -> None:
    with pytest.raises(MalformedTile, match=f"should hold {width}"):
        read_bundle(write_bundle([b"a", b""]), width)


@pytest.mark.parametrize("cut", range(1, 5))
def test_a_bundle_that_ends_inside_an_entry_is_refused(cut: int) -> None:
    with pytest.raises(MalformedTile) as refused:
        read_bundle(write_bundle([b"one", b"two"])[:-cut], 2)
    assert refused.value.field == "entries[1]"
