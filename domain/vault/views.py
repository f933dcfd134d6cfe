"""Views: sealed values found in states and entries, and the texts shown in their places."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from domain.entry import Entry
from domain.events import REGISTER
from domain.vault.refusals import Erased, MalformedSealed, NotOpened
from domain.vault.sealed import DataKey, KeyId, Opened, Place, Sealed, is_sealed, sealed_in
from domain.vault.subjects import belongs_to

ERASED: Final = "[erased]"
UNREADABLE: Final = "[unreadable]"

Keys = Mapping[KeyId, DataKey | None]
"""The keys that are there, None for those that are destroyed."""


class Value(NamedTuple):
    """A sealed value, and the place where it was found."""

    token: Sealed
    place: Place

    @property
    def key_id(self) -> KeyId:
        """Which key opens it."""
        return self.token.subject, self.token.generation


def values_in(plain: Any, stream: str) -> dict[str, Value | None]:  # noqa: ANN401  any plain JSON values
    """Find the sealed values in what was folded from a stream, by their texts; None for one that is none.

    They name the entries and fields that they were sealed for: a fold may have put them anywhere.
    """
    return {text: _of_stream(text, stream) for text in _texts(plain)}


def values_of(entry: Entry[Any], data: Mapping[str, Any]) -> dict[str, Value | None]:
    """Find the sealed values in the data of an entry, by field; None for one that is not its own."""
    fields = [it.name for it in REGISTER[entry.type].personal if is_sealed(data.get(it.name))]
    return {field: _of_entry(entry, data, field) for field in fields}


def own_value(entry: Mapping[str, Any], field: str) -> Value:
    """Return the sealed value in a field of an entry, as plain JSON values; NotSealed, NotOpened."""
    token = sealed_in(entry, field)
    return Value(token, Place(entry["stream"], token.entry_id, field))


def opened(value: Value, keys: Keys) -> Opened:
    """Open a sealed value; Erased where its key is destroyed, NotOpened where it was changed or moved."""
    token, place = value
    key = keys.get(value.key_id, MISSING)
    if not isinstance(key, DataKey):
        if key is None:
            raise Erased(place.field)
        raise NotOpened(
            place.field, hint=f"There is no key of {token.subject}, generation {token.generation}."
        )
    if not belongs_to(token.subject, place.stream):
        raise NotOpened(place.field, hint=f"{token.subject} is no data subject of {place.stream}.")
    return token.open(key, place)


def shown(value: Value | None, keys: Keys) -> str:
    """Return the text of a sealed value, or say why there is none."""
    if value is None:
        return UNREADABLE
    try:
        return opened(value, keys).text
    except Erased:
        return ERASED
    except NotOpened:
        return UNREADABLE


def replaced(plain: Any, texts: Mapping[str, str]) -> Any:  # noqa: ANN401  as above
    """Return plain JSON values with these texts in the places of others."""
    match plain:
        case dict():
            return {name: replaced(item, texts) for name, item in plain.items()}
        case list():
            return [replaced(item, texts) for item in plain]
        case str():
            return texts.get(plain, plain)
        case _:
            return plain


MISSING: Final = object()


def _texts(plain: Any) -> Iterator[str]:  # noqa: ANN401  as above
    match plain:
        case dict():
            for item in plain.values():
                yield from _texts(item)
        case list():
            for item in plain:
                yield from _texts(item)
        case str() if is_sealed(plain):
            yield plain
        case _:
            return


def _of_stream(text: str, stream: str) -> Value | None:
    try:
        token = Sealed.parse(text)
    except MalformedSealed:
        return None
    return Value(token, Place(stream, token.entry_id, token.field))


def _of_entry(entry: Entry[Any], data: Mapping[str, Any], field: str) -> Value | None:
    try:
        return own_value({"id": str(entry.id), "stream": entry.stream, "data": data}, field)
    except (MalformedSealed, NotOpened):
        return None
