"""A field that was disclosed, with what proves it: said in a proof of its entry, and checked against that.

In the proof file's `extra`, beside the entry, `disclosed` is a list of objects: `field`, `text`, and `salt`
in base64. Whoever checks the file learns that these texts, and no others, were sealed in the entry.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from domain.seal.encoding import base64_bytes, base64_text
from domain.seal.refusals import MalformedProofFile
from domain.vault.sealed import check_disclosure

DISCLOSED: Final = "disclosed"
FIELDS: Final = frozenset({"field", "salt", "text"})
HINT: Final = "`disclosed` is a list of objects, each with `field`, `text`, and `salt` in base64."


class Disclosed(NamedTuple):
    """A field of an entry: its name, its text, and the salt that the entry's commitment needs."""

    field: str
    salt: bytes
    text: str

    def plain(self) -> dict[str, str]:
        """Write it as a proof file says it."""
        return {"field": self.field, "salt": base64_text(self.salt), "text": self.text}


def disclosed_in(more: Mapping[str, Any], entry: bytes) -> list[Disclosed]:
    """Return what a proof file says beside an entry to be disclosed of it, each field checked.

    MalformedProofFile where it is said in another way; NotSealed or CommitmentDiffers where it is not so.
    """
    said = more.get(DISCLOSED, [])
    if not isinstance(said, list):
        raise MalformedProofFile(DISCLOSED, None, HINT)
    found = [_read(it) for it in said]
    for it in found:
        check_disclosure(entry, it.field, it.salt, it.text)
    return found


def _read(said: object) -> Disclosed:
    if isinstance(said, dict) and said.keys() == FIELDS and all(isinstance(it, str) for it in said.values()):
        salt = base64_bytes(said["salt"])
        if salt is not None:
            return Disclosed(said["field"], salt, said["text"])
    raise MalformedProofFile(DISCLOSED, None, HINT)
