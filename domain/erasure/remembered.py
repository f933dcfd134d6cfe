"""What is remembered of erasures outside the database: whoever puts old keys back brings nobody back.

    {"erased_at":"2026-01-31T09:00:00.000000Z","generation":1,"keys":1,"request":"0198...",
     "subject":"customer:42"}

Such a line says that the keys of a data subject were destroyed up to a generation; what is said of them later
is sealed with the next one. It is written under the lock of the shard's head, after the last check and before
the keys are destroyed: from then on the erasure only goes forward, whatever is interrupted.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from domain.canonical import encode_sorted
from domain.erasure.refusals import ErasuresUnreadable
from domain.notary.outside import Outside
from domain.store.reads import Connection
from domain.vault.ending import destroy_keys
from domain.vault.keyring import rows
from domain.vault.vault import Vault

log = logging.getLogger("daybook.erasure")
HINT: Final = "Beside {place}: {fault}. Without it, somebody may be back who was erased."


class Erasure(msgspec.Struct, frozen=True):
    """What a line says: whose keys were destroyed, up to which generation, how many, by whose request, when.

    Whoever puts old keys back needs the first two alone.
    """

    subject: str
    generation: Annotated[int, Meta(ge=1)]
    keys: Annotated[int, Meta(ge=0)] = 0
    request: str = ""
    erased_at: str = ""


_read: Final = msgspec.json.Decoder(Erasure).decode


def erasures(outside: Outside, shard: int) -> Iterator[Erasure]:
    """Return what a place remembers of a shard's erasures; refuses a line that cannot be read."""
    for line in outside.erasures(shard):
        try:
            yield _read(line)
        except msgspec.DecodeError as error:
            hint = HINT.format(place=outside.place(shard), fault=error)
            raise ErasuresUnreadable("erasures", line, hint) from None


def decided(outsides: Iterable[Outside], shard: int, request: str) -> Erasure | None:
    """Return what is remembered of a request's erasure, in whichever place."""
    found = (it for outside in outsides for it in erasures(outside, shard))
    return next((it for it in found if it.request == request), None)


def remember(outsides: Iterable[Outside], shard: int, erasure: Erasure) -> None:
    """Have every place remember an erasure, once."""
    line = encode_sorted(msgspec.structs.asdict(erasure)).decode()
    for outside in outsides:
        if erasure not in erasures(outside, shard):
            outside.remember_erasure(shard, line)


def generations(outsides: Iterable[Outside], shard: int) -> dict[str, int]:
    """Return up to which generation the keys of each data subject were destroyed, as all places say."""
    found: dict[str, int] = {}
    for outside in outsides:
        for it in erasures(outside, shard):
            found[it.subject] = max(it.generation, found.get(it.subject, 0))
    return found


def erase_again(connection: Connection, shard: int, erased: Mapping[str, int]) -> list[str]:
    """Destroy the keys of those who are back, in the caller's transaction; returns the data subjects.

    What their later keys seal stays: those were made after the erasure.
    """
    back = _revived(connection, shard, erased)
    for subject, generation in back:
        destroy_keys(connection, shard, subject, generation)
    return [subject for subject, _ in back]


def hold_to_erasures(vault: Vault, outsides: Sequence[Outside], shards: int) -> list[str]:
    """See to it that nobody is back who was erased, as where an old table of keys was put back.

    It comes before anything is opened or sealed; a vault for which it cannot be done is closed.
    """
    found = []
    try:
        for shard in range(shards):
            erased = generations(outsides, shard)
            if erased and _are_back(vault, shard, erased):
                found += vault.ending(shard, partial(erase_again, shard=shard, erased=erased))
    except BaseException:
        vault.close()
        raise
    if found:
        log.warning("%d data subjects had been erased and were back: they are erased once more", len(found))
    return found


def _are_back(vault: Vault, shard: int, erased: Mapping[str, int]) -> bool:
    with vault.keys.reading() as connection:
        return bool(_revived(connection, shard, erased))


def _revived(connection: Connection, shard: int, erased: Mapping[str, int]) -> list[tuple[str, int]]:
    asked = {"shard": shard, "subjects": list(erased), "generations": list(erased.values())}
    return rows(connection, "revived", asked)
