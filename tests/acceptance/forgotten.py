"""Personal texts of people who do not exist, and the search for them in everything that lies in a folder."""

import base64
import gzip
import json
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import psycopg

Plain = dict[str, object]


@dataclass(frozen=True, slots=True)
class Somebody:
    """A customer who does not exist, with a contact person and a complaint; each text occurs nowhere else."""

    number: int

    @property
    def customer(self) -> str:
        """Their id, which tells nothing."""
        return f"c-{self.number}"

    @property
    def name(self) -> str:
        """How they are called."""
        return f"Zebedee Quillfeather-{self.number:03} 虚构"

    @property
    def phone(self) -> str:
        """Their number."""
        return f"+49 170 99 88 {self.number:03} 5"

    @property
    def email(self) -> str:
        """Their e-mail address."""
        return f"zebedee.{self.number:03}@quillfeather.invalid"

    @property
    def address(self) -> str:
        """Where they live."""
        return f"{self.number:03} Imaginary Lane, Nowhereton-on-Ink"

    @property
    def complaint(self) -> str:
        """What they complain of: long enough to be compressed where it lies in the clear."""
        return f"The meter hums at night, says neighbour no. {self.number:03}. " * 12

    @property
    def friend(self) -> str:
        """Who speaks for them."""
        return f"Quentin Inkblot-{self.number:03}"

    @property
    def texts(self) -> list[str]:
        """All that is personal of them."""
        return [self.name, self.phone, self.email, self.address, self.complaint, self.friend]

    def documents(self) -> list[Plain]:
        """What is recorded of them."""
        registered: Plain = {"kind": "household", "name": self.name, "phone": self.phone}
        return [
            self._document("CustomerRegistered", registered | {"email": self.email, "address": self.address}),
            self._document("ContactPersonAdded", {"person": "P", "name": self.friend}),
            self._document(
                "CaseOpened",
                {"case": "C", "kind": "complaint", "channel": "phone", "description": self.complaint},
            ),
            self._document("CaseClosed", {"case": "C"}),
        ]

    def refused(self) -> Plain:
        """What is refused: they are registered already."""
        return self._document("CustomerRegistered", {"kind": "household", "name": f"{self.name} again"})

    def _document(self, type_name: str, data: Plain) -> Plain:
        return {
            "stream": f"customer:{self.customer}",
            "type": type_name,
            "occurred_at": "2026-01-31T09:00:00Z",
            "actor": {"kind": "staff", "id": "clerk-1"},
            "source": "test",
            "data": data,
        }


def spellings(text: str) -> set[bytes]:
    """A text in each way in which it might lie somewhere: as it is, folded, escaped, digits alone."""
    part = text[:60]
    found = {
        part,
        part.casefold(),
        json.dumps(part)[1:-1],
        quote(part),
        part.encode("unicode_escape").decode(),
    }
    digits = re.sub(r"[^0-9]", "", part)
    if len(digits) >= len("4917099880005"):
        found |= {digits, digits[2:]}
    return {it.encode() for it in found} | {part.encode("utf-16-le")}


def codings(secret: bytes) -> set[bytes]:
    """A secret in each way in which it might lie somewhere."""
    return {secret, secret.hex().encode(), base64.b64encode(secret), base64.urlsafe_b64encode(secret)}


@dataclass(slots=True)
class Search:
    """Looks for any of some bytes in bytes from anywhere; `searched` counts how many places that were."""

    wanted: Iterable[bytes]
    searched: int = 0
    _pattern: "re.Pattern[bytes]" = field(init=False)

    def __post_init__(self) -> None:
        """Make ready."""
        self._pattern = re.compile(b"|".join(map(re.escape, sorted(self.wanted))))

    @classmethod
    def of(cls, texts: Iterable[str]) -> "Search":
        """Look for texts, in all their spellings."""
        return cls({it for text in texts for it in spellings(text)})

    def folder(self, folder: Path, *, but: Iterable[Path] = ()) -> list[str]:
        """Return the files in a folder that hold a text, and which; some are left out."""
        left_out = set(but)
        files = {}
        for path in sorted(folder.rglob("*")):
            # A server that runs may remove a file meanwhile.
            with suppress(FileNotFoundError):
                if path.is_file() and not path.is_symlink() and not left_out & {path, *path.parents}:
                    files[str(path.relative_to(folder))] = contents(path)
        return self.places(files)

    def tables(self, owner_url: str) -> list[str]:
        """Return the tables of a database that hold one, statistics and settings included, and which."""
        return self.places(tables(owner_url))

    def places(self, places: Mapping[str, bytes]) -> list[str]:
        """Return the places that hold one, and which."""
        self.searched += len(places)
        return [
            f"{place}: {found[0].decode(errors='replace')}"
            for place, data in places.items()
            if (found := self._pattern.search(data))
        ]


def contents(path: Path) -> bytes:
    """What a file holds, also in another form: compressed, or in the base64 of a proof."""
    data = path.read_bytes()
    if path.suffix == ".gz":
        return data + gzip.decompress(data)
    if path.suffix == ".tlog-proof":
        return data + base64.b64decode(data.splitlines()[1].removeprefix(b"extra "))
    return data


def tables(owner_url: str) -> dict[str, bytes]:
    """All rows of all tables of a database, as text: nothing is compressed there."""
    found = {}
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute("ANALYZE")
        names = connection.execute(
            "SELECT oid::regclass::text FROM pg_class WHERE relkind IN ('r', 'm', 'p')"
        ).fetchall()
        for (name,) in names:
            with connection.cursor().copy(f"COPY (SELECT * FROM {name}) TO STDOUT".encode()) as copy:
                rows = b"".join(bytes(part) for part in copy)
            # Bytes are written in hexadecimal there.
            values = [bytes.fromhex(it.decode()) for it in re.findall(rb"\\\\x([0-9a-f]+)", rows)]
            found[name] = b"\n".join([rows, *values])
    return found
