"""What parties owe and how tips are shared, in a real Chromium."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from events import calendar
from events.rows import CrewRole, Event
from scc.staff.models import User
from tests.browser.conftest import Shoot, log_in
from tests.builders import make_crew, make_event, make_party, make_person, make_vessel
from tests.people import PASSWORD


@pytest.fixture
def event(table: None) -> Event:
    event = make_event(date=calendar.today(), price_cents=0)
    make_crew(event=event, person=make_person(name="Bob Reyes"))
    make_crew(event=event, person=make_person(name="Maya Dell"), role=CrewRole.DECKHAND)
    return event


def test_a_deposit_is_one_touch_and_its_tip_is_shared_without_a_reload(
    phone: Page, dana: User, event: Event, shoot: Shoot
) -> None:
    make_party(event=event, name="Ana López", price_cents=50_000, deposit_cents=10_000, email="")
    log_in(phone, dana.username, PASSWORD)
    phone.goto(f"/dispatch/{event.slug}/")
    manifest, tips = phone.locator("#manifest"), phone.locator("#tips")
    expect(manifest.get_by_text("Deposit due $100")).to_be_visible()
    expect(tips.get_by_text("None came in yet.")).to_be_visible()

    manifest.get_by_role("button", name="Log payment").tap()
    dialog = phone.get_by_role("dialog")
    dialog.get_by_role("button", name="Deposit due").tap()
    dialog.get_by_role("radio", name="Cash", exact=True).tap()
    dialog.get_by_label("Tip, apart").fill("25")
    shoot(phone, "log-deposit-phone")
    dialog.get_by_role("button", name="Log $100 cash and $25 tip").tap()
    expect(dialog.get_by_text("Logged, reference")).to_be_visible()
    dialog.get_by_role("button", name="Done").tap()

    expect(manifest.get_by_text("Deposit due")).to_be_hidden()
    expect(tips.locator("li")).to_have_text(["Bob Reyes Captain, 1 share $12.50", "Maya Dell Deckhand, 1 share $12.50"])
    expect(tips.get_by_text("None came in yet.")).to_be_hidden()


def test_a_price_is_said_to_be_per_head_in_the_admin(phone: Page, dana: User, event: Event) -> None:
    make_vessel()
    log_in(phone, dana.username, PASSWORD)
    phone.goto(f"/admin/events/event/{event.slug}/change/")

    phone.get_by_role("button", name="Add another party").click()
    phone.locator("#id_patron_set-0-name").fill("Ana López")
    phone.locator("#id_patron_set-0-size").fill("4")
    phone.locator("#id_patron_set-0-price_cents").fill("125")
    phone.locator("#id_patron_set-0-priced").select_option("each")
    phone.get_by_role("button", name="Save", exact=True).click()
    phone.goto(f"/dispatch/{event.slug}/")

    expect(phone.locator("#manifest").get_by_text("$0 of $500")).to_be_visible()
    expect(phone.locator("#manifest").get_by_text("$125 each")).to_be_visible()
