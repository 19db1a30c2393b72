"""Importing a file in the admin, in a real Chromium."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from events.rows import Event
from scc.dynamo.rows import Row
from scc.imports import decisions, portions, uploads
from scc.staff.models import User
from tests.browser.conftest import DESKTOP, PHONE, Shoot, log_in, wait_until
from tests.imports.uploading import carried, checked, drive, hold, season_of, uploaded, years
from tests.people import PASSWORD

IMPORTS = "/admin/imports/importrun/"
DRIVE = re.compile("/drive/")
LONG = "Sunset sail with the whole choir of Saint-Barthélemy-les-Grands-Rivages-sur-Océan " * 2
BAD = {"date": "23 May", "capacity": "many", "price": "a lot", "starts_at": "late", "status": "perhaps"}


def stored() -> int:
    return sum(isinstance(row, Event) for row in Row.scan())


def carry_only(page: Page, portions: int) -> None:
    """Let the page carry so many portions. What it asks for then gets no answer until it is `let_go`."""
    asked: list[Route] = []

    def answer(route: Route) -> None:
        asked.append(route)
        if len(asked) <= portions:
            route.continue_()

    page.route(DRIVE, answer)


def let_go(page: Page) -> None:
    """Let the next page carry what is left."""
    page.unroute(DRIVE)


def choose(page: Page, path: Path) -> None:
    page.goto(f"{IMPORTS}add/")
    page.get_by_label("Departures", exact=True).check()
    page.locator("#id_file").set_input_files(path)
    page.get_by_role("button", name="Upload and check").click()


@pytest.fixture
def season(tmp_path: Path) -> Path:
    """A file whose columns do not all fit, and of whose lines one is bad."""
    path = tmp_path / "season.csv"
    path.write_bytes(season_of({}, BAD, {"date": "2025-05-23"}).replace(b"capacity", b"Heads", 1))
    return path


def test_a_file_is_mapped_looked_at_and_carried_over(phone: Page, season: Path, alice: User) -> None:
    log_in(phone, alice.username, PASSWORD)

    choose(phone, season)
    expect(phone.get_by_text("Its columns do not fit yet")).to_be_visible()
    phone.get_by_role("link", name="Choose the columns").click()
    expect(phone.locator("[role=alert]")).to_contain_text("lacks capacity")
    phone.get_by_label("Heads").select_option("capacity")
    phone.get_by_role("button", name="Check the file").click()

    expect(phone.get_by_role("heading", name="What would happen")).to_be_visible()
    expect(phone.locator(".imports__reason--bad")).to_contain_text("'23 May' is no day")
    assert stored() == 0
    phone.get_by_role("button", name="Carry over 2 lines").click()

    expect(phone.get_by_role("heading", name="What became of it")).to_be_visible()
    assert stored() == 2
    with phone.expect_download() as download:
        phone.get_by_role("link", name="Report of what is not carried").click()
    with Path(download.value.path()).open(encoding="utf-8-sig", newline="") as file:
        [heads, line] = csv.reader(file)
    assert heads == ["place", "reason", "raw"]
    assert line[0] == "line 3"


def test_progress_goes_on_after_a_reload(desktop: Page, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portions, "LINES", 1)
    monkeypatch.setattr("scc.imports.jobs.PAGE_SECONDS", 0)
    run = decisions.confirm(checked(years(2015, 2026)), by=alice)
    log_in(desktop, alice.username, PASSWORD)
    carry_only(desktop, 3)
    desktop.goto(f"{IMPORTS}{run.ulid}/change/")
    expect(desktop.locator("#bar")).to_have_attribute("value", "25")

    let_go(desktop)
    desktop.reload()

    expect(desktop.get_by_role("heading", name="What became of it")).to_be_visible()
    assert stored() == 24


def test_stop_ends_it_and_it_is_gone_on_with(desktop: Page, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portions, "LINES", 1)
    monkeypatch.setattr("scc.imports.jobs.PAGE_SECONDS", 0)
    run = decisions.confirm(checked(years(2007, 2026)), by=alice)
    log_in(desktop, alice.username, PASSWORD)
    carry_only(desktop, 5)
    desktop.goto(f"{IMPORTS}{run.ulid}/change/")
    expect(desktop.locator("#bar")).to_have_attribute("value", "25")

    desktop.get_by_role("button", name="Stop").click()
    expect(desktop.get_by_text("10 of 40 lines are done.")).to_be_visible()
    assert stored() == 10
    let_go(desktop)
    desktop.get_by_role("button", name="Go on").click()

    expect(desktop.get_by_role("heading", name="What became of it")).to_be_visible()
    assert stored() == 40


def test_an_upload_is_cut_into_slices_and_gone_on_with(
    desktop: Page, alice: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "SLICE", 200)
    path = tmp_path / "season.csv"
    path.write_bytes(years())
    log_in(desktop, alice.username, PASSWORD)
    sent: list[str] = []
    desktop.on("request", lambda request: sent.append(request.url) if request.url.endswith("/part/") else None)
    # The second slice does not come through, nor do its next tries; the page gives up for now.
    desktop.route("**/part/", lambda route: route.abort() if len(sent) > 1 else route.continue_())
    desktop.clock.install()
    choose(desktop, path)

    def gives_up() -> bool:
        desktop.clock.run_for(10_000)
        return "could not be sent" in desktop.locator("[data-error]").inner_text()

    wait_until(desktop, gives_up)
    desktop.unroute("**/part/")
    sent.clear()

    desktop.reload()
    expect(desktop.get_by_role("heading", name="The upload was interrupted")).to_be_visible()
    desktop.locator("#id_file").set_input_files(path)
    desktop.get_by_role("button", name="Go on with the upload").click()

    expect(desktop.get_by_role("heading", name="What would happen")).to_be_visible()
    assert len(sent) == -(-len(years()) // 200) - 1


def test_who_is_logged_out_meanwhile_is_told(desktop: Page, season: Path, alice: User) -> None:
    going = uploaded(years())
    hold(going)
    log_in(desktop, alice.username, PASSWORD)
    desktop.goto(f"{IMPORTS}{going.ulid}/change/")

    desktop.context.clear_cookies()
    desktop.get_by_role("link", name="Log in again").click()
    at_login = desktop.url
    log_in(desktop, alice.username, PASSWORD)
    desktop.goto(f"{IMPORTS}add/")
    desktop.get_by_label("Departures", exact=True).check()
    desktop.locator("#id_file").set_input_files(season)
    desktop.context.clear_cookies()
    desktop.get_by_role("button", name="Upload and check").click()

    expect(desktop.locator("[data-error]")).to_contain_text("You are logged out. Load this page again")
    assert f"/admin/login/?next={IMPORTS}{going.ulid}/change/" in at_login


def test_a_small_file_is_imported_without_a_script(
    new_page: Callable[..., Page], season: Path, alice: User, tmp_path: Path
) -> None:
    page = new_page(**PHONE, java_script_enabled=False)
    log_in(page, alice.username, PASSWORD)
    path = tmp_path / "season.csv"
    path.write_bytes(years())

    choose(page, path)
    page.get_by_role("button", name="Go on now").click()
    page.get_by_role("button", name="Carry over 6 lines").click()
    page.get_by_role("button", name="Go on now").click()

    expect(page.get_by_role("heading", name="What became of it")).to_be_visible()
    assert stored() == 6


@pytest.mark.parametrize("device", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages_fit(
    new_page: Callable[..., Page], alice: User, shoot: Shoot, device: dict[str, object], theme: str
) -> None:
    page = new_page(**device, color_scheme=theme)
    log_in(page, alice.username, PASSWORD)
    many = [{**BAD, "title": LONG} for _ in range(8)]
    ready = checked(season_of({"title": LONG}, *many, {"date": "2024-05-01"}), source=f"{LONG[:150]}.csv")
    strange = years().replace(b"capacity", b"Heads of everyone who comes along with the children too", 1)
    paths = {
        "list": IMPORTS,
        "add": f"{IMPORTS}add/",
        "uploading": f"{IMPORTS}{uploads.begin(what='events', source='season.csv', size=9, by=alice).ulid}/change/",
        "mapping": f"{IMPORTS}{uploaded(strange).ulid}/change/",
        "columns": f"{IMPORTS}{uploaded(strange).ulid}/columns/",
        "ready": f"{IMPORTS}{ready.ulid}/change/",
        "failed": f"{IMPORTS}{uploaded(b'%PDF-1.7').ulid}/change/",
        "stopped": f"{IMPORTS}{decisions.stop(checked(years(2010, 2011)), by=alice).ulid}/change/",
        "done": f"{IMPORTS}{carried(years()).ulid}/change/",
        "history": f"{IMPORTS}{carried(years(2001, 2002)).ulid}/history/",
    }

    for name, path in paths.items():
        page.goto(path)
        shoot(page, f"imports-{name}-{'phone' if device is PHONE else 'desktop'}-{theme}")

        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name


@pytest.mark.parametrize("device", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_progress_fits(new_page: Callable[..., Page], alice: User, shoot: Shoot, device: dict[str, object]) -> None:
    page = new_page(**device, java_script_enabled=False)
    log_in(page, alice.username, PASSWORD)
    page.goto(IMPORTS)
    shoot(page, f"imports-empty-{'phone' if device is PHONE else 'desktop'}")
    run = decisions.confirm(drive(uploaded(years())), by=alice)

    page.goto(f"{IMPORTS}{run.ulid}/change/")
    shoot(page, f"imports-progress-{'phone' if device is PHONE else 'desktop'}")

    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
