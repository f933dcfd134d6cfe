"""Shows the demo's report to people, within 100 columns."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from api.demo.glance import Glance, Late
from api.demo.report import Report
from api.output import plain_text

DIFFERS: Final = "≠"


def shown(report: Report) -> Iterator[RenderableType]:
    """Show the customer three times, what was learnt late, and the head of the log."""
    zone = ZoneInfo(report.zone)
    yield heading(
        f"{report.name} ({report.customer})",
        "one customer at two moments; ≠ marks what differs between columns",
    )
    yield _side_by_side(report.glances, zone)
    told = f"  Of all values of the state, {report.changed} changed in that year; of those of a year ago,"
    yield Text(f"{told} {report.learnt} look\n  different with hindsight.", "dim")
    yield Text()
    yield heading("Learnt late", "what had happened a year ago, and was recorded only afterwards")
    yield _late(report.late, zone)
    yield Text()
    clock = f"its clock is {report.clock}: the writer sets the time"
    yield heading("The log's head", f"where the next entry goes; {clock}")
    for head in report.heads:
        last = _local(head.recorded_at, zone)
        yield plain_text(f"  shard {head.shard}: {head.size:,} entries, the last recorded at {last}")


def timings(seconds: Mapping[str, float], notes: Mapping[str, str]) -> Table:
    """Show how long each step took."""
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column()
    for step, taken in seconds.items():
        table.add_row(f"  {step}", f"{taken:.1f} s", plain_text(notes.get(step, "")))
    return table


def heading(what: str, why: str) -> Text:
    """Make a heading with a line of explanation."""
    return Text.assemble((what, "bold"), (f": {why}", "dim"))


def _side_by_side(glances: tuple[Glance, Glance, Glance], zone: ZoneInfo) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("", style="dim", no_wrap=True)
    for index, it in enumerate(glances):
        if index:
            table.add_column("", style="bold yellow", no_wrap=True)
        table.add_column(it.title, no_wrap=True)
    table.add_row("  as of", *_marked([_local(it.as_of, zone) for it in glances], mark=False))
    table.add_row("  known at", *_marked([_local(it.known_at, zone) for it in glances], mark=False))
    table.add_row("  cut (entries known)", *_marked([it.cut for it in glances], mark=False))
    for name in glances[0].values:
        table.add_row(f"  {name}", *_marked([it.values[name] for it in glances], mark=True))
    return table


def _marked(values: list[str], *, mark: bool) -> Iterator[Text]:
    """Put a mark between two neighbours that differ."""
    for index, value in enumerate(values):
        if index:
            yield Text(DIFFERS if mark and value != values[index - 1] else "")
        yield plain_text(value)


def _late(late: list[Late], zone: ZoneInfo) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in ("  happened", "recorded", "type", ""):
        table.add_column(name, no_wrap=True)
    for it in late:
        row = (f"  {_local(it.occurred_at, zone)}", _local(it.recorded_at, zone), it.type, it.about)
        table.add_row(*(plain_text(text) for text in row))
    return table


def _local(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"
