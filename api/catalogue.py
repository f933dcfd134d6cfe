"""The JSON schemas of the documents that a caller may write, one an event type, for the OpenAPI document."""

from functools import cache
from typing import Any, Final

from domain.admission import DOCUMENTS
from domain.door import adapter
from domain.events import EventType, event_type

Schema = dict[str, Any]
PARTS: Final = "#/components/schemas/{model}"
NEEDED_OVER_HTTP: Final = ("actor", "source")
ONLY_SIMULATED: Final = "recorded_at"


def component(name: str) -> str:
    """Return the name under which the schema of a type's documents stands in the OpenAPI document."""
    return f"{name}Document"


@cache
def document_schemas(*, simulated: bool) -> tuple[dict[str, Schema], dict[str, str]]:
    """Return the schemas of all types of documents with their parts, and which one each type's name picks.

    Over HTTP a document says who did it and where it comes from; `recorded_at` is there in simulated ledgers
    alone.
    """
    found: dict[str, Schema] = {}
    for kind in map(event_type, DOCUMENTS):
        schema = adapter(kind.name).json_schema(ref_template=PARTS)
        found.update(schema.pop("$defs"))
        found[component(kind.name)] = _narrowed(schema, kind, simulated=simulated)
    return found, {name: PARTS.format(model=component(name)) for name in DOCUMENTS}


def _narrowed(schema: Schema, kind: EventType, *, simulated: bool) -> Schema:
    """Hold the schema of a document to one type, to its schema versions, and to what this door needs."""
    fields = dict(schema["properties"])
    fields["type"] = {"const": kind.name, "type": "string"}
    fields["schema"] = {"type": "integer", "minimum": 1, "maximum": kind.schema, "default": kind.schema}
    for name in NEEDED_OVER_HTTP:
        fields[name] = next(it for it in fields[name]["anyOf"] if it != {"type": "null"})
    if not simulated:
        del fields[ONLY_SIMULATED]
    return {
        **schema,
        "title": component(kind.name),
        "description": kind.cls.__doc__,
        "properties": fields,
        "required": [*schema["required"], *NEEDED_OVER_HTTP],
    }
