"""What an erasure would come to: what it takes, what would keep it, what asks for it, what would stay."""

from datetime import date

import pytest

from domain.erasure.outlook import Outlook, look
from domain.erasure.refusals import NothingToErase
from domain.events.money import ChargeAssessed
from domain.events.party import (
    CustomerClosed,
    CustomerDetailsChanged,
    CustomerMerged,
    ProvisionalCustomerIdentified,
    ProvisionalCustomerLinked,
)
from domain.ledger import Ledger
from domain.policies.retention import Retention, load
from tests.domain.erasure.house import CUSTOMER, PERSON, STREAM, eraser, record, requested
from tests.domain.policies.test_retention import rule
from tests.drafts import draft
from tests.givens import cny


def outlook(ledger: Ledger, subject: str = STREAM, policy: Retention | None = None) -> Outlook:
    return look(ledger, subject, policy or load())


def test_the_texts_of_a_data_subject_are_counted_by_field(ledger: Ledger) -> None:
    record(ledger, draft(CUSTOMER, CustomerDetailsChanged(name="Zebedee Quillfeather-Moon")))
    record(ledger, draft(CUSTOMER, CustomerDetailsChanged(name="Zebedee Moon", email="moon@invalid")))
    assert outlook(ledger).fields == {
        "CaseOpened.description": 1,
        "CustomerDetailsChanged.email": 1,
        "CustomerDetailsChanged.name": 2,
        "CustomerRegistered.address": 1,
        "CustomerRegistered.name": 1,
        "CustomerRegistered.phone": 1,
    }
    assert outlook(ledger, PERSON).fields == {"ContactPersonAdded.name": 1}


def test_what_is_erased_already_is_not_counted_again(ledger: Ledger) -> None:
    eraser(ledger).approve(requested(ledger))
    record(ledger, draft(CUSTOMER, CustomerDetailsChanged(name="Zebedee Newman")))
    assert outlook(ledger).fields == {"CustomerDetailsChanged.name": 1}


def test_what_stays_is_said(ledger: Ledger) -> None:
    linked = [
        CustomerMerged(direction="into", other="7"),
        ProvisionalCustomerLinked(provisional="walk-in-9"),
        ProvisionalCustomerIdentified(customer="7", evidence="meter"),
    ]
    record(ledger, *(draft(CUSTOMER, it) for it in linked))
    stays = outlook(ledger).stays
    assert (stays.stream, stays.entries, stays.staff) == (STREAM, 7, ("clerk-1",))
    assert (stays.others, stays.linked) == ((PERSON,), ("7", "walk-in-9"))
    of_person = outlook(ledger, PERSON).stays
    assert (of_person.others, of_person.linked) == ((STREAM,), ())


def test_what_would_keep_it_and_what_would_if_it_were_switched_on(ledger: Ledger) -> None:
    record(ledger, draft(CUSTOMER, ChargeAssessed(charge="CH", kind="fee", amount=cny(10))))
    found = outlook(ledger)
    assert [(it.basis, it.about) for it in found.grounds] == [("legal-claims", "debt CH of 10.00 CNY")]
    assert [(it.rule.id, it.ends) for it in found.off] == [("cn-accounting-vouchers", date(2057, 1, 1))]
    assert outlook(ledger, PERSON).off == ()


def test_what_asks_for_it(ledger: Ledger) -> None:
    assert outlook(ledger).due == ()
    record(ledger, draft(CUSTOMER, CustomerClosed(reason="moved")))
    assert [(it.rule.id, it.ends) for it in outlook(ledger).due] == [("eu-erasure", date(2026, 1, 1))]
    off = load().model_copy(update={"rule": (rule(duty="erase", on=False, years=0),)})
    assert outlook(ledger, policy=off).due == ()


@pytest.mark.parametrize("subject", ["customer:43", f"{STREAM}/person/P-9"])
def test_of_whom_nothing_is_sealed_nothing_can_be_erased(ledger: Ledger, subject: str) -> None:
    with pytest.raises(NothingToErase):
        outlook(ledger, subject)
