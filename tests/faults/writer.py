"""A process that appends, says what it was answered, and dies or freezes at a step."""

import json
import os
import signal
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from uuid import NAMESPACE_OID, UUID, uuid5

from domain.store.append import Steps
from domain.store.appender import Options
from domain.store.connections import Patience
from domain.store.datastore import LedgerDatastore
from domain.store.recorder import ShardRecorder
from domain.store.request import Append
from tests.database import command

COUNTS = (1, 2, 1, 3)


@dataclass(frozen=True, slots=True)
class Task:
    """What a writer does: numbers of its commands, threads, at which step of which batch a signal comes."""

    url: str
    first: int = 0
    last: int = 40
    threads: int = 4
    step: str = ""
    nth: int = 3
    signal: int = 0
    stuck_seconds: float = 10.0

    def text(self) -> str:
        """The task as an argument of the command line."""
        return json.dumps(asdict(self))


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command was answered: the number of the command, and where its first entry stands."""

    number: int
    position: int
    version: int
    count: int
    repeated: bool


def numbered(number: int) -> Append:
    """The command of a number, the same in every process."""
    stream = f"customer:{number % 5}"
    return command(stream, id=uuid5(NAMESPACE_OID, str(number)), count=COUNTS[number % len(COUNTS)])


def id_of(number: int) -> UUID:
    """The id of that command."""
    return numbered(number).id


def answered(recorder: ShardRecorder, numbers: Sequence[int]) -> list[Answer]:
    """Append commands in one call and return what they were answered."""
    answers = []
    outcomes = recorder.append([numbered(number) for number in numbers])
    for number, outcome in zip(numbers, outcomes, strict=True):
        assert isinstance(outcome, tuple), outcome
        first = outcome[0]
        answers.append(Answer(number, first.position, first.version, len(outcome), first.repeated))
    return answers


def signal_at(task: Task) -> Steps:
    """Send this process a signal when it comes to the step for the nth time."""
    seen = 0

    def step(name: str) -> None:
        nonlocal seen
        seen += name == task.step
        if name == task.step and seen == task.nth:
            os.kill(os.getpid(), task.signal)

    return step


def main() -> None:
    """Append, each thread every so-manieth command, and print each answer."""
    task = Task(**json.loads(sys.argv[1]))
    patience = Patience(lock=0.1, stuck=task.stuck_seconds)
    options = Options(steps=signal_at(task), patience=patience)
    recorder = ShardRecorder(LedgerDatastore(task.url), options=options)
    printing = threading.Lock()

    def append(thread: int) -> None:
        for number in range(task.first + thread, task.last, task.threads):
            (answer,) = answered(recorder, [number])
            with printing:
                print(json.dumps(asdict(answer)), flush=True)

    with ThreadPoolExecutor(task.threads) as pool:
        for done in [pool.submit(append, thread) for thread in range(task.threads)]:
            done.result()
    recorder.close()
    recorder.datastore.close()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    main()
