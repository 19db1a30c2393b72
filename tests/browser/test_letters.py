"""Letters that failed, on the staff's index in a real Chromium."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from playwright.sync_api import Locator, Page, Route, expect

from scc.dynamo.units import Unit
from scc.mail import outbox
from scc.mail.rows import Letter, State, queue_of
from scc.staff.models import User
from tests.browser.conftest import DESKTOP, PHONE, Shoot, log_in, wait_until
from tests.people import PASSWORD

PART = "**/admin/mail/letter/failed/?part=index"
NO_SUCH = "Gmail refused it: 550 5.1.1 The email account that you tried to reach does not exist."
NOT_VERIFIED = (
    "Amazon SES refused it: MessageRejected: Email address is not verified. The following identities failed the check "
    "in region US-WEST-2: ana@exmaple.com"
)


def make_failed(*, to: str = "ana@exmaple.com", subject: str = "Receipt K7MXQ4: 2026-05-23", ago: int = 5) -> Letter:
    at = datetime.now(UTC) - timedelta(minutes=ago)
    unit = Unit()
    about = "PAYMENT#2026-05-23.01KS9V3R4T5W6X7Y8Z9A0B1C2D"
    letter = outbox.write(unit, kind="receipt", to=to, subject=subject, text="Paid.", about=about)
    letter.state, letter.due_at, letter.queue = State.FAILED.value, at, queue_of(State.FAILED, at)
    letter.error, letter.attempts = f"{NOT_VERIFIED}\n{NO_SUCH}", 1
    letter.stamp()
    unit.commit()
    return letter


@pytest.fixture
def failed(table: None) -> list[Letter]:
    long = "Your signed waiver W7K4XQ: Sunset sail round the islands with supper and live music, Sat 23 May 2026"
    return [make_failed(), make_failed(to="wolfeschlegelsteinhausenbergerdorff@example.com", subject=long, ago=9000)]


def section(page: Page) -> Locator:
    return page.get_by_role("region", name="Letters that failed")


def loaded(page: Page) -> Locator:
    """Return the part of the index, when it has come."""
    place = section(page).locator("[data-fragment]")
    expect(place.get_by_role("link", name="See the letters that failed")).to_have_count(0)
    return place


def test_failed_letters_come_after_the_index(desktop: Page, dana: User, failed: list[Letter]) -> None:
    log_in(desktop, dana.username, PASSWORD)
    desktop.goto("/admin/")

    place = loaded(desktop)

    expect(place.get_by_role("listitem")).to_have_count(2)
    expect(place.get_by_text(NO_SUCH).first).to_be_visible()
    assert place.get_attribute("aria-busy") is None


@pytest.mark.parametrize("device", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_index_fits(
    new_page: Callable[..., Page], dana: User, failed: list[Letter], shoot: Shoot, device: dict[str, object], theme: str
) -> None:
    page = new_page(**device, color_scheme=theme)
    log_in(page, dana.username, PASSWORD)
    page.goto("/admin/")
    loaded(page)
    name = f"{'phone' if device is PHONE else 'desktop'}-{theme}"

    shoot(page, f"index-letters-{name}")

    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for box in [each.bounding_box() for each in section(page).locator("button, input[type=email]").all()]:
        assert box is not None
        assert box["height"] >= 48


def test_a_letter_is_sent_to_the_corrected_address(phone: Page, dana: User, failed: list[Letter]) -> None:
    log_in(phone, dana.username, PASSWORD)
    phone.goto("/admin/")
    letter = loaded(phone).get_by_role("listitem").first

    letter.get_by_label("To").fill("ana@example.com")
    letter.get_by_role("button", name="Send again").tap()

    expect(phone.get_by_text("The letter is sent.")).to_be_visible()
    expect(loaded(phone).get_by_role("listitem")).to_have_count(1)
    assert [message.to for message in mail.outbox] == [["ana@example.com"]]


def test_a_double_click_sends_once(desktop: Page, dana: User, failed: list[Letter]) -> None:
    log_in(desktop, dana.username, PASSWORD)
    desktop.goto("/admin/")

    loaded(desktop).get_by_role("button", name="Send again").first.dblclick()

    expect(loaded(desktop).get_by_role("listitem")).to_have_count(1)
    assert len(mail.outbox) == 1


def test_a_bad_address_is_kept_and_said(new_page: Callable[..., Page], dana: User, failed: list[Letter]) -> None:
    # A browser with scripts stops it itself.
    page = new_page(**DESKTOP, java_script_enabled=False)
    log_in(page, dana.username, PASSWORD)
    page.goto("/admin/")
    section(page).get_by_role("link", name="See the letters that failed").click()
    page.get_by_role("textbox", name="To").first.fill("ana@example")
    page.get_by_role("button", name="Send again").first.click()

    expect(page.get_by_text("It was not sent. Look at the address.")).to_be_visible()
    expect(page.get_by_role("textbox", name="To")).to_have_value("ana@example")
    assert mail.outbox == []


def test_where_the_part_does_not_come_the_link_stays(desktop: Page, dana: User, failed: list[Letter]) -> None:
    log_in(desktop, dana.username, PASSWORD)
    desktop.route(PART, lambda route: route.fulfill(status=503))
    desktop.goto("/admin/")

    expect(section(desktop).get_by_text("They could not be read just now.")).to_be_visible()
    section(desktop).get_by_role("link", name="See the letters that failed").click()

    expect(desktop.get_by_role("heading", name="Letters that failed")).to_be_visible()
    expect(desktop.get_by_text(NO_SUCH).first).to_be_visible()


def test_who_is_logged_out_meanwhile_gets_no_login_page_inside(desktop: Page, dana: User, failed: list[Letter]) -> None:
    def log_out_first(route: Route) -> None:
        desktop.context.clear_cookies()
        route.continue_(headers={**route.request.headers, "cookie": ""})

    log_in(desktop, dana.username, PASSWORD)
    desktop.route(PART, log_out_first)
    desktop.goto("/admin/")

    expect(section(desktop).get_by_text("They could not be read just now.")).to_be_visible()
    expect(desktop.get_by_label("Password")).to_have_count(0)


def test_a_part_that_is_on_its_way_says_so(desktop: Page, dana: User) -> None:
    held: list[Route] = []
    log_in(desktop, dana.username, PASSWORD)
    # Playwright marks what it is given, which a list's own method refuses.
    desktop.route(PART, lambda route: held.extend([route]))
    desktop.goto("/admin/")
    place = section(desktop).locator("[data-fragment]")
    wait_until(desktop, lambda: bool(held))

    busy = place.get_attribute("aria-busy")
    held[0].continue_()

    assert busy == "true"
    expect(loaded(desktop).get_by_text("None. Every letter")).to_be_visible()
