"""Disputes, instalment plans and collection."""

from typing import Literal

import pytest

from domain.customer.account import disputed, dues, overdue
from domain.customer.debts import remaining_instalments
from domain.events.money import (
    ChargeDisputed,
    CollectionEnded,
    CollectionStarted,
    DisputeSettled,
    Instalment,
    InstalmentPlanAgreed,
    InstalmentPlanEnded,
)
from tests.domain.customer.account_givens import Fact, Story, adjust, bill, bounces, fee, pays, told
from tests.givens import at, cny, day, eur, on


def dispute(name: str, charge: str, amount: int | None = None) -> ChargeDisputed:
    return ChargeDisputed(dispute=name, charge=charge, amount=None if amount is None else cny(amount))


def settled(name: str, relief: int | None = None) -> DisputeSettled:
    outcome: Literal["upheld", "not_upheld"] = "not_upheld" if relief is None else "upheld"
    return DisputeSettled(dispute=name, outcome=outcome, relief=None if relief is None else cny(relief))


def plan(name: str, charges: str, *instalments: tuple[int, int]) -> InstalmentPlanAgreed:
    parts = tuple(Instalment(due=day(due), amount=cny(amount)) for due, amount in instalments)
    return InstalmentPlanAgreed(plan=name, charges=tuple(charges.split()), instalments=parts)


def plan_ended(name: str) -> InstalmentPlanEnded:
    return InstalmentPlanEnded(plan=name, outcome="broken")


def collection(name: str, charges: str = "") -> CollectionStarted:
    return CollectionStarted(collection=name, charges=tuple(charges.split()), agency="agency-1")


def collection_ended(name: str) -> CollectionEnded:
    return CollectionEnded(collection=name, outcome="failed")


def disputed_of(story: Story, charge: str) -> int:
    return int(disputed(story.account, story.account.debts[charge]))


def schedule(story: Story) -> list[tuple[str, int, int]]:
    """What is due: debt, number of the day, amount."""
    return [
        (it.charge, (it.due - day(0)).days, int(it.amount))
        for it in dues(story.account)
        if it.due is not None
    ]


class TestDisputes:
    def test_a_part_or_all_of_what_is_outstanding_is_disputed(self) -> None:
        assert disputed_of(told(bill("A", 100), dispute("D", "A", 30)), "A") == 30
        assert disputed_of(told(bill("A", 100), dispute("D", "A")), "A") == 100
        both = told(bill("A", 100), dispute("D", "A", 30), dispute("E", "A", 20), pays("P", 60))
        assert disputed_of(both, "A") == 40

    def test_a_dispute_keeps_no_payment_away(self) -> None:
        assert told(bill("A", 100), dispute("D", "A"), pays("P", 60)).left == {"A": "40"}

    def test_settled_without_relief_nothing_changes_but_the_dispute(self) -> None:
        after = told(bill("A", 100), dispute("D", "A"), settled("D"))
        assert (disputed_of(after, "A"), after.balance) == (0, 100)
        assert after.account.disputes["D"].outcome == "not_upheld"

    def test_relief_lessens_the_debt(self) -> None:
        after = told(bill("A", 100), dispute("D", "A"), settled("D", relief=30))
        assert after.left == {"A": "70"}

    def test_relief_off_a_debt_paid_is_credit(self) -> None:
        after = told(bill("A", 100), dispute("D", "A"), pays("P", 100), settled("D", relief=30))
        assert (after.left, after.credit) == ({}, 30)

    def test_relief_in_another_currency_is_credit_there(self) -> None:
        relief = DisputeSettled(dispute="D", outcome="upheld", relief=eur(5))
        after = told(bill("A", 100), dispute("D", "A"), relief)
        assert (after.anomalies, after.balance) == (["currency-mismatch: A"], 100)
        assert after.accounts.account("EUR").funds["relief:D"].rest == 5

    def test_a_dispute_over_another_currency_is_over_the_whole_debt(self) -> None:
        odd = ChargeDisputed(dispute="D", charge="A", amount=eur(5))
        after = told(bill("A", 100), odd)
        assert (after.anomalies, disputed_of(after, "A")) == (["currency-mismatch: A"], 100)

    @pytest.mark.parametrize(
        ("fact", "anomaly"),
        [
            (dispute("E", "X"), "unknown-charge: X"),
            (dispute("D", "A"), "doubled: D"),
            (settled("D", relief=5), "settled-already: D"),
            (settled("X"), "unknown-dispute: X"),
        ],
    )
    def test_what_does_not_fit_is_an_anomaly(self, fact: Fact, anomaly: str) -> None:
        after = told(bill("A", 100), dispute("D", "A"), settled("D"), fact)
        assert (after.anomalies, after.balance) == ([anomaly], 100)


