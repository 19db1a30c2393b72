"""A departure that is called off on the dock, in a real Chromium."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from events import calendar
from events.rows import Event, Patron, Status
from payments import books, ledger
from scc.dynamo.rows import Row
from scc.mail.rows import Letter
from scc.staff.actors import Actor
from scc.staff.models import User
from tests.browser.conftest import PHONE, Shoot, log_in
from tests.builders import make_event, make_party
from tests.people import PASSWORD

ALICE = Actor("alice", "Alice Archer")
NewPage = Callable[..., Page]
CANCEL = "**/dispatch/*/cancel/"


@pytest.fixture
def event(table: None) -> Event:
    return make_event(date=calendar.today(), price_cents=0)


@pytest.fixture
def other(table: None) -> Event:
    return make_event(date=calendar.today() + timedelta(days=7), title="Whale watch", price_cents=0)


@pytest.fixture
def parties(event: Event, other: Event) -> list[Patron]:
    """Three parties that paid."""
    return [paid(event, name) for name in ("Ana López", "Bo Berg", "Cy Young")]


def paid(event: Event, name: str, size: int = 4) -> Patron:
    email = f"{name.split()[0].lower()}@example.com"
    party = make_party(event=event, name=name, size=size, email=email)
    ledger.record(
        event=event.slug, patron_name=name, patron_id=party.ulid, amount_cents=12_500, method="card", by=ALICE
    )
    return party


@pytest.fixture
def sheet(phone: Page, alice: User, event: Event, parties: list[Patron]) -> Page:
    """The event sheet on an owner's phone."""
    log_in(phone, alice.username, PASSWORD)
    phone.goto(f"/dispatch/{event.slug}/")
    return phone


def opened(page: Page) -> Locator:
    page.get_by_role("link", name="Cancel departure").tap()
    return page.get_by_role("dialog")


def party(within: Locator | Page, name: str) -> Locator:
    return within.get_by_role("group", name=name)


def choose(within: Locator | Page, name: str, choice: str) -> Locator:
    group = party(within, name)
    group.get_by_role("radio", name=choice).check()
    return group


def outcomes(within: Locator) -> Locator:
    return within.get_by_role("status").get_by_role("listitem")


def letters() -> list[str]:
    return sorted(row.to for row in Row.scan() if isinstance(row, Letter))


def test_a_departure_is_called_off_by_touch_and_each_party_settled(
    sheet: Page, event: Event, other: Event, shoot: Shoot
) -> None:
    dialog = opened(sheet)
    choose(dialog, "Ana López", "Keep as credit").get_by_label("Which departure").select_option(other.slug)
    choose(dialog, "Bo Berg", "Give back")
    choose(dialog, "Cy Young", "Leave for now")
    shoot(sheet, "cancel-dialog-phone")
    dialog.get_by_role("button", name="Cancel the departure and settle").tap()

    expect(dialog.get_by_role("heading", name="The departure is cancelled")).to_be_focused()
    expect(outcomes(dialog)).to_have_text(
        [
            re.compile(r"Done Ana López: \$125 carried over to .*, Whale watch\. Letter written\."),
            "Done Bo Berg: $125 given back, card. Letter written.",
            "Done Cy Young: $125 left as credit. Letter written.",
        ]
    )
    shoot(sheet, "cancel-done-phone")
    dialog.get_by_role("button", name="Close").tap()

    expect(sheet.get_by_role("link", name="Settle with parties")).to_be_focused()
    expect(sheet.locator('[data-live="states"]')).to_have_text("Cancelled Credit $125")
    expect(sheet.locator("#manifest [data-figure=state]")).to_have_text(["Nothing due", "Nothing due", "Credit"])
    assert letters() == ["ana@example.com", "bo@example.com", "cy@example.com"]
    sheet.goto(f"/dispatch/{other.slug}/")
    expect(sheet.locator("#manifest").get_by_text("$125 of $500")).to_be_visible()


