"""What the rules of departures refuse, in words that a form can show."""

from __future__ import annotations

from events import rows


class BookingError(Exception):
    """Base of what this module refuses."""


class BadValue(BookingError):
    """A value that a departure or a party cannot have. `field` is the attribute's name."""

    def __init__(self, field: str, reason: str) -> None:
        self.field = field
        super().__init__(reason)


class NoSuchEvent(BookingError):
    """The departure is not there (any more)."""


class SlugTaken(BookingError):
    """Another departure has the slug."""


class EventFull(BookingError):
    """More heads than the departure has room for. `room` is what is left for them."""

    def __init__(self, event: rows.Event, *, heads: int) -> None:
        self.room = max(0, event.capacity - event.booked)
        reason = f"room for {self.room} more, not for {heads}" if heads > 0 else "more than it would hold"
        super().__init__(f"{event.slug} has {event.booked} booked of {event.capacity}: {reason}")


class PartyHasPayments(BookingError):
    """A party whose money is in the ledger stays on the manifest."""


class TooMuchAtOnce(BookingError):
    """More parties and crew in one save than one transaction takes."""


class EventNotEmpty(BookingError):
    """The departure has parties, payments or waivers, and so cannot be deleted; it can be cancelled."""
