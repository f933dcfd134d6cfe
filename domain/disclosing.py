"""Disclosing one field of an entry: it is recorded first who asked for it and why, then it is told."""

from dataclasses import dataclass, replace
from uuid import UUID

from domain.entry import Receipt
from domain.events.oversight import PersonalDataDisclosed
from domain.notary.proof import EntryProof
from domain.oversight import Overseer
from domain.vault.disclosed import DISCLOSED, Disclosed


@dataclass(frozen=True, slots=True)
class Disclosure:
    """A field, the proof of its entry in which it is said, and the entry that keeps that it was disclosed."""

    disclosed: Disclosed
    proof: EntryProof
    receipt: Receipt


def disclose(overseer: Overseer, entry_id: UUID, field: str, reason: str) -> Disclosure:
    """Open a field of an entry, keep that it was asked for, and prove the entry.

    NotSealed where the field holds nothing sealed, Erased where its key is destroyed.
    """
    ledger = overseer.ledger
    stream = ledger.entry(entry_id).stream
    salt, text = ledger.need_vault().disclose(ledger.entry_bytes(entry_id, stream), field)
    proof = ledger.prove(entry_id)
    event = PersonalDataDisclosed(entry=entry_id, field=field, reason=reason, principal=overseer.principal.id)
    receipt = overseer.record(overseer.draft(stream, event))
    disclosed = Disclosed(field, salt, text)
    return Disclosure(disclosed, replace(proof, more={DISCLOSED: [disclosed.plain()]}), receipt)
