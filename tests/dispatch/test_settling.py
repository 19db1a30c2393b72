"""What is offered and decided for the parties of a departure that is called off."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from events import calendar
from events.rows import Event, Status
from payments import books
from scc.dispatch import settling
from scc.dispatch.settling import Given, Line, near_days
from tests.builders import make_event, make_party
from tests.conftest import RequestsMade

pytestmark = pytest.mark.usefixtures("table")


@pytest.mark.parametrize(
    ("day", "today", "first", "last"),
    [
        # Today, and the ninety days after.
        ("2026-05-23", "2026-05-23", "2026-05-23", "2026-08-21"),
        # One of the past: as from today.
        ("2026-05-01", "2026-05-23", "2026-05-23", "2026-08-21"),
        # A far one: around it.
        ("2026-09-20", "2026-05-23", "2026-08-21", "2026-11-19"),
        # What is left of the year, until it is nearly over.
        ("2026-12-24", "2026-12-24", "2026-12-24", "2026-12-31"),
        ("2026-12-25", "2026-12-25", "2027-01-01", "2027-03-25"),
        ("2026-12-31", "2026-12-31", "2027-01-01", "2027-03-31"),
        # One of the next year, called off in this one.
        ("2027-01-05", "2026-12-01", "2027-01-01", "2027-03-06"),
    ],
)
def test_near_days_are_of_one_year(day: str, today: str, first: str, last: str) -> None:
    days = near_days(date.fromisoformat(day), date.fromisoformat(today))

    assert [str(each) for each in days] == [first, last]


def test_goals_are_those_that_are_to_sail_in_one_query(requests_made: RequestsMade) -> None:
    event = make_event(date=date(calendar.today().year + 1, 6, 20))
    near = make_event(date=event.date + timedelta(days=1))
    make_event(date=event.date + timedelta(days=2), status=Status.CANCELLED)
    make_event(date=event.date + timedelta(days=3), status=Status.DRAFT)
    make_event(date=event.date + timedelta(days=91))

    with requests_made() as made:
        offered = settling.goals(event)

    assert [goal.event.slug for goal in offered] == [near.slug]
    assert made == {"Query": 1}


def test_a_party_is_offered_what_has_room_for_it() -> None:
    event, tomorrow = make_event(), calendar.today() + timedelta(days=1)
    party = make_party(event=event, size=4)
    roomy, tight = (make_event(date=tomorrow + timedelta(days=days), capacity=4 - days) for days in range(2))

    line = Line(party, books.read(event.slug), [settling.Goal(each) for each in (roomy, tight)])

    assert [goal.event.slug for goal in line.goals] == [roomy.slug]
    assert str(line.goals[0]).endswith("18:15, Sunset sail (room for 4)")


def test_given_takes_what_was_typed_where_nothing_is_chosen() -> None:
    assert Given(to="", slug="2026-05-24").goal == "2026-05-24"
    assert Given(to="by_hand", slug="2026-05-24").goal == "2026-05-24"
    assert Given(to="2026-05-25", slug="2026-05-24").goal == "2026-05-25"


def test_a_departure_that_is_no_longer_offered_is_kept_as_typed() -> None:
    event: Event = make_event()
    party = make_party(event=event)

    line = Line(party, books.read(event.slug), [], Given(choice="carry", to="2026-05-25"))

    assert (line.choice, line.to, line.slug) == ("carry", "by_hand", "2026-05-25")
