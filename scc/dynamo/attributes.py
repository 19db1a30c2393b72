"""PynamoDB attributes that refuse what we never want stored.

Instants are stored as RFC 3339 in UTC with milliseconds, so that they sort as text:
`2026-05-23T18:15:00.000Z`. Days are `2026-05-23`. Numbers are whole.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from pynamodb.attributes import Attribute, UnicodeAttribute
from pynamodb.constants import NUMBER, STRING


class IntegerAttribute(Attribute[int]):
    """A whole number. PynamoDB's own NumberAttribute reads and writes floats."""

    attr_type = NUMBER

    def serialize(self, value: Any) -> str:
        if type(value) is not int:
            raise TypeError(f"{self.attr_name} takes an int, not {value!r}")
        return str(value)

    def deserialize(self, value: str) -> int:
        return int(value)


class TextAttribute(UnicodeAttribute):
    """Text that may be missing: "" is stored as no attribute, and no attribute is read as ""."""

    def __init__(self, **options: Any) -> None:
        super().__init__(null=True, default="", **options)


class InstantAttribute(Attribute[datetime]):
    """A moment in time: aware, in UTC, to the millisecond."""

    attr_type = STRING

    def serialize(self, value: Any) -> str:
        return instant_text(value)

    def deserialize(self, value: str) -> datetime:
        """Return the moment. Raises ValueError for another writing of it, which would not sort."""
        moment = datetime.fromisoformat(value)
        if instant_text(moment) != value:
            raise ValueError(f"{self.attr_name} holds {value!r}, which is not how a moment is stored")
        return moment


class DayAttribute(Attribute[date]):
    """A day of the calendar in the event's time zone."""

    attr_type = STRING

    def serialize(self, value: Any) -> str:
        if isinstance(value, datetime) or not isinstance(value, date):
            raise TypeError(f"{self.attr_name} takes a date, not {value!r}")
        return value.isoformat()

    def deserialize(self, value: str) -> date:
        return date.fromisoformat(value)


def instant_text(moment: datetime) -> str:
    """Return `moment` as stored and sorted: `2026-05-23T18:15:00.000Z`. Raises ValueError when naive."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} has no time zone")
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
