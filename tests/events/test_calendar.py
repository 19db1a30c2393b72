from __future__ import annotations

from datetime import date, time
from zoneinfo import ZoneInfo

import pytest

from events import calendar
from events.calendar import BadCursor, RangeTooWide
from tests.builders import make_event
from tests.conftest import RequestsMade

pytestmark = pytest.mark.usefixtures("table")

NEW_YEARS_EVE = date(2026, 12, 31)


def slugs_between(first: date, last: date, **options: object) -> list[str]:
    return [event.slug for event in calendar.between(first, last, **options)]  # type: ignore[arg-type]  # as given


def make_season() -> None:
    """Store five departures around a new year, the last of the old one evening being next year in UTC."""
    for day in (date(2026, 12, 29), date(2026, 12, 30), NEW_YEARS_EVE, date(2027, 1, 1), date(2027, 1, 2)):
        make_event(date=day, starts=time(18, 15))


def test_get_event_is_one_read(requests_made: RequestsMade) -> None:
    make_event()

    with requests_made() as made:
        event = calendar.get_event("2026-05-23")

    assert event is not None
    assert made == {"GetItem": 1}


@pytest.mark.parametrize("slug", ["nonsense", "2026-02-30", "", "../etc", "x" * 5000])
def test_get_event_asks_nothing_for_what_is_no_slug(slug: str, requests_made: RequestsMade) -> None:
    with requests_made() as made:
        assert calendar.get_event(slug) is None

    assert made == {}


def test_get_event_that_is_not_there() -> None:
    assert calendar.get_event("2026-05-23-nobody") is None


def test_on_day_is_one_query_in_the_order_of_the_day(requests_made: RequestsMade) -> None:
    make_event(slug="2026-05-23", starts=time(18, 15))
    make_event(slug="2026-05-23-morning", starts=time(9, 30))
    make_event(slug="2026-05-22", date=date(2026, 5, 22), starts=time(23, 59))
    make_event(slug="2026-05-24", date=date(2026, 5, 24), starts=time(0, 0))

    with requests_made() as made:
        events = calendar.on_day(date(2026, 5, 23))

    assert [event.slug for event in events] == ["2026-05-23-morning", "2026-05-23"]
    assert made == {"Query": 1}


def test_on_day_finds_new_years_eve_which_is_next_year_in_utc(requests_made: RequestsMade) -> None:
    make_event(slug="2026-12-31", date=NEW_YEARS_EVE, starts=time(20, 0))
    make_event(slug="2027-01-01", date=date(2027, 1, 1), starts=time(0, 30))

    with requests_made() as made:
        events = calendar.on_day(NEW_YEARS_EVE)

    assert [event.slug for event in events] == ["2026-12-31"]
    assert made == {"Query": 1}


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12", "UTC"])
@pytest.mark.parametrize("starts", [time(0, 0), time(23, 59)])
def test_on_day_is_a_day_of_the_events_own_zone(zone: str, starts: time) -> None:
    make_event(slug="2027-01-01-far", date=date(2027, 1, 1), starts=starts, time_zone=ZoneInfo(zone))

    assert [event.slug for event in calendar.on_day(date(2027, 1, 1))] == ["2027-01-01-far"]
    assert calendar.on_day(NEW_YEARS_EVE) == []
    assert calendar.on_day(date(2027, 1, 2)) == []


@pytest.mark.parametrize("day", [date.min, date.max])
def test_on_day_beyond_the_calendar_is_empty(day: date) -> None:
    assert calendar.on_day(day) == []


def test_between_goes_over_the_new_year(requests_made: RequestsMade) -> None:
    make_season()

    with requests_made() as made:
        found = slugs_between(date(2026, 12, 30), date(2027, 1, 1))

    assert found == ["2026-12-30", "2026-12-31", "2027-01-01"]
    assert made == {"Query": 2}


def test_between_within_a_year_is_one_query(requests_made: RequestsMade) -> None:
    make_season()

    with requests_made() as made:
        page = calendar.between(date(2026, 1, 1), NEW_YEARS_EVE, limit=2)

    assert (len(page), page.more) == (2, True)
    assert made == {"Query": 1}


def test_between_pages_forward_to_the_end() -> None:
    make_season()
    whole = date(2026, 1, 1), date(2027, 12, 31)

    first = calendar.between(*whole, limit=3)
    second = calendar.between(*whole, limit=3, after=calendar.from_cursor(calendar.cursor(first.rows[-1])))

    assert [event.slug for event in first] == ["2026-12-29", "2026-12-30", "2026-12-31"]
    assert first.more
    assert [event.slug for event in second] == ["2027-01-01", "2027-01-02"]
    assert not second.more


def test_between_pages_backward() -> None:
    make_season()
    whole = date(2026, 1, 1), date(2027, 12, 31)

    first = calendar.between(*whole, limit=3, forward=False)
    second = calendar.between(*whole, limit=3, forward=False, after=first.rows[-1])

    assert [event.slug for event in first] == ["2027-01-02", "2027-01-01", "2026-12-31"]
    assert [event.slug for event in second] == ["2026-12-30", "2026-12-29"]


def test_between_refuses_ever_more_years() -> None:
    with pytest.raises(RangeTooWide):
        calendar.between(date(1970, 1, 1), date(2100, 1, 1))


def test_between_days_in_the_wrong_order_is_empty(requests_made: RequestsMade) -> None:
    with requests_made() as made:
        assert slugs_between(date(2026, 5, 23), date(2026, 5, 22)) == []

    assert made == {}


def test_between_refuses_a_cursor_of_another_range() -> None:
    make_season()
    elsewhere = calendar.from_cursor("2025#2025-05-24T01:15:00.000Z#2025-05-23")

    with pytest.raises(BadCursor):
        calendar.between(date(2026, 1, 1), date(2026, 12, 31), after=elsewhere)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026",
        "a#b#c",
        "2026#2026-05-24T01:15:00#2026-05-23",
        "2026#0001-01-01T00:00:00+14:00#2026-05-23",
        "2026#2026-05-24T01:15:00.000Z#nobody",
        "9" * 5000 + "#2026-05-24T01:15:00.000Z#2026-05-23",
    ],
)
def test_from_cursor_refuses_what_is_none_of_ours(text: str) -> None:
    with pytest.raises(BadCursor):
        calendar.from_cursor(text)
