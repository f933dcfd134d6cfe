"""Data keys: one for each data subject whoever asks first, none that was destroyed, none of a wrong KEK."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from domain.refusals import DatabaseGone
from domain.store.datastore import LedgerDatastore
from domain.vault import keyring
from domain.vault.keyring import DataKeys
from domain.vault.keys import KeyRing
from domain.vault.refusals import KeyMissing, WrongKey
from domain.vault.sealed import DataKey
from domain.vault.subjects import INDEX_SUBJECT
from domain.vault.vault import Vault
from tests.database import Store
from tests.vaults import KEK, OTHER_KEK, RING, vault_of

MANY = 8
ANN, BEN, EVE = "customer:ann", "customer:ben", "customer:eve"


@pytest.fixture
def keys(vault: Vault) -> DataKeys:
    return vault.keys


@pytest.fixture
def another(store: Store) -> Iterator[Vault]:
    """The vault of another process."""
    made = vault_of(store.url)
    yield made
    made.close()


def _rows(store: Store) -> list[tuple[str, int, str | None, bool]]:
    found = store.run(
        "SELECT subject, generation, kek, wrapped IS NULL FROM daybook.data_keys ORDER BY subject, generation"
    )
    return [(str(a), int(b), c and str(c), bool(d)) for a, b, c, d in found]


def test_every_data_subject_gets_a_key_of_its_own(store: Store, keys: DataKeys) -> None:
    held = keys.ensure(0, [BEN, ANN])
    assert held.epoch == 0
    assert {it.generation for it in held.keys.values()} == {1}
    assert held.keys[ANN].secret != held.keys[BEN].secret
    assert _rows(store) == [(it, 1, KEK.name, False) for it in (ANN, BEN, INDEX_SUBJECT)]


def test_the_same_key_is_found_again_here_and_elsewhere(keys: DataKeys, another: Vault) -> None:
    first = keys.ensure(0, [ANN]).keys[ANN]
    assert keys.at_hand(0, [ANN]) == keys.ensure(0, [ANN]) == another.keys.ensure(0, [ANN])
    assert another.keys.ensure(0, [ANN, BEN]).keys[ANN].secret == first.secret
    assert keys.index_key() == another.keys.index_key()


def test_no_unwrapped_key_is_in_the_database(store: Store, keys: DataKeys) -> None:
    secrets = {keys.index_key(), keys.ensure(0, [ANN]).keys[ANN].secret}
    kept = b"".join(bytes(it) for (it,) in store.run("SELECT wrapped FROM daybook.data_keys"))
    assert not any(secret in kept for secret in secrets)


def test_keys_are_at_hand_only_where_all_were_read(keys: DataKeys) -> None:
    before = keys.started, keys.at_hand(0, [ANN])
    keys.ensure(0, [ANN])
    assert (before, keys.started) == ((False, None), True)
    assert keys.at_hand(0, [ANN, BEN]) is None
    assert keys.at_hand(0, []) is not None


def test_those_used_last_are_kept(store: Store) -> None:
    datastore = LedgerDatastore(store.url)
    keys = DataKeys(datastore, RING, kept_max=2)
    for subject in (ANN, BEN, ANN, EVE):
        keys.ensure(0, [subject])
        keys.at_hand(0, [subject])
    assert [keys.at_hand(0, [it]) is None for it in (ANN, BEN, EVE)] == [False, True, False]
    assert len(keys.ensure(0, [ANN, BEN, EVE]).keys) == 3
    datastore.close()


def test_of_many_who_want_a_first_key_all_get_the_same(store: Store) -> None:
    vaults = [vault_of(store.url) for _ in range(MANY)]
    subjects = [f"customer:{n}" for n in range(50)]
    orders = [subjects[n:] + subjects[:n] for n in range(MANY)]
    with ThreadPoolExecutor(MANY) as pool:
        found = list(pool.map(lambda it: it[0].keys.ensure(0, it[1]), zip(vaults, orders, strict=True)))
    secrets = [{subject: key.secret for subject, key in held.keys.items()} for held in found]
    assert all(it == secrets[0] for it in secrets)
    assert len(_rows(store)) == len(subjects) + 1
    for made in vaults:
        made.close()


def test_after_its_destruction_the_next_key_is_another(store: Store, keys: DataKeys, vault: Vault) -> None:
    first = keys.ensure(0, [ANN]).keys[ANN]
    assert vault.destroy(ANN, 0) == 1
    held = keys.ensure(0, [ANN])
    assert (held.epoch, held.keys[ANN].generation) == (1, 2)
    assert held.keys[ANN].secret != first.secret
    assert keys.opening(0, [(ANN, 1), (ANN, 2), (ANN, 3)]) == {(ANN, 1): None, (ANN, 2): held.keys[ANN]}
    assert _rows(store)[:2] == [(ANN, 1, None, True), (ANN, 2, KEK.name, False)]


def test_a_key_destroyed_elsewhere_is_not_opened_with_again(keys: DataKeys, another: Vault) -> None:
    keys.ensure(0, [ANN, BEN])
    another.destroy(ANN, 0)
    opening = keys.opening(0, [(ANN, 1), (BEN, 1)])
    assert opening[ANN, 1] is None
    assert opening[BEN, 1] is not None
    assert keys.at_hand(0, [ANN]) is None


def test_whoever_seals_with_a_key_destroyed_elsewhere_says_an_earlier_epoch(
    store: Store, keys: DataKeys, another: Vault
) -> None:
    held = keys.ensure(0, [ANN, BEN])
    another.destroy(ANN, 0)
    ((epoch,),) = store.run("SELECT erasures FROM daybook.heads")
    assert keys.at_hand(0, [ANN, BEN]) == held
    assert (held.epoch, epoch) == (0, 1)
    held = keys.ensure(0, [ANN, BEN])
    assert (held.epoch, held.keys[ANN].generation, held.keys[BEN].generation) == (1, 2, 1)
    assert keys.at_hand(0, [ANN, BEN]) == held


def test_what_is_kept_of_a_shard_is_forgotten_with_the_next_look_at_it(
    keys: DataKeys, another: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys.ensure(0, [ANN, BEN])
    another.destroy(EVE, 0)
    keys.ensure(0, [EVE])
    assert keys.at_hand(0, [ANN]) is None
    assert keys.at_hand(0, [EVE]) is not None
    monkeypatch.setattr(keyring, "KEPT_SECONDS", -1.0)
    assert keys.at_hand(0, [EVE]) is None


def test_a_key_read_before_an_erasure_is_not_kept_after_it(
    keys: DataKeys, another: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The destruction, and our notice of it, come between the read of the key and its being kept."""
    keys.ensure(0, [BEN])
    another.keys.ensure(0, [ANN])
    plain = keys._unwrapped

    def slow(shard: int, subject: str, generation: int, kek: str, wrapped: bytes) -> DataKey:
        monkeypatch.setattr(keys, "_unwrapped", plain)
        another.destroy(ANN, 0)
        keys.refresh(0)
        return plain(shard, subject, generation, kek, wrapped)

    monkeypatch.setattr(keys, "_unwrapped", slow)
    held = keys.ensure(0, [ANN])
    assert (held.epoch, held.keys[ANN].generation) == (0, 1)
    assert keys.at_hand(0, [ANN]) is None
    held = keys.ensure(0, [ANN])
    assert (held.epoch, held.keys[ANN].generation) == (1, 2)


