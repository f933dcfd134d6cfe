"""What a proof proves: checked with keys alone, and told to people and programs."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from rich.table import Table

from api.show import facts_table
from domain.notary.proof import EntryProof
from domain.seal.keys import Verifier, Witness
from domain.seal.refusals import MalformedProofFile, NotSigned
from domain.vault.disclosed import disclosed_in

TOLD: Final = ("id", "stream", "version", "type", "occurred_at", "recorded_at")


def proved(data: bytes, keys: Sequence[Verifier], witnesses: Sequence[Witness]) -> dict[str, Any]:
    """Check a proof, and return what it proves; refuses where it does not, or where a witness is missing.

    Fields that it discloses are checked against the entry.
    """
    proof = EntryProof.parse(data)
    found = proof.verify(keys, witnesses)
    opened = found.opened
    seen = {it.witness: it.time for it in opened.cosignatures}
    for witness in witnesses:
        if witness not in seen:
            raise NotSigned("witness", witness.name, "It has not cosigned the checkpoint.")
    disclosed = {it.field: it.text for it in disclosed_in(proof.more, proof.entry)}
    told = {
        "entry": {name: value for name, value in _envelope(proof.entry).items() if name in TOLD},
        "log": opened.checkpoint.origin,
        "position": found.position,
        "size": opened.checkpoint.size,
        "signed_by": opened.key.vkey,
        "cosigned_by": [
            {"name": witness.name, "at": datetime.fromtimestamp(time, UTC).isoformat()}
            for witness, time in seen.items()
        ],
    }
    return told | {"disclosed": disclosed} if disclosed else told


def proved_table(plain: Mapping[str, Any]) -> Table:
    """Show what a proof proves, a line each."""
    return facts_table({**plain["entry"], **{name: plain[name] for name in plain if name != "entry"}})


def _envelope(entry: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(entry, type=dict[str, Any])
    except msgspec.DecodeError:
        raise MalformedProofFile("extra", None, "What is proved is no entry of Daybook.") from None
