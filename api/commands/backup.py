"""`daybook backup` and `daybook restore`."""

from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from api.commands.shared import AsJson, act, load_settings
from api.exits import ExitCode
from api.output import Screen, refusal_text, screen_of

if TYPE_CHECKING:
    from api.settings import Settings
    from domain.backup.checking import Backup
    from domain.backup.manifest import Manifest
    from domain.backup.progress import Tell
    from domain.backup.restoring import Restored, RestoredLog
    from domain.notary.notary import Notary
    from domain.refusals import Refused
    from domain.vault.vault import Vault

NewFolder = Annotated[Path, typer.Argument(metavar="FOLDER", help="A new folder, or an empty one.")]
NewKeys = Annotated[
    Path | None,
    typer.Option(metavar="FOLDER", help="Another one, for what opens personal data; to be kept elsewhere."),
]
WithoutKeys = Annotated[bool, typer.Option("--without-keys", help="Leave out what opens personal data.")]
Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="The folder of a backup.")]
KeysOf = Annotated[Path | None, typer.Option(metavar="FOLDER", help="The folder of its keys.")]
KeysLost = Annotated[
    bool, typer.Option("--without-keys", help="They are lost or were left out: nothing personal is readable.")
]
CheckpointsLost = Annotated[
    bool,
    typer.Option(
        "--without-checkpoints", help="What was kept outside is lost: whoever was erased since is back."
    ),
]

KEEP: Final = "It is restored with these, which you keep elsewhere, and the keys apart from the backup:"
ERASURES: Final = (
    "Whom you erase from now on is still in it. A restore erases them again, by the list beside the "
    "checkpoints; until its folder of keys is destroyed, that opens what it holds of them."
)
PRINCIPALS: Final = "The keys of principals are those of that moment: revoke anew what was revoked since."
ENDED: Final = "It can be read, and nothing is appended to it. "
TO_MEND: Final = "This is to be mended before it goes on. "
UNREADABLE: Final = "What it holds of persons cannot be opened. "


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("backup")(backup)
    app.command("restore")(restore)


def backup(
    context: typer.Context,
    folder: NewFolder,
    keys: NewKeys = None,
    without_keys: WithoutKeys = False,
    _json: AsJson = False,
) -> None:
    """Back the ledger up while it goes on, into two folders that any Daybook restores.

    The keys of personal data go to a folder of their own, so that whoever gets
    hold of one of the two reads nothing personal. Nothing is overwritten. It is
    whole once its manifest.json is there.

    daybook backup /mnt/backup/2026-01-31 --keys /mnt/safe/2026-01-31
    """
    from domain.backup.taking import take

    screen = screen_of(context)
    _one_of(keys, without_keys)
    with act(screen, "admin") as found:
        with _bar(screen, "copying") as tell:
            taken = take(found.ledger.url, folder, keys, tell=tell)
        troubles = _missing_keks(found.ledger.need_vault())
        keep = _to_keep(found.settings)
    folders = {"folder": str(folder)} | ({} if keys is None else {"keys": str(keys)})
    _tell_taken(screen, taken, folders, keep, troubles)


def restore(
    context: typer.Context,
    folder: Folder,
    keys: KeysOf = None,
    without_keys: KeysLost = False,
    without_checkpoints: CheckpointsLost = False,
    _json: AsJson = False,
) -> None:
    """Make a ledger of a backup, in a database that has none, as the owner.

    Every file is checked first. Then every entry is hashed anew, and all of them
    must lead to the root and to the checkpoint that were signed. Who was erased
    since is erased again. Where more was published than the backup holds, the
    ledger can be read and nothing is appended: exit code 6.

    daybook restore /mnt/backup/2026-01-31 --keys /mnt/safe/2026-01-31
    """
    from api.opening import notary_of, place, vault_of
    from domain.backup.checking import open_backup
    from domain.backup.restoring import restore as make
    from domain.notary.outside import FolderOutside

    screen = screen_of(context)
    settings = load_settings(screen)
    _one_of(keys, without_keys)
    with _bar(screen, "checking") as tell:
        found = open_backup(folder, keys, tell=tell)
    outsides = [] if without_checkpoints else [FolderOutside(it) for it in settings.checkpoints]
    with place(settings, create=True) as where:
        with _bar(screen, "restoring") as tell:
            made = make(where.owner_url, found, outsides, tell=tell)
        notary = notary_of(where.url, settings.keys, settings.checkpoints)
        vault = vault_of(where.url, settings.keys, settings.kek)
        with closing(notary), closing(vault):
            troubles = [*_missing_seal_keys(notary, made), *_missing_keks(vault)]
    _tell_restored(screen, found, made, troubles)
    if any(log.ended for log in made.logs):
        raise typer.Exit(ExitCode.READ_ONLY)


