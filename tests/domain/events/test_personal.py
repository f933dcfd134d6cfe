"""Personal data: declared on the field, and no free text is forgotten."""

import dataclasses
import types
import typing
from collections.abc import Callable, Iterator
from typing import Annotated, Any

import pytest

from api.catalogue import document_schemas
from domain import values
from domain.events import REGISTER
from domain.events.contact import InteractionLogged
from domain.events.contracts import ContractSigned
from domain.events.party import ContactPersonAdded, CustomerRegistered
from domain.events.personal import (
    CustomerName,
    Personal,
    PersonalField,
    PersonText,
    declared_on,
    personal_fields,
    undeclared,
)
from domain.values import Identifier, Label, Text

CLOSED = (values.Identifier, values.Code, values.Sha256, values.CountryCode, values.Currency)
"""Texts that are no free texts: names of things, words of lists, digests."""

FREE_AND_NOT_PERSONAL: dict[tuple[str, str], str] = {
    ("ErasureRefused", "law"): "the name of a law",
    ("ErasureRequested", "subject"): "ids: of the stream, and of a person in it",
    ("SubjectErased", "subject"): "the same",
}
"""Free texts that are not sealed, by class and field, each with the reason."""


def _hints(cls: type[Any]) -> Iterator[tuple[str, str, Any]]:
    """Yield class, field and type of all fields of an event and of its parts; of a list, the items' type."""
    hints = typing.get_type_hints(cls, include_extras=True)
    for field in dataclasses.fields(cls):
        for inner in _inner(hints[field.name]):
            if dataclasses.is_dataclass(inner) and isinstance(inner, type):
                yield from _hints(inner)
            else:
                yield cls.__name__, field.name, inner


def _inner(hint: Any) -> Iterator[Any]:  # noqa: ANN401  a hint may be anything
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is Annotated and typing.get_origin(arguments[0]) is tuple:
        yield from _inner(arguments[0])
    elif origin in (typing.Union, types.UnionType, tuple):
        for it in arguments:
            if it not in (types.NoneType, Ellipsis):
                yield from _inner(it)
    else:
        yield hint


def _is_free_text(hint: Any) -> bool:  # noqa: ANN401  as above
    plain = undeclared(hint)
    base = typing.get_args(plain)[0] if typing.get_origin(plain) is Annotated else plain
    return base is str and plain not in CLOSED


def test_every_free_text_is_sealed_or_on_the_list_with_a_reason(count: Callable[[str], None]) -> None:
    fields = [found for kind in REGISTER.values() for found in _hints(kind.cls)]
    free = [(cls, name, declared_on(hint)) for cls, name, hint in fields if _is_free_text(hint)]
    open_ones = {(cls, name) for cls, name, declared in free if declared is None}
    assert open_ones == set(FREE_AND_NOT_PERSONAL)
    count(f"free texts of events: {len(free)}, of which not sealed: {len(open_ones)}")


def test_the_search_for_free_texts_finds_some() -> None:
    assert _is_free_text(Text)
    assert _is_free_text(Label)
    assert _is_free_text(CustomerName)
    assert _is_free_text(str)
    assert not _is_free_text(Identifier)
    assert [name for _, name, hint in _hints(ContractSigned) if _is_free_text(hint)] == ["signer"]


def test_the_register_knows_the_personal_fields_of_a_type() -> None:
    assert REGISTER["CustomerRegistered"].personal == (
        PersonalField("name", None, "name"),
        PersonalField("phone", None, "phone"),
        PersonalField("email", None, None),
        PersonalField("address", None, "address"),
    )
    assert REGISTER["ContactPersonAdded"].personal[0] == PersonalField("name", "person", "name")
    assert REGISTER["InteractionLogged"].personal == (PersonalField("summary", "person", None),)
    assert REGISTER["PaymentReceived"].personal == ()


def test_parts_of_events_hold_no_personal_data() -> None:
    for kind in REGISTER.values():
        sealed = {(kind.name, it.name) for it in kind.personal}
        declared = {(cls, name) for cls, name, hint in _hints(kind.cls) if declared_on(hint)}
        assert declared == sealed


def test_a_data_subject_is_named_by_an_identifier_of_the_event() -> None:
    named = [(kind.cls, it.subject) for kind in REGISTER.values() for it in kind.personal if it.subject]
    assert {cls for cls, _ in named} >= {InteractionLogged, ContactPersonAdded}
    for cls, field in named:
        hint = typing.get_type_hints(cls, include_extras=True)[str(field)]
        assert set(_inner(hint)) == {Identifier}


def test_a_declaration_that_names_no_field_is_a_mistake() -> None:
    @dataclasses.dataclass
    class Wrong:
        text: PersonText

    with pytest.raises(AssertionError, match="Wrong has no field person"):
        personal_fields(Wrong)


def test_a_type_is_found_under_its_declaration() -> None:
    assert declared_on(CustomerName | None) == Personal(index="name")
    assert declared_on(Label | None) is None
    assert undeclared(CustomerName) == Label
    assert undeclared(Annotated[str, Personal()]) is str
    assert undeclared(int | None) == int | None


def test_the_json_schema_says_it() -> None:
    parts, _ = document_schemas(simulated=False)
    fields = parts["ContactPersonAdded"]["properties"]
    (text,) = [it for it in fields["name"]["anyOf"] if it["type"] == "string"]
    assert text["x-personal"] == "person"
    assert "x-personal" not in str(fields["role"])
    assert CustomerRegistered.TYPE in parts
