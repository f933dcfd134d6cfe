"""What is asked of the append, and what it answers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final, NamedTuple, Protocol
from uuid import UUID

import msgspec

from domain.entry import Prepared, Receipt
from domain.refusals import Refused, Unavailable
from domain.vault.sealed import KeyId

Outcome = tuple[Receipt, ...] | Refused
"""The receipts of all entries of one append, in order, or why none of them was recorded."""


Begun = Callable[[], list[Outcome]]
"""What was begun and goes on by itself: waits for its end, and returns the fate of each part, in order."""


class Failed(Refused):
    """Something broke down on this entry, by a defect of the program, and nothing of it was recorded."""


class Behind(Unavailable):
    """The stream has grown too far beyond what is known of it to be read within an append."""


class KeysChanged(Unavailable):
    """Whom this is about was erased after it was sealed, so that nobody could read it."""


class TreeDamaged(Unavailable):
    """What is stored does not lead to the hash tree over it, so nothing is appended; run `daybook verify`."""

    retry: ClassVar[bool] = False


TAIL_MAX: Final = 32
"""How many entries of a stream are read inside an append, where all others wait; more are loaded before."""


class StreamView(Protocol):
    """A stream as an append sees it: what is committed, and what was accepted before it in the same batch.

    `memo` is for whoever decides: it is None at first, and kept from one request of the batch to the next.
    """

    memo: object

    @property
    def version(self) -> int:
        """The version of the stream's last entry; 0 where it has none."""

    @property
    def committed(self) -> int:
        """The version of its last entry that is committed: those after it may yet come to nothing."""

    def after(self, version: int) -> Sequence[tuple[str, bytes]]:
        """Return type and canonical bytes of the entries of higher versions, in order."""


class Decider(Protocol):
    """Who decided on a request's entries; it runs on the committer's thread, where all others wait for it."""

    def again(self, view: StreamView) -> tuple[Prepared, ...]:
        """Decide once more, on the stream as the append sees it; may raise `Refused`.

        The head is locked, so it must neither wait nor ask the ledger.
        """

    def committed(self, recorded: "Recorded") -> None:
        """Take notice of where the entries stand; not called where they had been recorded before."""

    def unsealed(self) -> bytes:
        """Work out the fingerprint that an entry of the same content has which was never sealed."""


# `gc=False`, here and below it: the garbage collector need not walk the thousands of a batch again and again,
# as nothing that they refer to refers back to them.
class Append(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One caller's request: one stream, one command, all its entries or none.

    `entries` were decided on version `decided_at` of the stream; where it is elsewhere by now, `decider`
    decides again inside the append. With `decided_at` None any version will do. Entry n bears
    `nth_id(id, n)`. `expected_version` is the caller's own demand. `recorded_at` is for ledgers with a
    simulated clock alone. `sealed_with` are the keys that its personal texts are sealed with, `sealed_at` how
    often somebody had been erased when they were read, `index` by what tokens the stream is found from now
    on, and who that is.
    """

    stream: str
    id: UUID
    fingerprint: bytes
    entries: tuple[Prepared, ...]
    decided_at: int | None = None
    presumes: UUID | None = None
    learnt: int = 0
    expected_version: int | None = None
    recorded_at: datetime | None = None
    sealed_at: int | None = None
    sealed_with: tuple[KeyId, ...] = ()
    index: tuple[tuple[bytes, str], ...] = ()
    decider: Decider | None = None

    @property
    def streams(self) -> tuple[str, ...]:
        """The stream, alone."""
        return (self.stream,)


class OpaqueRow(NamedTuple):
    """One stored event of the library's own callers: its bytes are theirs."""

    stream: str
    version: int
    type: str
    state: bytes


@dataclass(frozen=True, slots=True)
class Opaque:
    """Stored events of the library's own callers: all are recorded at the versions they bear, or none.

    `id` is drawn anew for each call: by it a commit whose answer was lost is told from a conflict.
    """

    id: UUID
    rows: Sequence[OpaqueRow]

    @property
    def stream(self) -> str:
        """The stream of the first row, under which `id` is looked up."""
        return self.rows[0].stream

    @property
    def streams(self) -> tuple[str, ...]:
        """The streams of all rows."""
        return tuple({row.stream for row in self.rows})


Request = Append | Opaque


class Recorded(NamedTuple):
    """Where a request's entries stand: contiguous positions, and versions where they are of one stream.

    `again` says that they were decided again inside the append.
    """

    position: int
    version: int
    recorded_at: datetime
    ids: tuple[UUID, ...]
    repeated: bool
    again: bool = False


Result = Recorded | Refused
"""A request's fate, as the committer keeps it; the caller's thread makes receipts of it."""


def receipts(recorded: Recorded, stream: str, shard: int) -> tuple[Receipt, ...]:
    """Write out the receipts of a request's entries."""
    position, version, recorded_at, ids, repeated, _ = recorded
    if len(ids) == 1:
        return (Receipt(ids[0], stream, version, shard, position, recorded_at, repeated),)
    return tuple(
        Receipt(entry_id, stream, version + n, shard, position + n, recorded_at, repeated)
        for n, entry_id in enumerate(ids)
    )


def outcome(request: Append, result: Result, shard: int) -> Outcome:
    """Turn a request's fate into what its caller is told."""
    return receipts(result, request.stream, shard) if isinstance(result, Recorded) else result
