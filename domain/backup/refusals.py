"""What backup and restore refuse.

AlreadyDone
+-- FolderTaken LedgerStands
NotHere
+-- NoBackup
NotTrue
+-- BackupUnfinished BackupDamaged EntriesChanged
Misconfigured
+-- FoldersNotApart KeysNotOfBackup BackupOfOtherDaybook CheckpointsUnknown
Unavailable
+-- BackupOutOfReach
"""

from typing import ClassVar

from domain.refusals import AlreadyDone, Misconfigured, NotHere, NotTrue, Unavailable


class FolderTaken(AlreadyDone):
    """The folder holds something already, and a backup overwrites nothing."""


class LedgerStands(AlreadyDone):
    """There is a ledger in this database already, and a restore overwrites nothing."""


class NoBackup(NotHere):
    """There is no backup in this folder."""


class BackupUnfinished(NotTrue):
    """This backup was never finished: it has files, and no manifest."""


class BackupDamaged(NotTrue):
    """The backup is not what was written: nothing is restored of it."""


class EntriesChanged(NotTrue):
    """The entries do not lead to the root in the log's head, so the backup was not finished."""


class FoldersNotApart(Misconfigured):
    """The keys of personal data go to a folder apart from the backup, neither inside the other."""


class KeysNotOfBackup(Misconfigured):
    """This folder does not hold the keys of this backup."""


class BackupOfOtherDaybook(Misconfigured):
    """This Daybook does not read this backup."""


class CheckpointsUnknown(Misconfigured):
    """The log was signed, but no checkpoint of it is found outside, nor who was erased since the backup."""


class BackupOutOfReach(Unavailable):
    """A file of the backup cannot be read or written."""

    retry: ClassVar[bool] = False
