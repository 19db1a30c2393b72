"""Figures: the same numbers as the ledger's and the board's, shown to whom they are for."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.test import Client

from events import calendar
from events.rows import Event, Status
from payments import ledger
from payments.keys import Recorded
from payments.methods import CREDIT
from payments.rows import Tally
from scc.dispatch import figures
from scc.dynamo.units import Unit
from scc.staff.actors import Actor
from tests.builders import make_event, make_party
from tests.conftest import RequestsMade

ALICE = Actor("alice", "Alice Archer")
FIGURES = "/dispatch/figures/"
INCOME, BALANCES, UNSIGNED = (f"{FIGURES}{name}/" for name in ("income", "balances", "unsigned"))
PARTS = [f"{path}{query}" for path in (INCOME, BALANCES, UNSIGNED) for query in ("", "?part=page", "?part=index")]
MONEY = [path for path in PARTS if UNSIGNED not in path]
WEEK = timedelta(weeks=1)
DAY = timedelta(days=1)


@pytest.fixture
def today(table: None) -> date:
    return calendar.today()


def pay(event: Event, cents: int, method: str = "cash", **changes: Any) -> Recorded:
    facts: dict[str, Any] = {"patron_name": "Ana López", "by": ALICE}
    return ledger.record(event=event.slug, amount_cents=cents, method=method, **(facts | changes))


def refund(event: Event, paid: Recorded, cents: int, method: str, **changes: Any) -> None:
    reference = paid.payment.reference
    ledger.refund(
        event=event.slug, reference=reference, amount_cents=cents, method=method, reason="Late", by=ALICE, **changes
    )


def brought(week: figures.Week | figures.Income) -> dict[str, int]:
    return {method.code: cents for method, cents in week.by_method.items() if cents}


def net_of(*events: Event) -> int:
    stored = [Event.fetch(slug=event.slug) for event in events]
    return sum(event.net_cents for event in stored if event)


# Income


def test_income_is_what_came_in_less_what_went_back(today: date) -> None:
    event = make_event()
    card = pay(event, 20_000, "card", tip_cents=2_500)
    refund(event, card, 5_000, "cash", tip_cents=1_000)
    pay(event, 30_000, "cash", paid_at=today - WEEK)

    income = figures.income(today)

    last, running = income.weeks[-2:]
    assert (brought(last), last.tips_cents) == ({"cash": 30_000}, 0)
    assert (brought(running), running.tips_cents) == ({"card": 20_000, "cash": -5_000}, 1_500)
    assert brought(income) == {"card": 20_000, "cash": 25_000}
    assert (income.total_cents, income.tips_cents) == (45_000, 1_500)


def test_income_leaves_out_what_is_void(today: date) -> None:
    event = make_event()
    slip = pay(event, 99_900, "zelle", tip_cents=100, paid_at=today - WEEK)
    ledger.void(event=event.slug, reference=slip.payment.reference, reason="Typed twice", by=ALICE)

    income = figures.income(today)

    assert income.is_empty
    assert income.methods == []


def test_income_leaves_out_what_was_carried_over(today: date) -> None:
    event, later = make_event(), make_event(slug="2026-05-24", date=date(2026, 5, 24))
    party = make_party(event=event)
    pay(event, 10_000, "venmo", patron_id=party.ulid, tip_cents=500)
    ledger.transfer(event=event.slug, party_id=party.ulid, to_event=later.slug, by=ALICE)

    income = figures.income(today)

    assert brought(income) == {"venmo": 10_000}
    assert (income.total_cents, income.tips_cents) == (net_of(event, later), 500) == (10_000, 500)


def test_credit_is_no_income_by_itself(today: date) -> None:
    # One leg alone, as if the other had been paid in another week.
    year = str(today.year)
    days: dict[str, Any] = {"recorded_on": today, "paid_on": today, "recorded_year": year, "paid_year": year}
    unit = Unit()
    unit.put(Tally(event_id="2026-05-23", method=CREDIT, recorded_by="alice", received_cents=5_000, **days))
    unit.commit()

    assert figures.income(today).is_empty


def test_income_of_a_payment_that_was_corrected_is_the_new_one(today: date) -> None:
    event = make_event()
    slip = pay(event, 10_000, "cash", paid_at=today - WEEK)
    ledger.correct(
        event=event.slug,
        reference=slip.payment.reference,
        patron_name="Ana López",
        amount_cents=11_000,
        method="check",
        by=ALICE,
    )

    income = figures.income(today)

    assert brought(income.weeks[-2]) == {"check": 11_000}
    assert brought(income) == {"check": 11_000}
    assert income.total_cents == net_of(event)


def test_a_week_runs_from_monday_to_sunday(today: date) -> None:
    event = make_event()
    monday = today - timedelta(days=today.weekday())
    pay(event, 100, paid_at=monday)
    # On Sunday's last minute at the dock it is Monday already in UTC.
    pay(event, 20, paid_at=datetime.combine(monday - DAY, time(23, 59), calendar.zone()))
    pay(event, 3, paid_at=monday - WEEK)
    pay(event, 4000, paid_at=monday - WEEK - DAY)

    weeks = figures.income(today).weeks

    assert [week.total_cents for week in weeks[-3:]] == [4000, 23, 100]
    assert [week.monday for week in weeks] == [monday - number * WEEK for number in range(11, -1, -1)]
    assert [week.is_running for week in weeks] == [False] * 11 + [True]


def test_methods_come_in_their_order_and_only_those_that_moved(today: date) -> None:
    event = make_event()
    for method in ("zelle", "cash", "venmo"):
        pay(event, 1_000, method)
    pay(event, 1_000, "other", paid_at=today - 12 * WEEK)

    income = figures.income(today)

    assert [method.label for method in income.methods] == ["Cash", "Venmo", "Zelle"]


def test_earlier_and_later_weeks_follow_each_other(today: date) -> None:
    now = figures.income(today)
    before = figures.income(now.earlier)

    assert before.weeks[-1].monday == now.weeks[0].monday - WEEK
    assert before.later is not None
    assert figures.income(before.later).weeks == now.weeks
    assert now.later is None


def test_no_week_lies_ahead(today: date) -> None:
    assert figures.income(today + 3 * WEEK).weeks == figures.income(today).weeks


# Balances


def test_balances_have_the_largest_first(table: None) -> None:
    make_event(slug="2026-05-01", date=date(2026, 5, 1), price_cents=10_000, received_cents=2_500)
    make_event(slug="2026-06-01", date=date(2026, 6, 1), price_cents=90_000, received_cents=1_000, refunded_cents=500)
    make_event(slug="2026-07-01", date=date(2026, 7, 1), price_cents=7_500)

    balances = figures.balances(2026)

    assert [departure.event.slug for departure in balances.shown] == ["2026-06-01", "2026-05-01", "2026-07-01"]
    assert [departure.event.balance_cents for departure in balances.shown] == [89_500, 7_500, 7_500]
    assert (balances.due_cents, balances.paid_cents, balances.total_cents) == (107_500, 3_000, 104_500)


@pytest.mark.parametrize(
    "changes",
    [
        {"status": Status.CANCELLED.value},
        {"status": Status.DRAFT.value},
        {"received_cents": 110_000},
        {"received_cents": 120_000},
        {"price_cents": 0},
        {"date": date(2025, 12, 31)},
        {"date": date(2027, 1, 1)},
    ],
)
def test_balances_leave_out_what_nobody_owes(table: None, changes: dict[str, Any]) -> None:
    make_event(**changes)

    assert figures.balances(2026).departures == []


def test_balances_have_a_draft_that_has_parties(table: None) -> None:
    make_party(event=make_event(status=Status.DRAFT.value), price_cents=50_000)

    assert figures.balances(2026).total_cents == 50_000


def test_balances_sum_what_they_do_not_show(table: None) -> None:
    for day in range(1, 21):
        make_event(slug=f"2026-05-{day:02}", date=date(2026, 5, day), price_cents=day * 100)

    balances = figures.balances(2026)

    assert [departure.event.balance_cents for departure in balances.shown] == [day * 100 for day in range(20, 5, -1)]
    assert (len(balances.rest), balances.rest_cents) == (5, 1_500)
    assert balances.total_cents == sum(departure.event.balance_cents for departure in balances.shown) + 1_500


def test_balances_say_what_has_sailed(today: date) -> None:
    make_event(date=today, slug=f"{today}-a", price_cents=100)
    yesterday = today - DAY
    make_event(date=yesterday, slug=f"{yesterday}-a", price_cents=2_000)

    balances = figures.balances(yesterday.year)

    assert (balances.sailed, balances.sailed_cents) == (1, 2_000)


# Waivers


def test_unsigned_has_seven_days_the_next_departure_first(table: None) -> None:
    first = date(2026, 5, 23)
    for number in (8, 7, 6, 0, -1):
        day = first + number * DAY
        make_event(slug=f"{day}-a", date=day, booked=5, signed=2)

    unsigned = figures.unsigned(first)

    assert [departure.event.date for departure in unsigned.shown] == [first, first + 6 * DAY]
    assert (unsigned.booked, unsigned.signed, unsigned.heads) == (10, 4, 6)


@pytest.mark.parametrize(
    "changes",
    [
        {"signed": 4},
        # Guests whom nobody booked may sign too.
        {"signed": 5},
        {"booked": 0, "signed": 0},
        *({"status": status.value} for status in Status if status != Status.SCHEDULED),
    ],
)
def test_unsigned_leaves_out_where_nobody_has_to_sign(table: None, changes: dict[str, Any]) -> None:
    make_event(**({"booked": 4, "signed": 1} | changes))

    assert figures.unsigned(date(2026, 5, 23)).departures == []


def test_unsigned_counts_departures_that_are_whole(table: None) -> None:
    for number, signed in enumerate([4, 5, 3]):
        make_event(slug=f"2026-05-2{number + 4}", date=date(2026, 5, 24 + number), booked=4, signed=signed)
    make_event(slug="2026-05-27", date=date(2026, 5, 27), booked=0)

    assert figures.unsigned(date(2026, 5, 23)).whole == 2


# What they ask of the table


@pytest.mark.parametrize(("until", "queries"), [(date(2026, 5, 31), 1), (date(2026, 1, 31), 2)])
def test_income_is_a_query_for_each_year(table: None, requests_made: RequestsMade, until: date, queries: int) -> None:
    figures.income(until)

    with requests_made() as made:
        figures.income(until)

    assert made == {"Query": queries}


@pytest.mark.parametrize(("first", "queries"), [(date(2026, 5, 31), 1), (date(2026, 12, 28), 2)])
def test_unsigned_is_a_query_for_each_year(table: None, requests_made: RequestsMade, first: date, queries: int) -> None:
    with requests_made() as made:
        figures.unsigned(first)

    assert made == {"Query": queries}


def test_balances_are_one_query(table: None, requests_made: RequestsMade) -> None:
    with requests_made() as made:
        figures.balances(2026)

    assert made == {"Query": 1}


# Pages


def columns(page: str) -> dict[str, tuple[list[str], str]]:
    """Return, by the name of each column, what its cells say, and what stands below them."""
    cells = re.compile(r'<td [^>]*data-label="([^"]+)"[^>]*>(.*?)</td>')
    body, foot = (re.search(rf"<{part}>(.*?)</{part}>", page, re.DOTALL) for part in ("tbody", "tfoot"))
    assert body is not None
    assert foot is not None
    said: dict[str, list[str]] = {}
    for name, words in cells.findall(body[1]):
        said.setdefault(name, []).append(re.sub("<[^>]+>", "", words))
    return {name: (said[name], re.sub("<[^>]+>", "", words)) for name, words in cells.findall(foot[1])}


def cents(words: str) -> int:
    return int(re.sub(r"[^0-9-]", "", words) or 0)


def test_page_of_income_adds_up(as_dana: Client, today: date) -> None:
    event = make_event()
    check = pay(event, 123_456, "check", paid_at=today - WEEK, tip_cents=1_111)
    refund(event, check, 23_456, "check")
    pay(event, 50_001, "card")

    shown = columns(as_dana.get(INCOME).content.decode())

    assert list(shown) == ["Card", "Check", "Total", "Tips, apart"]
    assert shown["Check"] == ([*[""] * 10, "$1,234.56", "refunded -$234.56"], "$1,000.00")
    assert shown["Total"][1] == "$1,500.01"
    for said, below in shown.values():
        assert sum(map(cents, said)) == cents(below)
    assert net_of(event) == cents(shown["Total"][1])


def test_page_of_balances_adds_up(as_dana: Client, table: None) -> None:
    for day in range(1, 21):
        make_event(slug=f"2026-05-{day:02}", date=date(2026, 5, day), price_cents=day * 10_001)

    page, part = (as_dana.get(f"{BALANCES}?year=2026{more}").content.decode() for more in ("", "&part=page"))

    for shown, lines in ((page, 20), (part, figures.MOST_LINES + 1)):
        said, below = columns(shown)["To pay"]
        assert len(said) == lines
        assert sum(map(cents, said)) == cents(below) == 210 * 10_001
        assert "and 5 more, $1,500.15" in shown
    assert '<a href="/dispatch/2026-05-20/#money" data-line>Sunset sail</a>' in page


def test_page_of_waivers_adds_up(as_bob: Client, table: None) -> None:
    for day in range(23, 27):
        make_event(slug=f"2026-05-{day}", date=date(2026, 5, day), booked=day, signed=3)

    page = as_bob.get(f"{UNSIGNED}?from=2026-05-23").content.decode()

    assert {name: below for name, (_, below) in columns(page).items()} == {
        "Booked": "98",
        "To sign": "86",
        "Signed": "12",
    }
    assert '<a href="/dispatch/2026-05-23/#waivers" data-line>Sunset sail</a>' in page


@pytest.mark.parametrize(
    ("path", "words"),
    [
        (INCOME, "Money that came in belongs here"),
        (BALANCES, "still to be paid belong here"),
        (UNSIGNED, "yet to sign belong here"),
    ],
)
@pytest.mark.parametrize("query", ["", "?part=page", "?part=index"])
def test_an_empty_figure_says_what_belongs_there(as_dana: Client, path: str, words: str, query: str) -> None:
    page = as_dana.get(path + query).content.decode()

    assert words in page
    assert "data-chart" not in page


def test_the_index_names_fewer_departures(as_dana: Client, today: date) -> None:
    for number in range(10):
        make_event(slug=f"{today}-{number}", date=today, booked=2)

    page = as_dana.get(f"{BALANCES}?part=index").content.decode()

    assert len(columns(page)["To pay"][0]) == 7
    assert "and 4 more" in page


@pytest.mark.parametrize("path", PARTS)
def test_a_part_is_no_page(as_dana: Client, path: str) -> None:
    page = as_dana.get(path).content.decode()

    assert ("<html" in page) == ("part" not in path)


@pytest.mark.parametrize(
    "query",
    [
        "income/?until=yesterday",
        "income/?until=2026-02-30",
        "income/?until=0001-01-01",
        "income/?until=9999-12-31",
        "balances/?year=26",
        "balances/?year=9999",
        "balances/?year=2026-01",
        "unsigned/?from=9999-12-31",
        "unsigned/?from=%00",
    ],
)
def test_a_day_that_cannot_be_is_a_404(as_dana: Client, query: str) -> None:
    assert as_dana.get(FIGURES + query).status_code == 404


# Who may see them


@pytest.mark.parametrize("path", [FIGURES, *PARTS])
def test_a_stranger_is_sent_to_sign_in(as_charlie: Client, path: str) -> None:
    response = as_charlie.get(path)

    assert response.status_code == 302
    assert response.headers["Location"].startswith("/admin/login/?next=/dispatch/figures/")


@pytest.mark.parametrize("path", [FIGURES, *PARTS])
def test_owner_and_staff_may_open(as_alice: Client, as_dana: Client, path: str) -> None:
    assert as_alice.get(path).status_code == as_dana.get(path).status_code == 200


@pytest.mark.parametrize("path", MONEY)
def test_crew_see_no_money(as_bob: Client, path: str) -> None:
    event = make_event(date=calendar.today())
    pay(event, 12_345)

    response = as_bob.get(path)

    assert response.status_code == 403
    assert b"$" not in response.content


@pytest.mark.parametrize("path", [FIGURES, "/admin/"])
def test_crew_are_offered_waivers_alone(as_bob: Client, as_dana: Client, path: str) -> None:
    parts = re.compile(r'data-fragment="/dispatch/figures/(\w+)/')

    assert parts.findall(as_dana.get(path).content.decode()) == ["income", "balances", "unsigned"]
    assert parts.findall(as_bob.get(path).content.decode()) == ["unsigned"]


@pytest.mark.parametrize("path", [FIGURES, INCOME, BALANCES, UNSIGNED])
def test_figures_take_no_post(as_alice: Client, path: str) -> None:
    assert as_alice.post(path).status_code == 405
