"""Why the ledger can be trusted: a receipt, a person forgotten, all of it verified, a changed bit found."""

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import psycopg
import uuid_utils.compat
from psycopg import sql

from api.demo.report import name_of
from api.proved import proved
from domain.authority import Principal
from domain.entry import Actor
from domain.erasure.eraser import Eraser
from domain.erasure.outlook import look
from domain.ledger import Ledger
from domain.notary.outside import Outside
from domain.oversight import Overseer
from domain.policies.retention import load
from domain.seal.keys import Verifier
from domain.store.cluster import OWNER
from domain.store.launcher import APPLICATION, DATABASE, EmbeddedServer
from domain.store.sql import parse
from domain.streams import customer_stream
from replay.verify import Finding, Options, Report, verify

SQL: Final = parse((Path(__file__).parent / "trust.sql").read_text("utf-8"))
COPY: Final = "daybook_copy"
CLERK: Final = Principal("demo:clerk", "a clerk", ("record", "read"))
OFFICER: Final = Principal("demo:officer", "a privacy officer", ("approve", "read", "read:personal"))
BASIS: Final = "asked-by-the-person"
BYTE: Final = 200


@dataclass(frozen=True, slots=True)
class Forgotten:
    """A customer whose personal data was erased: their name before and after, keys destroyed, what stays."""

    customer: str
    before: str
    after: str
    keys: int
    entries: int


@dataclass(frozen=True, slots=True)
class Trust:
    """What was proved, who was forgotten, what a verification of all says, and what one of a harmed copy."""

    receipt: dict[str, Any]
    forgotten: Forgotten
    verified: Report
    harmed: int
    found: tuple[Finding, ...]

    def plain(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        return {
            "receipt": self.receipt,
            "forgotten": asdict(self.forgotten),
            "verified": {"entries": self.verified.size, "sound": not self.verified.wrong},
            "harmed": {"position": self.harmed, "findings": [it.as_json() for it in self.found]},
        }


def prove_payment(ledger: Ledger, customer: str) -> dict[str, Any]:
    """Have a receipt made for the customer's last payment, and check it with the log's public key alone."""
    entries = ledger.stream(customer_stream(customer))
    last = max(
        (it for it in entries if it.type == "PaymentReceived"), key=lambda it: (it.occurred_at, it.version)
    )
    receipt = ledger.prove(last.id).to_bytes()
    keys = [Verifier.from_vkey(key.vkey) for key in ledger.seal_keys(0)]
    return proved(receipt, keys, []) | {"bytes": len(receipt)}


def forget(ledger: Ledger, customers: Sequence[str]) -> Forgotten:
    """Erase the first household whom nothing keeps: requested by one principal, made by another."""
    retention = load()
    for customer in customers:
        stream, party = customer_stream(customer), ledger.customer(customer).customer.party
        if any(it.type == "SubjectErased" for it in ledger.stream(stream)):
            return _forgotten(ledger, customer, "", 0)
        if party.kind == "household" and not look(ledger, stream, retention).grounds:
            break
    else:
        raise AssertionError("no household of the simulation owes nothing and waits for nothing")
    before = name_of(ledger, customer)
    receipt, _ = Eraser(overseer=_overseer(ledger, CLERK), retention=retention).request(stream, BASIS)
    erased = Eraser(overseer=_overseer(ledger, OFFICER), retention=retention).approve(str(receipt.id))
    return _forgotten(ledger, customer, before, erased.keys)


def verify_and_harm(
    server: EmbeddedServer, outsides: Sequence[Outside], receipt: dict[str, Any], forgotten: Forgotten
) -> Trust:
    """Verify the ledger, then a copy of it in which one bit of the middle entry was changed.

    Nobody may be connected to the ledger, as its database is copied.
    """
    options = Options(outsides=outsides, jobs=os.cpu_count() or 1)
    verified = verify(server.url, options)
    harmed = max(1, verified.size // 2)
    _copy_and_harm(server, harmed)
    return Trust(
        receipt, forgotten, verified, harmed, verify(server.url_of(APPLICATION, COPY), options).wrong
    )


def _copy_and_harm(server: EmbeddedServer, position: int) -> None:
    names = {"copy": sql.Identifier(COPY), "original": sql.Identifier(DATABASE)}
    with psycopg.connect(server.url_of(OWNER, "postgres"), autocommit=True) as connection:
        for statement in (SQL["drop"], SQL["copy"]):
            connection.execute(sql.SQL(statement.decode()).format(**names))
    with psycopg.connect(server.url_of(OWNER, COPY), autocommit=True) as connection:
        connection.execute(SQL["past_triggers"])
        connection.execute(SQL["harm"], {"byte": BYTE, "position": position})


def _forgotten(ledger: Ledger, customer: str, before: str, keys: int) -> Forgotten:
    entries = len(ledger.stream(customer_stream(customer)))
    return Forgotten(customer, before, name_of(ledger, customer), keys, entries)


def _overseer(ledger: Ledger, principal: Principal) -> Overseer:
    return Overseer(
        ledger=ledger,
        principal=principal,
        actor=Actor("staff", principal.id),
        source="demo",
        new_id=uuid_utils.compat.uuid7,
    )
