"""Errors at the HTTP door: refusals, FastAPI's own and defects, all answered as RFC 9457 problems."""

import logging
from http import HTTPStatus
from typing import Any, Final

import psycopg
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from api.problems import problem, status_of
from domain.faults import dotted
from domain.refusals import (
    DatabaseGone,
    InvalidValue,
    MissingField,
    OutcomeUnknown,
    Refused,
    Unavailable,
)
from domain.store.connections import refusal_of

MEDIA_TYPE: Final = "application/problem+json"
RETRY_AFTER_SECONDS: Final = "1"
Responses = dict[int | str, dict[str, Any]]
SAID: Final = {
    403: "Whoever asks may not do this, or not by a document",
    404: "It is not here",
    409: "Done already under another id, an id used again, or the stream is elsewhere",
    412: "The stream is not at the version that If-Match names",
    413: "The body is too large",
    415: "The body is not said to be JSON",
    422: "Not understood, or it cannot be true",
    503: "Not now: a retry with the same id is safe, after Retry-After seconds",
}
logger = logging.getLogger("daybook.http")


class ProblemResponse(JSONResponse):
    """An answer of the problem media type."""

    media_type = MEDIA_TYPE


class RequestTooLarge(Refused):
    """The body of the request is larger than this door takes."""


class ForeignHost(Refused):
    """The request names a host that this door does not answer for."""


class WrongMediaType(Refused):
    """The body must be JSON, and its Content-Type must say so."""


OWN_STATUS: Final[dict[type[Refused], int]] = {RequestTooLarge: 413, ForeignHost: 421, WrongMediaType: 415}


def refusal_response(refusal: Refused, status: int | None = None) -> ProblemResponse:
    """Answer a refusal."""
    status = status or OWN_STATUS.get(type(refusal)) or status_of(refusal)
    headers = (
        {"Retry-After": RETRY_AFTER_SECONDS} if isinstance(refusal, Unavailable) and refusal.retry else None
    )
    return ProblemResponse(problem(refusal, status), status, headers=headers)


def http_problem(status: int, detail: str, headers: dict[str, str] | None = None) -> ProblemResponse:
    """Answer an error of HTTP itself, which has no type of its own."""
    title = HTTPStatus(status).phrase
    code = title.lower().replace(" ", "-")
    plain: dict[str, Any] = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    return ProblemResponse(plain | {"code": code, "retry": False}, status, headers=headers)


def problems(*statuses: int) -> Responses:
    """Describe the problems that a route may answer, for the OpenAPI document."""
    schema = {"schema": {"$ref": "#/components/schemas/ProblemBody"}}
    return {status: {"description": SAID[status], "content": {MEDIA_TYPE: schema}} for status in statuses}


def install(app: FastAPI) -> None:
    """Have every error of the app answered as a problem."""
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(RequestValidationError, _not_understood)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(psycopg.Error, _database)
    app.add_exception_handler(ClientDisconnect, _left)
    app.add_exception_handler(Exception, _defect)


async def _refused(request: Request, error: Exception) -> Response:
    """Answer a refusal; where the database is away, with what is known of that."""
    assert isinstance(error, Refused)
    if isinstance(error, DatabaseGone | OutcomeUnknown):
        error.hint = request.app.state.trouble() or error.hint
    return refusal_response(error)


async def _not_understood(_: Request, error: Exception) -> Response:
    """Answer a parameter that FastAPI found wrong as the refusal that it is."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    field = dotted(tuple(first["loc"][1:]))
    if first["type"] == "missing":
        return refusal_response(MissingField(field))
    return refusal_response(InvalidValue(field, first.get("input"), f"{first['msg']}."))


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    match error.status_code:
        case HTTPStatus.NOT_FOUND:
            detail = f"There is nothing at {request.url.path}; /openapi.json says what there is."
        case HTTPStatus.METHOD_NOT_ALLOWED:
            detail = f"{request.url.path} takes {headers.get('Allow', 'other methods')}."
        case _:
            detail = str(error.detail)
    return http_problem(error.status_code, detail, headers)


async def _database(request: Request, error: Exception) -> Response:
    return await _refused(request, refusal_of(error))


async def _defect(request: Request, error: Exception) -> Response:
    logger.error("%s %s failed", request.method, request.scope.get("route"), exc_info=error)
    detail = "Daybook failed, and it is not your fault."
    return http_problem(HTTPStatus.INTERNAL_SERVER_ERROR, detail, {"Cache-Control": "no-store"})


async def _left(_: Request, __: Exception) -> Response:
    """Answer nobody: the caller hung up before its request was whole."""
    return Response(status_code=HTTPStatus.BAD_REQUEST)
