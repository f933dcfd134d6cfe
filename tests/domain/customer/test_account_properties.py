"""What holds whatever happens: the account is total, exact, and can take a payment back."""

import dataclasses
import re
from collections import Counter
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from domain.customer.account import Account, Accounts, balance, credit, dues, evolve, outstanding, owed
from domain.customer.debts import held, written_off
from domain.entry import Entry
from domain.events import REGISTER, money
from domain.values import Money
from tests.givens import day, entry

ANOMALY = re.compile(r"[a-z-]+: .+")
CURRENCIES = ("CNY", "EUR")


Strategy = st.SearchStrategy[Any]


def facts(currencies: tuple[str, ...] = CURRENCIES, prefix: str = "") -> st.SearchStrategy[list[Any]]:
    """Facts of every type about few names, so that they meet, and often do not fit."""
    fields = fields_of(currencies, prefix)
    odd = {
        "OpeningBalanceCarried": {"amount": fields["signed"]},
        "ChargeAdjusted": {"amount": fields["signed"]},
        "ChargeWrittenOff": {"amount": fields["maybe"]},
        "ChargeDisputed": {"amount": fields["maybe"]},
        "RefundPaid": {"payment": st.none() | fields["charge"]},
        "CreditNoteIssued": {"charge": st.none() | fields["charge"]},
        "DepositApplied": {"charge": st.none() | fields["charge"]},
        "CollectionStarted": {"charges": st.just(()) | fields["charges"]},
    }
    kinds: list[Strategy] = []
    for name, kind in REGISTER.items():
        if kind.family == "money":
            known = {it.name: fields[it.name] for it in dataclasses.fields(kind.cls) if it.name in fields}
            kinds.append(st.builds(kind.cls, **(known | odd.get(name, {}))))
    return st.lists(st.one_of(kinds), max_size=25)


def fields_of(currencies: tuple[str, ...], prefix: str) -> dict[str, Strategy]:
    """What the fields of facts may hold, by their names."""
    cents = st.integers(1, 9_999).map(lambda it: Decimal(it).scaleb(-2))
    amounts = st.builds(Money, cents, st.sampled_from(currencies))
    below = st.builds(lambda it: Money(-it.amount, it.currency), amounts)
    names = st.sampled_from([f"{prefix}{it}" for it in "abcde"])
    maybe, days = st.none() | amounts, st.integers(0, 20).map(day)
    components = st.sampled_from(["principal", "interest", "costs"])
    wish = st.builds(money.Designation, charge=names, amount=maybe)
    line = st.builds(money.AllocationLine, charge=names, amount=amounts, component=components)
    instalment = st.builds(money.Instalment, due=days, amount=amounts)
    named = (
        "invoice charge balance fee cost dispute payment refund credit_note plan deposit write_off collection"
    )
    return dict.fromkeys(named.split(), names) | {
        "amount": amounts,
        "signed": amounts | below,
        "maybe": maybe,
        "due": days,
        "security": maybe,
        "relief": maybe,
        "burden_percent_a_year": st.sampled_from([None, Decimal(5)]),
        "designations": st.lists(wish, max_size=2).map(tuple),
        "allocation": st.lists(line, max_size=2).map(tuple),
        "charges": st.lists(names, min_size=1, max_size=3).map(tuple),
        "instalments": st.lists(instalment, min_size=1, max_size=3).map(tuple),
        "kind": st.just("x"),
        "reason": st.just("x"),
        "outcome": st.just("withdrawn"),
    }


def entries(events: list[Any]) -> list[Entry[Any]]:
    return [entry(event, day=number / 2, version=number) for number, event in enumerate(events, 1)]


def folded(events: list[Any]) -> Accounts:
    accounts = Accounts()
    for it in entries(events):
        evolve(accounts, it)
    return accounts


