"""Departures by their dates."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

from events import rows
from events.clock import FIRST_DAY, LAST_DAY, day_bounds
from events.slugs import BadSlug, parse
from scc.dynamo.lists import Page

# Each year is a partition, and so a Query, of its own.
MOST_YEARS = 10


class RangeTooWide(ValueError):
    """More years than one list may span."""


class BadCursor(ValueError):
    """Text that names no place in the list."""


def zone() -> ZoneInfo:
    """Return the zone of the operator's dock."""
    return ZoneInfo(settings.SCC_TIME_ZONE)


def today() -> date:
    """Return the day that it is at the dock."""
    return timezone.now().astimezone(zone()).date()


def get_event(slug: str) -> rows.Event | None:
    """Return the departure `slug`, or None: also when `slug` is malformed, without asking the table. One GetItem."""
    try:
        parse(slug)
    except BadSlug:
        return None
    return rows.Event.fetch(slug=slug)


def on_day(day: date) -> list[rows.Event]:
    """Return the departures whose own date is `day`, earliest first, whatever their status. One Query.

    The partition is the year of the event's own date, so New Year's Eve is whole although it ends next year in UTC.
    """
    if not FIRST_DAY <= day <= LAST_DAY:
        return []
    # In UTC the day of any zone, from +14 to -12 hours, begins a day earlier at most and ends a day later.
    near = rows.Event.listing(
        index="gsi1", known={"year": str(day.year)}, low=day - timedelta(days=1), high=day + timedelta(days=1)
    )
    return [event for event in near if event.date == day]


def between(
    first: date,
    last: date,
    *,
    limit: int | None = None,
    after: rows.Event | None = None,
    forward: bool = True,
) -> Page[rows.Event]:
    """Return departures from `first` to `last`, both included, days of the operator's zone, by their start.

    limit: how many at most. after: an event of the list (or `from_cursor`); the page starts behind it.
    forward: False gives the latest first.
    One Query for each year that is touched, until the page is full. Raises RangeTooWide over ten years, and
    BadCursor when `after` is not within the range.
    """
    first, last = max(first, FIRST_DAY), min(last, LAST_DAY)
    if first > last:
        return Page([], more=False)
    if last.year - first.year >= MOST_YEARS:
        raise RangeTooWide(f"{first} to {last} is more than {MOST_YEARS} years; ask for fewer")
    bounds = day_bounds(first, last, zone())
    # DynamoDB refuses a starting key outside the range of the Query.
    if after is not None and not bounds[0] <= after.starts_at <= bounds[1]:
        raise BadCursor("This cursor belongs to another range of dates")
    found: list[rows.Event] = []
    for year in _years(first, last, after=after, forward=forward):
        page = _of_year(year, bounds, _left(limit, found), after, forward)
        found += page.rows
        if page.more:
            return Page(found, more=True)
    return Page(found, more=False)


def _of_year(
    year: int, bounds: tuple[datetime, datetime], limit: int | None, after: rows.Event | None, forward: bool
) -> Page[rows.Event]:
    here = after if after is not None and after.year == str(year) else None
    known = {"year": str(year)}
    return rows.Event.listing(
        index="gsi1", known=known, low=bounds[0], high=bounds[1], limit=limit, after=here, forward=forward
    )


def _left(limit: int | None, found: list[rows.Event]) -> int | None:
    return None if limit is None else limit - len(found)


def _years(first: date, last: date, *, after: rows.Event | None, forward: bool) -> list[int]:
    years = list(range(first.year, last.year + 1))
    if after is not None:
        seen = int(after.year)
        years = [year for year in years if (year >= seen if forward else year <= seen)]
    return years if forward else years[::-1]


def cursor(event: rows.Event) -> str:
    """Return the place of `event` in the lists of `between`, for `from_cursor`."""
    return f"{event.year}#{event.gsi1sk}"


def from_cursor(text: str) -> rows.Event:
    """Return an event that stands at the place `text`, for `after=`; it has nothing but its keys. Raises BadCursor."""
    try:
        year, starts_at, slug = text.split("#")
        parse(slug)
        moment = datetime.fromisoformat(starts_at)
        return rows.Event(slug=slug, year=str(int(year)), starts_at=moment, folded_title="-").stamp()
    except (ValueError, OverflowError) as exc:
        raise BadCursor("This is no cursor of ours") from exc
