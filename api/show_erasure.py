"""Shows what an erasure comes to, to people and to programs."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from domain.erasure.grounds import Ground, Term
from domain.erasure.outlook import Outlook, Stays

WOULD_BE_LEFT: Final = "It would leave, linkable with what is known elsewhere:"
LEFT: Final = "It leaves, linkable with what is known elsewhere:"
IN_THE_STREAM: Final = "ids, times, amounts, codes, and ids of whoever the entries name"
ELSEWHERE: Final = (
    "backups taken before: whoever restores one with the places outside erases again",
    "the database's write-ahead log and freed room: the destroyed keys, wrapped, until they are overwritten",
    "the KEK that wrapped them: `daybook kek rotate` and the end of the old one ends them, in backups too",
    "the memory of processes that run now, until they next seal something",
    "what was disclosed or printed, and files that came in or were rejected",
)
"""What an erasure does not reach."""


def outlook_lines(outlook: Outlook) -> Iterator[str]:
    """Say what would be erased, what would keep it, and what would stay."""
    yield f"It would make unreadable {_counted(outlook.fields)} of {outlook.subject}."
    yield from _listed("It would be refused now:", list(map(str, outlook.grounds)))
    yield from _listed(
        "Not counted, as the rule is off:", [f"{_rule(it)}, {_until(it)}" for it in outlook.off]
    )
    yield from _listed("The law asks for it:", [f"{_rule(it)}, since {it.ends}" for it in outlook.due])
    yield from stays_lines(outlook.stays, WOULD_BE_LEFT)


def stays_lines(
    stays: Stays, heading: str = "It leaves, linkable with what is known elsewhere:"
) -> Iterator[str]:
    """Say what stays."""
    left = [f"{stays.entries} entries of the stream {stays.stream}: {IN_THE_STREAM}"]
    named = {
        "the staff who recorded them": stays.staff,
        "other data subjects of the stream, each erased by a request of their own": stays.others,
        "customers it is linked with": stays.linked,
    }
    left += [f"{what}: {', '.join(names)}" for what, names in named.items() if names]
    yield from _listed(heading, left)
    yield from _listed("It does not reach:", ELSEWHERE)


def outlook_plain(outlook: Outlook) -> dict[str, Any]:
    """Say the same for programs."""
    return {
        "subject": outlook.subject,
        "fields": outlook.fields,
        "kept_by": [_ground_plain(it) for it in outlook.grounds],
        "off": [_term_plain(it) for it in outlook.off],
        "due": [_term_plain(it) for it in outlook.due],
        "stays": stays_plain(outlook.stays),
    }


def stays_plain(stays: Stays) -> dict[str, Any]:
    """Say for programs what stays."""
    return {
        "stream": stays.stream,
        "entries": stays.entries,
        "staff": list(stays.staff),
        "others": list(stays.others),
        "linked": list(stays.linked),
        "elsewhere": list(ELSEWHERE),
    }


def _ground_plain(ground: Ground) -> dict[str, Any]:
    plain = {"basis": ground.basis, "law": ground.law, "about": ground.about}
    return plain if ground.until is None else plain | {"until": ground.until.isoformat()}


def _term_plain(term: Term) -> dict[str, Any]:
    plain = {"basis": term.rule.id, "law": term.rule.cited, "source": term.rule.source}
    return plain if term.ends is None else plain | {"ends": term.ends.isoformat()}


def _counted(fields: dict[str, int]) -> str:
    if not fields:
        return "nothing that is recorded"
    many = sum(fields.values())
    return f"{many} {'text' if many == 1 else 'texts'} ({', '.join(fields)})"


def _rule(term: Term) -> str:
    return f"{term.rule.id} ({term.rule.cited})"


def _until(term: Term) -> str:
    return "as long as they stay" if term.ends is None else f"until {term.ends}"


def _listed(heading: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield heading
        yield from (f"  {line}" for line in lines)
