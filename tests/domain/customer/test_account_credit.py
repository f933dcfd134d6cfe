"""Money that is no payment: refunds, credit notes, what is recovered, deposits."""

from domain.customer.debts import held
from domain.events.money import (
    ChargeWrittenOff,
    CreditNoteIssued,
    DepositApplied,
    DepositReceived,
    DepositRequired,
    DepositReturned,
    RefundPaid,
)
from tests.domain.customer.account_givens import (
    bill,
    bounces,
    cost,
    fee,
    pays,
    told,
)
from tests.givens import at, cny, day, eur, on


def refund(name: str, amount: int, payment: str | None = None) -> RefundPaid:
    return RefundPaid(refund=name, amount=cny(amount), payment=payment)


def credit_note(name: str, amount: int, charge: str | None = None) -> CreditNoteIssued:
    return CreditNoteIssued(credit_note=name, amount=cny(amount), charge=charge)


def write_off(charge: str) -> ChargeWrittenOff:
    return ChargeWrittenOff(write_off=f"W-{charge}", charge=charge, reason="insolvent")


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
        assert deposit.required == held(deposit) == 80
        assert deposit.due == day(5)

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
        assert after.anomalies == ["over-deposit: D by 10"]
        assert held(after.account.deposits["D"]) == 0
