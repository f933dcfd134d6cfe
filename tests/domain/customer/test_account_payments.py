"""Payments: where they go, what is left of them, and their reversal."""

from decimal import Decimal

import pytest

from domain.customer.account import outstanding
from domain.events.money import (
    AllocationLine,
    Designation,
    PaymentReceived,
    RefundPaid,
)
from tests.domain.customer.account_givens import (
    adjust,
    bill,
    bounces,
    cost,
    fee,
    pays,
    pays_as_stated,
    told,
)
from tests.givens import at, cny, eur, on


def refund(name: str, amount: int, payment: str | None = None) -> RefundPaid:
    return RefundPaid(refund=name, amount=cny(amount), payment=payment)


class TestTheOrderOfPaying:
    def test_article_560_the_payers_word_comes_first(self) -> None:
        after = told(bill("A", 100, due=1), bill("B", 100, due=50), on(10, pays("P", 120, "B")))
        assert after.left == {"A": "80"}
        assert after.anomalies == []

    def test_article_560_the_payer_may_name_amounts_and_the_rest_follows_the_law(self) -> None:
        after = told(bill("A", 100, due=1), bill("B", 100, due=2), on(10, pays("P", 70, ("B", 30))))
        assert after.left == {"A": "60", "B": "70"}

    def test_article_560_debts_that_are_due_come_before_those_that_are_not(self) -> None:
        facts = bill("A", 100, due=50, burden_percent_a_year=Decimal(9)), bill("B", 100, due=10)
        assert told(*facts, on(10, pays("P", 100))).left == {"A": "100"}

    def test_article_560_the_least_secured_comes_first_by_its_share_of_what_is_owed(self) -> None:
        # B has more security, but A's covers more of it.
        facts = bill("A", 100, due=1, security=cny(50)), bill("B", 1000, due=2, security=cny(60))
        assert told(*facts, on(10, pays("P", 1000))).left == {"A": "100"}

    def test_article_560_then_the_heavier_burden_then_the_earlier_day(self) -> None:
        facts = (
            bill("A", 100, due=1),
            bill("B", 100, due=3, burden_percent_a_year=Decimal("18.25")),
            bill("C", 100, due=2),
        )
        assert told(*facts, on(10, pays("P", 100))).left == {"A": "100", "C": "100"}
        assert told(*facts, on(10, pays("P", 200))).left == {"C": "100"}

    def test_article_560_equal_debts_are_paid_pro_rata(self) -> None:
        after = told(bill("A", 100, due=5), bill("B", 50, due=5), on(10, pays("P", 100)))
        assert after.left == {"A": "33.33", "B": "16.67"}

    def test_article_561_costs_then_interest_then_principal(self) -> None:
        facts = bill("A", 100, due=1), fee("A", 10), cost("A", 5)
        owed = [
            [str(told(*facts, pays("P", paid)).owed("A", it)) for it in ("costs", "interest", "principal")]
            for paid in (3, 9, 20)
        ]
        assert owed == [["2", "10", "100"], ["0", "6", "100"], ["0", "0", "95"]]

    def test_the_day_of_a_payment_is_the_ledgers_day(self) -> None:
        facts = bill("A", 100, due=11, burden_percent_a_year=Decimal(9)), bill("B", 100, due=10)
        evening = on(10.8, pays("P", 100))
        assert told(*facts, evening).left == {"A": "100"}
        assert told(*facts, evening, zone="Asia/Shanghai").left == {"B": "100"}

    def test_a_debt_without_a_due_day_is_payable_from_the_day_it_arose(self) -> None:
        facts = on(3, bill("A", 100)), on(1, bill("B", 100, due=4)), on(1, bill("C", 100, due=20))
        assert told(*facts, on(10, pays("P", 100))).left == {"B": "100", "C": "100"}

    def test_a_payment_ahead_pays_what_is_not_yet_due(self) -> None:
        after = told(bill("A", 100, due=50), bill("B", 100, due=60), pays("P", 150))
        assert after.left == {"B": "50"}
        assert after.credit == 0


