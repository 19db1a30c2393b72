"""The close of a day on a phone: counted by touch, told what is short, closed once, printed."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from events import calendar
from events.rows import Event
from payments import closing
from scc.staff.models import User
from tests.browser.conftest import PHONE, Shoot, log_in, wait_until
from tests.builders import make_event
from tests.payments.test_closing import close, pay
from tests.people import PASSWORD

TODAY = calendar.today()
PAGE = f"/dispatch/close/{TODAY}/"


@pytest.fixture
def event(table: None) -> Event:
    return make_event(date=TODAY)


@pytest.fixture
def owner(phone: Page, alice: User, event: Event) -> Page:
    """A phone on the board, signed in as who may close."""
    pay(50_000, tip_cents=2_000)
    pay(112_500, "card")
    log_in(phone, alice.username, PASSWORD)
    phone.goto("/dispatch/")
    return phone


def test_day_is_counted_and_closed_by_touch(owner: Page, shoot: Shoot) -> None:
    owner.get_by_role("link", name="Day close").tap()
    owner.get_by_label("Cash, counted").fill("515")
    expect(owner.get_by_role("row", name="Cash")).to_contain_text("$5.00 short")
    owner.get_by_label("Card, counted").fill("1125.00")
    expect(owner.get_by_role("row", name="Card")).to_contain_text("matches")
    owner.get_by_label("Note").fill("Five in the bilge.")
    shoot(owner, "close-open-phone")
    owner.get_by_role("button", name="Close ").tap()

    expect(owner.get_by_role("heading", name="Close 1")).to_be_visible()
    expect(owner.get_by_text("Closed by Alice Archer")).to_be_visible()
    shoot(owner, "close-closed-phone")
    (made,) = closing.read(TODAY).closes
    assert made.note == "Five in the bilge."


def test_wrong_count_is_said_above_and_beside_and_the_rest_stays(owner: Page) -> None:
    owner.goto(PAGE)
    owner.get_by_label("Card, counted").fill("1,5")
    owner.get_by_role("button", name="Close ").tap()

    above = owner.get_by_role("alert")
    expect(above).to_be_focused()
    above.get_by_role("link", name="Cash: Count it").tap()
    expect(owner.get_by_label("Cash, counted")).to_be_focused()
    expect(owner.get_by_label("Card, counted")).to_have_value("1,5")
    assert closing.read(TODAY).closes == []


def test_double_tap_closes_once(owner: Page) -> None:
    owner.goto(PAGE)
    owner.get_by_label("Cash, counted").fill("520")
    owner.get_by_role("button", name="Close ").dblclick()

    expect(owner.get_by_role("heading", name="Close 1")).to_be_visible()
    assert len(closing.read(TODAY).closes) == 1


def test_lost_answer_is_sent_again_by_going_back(owner: Page) -> None:
    owner.goto(PAGE)
    owner.get_by_label("Cash, counted").fill("520")
    lost: list[str] = []
    owner.route(f"**{PAGE}", lambda route: lose(route, lost))
    owner.get_by_role("button", name="Close ").tap()
    wait_until(owner, lambda: bool(lost))
    owner.unroute(f"**{PAGE}")

    owner.goto(PAGE)

    expect(owner.get_by_role("heading", name="Close 1")).to_be_visible()
    assert len(closing.read(TODAY).closes) == 1


def lose(route: Route, lost: list[str]) -> None:
    """Let the server have the form, and the phone never hear."""
    if route.request.method != "POST":
        route.continue_()
        return
    route.fetch(max_redirects=0)
    route.abort()
    lost.append(route.request.url)


def test_nothing_is_wider_than_the_phone(owner: Page) -> None:
    close(counted={"cash": 52_000}, note="x" * 300)
    pay(100, patron_name="Wolfeschlegelsteinhausenbergerdorff" * 3)

    for page in (PAGE, f"{PAGE}entries/", f"{PAGE}1/"):
        owner.goto(page)
        assert owner.evaluate("document.documentElement.scrollWidth") == PHONE["viewport"]["width"]


def test_slip_prints_without_what_is_for_the_screen(owner: Page) -> None:
    close(counted={"cash": 52_000})
    owner.goto(PAGE)

    owner.emulate_media(media="print")

    expect(owner.get_by_role("heading", name="Close 1")).to_be_visible()
    expect(owner.get_by_text("Counted by")).to_be_visible()
    for hidden in (owner.get_by_role("button", name="Print"), owner.get_by_text("Another day")):
        expect(hidden).to_be_hidden()