def test_under_a_wrong_kek_nothing_is_opened_and_no_key_is_made(store: Store, keys: DataKeys) -> None:
    keys.ensure(0, [ANN])
    before = _rows(store)
    wrong = vault_of(store.url, KeyRing.of(OTHER_KEK))
    for subject in (ANN, BEN):
        with pytest.raises(WrongKey, match=f"wrapped by {KEK.name}; given is {OTHER_KEK.name}"):
            wrong.keys.ensure(0, [subject])
    with pytest.raises(WrongKey):
        wrong.keys.opening(0, [(ANN, 1)])
    assert _rows(store) == before
    wrong.close()


def test_without_a_kek_nothing_is_made(store: Store) -> None:
    without = vault_of(store.url, KeyRing.of())
    with pytest.raises(KeyMissing):
        without.keys.ensure(0, [ANN])
    assert _rows(store) == []
    without.close()


SWAP = (
    "UPDATE daybook.data_keys AS one SET wrapped = other.wrapped FROM daybook.data_keys AS other"
    " WHERE one.subject = %s AND other.subject = %s"
)
FLIP = (
    "UPDATE daybook.data_keys SET wrapped = set_byte(wrapped, 20, get_byte(wrapped, 20) # 1)"
    " WHERE subject IN (%s, %s)"
)


@pytest.mark.parametrize("change", [SWAP, FLIP], ids=["another's", "a bit"])
def test_a_row_that_was_changed_is_found(store: Store, keys: DataKeys, another: Vault, change: str) -> None:
    keys.ensure(0, [ANN, BEN])
    store.run(change, ANN, BEN)
    with pytest.raises(WrongKey, match="the row was changed"):
        another.keys.ensure(0, [ANN])


def test_what_was_destroyed_stays_so(store: Store, keys: DataKeys, vault: Vault) -> None:
    keys.ensure(0, [ANN])
    vault.destroy(ANN, 0)
    for statement in (
        "UPDATE daybook.data_keys SET wrapped = '\\x00', kek = 'k', destroyed_at = NULL",
        "DELETE FROM daybook.data_keys",
    ):
        with pytest.raises(psycopg.errors.RestrictViolation):
            store.run(statement, owner=True)


def test_a_database_that_is_gone_is_said(store: Store, keys: DataKeys) -> None:
    keys.ensure(0, [ANN])
    store.drop()
    assert keys.at_hand(0, [ANN]) is not None
    with pytest.raises(DatabaseGone):
        keys.ensure(0, [BEN])
