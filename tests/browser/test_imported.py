"""Waivers that were imported, as staff see them on a phone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from scc.staff.models import User
from tests.browser.axe import violations
from tests.browser.conftest import PHONE, Shoot, log_in
from tests.builders import make_event, make_party
from tests.people import PASSWORD
from tests.waivers.importing import bare, line, run, stored, write

LONG = "Wolfeschlegelsteinhausenbergerdorff"


@pytest.fixture
def page(new_page: Callable[..., Page], tmp_path: Path) -> Page:
    """A phone into which axe may be put, and a departure with imported waivers."""
    make_party(event=make_event(), name="Ana López", size=2)
    child = line(name=f"Kit {LONG}", birth_date="2017-12-03", guardian=f"Mo {LONG}", email=f"{LONG}@example.com")
    run(write(tmp_path / f"{LONG}-{LONG}.csv", line(note="Swims"), child, bare("Bo Bare", signature="Bo Bare")))
    return new_page(bypass_csp=True, reduced_motion="reduce", **PHONE)


def test_imported_waivers_look_as_what_they_are(page: Page, alice: User, shoot: Shoot) -> None:
    log_in(page, alice.username, PASSWORD)
    found = ""

    for name, each in stored().items():
        # axe has looked at the one before in other sizes, too.
        page.set_viewport_size(PHONE["viewport"])
        page.goto(f"/dispatch/2026-05-23/waivers/{each.ulid}/")
        page.locator("details summary").first.click()
        expect(page.get_by_text("Signed in another system")).to_be_visible()
        shoot(page, f"imported-{name.split()[0]}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        found += violations(page, name)
    page.set_viewport_size(PHONE["viewport"])
    page.goto("/dispatch/2026-05-23/manifest/")
    shoot(page, "imported-manifest")

    expect(page.get_by_text("Imported", exact=True)).to_have_count(3)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert found + violations(page, "manifest") == ""
