"""What was found wrong: its kind, where, what was expected, what stands there, and a sentence."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

KEPT_MAX: Final = 100
"""How many findings of a kind are kept of a shard; further ones are counted."""


class Kind(StrEnum):
    """The kinds of findings, by their stable names."""

    ENTRY_MISSING = "entry-missing"
    ENTRY_DOUBLED = "entry-doubled"
    ENTRY_BEYOND = "entry-beyond"
    ENTRY_CHANGED = "entry-changed"
    ENTRY_OR_TILE = "entry-or-tile"
    NOT_CANONICAL = "not-canonical"
    COLUMN_DIFFERS = "column-differs"
    FINGERPRINT_DIFFERS = "fingerprint-differs"
    SEALED_MALFORMED = "sealed-malformed"
    CLOCK_FALLS = "clock-falls"
    VERSION_GAP = "version-gap"
    VERSION_FALLS = "version-falls"
    ID_TWICE = "id-twice"
    WRONG_SHARD = "wrong-shard"
    NO_SUCH_SHARD = "no-such-shard"
    TILE_MISSING = "tile-missing"
    TILE_CHANGED = "tile-changed"
    TILE_ROOT = "tile-root"
    TILE_BEYOND = "tile-beyond"
    HEAD_MISSING = "head-missing"
    HEAD_CHANGED = "head-changed"
    HEAD_DIFFERS = "head-differs"
    HEAD_CLOCK = "head-clock"
    HISTORY_CHANGED = "history-changed"
    FORK = "fork"
    ROLLBACK = "rollback"
    CHECKPOINT_MALFORMED = "checkpoint-malformed"
    CHECKPOINT_UNSIGNED = "checkpoint-unsigned"
    CHECKPOINT_MISPLACED = "checkpoint-misplaced"
    CHECKPOINT_CONTRADICTS = "checkpoint-contradicts"
    CHECKPOINT_MISSING = "checkpoint-missing"
    CHECKPOINT_NOT_INSIDE = "checkpoint-not-inside"
    CHECKPOINT_NOT_OUTSIDE = "checkpoint-not-outside"
    LATEST_MISSING = "latest-missing"
    LATEST_DAMAGED = "latest-damaged"
    LATEST_NOT_KEPT = "latest-not-kept"
    LATEST_BEHIND = "latest-behind"
    OUTSIDE_OUT_OF_REACH = "outside-out-of-reach"
    KEY_MISSING = "key-missing"
    KEY_MALFORMED = "key-malformed"
    KEY_NOT_GIVEN = "key-not-given"
    KEY_NOT_NAMED = "key-not-named"
    KEY_NONE_GIVEN = "key-none-given"
    KEY_OF_NO_LOG = "key-of-no-log"
    NEVER_SIGNED = "never-signed"


NOTES: Final = frozenset(
    {
        Kind.CHECKPOINT_NOT_INSIDE,
        Kind.CHECKPOINT_NOT_OUTSIDE,
        Kind.LATEST_BEHIND,
        Kind.NEVER_SIGNED,
    }
)
"""Kinds that are worth knowing and that an honest ledger may have, after a crash for one."""

SENTENCES: Final = {
    Kind.ENTRY_MISSING: "{at}: no entry stands here, though the head counts it.",
    Kind.ENTRY_DOUBLED: "{at}: more than one entry stands here.",
    Kind.ENTRY_BEYOND: "{at}: entries stand here, though by the head the log ends at {expected}.",
    Kind.ENTRY_CHANGED: "{at}: what stands here is not what was sealed.",
    Kind.ENTRY_OR_TILE: "{at}: what stands here does not fit its hash in {tile}; "
    "one of the two was changed, and nothing signed tells which.",
    Kind.NOT_CANONICAL: "{at}: the bytes are not an entry in canonical form: {found}.",
    Kind.COLUMN_DIFFERS: "{at}: the column {column} says {found}, but the entry's bytes say {expected}.",
    Kind.FINGERPRINT_DIFFERS: "{at}: the column fingerprint is not that of the entry's content.",
    Kind.SEALED_MALFORMED: "{at}: the sealed field {column} is not in its form: {found}.",
    Kind.CLOCK_FALLS: "{at}: recorded at {found}, which is before the entry ahead of it, {expected}.",
    Kind.VERSION_GAP: "{at}: version {found} of {column} stands where version {expected} should.",
    Kind.VERSION_FALLS: "{at}: version {found} of {column} stands after version {expected}.",
    Kind.ID_TWICE: "{at}: the id {found} stands twice in {column}.",
    Kind.WRONG_SHARD: "{at}: the stream {found} belongs to shard {expected}.",
    Kind.NO_SUCH_SHARD: "The table {column} has rows of shard {found}, but the ledger has only {expected}.",
    Kind.TILE_MISSING: "The hash tile {tile}, over {range}, is missing.",
    Kind.TILE_CHANGED: "The hash tile {tile} was changed: what it holds for {range} is not their hash.",
    Kind.TILE_ROOT: "The hash tile {tile}, over {range}, was changed: its root is not that of its hashes.",
    Kind.TILE_BEYOND: "The hash tile {tile} stands beyond the end of the log.",
    Kind.HEAD_MISSING: "The head row is missing, so that nothing says how many entries there should be.",
    Kind.HEAD_CHANGED: "The head row was changed: its column {column} is not what the entries lead to.",
    Kind.HEAD_DIFFERS: "{at}: the entries here and the head row's peaks differ; "
    "one of the two was changed, and nothing signed tells which.",
    Kind.HEAD_CLOCK: "The head row's clock, {found}, is before the last entry, {expected}.",
    Kind.HISTORY_CHANGED: "{at}: something here was changed, taken out or put in after it was signed: "
    "the checkpoint over {checkpoint} entries in {place} does not fit.",
    Kind.FORK: "{at}: something here is not what was signed: the checkpoint over {checkpoint} entries in "
    "{place} is of another history, as after a backup was put back and written on, or after a change.",
    Kind.ROLLBACK: "{at}: these entries were signed and are gone: the checkpoint over {checkpoint} entries "
    "in {place} is larger than the log, as after an older copy was put back.",
    Kind.CHECKPOINT_MALFORMED: "The checkpoint over {checkpoint} entries in {place} is damaged: {found}",
    Kind.CHECKPOINT_UNSIGNED: "The checkpoint over {checkpoint} entries in {place} was not signed by this "
    "log: {found}",
    Kind.CHECKPOINT_MISPLACED: "A checkpoint over {found} entries lies in {place} as one over {checkpoint}.",
    Kind.CHECKPOINT_CONTRADICTS: "The checkpoint over {checkpoint} entries in {place} is signed and fits "
    "neither the entries nor a later checkpoint: two histories were signed.",
    Kind.CHECKPOINT_MISSING: "The checkpoint over {checkpoint} entries was taken out of {place}.",
    Kind.CHECKPOINT_NOT_INSIDE: "The checkpoint over {checkpoint} entries in {place} is not in the database: "
    "a crash can leave it so, or it was taken out.",
    Kind.CHECKPOINT_NOT_OUTSIDE: "The checkpoint over {checkpoint} entries is not in {place}: that place was "
    "away or not yet in use, or it was taken out.",
    Kind.LATEST_MISSING: "The last checkpoint in {place} is gone, though others are kept there.",
    Kind.LATEST_DAMAGED: "The last checkpoint in {place} is damaged: {found}",
    Kind.LATEST_NOT_KEPT: "The last checkpoint in {place}, over {checkpoint} entries, is not among those "
    "that are kept there.",
    Kind.LATEST_BEHIND: "The last checkpoint in {place} is over {checkpoint} entries, though one over "
    "{expected} is kept there: a crash can leave it so, or it was put back.",
    Kind.OUTSIDE_OUT_OF_REACH: "The checkpoints in {place} cannot be read: {found}",
    Kind.KEY_MISSING: "The database names no key of this log, so that no checkpoint can be verified.",
    Kind.KEY_MALFORMED: "The database names a key that is none of this log: {found}.",
    Kind.KEY_NOT_GIVEN: "The database names the key {found}, which was not given: "
    "give it, too, if it is the log's.",
    Kind.KEY_NOT_NAMED: "The key {expected} was given, but the database does not name it.",
    Kind.KEY_NONE_GIVEN: "Keys were given, but none of the log {expected}, as the database names it: "
    "no checkpoint of it can be verified.",
    Kind.KEY_OF_NO_LOG: "The key {found} was given, but no log of this ledger, {expected}, bears its name.",
    Kind.NEVER_SIGNED: "No checkpoint was ever signed: only the database itself vouches for the entries.",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong; what it is not about is left empty.

    `first` and `last` are positions, `checkpoint` is a size. `detail` is a further sentence.
    """

    kind: Kind
    shard: int
    first: int = 0
    last: int = 0
    column: str = ""
    tile: str = ""
    checkpoint: int | None = None
    place: str = ""
    expected: str = ""
    found: str = ""
    detail: str = ""

    @property
    def grave(self) -> bool:
        """Whether an honest ledger cannot be like this."""
        return self.kind not in NOTES

    @property
    def sentence(self) -> str:
        """Say it to people."""
        text = SENTENCES[self.kind].format(
            at=_capital(self._positions()),
            range=self._positions(),
            column=self.column,
            tile=self.tile,
            checkpoint=self.checkpoint,
            place=self.place,
            expected=self.expected,
            found=self.found,
        )
        return f"{text} {self.detail}".rstrip()

    def as_json(self) -> dict[str, Any]:
        """Return it as plain JSON, without what it is not about."""
        plain = {name: getattr(self, name) for name in self.__slots__}
        known = {name: value for name, value in plain.items() if value not in ("", None)}
        if not self.first:
            del known["first"], known["last"]
        return {**known, "grave": self.grave, "sentence": self.sentence}

    def _positions(self) -> str:
        if self.first == self.last:
            return f"position {self.first}"
        return f"positions {self.first} to {self.last}"


