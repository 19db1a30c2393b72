"""The board: departures by date, a page at a time. One Query for each year that a page touches, so two at most."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from events import calendar
from events.rows import Event
from scc.dispatch.departures import Departure
from scc.dynamo.lists import Page

PAGE = 40
# `?before=today` is the newest page of the past; further ones name the last departure shown.
TODAY = "today"


@dataclass(frozen=True)
class Board:
    """Departures of one page. `earlier` and `later` are the cursors of the pages beside it, "" where there is none."""

    today: date
    departures: list[Departure]
    earlier: str
    later: str
    is_past: bool
    is_first: bool

    @property
    def now(self) -> list[Departure]:
        return [departure for departure in self.departures if departure.is_today and self.is_first]

    @property
    def rest(self) -> list[Departure]:
        return self.departures[len(self.now) :]


def coming(after: str = "") -> Board:
    """Return today's and the coming departures, or those behind the cursor `after`. Raises calendar.BadCursor."""
    today = calendar.today()
    start = calendar.from_cursor(after) if after else None
    first = _near(start.starts_at.date()) if start else today
    page = calendar.between(first, _year_end(first), limit=PAGE, after=start)
    return Board(
        today=today,
        departures=_departures(page, today),
        earlier=_cursor(page, 0) if start else TODAY,
        later=_cursor(page, -1) if page.more else "",
        is_past=False,
        is_first=start is None,
    )


def past(before: str) -> Board:
    """Return departures before today, or before the cursor, the latest first. Raises calendar.BadCursor."""
    today = calendar.today()
    start = calendar.from_cursor(before) if before != TODAY else None
    last = start.starts_at.date() + timedelta(days=1) if start else today - timedelta(days=1)
    page = calendar.between(date(last.year - 1, 1, 1), last, limit=PAGE, after=start, forward=False)
    return Board(
        today=today,
        departures=_departures(page, today),
        earlier=_cursor(page, -1) if page.more else "",
        later=_cursor(page, 0) if start else "",
        is_past=True,
        is_first=False,
    )


def _near(day: date) -> date:
    # A cursor's moment is in UTC; the local day may be the one before.
    return day - timedelta(days=1)


def _year_end(first: date) -> date:
    return date(first.year + 1, 12, 31)


def _cursor(page: Page[Event], place: int) -> str:
    return calendar.cursor(page.rows[place]) if page.rows else ""


def _departures(page: Page[Event], today: date) -> list[Departure]:
    return [Departure(event, today) for event in page]


def departure(event: Event) -> Departure:
    """Return `event` as of today."""
    return Departure(event, calendar.today())
