"""The HTTP door: a thin skin over the ledger's own functions."""

from functools import partial
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api import errors
from api.catalogue import document_schemas
from api.gate import Gate
from api.opening import Trouble, no_trouble
from api.recording import Desk
from api.routes import customers, entries, log
from domain.admission import DOCUMENTS
from domain.events.examples import document
from domain.ledger import Ledger

BODY_BYTES_MAX: Final = 10_000_000
DESCRIPTION: Final = (
    "Record what happened between an enterprise and its customers, and ask for the state of a customer "
    "at any moment on two clocks. Every error is a problem as in RFC 9457. What is personal (`x-personal` "
    "in the documents) is sealed when it is recorded, and reads `[sealed]` in every answer. It answers on "
    "this machine alone, since it does not ask yet who is calling."
)


def create_app(
    ledger: Ledger, *, body_bytes_max: int = BODY_BYTES_MAX, trouble: Trouble = no_trouble
) -> FastAPI:
    """Make the app of an open ledger; whoever opened the ledger closes it.

    While there is `trouble`, what is read is refused at once, with these words; what is to be recorded waits
    for the database as long as the ledger does.
    """
    app = FastAPI(
        title="Daybook", version=log.VERSION, description=DESCRIPTION, docs_url=None, redoc_url=None
    )
    app.state.ledger = ledger
    app.state.trouble = trouble
    app.state.desk = Desk.of(ledger, None, None)
    for routes in (entries, customers, log):
        app.include_router(routes.router)
    errors.install(app)
    app.add_middleware(Gate, body_bytes_max=body_bytes_max)
    describe = partial(_openapi, app, simulated=ledger.facts.simulated)
    app.openapi = describe  # type: ignore[method-assign]
    return app


def _openapi(app: FastAPI, *, simulated: bool) -> dict[str, Any]:
    """Describe the door: what FastAPI knows of the answers, and the documents that can be recorded."""
    if app.openapi_schema is None:
        plain = get_openapi(
            title=app.title,
            version=app.version,
            description=app.description,
            routes=app.routes,
            openapi_version="3.1.0",
        )
        parts, picks = document_schemas(simulated=simulated)
        schemas = plain["components"]["schemas"]
        schemas.update(parts)
        schemas["Document"] = {
            "oneOf": [{"$ref": ref} for ref in picks.values()],
            "discriminator": {"propertyName": "type", "mapping": picks},
        }
        schemas["Documents"] = {
            "type": "object",
            "required": ["entries"],
            "properties": {
                "entries": {
                    "type": "array",
                    "minItems": 1,
                    "maxItems": entries.ENTRIES_MAX,
                    "items": {"$ref": "#/components/schemas/Document"},
                }
            },
        }
        plain["paths"]["/entries"]["post"]["requestBody"] = _body()
        app.openapi_schema = plain
    return app.openapi_schema


def _body() -> dict[str, Any]:
    either = [{"$ref": f"#/components/schemas/{name}"} for name in ("Document", "Documents")]
    examples = {name: {"summary": name, "value": document(name)} for name in DOCUMENTS}
    examples["several"] = {
        "summary": "Several documents",
        "value": {"entries": [document("CustomerRegistered")]},
    }
    return {
        "required": True,
        "content": {"application/json": {"schema": {"anyOf": either}, "examples": examples}},
    }
