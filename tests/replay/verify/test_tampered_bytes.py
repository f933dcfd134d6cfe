"""Every part of an entry's bytes is changed, one at a time.

Where they are, the fingerprint tells, too, unless the entry holds a sealed field.
"""

from collections.abc import Callable, Sequence

import pytest

from tests.replay.verify.books import Books
from tests.replay.verify.statements import Cases, column, edit, params, tried

TEXT = "convert_from(state, 'UTF8')"
TOKEN = f"substring({TEXT} from 'sealed:[^\"]*')"
OTHER_TOKEN = f"SELECT {TOKEN} FROM daybook.entries WHERE position = 80"

DATA: Cases = {
    "a digit of an amount": (edit(7, "12.30", "12.31"), ["entry-changed 7", "fingerprint-differs 7"]),
    "a digit of a name": (edit(7, '"p-7"', '"p-8"'), ["entry-changed 7", "fingerprint-differs 7"]),
    "a key of the data": (edit(7, '"method"', '"methoe"'), ["entry-changed 7", "fingerprint-differs 7"]),
    "one value less": (edit(7, '"method":"bank",', ""), ["entry-changed 7", "fingerprint-differs 7"]),
    "one value more": (
        edit(7, '"payment":"p-7"', '"payment":"p-7","x":1'),
        ["entry-changed 7", "fingerprint-differs 7"],
    ),
    "the first of a command": (edit(90, "12.30", "12.31"), ["entry-changed 90", "fingerprint-differs 90"]),
    "the second of a command": (edit(91, "12.30", "12.31"), ["entry-changed 91"]),
    "the first entry": (edit(1, "12.30", "12.31"), ["entry-changed 1", "fingerprint-differs 1"]),
    "the last of a tile": (edit(256, "12.30", "12.31"), ["entry-changed 256", "fingerprint-differs 256"]),
    "the first of a tile": (edit(257, "12.30", "12.31"), ["entry-changed 257", "fingerprint-differs 257"]),
    "two entries": (
        [*edit(7, "12.30", "12.31"), *edit(301, "12.30", "12.31")],
        ["entry-changed 301", "entry-changed 7", "fingerprint-differs 301", "fingerprint-differs 7"],
    ),
    "neighbours": (
        ["UPDATE daybook.entries SET state = state || ' ' WHERE position BETWEEN 250 AND 260"],
        ["entry-changed 250-260", "not-canonical 250-260"],
    ),
    "all bytes": (
        ["UPDATE daybook.entries SET state = '{}' WHERE position = 7"],
        ["entry-changed 7", "not-canonical 7"],
    ),
    "no bytes": (
        ["UPDATE daybook.entries SET state = '' WHERE position = 7"],
        ["entry-changed 7", "not-canonical 7"],
    ),
}

ENVELOPE: Cases = {
    "actor.id": (edit(7, '"clerk-1"', '"clerk-2"'), ["entry-changed 7", "fingerprint-differs 7"]),
    "actor.kind": (edit(7, '"staff"', '"system"'), ["entry-changed 7", "fingerprint-differs 7"]),
    "actor.kind, unheard of": (edit(7, '"staff"', '"ghost"'), ["entry-changed 7", "not-canonical 7"]),
    "id": (
        column("state", f"convert_to(replace({TEXT}, right(id::text, 4), 'abcd'), 'UTF8')"),
        ["entry-changed 7", "column-differs id 7", "fingerprint-differs 7"],
    ),
    "occurred_at": (edit(7, "2026-01-01T00", "2026-01-02T00"), ["entry-changed 7", "fingerprint-differs 7"]),
    "recorded_at": (
        edit(7, '"recorded_at":"2', '"recorded_at":"1'),
        ["column-differs recorded_at 7", "entry-changed 7"],
    ),
    "schema": (edit(7, '"schema":1', '"schema":2'), ["entry-changed 7"]),
    "source": (edit(7, '"source":"test"', '"source":"tesu"'), ["entry-changed 7", "fingerprint-differs 7"]),
    "stream": (
        edit(7, '"customer:0"', '"customer:9"'),
        ["column-differs stream 7", "entry-changed 7", "fingerprint-differs 7"],
    ),
    "type": (
        edit(7, '"PaymentReceived"', '"PaymentReceivee"'),
        ["column-differs type 7", "entry-changed 7", "fingerprint-differs 7"],
    ),
    "version": (edit(7, '"version":1}', '"version":2}'), ["column-differs version 7", "entry-changed 7"]),
    "a field more": (edit(7, '"schema":1', '"schema":1,"shard":1'), ["entry-changed 7", "not-canonical 7"]),
    "a field less": (edit(7, '"source":"test",', ""), ["entry-changed 7", "not-canonical 7"]),
}

