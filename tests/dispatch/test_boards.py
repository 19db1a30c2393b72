"""The board's order and its pages."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.test import Client

from events import calendar
from events.rows import Status
from scc.dispatch import boards
from scc.dispatch.departures import Departure
from tests.builders import make_event
from tests.conftest import RequestsMade


@pytest.fixture
def today(table: None) -> date:
    return calendar.today()


def days(board: boards.Board) -> list[date]:
    return [departure.event.date for departure in board.departures]


def make_days(first: date, count: int, step: int = 1) -> None:
    for number in range(count):
        make_event(date=first + timedelta(days=number * step), starts=time(12))


def test_coming_starts_with_today_and_leaves_out_the_past(today: date) -> None:
    make_days(today - timedelta(days=2), 5)

    board = boards.coming()

    assert days(board) == [today, today + timedelta(days=1), today + timedelta(days=2)]
    assert [departure.event.date for departure in board.now] == [today]
    assert [departure.event.date for departure in board.rest] == days(board)[1:]


def test_coming_has_what_left_this_morning(today: date) -> None:
    make_event(date=today, slug=f"{today}-early", starts=time(0))

    board = boards.coming()

    assert len(board.now) == 1


def test_coming_orders_a_day_by_its_times(today: date) -> None:
    for hour in (20, 8, 13):
        make_event(date=today, slug=f"{today}-{hour}", starts=time(hour))

    board = boards.coming()

    assert [departure.time for departure in board.now] == ["08:00", "13:00", "20:00"]


def test_past_has_the_latest_first(today: date) -> None:
    make_days(today - timedelta(days=3), 5)

    board = boards.past(boards.TODAY)

    assert days(board) == [today - timedelta(days=number) for number in (1, 2, 3)]
    assert board.earlier == board.later == ""


def test_past_pages_meet_without_gap_or_overlap(today: date) -> None:
    count = boards.PAGE + 10
    make_days(today - timedelta(days=count), count)

    newest = boards.past(boards.TODAY)
    older = boards.past(newest.earlier)
    newer = boards.coming(older.later)

    assert days(newest) + days(older) == [today - timedelta(days=number) for number in range(1, count + 1)]
    assert older.earlier == ""
    assert days(newer)[0] == days(newest)[-1]


def test_coming_pages_meet_without_gap_or_overlap(today: date) -> None:
    count = boards.PAGE + 10
    make_days(today, count)

    first = boards.coming()
    second = boards.coming(first.later)

    assert days(first) + days(second) == [today + timedelta(days=number) for number in range(count)]
    assert second.later == ""
    assert not second.now


def test_board_takes_two_queries_at_most_over_the_year(today: date, requests_made: RequestsMade) -> None:
    for year in (today.year - 1, today.year + 1):
        make_event(date=date(year, 12, 31))

    with requests_made() as coming:
        shown = boards.coming()
    with requests_made() as past:
        boards.past(boards.TODAY)

    assert days(shown) == [date(today.year + 1, 12, 31)]
    assert coming == past == {"Query": 2}


@pytest.mark.parametrize("cursor", ["x", "2026#x#y", "2026#2026-05-24T01:15:00.000Z#nonsense", "9" * 3000])
@pytest.mark.parametrize("way", ["before", "after"])
def test_board_with_a_foreign_cursor_is_a_404(way: str, cursor: str, as_alice: Client) -> None:
    assert as_alice.get("/dispatch/", {way: cursor}).status_code == 404


@pytest.mark.usefixtures("methods_known")
def test_board_page_asks_two_requests_beside_session_and_user(
    today: date, as_alice: Client, requests_made: RequestsMade
) -> None:
    make_days(today, 3)

    with requests_made() as made:
        response = as_alice.get("/dispatch/")

    assert response.status_code == 200
    assert made == {"Query": 2, "GetItem": 2}


def test_board_says_what_is_planned_and_links_to_what_is_missing(today: date, as_alice: Client) -> None:
    make_event(date=today, booked=8, signed=7, parties_cents=110_000, received_cents=90_000)

    shown = as_alice.get("/dispatch/").content.decode()

    for anchor in ("manifest", "waivers", "money"):
        assert f'href="/dispatch/{today}/#{anchor}"' in shown
    assert "<strong>8</strong> of 12 booked" in shown
    assert "<strong>7</strong> of 8 signed" in shown
    assert '<strong data-figure="net">$900</strong> of <span data-figure="due">$1,100</span>' in shown
    assert "Unsigned 1" in shown


def test_empty_board_offers_to_make_a_departure(as_alice: Client) -> None:
    shown = as_alice.get("/dispatch/").content.decode()

    assert "Departures belong here" in shown
    assert "/admin/events/event/add/" in shown


def test_empty_board_offers_crew_nothing(as_bob: Client) -> None:
    shown = as_bob.get("/dispatch/").content.decode()

    assert "Departures belong here" in shown
    assert "/admin/events/event/add/" not in shown


@pytest.mark.parametrize(
    ("attributes", "words"),
    [
        ({"booked": 12, "signed": 12}, ["Full"]),
        ({"booked": 12, "signed": 9}, ["Unsigned 3", "Full"]),
        ({"booked": 4, "signed": 4}, []),
        ({"status": Status.CANCELLED.value, "booked": 4}, ["Cancelled"]),
        ({"status": Status.DRAFT.value}, ["Draft"]),
        ({"status": Status.COMPLETED.value, "booked": 2, "signed": 2}, ["Completed"]),
    ],
)
def test_states_are_words(table: None, attributes: dict[str, Any], words: list[str]) -> None:
    event = make_event(**attributes)

    departure = Departure(event, today=event.date)

    assert [state.word for state in departure.states] == words


def test_coming_departures_stay_quiet_about_waivers(table: None) -> None:
    event = make_event(booked=4)

    departure = Departure(event, today=event.date - timedelta(days=1))

    assert departure.states == []


def test_time_is_the_dock_s_own(table: None) -> None:
    event = make_event(starts_at=datetime(2026, 5, 24, 1, 15, tzinfo=UTC))

    departure = Departure(event, today=date(2026, 5, 1))

    assert (departure.day, departure.time) == ("Sat 23 May", "18:15")
