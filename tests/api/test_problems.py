"""Refusals as problems and exit codes: each class of the tree has its own."""

from collections.abc import Iterator

import pytest

from api.errors import ForeignHost
from api.exits import MEANING, ExitCode, exit_code, exit_code_of_all
from api.importer.faults import BadFile
from api.output import Screen, refusal_text, safe
from api.problems import STATUS, problem, status_of
from domain import refusals as tree
from domain.refusals import Refused
from domain.store.launcher_errors import NoServerBinaries, ServerBusy
from domain.store.request import Failed


def below(cls: type[Refused]) -> Iterator[type[Refused]]:
    yield cls
    for inner in cls.__subclasses__():
        yield from below(inner)


CLASSES = list(below(Refused))
TOLD = {ForeignHost, BadFile}


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_every_refusal_makes_a_whole_problem(cls: type[Refused]) -> None:
    assert {*TOLD} <= set(CLASSES)
    found = problem(cls("field", "value", "A hint."))
    assert found["type"] == f"urn:daybook:refusal:{found['code']}"
    assert found["code"] == cls.code
    assert found["title"].endswith(".")
    assert found["title"] in found["detail"]
    assert found["status"] in {403, 404, 409, 422, 500, 503}
    assert (found["field"], found["value"], found["hint"]) == ("field", "value", "A hint.")
    assert found["retry"] is cls.retry
    assert exit_code(cls()) in MEANING


def test_codes_are_unique() -> None:
    codes = [cls.code for cls in CLASSES if cls is not Refused]
    assert len(set(codes)) == len(codes)


@pytest.mark.parametrize(
    ("cls", "status", "code"),
    [
        (tree.UnknownType, 422, ExitCode.REFUSED),
        (tree.UnknownCase, 422, ExitCode.REFUSED),
        (tree.TimeInFuture, 422, ExitCode.REFUSED),
        (tree.CaseAlreadyClosed, 409, ExitCode.REFUSED),
        (tree.VersionConflict, 409, ExitCode.REFUSED),
        (tree.IdReused, 409, ExitCode.REFUSED),
        (tree.Busy, 503, ExitCode.UNAVAILABLE),
        (tree.OutcomeUnknown, 503, ExitCode.UNAVAILABLE),
        (ServerBusy, 503, ExitCode.UNAVAILABLE),
        (NoServerBinaries, 503, ExitCode.MISCONFIGURED),
        (tree.NotInitialised, 503, ExitCode.NOT_HERE),
        (tree.NoSuchCustomer, 404, ExitCode.NOT_HERE),
        (tree.Misconfigured, 500, ExitCode.MISCONFIGURED),
        (Failed, 500, ExitCode.UNEXPECTED),
    ],
)
def test_the_branch_decides_status_and_exit_code(cls: type[Refused], status: int, code: ExitCode) -> None:
    assert (status_of(cls()), exit_code(cls())) == (status, code)


def test_absent_is_not_null() -> None:
    assert problem(Refused()).keys() == {"type", "title", "status", "detail", "code", "retry"}
    assert Refused in STATUS


def test_of_a_batch_what_a_retry_helps_comes_first() -> None:
    assert exit_code_of_all([]) is ExitCode.DONE
    assert exit_code_of_all([tree.IdReused()]) is ExitCode.REFUSED
    assert exit_code_of_all([tree.IdReused(), tree.Busy()]) is ExitCode.UNAVAILABLE
    assert exit_code_of_all([Failed(), tree.Busy()]) is ExitCode.UNEXPECTED


def test_a_refusal_is_told_in_a_sentence_with_what_to_do() -> None:
    told = refusal_text(tree.WrongUnit("data.duration_min", 5, "Write it as `data.duration_s`.")).plain
    assert told.splitlines() == [
        "refused: The value carries another unit than the field's name says.",
        "  code  wrong-unit",
        "  field data.duration_min",
        "  value 5",
        "  Write it as `data.duration_s`.",
    ]


@pytest.mark.parametrize("text", ["\x1b[31m", "a\x00", "\x9b2J", "\u202eabc", "\udc80"])
def test_what_steers_a_terminal_is_made_visible(text: str) -> None:
    assert all(it.isprintable() for it in safe(text))
    assert safe("客户\tone\ntwo") == "客户\tone\ntwo"


def test_a_row_is_one_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    Screen().row({"a": "line\nfeed 客 \udc80"})
    assert capsys.readouterr().out == '{"a":"line\\nfeed 客 \\udc80"}\n'
