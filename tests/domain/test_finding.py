"""Which entry an id means, where several streams have used it."""

from uuid import uuid4

import pytest

from domain.refusals import AmbiguousId, NoSuchEntry
from tests.database import Store
from tests.drafts import draft, opened, payment
from tests.vaults import open_ledger


def test_an_id_of_two_streams_does_not_tell_which_entry_is_meant(sharded_store: Store) -> None:
    with open_ledger(sharded_store.url) as ledger:
        same = uuid4()
        ledger.record([draft("1", opened("A"), id=same), draft("2", payment("P"), id=same)])
        for look in (ledger.entry, ledger.entry_bytes, ledger.prove):
            with pytest.raises(AmbiguousId, match="customer:1, customer:2"):
                look(same)
        assert ledger.entry(same, ["PaymentReceived"]).stream == "customer:2"
        assert b'"CaseOpened"' in ledger.entry_bytes(same, "customer:1")
        with pytest.raises(NoSuchEntry):
            ledger.entry(same, ["CaseClosed"])
