"""What is told of findings: a sentence for each kind, and neighbours as one."""

import re

import pytest

from replay.verify.findings import KEPT_MAX, NOTES, SENTENCES, Finding, Findings, Kind


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_a_sentence(kind: Kind) -> None:
    finding = Finding(
        kind, 0, 7, 9, "version", "tile/0/000", 300, "the database", "what should be", "what is", "More."
    )
    sentence = finding.sentence
    assert sentence[0].isupper()
    assert sentence.endswith(" More.")
    used = set(re.findall(r"{([a-z]+)}", SENTENCES[kind]))
    shown = {"tile": "tile/0/000", "checkpoint": "300", "found": "what is", "expected": "what should be"}
    assert all(text in sentence for name, text in shown.items() if name in used)
    assert ("ositions 7 to 9" in sentence) == bool(used & {"at", "range"})


def test_notes_are_what_an_honest_ledger_may_have() -> None:
    assert {kind for kind in Kind if not Finding(kind, 0).grave} == NOTES


def test_neighbours_that_say_the_same_are_one() -> None:
    findings = Findings()
    for position in (1, 2, 3, 5):
        findings.add(Finding(Kind.ENTRY_MISSING, 0, position, position))
    findings.add(Finding(Kind.COLUMN_DIFFERS, 0, 6, 6, column="id"))
    findings.add(Finding(Kind.COLUMN_DIFFERS, 0, 7, 7, column="type"))
    findings.add(Finding(Kind.COLUMN_DIFFERS, 0, 7, 7, column="type"))
    assert [(it.first, it.last) for it in findings] == [(1, 3), (5, 5), (6, 6), (7, 7)]


def test_no_more_than_so_many_are_kept() -> None:
    findings, later = Findings(), Findings()
    for position in range(1, 2 * KEPT_MAX + 21, 2):
        later.add(Finding(Kind.ENTRY_MISSING, 0, position, position))
    findings.merge(later)
    assert len(list(findings)) == KEPT_MAX
    assert findings.left_out == {Kind.ENTRY_MISSING: 10}
