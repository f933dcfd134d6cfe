"""Logs that were put back, written on, cut off or worked out anew with everything that depends on it."""

import hmac
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.seal.keys import Signer, Verifier
from domain.seal.tree import Frontier, leaf_hash
from domain.store.connections import connect
from domain.store.init import read_facts
from tests.database import Store, new_ledger
from tests.domain.notary.office import Office
from tests.replay.verify.books import SIGNED, Books, fill, without_outside
from tests.replay.verify.statements import edit

FORGER = Signer("test/0", bytes(range(32)))


@pytest.fixture
def put_back(tmp_path: Path) -> Iterator[Books]:
    """A ledger of which a copy of its first 300 entries was put back."""
    folder = tmp_path / "books"
    folder.mkdir()
    office = Office(Store(new_ledger()), folder)
    with office.notary() as notary:
        notary.establish()
    for first, last in ((1, 100), (101, 300)):
        fill(office.store, first, last)
        office.publish()
    backup = office.copy("backup")
    for first, last in ((301, 520), (521, 590)):
        fill(office.store, first, last)
        office.publish()
    office.put_back(backup)
    yield Books(office)
    office.store.drop()


def test_an_older_copy_is_a_rollback(put_back: Books) -> None:
    assert put_back.told() == ["rollback @590 301-590"]


def test_an_older_copy_that_was_written_on_is_a_rollback_as_long_as_it_is_smaller(put_back: Books) -> None:
    fill(put_back.store, 1001, 1050)
    assert put_back.told() == ["rollback @590 351-590"]


def test_an_older_copy_that_was_written_on_is_a_fork(put_back: Books) -> None:
    fill(put_back.store, 1001, 1400)
    assert put_back.told() == [
        "checkpoint-not-inside @520",
        "checkpoint-not-inside @590",
        "fork @520 301-520",
    ]


def test_a_fork_that_was_signed_is_one_still(put_back: Books) -> None:
    fill(put_back.store, 1001, 1400)
    without_outside(put_back.office).publish()
    assert put_back.told() == [
        "checkpoint-missing @700",
        "checkpoint-not-inside @520",
        "checkpoint-not-inside @590",
        "fork @520 301-520",
    ]


def rewrite(books: Books) -> None:
    """Change entry 7, its fingerprint, and the whole tree: all that the database holds bears it out."""
    books.tamper(*edit(7, "12.30", "12.31"))
    with connect(books.store.url) as connection:
        key = read_facts(connection).fingerprint_key
    ((state,),) = books.store.run("SELECT state FROM daybook.entries WHERE position = 7")
    said = re.sub(rb'(,"recorded_at":")[^"]*(.*"version":)[0-9]*}', rb"\1\2", state)
    digest = hmac.digest(key, said, "sha256").hex()
    books.tamper(f"UPDATE daybook.entries SET fingerprint = '\\x{digest}' WHERE position = 7")
    books.reseal()


def sign_anew(books: Books, signer: Signer) -> None:
    """Replace all checkpoints inside by such as fit, signed by a key."""
    rows = books.store.run("SELECT state FROM daybook.entries ORDER BY position")
    leaves = [leaf_hash(state) for (state,) in rows]
    for size in (0, *SIGNED):
        note = books.sign(size, Frontier().extend(leaves[:size]).root(), signer).decode()
        books.tamper(f"UPDATE daybook.checkpoints SET note = $${note}$$ WHERE size = {size}")


def test_what_was_worked_out_anew_does_not_fit_the_checkpoints(books: Books) -> None:
    rewrite(books)
    assert books.told() == ["history-changed @100 1-100"]


def test_what_was_worked_out_anew_and_signed_does_not_fit_the_checkpoints_outside(books: Books) -> None:
    rewrite(books)
    sign_anew(books, books.signer)
    assert books.told() == ["fork @100 1-100"]


def test_what_a_forger_signed_is_not_what_the_key_given_signed(books: Books) -> None:
    books.keys = (books.signer.verifier,)
    assert books.told() == []
    rewrite(books)
    sign_anew(books, FORGER)
    books.tamper(f"UPDATE daybook.seal_keys SET vkey = '{FORGER.verifier.vkey}'")
    assert books.told() == [
        *sorted(f"checkpoint-unsigned @{size}" for size in (0, *SIGNED)),
        "fork @100 1-100",
        "key-not-given",
        "key-not-named",
    ]


def test_a_key_that_was_not_given_is_named(books: Books) -> None:
    old = books.signer.verifier
    with books.office.notary() as notary:
        notary.rotate(0)
    new = books.signer.verifier
    assert books.told() == []
    books.keys = (old, new)
    assert books.told() == []
    books.keys = (old,)
    assert books.told() == ["key-not-given"]


def test_where_no_key_given_is_the_logs_none_is_trusted(books: Books) -> None:
    books.keys = (Verifier("other/0", books.signer.verifier.public_key),)
    assert books.told() == ["key-none-given", "key-of-no-log"]
    (shard,) = books.verify().shards
    assert shard.signed == 0
    assert all(finding.grave for finding in books.verify().findings)


def test_a_key_of_no_log_is_named_beside_the_right_one(books: Books) -> None:
    own = books.signer.verifier
    books.keys = (own, Verifier("test/1", own.public_key))
    assert books.told() == ["key-of-no-log"]


def test_a_forger_who_renames_the_log_is_not_trusted_for_it(books: Books) -> None:
    """The whole log signed anew under another name, by a key of that name: only the given one tells."""
    books.keys = (books.signer.verifier,)
    forger = Signer("another/0", bytes(range(32)))
    rewrite(books)
    books.tamper(
        "UPDATE daybook.ledger SET name = 'another'",
        f"UPDATE daybook.seal_keys SET vkey = '{forger.verifier.vkey}'",
    )
    sign_anew(books, forger)
    assert {"key-none-given", "key-of-no-log"} <= set(books.told())


def test_entries_cut_off_are_a_rollback(books: Books) -> None:
    books.tamper("DELETE FROM daybook.entries WHERE position > 550")
    books.reseal()
    assert books.told() == ["rollback @590 551-590"]


def test_entries_cut_off_with_their_checkpoints_are_a_rollback(books: Books) -> None:
    books.tamper(
        "DELETE FROM daybook.entries WHERE position > 550",
        "DELETE FROM daybook.checkpoints WHERE size > 550",
    )
    books.reseal()
    assert books.told() == ["rollback @590 551-590"]


def test_what_was_never_signed_can_be_cut_off_unseen(books: Books) -> None:
    books.tamper("DELETE FROM daybook.entries WHERE position > 595")
    books.reseal()
    assert books.told() == []
