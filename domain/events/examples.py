"""One valid example of the `data` of each event type, as a caller would write it."""

from typing import Any, Final

from domain.events.examples_oversight import OVERSIGHT

Data = dict[str, Any]


def _cny(amount: str) -> Data:
    return {"amount": amount, "currency": "CNY"}


PARTY: Final[dict[str, Data]] = {
    "CustomerRegistered": {
        "kind": "organisation",
        "name": "Harbour Mills",
        "phone": "+86 571 0000 0142",
        "email": "office@harbour-mills.example",
        "address": "Quay 3, Harbour District",
        "country": "CN",
        "region": "north",
        "industry": "manufacturing",
        "segment": "large",
    },
    "CustomerDetailsChanged": {"name": "Harbour Mills & Sons", "industry": "food"},
    "ProvisionalCustomerNoted": {"channel": "phone", "hint": "calls from the harbour, no account number"},
    "ProvisionalCustomerIdentified": {"customer": "42", "evidence": "meter-number"},
    "ProvisionalCustomerLinked": {"provisional": "p-7"},
    "CustomerMerged": {"direction": "into", "other": "42"},
    "CustomerSplit": {"direction": "from", "other": "42"},
    "CustomerClosed": {"reason": "moved-away"},
    "ContactPersonAdded": {
        "person": "person-1",
        "name": "The works manager",
        "phone": "0571 0000 0199",
        "email": "works@harbour-mills.example",
        "role": "works-manager",
        "level": "middle",
        "consent": True,
    },
    "ContactPersonChanged": {"person": "person-1", "level": "executive"},
    "ContactPersonRemoved": {"person": "person-1", "reason": "left"},
    "SupplyPointAdded": {
        "supply_point": "sp-1",
        "voltage_kv": "10",
        "contract_kva": "630",
        "tariff": "industrial-two-part",
        "meter": "meter-881",
        "route": "route-12",
        "address": "Quay 3",
    },
    "SupplyPointChanged": {"supply_point": "sp-1", "voltage_kv": "35", "contract_kva": "1250.5"},
    "SupplyPointRemoved": {"supply_point": "sp-1", "reason": "demolished"},
    "GroupJoined": {"group": "harbour-group", "role": "head"},
    "GroupLeft": {"group": "harbour-group"},
    "PreferenceRecorded": {"topic": "contact-hours", "value": "mornings"},
    "NeedRecorded": {"need": "nd-1", "kind": "capacity", "priority": "high", "description": "a second line"},
    "BillPreferenceSet": {"channel": "electronic", "effective": "2026-03-01"},
}

CONTACT: Final[dict[str, Data]] = {
    "InteractionLogged": {
        "interaction": "call-1",
        "direction": "inbound",
        "channel": "phone",
        "purpose": "complaint",
        "touchpoint": "hotline",
        "person": "person-1",
        "case": "case-1",
        "identity_verified": True,
        "duration_s": 95,
        "summary": "asks why the bill of January is so high",
    },
    "NoticeSent": {"notice": "n-1", "kind": "bill", "channel": "mail", "about": "inv-1", "due": "2026-03-15"},
    "NoticeDelivered": {"notice": "n-1"},
    "NoticeFailed": {"notice": "n-1", "reason": "address-unknown"},
    "VisitPlanned": {"visit": "visit-1", "planned_for": "2026-04-02T09:00:00+08:00", "purpose": "yearly"},
    "VisitCompleted": {"visit": "visit-1", "mode": "on_site", "purpose": "yearly", "report": "all in order"},
    "PromiseMade": {
        "promise": "promise-1",
        "what": "a new meter",
        "due": "2026-02-10T16:00:00Z",
        "case": "case-1",
    },
    "PromiseKept": {"promise": "promise-1"},
    "PromiseBroken": {"promise": "promise-1", "reason": "no-meter-in-stock"},
}

