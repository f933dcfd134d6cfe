"""Turns rows into drafts: conditions, ids, what comes once, rises; each draft goes through the door."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, NamedTuple
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec
import uuid_utils

from api.importer.compiler import RISE, Cells, Compiler, Read
from api.importer.faults import GroupReturned
from api.importer.mapping import VIRTUAL_COLUMNS, EntryMapping, Mapping, Running
from api.importer.numbers import decimal_reader
from api.importer.rows import Row
from domain.door import Door
from domain.entry import Actor, Draft
from domain.refusals import InvalidValue, MissingField, Refused
from domain.values import decimal_text

IMPORTS: Final = uuid5(NAMESPACE_URL, "urn:daybook:imports")
"""The namespace under which each source has a namespace of its own."""

GROUPS_REMEMBERED_MAX: Final = 1_000_000
KEYS_MAX: Final = 2_000_000

Keys = tuple[str, ...]


def run_id(source: str, revision: int) -> UUID:
    """Return the id of an import run, which all its entries bear as their correlation."""
    return uuid5(uuid5(IMPORTS, source), _name(["run", revision]))


def _name(parts: Sequence[str | int]) -> str:
    return msgspec.json.encode(parts).decode()


@dataclass(slots=True)
class Once:
    """What comes once under one key: whether a row has offered it, and whether the ledger has it."""

    offered: bool = False
    there: bool = False


class _Running:
    """The last maximum of a running column, for each key."""

    def __init__(self, running: Running, compiler: Compiler) -> None:
        self.cell = compiler.cell(running.column)
        self.key = _keys(running.within, compiler)
        path = f"running {running.name}"
        self.number = decimal_reader(path, running.decimal, running.thousands, Decimal(1))

    def rise(self, cells: Cells, tops: dict[Keys, Decimal]) -> str:
        """Return the rise as a text, empty where there is none; a text that is no number stays as it is."""
        text = self.cell(cells)
        if not text:
            return ""
        try:
            value = Decimal(self.number(text))
        except InvalidValue:
            return text
        key = self.key(cells)
        top = tops.get(key, Decimal(0))
        if value <= top:
            return ""
        tops[key] = value
        return decimal_text(value - top)


@dataclass(slots=True)
class _Plan:
    """One entry of the mapping, compiled for the columns of one file."""

    entry: EntryMapping
    holds: Callable[[Cells], bool] | None
    rises: tuple[Callable[[Cells], str], ...]
    key: Callable[[Cells], Keys]
    stream: Callable[[Cells], str]
    occurred_at: Read
    source_recorded_at: Read | None
    data: Callable[[Cells], dict[str, Any]]
    suffix: list[str | int]


@dataclass(slots=True)
class Spare:
    """What makes the draft of a row, should the ledger refuse that of the row that offered it before."""

    builder: "Builder"
    plan: _Plan
    cells: Cells
    key: Keys

    def draft(self) -> Draft:
        """Make it; refuses what is wrong with the row."""
        return self.builder.draft(self.plan, self.cells, self.key)


class Made(NamedTuple):
    """What a row yielded under one part: a draft, or why there is none; no part: the row is at fault."""

    part: str
    type: str
    outcome: Draft | Refused | Spare
    once: Once | None = None


@dataclass(slots=True)
class Memory:
    """What a run remembers between rows: what comes once, tops of running columns, ended groups."""

    once: dict[str, dict[Keys, Once]] = field(default_factory=dict)
    tops: dict[str, dict[Keys, Decimal]] = field(default_factory=dict)
    group: Keys | None = None
    ended: set[int] = field(default_factory=set)

    def enter(self, group: Keys) -> None:
        """Forget the group before; refuses one that had ended (as far as the last million are remembered)."""
        if group == self.group:
            return
        if hash(group) in self.ended:
            raise GroupReturned(
                "grouped", ", ".join(group), "Sort the file, or leave `grouped` out of the mapping."
            )
        if self.group is not None and len(self.ended) < GROUPS_REMEMBERED_MAX:
            self.ended.add(hash(self.group))
        self.group = group
        self.once.clear()
        self.tops.clear()

    @property
    def size(self) -> int:
        """How many keys are remembered."""
        return sum(map(len, self.once.values())) + sum(map(len, self.tops.values()))


class Builder:
    """Makes the drafts of one mapping's rows; `bind` it to the columns of each file before its rows."""

    def __init__(self, mapping: Mapping, revision: int | None = None) -> None:
        """Take the mapping, and a revision other than its own where a run that was undone is done again."""
        self.mapping = mapping
        self.revision = mapping.revision if revision is None else revision
        self.run_id = run_id(mapping.source, self.revision)
        self.memory = Memory()
        self._correlation_id = str(self.run_id)
        self._namespace = uuid_utils.UUID(str(uuid5(IMPORTS, mapping.source)))
        actor = mapping.actor
        self._door = Door(
            new_id=_every_draft_has_one, actor=Actor(actor.kind, actor.id or mapping.source, actor.unit)
        )
        self._plans: list[_Plan] = []
        self._derived: list[Read] = []
        self._running: list[tuple[str, _Running]] = []
        self._group: Callable[[Cells], Keys] | None = None
        self._file = ""

    def bind(self, file: str, columns: Sequence[str]) -> None:
        """Compile the mapping for a file of these columns."""
        mapping = self.mapping
        names = [
            *columns,
            *VIRTUAL_COLUMNS,
            "",
            *mapping.derived,
            *(RISE + it.name for it in mapping.running),
        ]
        # A name may stand twice among columns that are not read; the mapping's own names win.
        compiler = Compiler(mapping, {name: n for n, name in enumerate(names)}, names.index("", len(columns)))
        self._file = file
        self._derived = [compiler.value(it, f"derived.{name}") for name, it in mapping.derived.items()]
        self._running = [(it.name, _Running(it, compiler)) for it in mapping.running]
        self._plans = [self._plan(entry, compiler) for entry in mapping.entry]
        self._group = _keys(mapping.grouped, compiler) if mapping.grouped else None

    def drafts(self, row: Row) -> Iterator[Made]:
        """Yield what a row yields, in the order of the mapping's entries."""
        cells = row.cells
        try:
            self._extend(row, cells)
        except Refused as refusal:
            yield Made("", "", refusal)
            return
        for plan in self._plans:
            try:
                made = None if plan.holds is not None and not plan.holds(cells) else self._made(plan, cells)
            except Refused as refusal:
                yield Made(plan.entry.part, plan.entry.type, refusal)
            else:
                if made is not None:
                    yield made

    def _extend(self, row: Row, cells: list[str]) -> None:
        """Add what the mapping can read besides the file's own columns: place, derived columns, rises."""
        cells += (self._file, str(row.number), str(row.line), "")
        for derive in self._derived:
            found = derive(cells)
            cells.append("" if found is None else str(found))
        if self._group is not None:
            self.memory.enter(self._group(cells))
        for name, running in self._running:
            cells.append(running.rise(cells, self.memory.tops.setdefault(name, {})))

    def _made(self, plan: _Plan, cells: Cells) -> Made | None:
        """Make a draft of a row that an entry of the mapping applies to."""
        for rise in plan.rises:
            if not rise(cells):
                return None
        entry = plan.entry
        key = plan.key(cells)
        if not all(key):
            column = (entry.key or self.mapping.key)[key.index("")]
            raise MissingField("id", None, f"The key column {column} is empty.")
        if not entry.once:
            return Made(entry.part, entry.type, self.draft(plan, cells, key))
        once = self.memory.once.setdefault(entry.part, {}).setdefault(key, Once())
        if once.there:
            return None
        if once.offered:
            return Made(entry.part, entry.type, Spare(self, plan, cells, key), once)
        draft = self.draft(plan, cells, key)
        # Only now: of a first row that is refused, the second may do.
        once.offered = True
        return Made(entry.part, entry.type, draft, once)

    def draft(self, plan: _Plan, cells: Cells, key: Keys) -> Draft:
        """Make the draft of a row, by the plan of one entry; `drafts` finds the plans that apply."""
        document = {
            "id": str(uuid_utils.uuid5(self._namespace, _name([*key, *plan.suffix]))),
            "stream": plan.stream(cells),
            "type": plan.entry.type,
            "occurred_at": plan.occurred_at(cells),
            "source": self.mapping.source,
            "correlation_id": self._correlation_id,
            "data": plan.data(cells),
        }
        if document["occurred_at"] is None:
            raise MissingField("occurred_at")
        if plan.source_recorded_at is not None:
            document["source_recorded_at"] = plan.source_recorded_at(cells)
        return self._door.open(document)

    def _plan(self, entry: EntryMapping, compiler: Compiler) -> _Plan:
        mapping = self.mapping
        at = entry.at or mapping.at
        assert at is not None, "the model sees to it"
        recorded = entry.source_recorded_at or mapping.source_recorded_at
        recorded_at = None if recorded is None else compiler.moment(recorded, "source_recorded_at")
        rises = {value.rise_of for value in entry.values() if value.rise_of is not None}
        return _Plan(
            entry=entry,
            holds=compiler.conditions(entry.when),
            rises=tuple(compiler.cell(RISE + name) for name in sorted(rises)),
            key=_keys(entry.key or mapping.key, compiler),
            stream=compiler.template(entry.stream or mapping.stream),
            occurred_at=compiler.moment(at, "occurred_at"),
            source_recorded_at=recorded_at,
            data=compiler.fields(entry.fields, "data"),
            suffix=[entry.part, self.revision],
        )


def _keys(columns: Sequence[str], compiler: Compiler) -> Callable[[Cells], Keys]:
    if len(columns) == 1:
        take = compiler.cell(columns[0])
        return lambda cells: (take(cells),)
    takes = [compiler.cell(column) for column in columns]
    return lambda cells: tuple([take(cells) for take in takes])


def _every_draft_has_one() -> UUID:
    raise AssertionError("an import makes the id of each draft")
