"""Runs the demo: a ledger of its own, the simulation recorded in it, a customer looked at three times."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from time import perf_counter, sleep
from typing import Any, Final

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.text import Text

from api.demo.clock import ZONE, year_ago
from api.demo.protagonist import protagonist_id
from api.demo.record import Recorded, record
from api.demo.report import Report, report
from api.demo.show import heading, shown, timings
from api.demo.show_trust import shown_trust
from api.demo.simulation import CUSTOMERS, SEED, YEARS, customer_id, simulate
from api.demo.trust import Trust, forget, prove_payment, verify_and_harm
from api.opening import establish, notary_of, vault_of
from api.output import Screen
from domain.ledger import Ledger
from domain.store.init import initialise
from domain.store.keeper import Keeper
from domain.store.launcher import EmbeddedServer

NAME: Final = "daybook-demo"
SET_UP: Final = "set up"
SIMULATE: Final = "simulate"
RECORD: Final = "record"
ASK: Final = "ask"
PROVE: Final = "prove"
VERIFY: Final = "verify"
REMOVALS: Final = 100
REMOVAL_PAUSE_S: Final = 0.05


@dataclass(slots=True)
class Watch:
    """The seconds that each step took."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time a step."""
        begun = perf_counter()
        yield
        self.seconds[name] = perf_counter() - begun


def run(
    screen: Screen,
    *,
    data: Path | None = None,
    customers: int = CUSTOMERS,
    years: int = YEARS,
    seed: int = SEED,
) -> None:
    """Simulate, record, ask and show.

    The ledger lies in the folder `data`, and stays there; without one, in a temporary folder that is removed.
    """
    watch = Watch()
    with _server(data) as server:
        with watch.step(SET_UP):
            server.start()
            initialise(server.owner_url, name=NAME, zone=str(ZONE), clock="simulated", shards=1)
            keys, checkpoints = server.data / "keys", (server.data / "checkpoints",)
            establish(server.url, keys, checkpoints)
        notary, vault = notary_of(server.url, keys, checkpoints), vault_of(server.url, keys)
        with Keeper(server), Ledger.open(server.url, notary=notary, vault=vault) as ledger:
            with watch.step(SIMULATE):
                documents = list(simulate(customers=customers, years=years, seed=seed))
            with watch.step(RECORD):
                recorded = _record(screen, ledger, documents)
            with watch.step(ASK):
                found = report(ledger, protagonist_id(customers), year_ago())
            with watch.step(PROVE):
                receipt = prove_payment(ledger, found.customer)
                forgotten = forget(ledger, [customer_id(number) for number in range(1, customers + 1)])
        with watch.step(VERIFY):
            trust = verify_and_harm(server, notary.outsides, receipt, forgotten)
    _tell(screen, found, trust, recorded, watch, f"{years} years with {customers} customers")
    if data is not None and not screen.json:
        screen.show(f"Look further: DAYBOOK_DATA={data} daybook customer show {found.customer}")


@contextmanager
def _server(data: Path | None) -> Iterator[EmbeddedServer]:
    """Lend a server in a folder, or in a temporary one, which is removed with all that was in it."""
    if data is not None:
        server = EmbeddedServer(data)
        try:
            yield server
        finally:
            server.close()
        return
    folder = Path(mkdtemp(prefix="daybook-demo-"))
    server = EmbeddedServer(folder / "data")
    try:
        yield server
    finally:
        server.stop()
        _remove(folder)


def _remove(folder: Path) -> None:
    """Remove a folder in which the server's supervisor, about to end, may put its locks once more."""
    for _ in range(REMOVALS):
        rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        sleep(REMOVAL_PAUSE_S)


def _record(screen: Screen, ledger: Ledger, documents: list[dict[str, Any]]) -> Recorded:
    columns = (TextColumn("recording"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=screen.err, transient=True, disable=not screen.err.is_terminal) as bar:
        task = bar.add_task("", total=len(documents))
        return record(ledger, documents, lambda count: bar.advance(task, count))


def _tell(screen: Screen, found: Report, trust: Trust, recorded: Recorded, watch: Watch, story: str) -> None:
    """Tell the report, as one JSON object or for people."""
    rate, read_ms = recorded.entries_a_second, found.read_ms
    if screen.json:
        timing = {name: round(taken, 3) for name, taken in watch.seconds.items()}
        timing |= {"opening": round(recorded.opening_s, 3), "recording": round(recorded.recording_s, 3)}
        pace = {
            "entries": recorded.entries,
            "repeated": recorded.repeated,
            "entries_a_second": rate,
            "customer_read_ms": read_ms,
        }
        screen.row(found.plain() | trust.plain() | pace | {"seconds": timing})
        return
    screen.show(heading("Daybook demo", f"a power company's {story}, made up from a seed"))
    screen.show(f"  {_recorded(recorded)}; all times are {found.zone}'s", Text())
    screen.show(*shown(found), Text(), *shown_trust(trust), Text())
    notes = {
        SET_UP: "make and start a PostgreSQL of its own",
        SIMULATE: "make up the documents",
        RECORD: f"validate, decide, write, commit: {rate:,} entries a second",
        ASK: f"a customer at a past moment: {read_ms} ms",
        PROVE: "make a receipt and check it; erase a customer",
        VERIFY: "verify everything, copy the database, verify the harmed copy",
    }
    screen.show(heading("Timings", "on this machine"), timings(watch.seconds, notes))


def _recorded(recorded: Recorded) -> str:
    if recorded.repeated:
        new = recorded.entries - recorded.repeated
        return f"{recorded.repeated:,} entries had been recorded before, {new:,} now"
    return f"{recorded.entries:,} entries recorded, none refused"
