"""Departures through the API."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from payments import ledger
from scc.staff.actors import Actor
from scc.staff.models import User
from tests.api.calls import assert_problem, caller
from tests.api.schema import faults_of
from tests.builders import make_crew, make_event, make_party, make_person
from tests.conftest import RequestsMade

DANA = Actor("dana", "Dana Drake")


@pytest.fixture
def dana_calls(dana: User) -> Client:
    return caller(dana)


def ids(response: Any) -> list[str]:
    assert response.status_code == 200, response.content
    return [event["id"] for event in response.json()["events"]]


def test_an_event_shows_its_crew_money_and_waivers(dana_calls: Client, requests_made: RequestsMade) -> None:
    event = make_event(price_cents=110_000, signed=2)
    make_party(event=event, size=4, price_cents=0)
    make_crew(event=event, person=make_person(name="Bob Reyes"))
    entry = ledger.record(event="2026-05-23", patron_name="Ana", amount_cents=12_500, method="cash", by=DANA).payment

    with requests_made() as made:
        response = dana_calls.get("/api/g/2026-05-23")

    body = response.json()
    assert faults_of(body, "Event") == []
    assert (body["id"], body["date"], body["starts_at"]) == ("2026-05-23", "2026-05-23", "2026-05-24T01:15:00.000Z")
    assert body["crew"] == [{"name": "Bob Reyes", "role": "captain"}]
    assert [payment["reference"] for payment in body["payments"]] == [entry.reference]
    assert body["totals"]["balance"] == "975.00"
    assert body["waivers"] == {"signed": 2, "expected": 4}
    assert body["waiver_url"].endswith("/g/2026-05-23/waiver")
    assert made == {"GetItem": 2, "Query": 1}


def test_crew_see_no_money(bob: User) -> None:
    make_event()

    body = caller(bob).get("/api/g/2026-05-23").json()

    assert faults_of(body, "Event") == []
    assert body["payments"] is None
    assert body["totals"] is None


@pytest.mark.parametrize("path", ["/api/g/2026-05-24", "/api/g/nonsense", "/api/g/%00", "/api/g/" + "x" * 3000])
def test_no_event_is_404(dana_calls: Client, path: str) -> None:
    make_event()

    assert_problem(dana_calls.get(path), 404)


@pytest.mark.parametrize(
    "path", ["/api/", "/api/nonsense", "/api/g/", "/api/g/2026-05-23/", "/api/g/2026-05-23/payment/x"]
)
def test_no_such_address_is_404(as_charlie: Client, path: str) -> None:
    assert_problem(as_charlie.get(path), 404)
    assert_problem(as_charlie.post(path), 404)


@pytest.mark.parametrize("path", ["/api/events", "/api/g/2026-05-23"])
def test_a_stranger_sees_nothing(as_charlie: Client, path: str) -> None:
    assert_problem(as_charlie.get(path), 401)


def test_a_session_reads_without_a_token(as_dana: Client) -> None:
    make_event()

    assert as_dana.get("/api/g/2026-05-23").status_code == 200


def test_the_list_is_in_the_order_of_starts(dana_calls: Client, requests_made: RequestsMade) -> None:
    for day in (25, 23, 24):
        make_event(date=date(2026, 5, day))

    with requests_made() as made:
        response = dana_calls.get("/api/events?from=2026-05-23&to=2026-05-24")

    assert ids(response) == ["2026-05-23", "2026-05-24"]
    assert faults_of(response.json(), "Events") == []
    # The token and its user; the year; each departure with its crew and money.
    assert made == {"GetItem": 2, "Query": 1 + 2}


def test_pages_follow_each_other_over_the_years(dana_calls: Client) -> None:
    days = [date(2025, 12, 30) + timedelta(days=number) for number in range(5)]
    for day in days:
        make_event(date=day)
    path = "/api/events?from=2025-12-01&to=2026-01-31&limit=2"
    seen: list[str] = []

    cursor = ""
    for _ in range(3):
        response = dana_calls.get(path + (f"&cursor={cursor}" if cursor else ""))
        seen += ids(response)
        cursor = response.json()["next"]

    assert seen == [day.isoformat() for day in days]
    assert cursor is None


def test_the_list_without_bounds_is_a_year_each_way(dana_calls: Client) -> None:
    today = datetime.now(UTC).date()
    for days in (-400, -300, 300, 400):
        make_event(date=today + timedelta(days=days))

    assert ids(dana_calls.get("/api/events")) == [str(today + timedelta(days=days)) for days in (-300, 300)]


@pytest.mark.parametrize(
    ("field", "query"),
    [
        ("from", "from=yesterday"),
        ("from", "from="),
        ("from", "from=2026-02-30"),
        ("from", "from=%00"),
        ("from", "from=%ff"),
        ("to", "to=20260523"),
        ("to", "from=2026-05-24&to=2026-05-23"),
        ("to", "from=2000-01-01&to=2026-01-01"),
        ("limit", "limit=0"),
        ("limit", "limit=101"),
        ("limit", "limit=-1"),
        ("limit", "limit=x"),
        ("limit", "limit=%D9%A3"),
        ("limit", "limit=" + "9" * 5000),
        ("cursor", "cursor="),
        ("cursor", "cursor=x"),
        ("cursor", "cursor=IjIwMjYi:1abcde:xyz"),
    ],
)
def test_a_parameter_that_cannot_be_taken_is_named(dana_calls: Client, field: str, query: str) -> None:
    problem = assert_problem(dana_calls.get(f"/api/events?{query}"), 422)

    assert list(problem["errors"]) == [field]


@pytest.mark.parametrize("query", ["from=0001-01-01&to=0001-01-02", "from=9999-12-31", "to=0001-01-01"])
def test_days_at_the_ends_of_the_calendar_are_empty(dana_calls: Client, query: str) -> None:
    assert ids(dana_calls.get(f"/api/events?{query}")) == []