class TestPlans:
    def test_instalments_stand_for_the_due_days_of_their_debts(self) -> None:
        after = told(
            bill("A", 60, due=1), bill("B", 60, due=2), plan("L", "A B", (30, 50), (40, 50), (50, 20))
        )
        assert after.anomalies == []
        assert schedule(after) == [("A", 30, 50), ("A", 40, 10), ("B", 40, 40), ("B", 50, 20)]
        assert [overdue(after.account, day(it)) for it in (29, 30, 31, 41, 51)] == [0, 0, 50, 100, 120]

    def test_payments_count_for_the_earliest_instalments(self) -> None:
        facts = bill("A", 60, due=1), bill("B", 60, due=2), plan("L", "A B", (30, 50), (40, 50), (50, 20))
        assert schedule(told(*facts, pays("P", 50))) == [("A", 40, 10), ("B", 40, 40), ("B", 50, 20)]
        # Two debts of one day are paid pro rata.
        assert schedule(told(*facts, pays("P", 70))) == [("A", 40, 6), ("B", 40, 24), ("B", 50, 20)]
        assert schedule(told(*facts, pays("P", 60, "B"))) == [("A", 40, 40), ("A", 50, 20)]

    def test_article_560_sees_the_plans_days(self) -> None:
        facts = bill("A", 100, due=1), bill("B", 100, due=20), plan("L", "A", (10, 30), (40, 70))
        after = told(*facts, on(25, pays("P", 140)))
        assert after.left == {"A": "60"}

    def test_what_is_charged_later_falls_to_the_last_instalment(self) -> None:
        after = told(bill("A", 100), plan("L", "A", (30, 50), (40, 50)), fee("A", 10))
        assert schedule(after) == [("A", 30, 50), ("A", 40, 60)]

    def test_a_fall_counts_for_the_earliest_instalment(self) -> None:
        after = told(bill("A", 100), plan("L", "A", (30, 50), (40, 50)), adjust("A", -20))
        assert schedule(after) == [("A", 30, 30), ("A", 40, 50)]

    def test_a_reversal_brings_instalments_back(self) -> None:
        facts = bill("A", 100), plan("L", "A", (30, 50), (40, 50)), pays("P", 70), bounces("P")
        assert schedule(told(*facts)) == [("A", 30, 50), ("A", 40, 50)]

    def test_instalments_of_one_day_are_one_and_days_are_put_in_order(self) -> None:
        after = told(bill("A", 100), plan("L", "A", (40, 20), (30, 50), (40, 30)))
        assert after.account.plans["L"].instalments == [(day(30), cny(50).amount), (day(40), cny(50).amount)]

    @pytest.mark.parametrize(
        ("instalments", "anomaly", "kept"),
        [
            (((30, 80), (40, 50)), "plan-total: L is for 130, outstanding are 100", [80, 20]),
            (((30, 110), (40, 50)), "plan-total: L is for 160, outstanding are 100", [100, 0]),
            (((30, 30), (40, 50)), "plan-total: L is for 80, outstanding are 100", [30, 70]),
        ],
    )
    def test_a_plan_is_fitted_to_what_is_outstanding(
        self, instalments: tuple[tuple[int, int], ...], anomaly: str, kept: list[int]
    ) -> None:
        after = told(bill("A", 100), plan("L", "A", *instalments))
        assert after.anomalies == [anomaly]
        assert [amount for _, amount in after.account.plans["L"].instalments] == kept

    def test_once_it_ends_the_own_due_days_count_again(self) -> None:
        after = told(bill("A", 100, due=5), plan("L", "A", (30, 50), (40, 50)), plan_ended("L"))
        assert (schedule(after), after.account.plans["L"].outcome) == ([("A", 5, 100)], "broken")

    def test_a_debt_in_an_earlier_plan_leaves_it(self) -> None:
        facts = bill("A", 60), bill("B", 40), plan("L", "A B", (30, 100)), plan("M", "B", (50, 40))
        after = told(*facts)
        assert after.anomalies == ["planned-already: B"]
        assert schedule(after) == [("A", 30, 60), ("B", 50, 40)]
        assert schedule(told(*facts, plan_ended("L"))) == [("B", 50, 40)]

    def test_what_it_names_may_be_unknown_or_in_another_currency(self) -> None:
        odd = InstalmentPlanAgreed(
            plan="L",
            charges=("A", "X", "E"),
            instalments=(
                Instalment(due=day(30), amount=cny(100)),
                Instalment(due=day(40), amount=eur(1)),
            ),
        )
        euro = bill("E", 1)
        after = told(bill("A", 100), type(euro)(invoice="E", amount=eur(5)), odd)
        assert after.anomalies == [
            f"unknown-charge: X; currency-mismatch: E; currency-mismatch: instalment of {day(40)}"
        ]
        assert schedule(after) == [("A", 30, 100)]

    @pytest.mark.parametrize(
        ("fact", "anomaly"),
        [
            (plan("L", "A", (9, 100)), "doubled: L"),
            (plan_ended("L"), "ended-already: L"),
            (plan_ended("X"), "unknown-plan: X"),
        ],
    )
    def test_what_does_not_fit_is_an_anomaly(self, fact: Fact, anomaly: str) -> None:
        facts = bill("A", 100, due=5), plan("L", "A", (30, 100)), plan_ended("L"), fact
        assert (told(*facts).anomalies, schedule(told(*facts))) == ([anomaly], [("A", 5, 100)])


