from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import clock

LOS_ANGELES = ZoneInfo("America/Los_Angeles")
SANTIAGO = ZoneInfo("America/Santiago")


def test_instant_is_utc() -> None:
    assert clock.instant(date(2026, 5, 23), time(18, 15), LOS_ANGELES) == datetime(2026, 5, 24, 1, 15, tzinfo=UTC)


def test_instant_refuses_a_time_that_the_clocks_skip() -> None:
    with pytest.raises(clock.NoSuchTime, match="02:30 does not exist on 2026-03-08"):
        clock.instant(date(2026, 3, 8), time(2, 30), LOS_ANGELES)


def test_instant_takes_the_first_of_a_time_that_comes_twice() -> None:
    assert clock.instant(date(2026, 11, 1), time(1, 30), LOS_ANGELES) == datetime(2026, 11, 1, 8, 30, tzinfo=UTC)


def test_span_ends_past_midnight_when_the_end_is_earlier() -> None:
    starts_at, ends_at = clock.span(date(2026, 5, 23), time(22), time(1), LOS_ANGELES)

    assert ends_at is not None
    assert ends_at - starts_at == timedelta(hours=3)


def test_span_over_the_night_of_the_change_is_as_long_as_it_is() -> None:
    starts_at, ends_at = clock.span(date(2026, 10, 31), time(22), time(4), LOS_ANGELES)

    assert ends_at is not None
    assert ends_at - starts_at == timedelta(hours=7)


def test_span_may_have_no_end() -> None:
    assert clock.span(date(2026, 5, 23), time(22), None, LOS_ANGELES)[1] is None


def test_span_refuses_to_end_as_it_starts() -> None:
    with pytest.raises(clock.BadTimes):
        clock.span(date(2026, 5, 23), time(22), time(22), LOS_ANGELES)


@pytest.mark.parametrize(("day", "hours"), [("2026-05-23", 24), ("2026-03-08", 23), ("2026-11-01", 25)])
def test_day_bounds_are_as_long_as_the_day(day: str, hours: int) -> None:
    first, last = clock.day_bounds(date.fromisoformat(day), date.fromisoformat(day), LOS_ANGELES)

    assert last - first == timedelta(hours=hours, milliseconds=-1)


def test_day_bounds_begin_where_midnight_is_skipped() -> None:
    # Chile's clocks go forward at midnight.
    first, _ = clock.day_bounds(date(2026, 9, 6), date(2026, 9, 6), SANTIAGO)

    assert first.astimezone(SANTIAGO).isoformat() == "2026-09-06T01:00:00-03:00"


@given(
    day=st.dates(clock.FIRST_DAY, clock.LAST_DAY),
    at=st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    zone=st.timezone_keys(allow_prefix=False).map(ZoneInfo),
)
def test_instant_shows_the_time_that_was_asked_for(day: date, at: time, zone: ZoneInfo) -> None:
    try:
        moment = clock.instant(day, at, zone)
    except clock.NoSuchTime:
        return

    first, last = clock.day_bounds(day, day, zone)
    assert moment.astimezone(zone).replace(tzinfo=None) == datetime.combine(day, at)
    assert first <= moment <= last
