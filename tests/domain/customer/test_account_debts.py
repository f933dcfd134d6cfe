"""Debts: how they arise, change and are given up, and what is worked out from them."""

from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest

from domain.customer.account import (
    HANDLERS,
    Accounts,
    days_late,
    days_to_settle,
    evolve,
    outstanding,
    overdue,
    owed,
)
from domain.events import REGISTER
from domain.events.money import (
    ChargeAdjusted,
    ChargeAssessed,
    ChargeWrittenOff,
    CostCharged,
    DueDateSet,
    LateFeeCharged,
    OpeningBalanceCarried,
)
from domain.events.party import CustomerRegistered
from tests.domain.customer.account_givens import Fact, adjust, bill, cost, fee, pays, told
from tests.givens import at, cny, day, entry, eur, on

UTC = ZoneInfo("UTC")
SHANGHAI = ZoneInfo("Asia/Shanghai")


def write_off(charge: str, amount: int | None = None, name: str = "W") -> ChargeWrittenOff:
    money = None if amount is None else cny(amount)
    return ChargeWrittenOff(write_off=name, charge=charge, amount=money, reason="insolvent")


def due_set(charge: str, number: int) -> DueDateSet:
    return DueDateSet(charge=charge, due=day(number), reason="notice")


def carried(name: str, amount: int, due: int | None = None) -> OpeningBalanceCarried:
    return OpeningBalanceCarried(balance=name, amount=cny(amount), due=None if due is None else day(due))


def fine(name: str, amount: int, **more: object) -> ChargeAssessed:
    return ChargeAssessed(charge=name, kind="fine", amount=cny(amount), **more)  # type: ignore[arg-type]


class TestHowDebtsArise:
    def test_invoices_charges_and_opening_balances_are_owed(self) -> None:
        after = told(bill("A", 100, due=9, issued_on=day(1)), fine("B", 20), carried("C", 7, due=3))
        debts = after.account.debts
        assert after.left == {"A": "100", "B": "20", "C": "7"}
        assert [(it.kind, it.due) for it in debts.values()] == [
            ("invoice", day(9)),
            ("charge", None),
            ("opening", day(3)),
        ]
        assert (debts["A"].issued_on, debts["A"].arose_at) == (day(1), at(1))

    def test_a_negative_opening_balance_is_credit(self) -> None:
        after = told(carried("C", -30), bill("A", 20))
        assert (after.left, after.credit) == ({}, 10)

    def test_an_opening_credit_pays_what_is_open(self) -> None:
        assert told(bill("A", 20), carried("C", -30)).credit == 10

    @pytest.mark.parametrize(
        "facts",
        [
            (bill("A", 100), bill("A", 50)),
            (bill("A", 100), fine("A", 50)),
            (fine("A", 100), carried("A", 50)),
            (carried("A", 100), carried("A", -50)),
        ],
    )
    def test_a_name_counts_once(self, facts: tuple[Fact, ...]) -> None:
        after = told(*facts)
        assert (after.anomalies, after.balance) == (["doubled: A"], 100)

    def test_two_opening_credits_of_one_name_count_once(self) -> None:
        after = told(carried("A", -5), carried("A", -5))
        assert (after.anomalies, after.credit) == (["doubled: A"], 5)

    def test_a_name_counts_once_across_currencies(self) -> None:
        after = told(bill("A", 100), ChargeAssessed(charge="A", kind="fine", amount=eur(5)))
        assert after.anomalies == ["doubled: A"]
        assert list(after.accounts.by_currency) == ["CNY"]

    def test_security_in_another_currency_does_not_count(self) -> None:
        after = told(bill("A", 100, security=eur(50)))
        assert after.anomalies == ["currency-mismatch: security of A"]
        assert after.account.debts["A"].security == 0
        assert after.balance == 100


