"""What erasing refuses; see also `domain.authority.HoldInForce`.

NotAllowed
+-- KeptByLaw
NotHere
+-- NothingToErase
Misconfigured
+-- ErasuresUnreadable NowhereToRemember
"""

from domain.authority import NotAllowed
from domain.refusals import Misconfigured, NotHere


class KeptByLaw(NotAllowed):
    """This is kept for now, so the erasure was refused; it can be requested again."""


class NothingToErase(NotHere):
    """No key of this data subject is there: nothing personal was recorded of them, or it was erased."""


class ErasuresUnreadable(Misconfigured):
    """A line that says who was erased cannot be read."""


class NowhereToRemember(Misconfigured):
    """An erasure is remembered outside the database, and no place outside is named."""
