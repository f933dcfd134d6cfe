"""How facts about money that do not fit are named: "code: what it is about", joined by semicolons."""

from domain.customer.debts import Account, Accounts, Debt


def join(found: list[str]) -> str | None:
    """Return several anomalies as one text; None where there is none."""
    return "; ".join(found) or None


def missing(accounts: Accounts, charge: str) -> str:
    """Say why a debt is not in the account where it was looked for: it is nowhere, or in another currency."""
    return f"{'unknown-charge' if accounts.find(charge) is None else 'currency-mismatch'}: {charge}"


def find_debt(accounts: Accounts, charge: str, currency: str) -> tuple[Account, Debt] | str:
    """Return a debt with its account, or the anomaly where there is none in that currency."""
    found = accounts.find(charge)
    if found is None or found[0].currency != currency:
        return missing(accounts, charge)
    return found


def once(accounts: Accounts, name: str) -> str | None:
    """Keep the name of a fact that must count once; the anomaly where it has counted already."""
    if name in accounts.named:
        return f"doubled: {name}"
    accounts.named.add(name)
    return None
