"""Data subjects: the names under which the keys of persons are kept.

The customer of a stream bears its name, `customer:42`; somebody whom an event names, as a contact person, the
stream's and their own, `customer:42/person/7`. A slash inside either name is written as %2F, so that no two
data subjects share a name.
"""

from typing import Final

from domain.events import Event
from domain.events.personal import PersonalField

PERSON: Final = "person"
INDEX_SUBJECT: Final = "ledger:index"
"""The subject whose key makes the tokens of the index, in shard 0: no stream has this name."""


def customer_subject(stream: str) -> str:
    """Return the data subject that is the customer of a stream."""
    if "/" not in stream and "%" not in stream:
        return stream
    return stream.replace("%", "%25").replace("/", "%2F")


def named_subject(stream: str, kind: str, name: str) -> str:
    """Return the data subject that a field of an event names: kind `person`, the person's name."""
    return f"{customer_subject(stream)}/{kind}/{customer_subject(name)}"


def subject_of(field: PersonalField, stream: str, event: Event) -> str:
    """Return whom a personal field of an event is about."""
    named = None if field.subject is None else getattr(event, field.subject)
    if named is None:
        return customer_subject(stream)
    return named_subject(stream, str(field.subject), named)


def belongs_to(subject: str, stream: str) -> bool:
    """Whether a data subject is the customer of a stream, or named in it."""
    return subject.partition("/")[0] == customer_subject(stream)


def stream_of(subject: str) -> str:
    """Return the stream that a data subject belongs to."""
    return subject.partition("/")[0].replace("%2F", "/").replace("%25", "%")


def person_of(subject: str) -> str | None:
    """Return the contact person that a data subject is; None where it is the customer."""
    kind, _, name = subject.partition("/")[2].partition("/")
    return name.replace("%2F", "/").replace("%25", "%") if kind == PERSON else None
