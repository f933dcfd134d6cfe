"""What the notary refuses: to sign, and to have appended what it could not sign.

    Unavailable
    +-- NotarialRefusal    LogNotSound (LogForked CheckpointNotOurs) CheckpointsMissing OutsideOutOfReach
                           SealKeyUnusable (SealKeyMissing SealKeyOutOfReach SealKeyWrong)
                           LogDamaged
    NotHere
    +-- NotSealedYet

Each says in its hint where things lie and what to do. Reading goes on.
"""

from typing import ClassVar

from domain.refusals import NotHere, Unavailable


class NotarialRefusal(Unavailable):
    """The log cannot be sealed."""

    retry: ClassVar[bool] = False


class LogNotSound(NotarialRefusal):
    """The log is not what was signed, so nothing is signed and nothing appended."""


class LogForked(LogNotSound):
    """The log does not extend what was signed of it, so nothing is signed and nothing appended."""


class CheckpointNotOurs(LogNotSound):
    """A checkpoint that is kept is not one of this log, so nothing is signed and nothing appended."""


class CheckpointsMissing(NotarialRefusal):
    """The log was signed before, but no checkpoint of it is kept outside the database."""


class OutsideOutOfReach(NotarialRefusal):
    """No place for checkpoints outside the database can be used now."""

    retry: ClassVar[bool] = True


class SealKeyUnusable(NotarialRefusal):
    """The key that seals this log cannot be used."""


class SealKeyMissing(SealKeyUnusable):
    """The key that seals this log is missing."""


class SealKeyOutOfReach(SealKeyUnusable):
    """The key that seals this log cannot be read."""


class SealKeyWrong(SealKeyUnusable):
    """The key that is there is not the one that seals this log."""


class LogDamaged(NotarialRefusal):
    """What is stored of the log does not lead to the checkpoint that was signed of it."""


class NotSealedYet(NotHere):
    """No signed checkpoint covers this entry."""
