"""`daybook record`."""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from api.commands.shared import AsJson, act, open_input
from api.exits import exit_code_of_all
from api.output import Screen, plain_text, refusal_text, screen_of

if TYPE_CHECKING:
    from api.batches import Numbered
    from api.recording import Desk, Fate

BATCH = 1_000

File = Annotated[
    Path | None,
    typer.Argument(help="A JSON document, a list of them, or JSON lines; - is stdin.", metavar="FILE"),
]
TypeName = Annotated[str | None, typer.Option("--type", help="Instead of a file: the event type.")]
Stream = Annotated[str | None, typer.Option(help="With --type: `customer:ID` or `ledger`.")]
Data = Annotated[str | None, typer.Option(help="With --type: the event's own fields, as a JSON object.")]
OccurredAt = Annotated[
    str | None,
    typer.Option(help="With --type: when it happened; now, if left out. A bare date is its midnight."),
]
EntryId = Annotated[str | None, typer.Option("--id", help="With --type: the entry's UUID; else a new one.")]
ExpectedVersion = Annotated[
    int | None, typer.Option(help="With --type: refuse where the stream is at another version.")
]
Source = Annotated[str, typer.Option(help="Where entries come from that do not say so.")]
ActorName = Annotated[str | None, typer.Option(help="Who did it, for entries that do not say so: `kind:id`.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("record")(record)


def record(
    context: typer.Context,
    *,
    file: File = None,
    type_name: TypeName = None,
    stream: Stream = None,
    data: Data = None,
    occurred_at: OccurredAt = None,
    entry_id: EntryId = None,
    expected_version: ExpectedVersion = None,
    source: Source = "command-line",
    actor: ActorName = None,
    _json: AsJson = False,
) -> None:
    """Record entries, and say what became of each.

    What is accepted is durable, whatever becomes of the rest.

    A document names stream, type, occurred_at and data; `daybook events TYPE`
    shows one of each type. The same id with the same content is recorded once:
    a retry gets the first receipt. `recorded_at` is the ledger's own affair,
    but in a ledger with a simulated clock.

    daybook record payments.jsonl
    generate-entries | daybook record - --json
    daybook record --stream customer:42 --type GroupLeft --data '{"group":"g"}'
    """
    flags = {
        "type": type_name,
        "stream": stream,
        "data": data,
        "occurred_at": occurred_at,
        "id": entry_id,
        "expected_version": expected_version,
    }
    given = {name: value for name, value in flags.items() if value is not None}
    if (file is None) == (not given):
        raise typer.BadParameter("give FILE (- is stdin), or --type, --stream and --data", param_hint="FILE")
    _run(screen_of(context), file, given, actor, source)


def _run(screen: Screen, file: Path | None, given: dict[str, Any], actor: str | None, source: str) -> None:
    """Record the documents of a file, or the one that the flags give."""
    from api.batches import read_documents

    with ExitStack() as stack:
        opened = None if file is None else stack.enter_context(open_input(file))
        desk = stack.enter_context(_desk(screen, actor, source))
        _record(screen, desk, [_single(given, desk)] if opened is None else read_documents(opened))


@contextmanager
def _desk(screen: Screen, actor: str | None, source: str) -> Iterator["Desk"]:
    from api.names import default_actor, read_actor
    from api.recording import Desk

    with act(screen, "record") as found:
        settings = found.settings
        who = read_actor(actor, settings.actor_unit) if actor else default_actor(settings)
        yield Desk.of(found.ledger, who, source)


def _single(given: dict[str, Any], desk: "Desk") -> "Numbered":
    """Make a document of the flags."""
    import msgspec

    from api.times import moment
    from domain.refusals import InvalidValue
    from domain.values import moment_text

    document = dict(given)
    if "data" in given:
        try:
            document["data"] = msgspec.json.decode(given["data"])
        except ValueError as error:
            raise InvalidValue("data", given["data"], f"It is not JSON: {error}.") from None
    at = given.get("occurred_at")
    zone = ZoneInfo(desk.ledger.facts.zone)
    found = desk.ledger.now() if at is None else moment(at, zone, "occurred_at", end_of_day=False)
    document["occurred_at"] = moment_text(found)
    return 1, document


def _record(screen: Screen, desk: "Desk", documents: "Iterable[Numbered]") -> None:
    """Record documents in batches; print the fate of each."""
    from domain.refusals import Refused, Unavailable

    counts: Counter[str] = Counter()
    refusals: list[Refused] = []
    rest = iter(documents)
    while batch := list(islice(rest, BATCH)):
        fates = desk.record(batch)
        for fate in fates:
            counts[_tell(screen, fate)] += 1
        refusals += [fate.outcome for fate in fates if isinstance(fate.outcome, Refused)]
        screen.flush()
        if any(isinstance(refusal, Unavailable) for refusal in refusals):
            screen.note("Stopped here: run the same again, which is safe where documents bring their ids.")
            break
    if not screen.json:
        said = ", ".join(
            f"{counts[name]:,} {name}" for name in ("recorded", "repeated", "refused") if counts[name]
        )
        screen.note(said or "There was nothing to record.")
    if refusals:
        raise typer.Exit(exit_code_of_all(refusals))


def _tell(screen: Screen, fate: "Fate") -> str:
    """Print the fate of one document, and return its name."""
    from domain.refusals import Refused

    if screen.json:
        from api.bodies import FateBody

        body = FateBody.of(fate)
        screen.row(body.plain())
        return body.status
    if isinstance(fate.outcome, Refused):
        screen.err.print(refusal_text(fate.outcome, f"{fate.number}: "), soft_wrap=True)
        return "refused"
    word = "repeated" if fate.outcome[0].repeated else "recorded"
    for receipt in fate.outcome:
        line = f"{fate.number}: {word} {receipt.stream} version {receipt.version}, "
        line += f"position {receipt.position}" + (f" of shard {receipt.shard}" if receipt.shard else "")
        screen.out.print(plain_text(f"{line}, id {receipt.id}"), soft_wrap=True)
    return word
