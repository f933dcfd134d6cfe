"""The row of a customer."""

from decimal import Decimal
from zoneinfo import ZoneInfo

from domain.events.cases import CaseClosed, CaseOpened
from domain.events.contact import InteractionLogged
from domain.events.contracts import ContractSigned, ContractTerminated, Terms
from domain.events.money import ChargeAssessed, InvoiceIssued, PaymentReceived
from domain.events.party import CustomerRegistered
from projections.customers import AccountRow, customer_row
from tests.givens import after, at, cny, day, eur, on

UTC = ZoneInfo("UTC")


def test_a_row_sums_up_what_a_list_shows() -> None:
    customer = after(
        on(0, CustomerRegistered(kind="household", region="north", segment="B")),
        on(1, InvoiceIssued(invoice="I1", amount=cny(100), due=day(10))),
        on(2, InvoiceIssued(invoice="I2", amount=cny(50), due=day(40))),
        on(3, PaymentReceived(payment="P", amount=cny(30))),
        on(4, ChargeAssessed(charge="F", kind="fee", amount=eur(5))),
        on(5, CaseOpened(case="A", kind="complaint", channel="phone")),
        on(6, CaseOpened(case="B", kind="enquiry", channel="web")),
        on(7, CaseClosed(case="B")),
        on(8, ContractSigned(contract="K", terms=Terms(kind="supply"))),
        on(9, InteractionLogged(interaction="T", direction="inbound", channel="phone", purpose="billing")),
    )
    row = customer_row(customer, day(20), UTC)
    assert row.accounts == (
        AccountRow("CNY", Decimal(120), Decimal(70)),
        AccountRow("EUR", Decimal(5), Decimal(0)),
    )
    assert (row.kind, row.region, row.segment) == ("household", "north", "B")
    assert (row.open_cases, row.contracts_in_force, row.anomalies) == (1, 1, 0)
    assert (row.last_contact_at, row.entries, row.version) == (at(9), 10, 10)


def test_a_row_is_that_of_its_day() -> None:
    customer = after(
        on(0, InvoiceIssued(invoice="I", amount=cny(10), due=day(5))),
        on(1, ContractSigned(contract="K", terms=Terms(kind="supply"))),
        on(9, ContractTerminated(contract="K", reason="moved")),
    )
    early, late = customer_row(customer, day(5), UTC), customer_row(customer, day(12), UTC)
    assert (early.accounts[0].overdue, late.accounts[0].overdue) == (Decimal(0), Decimal(10))
    assert (early.contracts_in_force, late.contracts_in_force) == (1, 0)
