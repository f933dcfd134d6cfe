"""A customer at a moment on two clocks."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Response

from api.bodies import CustomerBody
from api.deps import LedgerDep, Moments
from api.errors import problems
from api.names import CUSTOMER_ID_MAX, read_customer_id

router = APIRouter(tags=["customers"])

CustomerId = Annotated[str, Path(max_length=CUSTOMER_ID_MAX, description="As in the stream customer:ID.")]
PATH: Final = "/customers/{customer_id:path}"


@router.get(
    PATH,
    summary="A customer at a moment",
    responses=problems(404, 422, 503),
    response_model_exclude_none=True,
)
def customer(
    customer_id: CustomerId, moments: Moments, ledger: LedgerDep, response: Response
) -> CustomerBody:
    """Return a customer's state: now, as of a moment, as known at a moment, or both.

    The answer names its cut. Without any clock it bears the stream's version as its ETag, for `If-Match`.
    """
    found = ledger.customer(read_customer_id(customer_id, "customer_id"), **moments)
    body = CustomerBody.of(customer_id, found, ledger.facts)
    if not moments:
        response.headers["ETag"] = f'"{body.version}"'
    return body
