"""Personal data: which fields of events hold it, about whom, and by which of them one can search.

A field declares it in its type. In what a caller asks to have recorded, the field holds clear text; in an
entry it holds that text sealed under a key of its data subject (`domain.vault.sealed`).
"""

import dataclasses
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from domain.values import Label, Text

CUSTOMER: Final = "customer"
SCHEMA_KEYWORD: Final = "x-personal"

IndexKind = Literal["name", "phone", "address"]
"""What one can search by."""


@dataclass(frozen=True, slots=True)
class Personal:
    """Says on a field that it holds personal data of the customer, or of whoever another field names.

    Where that other field is absent, the customer is the data subject after all.
    """

    subject: str = CUSTOMER
    index: IndexKind | None = None

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> Any:  # noqa: ANN401  pydantic's
        """Say it in the JSON schema, too."""
        return {**handler(schema), SCHEMA_KEYWORD: self.subject}


@dataclass(frozen=True, slots=True)
class PersonalField:
    """A field that holds personal data: its name in `data`, about whom, and what one can search by, if any.

    `subject` is None for the customer, else the name of the field that names the data subject.
    """

    name: str
    subject: str | None
    index: IndexKind | None


CustomerName = Annotated[Label, Personal(index="name")]
"""How the customer, or who signs for them, is called."""

CustomerPhone = Annotated[Label, Personal(index="phone")]
"""A telephone number of the customer, in any spelling."""

CustomerEmail = Annotated[Label, Personal()]
"""An e-mail address of the customer."""

CustomerAddress = Annotated[Text, Personal(index="address")]
"""Where the customer lives, is billed or is supplied."""

CustomerLabel = Annotated[Label, Personal()]
"""A line of free text about the customer."""

CustomerText = Annotated[Text, Personal()]
"""A free text about the customer."""

PersonName = Annotated[Label, Personal("person", index="name")]
"""How a contact person is called."""

PersonPhone = Annotated[Label, Personal("person", index="phone")]
"""A telephone number of a contact person, in any spelling."""

PersonEmail = Annotated[Label, Personal("person")]
"""An e-mail address of a contact person."""

PersonText = Annotated[Text, Personal("person")]
"""A free text about the contact person whom the event names, else about the customer."""


def personal_fields(cls: type[Any]) -> tuple[PersonalField, ...]:
    """Return the fields of an event class that hold personal data, in their order.

    The parts of an event hold none: a sealed value is bound to a field of `data` itself.
    """
    hints = typing.get_type_hints(cls, include_extras=True)
    found = []
    for field in dataclasses.fields(cls):
        declared = declared_on(hints[field.name])
        if declared is not None:
            other = None if declared.subject == CUSTOMER else declared.subject
            found.append(PersonalField(field.name, _named(other, hints, cls), declared.index))
    return tuple(found)


def declared_on(annotation: Any) -> Personal | None:  # noqa: ANN401  an annotation may be any object
    """Return what the type of a field declares, if anything, also where the field may be absent."""
    origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is Annotated:
        return next((it for it in annotation.__metadata__ if isinstance(it, Personal)), None)
    if origin in (typing.Union, types.UnionType):
        return next((it for it in map(declared_on, inner) if it), None)
    return None


def undeclared(annotation: Any) -> Any:  # noqa: ANN401  as above
    """Return the type without the declaration: of `CustomerName`, `Label`."""
    if typing.get_origin(annotation) is not Annotated:
        return annotation
    rest = tuple(it for it in annotation.__metadata__ if not isinstance(it, Personal))
    return Annotated[(annotation.__origin__, *rest)] if rest else annotation.__origin__


def _named(field: str | None, hints: Mapping[str, object], cls: type[Any]) -> str | None:
    assert field is None or field in hints, f"{cls.__name__} has no field {field} that names a data subject"
    return field
