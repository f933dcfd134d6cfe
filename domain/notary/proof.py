"""The proof of one entry: a proof file that holds, beside the proof, the entry itself.

Its `extra` is a JSON object. `entry` is the text of the entry's canonical bytes; nobody vouches for it until
its hash is proved to be in the log. Other fields say more of the entry, and are kept.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from domain.canonical import canonical_bytes
from domain.seal.keys import Verifier, Witness
from domain.seal.refusals import MalformedProofFile
from domain.seal.tlog_proof import ProofFile, Proved, parse_proof_file, verify_proof_file

ENTRY: Final = "entry"
WITHOUT_ENTRY: Final = "The file does not hold the entry that it proves: make it with `daybook prove`."


@dataclass(frozen=True, slots=True)
class EntryProof:
    """A proof file, the canonical bytes of the entry that it proves, and what else is said of the entry."""

    file: ProofFile
    entry: bytes
    more: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def parse(cls, data: bytes) -> "EntryProof":
        """Read a proof file that holds its entry; MalformedProofFile where it does not."""
        file = parse_proof_file(data)
        try:
            extra = msgspec.json.decode(file.extra, type=dict[str, Any])
            entry = extra.pop(ENTRY).encode()
        except (msgspec.DecodeError, KeyError, AttributeError, UnicodeError):
            raise MalformedProofFile("extra", None, WITHOUT_ENTRY) from None
        return cls(file, entry, extra)

    def to_bytes(self) -> bytes:
        """Write the proof file with the entry in it."""
        extra = canonical_bytes({**self.more, ENTRY: self.entry.decode()})
        return ProofFile(self.file.index, self.file.hashes, self.file.checkpoint, extra).to_bytes()

    def verify(self, keys: Sequence[Verifier], witnesses: Sequence[Witness] = ()) -> Proved:
        """Check that the entry stands in a log of one of these keys; raises what is not proved."""
        return verify_proof_file(self.to_bytes(), self.entry, keys, witnesses)
