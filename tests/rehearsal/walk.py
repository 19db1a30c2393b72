"""A guest and someone of the staff, in a real Chromium, through the emulated CloudFront and a cache before it."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from playwright.sync_api import Browser, Page, expect, sync_playwright

from scc.demo.loading import DANA, PASSWORD
from scc.edge import functions
from scc.edge.stages import LIVE
from tests.browser.conftest import CHROMIUMS, PHONE, log_in, visit
from tests.browser.signing import draw, fill, wave
from tests.rehearsal.ground import STAGE, Failed, Ground

GUEST_MAIL = "ana@guests.example"
# A letter whose first try was cut short belongs to who tried for a minute.
LETTER_SECONDS = 90.0
SWEEP_SECONDS = 5.0


def walk(ground: Ground, *, host: str, port: int) -> list[str]:
    """Let staff log a payment and a guest sign, and wait for the guest's letter. Returns what was done.

    host: the distribution's, which Chromium takes 127.0.0.1:`port` for. Raises Failed, and Playwright's own errors.
    """
    with chromium(host, port) as browser:
        with visitor(browser, host) as page:
            log_in(page, DANA.username, PASSWORD)
            page.goto("/dispatch/")
            slug = today(page)
            reference = log_payment(page, slug)
        with visitor(browser, host) as page:
            sign(page, slug)
    letter = wait_for_letter(ground, GUEST_MAIL)
    return [f"logged payment {reference} for {slug}", f"signed for {slug}", f"letter {letter!r} in SES"]


@contextmanager
def chromium(host: str, port: int) -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if path is None:
        raise Failed("There is no Chromium here. Type: sudo apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path,
            args=[
                "--disable-gpu",
                "--disable-background-networking",
                f"--host-resolver-rules=MAP {host}:443 127.0.0.1:{port}, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
            ],
            chromium_sandbox=os.geteuid() != 0,
        )
        yield browser
        browser.close()


def visitor(browser: Browser, host: str) -> AbstractContextManager[Page]:
    """Open a page on a phone. Raises AssertionError at the end when the policy was violated or a script failed."""
    return contextmanager(visit)(browser, f"https://{host}", {**PHONE, "ignore_https_errors": True})


def today(page: Page) -> str:
    """Return the slug of a departure of the board that takes payments."""
    card = page.locator(".departure[data-event]", has=page.get_by_role("button", name="Log payment")).first
    slug = card.get_attribute("data-event")
    if not slug:
        raise Failed("the board shows no departure that takes payments")
    return slug


def log_payment(page: Page, slug: str) -> str:
    page.locator(f'.departure[data-event="{slug}"]').get_by_role("button", name="Log payment").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Who paid").fill("Zoë Walk-in")
    dialog.get_by_label("Amount").fill("20")
    dialog.get_by_role("radio", name="Venmo", exact=True).click()
    dialog.locator("[type=submit]").click()
    logged = dialog.get_by_text("Logged, reference")
    expect(logged).to_be_visible()
    return logged.inner_text().split()[2].strip(".,")


def sign(page: Page, slug: str) -> None:
    page.goto(f"/g/{slug}/waiver")
    fill(page)
    page.fill("#email", GUEST_MAIL)
    draw(page, wave())
    page.click("#submit")
    page.wait_for_url("**/signed/*")


def wait_for_letter(ground: Ground, to: str) -> str:
    """Return the subject of the letter that the emulated SES has taken for an address.

    The emulator runs no schedules: the sweeps are called here as one would call them.
    """
    client = ground.client("lambda")
    deadline = time.monotonic() + LETTER_SECONDS
    while time.monotonic() < deadline:
        for letter in letters(ground):
            if to in letter["To"]:
                return str(letter["Subject"])
        time.sleep(SWEEP_SECONDS)
        # The letter waits for the PDF that it brings.
        for command in (["makepdfs", "--seconds", "20"], ["deliverletters"]):
            functions.run_command(client, f"scc-{STAGE}-ops", command, qualifier=LIVE)
    raise Failed(f"no letter for {to} within {LETTER_SECONDS:.0f} s")


def letters(ground: Ground) -> list[dict[str, Any]]:
    return [letter for account in ground.ask_aws("/_ministack/ses/messages")["messages"].values() for letter in account]
