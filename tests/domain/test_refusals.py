"""The tree of refusals: codes, messages, and values that a message bears."""

import inspect
from collections.abc import Iterator

import pytest

from domain import refusals
from domain.refusals import InvalidValue, Refused, TooLarge, Unavailable, UnknownCase, UnknownReference


def _tree(cls: type[Refused] = Refused) -> Iterator[type[Refused]]:
    yield cls
    for child in cls.__subclasses__():
        yield from _tree(child)


TREE = [cls for cls in _tree() if cls.__module__ == refusals.__name__]


@pytest.mark.parametrize("cls", TREE)
def test_every_refusal_says_one_sentence(cls: type[Refused]) -> None:
    sentence = (cls.__dict__["__doc__"] or "").splitlines()[0]
    assert sentence.endswith(".")
    assert str(cls()) == sentence


def test_every_refusal_is_in_the_tree_and_has_a_code_of_its_own() -> None:
    defined = {it for _, it in inspect.getmembers(refusals, inspect.isclass) if issubclass(it, Refused)}
    assert set(TREE) == defined
    assert len({cls.code for cls in TREE}) == len(TREE)


def test_the_code_is_the_name_of_the_class_in_words() -> None:
    assert (UnknownCase.code, TooLarge.code, Refused.code) == ("unknown-case", "too-large", "refused")
    assert issubclass(UnknownCase, UnknownReference)


def test_the_message_has_field_value_and_hint() -> None:
    refused = InvalidValue("data.channel", "a b", "No blanks.")
    assert str(refused) == ("The value does not fit its field. Field: data.channel. Value: a b. No blanks.")
    assert refused.args == ("data.channel", "a b", "No blanks.")


def test_a_long_value_is_cut_in_the_message_but_kept() -> None:
    refused = InvalidValue("data", "x" * 10_000)
    assert len(refused.shown_value) == refusals.VALUE_SHOWN_MAX + 1
    assert refused.shown_value.endswith("…")
    assert refused.value == "x" * 10_000
    assert len(str(refused)) < 300


def test_only_what_is_unavailable_can_be_tried_again() -> None:
    assert {cls for cls in TREE if cls.retry} == set(_tree(Unavailable)) & set(TREE)
