"""Entries checked one by one: their bytes, their columns, their order and their fingerprints."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final

from domain.streams import shard_of
from replay.verify.findings import Finding, Findings, Kind
from replay.verify.fingerprints import (
    fingerprints,
    is_later_of_command,
    is_sealable,
    sealed_fields,
)
from replay.verify.form import Envelope, NotCanonicalError, read_envelopes
from replay.verify.reading import Page, Reader, moment_of

SHOWN_MAX: Final = 120


class EntryAudit:
    """Checks neighbouring entries, page by page; `tally` counts what was checked and what could not be."""

    def __init__(self, reader: Reader, shard: int, shards: int, key: bytes, findings: Findings) -> None:
        """Take the ledger's number of shards and the key of its fingerprints."""
        self.tally: Counter[str] = Counter()
        self.first_recorded_at: int | None = None
        self.last_recorded_at: int | None = None
        self._reader = reader
        self._shard = shard
        self._shards = shards
        self._key = key
        self._findings = findings
        self._versions: dict[str, int] = {}

    def take(self, page: Page) -> None:
        """Check the next page."""
        self.tally["entries"] += len(page.positions)
        self._check_clock(page)
        read = read_envelopes(page.states)
        envelopes = [it for it in read if isinstance(it, Envelope)]
        if len(envelopes) < len(read):
            page = self._readable(page, read)
        self._check_columns(page, envelopes)
        self._check_order(page)
        self._check_fingerprints(page, envelopes)

    def _readable(self, page: Page, read: Sequence[Envelope[Any] | NotCanonicalError]) -> Page:
        """Name the entries whose bytes are not canonical, and return the others."""
        for position, it in zip(page.positions, read, strict=True):
            if isinstance(it, NotCanonicalError):
                self._find(Kind.NOT_CANONICAL, position, found=str(it))
        return page.only([place for place, it in enumerate(read) if isinstance(it, Envelope)])

    def _check_clock(self, page: Page) -> None:
        last = self.last_recorded_at
        if not page.positions:
            return
        if last is None:
            last = self.first_recorded_at = page.recorded_at[0]
        if list(page.recorded_at) != sorted([last, *page.recorded_at])[1:]:
            for position, moment in zip(page.positions, page.recorded_at, strict=True):
                if moment < last:
                    times = {"expected": moment_of(last), "found": moment_of(moment)}
                    self._find(Kind.CLOCK_FALLS, position, **times)
                last = moment
        self.last_recorded_at = page.recorded_at[-1]

    def _check_columns(self, page: Page, envelopes: Sequence[Envelope[Any]]) -> None:
        texts = {moment: moment_of(moment) for moment in set(page.recorded_at)}
        recorded_at = [texts[moment] for moment in page.recorded_at]
        self._compare(page, "id", page.ids, [it.id for it in envelopes])
        self._compare(page, "stream", page.streams, [it.stream for it in envelopes])
        self._compare(page, "type", page.types, [it.type for it in envelopes])
        self._compare(page, "version", page.versions, [it.version for it in envelopes])
        self._compare(page, "recorded_at", recorded_at, [it.recorded_at for it in envelopes])

    def _compare(self, page: Page, column: str, stored: Sequence[object], in_bytes: Sequence[object]) -> None:
        """Compare a column with the bytes; as a rule the two are one."""
        if list(stored) == in_bytes:
            return
        for position, found, expected in zip(page.positions, stored, in_bytes, strict=True):
            if found != expected:
                shown = {"expected": _shown(expected), "found": _shown(found)}
                self._find(Kind.COLUMN_DIFFERS, position, column=column, **shown)

    def _check_order(self, page: Page) -> None:
        """Check that versions rise along the log, and that streams stand where they belong."""
        known, version_of = self._versions, self._versions.get
        for place, (stream, version) in enumerate(zip(page.streams, page.versions, strict=True)):
            before = version_of(stream, 0)
            if version < before:
                shown = {"expected": str(before), "found": str(version)}
                self._find(Kind.VERSION_FALLS, page.positions[place], column=stream, **shown)
            known[stream] = version
        if self._shards > 1:
            self._check_shards(page)

    def _check_shards(self, page: Page) -> None:
        belongs = {stream: shard_of(stream, self._shards) for stream in set(page.streams)}
        for position, stream in zip(page.positions, page.streams, strict=True):
            if belongs[stream] != self._shard:
                expected = str(belongs[stream])
                self._find(Kind.WRONG_SHARD, position, expected=expected, found=_shown(stream))

    def _check_fingerprints(self, page: Page, envelopes: Sequence[Envelope[Any]]) -> None:
        if any(map(is_sealable, set(page.types))):
            places = self._check_sealed(page, envelopes)
            page, envelopes = page.only(places), [envelopes[place] for place in places]
        expected = fingerprints(self._key, page.states)
        self.tally["fingerprints"] += len(expected)
        if list(page.fingerprints) == expected:
            return
        for place, position in enumerate(page.positions):
            if page.fingerprints[place] == expected[place]:
                continue
            why_not = self._not_its_own(page, envelopes, place)
            if why_not:
                self.tally["fingerprints"] -= 1
                self.tally[why_not] += 1
            else:
                shown = {"expected": expected[place].hex(), "found": _shown(page.fingerprints[place])}
                self._find(Kind.FINGERPRINT_DIFFERS, position, **shown)

    def _not_its_own(self, page: Page, envelopes: Sequence[Envelope[Any]], place: int) -> str:
        """Say why an entry's fingerprint need not be that of its bytes; nothing where it has to be."""
        if is_later_of_command(self._reader, self._shard, page, place):
            return "later"
        # A caller may have said it in an earlier schema version, which is what the fingerprint is over.
        return "raised" if envelopes[place].schema > 1 else ""

    def _check_sealed(self, page: Page, envelopes: Iterable[Envelope[Any]]) -> list[int]:
        """Check the form of sealed values; return the places of entries that hold none."""
        places = []
        for place, envelope in enumerate(envelopes):
            fields = sealed_fields(envelope)
            if not fields:
                places.append(place)
                continue
            self.tally["sealed"] += 1
            for name, fault in fields.items():
                if fault:
                    self._find(Kind.SEALED_MALFORMED, page.positions[place], column=name, found=fault)
        return places

    def _find(
        self, kind: Kind, position: int, *, column: str = "", expected: str = "", found: str = ""
    ) -> None:
        finding = Finding(
            kind, self._shard, position, position, column=column, expected=expected, found=found
        )
        self._findings.add(finding)


def _shown(value: object) -> str:
    text = value.hex() if isinstance(value, bytes) else str(value)
    return text if len(text) <= SHOWN_MAX else text[:SHOWN_MAX] + "…"
