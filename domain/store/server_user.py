"""Who runs the server: the caller, or for root, which PostgreSQL refuses to be, an ordinary user."""

import os
import pwd
import stat
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from domain.store.launcher_errors import DataFolderNotYours, NoOrdinaryUser, UnsafeFolder

ORDINARY_USERS = ("postgres", "nobody")
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


@dataclass(frozen=True, slots=True)
class ServerUser:
    """The user of the server's processes; `dropped` where root starts them for that user."""

    uid: int
    gid: int
    dropped: bool

    def popen(
        self, args: Sequence[str | Path], pass_fds: Sequence[int], stderr: int, *, session: bool = False
    ) -> subprocess.Popen[bytes]:
        """Start a process of this user in the root folder, with a fixed environment and a pipe."""
        return subprocess.Popen(
            args,
            stdout=subprocess.PIPE,
            stderr=stderr,
            cwd="/",
            env=ENVIRONMENT,
            umask=0o077,
            user=self.uid if self.dropped else None,
            group=self.gid if self.dropped else None,
            extra_groups=[] if self.dropped else None,
            pass_fds=pass_fds,
            start_new_session=session,
        )

    def run(self, args: Sequence[str | Path], pass_fds: Sequence[int] = ()) -> tuple[int, str]:
        """Run a process of this user and return its exit code and all it said; 127: out of its reach."""
        try:
            process = self.popen(args, pass_fds, subprocess.STDOUT)
        except PermissionError as error:
            return 127, str(error)
        said, _ = process.communicate()
        return process.returncode, said.decode(errors="replace")

    def reaches(self, folder: Path) -> bool:
        """Whether this user can enter the folder by its path; the system is asked, as it knows of mounts."""
        return not self.dropped or self.run(["/bin/sh", "-c", 'cd "$0"', folder])[0] == 0


def choose(data: Path, pgdata: Path) -> ServerUser:
    """Return the caller; for root the owner of what is there already, else an ordinary user that exists."""
    if os.geteuid() != 0:
        return ServerUser(os.geteuid(), os.getegid(), dropped=False)
    for folder in (pgdata, data):
        if folder.exists() and folder.stat().st_uid != 0:
            return ServerUser(folder.stat().st_uid, folder.stat().st_gid, dropped=True)
    if pgdata.exists():
        raise DataFolderNotYours(value=str(pgdata), hint="PostgreSQL cannot open a folder of root.")
    for name in ORDINARY_USERS:
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        if user.pw_uid != 0:
            return ServerUser(user.pw_uid, user.pw_gid, dropped=True)
    raise NoOrdinaryUser


def private_folder(path: Path, user: ServerUser) -> Path:
    """Make a folder that this user alone may enter, or check that it is one: its own, and no link."""
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        pass
    else:
        if user.dropped:
            os.chown(path, user.uid, user.gid, follow_symlinks=False)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != user.uid or found.st_mode & 0o077:
        raise UnsafeFolder(value=str(path))
    return path
