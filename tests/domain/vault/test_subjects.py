"""Data subjects: each has a name of its own, whatever streams and persons are called."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from domain.events import REGISTER
from domain.events.contact import InteractionLogged
from domain.events.party import ContactPersonAdded
from domain.vault.subjects import (
    INDEX_SUBJECT,
    belongs_to,
    customer_subject,
    named_subject,
    stream_of,
    subject_of,
)

STREAM = "customer:42"
names = st.text(st.sampled_from("/%2F5aperson:"), min_size=1, max_size=12)


def _subject(event: Any) -> str:  # noqa: ANN401  type checkers do not see the register's names
    return subject_of(REGISTER[event.TYPE].personal[0], STREAM, event)


def test_the_customer_bears_the_name_of_the_stream() -> None:
    assert customer_subject(STREAM) == STREAM
    assert named_subject(STREAM, "person", "7") == "customer:42/person/7"


def test_a_field_says_whom_it_is_about() -> None:
    call: dict[str, Any] = {"interaction": "i", "direction": "inbound", "channel": "phone", "purpose": "bill"}
    assert _subject(ContactPersonAdded(person="7", name="x")) == "customer:42/person/7"
    assert _subject(InteractionLogged(**call, person="7", summary="x")) == "customer:42/person/7"
    assert _subject(InteractionLogged(**call, summary="x")) == STREAM


@given(st.tuples(names, names), st.tuples(names, names))
def test_no_two_share_a_name(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert (named_subject(one[0], "person", one[1]) == named_subject(other[0], "person", other[1])) == (
        one == other
    )
    assert customer_subject(one[0]) != named_subject(other[0], "person", other[1])


@given(names, names)
def test_the_stream_is_read_off_the_name(stream: str, person: str) -> None:
    for subject in (customer_subject(stream), named_subject(stream, "person", person)):
        assert stream_of(subject) == stream
        assert belongs_to(subject, stream)
        assert not belongs_to(subject, stream + "/person")
        assert not belongs_to(subject, "customer:43")


def test_the_index_belongs_to_no_stream() -> None:
    assert not belongs_to(INDEX_SUBJECT, "ledger")
