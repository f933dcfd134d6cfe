"""Record entries, and read one."""

from http import HTTPStatus
from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from api.batches import Numbered, take_apart
from api.bodies import EntryBody, FateBody, RecordedBody
from api.deps import DeskDep, IfMatch, LedgerDep
from api.errors import Responses, WrongMediaType, problems, refusal_response
from domain.refusals import InvalidValue, MissingField, Refused, TooLarge, VersionConflict

ENTRIES_MAX: Final = 1_000

router = APIRouter(tags=["entries"])


ANSWERS: Final[Responses] = {
    200: {"model": RecordedBody, "description": "All were recorded before: their first receipts"},
    207: {"model": RecordedBody, "description": "Of a batch some were refused; the others are durable"},
    **problems(403, 409, 412, 413, 415, 422, 503),
}


@router.post(
    "/entries",
    status_code=201,
    response_model=RecordedBody,
    response_model_exclude_none=True,
    responses=ANSWERS,
    summary="Record one or several entries",
)
async def record(
    request: Request, response: Response, desk: DeskDep, version: IfMatch
) -> RecordedBody | Response:
    """Record one document, or up to 1,000 as `{"entries": [...]}`, each with a fate of its own.

    The same id with the same content is recorded once: a retry gets the first receipt. A document without an
    id is given one, so a retry needs the id of the first answer.
    """
    documents, batch = _documents(request, await request.body())
    if batch and version is not None:
        raise InvalidValue(
            "If-Match", version, "It goes with one document; write expected_version in each of several."
        )
    # Many documents take a while to read, and other callers share this thread.
    opened = await run_in_threadpool(desk.open, documents) if batch else desk.open(documents, version)
    fates = await desk.record_async(documents, opened)
    if not batch and isinstance(fates[0].outcome, Refused):
        return _refused(fates[0].outcome, version)
    body = RecordedBody.of([FateBody.of(fate) for fate in fates])
    response.status_code = _status(body)
    if not batch:
        response.headers["Location"] = f"/entries/{body.entries[0].receipts[0].id}"
    return body


@router.get(
    "/entries/{entry_id}",
    summary="An entry",
    responses=problems(404, 409, 422, 503),
    response_model_exclude_none=True,
)
def entry(entry_id: UUID, ledger: LedgerDep) -> EntryBody:
    """Return the entry of this id; data of an earlier schema version in the current one."""
    return EntryBody.of(ledger.entry(entry_id))


def _documents(request: Request, body: bytes) -> tuple[list[Numbered], bool]:
    """Take the body apart; refuses one that a page of another site could send unasked."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise WrongMediaType("Content-Type", media_type, "Send the header Content-Type: application/json.")
    documents, batch = take_apart(body)
    if not documents:
        raise MissingField("entries", None, "There is no document in it.")
    if len(documents) > ENTRIES_MAX:
        raise TooLarge("entries", f"{len(documents)} documents", f"At most {ENTRIES_MAX:,} at a time.")
    return list(enumerate(documents, 1)), batch


def _refused(refusal: Refused, version: int | None) -> Response:
    """Answer the refusal of a single document; HTTP has a status for a version that If-Match named."""
    if version is not None and isinstance(refusal, VersionConflict):
        return refusal_response(refusal, HTTPStatus.PRECONDITION_FAILED)
    raise refusal


def _status(body: RecordedBody) -> HTTPStatus:
    if body.refused:
        return HTTPStatus.MULTI_STATUS
    return HTTPStatus.CREATED if body.recorded else HTTPStatus.OK
