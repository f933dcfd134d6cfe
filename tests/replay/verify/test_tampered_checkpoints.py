"""Checkpoints and keys in the database are tampered with, and those outside it."""

from collections.abc import Callable, Mapping, Sequence

import pytest

from domain.seal.keys import Signer
from tests.replay.verify.books import SIGNED, Books
from tests.replay.verify.statements import Cases, params, tried

WRONG_ROOT = bytes(32)
FORGER = Signer("test/0", bytes(range(32)))
OTHER_LOG = Signer("other/0", bytes(range(32)))


def note(value: str) -> list[str]:
    """Change the checkpoint over 300 entries."""
    return [f"UPDATE daybook.checkpoints SET note = {value} WHERE size = 300"]


INSIDE: Cases = {
    "its root": (
        note("replace(note, split_part(note, chr(10), 3), encode(sha256(''), 'base64'))"),
        ["checkpoint-unsigned @300"],
    ),
    "its size in the text": (note("replace(note, '300', '301')"), ["checkpoint-unsigned @300"]),
    "its origin": (note("replace(note, 'test/0', 'test/1')"), ["checkpoint-unsigned @300"]),
    "its signature": (
        note("regexp_replace(note, '.....$', 'AAA=' || chr(10))"),
        ["checkpoint-unsigned @300"],
    ),
    "its signature, ill formed": (
        note("regexp_replace(note, '.....$', '=AA=' || chr(10))"),
        ["checkpoint-malformed @300"],
    ),
    "its bytes": (note("'nothing'"), ["checkpoint-malformed @300"]),
    "the size that it is kept under": (
        ["UPDATE daybook.checkpoints SET size = 299 WHERE size = 300"],
        ["checkpoint-misplaced @299", "checkpoint-missing @299", "checkpoint-not-inside @300"],
    ),
    "that of another size": (
        note("(SELECT note FROM daybook.checkpoints WHERE size = 100)"),
        ["checkpoint-misplaced @300"],
    ),
    "deleted": (["DELETE FROM daybook.checkpoints WHERE size = 300"], ["checkpoint-not-inside @300"]),
    "the newest deleted": (
        ["DELETE FROM daybook.checkpoints WHERE size = 590"],
        ["checkpoint-not-inside @590"],
    ),
    "all deleted": (
        ["TRUNCATE daybook.checkpoints"],
        [f"checkpoint-not-inside @{size}" for size in (0, *SIGNED)],
    ),
    "put over more entries": (
        ["UPDATE daybook.checkpoints SET size = 601 WHERE size = 590"],
        ["checkpoint-misplaced @601", "checkpoint-not-inside @590"],
    ),
}

KEYS: Cases = {
    "deleted": (["TRUNCATE daybook.seal_keys"], ["key-missing"]),
    "of later entries alone": (
        ["UPDATE daybook.seal_keys SET from_size = 200"],
        [f"checkpoint-unsigned @{size}" for size in (0, 100) for _ in range(2)],
    ),
    "of another log": (
        [f"UPDATE daybook.seal_keys SET vkey = '{OTHER_LOG.verifier.vkey}'"],
        ["key-malformed", "key-missing"],
    ),
    "no key": (["UPDATE daybook.seal_keys SET vkey = 'nothing'"], ["key-malformed", "key-missing"]),
    "another key of the log": (
        [f"UPDATE daybook.seal_keys SET vkey = '{FORGER.verifier.vkey}'"],
        [f"checkpoint-unsigned @{size}" for size in (0, *SIGNED) for _ in range(2)],
    ),
    "one of another log more": (
        [f"INSERT INTO daybook.seal_keys VALUES (0, now(), 0, '{OTHER_LOG.verifier.vkey}')"],
        ["key-malformed"],
    ),
}

ALL = {"inside": INSIDE, "keys": KEYS}


@pytest.mark.parametrize(("done", "found"), params(ALL))
def test_it_is_named_and_nothing_else_is(reused: Books, done: Sequence[str], found: Sequence[str]) -> None:
    reused.tamper(*done)
    told = reused.told()
    assert told == found, "\n".join(told)


Act = Callable[[Books], object]


def change(place: int) -> Act:
    """Change one character of the checkpoint over 300 entries."""

    def act(books: Books) -> None:
        text = books.note(300).read_text()
        other = "A" if text[place] != "A" else "B"
        books.note(300).write_text(text[:place] + other + text[place + 1 :])

    return act


