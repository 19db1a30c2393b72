"""axe-core finds nothing on any public page, nor on any page of the staff that waivers are about."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from payments import ledger, receipts
from scc.imports import uploads
from scc.staff.actors import SYSTEM
from scc.staff.models import User
from tests.browser.axe import violations
from tests.browser.conftest import log_in
from tests.browser.signing import PAGE, draw, fill, open_page, wave
from tests.browser.test_imports import IMPORTS
from tests.browser.test_texts import TEXTS, edited_draft
from tests.builders import make_event
from tests.imports.uploading import carried, checked, hold, season_of, uploaded, years
from tests.people import PASSWORD
from tests.waivers.scenes import Scene, play
from waivers import kiosk, shipped_texts, signing
from waivers.rows import Waiver


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    """A page into which axe may be put."""
    return new_page(bypass_csp=True, reduced_motion="reduce")


@pytest.fixture
def scene(site: str) -> Scene:
    return play()


def test_waiver_has_no_violations(page: Page) -> None:
    make_event()
    open_page(page)
    found = violations(page, "waiver")

    open_all(page)
    page.click("#submit")
    expect(page.locator("#not-sent")).to_be_visible()
    found += violations(page, "waiver, with errors")
    page.locator("label", has_text="Myself and children").click()
    expect(page.locator("#child_name_1")).to_be_visible()
    found += violations(page, "waiver, with children")

    assert found == ""


def test_waiver_in_spanish_has_no_violations(page: Page) -> None:
    make_event()
    open_page(page, f"{PAGE}#es")
    found = violations(page, "waiver in Spanish")
    page.click("#submit")
    expect(page.locator("#not-sent")).to_be_visible()

    found += violations(page, "waiver in Spanish, with errors")

    assert found == ""


def test_waiver_without_a_script_has_no_violations(new_page: Callable[..., Page], page: Page) -> None:
    make_event()
    plain = new_page(java_script_enabled=False)
    plain.goto(PAGE)
    plain.click("#submit")
    expect(plain.locator("#errors")).to_be_visible()
    page.goto("/healthz")
    # axe is a script: it sees what the server answered.
    page.set_content(plain.content().replace('type="module"', 'type="none"'))

    assert violations(page, "waiver without a script, with errors") == ""


def test_kiosk_has_no_violations(page: Page) -> None:
    make_event()
    kiosk.set_pin("4271", by=SYSTEM)
    page.goto(f"{PAGE}?kiosk")
    expect(page.locator("dialog")).to_be_visible()
    found = violations(page, "kiosk, locked")
    page.fill("dialog input", "4271")
    page.keyboard.press("Enter")
    expect(page.locator("#methods")).to_be_visible()

    found += violations(page, "kiosk")
    fill(page)
    draw(page, wave())
    page.click("#submit")
    expect(page.locator("dialog h2")).to_contain_text("Received")
    found += violations(page, "kiosk, received")

    assert found == ""


def test_other_public_pages_have_no_violations(page: Page, scene: Scene) -> None:
    make_event(slug=f"{scene.here.slug}-morning", date=scene.here.date, title="Harbor and bay morning")
    make_event(slug="2026-05-23-morning")
    make_event(slug="2026-05-23-sunset")
    entry = ledger.record(event=scene.here.slug, patron_name="Ana", amount_cents=100, method="cash", by=SYSTEM).payment
    receipt = {name: f"/g/{line.event_id}/signed/{signing.link_to(line)}" for name, line in scene.lines.items()}
    paths = {
        "choice": "/g/2026-05-23/waiver",
        "one of two": f"/g/{scene.here.slug}/waiver",
        "no departure": "/g/2026-05-24/waiver",
        "nowhere": "/nowhere",
        "receipt": receipt["ana"],
        "receipt of a family": receipt["mother"],
        "receipt of a child": receipt["child"],
        "receipt, replaced": receipt["first"],
        "receipt, joined": receipt["joined"],
        "receipt, being printed": receipt["due"],
        "receipt, revoked": f"/g/{scene.here.slug}/signed/{'0' * 26}{'a' * 26}",
        "payment's receipt": receipts.link_of(entry),
        "login": "/admin/login/",
    }

    found = ""
    for name, path in paths.items():
        page.goto(path)
        open_all(page)
        found += violations(page, name)

    assert found == ""


def test_refusal_has_no_violations(page: Page) -> None:
    make_event()
    page.goto(PAGE)
    # What no browser sends by itself.
    page.evaluate(
        """() => {
          const form = document.querySelector("#sign");
          form.enctype = "text/plain";
          HTMLFormElement.prototype.submit.call(form);
        }"""
    )
    expect(page.locator("#name")).to_have_count(0)

    assert violations(page, "refused") == ""


def test_staff_pages_have_no_violations(page: Page, scene: Scene, alice: User) -> None:
    log_in(page, alice.username, PASSWORD)
    here = f"/dispatch/{scene.here.slug}"
    party = scene["ana"].patron_id
    paths = {
        "board": "/dispatch/",
        "sheet": f"{here}/",
        "manifest": f"{here}/manifest/",
        "manifest, another": f"/dispatch/{scene.there.slug}/manifest/",
        "printed manifest": f"{here}/manifest/print/",
        "cast-off": f"{here}/castoff/",
        "kiosk's PIN": "/dispatch/kiosk/",
        "personal link": f"{here}/manifest/for/p{party}/",
        "paper": f"{here}/manifest/paper/p{party}/",
        **{f"waiver, {name}": f"/dispatch/{line.event_id}/waivers/{line.ulid}/" for name, line in looked_at(scene)},
    }

    found = visited(page, paths)
    page.goto(f"{here}/manifest/")
    open_all(page)
    page.locator("form[action$='/care/'] button").first.click()
    page.wait_for_url("**/care/")
    found += violations(page, "care")

    assert found == ""


def looked_at(scene: Scene) -> list[tuple[str, Waiver]]:
    return [(name, scene[name]) for name in ("ana", "child", "crew", "first", "paper")]


def test_admin_pages_of_waivers_have_no_violations(page: Page, scene: Scene, alice: User) -> None:
    log_in(page, alice.username, PASSWORD)
    draft = edited_draft()
    paths = {
        "texts": TEXTS,
        "new text": f"{TEXTS}add/",
        "draft": f"{TEXTS}{draft}/change/",
        "published text": f"{TEXTS}{shipped_texts.draft().ulid}/change/",
        "preview": f"{TEXTS}{draft}/preview/",
        "difference": f"{TEXTS}{draft}/compare/",
        "publishing": f"{TEXTS}{draft}/publish/",
        "choices": f"{TEXTS}shown/",
        "choice of a departure": f"{TEXTS}shown/{scene.here.slug}/",
        "waivers": "/admin/waivers/waiver/",
        "waiver": f"/admin/waivers/waiver/{scene['ana'].id}/change/",
        "history of a waiver": f"/admin/waivers/waiver/{scene['ana'].id}/history/",
    }

    assert visited(page, paths) == ""


def test_admin_pages_of_imports_have_no_violations(page: Page, alice: User) -> None:
    log_in(page, alice.username, PASSWORD)
    strange = years().replace(b"capacity", b"Heads", 1)
    stripe = Path("examples/stripe-payments.csv").read_bytes()
    ready = checked(season_of({}, {"date": "23 May"}))
    paths = {
        "imports": IMPORTS,
        "a file to import": f"{IMPORTS}add/",
        "columns": f"{IMPORTS}{uploaded(strange).ulid}/columns/",
        "columns of an export": f"{IMPORTS}{checked(stripe, what='payments', preset='stripe').ulid}/columns/",
        "columns to choose": f"{IMPORTS}{uploaded(strange).ulid}/change/",
        "upload": f"{IMPORTS}{uploads.begin(what='events', source='a.csv', size=9, by=alice).ulid}/change/",
        "checked": f"{IMPORTS}{ready.ulid}/change/",
        "failed": f"{IMPORTS}{uploaded(b'%PDF-1.7').ulid}/change/",
        "carried": f"{IMPORTS}{carried(years()).ulid}/change/",
    }

    found = visited(page, paths)
    going = uploaded(years(2010, 2011))
    # Held by someone else, its page stays as it is.
    hold(going)
    found += visited(page, {"progress": f"{IMPORTS}{going.ulid}/change/"})

    assert found == ""


def visited(page: Page, paths: dict[str, str]) -> str:
    """Return what axe finds on these pages, and which are not there."""
    found = ""
    for name, path in paths.items():
        answer = page.goto(path)
        assert answer is not None
        if answer.status != 200:
            found += f"{name}: {answer.status}\n"
        open_all(page)
        found += violations(page, name)
    return found


def open_all(page: Page) -> None:
    """Open what is folded away."""
    page.locator("details").evaluate_all("all => all.forEach(each => { each.open = true; })")


def test_violations_are_seen(page: Page) -> None:
    page.goto("/healthz")
    page.set_content("<html><body><h1>Ahoy</h1><img src='x.png'><input><p style='color: #bbb'>Pale</p></body></html>")

    found = violations(page, "bad page")

    assert {rule for rule in ("image-alt", "label", "color-contrast", "html-has-lang") if rule not in found} == set()
