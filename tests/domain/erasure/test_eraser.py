"""Erasing: by two, after all checks, once; what is refused, and that nothing was done then."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.approvals import approve, propose_release
from domain.authority import HoldInForce, NotAllowed, SamePrincipal
from domain.erasure.eraser import read_subject
from domain.erasure.refusals import KeptByLaw, NothingToErase
from domain.events.cases import CaseOpened
from domain.events.money import ChargeAssessed, PaymentReceived
from domain.events.oversight import ErasureRefused, SubjectErased
from domain.ledger import Ledger
from domain.policies.retention import Retention, load
from domain.refusals import AlreadySettled, InvalidValue, UnknownReference
from tests.domain.erasure.house import (
    COMPLAINT,
    CUSTOMER,
    NAME,
    PERSON,
    PERSON_NAME,
    PHONE,
    STREAM,
    STREET,
    House,
    eraser,
    last,
    record,
    requested,
    texts,
)
from tests.domain.policies.test_retention import rule
from tests.drafts import draft
from tests.givens import cny
from tests.overseers import FIRST, SECOND, overseer, two

ALL = [NAME, PHONE, STREET, PERSON_NAME, COMPLAINT]
ERASED = "[erased]"
DEBT = ChargeAssessed(charge="CH", kind="fee", amount=cny(10))


def nothing_was_done(house: House) -> bool:
    return house.keys() == [True] and house.lines() == [[]]


def test_one_requests_and_another_erases(house: House, ledger: Ledger) -> None:
    receipt, outlook = eraser(ledger, FIRST).request(STREAM, "consent-withdrawn")
    assert (outlook.grounds, nothing_was_done(house), sorted(texts(ledger))) == ((), True, sorted(ALL))
    erased = eraser(ledger).approve(str(receipt.id))
    assert (erased.subject, erased.keys, erased.receipt.repeated) == (STREAM, 1, False)
    entry = last(ledger)
    assert entry.data == SubjectErased(
        request=str(receipt.id), subject=STREAM, keys=1, principal="key:second"
    )
    assert (entry.causation_id, entry.policy_refs) == (receipt.id, (load().ref,))
    assert texts(ledger) == [ERASED, ERASED, ERASED, PERSON_NAME, ERASED]
    assert house.keys() == [False]
    ((line,),) = house.lines()
    assert line == {
        "subject": STREAM,
        "generation": 1,
        "keys": 1,
        "request": str(receipt.id),
        "erased_at": line["erased_at"],
    }


def test_it_is_found_no_more(ledger: Ledger) -> None:
    sought: list[tuple[Any, str]] = [("name", NAME), ("phone", PHONE), ("address", STREET)]
    assert [len(ledger.find(*it)) for it in sought] == [1, 1, 1]
    eraser(ledger).approve(requested(ledger))
    assert [ledger.find(*it) for it in sought] == [[], [], []]
    assert [it.subject for it in ledger.find("name", PERSON_NAME)] == [PERSON]


def test_a_contact_person_is_erased_alone(house: House, ledger: Ledger) -> None:
    before = texts(ledger)
    erased = eraser(ledger).approve(requested(ledger, PERSON))
    assert (erased.subject, erased.stays.others) == (PERSON, (STREAM,))
    assert texts(ledger) == [ERASED if it == PERSON_NAME else it for it in before]
    assert (house.keys(), house.keys(PERSON)) == ([True], [False])


def test_nobody_erases_alone(house: House, ledger: Ledger) -> None:
    name = requested(ledger)
    with pytest.raises(SamePrincipal):
        eraser(ledger, FIRST).approve(name)
    assert nothing_was_done(house)
    assert last(ledger).type == "ErasureRequested"


def test_the_same_request_is_repeated(ledger: Ledger) -> None:
    first, _ = eraser(ledger, FIRST).request(STREAM, "consent-withdrawn")
    again_, _ = eraser(ledger, FIRST).request(STREAM, "consent-withdrawn")
    assert again_ == first._replace(repeated=True)
    for other in (
        eraser(ledger, FIRST).request(STREAM, "moved"),
        eraser(ledger, SECOND).request(STREAM, "consent-withdrawn"),
        eraser(ledger, FIRST).request(PERSON, "consent-withdrawn"),
    ):
        assert not other[0].repeated


def test_an_entry_of_the_same_id_elsewhere_does_not_keep_a_request_from_approval(ledger: Ledger) -> None:
    name = requested(ledger)
    record(ledger, draft("0", CaseOpened(case="C", kind="complaint", channel="phone"), id=UUID(name)))
    assert eraser(ledger).approve(name).subject == STREAM


def test_the_same_approval_is_repeated(house: House, ledger: Ledger) -> None:
    name = requested(ledger)
    first = eraser(ledger).approve(name)
    second = eraser(ledger).approve(name)
    assert second.receipt == first.receipt._replace(repeated=True)
    assert (second.keys, house.lines(), house.keys()) == (1, house.lines(), [False])
    with pytest.raises(AlreadySettled):
        eraser(ledger, FIRST).approve(name)


class TestNotUnderstood:
    @pytest.mark.parametrize(
        "subject",
        ["42", "customer:", "ledger", "ledger:index", "customer:42/", "customer:42/person/", "customer:4%2"],
    )
    def test_what_names_no_data_subject(self, ledger: Ledger, subject: str) -> None:
        with pytest.raises(InvalidValue) as caught:
            eraser(ledger, FIRST).request(subject, "r")
        assert caught.value.field == "subject"

    @pytest.mark.parametrize(
        "subject", ["customer:42", "customer:a%2Fb", "customer:42/person/P-1", "customer:42/person/a%2Fb%25"]
    )
    def test_what_names_one(self, subject: str) -> None:
        assert read_subject(subject) == subject

    @pytest.mark.parametrize("subject", ["customer:43", "customer:42/person/P-2"])
    def test_of_whom_nothing_personal_is_there(self, ledger: Ledger, subject: str) -> None:
        with pytest.raises(NothingToErase):
            eraser(ledger, FIRST).request(subject, "r")

    def test_who_is_erased_already(self, ledger: Ledger) -> None:
        eraser(ledger).approve(requested(ledger))
        with pytest.raises(NothingToErase):
            requested(ledger)

    def test_what_was_not_requested(self, house: House, ledger: Ledger) -> None:
        for name in ("no id", str(uuid4()), str(last(ledger).id)):
            with pytest.raises(UnknownReference):
                eraser(ledger).approve(name)
        assert nothing_was_done(house)


class TestKept:
    def refused(
        self, ledger: Ledger, kind: type[NotAllowed], subject: str = STREAM, policy: Retention | None = None
    ) -> tuple[str, str, str]:
        """Have an erasure refused; returns the basis and the law that are recorded, and the hint."""
        name = requested(ledger, subject, policy)
        with pytest.raises(kind) as caught:
            eraser(ledger, retention=policy).approve(name)
        told = last(ledger)
        assert isinstance(told.data, ErasureRefused)
        assert (told.data.request, told.data.principal) == (name, "key:second")
        assert told.policy_refs == ((policy or load()).ref,)
        with pytest.raises(AlreadySettled):
            eraser(ledger, retention=policy).approve(name)
        return told.data.basis, told.data.law, caught.value.hint

    @pytest.mark.parametrize("subject", [STREAM, PERSON])
    def test_a_hold_keeps_everybody_of_the_stream(self, house: House, ledger: Ledger, subject: str) -> None:
        overseer(ledger, FIRST).place_hold(STREAM, "H", "lawsuit")
        basis, law, hint = self.refused(ledger, HoldInForce, subject)
        assert (basis, law) == ("legal-hold", "hold: lawsuit")
        assert hint.endswith("the hold H: it can be erased once that is over.")
        assert nothing_was_done(house)

    def test_after_the_release_of_the_hold_it_can_be_erased(self, ledger: Ledger) -> None:
        ann, ben = two(ledger)
        ann.place_hold(STREAM, "H", "lawsuit")
        self.refused(ledger, HoldInForce)
        approve(ben, str(propose_release(ann, STREAM, "H").id))
        assert eraser(ledger).approve(requested(ledger)).keys == 1

    def test_a_debt_keeps_it_until_it_is_paid(self, house: House, ledger: Ledger) -> None:
        record(ledger, draft(CUSTOMER, DEBT))
        basis, law, hint = self.refused(ledger, KeptByLaw)
        assert (basis, law) == ("legal-claims", "GDPR art. 17(3)(e) [M]")
        assert "debt CH of 10.00 CNY" in hint
        assert nothing_was_done(house)
        assert eraser(ledger).approve(requested(ledger, PERSON)).keys == 1
        record(ledger, draft(CUSTOMER, PaymentReceived(payment="P", amount=cny(10))))
        assert eraser(ledger).approve(requested(ledger)).keys == 1

    def test_a_rule_of_the_policy_keeps_it_for_its_term(self, house: House, ledger: Ledger) -> None:
        policy = load().model_copy(update={"rule": (rule(families=("cases",), tag="V3", years=100),)})
        basis, law, hint = self.refused(ledger, KeptByLaw, policy=policy)
        assert (basis, law) == ("test", "Some Act [V3]")
        assert hint.endswith("it can be erased from 2126-01-01 on.")
        assert nothing_was_done(house)

    def test_who_requested_it_cannot_have_it_refused(self, ledger: Ledger) -> None:
        record(ledger, draft(CUSTOMER, DEBT))
        name = requested(ledger)
        with pytest.raises(SamePrincipal):
            eraser(ledger, FIRST).approve(name)
        assert last(ledger).type == "ErasureRequested"
