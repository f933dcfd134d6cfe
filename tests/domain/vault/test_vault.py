"""The vault of a ledger: what is personal goes in sealed, comes out for those who may, and can be ended."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from domain.customer.plain import plain
from domain.door import Door
from domain.entry import nth_id
from domain.events import REGISTER
from domain.events.cases import CaseOpened
from domain.events.contact import PromiseMade
from domain.events.examples import EXAMPLES, document
from domain.events.party import ContactPersonAdded, CustomerDetailsChanged, CustomerRegistered
from domain.ledger import Ledger
from domain.refusals import DatabaseGone, IdReused, InvalidValue, TooLarge
from domain.store.connections import Patience
from domain.store.request import Append
from domain.vault.keys import KeyRing
from domain.vault.refusals import Erased, KeyMissing, NotSealed
from domain.vault.sealed import Sealed, commit, is_sealed
from domain.vault.subjects import INDEX_SUBJECT
from domain.vault.vault import Vault
from tests.database import Store
from tests.drafts import closed, draft, opened, payment, receipt, refusals
from tests.vaults import OTHER_KEK, RING, open_ledger, vault_of

NAME, STREAM = "Harbour Mills", "customer:1"


@pytest.fixture
def ledger(store: Store) -> Iterator[Ledger]:
    """A ledger with its vault."""
    with open_ledger(store.url) as made:
        yield made


def _registered(**fields: Any) -> CustomerRegistered:  # noqa: ANN401  fields of whatever type
    return CustomerRegistered(kind="organisation", **fields)


def _state(ledger: Ledger, customer: str = "1") -> Any:  # noqa: ANN401  plain JSON values
    found = ledger.customer(customer).customer
    return ledger.need_vault().view(plain(found), found.stream)


def test_what_is_personal_is_sealed_in_the_entry_for_its_place(ledger: Ledger) -> None:
    it = draft("1", _registered(name=NAME, region="north"))
    ledger.record([it])
    entry = ledger.entry(it.id)
    token = Sealed.parse(entry.data.name)
    assert (token.subject, token.generation, token.entry_id, token.field) == (STREAM, 1, it.id, "name")
    assert (entry.data.kind, entry.data.region, entry.data.phone) == ("organisation", "north", None)
    assert NAME.encode() not in ledger.entry_bytes(it.id)


def test_every_personal_field_of_every_type_is_sealed_and_opened(
    ledger: Ledger, count: Callable[[str], None]
) -> None:
    vault, sealed_types = ledger.need_vault(), 0
    for name, kind in REGISTER.items():
        said = {it.name: EXAMPLES[name][it.name] for it in kind.personal if it.name in EXAMPLES[name]}
        event = Door(new_id=uuid4).open(document(name)).event
        seal = vault.ready([draft("9", event)]).of(draft("9", event))
        if not said:
            assert seal is None
            continue
        assert seal is not None
        entry_id = uuid4()
        data, before = kind.encode(seal.seal(event, entry_id)), kind.encode(event)
        assert all(is_sealed(data[field]) for field in said)
        assert {it: data[it] for it in data if it not in said} == {
            it: before[it] for it in before if it not in said
        }
        state = msgspec.json.encode({"id": str(entry_id), "stream": "customer:9", "data": data})
        assert {field: vault.disclose(state, field).text for field in said} == said
        sealed_types += 1
    count(f"types of events whose personal texts are sealed: {sealed_types}")
    assert sealed_types > 10


def test_the_same_text_is_sealed_differently_each_time(ledger: Ledger) -> None:
    drafts = [draft("1", CustomerDetailsChanged(name=NAME)) for _ in range(5)]
    ledger.record(drafts)
    tokens = [Sealed.parse(ledger.entry(it.id).data.name) for it in drafts]
    assert len({it.box for it in tokens}) == len({it.commitment for it in tokens}) == 5
    assert len({it.box[:12] for it in tokens}) == 5


def test_a_state_is_viewed_with_the_texts(ledger: Ledger) -> None:
    ledger.record(
        [
            draft("1", _registered(name=NAME, phone="118")),
            draft("1", ContactPersonAdded(person="7", name="The works manager")),
            draft("1", PromiseMade(promise="p", what="a new meter")),
        ]
    )
    state = _state(ledger)
    assert (state["party"]["name"], state["party"]["phone"]) == (NAME, "118")
    assert state["party"]["persons"][0]["name"] == "The works manager"
    assert state["contacts"]["promises"][0]["what"] == "a new meter"


def test_a_fold_keeps_the_sealed_values_untouched(ledger: Ledger) -> None:
    it = draft("1", _registered(name=NAME))
    ledger.record([it])
    assert ledger.customer("1").customer.party.name == ledger.entry(it.id).data.name


def test_entries_are_viewed_many_at_once(ledger: Ledger) -> None:
    ledger.record([draft(str(n), _registered(name=f"{NAME} {n}")) for n in range(5)])
    ledger.record([draft("1", payment("P"))])
    viewed = ledger.need_vault().view_entries(ledger.log())
    assert [it.get("name") for it in viewed] == [*(f"{NAME} {n}" for n in range(5)), None]


def test_a_value_that_stands_elsewhere_is_shown_as_unreadable(ledger: Ledger) -> None:
    one, other = draft("1", _registered(name=NAME, address="Quay 3")), draft("2", _registered(name="Other"))
    ledger.record([one, other])
    vault = ledger.need_vault()
    mine, theirs = ledger.entry(one.id), ledger.entry(other.id)
    moved = {
        "another entry": CustomerRegistered(kind="person", name=theirs.data.name),
        "another field": CustomerRegistered(kind="person", name=mine.data.address),
        "no sealed value": CustomerRegistered(kind="person", name="sealed:1:x"),
    }
    entries = [msgspec.structs.replace(mine, data=event) for event in moved.values()]
    assert [it["name"] for it in vault.view_entries(entries)] == ["[unreadable]"] * 3
    elsewhere = msgspec.structs.replace(mine, stream="customer:2")
    assert vault.view_entries([elsewhere])[0]["name"] == "[unreadable]"
    assert vault.view({"name": mine.data.name}, "customer:2") == {"name": "[unreadable]"}
    assert vault.view([mine.data.name, "sealed:1:x", 7, True], STREAM) == [NAME, "[unreadable]", 7, True]


def test_one_field_is_disclosed_with_its_salt(ledger: Ledger) -> None:
    it = draft("1", _registered(name=NAME))
    ledger.record([it])
    state = ledger.entry_bytes(it.id)
    salt, text = ledger.need_vault().disclose(state, "name")
    assert text == NAME
    assert commit(salt, text) == Sealed.parse(ledger.entry(it.id).data.name).commitment
    with pytest.raises(NotSealed):
        ledger.need_vault().disclose(state, "kind")
    ledger.need_vault().destroy(STREAM, 0)
    with pytest.raises(Erased):
        ledger.need_vault().disclose(state, "name")


def test_a_retry_gets_the_first_receipt_though_it_is_sealed_anew(ledger: Ledger, store: Store) -> None:
    it = draft("1", _registered(name=NAME))
    first = receipt(ledger.record([it])[0])
    with open_ledger(store.url) as other:
        for again in (ledger, other):
            assert receipt(again.record([it])[0]) == first._replace(repeated=True)
            changed = draft("1", _registered(name="Another"), id=it.id)
            assert refusals(again.record([changed])) == [IdReused.code]


def test_a_retry_of_what_was_erased_gets_the_first_receipt(ledger: Ledger, store: Store) -> None:
    it, clear = draft("1", _registered(name=NAME)), draft("1", payment("P"))
    first = [receipt(outcome)._replace(repeated=True) for outcome in ledger.record([it, clear])]
    with open_ledger(store.url) as elsewhere:
        elsewhere.need_vault().destroy(STREAM, 0)
    assert [receipt(outcome) for outcome in ledger.record([it, clear])] == first
    changed = draft("1", payment("other"), id=clear.id)
    assert refusals(ledger.record([changed])) == [IdReused.code]
    assert store.check() == 2


def test_a_guess_at_what_was_erased_cannot_be_tried_out(ledger: Ledger, store: Store) -> None:
    """The key of the fingerprints alone does not do: part of it went with the key of the data subject."""
    it = draft("1", _registered(name=NAME))
    ledger.record([it])
    ((kept,),) = store.run("SELECT fingerprint FROM daybook.entries")
    ledger.need_vault().destroy(STREAM, 0)
    with open_ledger(store.url) as later:
        request = later.scribe.appends([it])[0]
        assert isinstance(request, Append)
        assert request.decider is not None
        assert kept not in {request.fingerprint, request.decider.unsealed()}


def test_without_a_vault_nothing_personal_is_recorded_and_all_else_is(store: Store) -> None:
    with Ledger.open(store.url) as without:
        outcomes = without.record([draft("1", _registered(name=NAME)), draft("1", _registered())])
        assert refusals(outcomes) == [KeyMissing.code, None]
        with pytest.raises(KeyMissing):
            without.find("name", NAME)


def test_under_a_wrong_key_nothing_personal_is_recorded_and_all_else_is(store: Store, vault: Vault) -> None:
    vault.keys.index_key()
    wrong = vault_of(store.url, KeyRing.of(OTHER_KEK))
    with Ledger.open(store.url, vault=wrong) as ledger:
        drafts = [draft("1", _registered(name=NAME)), draft("1", _registered())]
        assert refusals(ledger.record(drafts)) == ["wrong-key", None]
        later = [draft("2", _registered(name=NAME)), draft("2", _registered())]
        assert refusals(asyncio.run(ledger.record_async(later))) == ["wrong-key", None]


def test_a_database_that_is_away_is_waited_for_and_then_said(store: Store) -> None:
    away = Vault.open(store.url, RING, patience=Patience(away=0.1))
    it, clear = draft("1", _registered(name=NAME)), draft("1", payment("P"))
    store.drop()
    sealer = away.ready([it, clear])
    assert sealer.of(clear) is None
    with pytest.raises(DatabaseGone):
        sealer.of(it)
    away.close()


def test_a_text_that_begins_like_a_sealed_value_is_refused(ledger: Ledger) -> None:
    outcomes = ledger.record(
        [
            draft("1", _registered(name="sealed:1:customer:1:1:x")),
            draft("1", _registered(name="sealed:")),
            draft("1", _registered(name="Sealed: a letter")),
        ]
    )
    assert refusals(outcomes) == [InvalidValue.code, InvalidValue.code, None]
    assert isinstance(outcomes[0], InvalidValue)
    assert outcomes[0].field == "data.name"


def test_the_size_is_counted_after_sealing(ledger: Ledger) -> None:
    whole = "界" * 8_000
    assert refusals(ledger.record([draft("1", _registered(address=whole))])) == [None]
    assert _state(ledger)["party"]["address"] == whole
    refs = tuple("r" * 120 for _ in range(280))
    said = draft("2", _registered(address=whole), policy_refs=refs)
    assert refusals(ledger.record([said])) == [TooLarge.code]


def test_the_data_subjects_of_a_stream_are_listed(ledger: Ledger) -> None:
    persons = [ContactPersonAdded(person=it, name=it) for it in ("7", "a/b")]
    ledger.record([draft("1", it) for it in persons] + [draft("1", _registered(name=NAME))])
    ledger.record([draft("1/person/7", _registered(name=NAME)), draft("10", _registered(name=NAME))])
    vault = ledger.need_vault()
    assert vault.subjects(STREAM) == [STREAM, "customer:1/person/7", "customer:1/person/a%2Fb"]
    vault.destroy("customer:1/person/7", 0)
    assert vault.subjects(STREAM) == [STREAM, "customer:1/person/a%2Fb"]


def test_the_key_of_the_index_is_not_destroyed(ledger: Ledger) -> None:
    with pytest.raises(InvalidValue):
        ledger.need_vault().destroy(INDEX_SUBJECT, 0)


def test_a_draft_that_is_decided_again_is_sealed(store: Store) -> None:
    """At first its stream is taken for a new one; the append finds that it is not."""
    with open_ledger(store.url) as mine, open_ledger(store.url) as other:
        other.record([draft("1", opened("A")), draft("2", opened("A"))])
        case = CaseOpened(case="A", kind="complaint", channel="phone", description="the bill")
        again = CaseOpened(case="B", kind="complaint", channel="phone", description="the bill")
        outcomes = mine.record([draft("1", case), draft("1", again), draft("2", again)])
        assert refusals(outcomes) == ["case-already-opened", None, None]
        data = [it.data.description for it in mine.log() if it.data.description]
        assert len(data) == 2
        assert all(map(is_sealed, data))
        assert [it.get("description") for it in mine.need_vault().view_entries(mine.log())] == [
            *(None, None),
            *("the bill", "the bill"),
        ]


def test_a_refused_draft_whose_stream_allows_it_after_all_is_sealed(store: Store) -> None:
    """This process still takes the case for closed, another has opened it again."""
    with open_ledger(store.url) as mine, open_ledger(store.url) as other:
        mine.record([draft("1", _registered())])
        register = draft("1", _registered(name=NAME))
        assert refusals(mine.record([register])) == ["already-registered"]
        other.record([draft("1", REGISTER["CustomerClosed"].cls(reason="moved"))])
        assert refusals(mine.record([register])) == [None]
        assert is_sealed(mine.entry(register.id).data.name)
        assert mine.entry(register.id).id == nth_id(register.id, 0)


def test_nothing_clear_is_kept_in_memory_of_what_was_written(ledger: Ledger) -> None:
    ledger.record([draft("1", _registered(name=NAME)), draft("1", closed("none"))])
    kept = ledger.scribe.decisions.streams.kept[STREAM]
    assert all(NAME not in repr(event) for event in kept.pending)
    assert kept.pending