class TestAnAllocationThatTheSourceStates:
    def test_it_is_taken_by_component_before_anything_else(self) -> None:
        facts = bill("A", 100, due=1), fee("A", 10), bill("B", 50, due=2)
        after = told(*facts, pays_as_stated("P", 40, ("A", 30), ("B", 10)))
        assert (after.owed("A", "principal"), after.owed("A", "interest")) == (70, 10)
        assert after.left == {"A": "80", "B": "40"}
        after = told(*facts, pays_as_stated("P", 4, ("A", 4, "interest")))
        assert after.owed("A", "interest") == 6

    def test_what_it_leaves_follows_the_law(self) -> None:
        facts = bill("A", 100, due=1), bill("B", 50, due=2)
        assert told(*facts, on(9, pays_as_stated("P", 60, ("B", 20)))).left == {"A": "60", "B": "30"}

    @pytest.mark.parametrize(
        ("payment", "anomaly", "left"),
        [
            (pays_as_stated("P", 150, ("A", 120)), "over-allocated: A by 20", {}),
            (pays_as_stated("P", 20, ("A", 30)), "over-allocated: A by 10", {"A": "80"}),
            (pays_as_stated("P", 20, ("A", 20, "costs")), "over-allocated: A by 20", {"A": "80"}),
            (pays_as_stated("P", 20, ("X", 20)), "unknown-charge: X", {"A": "80"}),
            (pays_as_stated("P", 20, ("A", eur(20))), "currency-mismatch: A", {"A": "80"}),
        ],
    )
    def test_what_does_not_fit_is_an_anomaly_and_the_money_counts(
        self, payment: PaymentReceived, anomaly: str, left: dict[str, str]
    ) -> None:
        after = told(bill("A", 100, due=1), payment)
        assert after.anomalies == [anomaly]
        assert after.left == left
        assert after.balance == 100 - payment.amount.amount

    def test_several_anomalies_are_told_together(self) -> None:
        both = PaymentReceived(
            payment="P",
            amount=cny(10),
            designations=(Designation(charge="Y"), Designation(charge="A", amount=eur(1))),
            allocation=(AllocationLine(charge="X", amount=cny(1)),),
        )
        after = told(bill("A", 5), both)
        assert after.anomalies == ["unknown-charge: X; unknown-charge: Y; currency-mismatch: A"]


class TestCredit:
    def test_what_is_left_of_a_payment_pays_the_next_debt_at_its_own_moment(self) -> None:
        after = told(pays("P", 150), on(7, bill("A", 100, due=20)))
        assert after.credit == 50
        assert after.account.debts["A"].settled_at == at(7)

    def test_the_oldest_credit_pays_first(self) -> None:
        after = told(pays("P", 30), pays("Q", 30), bill("A", 40))
        assert after.rests == {"payment:P": 0, "payment:Q": 20}
        assert after.account.debts["A"].paid_by == ["payment:P", "payment:Q"]

    def test_a_payment_counts_once(self) -> None:
        after = told(bill("A", 100), pays("P", 10), pays("P", 20))
        assert after.anomalies == ["doubled: P"]
        assert after.balance == 90


class TestReversal:
    def test_what_a_payment_paid_is_owed_again_in_the_parts_it_paid(self) -> None:
        facts = bill("A", 100, due=1), fee("A", 10), cost("A", 5)
        after = told(*facts, pays("P", 12), bounces("P"))
        assert after.account.debts == told(*facts).account.debts
        assert [after.owed("A", it) for it in ("costs", "interest", "principal")] == [5, 10, 100]

    def test_other_payments_stay_where_they_went(self) -> None:
        facts = bill("A", 100, due=1), bill("B", 100, due=2)
        after = told(*facts, pays("P", 100, "A"), pays("Q", 60), bounces("P"))
        assert after.left == {"A": "100", "B": "40"}

    def test_what_a_payment_paid_later_as_credit_is_owed_again(self) -> None:
        after = told(pays("P", 100), bill("A", 60), bounces("P"))
        assert (after.left, after.credit) == ({"A": "60"}, 0)
        assert after.account.debts["A"].settled_at is None

    def test_credit_of_other_payments_pays_what_opens_again(self) -> None:
        after = told(bill("A", 100), pays("P", 100), pays("Q", 70), on(9, bounces("P")))
        assert (after.left, after.credit) == ({"A": "30"}, 0)
        full = told(bill("A", 100), pays("P", 100), pays("Q", 130), on(9, bounces("P")))
        assert (full.left, full.credit) == ({}, 30)
        assert full.account.debts["A"].settled_at == at(9)

    def test_credit_that_was_refunded_is_owed_once_its_payment_is_reversed(self) -> None:
        after = told(pays("P", 100), refund("R", 100), bounces("P"))
        assert after.left == {"refund:R": "100"}

    @pytest.mark.parametrize(
        ("facts", "anomaly"),
        [
            ((bounces("P"),), "unknown-payment: P"),
            ((bounces("P"), pays("P", 10)), "unknown-payment: P"),
            ((pays("P", 10), bounces("P"), bounces("P")), "reversed-already: P"),
        ],
    )
    def test_what_cannot_be_reversed_is_an_anomaly(self, facts: tuple[PaymentReceived], anomaly: str) -> None:
        assert told(*facts).anomalies == [anomaly]


class TestCurrencies:
    def test_accounts_never_mix(self) -> None:
        after = told(bill("A", 100), pays("E", eur(500)))
        assert (after.balance, after.accounts.account("EUR").credits) == (100, [(0, "payment:E")])

    def test_a_payment_for_a_debt_in_another_currency_stays_in_its_own(self) -> None:
        wish = PaymentReceived(payment="E", amount=eur(50), designations=(Designation(charge="A"),))
        after = told(bill("A", 100), wish)
        assert after.anomalies == ["currency-mismatch: A"]
        assert outstanding(after.account.debts["A"]) == 100


def test_money_freed_after_a_reversal_is_only_what_the_payment_still_holds() -> None:
    facts = bill("A", 100), pays("P", 100), adjust("A", -40), bounces("P")
    assert (told(*facts).left, told(*facts).credit) == ({"A": "60"}, 0)
