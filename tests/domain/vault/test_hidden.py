"""What those see who may not read personal data."""

from domain.events import REGISTER
from domain.events.examples import EXAMPLES
from domain.vault.hidden import HIDDEN, hide, hide_data
from tests.domain.vault.test_sealed import GOLDEN


def test_sealed_values_are_hidden_wherever_they_stand() -> None:
    plain = {
        "name": GOLDEN,
        "persons": [{"id": "7", "name": GOLDEN, "n": 7}, [GOLDEN]],
        "b": True,
    }
    assert hide(plain) == {
        "name": HIDDEN,
        "persons": [{"id": "7", "name": HIDDEN, "n": 7}, [HIDDEN]],
        "b": True,
    }
    assert plain["name"] == GOLDEN
    assert hide(GOLDEN) == HIDDEN


def test_of_an_entry_all_that_is_personal_is_hidden_sealed_or_not() -> None:
    for name, data in EXAMPLES.items():
        hidden = hide_data(name, data)
        personal = {it.name for it in REGISTER[name].personal}
        assert {field for field in data if hidden[field] == HIDDEN} == personal & set(data)
        assert {field: hidden[field] for field in data if field not in personal} == {
            field: data[field] for field in data if field not in personal
        }
