"""The seal's refusals: one sentence and a code of its own each, in a branch that the doors know."""

import inspect

import pytest

from domain import refusals as of_the_ledger
from domain.refusals import NotTrue, NotUnderstood, Refused
from domain.seal import refusals

TREE = [
    it
    for _, it in inspect.getmembers(refusals, inspect.isclass)
    if issubclass(it, Refused) and it.__module__ == refusals.__name__
]


@pytest.mark.parametrize("cls", TREE)
def test_every_refusal_says_one_sentence(cls: type[Refused]) -> None:
    sentence = (cls.__dict__["__doc__"] or "").splitlines()[0]
    assert sentence.endswith(".")
    assert str(cls()) == sentence
    assert issubclass(cls, (NotUnderstood, NotTrue))
    assert not cls.retry


def test_every_refusal_is_in_the_tree_that_the_module_draws() -> None:
    assert all(cls.__name__ in (refusals.__doc__ or "") for cls in TREE)
    others = {
        it.code for _, it in inspect.getmembers(of_the_ledger, inspect.isclass) if issubclass(it, Refused)
    }
    assert len({cls.code for cls in TREE} - others) == len(TREE)