class TestInterestAndCosts:
    def test_they_add_to_their_debt(self) -> None:
        after = told(bill("A", 100), fee("A", 10), fee("A", 5, "F2"), cost("A", 3))
        assert (after.owed("A", "interest"), after.owed("A", "costs"), after.balance) == (15, 3, 118)

    def test_they_open_a_settled_debt_again(self) -> None:
        facts = bill("A", 100, due=1), on(5, pays("P", 100)), on(6, fee("A", 10))
        assert told(*facts).account.debts["A"].settled_at is None
        assert told(*facts, on(8, pays("Q", 10))).account.debts["A"].settled_at == at(8)

    def test_they_draw_on_credit_at_once(self) -> None:
        assert told(bill("A", 100), pays("P", 105), fee("A", 10)).left == {"A": "5"}

    @pytest.mark.parametrize(
        ("fact", "anomaly"),
        [
            (fee("X", 1), "unknown-charge: X"),
            (cost("X", 1), "unknown-charge: X"),
            (LateFeeCharged(fee="F", charge="A", amount=eur(1)), "currency-mismatch: A"),
            (CostCharged(cost="K", charge="A", kind="post", amount=eur(1)), "currency-mismatch: A"),
        ],
    )
    def test_what_has_no_debt_is_an_anomaly(self, fact: Fact, anomaly: str) -> None:
        after = told(bill("A", 100), fact)
        assert (after.anomalies, after.balance) == ([anomaly], 100)

    def test_each_counts_once(self) -> None:
        after = told(bill("A", 100), fee("A", 10), fee("A", 10), cost("A", 1), cost("A", 1))
        assert (after.anomalies, after.balance) == (["doubled: fee:F", "doubled: cost:K"], 111)


class TestAdjustments:
    def test_a_debt_rises_and_falls(self) -> None:
        after = told(bill("A", 100), adjust("A", 30), adjust("A", -50))
        assert after.left == {"A": "80"}
        assert after.account.debts["A"].parts["principal"].charged == 80

    def test_a_rise_draws_on_credit(self) -> None:
        assert told(bill("A", 100), pays("P", 120), adjust("A", 30)).left == {"A": "10"}

    def test_a_fall_below_what_was_paid_frees_the_latest_money(self) -> None:
        after = told(bill("A", 100), pays("P", 60), pays("Q", 40), adjust("A", -50))
        assert [it.rest for it in after.account.funds.values()] == [10, 40]
        assert after.account.debts["A"].settled_at == at(3)

    def test_money_freed_pays_what_else_is_open(self) -> None:
        after = told(bill("A", 100), pays("P", 100), bill("B", 70), adjust("A", -50))
        assert (after.left, after.credit) == ({"B": "20"}, 0)

    def test_a_payments_freed_rest_joins_what_it_had_left(self) -> None:
        after = told(bill("A", 100), pays("P", 110), adjust("A", -50))
        assert (after.credit, after.account.credits) == (60, [(0, "payment:P")])

    def test_interest_paid_is_not_freed(self) -> None:
        after = told(bill("A", 100), fee("A", 10), pays("P", 110), adjust("A", -100))
        assert after.credit == 100
        assert [str(it) for it in after.account.funds["payment:P"].lines] == [
            "Line(charge='A', component='interest', amount=Decimal('10'), recovered=False)"
        ]

    def test_a_debt_that_falls_by_what_is_outstanding_is_settled_then(self) -> None:
        after = told(bill("A", 100), pays("P", 60), on(9, adjust("A", -40)))
        assert after.account.debts["A"].settled_at == at(9)

    def test_a_fall_below_zero_is_credit_and_an_anomaly(self) -> None:
        after = told(bill("A", 100), adjust("A", -130))
        assert (after.anomalies, after.balance) == (["over-adjusted: A by 30"], -30)
        assert told(bill("A", 100), adjust("A", -130), adjust("A", 130)).left == {"A": "100"}

    def test_a_fall_lessens_what_is_written_off_before_it_frees_money(self) -> None:
        after = told(bill("A", 100), pays("P", 30), write_off("A"), adjust("A", -80))
        assert after.account.debts["A"].parts["principal"].written_off == 0
        assert after.credit == 10
        assert after.account.debts["A"].settled_at == at(4)

    def test_it_may_move_the_due_day(self) -> None:
        event = ChargeAdjusted(charge="A", amount=cny(1), reason="late", due=day(40))
        assert told(bill("A", 100, due=5), event).account.debts["A"].due == day(40)

    def test_it_needs_its_debt(self) -> None:
        other = ChargeAdjusted(charge="A", amount=eur(1), reason="late")
        after = told(bill("A", 100), adjust("X", 5), other)
        assert after.anomalies == ["unknown-charge: X", "currency-mismatch: A"]
        assert after.balance == 100


