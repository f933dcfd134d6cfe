"""What the vault refuses.

NotUnderstood
+-- MalformedSealed
NotTrue
+-- NotOpened CommitmentDiffers
NotHere
+-- Erased NotSealed
Misconfigured
+-- KeyMissing WrongKey MalformedKek KekOutOfReach
"""

from domain.refusals import Misconfigured, NotHere, NotTrue, NotUnderstood


class MalformedSealed(NotUnderstood):
    """This is no sealed value."""


class NotOpened(NotTrue):
    """The sealed value was changed, or was sealed for another place."""


class CommitmentDiffers(NotTrue):
    """The text and salt are not those that the entry commits to."""


class Erased(NotHere):
    """It was erased: the key that opens it is destroyed."""


class NotSealed(NotHere):
    """The entry holds no sealed value in this field."""


class KeyMissing(Misconfigured):
    """Personal data is sealed, and the key-encryption key that this needs is missing."""


class WrongKey(Misconfigured):
    """The key-encryption key is not the one that the keys of personal data are wrapped by."""


class MalformedKek(Misconfigured):
    """A key-encryption key is 32 bytes in base64."""


class KekOutOfReach(Misconfigured):
    """The key-encryption key cannot be read or written."""
