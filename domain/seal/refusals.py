"""What the seal refuses: texts that are not in their format, and claims that are not proved.

NotUnderstood
+-- Malformed      MalformedKey MalformedNote MalformedCheckpoint MalformedProofFile MalformedTile
NotTrue
+-- NotProved      NotInTree WrongProofLength WrongHashLength RootDiffers NotExtended SaysNothing
                   NotSigned BadSignature OtherLog HashesDiffer
"""

from domain.refusals import NotTrue, NotUnderstood


class Malformed(NotUnderstood):
    """The text is not in the format that it should be in."""


class MalformedKey(Malformed):
    """This is no Ed25519 key in the form of signed notes."""


class MalformedNote(Malformed):
    """This is no signed note."""


class MalformedCheckpoint(Malformed):
    """This is no checkpoint of a log."""


class MalformedProofFile(Malformed):
    """This is no proof file of a log."""


class MalformedTile(Malformed):
    """This is no tile, or no name of one."""


class NotProved(NotTrue):
    """This is not proved."""


class NotInTree(NotProved):
    """A tree of this size has no such entry, or no such earlier size."""


class WrongProofLength(NotProved):
    """The proof has more or fewer hashes than it must have."""


class WrongHashLength(NotProved):
    """A hash has 32 bytes."""


class RootDiffers(NotProved):
    """The proof leads to another root: the entry, its place in the log or the proof was changed."""


class NotExtended(NotProved):
    """The later tree is not shown to begin with the earlier one: the log was changed, or there are two."""


class SaysNothing(NotProved):
    """No proof starts from an empty tree: any tree begins with it."""


class NotSigned(NotProved):
    """None of the keys that are known has signed this."""


class BadSignature(NotProved):
    """A signature in the name of a known key was not made by it for this text."""


class OtherLog(NotProved):
    """The checkpoint is of another log."""


class HashesDiffer(NotProved):
    """Hashes kept of the tree do not lead to its peaks: what is kept was changed."""
