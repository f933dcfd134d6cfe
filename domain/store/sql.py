"""Loads named queries from `.sql` files: a line `-- name --`, a line or more of explanation, then the query.

QUERIES = queries("append")
connection.execute(QUERIES["lock_head"], [shard])
"""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

FOLDER = Path(__file__).parent
TITLE = re.compile(r"^-- ([a-z0-9_]+) --$", re.MULTILINE)


def parse(text: str) -> dict[str, bytes]:
    """Split a file's text into its queries, by name, without comments and surrounding white space."""
    head, *parts = TITLE.split(text)
    assert not _without_comments(head), "a query stands before the first name"
    names = parts[::2]
    assert len(set(names)) == len(names), f"two queries bear one name: {sorted(names)}"
    found = {name: _without_comments(body) for name, body in zip(names, parts[1::2], strict=True)}
    assert all(found.values()), "a name has no query"
    return {name: query.encode() for name, query in found.items()}


def _without_comments(text: str) -> str:
    """Drop the lines that hold only a comment: psycopg would look for placeholders in them."""
    return "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("--")).strip()


@cache
def queries(name: str) -> Mapping[str, bytes]:
    """Return the queries of `NAME.sql` in this folder; bytes, as psycopg takes these for trusted text."""
    return MappingProxyType(parse((FOLDER / f"{name}.sql").read_text("utf-8")))
