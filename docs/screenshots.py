"""Pictures of the pages, by a real Chromium over a demo season of its own. `make screenshots` makes the README's.

python -m docs.screenshots                     the README's four, into docs/screenshots/
python -m docs.screenshots --all FOLDER        every page, on a phone and a desktop, light and dark
python -m docs.screenshots --site ADDRESS ...  of a demo that runs already
"""

from __future__ import annotations

import argparse
import math
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import datetime
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
OURS = ROOT / "docs" / "screenshots"
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")
ZONE = ZoneInfo("America/Los_Angeles")
START_SECONDS = 60

PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}

# The demo's; see scc.demo.loading.
USER, PASSWORD = "captain", "ship-captain-crew"


def main() -> None:
    """Take the pictures that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--all", type=Path, metavar="FOLDER")
    parser.add_argument("--site", metavar="ADDRESS")
    options = parser.parse_args()
    with ExitStack() as stack:
        site = options.site or stack.enter_context(demo())
        chromium = stack.enter_context(browser())
        if options.all:
            take_all(chromium, site, options.all)
        else:
            take_ours(chromium, site)


def today() -> str:
    """Return the day of the demo, as its slugs have it."""
    return datetime.now(ZONE).date().isoformat()


def take_ours(chromium: Browser, site: str) -> None:
    """Take the README's pictures."""
    OURS.mkdir(exist_ok=True)
    with visit(chromium, site, DESKTOP) as page:
        log_in(page)
        page.goto("/dispatch/")
        page.screenshot(path=OURS / "board.png")
        page.goto("/admin/payments/payment/")
        page.screenshot(path=OURS / "admin.png")
    with visit(chromium, site, PHONE) as page:
        log_in(page)
        open_payment(page)
        page.check("dialog [name=method][value=cash]")
        page.screenshot(path=OURS / "log-payment.png")
    with visit(chromium, site, PHONE) as page:
        fill_waiver(page)
        page.locator("#signature-title").evaluate("title => title.scrollIntoView()")
        page.screenshot(path=OURS / "waiver.png")


def take_all(chromium: Browser, site: str, folder: Path) -> None:
    """Take every page, on both devices, in both themes."""
    folder.mkdir(parents=True, exist_ok=True)
    for device, options in (("phone", PHONE), ("desktop", DESKTOP)):
        for theme in ("light", "dark"):
            with visit(chromium, site, {**options, "color_scheme": theme}) as page:
                for name in walk(page):
                    page.screenshot(path=folder / f"{name}-{device}-{theme}.png")


def walk(page: Page) -> Iterator[str]:
    """Go from page to page, and give each one's name while it is there."""
    sunset = f"{today()}-sunset"
    page.goto("/admin/login/")
    yield "admin-login"
    log_in(page)
    paths = {
        "board": "/dispatch/",
        "sheet": f"/dispatch/{sunset}/",
        "poster": f"/dispatch/{sunset}/poster/",
        "admin": "/admin/",
        "admin-departures": "/admin/events/event/",
        "admin-departure": f"/admin/events/event/{sunset}/change/",
        "admin-payments": "/admin/payments/payment/",
        "admin-payment-add": "/admin/payments/payment/add/",
        "admin-waivers": "/admin/waivers/waiver/",
        "admin-letters": "/admin/mail/letter/",
        "waiver-choice": f"/g/{today()}/waiver",
        "waiver": f"/g/{sunset}/waiver",
    }
    for name, path in paths.items():
        page.goto(path)
        yield name
    open_payment(page)
    yield "log-payment"
    fill_waiver(page)
    page.locator("#signature-title").evaluate("title => title.scrollIntoView()")
    yield "waiver-signature"
    page.click("#submit")
    page.wait_for_url("**/signed/*")
    yield "receipt"


def log_in(page: Page) -> None:
    page.goto("/admin/login/")
    page.fill("[name=username]", USER)
    page.fill("[name=password]", PASSWORD)
    page.click("[type=submit]")
    page.wait_for_url(lambda url: "/login/" not in url)


def open_payment(page: Page) -> None:
    """Open "Log payment" for a party of this evening that has something to pay."""
    page.goto(f"/dispatch/{today()}-sunset/")
    page.locator("button.button--quiet[data-patron]").first.click()
    page.locator("dialog[open]").wait_for()


def fill_waiver(page: Page) -> None:
    """Fill in the waiver of this evening's departure, and draw a signature."""
    page.goto(f"/g/{today()}-sunset/waiver")
    for field, text in {"name": "Ana López", "birth_month": "3", "birth_day": "31", "birth_year": "1980"}.items():
        page.fill(f"#{field}", text)
    page.check("[name=method][value=drawn]")
    canvas = page.locator(".ink canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None  # noqa: S101  # it was scrolled to
    for step in range(60):
        across, down = 0.15 + step * 0.011, 0.5 + 0.28 * math.sin(step / 2.6) * (1 - step / 90)
        page.mouse.move(box["x"] + across * box["width"], box["y"] + down * box["height"])
        if not step:
            page.mouse.down()
    page.mouse.up()
    for tick in ("adult", "consent", "assent"):
        page.check(f"#{tick}")


@contextmanager
def visit(chromium: Browser, site: str, options: dict[str, Any]) -> Iterator[Page]:
    context = chromium.new_context(
        base_url=site, locale="en-US", timezone_id=ZONE.key, reduced_motion="reduce", **options
    )
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


@contextmanager
def browser() -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if path is None:
        sys.exit("There is no Chromium here. Type: sudo apt-get install chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=path,
            args=["--disable-gpu", "--disable-background-networking"],
            chromium_sandbox=os.geteuid() != 0,
        )
        yield chromium
        chromium.close()


@contextmanager
def demo() -> Iterator[str]:
    """Run a demo of its own, kept nowhere, and give its address."""
    with tempfile.TemporaryDirectory(prefix="scc-screenshots-") as folder:
        port, aws_port = free_port(), free_port()
        settings = {"PORT": str(port), "SCC_AWS_PORT": str(aws_port), "SCC_DATA": folder, "SCC_DEMO": "1"}
        # What this shell has set would show in the pictures.
        ours = ("SCC_", "AWS_", "SES_", "GMAIL_", "ADMIN_PASS_HASH")
        environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)} | settings
        command = [sys.executable, "manage.py", "dev"]
        with subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True) as process:
            try:
                site = f"http://127.0.0.1:{port}"
                wait_for(site, process)
                yield site
            finally:
                process.send_signal(signal.SIGTERM)
                process.wait()


def free_port() -> int:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def wait_for(site: str, process: subprocess.Popen[bytes]) -> None:
    ends = time.monotonic() + START_SECONDS
    while time.monotonic() < ends and process.poll() is None:
        with closing(HTTPConnection(urlsplit(site).netloc, timeout=5)) as connection:
            try:
                connection.request("GET", "/healthz")
                if connection.getresponse().status == 200:
                    return
            except (OSError, HTTPException):
                pass
        time.sleep(0.2)
    sys.exit("The demo did not start; see above.")


if __name__ == "__main__":
    main()