FORM: Cases = {
    "a space": (edit(7, ":", ": "), ["entry-changed 7", "not-canonical 7"]),
    "a line feed at the end": (edit(7, "}", "}\n"), ["entry-changed 7", "not-canonical 7"]),
    "a byte order mark": (edit(7, '{"actor"', '\ufeff{"actor"'), ["entry-changed 7", "not-canonical 7"]),
    "keys in another order": (
        edit(7, '{"amount":"12.30","currency":"CNY"}', '{"currency":"CNY","amount":"12.30"}'),
        ["entry-changed 7", "not-canonical 7"],
    ),
    "a key twice": (
        edit(7, '"method":"bank"', '"method":"bank","method":"bank"'),
        ["entry-changed 7", "not-canonical 7"],
    ),
    "an escape": (edit(7, "bank", "\\u0062ank"), ["entry-changed 7", "not-canonical 7"]),
    "NUL": (edit(7, "bank", "ban\\u0000k"), ["entry-changed 7", "not-canonical 7"]),
    "a key beyond ASCII": (edit(7, '"method"', '"méthod"'), ["entry-changed 7", "not-canonical 7"]),
    "a float": (edit(7, '"bank"', "1.5"), ["entry-changed 7", "not-canonical 7"]),
    "an integer too large": (edit(7, '"bank"', str(2**53)), ["entry-changed 7", "not-canonical 7"]),
    "null": (edit(7, '"bank"', "null"), ["entry-changed 7", "not-canonical 7"]),
    "a moment without fraction": (
        edit(7, "T00:00:00.000000Z", "T00:00:00Z"),
        ["entry-changed 7", "not-canonical 7"],
    ),
    "a moment of another zone": (
        edit(7, "T00:00:00.000000Z", "T00:00:00.000000+00:00"),
        ["entry-changed 7", "not-canonical 7"],
    ),
    "no UTF-8": (column("state", "set_byte(state, 20, 255)"), ["entry-changed 7", "not-canonical 7"]),
    "cut short": (column("state", "substr(state, 1, 200)"), ["entry-changed 7", "not-canonical 7"]),
    "an upper-case id": (
        column(
            "state", "convert_to(replace(convert_from(state, 'UTF8'), id::text, upper(id::text)), 'UTF8')"
        ),
        ["column-differs id 7", "entry-changed 7", "fingerprint-differs 7"],
    ),
}

SEALED: Cases = {
    "its generation": (edit(40, ":customer:1:1:", ":customer:1:2:"), ["entry-changed 40"]),
    "its commitment cut": (
        column(
            "state",
            f"convert_to(regexp_replace({TEXT}, '.(?=\"}},\"id)', ''), 'UTF8')",
            40,
        ),
        ["entry-changed 40", "sealed-malformed name 40"],
    ),
    "its format": (edit(40, "sealed:1:", "sealed:2:"), ["entry-changed 40", "sealed-malformed name 40"]),
    "its field": (edit(40, ":name:", ":phone:"), ["entry-changed 40", "sealed-malformed name 40"]),
    "moved to another field": (
        edit(40, '"name":', '"phone":'),
        ["entry-changed 40", "sealed-malformed phone 40"],
    ),
    "that of another entry": (
        column("state", f"convert_to(replace({TEXT}, {TOKEN}, ({OTHER_TOKEN})), 'UTF8')", 40),
        ["entry-changed 40", "sealed-malformed name 40"],
    ),
    "opened": (
        column(
            "state",
            f"convert_to(regexp_replace({TEXT}, 'sealed:[^\"]*', 'Nobody'), 'UTF8')",
            40,
        ),
        ["entry-changed 40", "fingerprint-differs 40"],
    ),
}

ALL = {"data": DATA, "envelope": ENVELOPE, "form": FORM, "sealed": SEALED}


@pytest.mark.parametrize(("done", "found"), params(ALL))
def test_it_is_named_and_nothing_else_is(reused: Books, done: Sequence[str], found: Sequence[str]) -> None:
    reused.tamper(*done)
    told = reused.told()
    assert told == found, "\n".join(told)


def test_all_of_this_was_tried(count: Callable[[str], None]) -> None:
    count(f"tampering with the bytes of entries: {tried(ALL)}")