class TestDueDays:
    def test_a_due_day_is_set(self) -> None:
        assert told(bill("A", 100), due_set("A", 60)).account.debts["A"].due == day(60)

    def test_an_unknown_debt_has_none(self) -> None:
        assert told(due_set("X", 60)).anomalies == ["unknown-charge: X"]

    def test_overdue_is_what_was_due_before_the_day(self) -> None:
        account = told(bill("A", 100, due=10), bill("B", 50, due=11), bill("C", 7)).account
        assert [overdue(account, day(it)) for it in (10, 11, 12)] == [0, 100, 150]
        assert owed(account) == 157

    def test_days_late_count_from_the_due_day_and_are_never_below_zero(self) -> None:
        def late(paid: float) -> int | None:
            return days_late(told(bill("A", 100, due=10), on(paid, pays("P", 100))).account.debts["A"], UTC)

        assert [late(it) for it in (5, 10, 10.9, 11, 40)] == [0, 0, 0, 1, 30]

    def test_days_are_those_of_the_zone(self) -> None:
        debt = told(on(1.9, bill("A", 100, due=10)), on(10.8, pays("P", 100))).account.debts["A"]
        assert (days_late(debt, UTC), days_late(debt, SHANGHAI)) == (0, 1)
        assert (days_to_settle(debt, UTC), days_to_settle(debt, SHANGHAI)) == (9, 9)

    def test_days_to_settle_count_from_the_issue_where_it_is_given(self) -> None:
        def days(issued: date | None) -> int | None:
            facts = on(3, bill("A", 100, issued_on=issued)), on(9, pays("P", 100))
            return days_to_settle(told(*facts).account.debts["A"], UTC)

        assert (days(None), days(day(1))) == (6, 8)

    def test_what_is_not_settled_or_has_no_due_day_has_no_days_late(self) -> None:
        debts = told(bill("A", 100, due=5), bill("B", 50), on(9, pays("P", 50, "B"))).account.debts
        assert [days_late(it, UTC) for it in debts.values()] == [None, None]
        assert days_to_settle(debts["A"], UTC) is None


class TestWriteOffs:
    def test_all_that_is_outstanding_is_given_up_and_the_debt_is_not_settled(self) -> None:
        after = told(bill("A", 100), fee("A", 10), pays("P", 30), write_off("A"))
        debt = after.account.debts["A"]
        assert (after.balance, debt.settled_at) == (0, None)
        assert {name: it.written_off for name, it in debt.parts.items()} == {"principal": 80, "interest": 0}

    def test_a_part_is_given_up_costs_and_interest_first(self) -> None:
        after = told(bill("A", 100), fee("A", 10), write_off("A", 30))
        assert (after.owed("A", "interest"), after.owed("A", "principal")) == (0, 80)

    def test_more_than_is_outstanding_cannot_be_given_up(self) -> None:
        after = told(bill("A", 100), write_off("A", 130))
        assert (after.anomalies, after.balance) == (["over-written-off: A by 30"], 0)

    def test_it_needs_its_debt_and_counts_once(self) -> None:
        other = ChargeWrittenOff(write_off="V", charge="A", amount=eur(5), reason="insolvent")
        after = told(bill("A", 100), write_off("X"), other, write_off("A", 10), write_off("A", 10))
        assert after.anomalies == ["unknown-charge: X", "currency-mismatch: A", "doubled: write-off:W"]
        assert after.balance == 90


def test_every_fact_about_money_is_taken_in_and_no_other() -> None:
    assert set(HANDLERS) == {name for name, kind in REGISTER.items() if kind.family == "money"}
    not_money: Fact = CustomerRegistered(kind="person")
    accounts, other = Accounts(), entry(not_money)
    assert evolve(accounts, other) is None
    assert accounts == Accounts()


def test_a_debt_knows_the_entry_behind_it() -> None:
    after = told(bill("A", 100), pays("P", 1))
    assert after.account.debts["A"].entry_id == entry(bill("A", 100), version=1).id
    assert after.account.funds["payment:P"].entry_id == entry(pays("P", 1), version=2).id


def test_a_zone_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ZoneInfoNotFoundError):
        Accounts("Nowhere/Nothing")


def test_amounts_stay_exact() -> None:
    after = told(bill("A", "0.10"), bill("B", "0.20"), pays("P", "0.30"))
    assert (after.balance, outstanding(after.account.debts["A"])) == (Decimal(0), Decimal(0))
