"""Every event type has an example that the door takes."""

import dataclasses
from uuid import UUID

import pytest

from domain.door import Door
from domain.events import REGISTER
from domain.events.examples import EXAMPLES, document

DOOR = Door(new_id=lambda: UUID(int=1))


def test_every_event_type_has_one() -> None:
    assert set(EXAMPLES) == set(REGISTER)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_door_takes_it(name: str) -> None:
    draft = DOOR.open(document(name))
    assert type(draft.event) is REGISTER[name].cls


def test_examples_show_almost_every_field() -> None:
    shown = {(name, field) for name, data in EXAMPLES.items() for field in data}
    known = {(kind.name, it.name) for kind in REGISTER.values() for it in dataclasses.fields(kind.cls)}
    left_out = known - shown
    assert shown <= known
    assert {name for name, _ in left_out} <= {
        "CustomerDetailsChanged",
        "ContactPersonChanged",
        "SupplyPointChanged",
    }