CASES: Final[dict[str, Data]] = {
    "CaseOpened": {
        "case": "case-1",
        "kind": "complaint",
        "channel": "phone",
        "form": "oral",
        "person": "person-1",
        "supply_point": "sp-1",
        "charge": "inv-1",
        "description": "the bill is twice that of last year",
    },
    "CaseClassified": {
        "case": "case-1",
        "taxonomy": "complaints-2026",
        "category": "billing",
        "subcategory": "meter-reading",
        "issue": "estimated",
        "severity": "normal",
    },
    "CaseAcknowledged": {"case": "case-1", "channel": "text-message"},
    "CaseRouted": {"case": "case-1", "department": "metering", "opinion_due": "2026-02-05T16:00:00Z"},
    "DepartmentOpinionReturned": {"case": "case-1", "department": "metering", "opinion": "it was misread"},
    "CaseAnswered": {"case": "case-1", "outcome": "upheld", "response": "bill-corrected", "timely": True},
    "CaseOutcomeTold": {"case": "case-1", "channel": "phone"},
    "RemedyOffered": {"case": "case-1", "remedy": "rem-1", "kind": "compensation", "amount": _cny("50.00")},
    "RemedyAccepted": {"case": "case-1", "remedy": "rem-1"},
    "RemedyDeclined": {"case": "case-1", "remedy": "rem-1"},
    "ReturnVisitMade": {"case": "case-1", "outcome": "satisfied", "score": 9, "remark": "quick this time"},
    "CaseClosed": {"case": "case-1", "outcome": "upheld"},
    "CaseReopened": {"case": "case-1", "reason": "same-fault-again"},
    "CaseEscalated": {"case": "case-1", "level": "board", "body": "customer-council"},
    "DeadlockDeclared": {"case": "case-1", "body": "energy-ombudsman"},
    "SignpostSent": {"case": "case-1", "body": "energy-ombudsman", "channel": "post"},
    "ExternalCaseOpened": {
        "external_case": "ext-1",
        "body": "energy-ombudsman",
        "reference": "EO/2026/17",
        "case": "case-1",
        "answer_due": "2026-03-20T16:00:00Z",
    },
    "ExternalCaseAnswered": {"external_case": "ext-1"},
    "ExternalCaseDecided": {"external_case": "ext-1", "outcome": "partly_upheld", "award": _cny("120.00")},
}

TERMS: Final[Data] = {
    "kind": "supply",
    "start": "2026-01-01",
    "end": "2027-12-31",
    "supply_points": ["sp-1"],
    "tariff": "industrial-two-part",
    "price": _cny("0.6312"),
    "price_unit": "kwh",
    "contract_kva": "630",
    "payment_days": 30,
    "document_sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
}

CONTRACTS: Final[dict[str, Data]] = {
    "ContractOffered": {"contract": "con-1", "by": "us", "terms": TERMS},
    "ContractCountered": {
        "contract": "con-1",
        "by": "customer",
        "terms": TERMS | {"price": _cny("0.59")},
    },
    "ContractAccepted": {"contract": "con-1", "by": "us"},
    "ContractSigned": {
        "contract": "con-1",
        "signer": "The works manager",
        "method": "electronic",
        "effective": "2026-01-01",
        "terms": TERMS,
    },
    "ContractAmended": {
        "contract": "con-1",
        "terms": TERMS | {"contract_kva": "1250"},
        "effective": "2026-07-01",
        "reason": "second-line",
    },
    "ContractRenewed": {"contract": "con-1", "end": "2029-12-31"},
    "ContractSuspended": {"contract": "con-1", "reason": "rebuilding"},
    "ContractResumed": {"contract": "con-1"},
    "ContractTransferred": {
        "contract": "con-2",
        "direction": "from",
        "other": "43",
        "effective": "2026-10-01",
        "terms": TERMS,
    },
    "ContractTerminated": {
        "contract": "con-1",
        "reason": "moved-away",
        "by": "customer",
        "effective": "2026-12-31",
    },
}

