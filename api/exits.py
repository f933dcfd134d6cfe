"""Exit codes of the command: what each means, and which one a refusal has."""

from collections.abc import Iterable
from enum import IntEnum

from domain.authority import NotAllowed
from domain.refusals import (
    AlreadyDone,
    Conflict,
    Misconfigured,
    NotHere,
    NotTrue,
    NotUnderstood,
    Refused,
    Unavailable,
)


class ExitCode(IntEnum):
    """What the command's exit status says."""

    DONE = 0
    REFUSED = 1
    USAGE = 2
    NOT_HERE = 3
    UNAVAILABLE = 4
    MISCONFIGURED = 5
    READ_ONLY = 6
    DAMAGED = 7
    UNEXPECTED = 70
    INTERRUPTED = 130
    BROKEN_PIPE = 141


MEANING: dict[ExitCode, str] = {
    ExitCode.DONE: "done",
    ExitCode.REFUSED: "refused, at least in part; what was accepted is recorded",
    ExitCode.USAGE: "wrong usage of the command",
    ExitCode.NOT_HERE: "what was asked for is not here",
    ExitCode.UNAVAILABLE: "unavailable now: try again, which is safe with the same ids",
    ExitCode.MISCONFIGURED: "misconfigured: settings, server or ledger cannot be used like this",
    ExitCode.READ_ONLY: "restored to be read only, as more was published than the backup holds",
    ExitCode.DAMAGED: "something stored is not what was signed, or does not fit the rest",
    ExitCode.UNEXPECTED: "an error of Daybook itself",
}
"""The codes that a user is told of; 130 and 141 are the shell's own for Ctrl-C and a closed pipe."""


WORST_FIRST = (
    ExitCode.UNEXPECTED,
    ExitCode.UNAVAILABLE,
    ExitCode.MISCONFIGURED,
    ExitCode.REFUSED,
    ExitCode.NOT_HERE,
)


def exit_code(refusal: Refused) -> ExitCode:
    """Return the exit code of one refusal."""
    match refusal:
        case NotHere():
            return ExitCode.NOT_HERE
        case Unavailable():
            return ExitCode.UNAVAILABLE if refusal.retry else ExitCode.MISCONFIGURED
        case Misconfigured():
            return ExitCode.MISCONFIGURED
        case NotUnderstood() | NotTrue() | AlreadyDone() | Conflict() | NotAllowed():
            return ExitCode.REFUSED
        case _:  # of no branch: a defect
            return ExitCode.UNEXPECTED


def exit_code_of_all(refusals: Iterable[Refused]) -> ExitCode:
    """Return the exit code of a batch: of several, the one that calls for something first."""
    codes = {exit_code(refusal) for refusal in refusals}
    return next((code for code in WORST_FIRST if code in codes), ExitCode.DONE)