def check(account: Account) -> None:
    """Hold an account against all that its parts say of one another."""
    paid: Counter[tuple[str, str]] = Counter()
    for funds in account.funds.values():
        used = sum(line.amount for line in funds.lines)
        assert used + funds.rest == (0 if funds.reversed_at else funds.amount)
        assert funds.rest >= 0
        for line in funds.lines:
            assert line.amount > 0
            assert funds.key in account.debts[line.charge].paid_by
            paid[line.charge, line.component] += line.amount  # type: ignore[assignment]
    for debt in account.debts.values():
        for component, part in debt.parts.items():
            assert part.charged == part.outstanding + part.written_off + paid[debt.charge, component]
            assert min(part.charged, part.outstanding, part.written_off) >= 0
        assert (debt.charge in account.open) == (outstanding(debt) > 0)
        assert (debt.settled_at is not None) == (outstanding(debt) == written_off(debt) == 0)
    with_rest = sorted((it.number, it.key) for it in account.funds.values() if it.rest)
    assert account.credits == with_rest
    assert not (account.credits and account.open)
    assert sum(it.amount for it in dues(account)) == owed(account)
    assert balance(account) == owed(account) - credit(account)
    assert all(held(it) >= 0 for it in account.deposits.values())


@given(facts())
def test_the_account_is_total_and_its_parts_agree_after_every_fact(events: list[Any]) -> None:
    accounts = Accounts()
    for it in entries(events):
        anomaly = evolve(accounts, it)
        assert anomaly is None or all(ANOMALY.fullmatch(each) for each in anomaly.split("; "))
        for account in accounts.by_currency.values():
            check(account)


def movement(event: Any, anomaly: str | None, payments: dict[str, Money]) -> Money | None:  # noqa: ANN401
    """By how much a fact moves the balance, deposits and write-offs aside: from it and its anomaly alone."""
    codes = {it.partition(":")[0] for it in (anomaly or "").split("; ")}
    match event:
        case (
            money.InvoiceIssued()
            | money.ChargeAssessed()
            | money.OpeningBalanceCarried()
            | money.RefundPaid()
        ):
            return None if "doubled" in codes else event.amount
        case money.ChargeAdjusted() | money.LateFeeCharged() | money.CostCharged():
            return event.amount if codes <= {"", "over-adjusted"} else None
        case money.CreditNoteIssued() | money.PaymentReceived() if "doubled" not in codes:
            if isinstance(event, money.PaymentReceived):
                payments[event.payment] = event.amount
            return Money(-event.amount.amount, event.amount.currency)
        case money.PaymentReversed() if not anomaly:
            return payments[event.payment]
        case money.DisputeSettled(relief=Money() as relief) if codes <= {"", "currency-mismatch"}:
            return Money(-relief.amount, relief.currency)
        case _:
            return None


@given(facts())
def test_money_is_conserved(events: list[Any]) -> None:
    accounts = Accounts()
    moved = dict.fromkeys(CURRENCIES, Decimal(0))
    payments: dict[str, Money] = {}
    for it in entries(events):
        change = movement(it.data, evolve(accounts, it), payments)
        if change is not None:
            moved[change.currency] += change.amount
        for currency in CURRENCIES:
            account = accounts.account(currency)
            applied = sum(deposit.applied for deposit in account.deposits.values())
            given_up = sum(map(written_off, account.debts.values()))
            assert balance(account) == moved[currency] - applied - given_up


@given(before=facts(), last=facts())
def test_a_reversed_payment_leaves_the_account_as_it_was(before: list[Any], last: list[Any]) -> None:
    payments = [it for it in last if isinstance(it, money.PaymentReceived)]
    for payment in payments:
        new = money.PaymentReceived(
            payment="new",
            amount=payment.amount,
            designations=payment.designations,
            allocation=payment.allocation,
        )
        expected = folded(before)
        found = folded([*before, new, money.PaymentReversed(payment="new", reason="x")])
        account = found.account(new.amount.currency)
        assert account.funds.pop("payment:new").rest == 0
        expected.account(new.amount.currency)
        assert found == expected


@given(yuan=facts(("CNY",), "y"), euro=facts(("EUR",), "e"), chance=st.data())
def test_accounts_in_two_currencies_do_not_touch(
    yuan: list[Any], euro: list[Any], chance: st.DataObject
) -> None:
    # A collection without names is over all accounts.
    yuan, euro = ([it for it in part if not isinstance(it, money.CollectionStarted)] for part in (yuan, euro))
    turns = chance.draw(st.permutations(["yuan"] * len(yuan) + ["euro"] * len(euro)))
    rest = {"yuan": entries(yuan), "euro": entries(euro)}
    mixed, alone = Accounts(), {"yuan": Accounts(), "euro": Accounts()}
    for turn in turns:
        following = rest[turn].pop(0)
        evolve(mixed, following)
        evolve(alone[turn], following)
    for currency, name in (("CNY", "yuan"), ("EUR", "euro")):
        assert mixed.account(currency) == alone[name].account(currency)
