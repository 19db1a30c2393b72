"""The kiosk: a device on the dock, on which one guest after the other signs and finds nothing of the one before."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from scc.staff.actors import SYSTEM
from tests.browser.conftest import Shoot
from tests.browser.signing import PAGE, draw, evidence, fill, ink, kept, lines, wave
from tests.builders import make_event
from waivers import kiosk

KIOSK = f"{PAGE}?kiosk"
PIN = "4711"


@pytest.fixture(autouse=True)
def _departure(table: None) -> None:
    make_event()
    kiosk.set_pin(PIN, by=SYSTEM)


def unlock(page: Page, pin: str = PIN) -> None:
    page.fill("#pin", pin)
    page.get_by_role("button", name="Open the kiosk").click()


def open_kiosk(page: Page) -> None:
    page.goto(KIOSK)
    unlock(page)
    expect(page.locator("#methods")).to_be_visible()


def sign_as(page: Page, name: str) -> None:
    fill(page, name=name)
    draw(page, wave())
    page.click("#submit")


def is_empty(page: Page) -> None:
    expect(page.locator("#name")).to_have_value("")
    expect(page.locator("#birth_year")).to_have_value("")
    expect(page.locator("#consent")).not_to_be_checked()
    assert ink(page)[4] == 0


def test_kiosk_asks_for_the_pin_and_says_when_it_is_wrong(phone: Page, shoot: Shoot) -> None:
    phone.goto(KIOSK)
    shoot(phone, "kiosk-pin")

    phone.keyboard.press("Escape")
    unlock(phone, "0000")

    expect(phone.locator("#pin-error")).to_have_text("This is not the PIN.")
    unlock(phone)
    expect(phone.locator("dialog")).to_have_count(0)
    expect(phone.locator("#kiosk-mark")).to_have_text("Kiosk")


def test_each_signer_begins_with_nothing_of_the_last(phone: Page, shoot: Shoot) -> None:
    open_kiosk(phone)
    shoot(phone, "kiosk")
    sign_as(phone, "Ana López")

    expect(phone.locator("dialog h2")).to_contain_text("Received, reference")
    [line] = lines()
    expect(phone.locator("dialog h2")).to_contain_text(line.reference)
    shoot(phone, "kiosk-received")
    is_empty(phone)
    phone.get_by_role("button", name="Start").click()

    is_empty(phone)
    assert phone.evaluate("scrollY") == 0
    assert evidence(line).facts["channel"] == "kiosk"
    assert kept(phone) == []
    assert phone.locator("#sign").get_attribute("autocomplete") == "off"
    assert "López" not in phone.locator("body").inner_text()
    phone.reload()
    expect(phone.locator("#methods")).to_be_visible()
    is_empty(phone)


def test_kiosk_goes_back_to_the_start_by_itself(phone: Page) -> None:
    phone.clock.install()
    open_kiosk(phone)
    sign_as(phone, "Ana López")
    expect(phone.locator("dialog h2")).to_contain_text("Received, reference")

    phone.clock.run_for(9_000)

    expect(phone.locator("dialog")).to_have_count(0)
    is_empty(phone)


def test_who_goes_away_leaves_nothing_behind(phone: Page) -> None:
    phone.clock.install()
    open_kiosk(phone)
    fill(phone)
    draw(phone, wave())

    phone.clock.run_for(121_000)

    expect(phone.locator("#name")).to_have_value("")
    is_empty(phone)


def test_going_back_shows_nothing(phone: Page) -> None:
    phone.goto("/g/2026-05-30/waiver")
    open_kiosk(phone)
    fill(phone)
    phone.goto("/g/2026-05-30/waiver")

    phone.go_back()

    expect(phone.locator("#methods")).to_be_visible()
    is_empty(phone)


def test_kiosk_without_a_signal_counts_and_names_nobody(phone: Page, shoot: Shoot) -> None:
    open_kiosk(phone)
    phone.context.set_offline(True)
    for name in ("Ana López", "Bea Ruiz"):
        sign_as(phone, name)
        expect(phone.locator("dialog h2")).to_have_text("Kept on this device, not sent yet.")
        phone.get_by_role("button", name="Start").click()

    expect(phone.locator("#waiting li")).to_contain_text("2 Kept on this device, not sent yet.")
    shoot(phone, "kiosk-queue")
    seen = phone.locator("body").inner_text()
    assert "Ana" not in seen
    assert "Bea" not in seen
    phone.context.set_offline(False)

    expect(phone.locator("#waiting")).to_be_hidden()
    assert {evidence(line).facts["channel"] for line in lines()} == {"kiosk"}
    assert len(lines()) == 2


def test_what_waits_on_a_kiosk_names_nobody_on_the_page_either(phone: Page) -> None:
    open_kiosk(phone)
    phone.context.set_offline(True)
    sign_as(phone, "Ana López")
    expect(phone.locator("dialog h2")).to_contain_text("not sent yet")
    # A page that opens, and a signature that does not get out.
    phone.context.route(
        f"**{PAGE}", lambda route: route.abort() if route.request.method == "POST" else route.continue_()
    )
    phone.context.set_offline(False)

    phone.goto(PAGE)

    expect(phone.locator("#waiting li")).to_have_count(1)
    assert "López" not in phone.locator("body").inner_text()


def test_pin_that_was_changed_locks_the_kiosk_and_loses_nothing(phone: Page) -> None:
    open_kiosk(phone)
    kiosk.set_pin("8152", by=SYSTEM)
    sign_as(phone, "Ana López")
    expect(phone.locator("dialog h2")).to_contain_text("not sent yet")

    phone.get_by_role("button", name="Start").click()
    unlock(phone, "8152")

    expect(phone.locator("#waiting")).to_be_hidden()
    assert [line.name for line in lines()] == ["Ana López"]