class Findings:
    """The findings of one shard: neighbouring ones of a kind are one, and memory stays flat."""

    def __init__(self) -> None:
        """Begin with none."""
        self._kept: dict[Kind, list[Finding]] = {}
        self.left_out: Counter[Kind] = Counter()

    def add(self, finding: Finding) -> None:
        """Take one more."""
        kept = self._kept.setdefault(finding.kind, [])
        if kept and _adjoins(kept[-1], finding):
            kept[-1] = replace(kept[-1], last=finding.last)
        elif len(kept) == KEPT_MAX:
            self.left_out[finding.kind] += 1
        elif finding not in kept:
            kept.append(finding)

    def extend(self, findings: Iterable[Finding]) -> None:
        """Take several more."""
        for finding in findings:
            self.add(finding)

    def merge(self, others: "Findings") -> None:
        """Take those of a later part of the shard."""
        self.extend(others)
        self.left_out += others.left_out

    def __iter__(self) -> Iterator[Finding]:
        """Give them by kind."""
        for kind in Kind:
            yield from self._kept.get(kind, ())


def _adjoins(earlier: Finding, later: Finding) -> bool:
    """Whether one goes on where the other ended, and says the same of other positions."""
    alike = (earlier.column, earlier.tile, earlier.place, earlier.detail) == (
        later.column,
        later.tile,
        later.place,
        later.detail,
    )
    return alike and 0 < earlier.last == later.first - 1


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
