"""Crew who sign a text of their own: without a script, and by the keyboard alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from scc.staff.actors import SYSTEM
from tests.browser.axe import violations
from tests.browser.conftest import PHONE
from tests.browser.signing import PAGE, evidence, fill, lines, open_page
from tests.builders import make_event
from tests.waivers.test_texts import make_draft
from waivers import publishing, texts

BODY = "# Duties {duties initials}\n\nYou stand your watch.\n\n# Your copy {copy}\n\nYou get a copy of this."


@pytest.fixture(autouse=True)
def _crew_agreement(table: None) -> None:
    publishing.publish_shipped()
    draft = make_draft(title="Crew agreement", document="crew-agreement", body=BODY)
    publishing.publish(draft=draft, by=SYSTEM)
    texts.forget()
    make_event(crew_text="crew-agreement")


def test_crew_without_a_script_read_and_sign_their_own_text(new_page: Callable[..., Page]) -> None:
    page = new_page(**PHONE, java_script_enabled=False)
    page.goto(PAGE)
    expect(page.get_by_text("You stand your watch.")).to_be_hidden()
    page.locator("label", has_text="Crew").first.click()
    expect(page.get_by_text("You stand your watch.")).to_be_visible()

    fill(page, name="Bob Reyes")
    page.fill("#typed", "Bob Reyes")
    page.click("#submit")
    expect(page.locator("#errors")).to_contain_text("initials")
    expect(page.get_by_text("You stand your watch.")).to_be_visible()
    page.fill("#initials", "BR")
    page.locator("[name=initial_duties]:visible").check()
    page.click("#submit")
    page.wait_for_url("**/signed/*")

    [line] = lines()
    assert (line.role, line.document) == ("crew", "crew-agreement")
    assert evidence(line).facts["acts"]["initialled"] == ["duties"]


def test_crew_sign_by_the_keyboard_alone(desktop: Page) -> None:
    open_page(desktop)

    def tab_to(selector: str) -> None:
        for _ in range(60):
            desktop.keyboard.press("Tab")
            if desktop.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
        raise AssertionError(selector)

    tab_to("[name=role]")
    desktop.keyboard.press("ArrowRight")
    tab_to("[name=initial_duties]")
    desktop.keyboard.press("Space")
    tab_to("#name")
    desktop.keyboard.type("Bob Reyes")
    for part, value in (("month", "3"), ("day", "31"), ("year", "1980")):
        tab_to(f"#birth_{part}")
        desktop.keyboard.type(value)
    tab_to("#care summary")
    desktop.keyboard.press("Enter")
    tab_to("#medical")
    desktop.keyboard.type("Bees")
    for tick in ("#adult", "#consent"):
        tab_to(tick)
        desktop.keyboard.press("Space")
    tab_to("#initials")
    desktop.keyboard.type("BR")
    tab_to("[name=method]")
    desktop.keyboard.press("ArrowRight")
    tab_to("#typed")
    desktop.keyboard.type("Bob Reyes")
    tab_to("#assent")
    desktop.keyboard.press("Space")
    tab_to("#submit")
    desktop.keyboard.press("Enter")
    desktop.wait_for_url("**/signed/*")

    [line] = lines()
    assert (line.document, line.has_medical) == ("crew-agreement", True)


def test_crew_s_text_has_no_violations(new_page: Callable[..., Page]) -> None:
    page = new_page(bypass_csp=True)
    open_page(page)
    page.locator("label", has_text="Crew").first.click()

    assert violations(page, "waiver of the crew") == ""
