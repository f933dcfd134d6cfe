"""What an import refuses as a whole: a mapping that cannot be used, a file that cannot be read."""

from domain.refusals import NotUnderstood


class BadMapping(NotUnderstood):
    """The mapping cannot be used."""


class UnknownMapping(NotUnderstood):
    """There is no mapping file of this name, and none is shipped under it."""


class MissingColumn(NotUnderstood):
    """The file lacks a column that the mapping reads."""


class BadFile(NotUnderstood):
    """The file cannot be read."""


class BadRow(NotUnderstood):
    """The row cannot be read."""


class GroupReturned(NotUnderstood):
    """The mapping says that rows of one group stand together, but this group had ended before."""
