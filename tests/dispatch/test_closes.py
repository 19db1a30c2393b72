"""The pages of day closes: who may look and close, what they say, and what they ask of the table."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from events import calendar
from events.rows import Event
from payments import closing
from payments.closing_lines import lines_of
from scc.dynamo.rows import Row
from scc.staff.models import User
from tests.builders import make_event
from tests.conftest import RequestsMade
from tests.dynamo import faults
from tests.payments.test_closing import close, pay, void

TODAY = calendar.today()
YESTERDAY = TODAY - timedelta(days=1)
TOMORROW = TODAY + timedelta(days=1)
PAGE = f"/dispatch/close/{TODAY}/"
ENTRIES = f"{PAGE}entries/"
PAGES = {"days": "/dispatch/close/", "day": PAGE, "entries": ENTRIES, "slip": f"{PAGE}1/"}

pytestmark = pytest.mark.usefixtures("table")


@pytest.fixture
def event(table: None) -> Event:
    return make_event(date=TODAY)


def text_of(response: Any) -> str:
    """Return what a reader sees."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def form_of(client: Client, page: str = PAGE, **changes: str) -> dict[str, str]:
    """Return what the page's form sends when `changes` were typed, by the names of its fields."""
    form = client.get(page).context["page"].open.form
    typed = {name.replace("_", "-"): value for name, value in changes.items()}
    return {name: str(form[name].value() or "") for name in form.fields} | typed


def alerts(response: Any) -> str:
    found = re.search(r'role="alert".*?</div>', response.content.decode(), re.DOTALL)
    assert found is not None
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found[0]))


# Who may


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_stranger_is_sent_to_sign_in(page: str, as_charlie: Client) -> None:
    assert as_charlie.get(page).headers["Location"].startswith("/admin/login/")


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_crew_may_not_look(page: str, as_bob: Client) -> None:
    assert as_bob.get(page).status_code == 403


@pytest.mark.usefixtures("event")
def test_staff_may_look_and_not_close(as_dana: Client, as_alice: Client) -> None:
    pay(50_000)
    sent = form_of(as_alice, counted_cash="500")

    shown = as_dana.get(PAGE)
    refused = as_dana.post(PAGE, sent)

    assert "$500.00" in text_of(shown)
    assert '<form method="post" action="/dispatch/close/' not in shown.content.decode()
    assert refused.status_code == 403
    assert closing.read(TODAY).closes == []


# Which day


def test_address_without_a_day_leads_to_today(as_alice: Client) -> None:
    assert as_alice.get("/dispatch/close/").headers["Location"] == PAGE
    assert as_alice.get("/dispatch/close/?day=nonsense").headers["Location"] == PAGE
    assert as_alice.get(f"/dispatch/close/?day={YESTERDAY}").headers["Location"] == f"/dispatch/close/{YESTERDAY}/"


@pytest.mark.parametrize("day", ["nonsense", "20260523", "2026-W21-6", "1999-12-31", "2999-12-31", "2026-02-30"])
def test_what_is_no_day_is_a_404(day: str, as_alice: Client) -> None:
    assert as_alice.get(f"/dispatch/close/{day}/").status_code == 404
    assert as_alice.post(f"/dispatch/close/{day}/").status_code == 404


def test_close_of_another_day_is_a_404(as_alice: Client) -> None:
    close(YESTERDAY)

    assert as_alice.get(f"/dispatch/close/{YESTERDAY}/1/").status_code == 200
    assert as_alice.get(f"{PAGE}1/").status_code == 404
    assert as_alice.get(f"/dispatch/close/{YESTERDAY}/entries/").status_code == 404


def test_day_to_come_says_so(as_alice: Client) -> None:
    page = f"/dispatch/close/{TOMORROW}/"

    assert "has not come yet" in text_of(as_alice.get(page))
    assert as_alice.post(page, {"seen": "1-", "key": "k"}).status_code == 409


def test_days_beside_are_linked_up_to_today(as_alice: Client) -> None:
    shown = as_alice.get(PAGE).content.decode()

    assert f"/dispatch/close/{YESTERDAY}/" in shown
    assert f"/dispatch/close/{TOMORROW}/" not in shown


def test_board_leads_to_the_close_for_those_who_see_money(as_dana: Client, as_bob: Client) -> None:
    assert 'href="/dispatch/close/"' in as_dana.get("/dispatch/").content.decode()
    assert "/dispatch/close/" not in as_bob.get("/dispatch/").content.decode()


# Closing


@pytest.mark.usefixtures("event")
def test_form_closes_the_day_and_leads_to_the_slip(as_alice: Client) -> None:
    pay(50_000, tip_cents=2_000)

    sent = as_alice.post(PAGE, form_of(as_alice, counted_cash="515.00", note="Five in the bilge."))

    assert (sent.status_code, sent.headers["Location"]) == (303, f"{PAGE}#close-1")
    shown = text_of(as_alice.get(PAGE))
    assert "Close 1 Closed" in shown
    assert "Closed by Alice Archer" in shown
    assert "$520.00 $515.00 $5.00 short" in shown
    assert "Five in the bilge." in shown


