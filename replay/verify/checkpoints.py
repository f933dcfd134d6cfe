"""Checkpoints read where they are kept, and opened with the keys that are trusted."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from domain.notary.signed import verifiers_at
from domain.seal.checkpoint import open_checkpoint
from domain.seal.keys import Verifier
from domain.seal.refusals import Malformed, NotProved
from domain.store.seals import KeptKey
from replay.verify.findings import Finding, Findings, Kind

INSIDE: Final = "the database"


class Placed(NamedTuple):
    """A checkpoint, the place where it lies, and the size that it is kept under, if it is kept for ever."""

    place: str
    size: int
    note: bytes
    is_kept: bool = True


class Signed(NamedTuple):
    """A checkpoint whose signature was verified."""

    place: str
    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class Trust:
    """The keys of one shard's log: those that the caller gave, or else those that the database names.

    Where keys are given, `only_given` is set, and the database's are not asked even if none of them is this
    log's: whoever can change the rows can change the log's name, too.
    """

    shard: int
    given: tuple[Verifier, ...]
    kept: tuple[KeptKey, ...]
    only_given: bool

    @classmethod
    def of(
        cls,
        shard: int,
        origin: str,
        given: Sequence[Verifier],
        kept: Sequence[KeptKey],
        findings: Findings,
    ) -> "Trust":
        """Sort the keys out, and find those that do not belong."""
        sound = []
        for key in kept:
            try:
                ours = Verifier.from_vkey(key.vkey).name == origin
            except Malformed:
                ours = False
            if ours:
                sound.append(key)
            else:
                findings.add(Finding(Kind.KEY_MALFORMED, shard, found=key.vkey))
        mine = tuple([key for key in given if key.name == origin])
        if given and not mine:
            findings.add(Finding(Kind.KEY_NONE_GIVEN, shard, expected=origin))
        elif mine:
            named = {key.vkey for key in sound}
            for vkey in sorted(named - {key.vkey for key in mine}):
                findings.add(Finding(Kind.KEY_NOT_GIVEN, shard, found=vkey))
            for vkey in sorted({key.vkey for key in mine} - named):
                findings.add(Finding(Kind.KEY_NOT_NAMED, shard, expected=vkey))
        return cls(shard, mine, tuple(sound), bool(given))

    def open(self, placed: Placed, findings: Findings) -> Signed | None:
        """Verify a checkpoint; None where it is not to be trusted, which is then found."""

        def find(kind: Kind, found: str) -> None:
            finding = Finding(kind, self.shard, checkpoint=placed.size, place=placed.place, found=found)
            findings.add(finding)

        keys = self._keys
        if not keys:
            if not self.only_given:
                findings.add(Finding(Kind.KEY_MISSING, self.shard))
            return None
        try:
            opened = open_checkpoint(placed.note, keys)
        except Malformed as fault:
            find(Kind.CHECKPOINT_MALFORMED, str(fault))
            return None
        except NotProved as fault:
            find(Kind.CHECKPOINT_UNSIGNED, str(fault))
            return None
        size = opened.checkpoint.size
        if size != placed.size:
            find(Kind.CHECKPOINT_MISPLACED, str(size))
            return None
        if not self.only_given and opened.key not in verifiers_at(self.kept, size):
            find(Kind.CHECKPOINT_UNSIGNED, f"Its key {opened.key.vkey} was not in use then.")
            return None
        return Signed(placed.place, size, opened.checkpoint.root)

    @property
    def _keys(self) -> Sequence[Verifier]:
        return self.given if self.only_given else [Verifier.from_vkey(key.vkey) for key in self.kept]


def compare_places(
    shard: int,
    inside: Iterable[Placed],
    outside: Iterable[Placed],
    begins: Mapping[str, int],
    seen: int,
    findings: Findings,
) -> None:
    """Find checkpoints that one place has and another lacks.

    What is signed goes outside first, to one place at least; others may be away at that moment. `begins` says
    from which size on a place keeps any; what is over more than `seen` was signed after looking there.
    """
    sizes = {place: set[int]() for place in begins}
    for it in outside:
        if it.is_kept and it.place in sizes:
            sizes[it.place].add(it.size)
    within = {it.size for it in inside}
    for size in sorted(it for it in within if it <= seen):
        lacking = [place for place, begin in begins.items() if begin <= size and size not in sizes[place]]
        elsewhere = any(size in known for known in sizes.values())
        kind = Kind.CHECKPOINT_NOT_OUTSIDE if elsewhere else Kind.CHECKPOINT_MISSING
        for place in lacking:
            findings.add(Finding(kind, shard, checkpoint=size, place=place))
    for place, known in sizes.items():
        for size in sorted(known - within):
            findings.add(Finding(Kind.CHECKPOINT_NOT_INSIDE, shard, checkpoint=size, place=place))
