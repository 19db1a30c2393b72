"""What the ledger refuses, each with words for whoever asked."""

from __future__ import annotations


class UnknownEvent(LookupError):
    """No departure has this slug, or it is malformed: whoever asks is told the same."""

    def __init__(self) -> None:
        super().__init__("There is no such departure.")


class UnknownReference(LookupError):
    """No entry of the departure has this reference."""

    def __init__(self) -> None:
        super().__init__("The departure has no entry of this reference.")


class Refused(Exception):
    """The entries as they stand do not allow it; says why. Nothing was written."""


class NotToBeVoided(Refused):
    """The entry is of a kind that is not voided, or something hangs on it."""


class AlreadyVoid(NotToBeVoided):
    """The entry is void; says who voided it and when."""


class AlreadyRefunded(NotToBeVoided):
    """Money of the entry was given back or carried over."""


class NotToBeRefunded(Refused):
    """The entry is of a kind of which nothing can be given back."""


class MoreThanIsLeft(NotToBeRefunded):
    """More is asked for than is left of the entry."""


class TooManyEntries(Refused):
    """More entries than one transaction takes."""


class NothingLeft(Refused):
    """Nothing is left of the party's payments."""