class TestCollection:
    def test_the_debts_named_are_collected(self) -> None:
        after = told(bill("A", 100), bill("B", 50), collection("C", "A"))
        assert {name: it.collection for name, it in after.account.debts.items()} == {"A": "C", "B": None}
        assert after.accounts.collections["C"].agency == "agency-1"

    def test_without_names_all_that_is_owed_is_collected(self) -> None:
        after = told(bill("B", 50), bill("A", 100), bill("P", 7), pays("P", 7, "P"), collection("C"))
        assert after.accounts.collections["C"].charges == ["A", "B"]
        assert after.anomalies == []

    def test_where_nothing_is_owed_that_is_an_anomaly(self) -> None:
        assert told(bill("A", 5), pays("P", 5), collection("C")).anomalies == ["nothing-owed: C"]

    def test_once_it_ends_its_debts_are_free(self) -> None:
        facts = bill("A", 100), bill("B", 50), collection("C"), collection("D", "B"), collection_ended("C")
        after = told(*facts)
        assert {name: it.collection for name, it in after.account.debts.items()} == {"A": None, "B": "D"}
        done = after.accounts.collections["C"]
        assert (done.outcome, done.ended_at) == ("failed", at(5))

    @pytest.mark.parametrize(
        ("fact", "anomaly"),
        [
            (collection("D", "X A"), "unknown-charge: X"),
            (collection("C"), "doubled: C"),
            (collection_ended("C"), "ended-already: C"),
            (collection_ended("X"), "unknown-collection: X"),
        ],
    )
    def test_what_does_not_fit_is_an_anomaly(self, fact: Fact, anomaly: str) -> None:
        facts = bill("A", 100), collection("C"), collection_ended("C"), fact
        assert told(*facts).anomalies == [anomaly]


@pytest.mark.parametrize(
    ("left", "remaining"),
    [(0, []), (30, [(40, 30)]), (50, [(40, 50)]), (70, [(30, 20), (40, 50)]), (120, [(30, 50), (40, 70)])],
)
def test_what_remains_of_a_plan_adds_up_to_what_is_left(left: int, remaining: list[tuple[int, int]]) -> None:
    agreed = told(bill("A", 100), plan("L", "A", (30, 50), (40, 50))).account.plans["L"]
    expected = [(day(due), cny(amount).amount) for due, amount in remaining]
    assert list(remaining_instalments(agreed, cny(left).amount)) == expected
