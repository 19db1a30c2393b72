"""The receipt in a real browser: as guests see it, by day and by night, and the PDF that they take home."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from playwright.sync_api import Browser, expect

from tests.browser.conftest import DESKTOP, OUTPUT, PHONE
from tests.builders import make_event
from tests.waivers.pdf_texts import signed
from waivers import shipped_texts, signing


def no_wider_than_the_screen(page: Any) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


@pytest.mark.parametrize(("size", "name"), [(PHONE, "390"), (DESKTOP, "1280")], ids=["390", "1280"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_receipt_of_a_guardian(chromium: Browser, site: str, size: dict[str, Any], name: str, scheme: Any) -> None:
    signed_ = signed(make_event(), children=["Ben López", "Nguyễn Thị Ánh Tuyết " * 3])
    call_command("makepdfs", stdout=StringIO(), stderr=StringIO())
    page = chromium.new_page(**size, color_scheme=scheme)

    page.goto(f"{site}/g/2026-05-23/signed/{signed_.link}")

    expect(page.get_by_role("heading", level=1)).to_have_text("Received")
    expect(page.get_by_role("link", name="Nguyễn")).to_be_visible()
    page.screenshot(path=OUTPUT / f"receipt-{name}-{scheme}.png", full_page=True)
    with page.expect_download() as download:
        page.get_by_role("link", name="Get your copy as a PDF").click()
    assert download.value.suggested_filename == f"waiver-{signed_.reference}.pdf"
    assert download.value.path().read_bytes().startswith(b"%PDF-")
    assert no_wider_than_the_screen(page)
    page.close()


def test_receipt_while_the_pdf_is_being_made(chromium: Browser, site: str) -> None:
    signed_ = signed(make_event(), text=shipped_texts.text("es"))
    page = chromium.new_page(**PHONE)
    page.goto(f"{site}/g/2026-05-23/signed/{signing.link_to(signed_.line)}")
    page.screenshot(path=OUTPUT / "receipt-es-390.png", full_page=True)
    call_command("makepdfs", stdout=StringIO(), stderr=StringIO())

    page.locator(".receipt-pdf a").click()

    expect(page.locator(".receipt-pdf a.button")).to_be_visible()
    page.close()