def test_nothing_chosen_is_lost_by_closing(sheet: Page, event: Event, other: Event) -> None:
    dialog = opened(sheet)
    expect(dialog.get_by_role("heading", name="Cancel this departure")).to_be_focused()
    choose(dialog, "Ana López", "Keep as credit").get_by_label("Which departure").select_option(other.slug)
    choose(dialog, "Bo Berg", "Give back").get_by_label("How").select_option("venmo")
    sheet.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(sheet.get_by_role("link", name="Cancel departure")).to_be_focused()

    sheet.keyboard.press("Enter")

    expect(party(dialog, "Ana López").get_by_label("Which departure")).to_have_value(other.slug)
    expect(party(dialog, "Bo Berg").get_by_label("How")).to_have_value("venmo")
    assert books.read(event.slug).event.status == Status.SCHEDULED


def test_one_choice_for_all_fills_the_boat_and_says_who_has_no_room(sheet: Page, event: Event) -> None:
    day = calendar.today() + timedelta(days=7)
    small = make_event(slug=f"{day}-small", date=day, capacity=8, price_cents=0)
    dialog = opened(sheet)

    everyone = party(dialog, "All parties that paid")
    everyone.get_by_role("radio", name="Keep as credit").check()
    everyone.get_by_label("Which departure").select_option(small.slug)

    expect(everyone.get_by_text("No room for Cy Young: choose below.")).to_be_visible()
    choose(dialog, "Cy Young", "Leave for now")
    dialog.get_by_role("button", name="Cancel the departure and settle").tap()
    expect(outcomes(dialog)).to_contain_text(["carried over", "carried over", "left as credit"])
    assert books.read(small.slug).event.received_cents == 25_000


def test_what_is_missing_is_said_before_anything_is_done(sheet: Page, event: Event) -> None:
    dialog = opened(sheet)
    choose(dialog, "Ana López", "Give back")
    choose(dialog, "Cy Young", "Leave for now")
    dialog.get_by_role("button", name="Cancel the departure and settle").tap()

    expect(dialog.get_by_role("alert")).to_be_focused()
    dialog.get_by_role("link", name="Bo Berg: Choose another departure.").tap()

    expect(party(dialog, "Bo Berg")).to_be_focused()
    expect(party(dialog, "Bo Berg")).to_be_in_viewport()
    expect(party(dialog, "Ana López").get_by_role("radio", name="Give back")).to_be_checked()
    assert books.read(event.slug).event.status == Status.SCHEDULED


def test_a_lost_answer_is_sent_again_and_counts_once(sheet: Page, event: Event) -> None:
    dialog = opened(sheet)
    for name in ("Ana López", "Bo Berg", "Cy Young"):
        choose(dialog, name, "Give back")
    sheet.route(CANCEL, lose, times=1)
    dialog.get_by_role("button", name="Cancel the departure and settle").tap()
    expect(dialog.get_by_text("Not known whether it was done: send again")).to_be_visible()

    dialog.get_by_role("button", name="Send again").tap()

    expect(dialog.get_by_text("There was nothing more to do.")).to_be_visible()
    expect(dialog.get_by_text("Settled")).to_be_visible()
    assert books.read(event.slug).event.refunded_cents == 37_500
    assert len(letters()) == 3


def lose(route: Route) -> None:
    """Let the server have the form, and the phone never hear."""
    route.fetch()
    route.abort()


def test_without_scripts_it_is_a_page(new_page: NewPage, alice: User, event: Event, parties: list[Patron]) -> None:
    page = new_page(**PHONE, java_script_enabled=False)
    log_in(page, alice.username, PASSWORD)
    page.goto(f"/dispatch/{event.slug}/")
    page.get_by_role("link", name="Cancel departure").tap()
    for name in ("Ana López", "Bo Berg", "Cy Young"):
        choose(page, name, "Give back")

    page.get_by_role("button", name="Cancel the departure and settle").tap()

    expect(page.get_by_role("heading", name="The departure is cancelled")).to_be_visible()
    assert books.read(event.slug).event.refunded_cents == 37_500


def test_what_is_touched_is_large_enough(sheet: Page) -> None:
    dialog = opened(sheet)
    expect(dialog.get_by_role("heading", name="Cancel this departure")).to_be_focused()
    choose(dialog, "Bo Berg", "Give back")

    boxes = [(each, each.bounding_box()) for each in dialog.locator("label:has(input), select, button, a").all()]
    small = [each.text_content() for each, box in boxes if box and box["height"] < 48]

    assert len(boxes) > 10
    assert small == []
