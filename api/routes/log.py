"""The log, its head, and health."""

from importlib.metadata import version
from typing import Annotated, Final

from fastapi import APIRouter, Query

from api.bodies import EntryBody, HeadBody, HeadsBody, HealthBody, LedgerBody, LogBody, SealBody
from api.deps import LedgerDep
from api.errors import problems
from domain.refusals import InvalidValue

router = APIRouter(tags=["log"])

PAGE_MAX: Final = 1_000
POSITION_MAX: Final = 2**63 - 1
VERSION: Final = version("daybook")


@router.get(
    "/log", summary="A page of the log", responses=problems(422, 503), response_model_exclude_none=True
)
def log(
    ledger: LedgerDep,
    shard: Annotated[int, Query(ge=0, description="Which log.")] = 0,
    after: Annotated[
        int, Query(ge=0, le=POSITION_MAX, description="The position after which the page begins.")
    ] = 0,
    limit: Annotated[int, Query(ge=1, le=PAGE_MAX, description="At most so many entries.")] = 100,
) -> LogBody:
    """Return entries in the order of their positions; `next` is the `after` of the next page."""
    if shard >= ledger.facts.shards:
        raise InvalidValue("shard", shard, f"The ledger has the shards 0 to {ledger.facts.shards - 1}.")
    page = ledger.log(shard=shard, after=after, limit=limit)
    more = page[-1].position if len(page) == limit else None
    return LogBody(shard=shard, entries=tuple(map(EntryBody.of, page)), next=more)


@router.get(
    "/log/head", summary="Where the log ends", responses=problems(503), response_model_exclude_none=True
)
def head(ledger: LedgerDep) -> HeadsBody:
    """Return the head of each shard's log."""
    heads = tuple(map(HeadBody.of, ledger.heads()))
    return HeadsBody(ledger=LedgerBody.of(ledger.facts), heads=heads)


@router.get("/health", summary="Whether the door and its database answer", responses=problems(503))
def health(ledger: LedgerDep) -> HealthBody:
    """Say that the ledger can be read; a problem of status 503 says that it cannot, and what is amiss.

    An embedded PostgreSQL that has died is started again. A log that is not signed for now still takes
    entries, unless `trouble` says otherwise.
    """
    seals = tuple(map(SealBody.of, ledger.seals()))
    return HealthBody(status="ok", version=VERSION, ledger=LedgerBody.of(ledger.facts), seals=seals)
