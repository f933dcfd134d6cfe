"""What facts of the Contact family make of a customer."""

import pytest

from domain.events.cases import CaseOpened
from domain.events.contact import (
    InteractionLogged,
    NoticeDelivered,
    NoticeFailed,
    NoticeSent,
    PromiseBroken,
    PromiseKept,
    PromiseMade,
    VisitCompleted,
    VisitPlanned,
)
from tests.givens import Fact, after, at, codes, day

SENT = NoticeSent(notice="N", kind="bill", channel="post", about="I", due=day(30))
DELIVERED = NoticeDelivered(notice="N")
FAILED = NoticeFailed(notice="N", reason="moved")
MADE = PromiseMade(promise="P", what="call back", due=at(9))
KEPT = PromiseKept(promise="P")
BROKEN = PromiseBroken(promise="P", reason="forgotten")
PLANNED = VisitPlanned(visit="V", planned_for=at(9), purpose="survey")
VISITED = VisitCompleted(visit="V", mode="on_site", purpose="repair")
OPENED = CaseOpened(case="C", kind="complaint", channel="phone")


def inbound(channel: str, case: str | None = None) -> InteractionLogged:
    return InteractionLogged(
        interaction="I", direction="inbound", channel=channel, purpose="enquiry", case=case
    )


def outbound(channel: str) -> InteractionLogged:
    return InteractionLogged(interaction="I", direction="outbound", channel=channel, purpose="sale")


def test_interactions_are_counted_by_channel_and_direction() -> None:
    contacts = after(inbound("phone"), inbound("phone"), outbound("phone"), inbound("web")).contacts
    assert contacts.interactions == 4
    assert (contacts.last_at, contacts.last_inbound_at, contacts.last_outbound_at) == (at(4), at(4), at(3))
    uses = {name: (use.inbound, use.outbound, use.last_at) for name, use in contacts.channels.items()}
    assert uses == {"phone": (2, 1, at(3)), "web": (1, 0, at(4))}


def test_an_interaction_about_a_case_not_opened_then_counts_and_is_an_anomaly() -> None:
    customer = after(inbound("phone", case="C"))
    assert (customer.contacts.interactions, codes(customer)) == (1, ["unknown-case"])
    assert codes(after(OPENED, inbound("phone", case="C"))) == []


def test_a_notice_is_open_until_it_is_delivered_or_fails() -> None:
    contacts = after(SENT).contacts
    notice = contacts.notices["N"]
    assert (notice.kind, notice.channel, notice.about, notice.due) == ("bill", "post", "I", day(30))
    assert (notice.sent_at, contacts.open_notices()) == (at(1), ["N"])
    assert after(SENT, DELIVERED).contacts.notices["N"].delivered_at == at(2)
    assert after(SENT, DELIVERED).contacts.open_notices() == []
    assert after(SENT, FAILED).contacts.open_notices() == []


def test_a_notice_may_fail_twice_and_then_be_delivered() -> None:
    customer = after(SENT, FAILED, FAILED, DELIVERED)
    notice = customer.contacts.notices["N"]
    assert (notice.failures, notice.failed_at, notice.failed_because) == (2, at(3), "moved")
    assert (notice.delivered_at, codes(customer)) == (at(4), [])


def test_a_notice_that_fails_after_delivery_is_an_anomaly() -> None:
    customer = after(SENT, DELIVERED, FAILED)
    assert codes(customer) == ["notice-failed-after-delivery"]
    assert customer.contacts.notices["N"].delivered_at == at(2)


def test_a_visit_is_planned_planned_anew_and_completed() -> None:
    later = VisitPlanned(visit="V", planned_for=at(12), purpose="survey")
    visit = after(PLANNED, later, VISITED).contacts.visits["V"]
    assert (visit.planned_for, visit.planned_at) == (at(12), at(2))
    assert (visit.completed_at, visit.mode, visit.purpose) == (at(3), "on_site", "repair")


def test_a_visit_may_be_completed_unplanned_and_not_be_planned_afterwards() -> None:
    assert codes(after(VISITED)) == []
    customer = after(VISITED, PLANNED)
    assert codes(customer) == ["visit-planned-after-completion"]
    assert customer.contacts.visits["V"].planned_for == at(9)


def test_a_promise_is_open_until_it_is_kept_or_broken() -> None:
    contacts = after(MADE).contacts
    promise = contacts.promises["P"]
    assert (promise.what, promise.made_at, promise.due) == ("call back", at(1), at(9))
    assert contacts.open_promises() == ["P"]
    kept = after(MADE, KEPT).contacts
    assert (kept.promises["P"].kept_at, kept.open_promises()) == (at(2), [])
    broken = after(MADE, BROKEN).contacts
    assert (broken.promises["P"].broken_at, broken.promises["P"].broken_because) == (at(2), "forgotten")
    assert broken.open_promises() == []


def test_a_broken_promise_may_be_kept_after_all_but_not_the_other_way_round() -> None:
    assert codes(after(MADE, BROKEN, KEPT)) == []
    assert codes(after(MADE, KEPT, BROKEN)) == ["promise-broken-after-kept"]


def test_a_promise_about_a_case_not_opened_then_is_kept_with_an_anomaly() -> None:
    promise = PromiseMade(promise="P", what="mend it", case="C")
    customer = after(promise)
    assert (customer.contacts.promises["P"].case, codes(customer)) == ("C", ["unknown-case"])
    assert codes(after(OPENED, promise)) == []


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ([SENT, SENT], "notice-already-sent"),
        ([DELIVERED], "unknown-notice"),
        ([SENT, DELIVERED, DELIVERED], "notice-already-delivered"),
        ([FAILED], "unknown-notice"),
        ([VISITED, VISITED], "visit-already-completed"),
        ([MADE, MADE], "promise-already-made"),
        ([KEPT], "unknown-promise"),
        ([BROKEN], "unknown-promise"),
        ([MADE, KEPT, KEPT], "promise-already-kept"),
        ([MADE, BROKEN, BROKEN], "promise-already-broken"),
    ],
)
def test_what_does_not_fit_changes_nothing_and_is_kept(facts: list[Fact], code: str) -> None:
    customer = after(*facts)
    assert codes(customer) == [code]
    assert customer.contacts == after(*facts[:-1]).contacts
