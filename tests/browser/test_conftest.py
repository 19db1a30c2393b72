"""The walks' own fixtures: a fault that Chromium reports fails the walk."""

from __future__ import annotations

from typing import Literal

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import DESKTOP, PHONE, visit


def test_phone_is_a_phone(phone: Page) -> None:
    phone.goto("/healthz")

    assert phone.evaluate("[screen.width, screen.height, navigator.maxTouchPoints]") == [390, 844, 1]


def test_desktop_reaches_the_site(desktop: Page) -> None:
    desktop.goto("/healthz")

    assert desktop.text_content("body") == '{"status": "ok"}'


@pytest.mark.parametrize(
    ("event", "script"),
    [
        ("console", "document.body.setAttribute('style', 'color: red')"),
        ("console", "document.body.append(Object.assign(document.createElement('script'), {textContent: '1'}))"),
        ("console", "document.body.append(Object.assign(new Image(), {src: 'http://127.0.0.2/'}))"),
        ("console", "console.error('a fault that a script has noticed')"),
        ("pageerror", "setTimeout(() => { throw new Error('a fault of a script') })"),
    ],
)
def test_visit_fails_on_a_fault(chromium: Browser, site: str, event: Literal["console"], script: str) -> None:
    visitor = visit(chromium, site, DESKTOP)
    page = next(visitor)
    page.goto("/healthz")

    with page.expect_event(event):
        page.evaluate(script)

    with pytest.raises(AssertionError):
        next(visitor, None)


def test_visit_passes_without_a_fault(chromium: Browser, site: str) -> None:
    visitor = visit(chromium, site, PHONE)
    next(visitor).goto("/healthz")

    assert next(visitor, None) is None
