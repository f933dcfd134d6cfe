"""Tiles (c2sp.org/tlog-tiles): how a log's hashes and entries are cut into files, and what these are called.

A tile holds 256 neighbouring hashes of one level; those of level 0 are leaf hashes, those of each further
level the roots of the full tiles below it. An unfinished tile has fewer. An entry bundle holds the entries
under a tile of level 0.
"""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from domain.seal.refusals import MalformedTile
from domain.seal.tree import HASH_BYTES

TILE_HEIGHT: Final = 8
TILE_WIDTH: Final = 1 << TILE_HEIGHT
TILE_BYTES: Final = TILE_WIDTH * HASH_BYTES
LEVEL_MAX: Final = 63
ENTRIES: Final = -1
"""The level of entry bundles: they lie under the tiles of level 0."""

LENGTH_BYTES: Final = 2
ENTRY_BYTES_MAX: Final = 256**LENGTH_BYTES - 1
PATH: Final = re.compile(r"tile/(entries|\d{1,2})/((?:x\d{3}/){0,6}\d{3})(?:\.p/(\d{1,3}))?", re.ASCII)


class TileRef(NamedTuple):
    """A tile or, at level `ENTRIES`, a bundle: level, number in the level (from 0), how much it holds."""

    level: int
    number: int
    width: int = TILE_WIDTH

    def path(self) -> str:
        """Write its name: `tile/0/x001/234`, or `tile/entries/000.p/15` for an unfinished one."""
        level = "entries" if self.level == ENTRIES else self.level
        groups = f"{self.number:,}".split(",")
        groups[0] = groups[0].zfill(3)
        digits = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
        return f"tile/{level}/{digits}" + (f".p/{self.width}" if self.width < TILE_WIDTH else "")


def parse_path(path: str) -> TileRef:
    """Read the name of a tile or a bundle, which has one spelling."""
    match = PATH.fullmatch(path)
    if match:
        level, digits, width = match.groups()
        number = int(re.sub(r"\D", "", digits))
        ref = TileRef(ENTRIES if level == "entries" else int(level), number, int(width or TILE_WIDTH))
        if ref.path() == path and ref.level <= LEVEL_MAX and ref.width:
            return ref
    raise MalformedTile("path", path, "A name such as tile/0/x001/234 or tile/entries/000.p/15 is expected.")


def tile_width(level: int, number: int, size: int) -> int:
    """Return how many hashes a tile holds in a tree of this size: 256 in a full one, less than 1 in none."""
    return min(TILE_WIDTH, (size >> (TILE_HEIGHT * level)) - number * TILE_WIDTH)


def write_bundle(entries: Sequence[bytes]) -> bytes:
    """Write entries one after another, each with its length in two bytes before it."""
    for number, entry in enumerate(entries):
        if len(entry) > ENTRY_BYTES_MAX:
            hint = f"It has at most {ENTRY_BYTES_MAX}."
            raise MalformedTile(f"entries[{number}]", f"{len(entry)} bytes", hint)
    return b"".join([len(it).to_bytes(LENGTH_BYTES) + it for it in entries])


def read_bundle(data: bytes, width: int = TILE_WIDTH) -> list[bytes]:
    """Read exactly as many entries as a bundle of this width holds."""
    entries: list[bytes] = []
    at = 0
    while at < len(data):
        start = at + LENGTH_BYTES
        at = start + int.from_bytes(data[at:start])
        if at > len(data):
            raise MalformedTile(f"entries[{len(entries)}]", None, "The bundle ends inside it.")
        entries.append(data[start:at])
    if len(entries) != width:
        raise MalformedTile("entries", len(entries), f"The bundle should hold {width}.")
    return entries
