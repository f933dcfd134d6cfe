"""Documents of an earlier schema version: raised to the current one, and kept as their caller said them.

An entry's fingerprint tells a retry from another use of its id. It is of what the caller said: who retries
what an earlier release recorded says the same again, though the entry would be written differently by now.
"""

from dataclasses import dataclass
from typing import Any, Final

import msgspec

from domain.canonical import canonical_bytes
from domain.documents import read_mapping
from domain.entry import Said
from domain.events.register import Event, EventType
from domain.refusals import InvalidValue, Refused, UnknownType

_decode: Final = msgspec.json.Decoder(dict[str, Any]).decode


@dataclass(frozen=True, slots=True)
class Earlier:
    """A document of an earlier schema version.

    `data` came with it, `raised_data` is what the upcasters made of that, `raised` the document with it.
    """

    kind: EventType
    schema: int
    data: dict[str, Any]
    raised_data: dict[str, Any]
    raised: bytes

    def said(self, event: Event) -> Said:
        """Return what the caller said, given the event that was read from the raised document.

        The caller's own schema version is not there any more to tell the canonical form of its fields. Those
        that the upcasters left alone are written as the current one has them, the others as they came.
        """
        current = self.kind.encode(event)
        said = {}
        for name, value in self.data.items():
            left_alone = name in self.raised_data and self.raised_data[name] == value
            said[name] = current.get(name) if left_alone else _without_absent(value)
        try:
            return Said(self.schema, canonical_bytes(_without_absent(said)))
        except Refused as refused:
            refused.field = f"data.{refused.field}" if refused.field else "data"
            raise


def open_earlier(kind: EventType, schema: object, written: bytes) -> Earlier:
    """Raise a document, its data yet unchecked, to the current schema version; refuses what does not fit."""
    if not isinstance(schema, int) or isinstance(schema, bool):
        raise InvalidValue("schema", schema, "It should be a whole number.")
    if not 1 <= schema < kind.schema:
        raise UnknownType("schema", schema, f"{kind.name} has the schema versions 1 to {kind.schema}.")
    data = _decode(written).get("data")
    if not isinstance(data, dict):
        raise InvalidValue("data", data, "It should be an object.")
    # Read once more, as an upcaster may change what it is given.
    document = _decode(written)
    raised = document["data"]
    try:
        for version in range(schema, kind.schema):
            raised = kind.upcasters[version](raised)
    except (TypeError, ValueError, KeyError, AttributeError, ArithmeticError, LookupError):
        hint = f"It does not fit schema {schema} of {kind.name}."
        raise InvalidValue("data", data, hint) from None
    written = read_mapping({**document, "schema": kind.schema, "data": raised})
    return Earlier(kind, schema, data, raised, written)


def _without_absent(value: Any) -> Any:  # noqa: ANN401  any JSON value
    """Leave out of objects what an entry leaves out: null and empty lists, which are the same as absent."""
    if isinstance(value, list):
        return [_without_absent(item) for item in value]
    if isinstance(value, dict):
        kept = {name: _without_absent(item) for name, item in value.items()}
        return {name: item for name, item in kept.items() if item is not None and item != []}
    return value
