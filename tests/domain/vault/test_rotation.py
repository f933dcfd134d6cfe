"""Wrapping all data keys anew: in parts, after an interruption, while others make and destroy keys."""

from pathlib import Path

import pytest

from domain.vault import rotation
from domain.vault.keys import KekFolder, KeyEncryption, KeyRing, load_kek
from domain.vault.refusals import WrongKey
from domain.vault.rotation import count_by_kek, wrap_all, wrap_rest
from domain.vault.vault import Vault
from tests.database import Store
from tests.vaults import KEK, OTHER_KEK, vault_of

SUBJECTS = [f"customer:{n}" for n in range(7)]


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotation, "PART", 3)


@pytest.fixture
def secrets(vault: Vault) -> dict[str, bytes]:
    """The keys of some data subjects, one of whom had another before."""
    vault.keys.ensure(0, SUBJECTS)
    vault.destroy(SUBJECTS[3], 0)
    return {it: key.secret for it, key in vault.keys.ensure(0, SUBJECTS).keys.items()}


def test_every_key_is_wrapped_by_the_new_kek_and_is_the_same(
    store: Store, vault: Vault, secrets: dict[str, bytes]
) -> None:
    parts: list[tuple[int, int]] = []
    assert wrap_all(vault, OTHER_KEK, lambda *told: parts.append(told)) == 8
    assert parts == [(3, 8), (6, 8), (8, 8)]
    assert count_by_kek(vault) == {OTHER_KEK.name: 8, None: 1}
    after = vault_of(store.url, KeyRing.of(OTHER_KEK))
    assert {it: key.secret for it, key in after.keys.ensure(0, SUBJECTS).keys.items()} == secrets
    assert wrap_all(vault, OTHER_KEK) == 0
    after.close()


def test_an_interrupted_rotation_goes_on_where_it_was(vault: Vault, secrets: dict[str, bytes]) -> None:
    def interrupt(*_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        wrap_all(vault, OTHER_KEK, interrupt)
    assert count_by_kek(vault) == {KEK.name: 5, OTHER_KEK.name: 3, None: 1}
    vault.ring = KeyRing.of(KEK, OTHER_KEK)
    assert wrap_all(vault, OTHER_KEK) == 5
    assert count_by_kek(vault) == {OTHER_KEK.name: 8, None: 1}


def test_keys_of_every_shard_are_wrapped(sharded_store: Store) -> None:
    made = vault_of(sharded_store.url)
    for shard in range(4):
        made.keys.ensure(shard, SUBJECTS)
    assert wrap_all(made, OTHER_KEK) == 4 * len(SUBJECTS) + 1
    assert count_by_kek(made) == {OTHER_KEK.name: 4 * len(SUBJECTS) + 1}
    made.close()


def test_a_key_destroyed_meanwhile_stays_destroyed(vault: Vault, secrets: dict[str, bytes]) -> None:
    def destroy(*_: int) -> None:
        vault.destroy(SUBJECTS[6], 0)

    wrap_all(vault, OTHER_KEK, destroy)
    assert count_by_kek(vault) == {OTHER_KEK.name: 7, None: 2}


def test_whoever_has_the_folder_open_learns_the_new_kek(store: Store, tmp_path: Path) -> None:
    folder = KekFolder(tmp_path)
    folder.make()
    running, rotating = (vault_of(store.url, load_kek(tmp_path)) for _ in range(2))
    before = running.keys.ensure(0, SUBJECTS[:2]).keys
    wrap_all(rotating, folder.make_next())
    folder.replace()
    running.keys.refresh(0)
    assert running.keys.ensure(0, SUBJECTS[:2]).keys == before
    running.keys.ensure(0, SUBJECTS)
    assert list(count_by_kek(rotating)) == [KekFolder(tmp_path).current().name]  # type: ignore[union-attr]
    running.close()
    rotating.close()


def test_the_rest_is_what_others_made_meanwhile(vault: Vault, secrets: dict[str, bytes]) -> None:
    wrap_all(vault, OTHER_KEK)
    vault.ring = KeyRing.of(KEK, OTHER_KEK)
    vault.keys.ensure(0, ["customer:8", "customer:9"])
    assert count_by_kek(vault)[KEK.name] == 2
    assert wrap_rest(vault, OTHER_KEK) == (2, 0)
    assert wrap_rest(vault, OTHER_KEK) == (0, 0)


def test_what_others_never_cease_to_make_is_counted(
    vault: Vault, secrets: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = iter(range(100, 200))

    def another_joins(vault: Vault, kek: KeyEncryption) -> int:
        wrapped = wrap_all(vault, kek)
        vault.keys.ensure(0, [f"customer:{next(made)}"])
        return wrapped

    vault.ring = KeyRing.of(KEK, OTHER_KEK)
    monkeypatch.setattr(rotation, "wrap_all", another_joins)
    assert wrap_rest(vault, OTHER_KEK) == (8 + rotation.ROUNDS_MAX - 1, 1)


def test_keys_of_an_unknown_kek_are_not_passed_over(store: Store, secrets: dict[str, bytes]) -> None:
    wrong = vault_of(store.url, KeyRing.of(OTHER_KEK))
    with pytest.raises(WrongKey):
        wrap_all(wrong, OTHER_KEK)
    wrong.close()
