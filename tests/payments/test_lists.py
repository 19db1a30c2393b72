"""The admin's list of entries, and what it adds up to."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from django.test import Client

from payments import sums
from payments.admin import PaymentAdmin
from payments.months import Month
from payments.rows import Payment, Tally
from payments.sums import Sum, Sums
from payments.totals import Moved, count
from scc.dynamo.units import Unit
from tests.builders import make_event
from tests.conftest import RequestsMade
from tests.payments.busy import (
    FIRST,
    SECOND,
    entries,
    make_month,
    pay,
    refund,
    this_month,
    void,
    without_credit,
)

pytestmark = pytest.mark.usefixtures("methods_known")

LIST = "/admin/payments/payment/"


def listed(client: Client, query: str = "") -> Any:
    response = client.get(LIST + query)
    assert response.status_code == 200
    return response.context["cl"]


def kept(month: Sums | None) -> dict[str, Sum]:
    assert month is not None
    return month.by_code


def offered(changelist: Any, parameter: str) -> list[str]:
    (spec,) = [spec for spec in changelist.filter_specs if getattr(spec, "parameter_name", "") == parameter]
    return [value for value, _ in spec.lookup_choices]


@pytest.mark.parametrize("query", ["", f"?departure={FIRST}", "?staff=dana", "?method=cash", "?q=ana", "?q=nobody"])
def test_the_list_is_two_requests(query: str, as_dana: Client, requests_made: RequestsMade) -> None:
    make_month()

    with requests_made() as made:
        as_dana.get(LIST + query)

    # The session and its user; the page; the month's tallies.
    assert made == {"GetItem": 2, "Query": 2}


def test_what_the_page_adds_up_to_is_what_the_month_does(as_dana: Client) -> None:
    make_month()

    shown = listed(as_dana)

    assert len(shown.result_list) == len(entries()) == 14
    assert shown.page_sums == shown.month_sums == Sums.of_entries(entries())
    assert shown.month_sums.money == count(without_credit(entries()))


def test_credit_that_is_carried_over_is_no_income(as_dana: Client) -> None:
    make_month()

    shown = listed(as_dana).month_sums

    carried = [entry for entry in entries() if entry.method == "credit"]
    assert shown.credit == count(carried) == Moved(30_000, 30_000, 0)
    assert [method.code for method, _ in shown.methods] == ["cash", "card", "check", "venmo"]
    assert sum((moved for _, moved in shown.methods), Moved()) == shown.money


@pytest.mark.parametrize(
    ("query", "is_shown"),
    [
        ("method=cash", lambda entry: entry.method == "cash"),
        ("method=credit", lambda entry: entry.method == "credit"),
        (f"departure={SECOND}", lambda entry: entry.event_id == SECOND),
        ("staff=alice", lambda entry: entry.recorded_by == "alice"),
        (
            f"departure={FIRST}&staff=alice&method=card",
            lambda entry: (entry.event_id, entry.recorded_by, entry.method) == (FIRST, "alice", "card"),
        ),
        ("departure=2026-01-01", lambda entry: False),
        ("staff=nobody", lambda entry: False),
        ("method=nothing", lambda entry: False),
        ("month=2020-01", lambda entry: False),
    ],
)
def test_filters_narrow_the_page_and_the_months_totals_alike(query: str, is_shown: Any, as_dana: Client) -> None:
    make_month()

    shown = listed(as_dana, f"?{query}")

    expected = [entry for entry in entries() if is_shown(entry)]
    assert sorted(obj.reference for obj in shown.result_list) == sorted(entry.reference for entry in expected)
    assert shown.page_sums == Sums.of_entries(expected)
    # A tally of nothing is no entry.
    assert kept(shown.month_sums) == Sums.of_entries(expected).by_code


@pytest.mark.parametrize("query", ["month=nonsense", "month=0000-01", "month=2026-5", "colour=red"])
def test_what_is_no_filter_is_said(query: str, as_dana: Client) -> None:
    assert as_dana.get(f"{LIST}?{query}").headers["Location"] == f"{LIST}?e=1"


def test_a_page_adds_up_what_it_shows(as_dana: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    make_month()
    monkeypatch.setattr(PaymentAdmin, "list_per_page", 4)

    seen: list[Payment] = []
    pages: list[Sums] = []
    query: str | None = ""
    while query is not None:
        shown = listed(as_dana, query)
        assert shown.month_sums == Sums.of_entries(entries())
        seen += [obj.entry for obj in shown.result_list]
        pages.append(shown.page_sums)
        query = shown.next_page

    assert len(pages) == 4
    assert sum((page.money for page in pages), Moved()) == Sums.of_entries(entries()).money
    assert Sums.of_entries(seen) == Sums.of_entries(entries())


@pytest.mark.parametrize("departure", ["", f"&departure={FIRST}"])
def test_pages_go_on_and_back(departure: str, as_dana: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    make_month()
    monkeypatch.setattr(PaymentAdmin, "list_per_page", 4)

    first = listed(as_dana, f"?month={this_month()}{departure}")
    second = listed(as_dana, first.next_page)
    back = listed(as_dana, second.previous_page)

    assert [obj.id for obj in back.result_list] == [obj.id for obj in first.result_list]
    assert not {obj.id for obj in first.result_list} & {obj.id for obj in second.result_list}


@pytest.mark.parametrize(
    ("voided", "expected"), [("payment", Moved(-12_500, 0, -300)), ("refund", Moved(0, -700, 100))]
)
def test_a_void_alone_on_its_page_takes_back_what_it_voids(
    voided: str, expected: Moved, as_dana: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_event()
    entry = pay(tip_cents=300)
    void(entry if voided == "payment" else refund(entry, amount_cents=700, tip_cents=100))
    monkeypatch.setattr(PaymentAdmin, "list_per_page", 1)

    shown = listed(as_dana)

    assert [obj.entry_kind for obj in shown.result_list] == ["void"]
    assert shown.page_sums.money == expected


@pytest.mark.parametrize("query", ["?entry_kind=refund", "?q=ana", "?q={reference}"])
def test_what_tallies_do_not_know_has_totals_of_the_page_alone(query: str, as_dana: Client) -> None:
    make_month()

    response = as_dana.get(LIST + query.format(reference=entries()[0].reference))

    shown = response.context["cl"]
    assert shown.result_list
    assert shown.month_sums is None
    assert shown.page_sums == Sums.of_entries(obj.entry for obj in shown.result_list)
    assert "not by kind or name" in response.content.decode()


def test_departures_and_staff_are_offered_as_the_month_has_them(as_dana: Client) -> None:
    make_month()
    make_event(slug="2026-05-25")

    shown = listed(as_dana)

    assert offered(shown, "departure") == [FIRST, SECOND]
    assert offered(shown, "staff") == ["alice", "dana"]


def test_what_was_asked_for_stays_among_the_choices(as_dana: Client) -> None:
    shown = listed(as_dana, "?staff=erin&departure=2026-01-01")

    assert offered(shown, "staff") == ["erin"]
    assert offered(shown, "departure") == ["2026-01-01"]


def test_the_list_shows_what_each_entry_moves(as_dana: Client) -> None:
    make_event()
    void(refund(pay(), tip_cents=0))

    page = as_dana.get(LIST).content.decode()

    assert re.findall(r'class="field-moves"[^>]*>([^<]+)<', page) == ["$50.00", "-$50.00", "$125.00"]


def test_of_tallies_counts_what_the_tallies_count() -> None:
    unit = Unit()
    for day in ("01", "31"):
        unit.put(tally(f"2026-05-{day}", received_cents=100, entries=2))
    unit.put(tally("2026-06-01", received_cents=1_000, entries=1))
    unit.put(tally("2026-04-30", received_cents=1_000, entries=1))
    unit.commit()

    found = sums.Sums.of_tallies(Month.parse("2026-05").tallies())

    assert found.by_code == {"cash": Sum(Moved(200), 4)}


def tally(day: str, **figures: Any) -> Tally:
    on = date.fromisoformat(day)
    return Tally(
        event_id=FIRST,
        recorded_on=on,
        paid_on=on,
        recorded_year=day[:4],
        paid_year=day[:4],
        method="cash",
        recorded_by="dana",
        **figures,
    )
