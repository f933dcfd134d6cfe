"""Keys: shown once, kept as a hash, refused when expired or revoked."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import psycopg
import pytest

from domain.authority import LOCAL_OWNER, SCOPES, KeyRefused, Principal, ScopeMissing, read_scopes
from domain.ledger import Ledger
from domain.principals import Keys, NoSuchKey
from domain.refusals import AlreadyEnded, InvalidValue, MissingField
from tests.database import Store


@pytest.fixture
def keys(store: Store) -> Iterator[Keys]:
    """The keys of a ledger."""
    with Ledger.open(store.url) as ledger:
        yield Keys.of(ledger)


def test_a_key_is_who_it_was_made_for(keys: Keys) -> None:
    made, text = keys.create("Ann", ["approve", "record", "record"], LOCAL_OWNER)
    assert made.scopes == ("record", "approve")
    assert keys.authenticate(f" {text}\n") == Principal(f"key:{made.id}", "Ann", ("record", "approve"))
    assert (made.status, made.created_by) == ("active", "owner")
    assert keys.all() == [made]


def test_only_the_hash_of_its_secret_is_kept(keys: Keys, store: Store) -> None:
    made, text = keys.create("Ann", ["read"], LOCAL_OWNER)
    secret = text.removeprefix(f"daybook_{made.id}_")
    assert len(secret) == 43
    ((row,),) = store.run("SELECT row_to_json(principals)::text FROM daybook.principals")
    assert secret not in row
    assert sha256(secret.encode()).hexdigest() in row
    assert secret not in repr(made)


def test_two_keys_are_never_the_same(keys: Keys) -> None:
    texts = {keys.create("Ann", ["read"], LOCAL_OWNER)[1] for _ in range(20)}
    assert len(texts) == 20


def test_what_is_no_key_is_refused_without_showing_it(keys: Keys) -> None:
    made, text = keys.create("Ann", ["read"], LOCAL_OWNER)
    other = keys.create("Ben", ["read"], LOCAL_OWNER)[1].rpartition("_")[2].rjust(43, "x")[:43]
    wrong = [
        "",
        "daybook",
        text[:-1],
        text + "x",
        f"daybook_{made.id}_{other}",
        f"daybook_{'0' * 12}_{text[-43:]}",
        text.upper(),
    ]
    for it in wrong:
        with pytest.raises(KeyRefused) as caught:
            keys.authenticate(it)
        assert text[-43:] not in str(caught.value)


def test_a_key_ends_when_it_expires(keys: Keys, store: Store) -> None:
    until = datetime.now(UTC) + timedelta(days=1)
    made, text = keys.create("Ann", ["read"], LOCAL_OWNER, until)
    assert (made.expires_at, keys.authenticate(text).name) == (until, "Ann")
    store.run("UPDATE daybook.principals SET expires_at = clock_timestamp()", owner=True)
    with pytest.raises(KeyRefused, match="It is expired"):
        keys.authenticate(text)
    assert [it.status for it in keys.all()] == ["expired"]


def test_a_key_is_revoked_once_and_for_ever(keys: Keys, store: Store) -> None:
    made, text = keys.create("Ann", ["read"], LOCAL_OWNER)
    assert keys.revoke(f"key:{made.id}").status == "revoked"
    with pytest.raises(KeyRefused, match="revoked"):
        keys.authenticate(text)
    with pytest.raises(AlreadyEnded):
        keys.revoke(made.id)
    with pytest.raises(NoSuchKey):
        keys.revoke("none")
    with pytest.raises(psycopg.errors.RestrictViolation):
        store.run("UPDATE daybook.principals SET revoked_at = NULL")
    assert [it.status for it in keys.all()] == ["revoked"]


def test_nobody_gives_a_scope_that_they_lack(keys: Keys) -> None:
    admin = Principal("key:1", "Ann", ("read", "admin"))
    assert keys.create("Ben", ["read"], admin)[0].created_by == "key:1"
    with pytest.raises(ScopeMissing) as caught:
        keys.create("Ben", ["read", "approve"], admin)
    assert caught.value.value == "approve"
    assert len(keys.all()) == 1


def test_what_cannot_be_a_key_is_not_made(keys: Keys) -> None:
    yesterday = datetime.now(UTC) - timedelta(days=1)
    with pytest.raises(InvalidValue, match="future"):
        keys.create("Ann", ["read"], LOCAL_OWNER, yesterday)
    for name in ("", "a\nb", "x" * 201):
        with pytest.raises(InvalidValue):
            keys.create(name, ["read"], LOCAL_OWNER)
    with pytest.raises(InvalidValue, match="read:personal"):
        keys.create("Ann", ["write"], LOCAL_OWNER)
    with pytest.raises(MissingField):
        keys.create("Ann", [], LOCAL_OWNER)
    assert keys.all() == []


def test_the_local_owner_may_do_everything() -> None:
    for scope in SCOPES:
        LOCAL_OWNER.need(scope)
    assert read_scopes(SCOPES[::-1]) == SCOPES
    reader = Principal("key:1", "Ann", ("read",))
    reader.need("read")
    with pytest.raises(ScopeMissing):
        reader.need("read:personal")
