"""Local days and times, and the instants that they are.

A day is a day on the dock's clock. Where clocks go back, a time that comes twice is taken as the first of the two;
where they go forward, a time that never comes is refused.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

# Room on both sides for a day more in any zone; nobody sails outside.
FIRST_DAY = date(1970, 1, 1)
LAST_DAY = date(2999, 12, 31)


class NoSuchTime(ValueError):
    """A local time that the clocks skip on that day."""


class BadTimes(ValueError):
    """A departure's times that cannot be."""


def instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Return the moment, in UTC, at which the clocks of `zone` show `at` on `day`. Raises NoSuchTime."""
    local = datetime.combine(day, at, zone)
    moment = local.astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise NoSuchTime(f"{at:%H:%M} does not exist on {day}: the clocks of {zone.key} go forward over it")
    return moment


def span(day: date, starts: time, ends: time | None, zone: ZoneInfo) -> tuple[datetime, datetime | None]:
    """Return the instants of a departure; an end earlier than the start is past midnight.

    Raises NoSuchTime, and BadTimes when it would end as it starts.
    """
    starts_at = instant(day, starts, zone)
    if ends is None:
        return starts_at, None
    if ends == starts:
        raise BadTimes("It ends at the time at which it starts")
    return starts_at, instant(day if ends > starts else day + timedelta(days=1), ends, zone)


def day_bounds(first: date, last: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the first moment of `first` and the last millisecond of `last`, in UTC."""
    # A midnight that the clocks skip gives the moment of the change, which is when that day begins.
    begins = datetime.combine(first, time(), zone).astimezone(UTC)
    ends = datetime.combine(last + timedelta(days=1), time(), zone).astimezone(UTC)
    return begins, ends - timedelta(milliseconds=1)
