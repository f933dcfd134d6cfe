"""The tree of refusals: what Daybook does not record, and what it cannot do now.

    Refused
    +-- NotUnderstood      UnknownType UnknownField MissingField InvalidValue WrongUnit NaiveTime FloatMoney
    |                      NulCharacter TooLarge InvalidStream UnknownReference (UnknownCase ...)
    +-- AlreadyDone        CaseAlreadyOpened CaseAlreadyClosed PaymentAlreadyReversed ...
    +-- NotTrue            TimeInFuture NegativeAmount CurrencyMismatch ...
    +-- Conflict           VersionConflict IdReused AmbiguousId
    +-- Unavailable        Busy OutcomeUnknown DatabaseGone
    +-- NotHere            NoSuchCustomer NoSuchEntry NotInitialised ...
    +-- NotAllowed         see `domain.authority`

The first line of a class's docstring is its message; `code` is its stable name, `field` and `value` what it
is about.
"""

from typing import ClassVar

VALUE_SHOWN_MAX = 200


class Refused(Exception):  # noqa: N818  a refusal is an answer, not an error of the program
    """The request was refused."""

    code: ClassVar[str] = "refused"
    retry: ClassVar[bool] = False

    def __init__(self, field: str = "", value: object = None, hint: str = "") -> None:
        """Take the field it is about (dotted path), the value found there, and what would help."""
        super().__init__(field, value, hint)
        self.field = field
        self.value = value
        self.hint = hint

    def __init_subclass__(cls) -> None:
        """Name the code after the class, so that the two cannot differ."""
        cls.code = "".join(f"-{c.lower()}" if c.isupper() else c for c in cls.__name__).lstrip("-")

    @property
    def message(self) -> str:
        """One sentence, from the docstring, with field, value and hint where known."""
        text = (type(self).__doc__ or "").strip().splitlines()[0]
        if self.field:
            text += f" Field: {self.field}."
        if self.value is not None:
            text += f" Value: {self.shown_value}."
        return f"{text} {self.hint}".strip()

    @property
    def shown_value(self) -> str:
        """The value as text, cut to a length that a message bears."""
        text = self.value if isinstance(self.value, str) else repr(self.value)
        return text if len(text) <= VALUE_SHOWN_MAX else text[:VALUE_SHOWN_MAX] + "…"

    def __str__(self) -> str:
        """Return the message."""
        return self.message


class NotUnderstood(Refused):
    """The entry cannot be understood."""


class UnknownType(NotUnderstood):
    """There is no event type of this name and schema version."""


class UnknownField(NotUnderstood):
    """The event type has no such field."""


class MissingField(NotUnderstood):
    """A field that is needed is missing."""


class InvalidValue(NotUnderstood):
    """The value does not fit its field."""


class WrongUnit(NotUnderstood):
    """The value carries another unit than the field's name says."""


class NaiveTime(NotUnderstood):
    """A time without a zone can mean two dozen moments."""


class FloatMoney(NotUnderstood):
    """Money and decimals are written as texts with their digits, as a float loses some."""


class NulCharacter(NotUnderstood):
    """A text must not contain the NUL character."""


class TooLarge(NotUnderstood):
    """The entry is too large."""


class InvalidStream(NotUnderstood):
    """A stream is `ledger`, or a kind and an id such as `customer:42`."""


class UnknownReference(NotUnderstood):
    """The entry names something that this customer's stream does not know."""


class UnknownCase(UnknownReference):
    """This customer has no such case."""


class UnknownContract(UnknownReference):
    """This customer has no such contract."""


class UnknownCharge(UnknownReference):
    """This customer's account has no such charge."""


class UnknownPayment(UnknownReference):
    """This customer's account has no such payment."""


class UnknownDispute(UnknownReference):
    """This charge has no such open dispute."""


class UnknownPlan(UnknownReference):
    """This customer has no such instalment plan."""


class UnknownDeposit(UnknownReference):
    """This customer has no such deposit."""


class UnknownSupplyPoint(UnknownReference):
    """This customer has no such supply point."""


class UnknownPerson(UnknownReference):
    """This customer has no such contact person."""


class UnknownProposal(UnknownReference):
    """Nothing of this name was proposed to this customer's stream."""


class UnknownEntry(UnknownReference):
    """This customer's stream has no such entry yet."""


class AlreadyDone(Refused):
    """This was done already, under another id."""


class AlreadyRegistered(AlreadyDone):
    """This customer is registered already."""


class AlreadyEnded(AlreadyDone):
    """This ended already."""


class AlreadySettled(AlreadyDone):
    """What became of this is on record already."""


class AlreadyLinked(AlreadyDone):
    """These two are linked so already."""


class AlreadyIdentified(AlreadyDone):
    """This provisional customer was identified already."""


class CaseAlreadyOpened(AlreadyDone):
    """A case of this name was opened already."""


class CaseAlreadyClosed(AlreadyDone):
    """The case is closed already; reopen it first."""


class CaseNotClosed(AlreadyDone):
    """The case is open already; only a closed case can be reopened."""


class ContractAlreadyExists(AlreadyDone):
    """A contract of this name was offered or signed already."""


class ContractAlreadyEnded(AlreadyDone):
    """The contract is terminated or transferred already."""


class ChargeAlreadyExists(AlreadyDone):
    """A charge of this name stands in the account already."""


class PaymentAlreadyExists(AlreadyDone):
    """A payment of this name stands in the account already."""


class PaymentAlreadyReversed(AlreadyDone):
    """The payment was reversed already."""


class NameAlreadyTaken(AlreadyDone):
    """Something of this name exists already in this customer's stream."""


class AlreadyVoided(AlreadyDone):
    """The entry is voided already."""


class NotTrue(Refused):
    """This cannot be true."""


class TimeInFuture(NotTrue):
    """It cannot have happened yet: the time lies beyond the tolerance in the future."""


class NegativeAmount(NotTrue):
    """The amount is less than an amount of this kind can be."""


class CurrencyMismatch(NotTrue):
    """Amounts of different currencies never mix."""


class AmountTooLarge(NotTrue):
    """More was named than is there."""


class NotVoidable(NotTrue):
    """What oversees other entries is not voided itself."""


class NotAsProposed(NotTrue):
    """It is not what was proposed."""


class Conflict(Refused):
    """Something else was recorded in the meantime."""


class VersionConflict(Conflict):
    """The stream is at another version than was expected."""


class IdReused(Conflict):
    """An entry of this id with other content was recorded before."""


class AmbiguousId(Conflict):
    """Entries of several streams bear this id, and it does not tell which of them is meant."""


class Unavailable(Refused):
    """The ledger cannot take this now; a retry with the same id is safe."""

    retry: ClassVar[bool] = True


class Busy(Unavailable):
    """The ledger is busy and took nothing of this; try again with the same id."""


class DatabaseGone(Unavailable):
    """The database cannot be reached and nothing was recorded; a retry with the same id is safe."""


class OutcomeUnknown(Unavailable):
    """The database went away in the commit, so this may be recorded or not; a retry with the id tells."""


class NotHere(Refused):
    """What was asked for is not here."""


class NoSuchCustomer(NotHere):
    """The ledger has no entry of this customer at these moments."""


class NoSuchEntry(NotHere):
    """The ledger has no entry of this id."""


class NotInitialised(NotHere):
    """There is no ledger in this database yet; run `daybook init`."""


class Misconfigured(Refused):
    """The ledger cannot be set up or opened as asked."""
