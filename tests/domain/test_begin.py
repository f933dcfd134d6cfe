"""Recording that is begun, and waited for later: the caller goes on meanwhile."""

from domain.scribe import CHUNK
from tests.database import Store
from tests.drafts import draft, payment, receipt, refusals, reversed_payment
from tests.vaults import open_ledger


def test_what_is_begun_goes_on_until_it_is_waited_for(store: Store) -> None:
    several = [draft(str(n % 7), payment(f"P-{n}")) for n in range(CHUNK + 20)]
    reversals = [draft("1", reversed_payment("P-1")), draft("1", reversed_payment("P-none"))]
    with open_ledger(store.url) as ledger:
        first, second = ledger.begin(several), ledger.begin(reversals)
        assert refusals(second()) == [None, "unknown-payment"]
        told = first()
        assert [receipt(it).id for it in told] == [it.id for it in several]
        assert [receipt(it).position for it in told] == list(range(1, len(several) + 1))
        assert ledger.begin([])() == []


def test_what_is_begun_is_recorded_though_nobody_waits_for_it(store: Store) -> None:
    with open_ledger(store.url) as ledger:
        ledger.begin([draft("1", payment("P"))])
    assert store.check() == 1