@pytest.mark.usefixtures("event")
def test_more_than_was_expected_is_over_and_blank_is_not_counted(as_alice: Client) -> None:
    pay(50_000)
    pay(10_000, "card")

    as_alice.post(PAGE, form_of(as_alice, counted_cash="501"))

    shown = text_of(as_alice.get(PAGE))
    assert "$1.00 over" in shown
    assert "not counted" in shown


@pytest.mark.usefixtures("event")
def test_sent_twice_it_closes_once(as_alice: Client) -> None:
    pay(50_000)
    sent = form_of(as_alice, counted_cash="500")

    answers = [as_alice.post(PAGE, sent) for _ in range(2)]

    assert {answer.headers["Location"] for answer in answers} == {f"{PAGE}#close-1"}
    assert len(closing.read(TODAY).closes) == 1


@pytest.mark.usefixtures("event")
def test_all_that_is_wrong_is_said_and_what_was_typed_stays(as_alice: Client) -> None:
    pay(50_000)
    pay(10_000, "card")

    refused = as_alice.post(PAGE, form_of(as_alice, counted_card="1,5", note="Kept."))

    assert refused.status_code == 422
    assert "Cash: Count it: 0 when there is none." in alerts(refused)
    assert "Card: Must be an amount such as 125.00" in alerts(refused)
    assert 'value="1,5"' in refused.content.decode()
    assert "Kept." in refused.content.decode()
    assert closing.read(TODAY).closes == []


@pytest.mark.usefixtures("event")
def test_entry_that_came_meanwhile_shows_with_what_was_counted(as_alice: Client) -> None:
    pay(50_000)
    sent = form_of(as_alice, counted_cash="500")
    pay(7_000)

    refused = as_alice.post(PAGE, sent)

    assert refused.status_code == 409
    assert "Entries were logged since you opened the page" in alerts(refused)
    assert "$570.00" in text_of(refused)
    assert 'value="500"' in refused.content.decode()
    again = {**sent, "seen": refused.context["page"].open.form["seen"].value()}
    assert as_alice.post(PAGE, again).status_code == 303


@pytest.mark.usefixtures("event")
def test_who_was_slower_is_told_who_closed(as_alice: Client) -> None:
    pay(50_000)
    sent = form_of(as_alice, counted_cash="500")
    close(counted={"cash": 50_000})
    pay(7_000)

    refused = as_alice.post(PAGE, sent)

    assert refused.status_code == 409
    assert "Alice Archer closed" in alerts(refused)
    assert "Close 1" in text_of(refused)


@pytest.mark.usefixtures("event")
def test_same_form_with_other_figures_shows_what_was_taken(as_alice: Client) -> None:
    pay(50_000)
    sent = form_of(as_alice, counted_cash="500")
    as_alice.post(PAGE, sent)

    refused = as_alice.post(PAGE, {**sent, "counted-cash": "400"})

    assert refused.status_code == 409
    assert "What you sent now was not" in alerts(refused)
    (made,) = closing.read(TODAY).closes
    assert lines_of(made)[0].counted_cents == 50_000


@pytest.mark.usefixtures("event")
def test_outcome_that_is_not_known_is_said_and_can_be_sent_again(as_alice: Client) -> None:
    pay(50_000)
    sent = form_of(as_alice, counted_cash="500")

    with faults.connection_refused("TransactWriteItems", times=1000):
        unknown = as_alice.post(PAGE, sent)

    assert (unknown.status_code, unknown.headers["Retry-After"]) == (503, "5")
    assert "Not known whether the day was closed" in alerts(unknown)
    shown = unknown.context["page"].open.form
    assert shown["key"].value() == sent["key"]
    assert as_alice.post(PAGE, sent).status_code == 303


@pytest.mark.usefixtures("event")
def test_answer_that_was_lost_is_found_by_reading(as_alice: Client) -> None:
    pay(50_000)
    sent = form_of(as_alice, counted_cash="500")

    with faults.answers_lost("TransactWriteItems", times=1000):
        answer = as_alice.post(PAGE, sent)

    assert (answer.status_code, answer.headers["Location"]) == (303, f"{PAGE}#close-1")


@pytest.mark.usefixtures("event")
def test_table_that_does_not_answer_keeps_the_difference(as_alice: Client) -> None:
    sent = form_of(as_alice, counted_cash="0")

    with faults.connection_refused("Query", times=1000):
        answer = as_alice.post(PAGE, sent)

    assert answer.status_code == 503
    assert "Nothing was changed" in text_of(answer)


@pytest.mark.parametrize(
    "change", [{"key": ""}, {"seen": ""}, {"seen": "x" * 101}, {"note": "x" * 2001}, {"counted-gold": "5"}]
)
def test_form_that_is_none_of_ours_is_refused(change: dict[str, str], as_alice: Client) -> None:
    answer = as_alice.post(PAGE, form_of(as_alice, counted_cash="0") | change)

    assert answer.status_code in {409, 422}
    assert closing.read(TODAY).closes == []


