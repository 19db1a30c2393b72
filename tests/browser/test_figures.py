"""Figures in a real Chromium: drawn under the policy, beside tables that stay."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from events import calendar
from payments import ledger
from scc.staff.actors import Actor
from scc.staff.models import User
from tests.browser.conftest import DESKTOP, PHONE, Shoot, log_in, wait_until
from tests.builders import make_event
from tests.people import PASSWORD

ALICE = Actor("alice", "Alice Archer")
LONG = "Wolfeschlegelsteinhausenbergerdorff family reunion, with lunch and a burial at sea"
FIGURES = "/dispatch/figures/"
INCOME = f"{FIGURES}income/"
CHART_JS = "/static/vendor/chartjs/"


@pytest.fixture
def season(table: None) -> None:
    """Money in three weeks, something to pay, and guests who have not signed."""
    today = calendar.today()
    event = make_event(date=today, title=LONG, booked=6, signed=2, price_cents=500_000)
    for number, method in enumerate(["cash", "card", "venmo"]):
        paid_on = today - timedelta(weeks=number)
        ledger.record(
            event=event.slug, patron_name="Ana", amount_cents=100_000, method=method, paid_at=paid_on, by=ALICE
        )


def drawn(page: Page) -> Locator:
    return page.locator("figure.chart--drawn canvas")


COLOURS = """canvas => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return new Set(new Uint32Array(data.buffer)).size;
}"""


def colours(canvas: Locator) -> int:
    """Return how many colours there are in the drawing."""
    return int(canvas.evaluate(COLOURS))


def picture(canvas: Locator) -> str:
    return str(canvas.evaluate("canvas => canvas.toDataURL()"))


def height(figure: Locator) -> float:
    """Return how high the table is shown: a pixel where only a screen reader finds it."""
    box = figure.locator(".chart__table").bounding_box()
    return box["height"] if box else 0


def on_figures(page: Page, user: User, path: str = FIGURES) -> Page:
    log_in(page, user.username, PASSWORD)
    page.goto(path)
    return page


@pytest.mark.usefixtures("season")
@pytest.mark.parametrize("path", [FIGURES, "/admin/"])
def test_figures_are_drawn_on_the_page_and_the_index(desktop: Page, dana: User, path: str, shoot: Shoot) -> None:
    on_figures(desktop, dana, path)

    expect(drawn(desktop)).to_have_count(3)
    for canvas in drawn(desktop).all():
        assert colours(canvas) > 3
        expect(canvas.locator("xpath=ancestor::*[@aria-hidden='true']")).to_have_count(1)
    shoot(desktop, f"figures{path.replace('/', '-')}desktop")


@pytest.mark.usefixtures("season")
def test_table_is_shown_and_hidden(phone: Page, dana: User, shoot: Shoot) -> None:
    on_figures(phone, dana)
    figure = phone.locator("section", has=phone.get_by_role("heading", name="Outstanding balances")).locator("figure")
    table = figure.get_by_role("table")
    # There for a screen reader, and not to be seen.
    expect(table.get_by_role("link", name=LONG)).to_be_attached()
    assert height(figure) == 1

    figure.get_by_role("button", name="Show as table").tap()
    assert height(figure) > 100
    expect(table.get_by_text("$2,000.00").first).to_be_visible()
    shoot(phone, "figures-phone")

    figure.get_by_role("button", name="Hide the table").tap()
    assert height(figure) == 1


@pytest.mark.usefixtures("season")
def test_hidden_table_shows_the_link_that_has_the_focus(desktop: Page, dana: User) -> None:
    on_figures(desktop, dana)
    expect(drawn(desktop)).to_have_count(3)

    desktop.locator("figure").nth(1).get_by_role("button", name="Show as table").focus()
    desktop.keyboard.press("Tab")
    desktop.keyboard.press("Tab")

    expect(desktop.locator("figure").nth(1).get_by_role("link", name=LONG)).to_be_focused()
    assert height(desktop.locator("figure").nth(1)) > 100


@pytest.mark.usefixtures("season")
def test_paper_has_the_table_alone(desktop: Page, dana: User) -> None:
    on_figures(desktop, dana)
    expect(drawn(desktop)).to_have_count(3)

    desktop.emulate_media(media="print")

    for figure in desktop.locator("figure").all():
        expect(figure.locator("canvas")).to_be_hidden()
        expect(figure.get_by_role("button")).to_be_hidden()
        assert height(figure) > 30


@pytest.mark.usefixtures("season")
def test_charts_are_redrawn_in_the_dark(desktop: Page, dana: User) -> None:
    on_figures(desktop, dana, INCOME)
    expect(drawn(desktop)).to_have_count(1)
    day = picture(drawn(desktop))

    desktop.emulate_media(color_scheme="dark")

    wait_until(desktop, lambda: picture(drawn(desktop)) != day)


@pytest.mark.usefixtures("season")
def test_nothing_is_wider_than_a_phone(phone: Page, dana: User) -> None:
    on_figures(phone, dana)
    expect(drawn(phone)).to_have_count(3)

    for toggle in phone.locator("[data-chart-toggle]").all():
        toggle.tap()

    assert phone.locator("html").evaluate("page => page.scrollWidth") == PHONE["viewport"]["width"]


@pytest.mark.usefixtures("season")
def test_a_bar_leads_to_its_sheet(desktop: Page, dana: User) -> None:
    on_figures(desktop, dana, f"{FIGURES}balances/")
    box = drawn(desktop).bounding_box()
    assert box is not None

    desktop.mouse.click(box["x"] + box["width"] / 2, box["y"] + 40)

    desktop.wait_for_url(f"**/dispatch/{calendar.today()}/#money")


@pytest.mark.usefixtures("season")
def test_without_scripts_the_tables_show(new_page: Callable[..., Page], dana: User) -> None:
    page = on_figures(new_page(**DESKTOP, java_script_enabled=False), dana)

    page.get_by_role("link", name="See the income by week and method").click()

    expect(page.get_by_role("table").get_by_text("$3,000.00")).to_be_visible()
    expect(page.locator("[data-chart-toggle]")).to_be_hidden()


def test_what_draws_is_loaded_where_something_is_drawn(desktop: Page, dana: User) -> None:
    asked: list[str] = []
    desktop.on("request", lambda request: asked.extend([request.url]))

    on_figures(desktop, dana)
    expect(desktop.get_by_text("Money that came in belongs here")).to_be_visible()
    expect(desktop.get_by_text("yet to sign belong here")).to_be_visible()

    assert [url for url in asked if CHART_JS in url] == []


@pytest.mark.usefixtures("season")
def test_the_table_is_there_where_nothing_can_be_drawn(desktop: Page, dana: User) -> None:
    desktop.route(f"**{CHART_JS}**", lambda route: route.abort())

    on_figures(desktop, dana)

    expect(desktop.locator("figure")).to_have_count(3)
    for figure in desktop.locator("figure").all():
        wait_until(desktop, lambda shown=figure: height(shown) > 30)  # type: ignore[misc]  # of this round
        expect(figure.locator("[data-chart-toggle]")).to_be_hidden()
