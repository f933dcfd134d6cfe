"""What keeps personal data although its erasure is asked for: worked out of entries and a policy alone."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.customer import fold
from domain.erasure.grounds import Facts, Ground, grounds, named, open_matters, terms
from domain.events.cases import CaseClosed, CaseOpened, ExternalCaseDecided, ExternalCaseOpened
from domain.events.money import (
    ChargeDisputed,
    DepositReceived,
    DepositRequired,
    DepositReturned,
    DisputeSettled,
    InvoiceIssued,
    PaymentReceived,
)
from domain.events.oversight import EntryVoided, HoldPlaced, HoldReleased
from domain.events.party import ContactPersonAdded, ContactPersonRemoved, CustomerClosed, CustomerRegistered
from domain.policies.retention import Retention, Rule, load
from domain.standing import standing
from tests.domain.policies.test_retention import rule
from tests.givens import STREAM, Fact, cny, day, history, on

PERSON = f"{STREAM}/person/P"
OF_MATTERS = "GDPR art. 17(3)(e) [M]"
REGISTERED = CustomerRegistered(kind="household", name="sealed, as far as this can tell")
INVOICE = InvoiceIssued(invoice="I", amount=cny("12.50"))
PAID = PaymentReceived(payment="P", amount=cny("12.50"))
PLACED = HoldPlaced(hold="H", basis="lawsuit", principal="key:first")
RELEASED = HoldReleased(hold="H", principal="key:first")


TODAY = day(100)


def retention(*rules: Rule, matters: bool = False) -> Retention:
    shipped = load()
    switched = shipped.matters.model_copy(update={"on": matters})
    return shipped.model_copy(update={"rule": rules, "matters": switched})


def facts(*events: Fact, subject: str = STREAM, today: date = TODAY, zone: str = "UTC") -> Facts:
    entries = history(*events)
    return Facts(subject, fold(STREAM, entries, zone), standing(entries), today, ZoneInfo(zone))


def matters(*events: Fact, subject: str = STREAM) -> list[str]:
    return open_matters(facts(*events, subject=subject))


class TestHolds:
    def test_one_in_force_keeps_everybody_of_the_stream(self) -> None:
        kept = [Ground("legal-hold", "hold: lawsuit", "the hold H")]
        for subject in (STREAM, PERSON):
            assert grounds(facts(REGISTERED, PLACED, subject=subject), retention()) == kept

    def test_one_that_is_released_keeps_nobody(self) -> None:
        assert grounds(facts(REGISTERED, PLACED, RELEASED), retention()) == []

    def test_it_says_when_it_ends(self) -> None:
        (ground,) = grounds(facts(PLACED), retention())
        assert str(ground) == ("legal-hold (hold: lawsuit), the hold H: it can be erased once that is over.")


class TestMatters:
    def test_a_debt_is_open_until_it_is_paid(self) -> None:
        assert matters(INVOICE) == ["debt I of 12.50 CNY"]
        assert matters(INVOICE, PAID) == []

    def test_so_is_credit(self) -> None:
        assert matters(PAID) == ["credit of 12.50 CNY"]

    def test_so_is_a_deposit_that_is_held(self) -> None:
        held = (DepositRequired(deposit="D", amount=cny(5)), DepositReceived(deposit="D", amount=cny(5)))
        assert matters(*held) == ["deposit D of 5.00 CNY"]
        assert matters(*held, DepositReturned(deposit="D", amount=cny(5))) == []

    def test_so_is_a_dispute_although_all_is_paid(self) -> None:
        disputed = ChargeDisputed(dispute="D", charge="I", reason="r")
        assert matters(INVOICE, disputed, PAID) == ["dispute D"]
        assert matters(INVOICE, disputed, PAID, DisputeSettled(dispute="D", outcome="not_upheld")) == []

    def test_so_is_a_case(self) -> None:
        case = CaseOpened(case="C", kind="complaint", channel="phone")
        assert matters(case) == ["case C"]
        assert matters(case, CaseClosed(case="C")) == []

    def test_so_is_a_case_of_an_outside_body(self) -> None:
        case = ExternalCaseOpened(external_case="X", body="ombudsman", reference="r")
        assert matters(case) == ["case X"]
        assert matters(case, ExternalCaseDecided(external_case="X", outcome="upheld")) == []

    def test_of_a_contact_person_only_cases_that_name_them(self) -> None:
        theirs = CaseOpened(case="C", kind="complaint", channel="phone", person="P")
        others = CaseOpened(case="D", kind="complaint", channel="phone", person="Q")
        nobodys = CaseOpened(case="E", kind="complaint", channel="phone")
        assert matters(INVOICE, theirs, others, nobodys, subject=PERSON) == ["case C"]

    def test_they_keep_the_data_if_the_policy_says_so(self) -> None:
        kept = [Ground("legal-claims", OF_MATTERS, "debt I of 12.50 CNY")]
        assert grounds(facts(INVOICE), retention(matters=True)) == kept
        assert grounds(facts(INVOICE), retention(matters=False)) == []

    def test_of_many_some_are_named(self) -> None:
        assert named(["a"]) == "a"
        assert named([*"abcde"]) == "a, b, c, d, e"
        assert named([*"abcdefg"]) == "a, b, c, d, e and 2 more"


class TestRetention:
    def test_the_last_entry_that_it_is_about_counts(self) -> None:
        events = on(10, INVOICE), on(40, PAID), on(90, REGISTERED)
        kept = [Ground("test", "Some Act", "3 years, counted from entry", date(2029, 2, 10))]
        assert grounds(facts(*events), retention(rule())) == kept

    def test_it_ends_with_its_term(self) -> None:
        for today, many in ((date(2029, 1, 10), 1), (date(2029, 1, 11), 0)):
            assert len(grounds(facts(on(10, INVOICE), today=today), retention(rule()))) == many

    def test_the_day_is_that_of_the_ledgers_zone(self) -> None:
        late = facts(on(10.99, INVOICE), zone="Asia/Shanghai")
        assert grounds(late, retention(rule()))[0].until == date(2029, 1, 12)

    def test_it_keeps_nobody_of_whom_it_knows_no_entry(self) -> None:
        assert grounds(facts(REGISTERED), retention(rule())) == []

    def test_what_is_voided_does_not_count(self) -> None:
        entries = history(on(10, INVOICE), on(40, PAID))
        void = EntryVoided(proposal="V", entry=entries[1].id, reason="r", principal="key:second")
        entries = [*entries, *history(REGISTERED, REGISTERED, void)[2:]]
        found = Facts(STREAM, fold(STREAM, entries), standing(entries), day(100), ZoneInfo("UTC"))
        assert grounds(found, retention(rule()))[0].until == date(2029, 1, 11)

    def test_one_that_counts_from_leaving_has_no_end_before_that(self) -> None:
        closed = rule(counts_from="closed", families=())
        assert grounds(facts(REGISTERED), retention(closed))[0].until is None
        left = facts(REGISTERED, on(50, CustomerClosed(reason="moved")))
        assert grounds(left, retention(closed))[0].until == date(2029, 2, 20)

    def test_of_a_contact_person_only_entries_that_name_them(self) -> None:
        about = rule(families=("party",))
        added, removed = ContactPersonAdded(person="P"), ContactPersonRemoved(person="P", reason="left")
        events = on(10, added), on(20, ContactPersonAdded(person="Q")), on(30, removed), on(40, REGISTERED)
        assert grounds(facts(*events, subject=PERSON), retention(about))[0].until == date(2029, 1, 31)
        closed = rule(counts_from="closed", families=())
        assert grounds(facts(*events, subject=PERSON), retention(closed))[0].until == date(2029, 1, 31)
        nobody = grounds(facts(*events, subject=f"{STREAM}/person/R"), retention(about, closed))
        assert [(it.basis, it.until) for it in nobody] == [("test", None)]

    def test_a_rule_that_is_off_or_not_valid_keeps_nobody_and_the_first_is_told(self) -> None:
        off, later = rule(on=False), rule(id="later", valid_from=day(101))
        found, policy = facts(on(10, INVOICE)), retention(off, later)
        assert grounds(found, policy) == []
        assert [(term.rule.id, term.ends) for term in terms(found, policy, "keep")] == [
            ("test", date(2029, 1, 11))
        ]

    def test_what_asks_for_the_erasure_is_told_when_its_term_has_passed(self) -> None:
        due = rule(duty="erase", years=0, counts_from="closed", families=())
        gone = [REGISTERED, on(50, CustomerClosed(reason="moved"))]
        for events, ends in ((gone, [date(2026, 2, 20)]), (gone[:1], [])):
            found = facts(*events)
            assert [term.ends for term in terms(found, retention(due), "erase")] == ends
            assert grounds(found, retention(due)) == []


def test_a_hold_stands_first_then_matters_then_the_longest_term() -> None:
    short, long = rule(id="short", years=1), rule(id="long", years=9)
    endless = rule(id="endless", counts_from="closed", families=())
    found = grounds(facts(INVOICE, PLACED), retention(short, long, endless, matters=True))
    assert [it.basis for it in found] == ["legal-hold", "legal-claims", "endless", "long", "short"]


@given(st.permutations([on(1, REGISTERED), on(2, INVOICE), on(3, PLACED), on(4, PAID), on(5, RELEASED)]))
def test_arrival_order_does_not_matter(events: list[Any]) -> None:
    policy = retention(rule(), matters=True)
    assert grounds(facts(*events), policy) == grounds(facts(*sorted(events, key=lambda it: it.day)), policy)


def test_a_ground_says_from_when_on_it_could_be_done() -> None:
    until = date(2030, 1, 1)
    assert str(Ground("b", "Act", "why", until)) == "b (Act), why: it can be erased from 2030-01-01 on."


@pytest.mark.parametrize("subject", [STREAM, PERSON])
def test_nothing_keeps_who_has_nothing_open(subject: str) -> None:
    assert grounds(facts(REGISTERED, subject=subject), retention(rule(), matters=True)) == []