def _one_of(keys: Path | None, without: bool) -> None:
    if (keys is None) is not without:
        raise typer.BadParameter("name a folder with --keys, or say --without-keys", param_hint="--keys")


@contextmanager
def _bar(screen: Screen, doing: str) -> Iterator["Tell | None"]:
    """Show a progress bar on stderr where that is a terminal."""
    if not screen.err.is_terminal:
        yield None
        return
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn(doing), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=screen.err, transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _tell_taken(
    screen: Screen, taken: "Manifest", folders: dict[str, str], keep: list[str], troubles: list["Refused"]
) -> None:
    from api.problems import problem

    if screen.json:
        logs = [{"shard": log.shard, "size": log.size, "root": log.root} for log in taken.logs]
        counts = {"entries": taken.entries, "bytes": taken.bytes, "logs": logs}
        more = {"keep": keep, "troubles": [problem(it) for it in troubles]}
        screen.row({"ledger": taken.ledger} | folders | counts | more)
        return
    apart = f"its keys in {folders['keys']}" if "keys" in folders else "without its keys"
    said = f"{taken.entries:,} entries, {taken.bytes / 1e6:,.1f} MB in {folders['folder']}, {apart}."
    screen.show(f"The ledger {taken.ledger} is backed up: {said}", KEEP, *[f"  {it}" for it in keep])
    if "keys" in folders:
        screen.show(ERASURES)
    _warn(screen, UNREADABLE, troubles)


def _to_keep(settings: "Settings") -> list[str]:
    """Name what a restored ledger needs beside its backup."""
    keys = sorted(it for it in settings.keys.glob("*") if it.suffix != ".lock")
    named = ["DAYBOOK_KEK"] if settings.kek is not None else []
    return [*map(str, keys), *named, *map(str, settings.checkpoints)]


def _missing_keks(vault: "Vault") -> list["Refused"]:
    """Say which key-encryption keys are needed that are not here."""
    from domain.refusals import Refused
    from domain.vault.rotation import count_by_kek

    found: list[Refused] = []
    for name in filter(None, count_by_kek(vault)):
        try:
            vault.ring.named(name)
        except Refused as refusal:
            found.append(refusal)
    return found


def _missing_seal_keys(notary: "Notary", made: "Restored") -> list["Refused"]:
    """Say what else keeps logs from going on, such as a key that is not here yet."""
    from domain.refusals import Refused

    found: list[Refused] = []
    for log in made.logs:
        if log.ended is None:
            try:
                notary.check(log.shard)
            except Refused as refusal:
                found.append(refusal)
    return found


def _tell_restored(screen: Screen, backup: "Backup", made: "Restored", troubles: list["Refused"]) -> None:
    from api.problems import problem
    from domain.values import moment_text

    manifest, ended = backup.manifest, [log.ended for log in made.logs if log.ended is not None]
    erased = sum(len(log.erased) for log in made.logs)
    made_at = moment_text(manifest.made_at)
    if screen.json:
        plain = {"ledger": manifest.ledger, "made_at": made_at, "entries": manifest.entries, "erased": erased}
        logs = [_plain(log) for log in made.logs]
        screen.row(plain | {"logs": logs, "troubles": [problem(it) for it in troubles]})
        return
    screen.show(f"The ledger {manifest.ledger} is restored as of {made_at}: {manifest.entries:,} entries.")
    if erased:
        screen.show(f"Erased again, as they were after the backup: {erased:,} data subject(s).")
    if any(file.table == "principals" and file.rows for file in manifest.files):
        screen.show(PRINCIPALS)
    _warn(screen, ENDED, ended)
    _warn(screen, TO_MEND, troubles)


def _plain(log: "RestoredLog") -> dict[str, Any]:
    from api.problems import problem

    ended = {} if log.ended is None else {"ended": problem(log.ended)}
    return {"shard": log.shard, "size": log.size} | ended


def _warn(screen: Screen, said: str, refusals: Iterable["Refused"]) -> None:
    for refusal in refusals:
        screen.err.print(refusal_text(refusal, said), soft_wrap=True)
