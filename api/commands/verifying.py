"""`daybook verify`."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.shared import AsJson, load_settings, progress, write_output
from api.exits import ExitCode
from api.output import Screen, screen_of

if TYPE_CHECKING:
    from api.settings import Settings
    from replay.verify import Finding, Report, ShardReport

SHOWN_MAX = 20

Keys = Annotated[
    list[str] | None,
    typer.Option("--key", help="A public key of the log that you trust; else those that the database names."),
]
Folders = Annotated[
    list[Path] | None,
    typer.Option("--checkpoints", help="A folder of signed checkpoints; else DAYBOOK_CHECKPOINTS."),
]
ReportFile = Annotated[Path | None, typer.Option("--report", help="Write the report to this file as JSON.")]
Jobs = Annotated[
    int | None, typer.Option(min=1, help="Processes at work; one a core if left out.", show_default=False)
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("verify")(verify)


def verify(
    context: typer.Context,
    key: Keys = None,
    checkpoints: Folders = None,
    report: ReportFile = None,
    jobs: Jobs = None,
    _json: AsJson = False,
) -> None:
    """Recompute the whole ledger, and name the position of whatever is wrong.

    Every hash, tile, root, number, version, time and fingerprint is worked out
    anew from the stored bytes, and compared with all checkpoints, in the database
    and outside. Nothing is written. Exit code 7 says that something is wrong.

    Whoever can change the database can change the keys that it names: give those
    that were published (`daybook seal keys`) with --key, for each shard.

    daybook verify
    daybook verify --key 'Riverside-Power/0+1b2c3d4e+AbCd...' --report verify.json
    """
    from domain.notary.outside import FolderOutside
    from domain.seal.keys import Verifier
    from replay.verify import Options
    from replay.verify import verify as verify_ledger

    screen = screen_of(context)
    keys = [Verifier.from_vkey(text) for text in key or ()]
    with _ledger(screen) as (url, settings), progress(screen) as tell:
        outsides = [FolderOutside(folder) for folder in checkpoints or settings.checkpoints]
        found = verify_ledger(url, Options(outsides, keys, jobs or _cores(), tell))
    if report is not None:
        write_output(report, json.dumps(found.as_json(), ensure_ascii=False, indent=2) + "\n")
    if screen.json:
        screen.row(found.as_json())
    else:
        _tell(screen, found)
    if found.wrong:
        raise typer.Exit(ExitCode.DAMAGED)


@contextmanager
def _ledger(screen: Screen) -> Iterator["tuple[str, Settings]"]:
    """Hold the database that the settings name, for who may audit it, be it too damaged to be opened."""
    from api.acting import acting
    from api.opening import place

    settings = load_settings(screen)
    with place(settings) as found:
        if settings.key is not None:
            with acting(settings, "audit"):
                pass
        yield found.url, settings


def _cores() -> int:
    """Return how many processes can run at once."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _tell(screen: Screen, report: "Report") -> None:
    """Say what was found: first what is wrong, if anything."""
    if report.wrong:
        many = len(report.wrong) + sum(report.left_out.values())
        screen.show(f"Something is wrong with {report.ledger}: {many:,} findings.")
        for finding in report.wrong[:SHOWN_MAX]:
            screen.show(f"  {_said(report, finding)}")
        if many > SHOWN_MAX:
            screen.show(f"  ... and {many - SHOWN_MAX:,} more: --report FILE lists them.")
    else:
        screen.show(f"{report.ledger} is sound: {report.size:,} entries in {report.seconds:.1f} s.")
    for shard in report.shards:
        screen.show(*_lines(shard))
    for finding in report.notes:
        screen.show(f"  note: {_said(report, finding)}")


def _said(report: "Report", finding: "Finding") -> str:
    return finding.sentence if len(report.shards) == 1 else f"shard {finding.shard}: {finding.sentence}"


def _lines(shard: "ShardReport") -> list[str]:
    """Say what was compared in a shard, and what could not be."""
    inside, outside = shard.checkpoints_inside, shard.checkpoints_outside
    root = shard.root or "cannot be worked out"
    lines = [
        f"  shard {shard.shard}: {shard.size:,} entries, signed up to {shard.signed:,}; root {root}",
        f"    checkpoints compared: {inside:,} in the database, {outside:,} outside",
    ]
    uncompared = {
        "hold sealed fields": shard.sealed,
        "were said in an earlier schema": shard.raised,
        "are further ones of a command": shard.later,
    }
    why_not = ", ".join(f"{many:,} entries {why}" for why, many in uncompared.items() if many)
    cannot = f"; not those of the others: {why_not}" if why_not else ""
    lines.append(f"    fingerprints worked out anew: {shard.fingerprints:,}{cannot}")
    return lines
