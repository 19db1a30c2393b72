"""A departure as the staff's pages speak of it. Reads only what the event's row already counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from events.rows import Event, Status
from scc.money import display


@dataclass(frozen=True)
class State:
    """A word with a shape. `shade` is good, half, warn, bad or nothing; warn and bad are for what needs someone."""

    word: str
    shade: str = ""


@dataclass(frozen=True)
class Departure:
    """One departure, today or not."""

    event: Event
    today: date

    @property
    def is_today(self) -> bool:
        return bool(self.event.date == self.today)

    @property
    def is_past(self) -> bool:
        return bool(self.event.date < self.today)

    @property
    def day(self) -> str:
        """Sat 23 May; with the year when it is another than this one."""
        return day_words(self.event.date, self.today)

    @property
    def month(self) -> str:
        return f"{self.event.date:%B %Y}"

    @property
    def time(self) -> str:
        return f"{self.event.starts_local:%H:%M}"

    @property
    def until(self) -> str:
        ends_at: datetime | None = self.event.ends_at
        return f"{ends_at.astimezone(self.event.zone):%H:%M}" if ends_at else ""

    @property
    def unsigned(self) -> int:
        """Heads on the manifest without a waiver; nobody has to sign for a departure that is off."""
        if self.event.status == Status.CANCELLED:
            return 0
        return max(self.event.booked - self.event.signed, 0)

    @property
    def paid(self) -> str:
        return short(self.event.net_cents, self.event.currency)

    @property
    def due(self) -> str:
        return short(self.event.due_cents, self.event.currency)

    @property
    def balance(self) -> str:
        return short(self.event.balance_cents, self.event.currency)

    @property
    def credit(self) -> str:
        """What came in beyond what is due, "" when nothing did: someone has to give it back or carry it over."""
        return short(-self.event.balance_cents, self.event.currency) if self.event.balance_cents < 0 else ""

    @property
    def sails(self) -> bool:
        """Whether people are expected aboard."""
        return self.event.status not in {Status.CANCELLED, Status.DRAFT}

    @property
    def states(self) -> list[State]:
        """The words beside the title, the gravest first."""
        if self.event.status == Status.CANCELLED:
            return [State("Cancelled", "bad")]
        if self.event.status == Status.DRAFT:
            return [State("Draft")]
        states = []
        if self.is_today and self.unsigned:
            states.append(State(f"Unsigned {self.unsigned}", "warn"))
        if self.event.capacity and self.event.booked >= self.event.capacity:
            states.append(State("Full", "good"))
        if self.event.status == Status.COMPLETED:
            states.append(State("Completed"))
        return states


def short(cents: int, currency: str) -> str:
    """Return money as figures show it: $900, $1,100.50."""
    return display(cents, currency).removesuffix(".00")


def day_words(day: date, today: date) -> str:
    """Return Sat 23 May, or Sat 23 May 2025 when the year is another than today's."""
    return f"{day:%a} {day.day} {day:%b}" if day.year == today.year else f"{day:%a} {day.day} {day:%b %Y}"


def moment_words(moment: datetime, today: date) -> str:
    """Return Sat 23 May, 18:15 for a moment in the zone that it carries."""
    return f"{day_words(moment.date(), today)}, {moment:%H:%M}"
