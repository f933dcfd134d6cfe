"""Starts writers, reads what they were answered, and checks that it is true."""

import json
import subprocess
import sys
from collections.abc import Iterable

from domain.store.recorder import ShardRecorder
from tests.conftest import ROOT
from tests.database import Store
from tests.faults.writer import COUNTS, Answer, Task, answered, numbered

ALL_STEPS = ("locked", "decided", "copying", "copied", "committing", "committed", "answering")


def start(task: Task) -> subprocess.Popen[str]:
    """Start a writer."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.faults.writer", task.text()],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


def read(writer: subprocess.Popen[str]) -> list[Answer]:
    """Wait for a writer to end and return what it was answered."""
    said, _ = writer.communicate(timeout=60)
    return [Answer(**json.loads(line)) for line in said.splitlines() if line.endswith("}")]


def check_answers(store: Store, answers: Iterable[Answer]) -> None:
    """Check that everything acknowledged is there, at the place that was told."""
    for answer in answers:
        rows = store.run(
            "SELECT position, version FROM daybook.entries WHERE shard = 0 AND stream = %s AND id = %s",
            numbered(answer.number).stream,
            numbered(answer.number).id,
        )
        assert rows == [(answer.position, answer.version)], f"{answer} was acknowledged"


def check_retries(recorder: ShardRecorder, store: Store, answers: Iterable[Answer], last: int) -> None:
    """Send every command again: what was acknowledged gets its first receipt, and each is there once."""
    told = {answer.number: answer for answer in answers}
    for again in answered(recorder, range(last)):
        before = told.get(again.number)
        if before is not None:
            assert again.repeated
            assert (again.position, again.version, again.count) == (
                before.position,
                before.version,
                before.count,
            )
    size = store.check()
    assert size == sum(COUNTS[number % len(COUNTS)] for number in range(last))