MONEY: Final[dict[str, Data]] = {
    "InvoiceIssued": {
        "invoice": "inv-1",
        "amount": _cny("912.30"),
        "due": "2026-02-28",
        "issued_on": "2026-02-01",
        "period": {"start": "2026-01-01", "end": "2026-01-31"},
        "supply_point": "sp-1",
        "lines": [
            {"kind": "energy", "amount": _cny("952.30"), "quantity": "1508.5", "unit": "kwh"},
            {"kind": "rebate", "amount": _cny("-40")},
        ],
        "channel": "electronic",
        "security": _cny("200.00"),
        "burden_percent_a_year": "3.65",
    },
    "ChargeAssessed": {
        "charge": "fee-1",
        "kind": "reconnection",
        "amount": _cny("35.00"),
        "due": "2026-03-31",
        "supply_point": "sp-1",
        "security": _cny("0"),
        "burden_percent_a_year": "0",
    },
    "ChargeAdjusted": {
        "charge": "inv-1",
        "amount": _cny("-112.30"),
        "reason": "misread",
        "due": "2026-03-10",
    },
    "DueDateSet": {"charge": "inv-1", "due": "2026-03-31", "reason": "delay-granted"},
    "LateFeeCharged": {
        "fee": "late-1",
        "charge": "inv-1",
        "amount": _cny("4.20"),
        "period": {"start": "2026-03-01", "end": "2026-03-31"},
    },
    "CostCharged": {"cost": "cost-1", "charge": "inv-1", "kind": "postage", "amount": _cny("1.20")},
    "ChargeDisputed": {
        "dispute": "d-1",
        "charge": "inv-1",
        "amount": _cny("300.00"),
        "reason": "estimated",
        "case": "case-1",
    },
    "DisputeSettled": {"dispute": "d-1", "outcome": "partly_upheld", "relief": _cny("112.30")},
    "PaymentReceived": {
        "payment": "pay-1",
        "amount": _cny("800.00"),
        "method": "transfer",
        "value_date": "2026-03-02",
        "designations": [{"charge": "inv-1", "amount": _cny("765.00")}, {"charge": "fee-1"}],
        "allocation": [
            {"charge": "inv-1", "amount": _cny("760.80"), "component": "principal"},
            {"charge": "inv-1", "amount": _cny("4.20"), "component": "interest"},
        ],
    },
    "PaymentReversed": {"payment": "pay-1", "reason": "recalled"},
    "RefundPaid": {"refund": "refund-1", "amount": _cny("35.00"), "payment": "pay-1", "reason": "paid-twice"},
    "CreditNoteIssued": {
        "credit_note": "cn-1",
        "amount": _cny("50.00"),
        "charge": "inv-1",
        "reason": "goodwill",
    },
    "InstalmentPlanAgreed": {
        "plan": "plan-1",
        "charges": ["inv-1", "fee-1"],
        "instalments": [
            {"due": "2026-04-15", "amount": _cny("400.00")},
            {"due": "2026-05-15", "amount": _cny("435.00")},
        ],
    },
    "InstalmentPlanEnded": {"plan": "plan-1", "outcome": "completed"},
    "DepositRequired": {"deposit": "dep-1", "amount": _cny("200.00"), "due": "2026-01-15"},
    "DepositReceived": {"deposit": "dep-1", "amount": _cny("200.00")},
    "DepositApplied": {"deposit": "dep-1", "amount": _cny("80.00"), "charge": "inv-1"},
    "DepositReturned": {"deposit": "dep-1", "amount": _cny("120.00")},
    "ChargeWrittenOff": {"write_off": "wo-1", "charge": "inv-1", "amount": _cny("2.30"), "reason": "small"},
    "CollectionStarted": {"collection": "col-1", "charges": ["inv-1"], "agency": "agency-north"},
    "CollectionEnded": {"collection": "col-1", "outcome": "partly_paid", "remark": "paid half"},
    "OpeningBalanceCarried": {"balance": "opening", "amount": _cny("-12.30"), "due": "2026-01-01"},
}

EXAMPLES: Final[dict[str, Data]] = PARTY | CONTACT | CASES | CONTRACTS | MONEY | OVERSIGHT
"""The example of each event type by its stored name."""


def document(type_name: str) -> Data:
    """A whole document, as the door takes it, around the example of an event type."""
    return {
        "stream": "customer:42",
        "type": type_name,
        "occurred_at": "2026-02-01T09:30:00+08:00",
        "actor": {"kind": "staff", "id": "clerk-7", "unit": "customer-service"},
        "source": "crm",
        "data": EXAMPLES[type_name],
    }
