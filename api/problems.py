"""Problems: a refusal as RFC 9457 has it, the same at the HTTP door and in the command's JSON."""

from typing import Any, Final

from domain.authority import NotAllowed
from domain.refusals import (
    AlreadyDone,
    Conflict,
    Misconfigured,
    NotHere,
    NotInitialised,
    NotTrue,
    NotUnderstood,
    Refused,
    Unavailable,
)

URN: Final = "urn:daybook:refusal:"

STATUS: Final[dict[type[Refused], int]] = {
    NotUnderstood: 422,
    NotTrue: 422,
    AlreadyDone: 409,
    Conflict: 409,
    Unavailable: 503,
    NotAllowed: 403,
    NotInitialised: 503,
    NotHere: 404,
    Misconfigured: 500,
    Refused: 500,
}
"""The HTTP status of each branch of the tree of refusals, by the nearest class; of no branch, a defect."""


def title(refusal: Refused) -> str:
    """Return the one sentence of a refusal's class."""
    return (type(refusal).__doc__ or "").strip().splitlines()[0]


def status_of(refusal: Refused) -> int:
    """Return the HTTP status of a refusal."""
    return next(STATUS[cls] for cls in type(refusal).__mro__ if cls in STATUS)


def problem(refusal: Refused, status: int | None = None) -> dict[str, Any]:
    """Write a refusal as a problem; field, value and hint stand there where they are known."""
    plain: dict[str, Any] = {
        "type": URN + refusal.code,
        "title": title(refusal),
        "status": status or status_of(refusal),
        "detail": refusal.message,
        "code": refusal.code,
    }
    if refusal.field:
        plain["field"] = refusal.field
    if refusal.value is not None:
        plain["value"] = refusal.shown_value
    if refusal.hint:
        plain["hint"] = refusal.hint
    return plain | {"retry": refusal.retry}
