"""Examples of the Oversight family: see `examples.py`, which shows those of all families."""

from typing import Any, Final

ENTRY: Final = "0198c0de-0000-7000-8000-000000000001"
VOID: Final = "0198c0de-0000-7000-8000-000000000002"
ACTION: Final = "0198c0de-0000-7000-8000-000000000003"
FIRST: Final = "key:3f9a1c7e52b0"
SECOND: Final = "owner"

OVERSIGHT: Final[dict[str, dict[str, Any]]] = {
    "VoidProposed": {
        "proposal": VOID,
        "entry": ENTRY,
        "reason": "wrong-customer",
        "remark": "the meter belongs to the neighbour",
        "principal": FIRST,
    },
    "EntryVoided": {"proposal": VOID, "entry": ENTRY, "reason": "wrong-customer", "principal": SECOND},
    "ActionProposed": {
        "proposal": ACTION,
        "action": "ChargeWrittenOff",
        "content": '{"amount":{"amount":"2.30","currency":"CNY"},"charge":"inv-1","reason":"small",'
        '"write_off":"wo-1"}',
        "digest": "fa58eea3532d11ab73044f3f15b2961358c976854436cf293a652bffda291b47",
        "occurred_at": "2026-01-31T09:00:00Z",
        "principal": FIRST,
    },
    "ActionApproved": {"proposal": ACTION, "principal": SECOND},
    "ActionRejected": {"proposal": ACTION, "reason": "debtor-can-pay", "principal": SECOND},
    "HoldPlaced": {"hold": "hold-1", "basis": "lawsuit", "principal": FIRST},
    "HoldReleased": {"hold": "hold-1", "principal": FIRST},
    "ErasureRequested": {
        "request": "erasure-1",
        "subject": "customer:42/person/person-1",
        "basis": "consent-withdrawn",
        "principal": FIRST,
    },
    "ErasureRefused": {
        "request": "erasure-1",
        "basis": "bookkeeping",
        "law": "Commercial Code, section 257",
        "principal": SECOND,
    },
    "SubjectErased": {
        "request": "erasure-1",
        "subject": "customer:42/person/person-1",
        "keys": 1,
        "principal": SECOND,
    },
    "PersonalDataDisclosed": {
        "entry": ENTRY,
        "field": "name",
        "reason": "court-order",
        "principal": FIRST,
    },
}
