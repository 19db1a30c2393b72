"""The pages of the waiver's texts, in a real Chromium."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from scc.staff.models import User
from tests.browser.conftest import DESKTOP, PHONE, Shoot, log_in
from tests.builders import make_event, make_vessel
from tests.people import PASSWORD
from tests.waivers.builders import sign
from tests.waivers.test_texts import make_draft
from waivers import publishing, shipped_texts, texts

TEXTS = "/admin/waivers/waivertext/"


def edited_draft() -> str:
    """Return a draft that differs from what ships, as an operator's would."""
    shipped = shipped_texts.draft()
    body = (
        shipped.body.replace("{release}", "{release initials}")
        .replace("slip on a wet deck", "slip on a wet deck or a ladder")
        .replace("You choose to come aboard. ", "")
        .replace("# Your copy {copy}", "# Bring {bring}\n\nBring these:\n\n- a **hat**\n- shoes\n\n# Your copy {copy}")
    )
    return make_draft(title=shipped.title, body=body, consent=f"{shipped.consent} So be it.").ulid


@pytest.mark.parametrize("device", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages_fit(
    new_page: Callable[..., Page], alice: User, shoot: Shoot, device: dict[str, object], theme: str
) -> None:
    publishing.publish_shipped()
    publishing.publish(draft=make_draft(title="Crew agreement", document="crew-agreement"), by=alice)
    make_vessel()
    sign(event=make_event())
    draft = edited_draft()
    page = new_page(**device, color_scheme=theme)
    log_in(page, alice.username, PASSWORD)
    paths = {
        "list": TEXTS,
        "shown": f"{TEXTS}shown/",
        "departure": f"{TEXTS}shown/2026-05-23/",
        "draft": f"{TEXTS}{draft}/change/",
        "published": f"{TEXTS}{shipped_texts.draft().ulid}/change/",
        "publish": f"{TEXTS}{draft}/publish/",
        "compare": f"{TEXTS}{draft}/compare/",
        "preview": f"{TEXTS}{draft}/preview/",
        "event": "/admin/events/event/2026-05-23/change/",
    }

    for name, path in paths.items():
        page.goto(path)
        shoot(page, f"texts-{name}-{'phone' if device is PHONE else 'desktop'}-{theme}")

        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name


def test_a_text_is_compared_and_published_on_a_phone(phone: Page, alice: User) -> None:
    publishing.publish_shipped()
    draft = edited_draft()
    log_in(phone, alice.username, PASSWORD)
    phone.goto(f"{TEXTS}{draft}/change/")

    phone.get_by_role("link", name="Publish").click()
    expect(phone.locator("ins", has_text="or a ladder")).to_be_visible()
    expect(phone.locator("del", has_text="You choose to come aboard.")).to_be_visible()
    phone.get_by_role("button", name="Publish waiver-en-2").click()
    expect(phone.get_by_text("Choose what becomes of the signatures")).to_be_visible()
    phone.get_by_label("They still count").check()
    phone.get_by_role("button", name="Publish waiver-en-2").click()

    expect(phone.get_by_text("is what signers are shown")).to_be_visible()
    assert texts.current().asks_initials == ["release"]


def test_preview_sends_nothing(chromium: Browser, site: str, alice: User) -> None:
    draft = edited_draft()
    # Of its own: Chromium logs an error for the form that it does not send.
    page = chromium.new_context(base_url=site, **DESKTOP).new_page()
    sent: list[str] = []
    log_in(page, alice.username, PASSWORD)
    page.goto(f"{TEXTS}{draft}/preview/")
    page.on("request", lambda request: sent.append(request.method))

    expect(page.get_by_role("heading", name="Bring", exact=True)).to_be_visible()
    with page.expect_console_message(lambda message: "Blocked form submission" in message.text):
        page.locator("#submit").click()

    assert "POST" not in sent
    page.get_by_role("link", name="Back to the text").click()
    page.wait_for_url("**/change/")
    page.context.close()