def forged(size: int, root: bytes, signer: Signer | None = None) -> Act:
    """Put a checkpoint there that is signed, but not true."""
    return lambda books: books.note(size).write_bytes(books.sign(size, root, signer))


def swap(one: int, other: int) -> Act:
    """Have two files change names."""

    def act(books: Books) -> None:
        books.note(one).rename(books.shelf / "aside")
        books.note(other).rename(books.note(one))
        (books.shelf / "aside").rename(books.note(other))

    return act


def copied(size: int, path: str) -> Act:
    """Write a checkpoint over another file."""
    return lambda books: (books.shelf / path).write_bytes(books.note(size).read_bytes())


def removed(path: str) -> Act:
    """Remove a file."""
    return lambda books: (books.shelf / path).unlink()


def all_removed(books: Books) -> None:
    """Remove everything."""
    for path in [*(books.shelf / "checkpoints").iterdir(), books.shelf / "checkpoint"]:
        path.unlink()


def a_folder(books: Books) -> None:
    """Put a folder in the place of a file."""
    books.note(300).unlink()
    books.note(300).mkdir()


def kept(size: int) -> str:
    """The path of a checkpoint."""
    return f"checkpoints/{size:020}"


OUTSIDE: Mapping[str, tuple[Act, Sequence[str]]] = {
    "a letter of its origin": (change(0), ["checkpoint-unsigned @300"]),
    "a digit of its size": (change(7), ["checkpoint-unsigned @300"]),
    "a digit of its root": (change(12), ["checkpoint-unsigned @300"]),
    "a digit of its signature": (change(90), ["checkpoint-unsigned @300"]),
    "cut short": (lambda books: books.note(300).write_bytes(b"test/0\n300\n"), ["checkpoint-malformed @300"]),
    "empty": (lambda books: books.note(300).write_bytes(b""), ["checkpoint-malformed @300"]),
    "no file": (a_folder, ["outside-out-of-reach"]),
    "deleted": (removed(kept(300)), ["checkpoint-missing @300"]),
    "the first deleted": (removed(kept(0)), ["checkpoint-not-outside @0"]),
    "the newest deleted": (removed(kept(590)), ["checkpoint-missing @590", "latest-not-kept @590"]),
    "the last one deleted": (removed("checkpoint"), ["latest-missing"]),
    "the last one cut short": (
        lambda books: (books.shelf / "checkpoint").write_bytes(b"test/0\n"),
        ["latest-damaged"],
    ),
    "the last one put back": (copied(300, "checkpoint"), ["latest-behind @300"]),
    "all deleted": (all_removed, ["checkpoint-missing @0"]),
    "doubled under another size": (
        copied(300, kept(301)),
        ["checkpoint-misplaced @301", "checkpoint-not-inside @301"],
    ),
    "swapped": (swap(300, 520), ["checkpoint-misplaced @300", "checkpoint-misplaced @520"]),
    "renamed": (
        lambda books: books.note(300).rename(books.note(301)),
        ["checkpoint-misplaced @301", "checkpoint-missing @300", "checkpoint-not-inside @301"],
    ),
    "a false one, signed by the log's key": (forged(300, WRONG_ROOT), ["checkpoint-contradicts @300"]),
    "a false one over entries between": (
        forged(200, WRONG_ROOT),
        ["checkpoint-contradicts @200", "checkpoint-not-inside @200"],
    ),
    "a false one over all entries": (
        forged(600, WRONG_ROOT),
        ["checkpoint-not-inside @600", "fork @600 591-600", "latest-behind @590"],
    ),
    "one over more entries": (forged(601, WRONG_ROOT), ["latest-behind @590", "rollback @601 601"]),
    "one of a forger": (forged(300, WRONG_ROOT, FORGER), ["checkpoint-unsigned @300"]),
    "one of another log": (forged(300, WRONG_ROOT, OTHER_LOG), ["checkpoint-unsigned @300"]),
}


@pytest.mark.parametrize(("act", "found"), [pytest.param(*it, id=name) for name, it in OUTSIDE.items()])
def test_files_outside_are_named_and_nothing_else_is(reused: Books, act: Act, found: Sequence[str]) -> None:
    act(reused)
    told = reused.told()
    assert told == sorted(found), "\n".join(told)


def test_all_of_this_was_tried(count: Callable[[str], None]) -> None:
    count(f"tampering with checkpoints and keys: {tried(ALL)}")
    count(f"tampering with files outside: {len(OUTSIDE)} ways, each named")
