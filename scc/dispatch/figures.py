"""Figures: what came in week by week, what is still to be paid, and who has not signed.

Each is read by itself, so that no address asks the table for more than one of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from events import calendar
from events.rows import Event, Status
from payments import methods, tallies
from payments.methods import CREDIT, Method
from payments.rows import Tally
from scc.dispatch.departures import Departure, day_words

WEEKS = 12
WEEK = timedelta(weeks=1)
DAY = timedelta(days=1)
# Departures that a chart names; those behind them are one line.
MOST_LINES = 15


@dataclass(frozen=True)
class Week:
    """Seven days from a Monday: what came in less what went back, in cents, by method; tips apart."""

    monday: date
    today: date
    by_method: Mapping[Method, int]
    tips_cents: int

    @property
    def words(self) -> str:
        """17 Nov; with the year when it is another than this one."""
        return day_words(self.monday, self.today).partition(" ")[2]

    @property
    def is_running(self) -> bool:
        return self.monday <= self.today < self.monday + WEEK

    @property
    def total_cents(self) -> int:
        return sum(self.by_method.values())


@dataclass(frozen=True)
class Income:
    """Some weeks, the oldest first, and the methods by which anything moved in them."""

    today: date
    methods: list[Method]
    weeks: list[Week]

    @property
    def is_empty(self) -> bool:
        return not self.methods and not any(week.tips_cents for week in self.weeks)

    @property
    def by_method(self) -> dict[Method, int]:
        """What each method brought over all weeks."""
        return {method: sum(week.by_method[method] for week in self.weeks) for method in self.methods}

    @property
    def total_cents(self) -> int:
        return sum(week.total_cents for week in self.weeks)

    @property
    def tips_cents(self) -> int:
        return sum(week.tips_cents for week in self.weeks)

    @property
    def first(self) -> str:
        return day_words(self.weeks[0].monday, self.today)

    @property
    def last(self) -> str:
        return day_words(min(self.weeks[-1].monday + WEEK - DAY, self.today), self.today)

    @property
    def earlier(self) -> date:
        """The last day of the weeks before these."""
        return self.weeks[0].monday - DAY

    @property
    def later(self) -> date | None:
        """The last day of the weeks behind these, None when they are yet to come."""
        following = self.weeks[-1].monday + WEEK
        return min(following + WEEKS * WEEK - DAY, self.today) if following <= self.today else None


@dataclass(frozen=True)
class Lines:
    """Departures, of which the first few are shown and the rest is summed."""

    departures: list[Departure]
    most: int

    @property
    def shown(self) -> list[Departure]:
        return self.departures[: self.most]

    @property
    def rest(self) -> list[Departure]:
        return self.departures[self.most :]


@dataclass(frozen=True)
class Balances(Lines):
    """Departures of one year that are not paid, the largest balance first."""

    year: int

    @property
    def rest_cents(self) -> int:
        return _balance(self.rest)

    @property
    def due_cents(self) -> int:
        return sum(departure.event.due_cents for departure in self.departures)

    @property
    def paid_cents(self) -> int:
        return sum(departure.event.net_cents for departure in self.departures)

    @property
    def total_cents(self) -> int:
        return _balance(self.departures)

    @property
    def sailed(self) -> int:
        return sum(departure.is_past for departure in self.departures)

    @property
    def sailed_cents(self) -> int:
        return _balance(departure for departure in self.departures if departure.is_past)


@dataclass(frozen=True)
class Unsigned(Lines):
    """Departures of seven days on which someone has yet to sign, the next first."""

    today: date
    first: date
    # How many of the same days have everyone's signature.
    whole: int

    @property
    def rest_heads(self) -> int:
        return sum(departure.unsigned for departure in self.rest)

    @property
    def heads(self) -> int:
        return sum(departure.unsigned for departure in self.departures)

    @property
    def booked(self) -> int:
        return sum(departure.event.booked for departure in self.departures)

    @property
    def signed(self) -> int:
        return sum(departure.event.signed for departure in self.departures)

    @property
    def starts(self) -> str:
        return day_words(self.first, self.today)

    @property
    def ends(self) -> str:
        return day_words(self.first + WEEK - DAY, self.today)

    @property
    def later(self) -> date:
        return self.first + WEEK

    @property
    def earlier(self) -> date | None:
        """The first of the seven days before, None where these are the next that come."""
        return max(self.first - WEEK, self.today) if self.first > self.today else None


def income(until: date) -> Income:
    """Return the weeks up to the one of `until`, a day; none that lies ahead.

    An entry counts on the day on which it was paid, on the operator's calendar, and a void on that of what it voids.
    Credit that was carried from one departure to another is no income. One Query for each year touched.
    """
    today = calendar.today()
    last = _monday(min(until, today))
    mondays = [last - number * WEEK for number in reversed(range(WEEKS))]
    moved = [tally for tally in tallies.paid_between(mondays[0], last + WEEK - DAY) if tally.method != CREDIT]
    net, tips = _by_week(moved)
    used = {method for (_, method), cents in net.items() if cents}
    shown = sorted(map(methods.get, used), key=lambda method: (method.order, method.label, method.code))
    weeks = [Week(day, today, {method: net[day, method.code] for method in shown}, tips[day]) for day in mondays]
    return Income(today, shown, weeks)


def balances(year: int, *, most: int = MOST_LINES) -> Balances:
    """Return the departures of `year` with a balance above zero; once cancelled, none has.

    A draft counts once it has parties: a plan owes nothing. One Query, and one more for each megabyte of departures.
    """
    today = calendar.today()
    owing = [event for event in calendar.between(date(year, 1, 1), date(year, 12, 31)) if _is_owed(event)]
    owing.sort(key=lambda event: (-event.balance_cents, event.starts_at))
    return Balances([Departure(event, today) for event in owing], most, year)


def unsigned(first: date, *, most: int = MOST_LINES) -> Unsigned:
    """Return the scheduled departures of seven days from `first` that lack waivers. One Query for each year touched."""
    today = calendar.today()
    coming = [Departure(event, today) for event in calendar.between(first, first + WEEK - DAY) if event.is_open]
    lacking = [departure for departure in coming if departure.unsigned]
    whole = sum(1 for departure in coming if departure.event.booked and not departure.unsigned)
    return Unsigned(lacking, most, today, first, whole)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _by_week(moved: Iterable[Tally]) -> tuple[Counter[tuple[date, str]], Counter[date]]:
    """Return what each method brought in the week of each Monday, and the tips of each."""
    net: Counter[tuple[date, str]] = Counter()
    tips: Counter[date] = Counter()
    for tally in moved:
        monday = _monday(tally.paid_on)
        net[monday, tally.method] += tally.received_cents - tally.refunded_cents
        tips[monday] += tally.tips_cents
    return net, tips


def _is_owed(event: Event) -> bool:
    return event.balance_cents > 0 and (event.status != Status.DRAFT or event.booked > 0)


def _balance(departures: Iterable[Departure]) -> int:
    return sum(departure.event.balance_cents for departure in departures)
