"""After an erasure: what is shown, proved and recorded again, and what tables bring that are put back."""

from typing import Any

import pytest

from domain.customer.plain import plain
from domain.erasure.refusals import ErasuresUnreadable
from domain.events.party import CustomerDetailsChanged
from domain.ledger import Ledger
from domain.notary.outside import FolderOutside
from domain.seal.keys import Verifier
from domain.vault.refusals import Erased
from domain.vault.sealed import check_disclosure
from domain.vault.vault import Vault
from tests.domain.erasure.house import (
    CUSTOMER,
    NAME,
    PERSON_NAME,
    PHONE,
    STREAM,
    STREET,
    House,
    eraser,
    life,
    record,
    requested,
    texts,
)
from tests.drafts import draft

ERASED = "[erased]"
KEYS = "SELECT shard, subject, generation, created_at, destroyed_at, kek, wrapped FROM daybook.data_keys"
INDEX = "SELECT shard, token, subject, stream FROM daybook.blind_index"
PUT_KEYS_BACK = (
    "SET session_replication_role = replica; TRUNCATE daybook.data_keys;"
    " INSERT INTO daybook.data_keys (shard, subject, generation, created_at, destroyed_at, kek, wrapped)"
    " SELECT shard, subject, generation, created_at, destroyed_at, kek, wrapped FROM public.old_keys"
)
PUT_INDEX_BACK = "INSERT INTO daybook.blind_index SELECT * FROM public.old_index ON CONFLICT DO NOTHING"


def differences(before: Any, after: Any, path: str = "") -> dict[str, tuple[Any, Any]]:  # noqa: ANN401
    """Where two plain JSON values differ, by path."""
    if isinstance(before, dict) and isinstance(after, dict) and before.keys() == after.keys():
        parts = [(f"{path}.{name}", before[name], after[name]) for name in before]
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        parts = [(f"{path}[{n}]", *pair) for n, pair in enumerate(zip(before, after, strict=True))]
    else:
        return {} if before == after else {path: (before, after)}
    return {place: it for name, *pair in parts for place, it in differences(pair[0], pair[1], name).items()}


def erase(house: House) -> None:
    with house.open() as ledger:
        eraser(ledger).approve(requested(ledger))


def test_the_state_is_unchanged_but_for_what_was_personal(ledger: Ledger) -> None:
    before = ledger.customer(CUSTOMER)
    vault = ledger.need_vault()
    shown = vault.view(plain(before.customer), STREAM)
    eraser(ledger).approve(requested(ledger))
    known_at = before.cut.known_at
    after = ledger.customer(CUSTOMER, known_at=known_at)
    assert plain(after.customer) == plain(before.customer)
    assert differences(shown, vault.view(plain(after.customer), STREAM)) == {
        ".party.name": (NAME, ERASED),
        ".party.phone": (PHONE, ERASED),
        ".party.address": (STREET, ERASED),
    }
    now = plain(ledger.customer(CUSTOMER).customer)
    then = plain(before.customer)
    assert isinstance(now, dict)
    assert isinstance(then, dict)
    assert set(differences(then, now)) <= {
        ".oversight.erasures",
        ".entries",
        ".version",
        ".last_at",
    }


def test_what_was_proved_stays_proved_and_what_was_disclosed_stays_so(ledger: Ledger) -> None:
    keys = [Verifier.from_vkey(it.vkey) for it in ledger.seal_keys(0)]
    first = ledger.stream(STREAM)[0].id
    before = ledger.prove(first)
    salt, text = ledger.need_vault().disclose(before.entry, "name")
    eraser(ledger).approve(requested(ledger))
    after = ledger.prove(first)
    assert after.entry == before.entry == ledger.entry_bytes(first)
    for proof in (before, after, ledger.prove(first, size=before.verify(keys).opened.checkpoint.size)):
        assert proof.verify(keys).position == 1
    check_disclosure(after.entry, "name", salt, text)
    with pytest.raises(Erased):
        ledger.need_vault().disclose(after.entry, "name")