# What comes later


@pytest.mark.usefixtures("event")
def test_later_entry_leaves_the_slip_and_offers_to_close_again(as_alice: Client) -> None:
    paid = pay(50_000)
    close(counted={"cash": 50_000})
    void(paid)

    shown = as_alice.get(PAGE)

    assert "Close 1 Closed" in text_of(shown)
    assert "$500.00 $500.00 matches" in text_of(shown)
    assert "Close again" in text_of(shown)
    assert as_alice.post(PAGE, form_of(as_alice, counted_cash="-500")).status_code == 303
    assert "Close 2 Closed" in text_of(as_alice.get(PAGE))


@pytest.mark.usefixtures("event")
def test_entry_of_another_day_is_named(as_alice: Client) -> None:
    close(YESTERDAY)
    late = pay(2_000, paid_at=YESTERDAY, patron_name="<b>Bea</b>")

    shown = as_alice.get(PAGE)

    assert "After close" in text_of(shown)
    assert late.reference in text_of(shown)
    assert "<b>Bea" not in shown.content.decode()


def test_day_that_was_passed_over_leads_to_its_close(as_alice: Client) -> None:
    close(YESTERDAY - timedelta(days=1))
    close(TODAY)

    shown = as_alice.get(f"/dispatch/close/{YESTERDAY}/")

    assert "Its money is in close 2" in text_of(shown)
    assert f'href="{PAGE}"' in shown.content.decode()


def test_day_before_the_first_close_says_that_it_is_in_none(as_alice: Client) -> None:
    close(TODAY)

    assert "no close has its money" in text_of(as_alice.get(f"/dispatch/close/{YESTERDAY}/"))


def test_first_close_says_where_closes_begin(as_alice: Client) -> None:
    assert "This is the first close." in text_of(as_alice.get(PAGE))


def test_close_after_a_long_time_says_what_it_leaves_out(as_alice: Client) -> None:
    close(TODAY - timedelta(days=60))

    shown = as_alice.get(PAGE)

    assert "begins anew" in text_of(shown)
    reach = shown.context["page"].reach
    assert f"/dispatch/close/{reach}/" in shown.content.decode()
    assert "begins anew" not in text_of(as_alice.get(f"/dispatch/close/{reach}/"))


# The entries behind it


@pytest.mark.usefixtures("event")
def test_entries_are_listed_before_and_after_the_close(as_alice: Client) -> None:
    cash, card = pay(50_000, tip_cents=500), pay(10_000, "card")
    before = text_of(as_alice.get(ENTRIES))
    close(counted={"cash": 50_500})
    later = pay(7_000)

    after = text_of(as_alice.get(f"{PAGE}1/"))

    for shown in (before, after):
        assert cash.reference in shown
        assert card.reference in shown
        assert "Cash, with $5.00 tip" in shown or "Cash with $5.00 tip" in shown
    assert later.reference not in after


# What it costs


@pytest.mark.usefixtures("event")
@pytest.mark.parametrize(
    "page",
    [PAGE, ENTRIES, f"/dispatch/close/{YESTERDAY}/", f"/dispatch/close/{TOMORROW}/"],
    ids=["today", "entries", "yesterday", "tomorrow"],
)
def test_page_asks_two_requests_at_most(page: str, as_alice: Client, requests_made: RequestsMade) -> None:
    close(YESTERDAY - timedelta(days=1))
    close(YESTERDAY)
    pay(50_000)
    as_alice.get(PAGE)

    with requests_made() as made:
        assert as_alice.get(page).status_code in {200, 404}

    assert made["GetItem"] == 2
    assert made["Query"] <= 2 + (YESTERDAY.month != TODAY.month or TODAY.day == 1)
    assert made.keys() <= {"GetItem", "Query"}


@pytest.mark.usefixtures("event")
def test_page_of_a_close_asks_two_requests(as_alice: Client, requests_made: RequestsMade) -> None:
    pay(50_000)
    close(counted={"cash": 50_000})

    with requests_made() as made:
        as_alice.get(f"{PAGE}1/")

    assert made == {"GetItem": 3, "Query": 1}


def test_methods_are_shown_in_their_order_with_those_without_figures_apart(as_alice: Client) -> None:
    shown = text_of(as_alice.get(PAGE))

    assert "Nothing logged: Card, Check, Venmo, Zelle, Other" in shown


@pytest.mark.usefixtures("event", "alice")
def test_closing_writes_nothing_else(alice: User) -> None:
    before = {(row.pk, row.sk) for row in Row.scan()}

    close(counted={"cash": 0})

    added = {(row.pk, row.sk) for row in Row.scan()} - before
    assert sorted(pk for pk, _ in added) == ["AUDIT#CLOSE#000001", "CLOSE"]
