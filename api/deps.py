"""What routes ask for: the ledger, its zone, moments of a question, and the version that `If-Match` names."""

import re
from datetime import datetime
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from fastapi import Depends, Header, Query, Request

from api.recording import Desk
from api.times import moment_with_zone
from domain.ledger import Ledger
from domain.refusals import DatabaseGone, InvalidValue

VERSION_TAG: Final = re.compile(r'"?(0|[1-9][0-9]{0,14})"?')
DAY_OR_TIME: Final = "2026-01-31 (the end of that day in the ledger's zone) or 2026-01-31T09:00:00Z."


def ledger(request: Request) -> Ledger:
    """Return the ledger that this door belongs to; refuses while its database is known to be away."""
    trouble: str = request.app.state.trouble()
    if trouble:
        raise DatabaseGone(hint=trouble)
    found: Ledger = request.app.state.ledger
    return found


def desk(request: Request) -> Desk:
    """Return what takes documents for the ledger."""
    found: Desk = request.app.state.desk
    return found


def if_match(
    tag: Annotated[
        str | None,
        Header(
            alias="If-Match", description='The version the stream must be at, as in `"3"`; for one document.'
        ),
    ] = None,
) -> int | None:
    """Read the version out of `If-Match`; None where there is none."""
    if tag is None:
        return None
    found = VERSION_TAG.fullmatch(tag.strip())
    if found is None:
        raise InvalidValue("If-Match", tag, 'Write the version of the stream as in "3".')
    return int(found[1])


def asked_moments(
    request: Request,
    as_of: Annotated[str | None, Query(description="Leave out what happened later: " + DAY_OR_TIME)] = None,
    known_at: Annotated[
        str | None, Query(description="Leave out what was recorded later: " + DAY_OR_TIME)
    ] = None,
    at: Annotated[str | None, Query(description="Sets both clocks: " + DAY_OR_TIME)] = None,
) -> dict[str, datetime]:
    """Read the moments of a question on both clocks; those not asked for are absent."""
    if at is not None and (as_of is not None or known_at is not None):
        raise InvalidValue("at", at, "It sets both clocks, so as_of and known_at do not go with it.")
    zone = ZoneInfo(ledger(request).facts.zone)
    asked = {"as_of": as_of, "known_at": known_at}
    if at is not None:
        return dict.fromkeys(asked, moment_with_zone(at, zone, "at"))
    return {name: moment_with_zone(text, zone, name) for name, text in asked.items() if text is not None}


LedgerDep = Annotated[Ledger, Depends(ledger)]
DeskDep = Annotated[Desk, Depends(desk)]
IfMatch = Annotated[int | None, Depends(if_match)]
Moments = Annotated[dict[str, datetime], Depends(asked_moments)]
