"""Money that comes in and goes out: designation, order, reversal, refund, credit, deposits."""

from decimal import Decimal

import pytest

from domain.customer.account import outstanding
from domain.customer.debts import held
from domain.events.money import (
    AllocationLine,
    ChargeWrittenOff,
    CreditNoteIssued,
    DepositApplied,
    DepositReceived,
    DepositRequired,
    DepositReturned,
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
from tests.givens import at, cny, day, eur, on


def refund(name: str, amount: int, payment: str | None = None) -> RefundPaid:
    return RefundPaid(refund=name, amount=cny(amount), payment=payment)


def credit_note(name: str, amount: int, charge: str | None = None) -> CreditNoteIssued:
    return CreditNoteIssued(credit_note=name, amount=cny(amount), charge=charge)


def write_off(charge: str) -> ChargeWrittenOff:
    return ChargeWrittenOff(write_off=f"W-{charge}", charge=charge, reason="insolvent")


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
        assert [(it.key, it.rest) for it in after.account.funds.values()] == [
            ("payment:P", 0),
            ("payment:Q", 20),
        ]
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


class TestRefund:
    def test_it_is_taken_from_the_oldest_credit(self) -> None:
        after = told(pays("P", 50), pays("Q", 50), refund("R", 70))
        assert [it.rest for it in after.account.funds.values()] == [0, 30]
        assert after.anomalies == []

    def test_it_is_taken_from_the_payment_it_names_first(self) -> None:
        after = told(pays("P", 50), pays("Q", 50), refund("R", 70, payment="Q"))
        assert [it.rest for it in after.account.funds.values()] == [30, 0]

    def test_more_than_the_credit_is_owed_again(self) -> None:
        after = told(pays("P", 50), refund("R", 70))
        assert after.anomalies == ["over-refunded: R by 20"]
        assert after.left == {"refund:R": "20"}
        paid = told(pays("P", 50), refund("R", 70), pays("Q", 20, "refund:R"))
        assert (paid.balance, paid.left) == (0, {})

    def test_what_it_names_may_be_unknown_or_in_another_currency(self) -> None:
        assert told(pays("P", 9), refund("R", 9, payment="X")).anomalies == ["unknown-payment: X"]
        after = told(pays("E", eur(9)), pays("P", 9), refund("R", 9, payment="E"))
        assert after.anomalies == ["currency-mismatch: E"]
        assert after.balance == 0

    def test_it_counts_once(self) -> None:
        after = told(pays("P", 50), refund("R", 10), refund("R", 10))
        assert (after.anomalies, after.credit) == (["doubled: R"], 40)


class TestCreditNote:
    def test_it_lessens_the_principal_of_its_debt_first(self) -> None:
        facts = bill("A", 100), fee("A", 10), cost("A", 5)
        after = told(*facts, credit_note("C", 105, "A"))
        assert [after.owed("A", it) for it in ("principal", "interest", "costs")] == [0, 5, 5]

    def test_what_its_debt_does_not_take_is_credit(self) -> None:
        after = told(bill("A", 100), pays("P", 80), credit_note("C", 30, "A"))
        assert (after.left, after.credit, after.anomalies) == ({}, 10, [])

    def test_without_a_debt_it_is_credit_that_pays_what_is_open(self) -> None:
        assert told(bill("A", 100), credit_note("C", 30)).left == {"A": "70"}
        assert told(credit_note("C", 30)).credit == 30

    def test_on_an_unknown_debt_it_counts_for_the_account(self) -> None:
        after = told(bill("A", 100), credit_note("C", 30, "X"))
        assert (after.anomalies, after.balance) == (["unknown-charge: X"], 70)

    def test_off_a_debt_written_off_it_leaves_no_credit(self) -> None:
        after = told(bill("A", 100), write_off("A"), credit_note("C", 100, "A"))
        assert after.balance == 0
        assert after.account.debts["A"].parts["principal"].written_off == 0

    def test_it_counts_once(self) -> None:
        after = told(credit_note("C", 10), credit_note("C", 10))
        assert (after.anomalies, after.credit) == (["doubled: C"], 10)


class TestRecovery:
    def test_a_payment_by_law_goes_past_a_debt_written_off(self) -> None:
        after = told(bill("A", 100, due=1), write_off("A"), pays("P", 40))
        assert (after.credit, after.left) == (40, {})

    def test_a_payment_for_a_debt_written_off_recovers_it(self) -> None:
        facts = bill("A", 100, due=1), write_off("A")
        after = told(*facts, pays("P", 40, "A"))
        assert after.account.debts["A"].parts["principal"].written_off == 60
        assert (after.balance, after.account.debts["A"].settled_at) == (0, None)
        whole = told(*facts, on(9, pays("P", 100, "A")))
        assert whole.account.debts["A"].settled_at == at(9)

    def test_costs_and_interest_are_recovered_first(self) -> None:
        facts = bill("A", 100), fee("A", 10), cost("A", 5), write_off("A"), pays("P", 12, "A")
        parts = told(*facts).account.debts["A"].parts
        assert {name: it.written_off for name, it in parts.items()} == {
            "costs": 0,
            "interest": 3,
            "principal": 100,
        }

    def test_a_reversal_restores_what_was_written_off(self) -> None:
        facts = bill("A", 100), write_off("A")
        after = told(*facts, pays("P", 40, "A"), bounces("P"))
        assert after.account.debts == told(*facts).account.debts


class TestDeposit:
    def test_it_is_held_and_is_no_credit(self) -> None:
        after = told(
            bill("A", 100),
            DepositRequired(deposit="D", amount=cny(80), due=day(5)),
            DepositReceived(deposit="D", amount=cny(50)),
            DepositReceived(deposit="D", amount=cny(30)),
        )
        assert (after.balance, after.anomalies) == (100, [])
        deposit = after.account.deposits["D"]
        assert (deposit.required, deposit.due, held(deposit)) == (80, day(5), 80)

    def test_applied_it_pays_as_a_payment_would(self) -> None:
        facts = bill("A", 100, due=1), bill("B", 60, due=2), DepositReceived(deposit="D", amount=cny(80))
        by_law = told(*facts, DepositApplied(deposit="D", amount=cny(50)))
        assert by_law.left == {"A": "50", "B": "60"}
        named = told(*facts, DepositApplied(deposit="D", amount=cny(70), charge="B"))
        assert named.left == {"A": "90"}
        assert held(named.account.deposits["D"]) == 10

    def test_an_unknown_debt_does_not_keep_it_from_paying(self) -> None:
        facts = bill("A", 100), DepositReceived(deposit="D", amount=cny(80))
        after = told(*facts, DepositApplied(deposit="D", amount=cny(80), charge="X"))
        assert (after.anomalies, after.left) == (["unknown-charge: X"], {"A": "20"})

    def test_only_what_is_held_pays(self) -> None:
        facts = bill("A", 100), DepositReceived(deposit="D", amount=cny(30))
        after = told(*facts, DepositApplied(deposit="D", amount=cny(50)))
        assert (after.anomalies, after.left) == (["over-deposit: D by 20"], {"A": "70"})
        nothing = told(bill("A", 100), DepositApplied(deposit="D", amount=cny(50)))
        assert (nothing.anomalies, nothing.balance) == (["over-deposit: D by 50"], 100)

    def test_only_what_is_held_can_be_returned(self) -> None:
        facts = (DepositReceived(deposit="D", amount=cny(30)), DepositReturned(deposit="D", amount=cny(20)))
        assert held(told(*facts).account.deposits["D"]) == 10
        after = told(*facts, DepositReturned(deposit="D", amount=cny(20)))
        assert (after.anomalies, held(after.account.deposits["D"])) == (["over-deposit: D by 10"], 0)


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
