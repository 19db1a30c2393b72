"""A real Chromium against the real pages: what every walk may ask for.

Each visitor's page fails its test when Chromium reports a violation of the content security policy or an error of a
script. Screenshots go to `test-output/`.
"""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application
from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright, expect, sync_playwright
from pytest_django import Settings

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")
OUTPUT = Path(__file__).parents[2] / "test-output"

# How long a walk waits for what must come. A busy machine is slow, and the network may have to come back.
TIMEOUT_SECONDS = 30
expect.set_options(timeout=TIMEOUT_SECONDS * 1000)

PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "has_touch": True,
    "is_mobile": True,
}
DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}

REPORT_VIOLATIONS = """
addEventListener("securitypolicyviolation", event => {
  reportViolation(`${event.effectiveDirective} of ${location.pathname} blocked ${event.blockedURI} ${event.sample}`);
});
"""


class QuietHandler(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def site(table: None, settings: Settings) -> Iterator[str]:
    """The address of a server of the whole project over the empty table.

    It runs in a thread of the test's process: rule modules and `requests_made` see the same table and client.
    pytest-django's live_server would make SQL databases first.
    """
    server = ThreadedWSGIServer(("127.0.0.1", 0), QuietHandler)
    address = f"http://127.0.0.1:{server.server_port}"
    settings.SCC_SITE_URL = address
    settings.CSRF_TRUSTED_ORIGINS = [address]
    server.set_app(get_wsgi_application())
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield address
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    # Playwright keeps an event loop running in this thread, in which Django would refuse the tests' own writes.
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        with sync_playwright() as started:
            yield started


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if path is None:
        pytest.fail("There is no Chromium here. Type: sudo apt-get install chromium")
    browser = playwright.chromium.launch(
        executable_path=path,
        # The last one: nothing beyond this machine is even looked up.
        args=[
            "--disable-gpu",
            "--disable-background-networking",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        ],
        chromium_sandbox=os.geteuid() != 0,
    )
    yield browser
    browser.close()


def visit(chromium: Browser, site: str, options: dict[str, Any]) -> Iterator[Page]:
    ordinary = {"locale": "en-US", "timezone_id": "America/Los_Angeles", "reduced_motion": "reduce"}
    context = chromium.new_context(base_url=site, **(ordinary | options))
    faults: list[str] = []
    # Playwright marks what it is given, which a list's own method refuses.
    context.expose_function("reportViolation", lambda violation: faults.extend([violation]))
    context.add_init_script(REPORT_VIOLATIONS)
    context.on("weberror", lambda error: faults.append(str(error.error)))
    context.on("console", lambda message: faults.extend(fault_of(message)))
    context.set_default_timeout(TIMEOUT_SECONDS * 1000)
    page = context.new_page()
    yield page
    context.close()
    assert faults == []


def fault_of(message: ConsoleMessage) -> list[str]:
    """Return what a page has logged as an error. A refused request is no fault: walks try those too."""
    is_fault = message.type == "error" and not message.text.startswith("Failed to load resource")
    return [f"{message.text} ({message.page.url if message.page else ''})"] if is_fault else []


@pytest.fixture
def phone(chromium: Browser, site: str) -> Iterator[Page]:
    """A page on a phone, 390 x 844, touched. `phone.goto("/g/2026-05-23/waiver")`."""
    yield from visit(chromium, site, PHONE)


@pytest.fixture
def desktop(chromium: Browser, site: str) -> Iterator[Page]:
    """A page on a desktop, 1280 x 800."""
    yield from visit(chromium, site, DESKTOP)


@pytest.fixture
def new_page(chromium: Browser, site: str) -> Iterator[Callable[..., Page]]:
    """Open further visitors' pages, each with cookies of its own: `new_page(**PHONE, java_script_enabled=False)`."""
    visitors: list[Iterator[Page]] = []

    def open_page(**options: Any) -> Page:
        visitors.append(visit(chromium, site, options))
        return next(visitors[-1])

    yield open_page
    for visitor in visitors:
        next(visitor, None)


Shoot = Callable[[Page, str], None]


@pytest.fixture
def shoot() -> Shoot:
    """Take a screenshot of the whole page: `shoot(phone, "waiver-signed")`."""
    OUTPUT.mkdir(exist_ok=True)

    def take(page: Page, name: str) -> None:
        page.screenshot(path=OUTPUT / f"{name}.png", full_page=True)

    return take


def wait_until(page: Page, is_so: Callable[[], bool]) -> None:
    """Wait until `is_so`. Playwright's own wait_for_function evaluates in the page, which the policy forbids."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not is_so():
        assert time.monotonic() < deadline
        page.wait_for_timeout(20)


def log_in(page: Page, username: str, password: str) -> None:
    """Log in on the staff's login page."""
    page.goto("/admin/login/")
    page.fill("input[name=username]", username)
    page.fill("input[name=password]", password)
    page.click("[type=submit]")
    page.wait_for_url(lambda url: "/login/" not in url)