def test_what_is_said_of_them_later_has_a_key_of_its_own(house: House, ledger: Ledger) -> None:
    eraser(ledger).approve(requested(ledger))
    record(ledger, draft(CUSTOMER, CustomerDetailsChanged(name="Zebedee Newman")))
    assert house.keys() == [False, True]
    assert texts(ledger) == [ERASED, ERASED, ERASED, PERSON_NAME, ERASED, "Zebedee Newman"]
    assert [len(ledger.find("name", it)) for it in (NAME, "Zebedee Newman")] == [0, 1]
    assert eraser(ledger).approve(requested(ledger)).keys == 1
    assert texts(ledger)[-1] == ERASED
    ((_, line),) = house.lines()
    assert (line["generation"], line["keys"]) == (2, 1)


def test_a_retry_of_what_was_erased_gets_its_first_receipt(house: House) -> None:
    drafts = life("44")
    with house.open() as ledger:
        first = record(ledger, *drafts)
        eraser(ledger).approve(requested(ledger, "customer:44"))
    for changed in (drafts[0], draft("44", CustomerDetailsChanged(name="x"), id=drafts[0].id)):
        with house.open() as ledger:
            (receipt,) = record(ledger, changed)
            assert receipt == first[0]._replace(repeated=True)
            assert NAME not in texts(ledger, "customer:44")
            assert [it.stream for it in ledger.find("name", NAME)] == [STREAM]


class TestPutBack:
    """A table as it was before the erasure is put back into the database."""

    @pytest.fixture(autouse=True)
    def old_tables(self, house: House) -> None:
        """The tables before the erasure, which then is made."""
        house.store.run(f"CREATE TABLE public.old_keys AS {KEYS}", owner=True)
        house.store.run(f"CREATE TABLE public.old_index AS {INDEX}", owner=True)
        erase(house)

    def epoch(self, house: House) -> int:
        ((erasures,),) = house.store.run("SELECT erasures FROM daybook.heads")
        return int(erasures)

    def test_keys_that_live_again_are_destroyed_before_anything_is_opened(
        self, house: House, caplog: pytest.LogCaptureFixture
    ) -> None:
        house.store.run(PUT_KEYS_BACK, owner=True)
        assert house.keys() == [True]
        with house.open() as ledger:
            assert house.keys() == [False]
            assert texts(ledger) == [ERASED, ERASED, ERASED, PERSON_NAME, ERASED]
        assert "1 data subjects had been erased and were back" in caplog.text
        assert (NAME in caplog.text, self.epoch(house)) == (False, 2)

    def test_so_is_an_index_that_finds_them_again(self, house: House) -> None:
        house.store.run(PUT_INDEX_BACK, owner=True)
        with house.open() as ledger:
            assert ledger.find("name", NAME) == []
            assert [it.stream for it in ledger.find("name", PERSON_NAME)] == [STREAM]
        assert self.epoch(house) == 2

    def test_where_nobody_is_back_nothing_is_done(
        self, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def never(*_: object) -> None:
            raise AssertionError("the head was locked")

        monkeypatch.setattr(Vault, "ending", never)
        with house.open() as ledger:
            assert texts(ledger)[0] == ERASED
        assert self.epoch(house) == 1

    def test_what_was_said_of_them_since_stays(self, house: House) -> None:
        with house.open() as ledger:
            record(ledger, draft(CUSTOMER, CustomerDetailsChanged(name="Zebedee Newman")))
        house.store.run(PUT_INDEX_BACK, owner=True)
        with house.open() as ledger:
            assert texts(ledger)[-1] == "Zebedee Newman"
            assert len(ledger.find("name", "Zebedee Newman")) == 1

    def test_a_line_that_cannot_be_read_keeps_the_ledger_shut(self, house: House) -> None:
        FolderOutside(house.outsides[0].folder).remember_erasure(0, '{"subject":"customer:42"}')
        with pytest.raises(ErasuresUnreadable) as caught, house.open():
            pass
        assert "Without it, somebody may be back" in caught.value.hint
