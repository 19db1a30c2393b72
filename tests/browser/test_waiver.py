"""Guests on a dock: the waiver in a real Chromium."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, Shoot, wait_until
from tests.browser.signing import (
    PAGE,
    TURNED,
    UPRIGHT,
    Signal,
    draw,
    evidence,
    fill,
    ink,
    ink_width,
    kept,
    lines,
    wave,
)
from tests.builders import make_event
from waivers.strokes import of_lists


def test_guest_draws_turns_the_phone_and_signs(phone: Page, shoot: Shoot) -> None:
    make_event()
    phone.goto(PAGE)
    shoot(phone, "waiver-open")
    fill(phone)

    draw(phone, wave())
    drawn = ink(phone)
    phone.set_viewport_size(TURNED)
    wait_until(phone, lambda: ink_width(phone) > 1000)
    turned = ink(phone)
    shoot(phone, "waiver-turned")
    phone.set_viewport_size(UPRIGHT)
    wait_until(phone, lambda: ink_width(phone) < 1000)
    back = ink(phone)
    phone.locator("#sign").scroll_into_view_if_needed()
    shoot(phone, "waiver-drawn")
    phone.click("#submit")
    phone.wait_for_url("**/signed/*")
    shoot(phone, "waiver-receipt")

    assert drawn[4] > 500
    assert turned[4] > 500
    assert back == pytest.approx(drawn, rel=0.05)
    [line] = lines()
    assert (line.name, line.method) == ("Ana López", "drawn")
    expect(phone.locator("h1")).to_have_text("Received")
    expect(phone.locator(".reference")).to_have_text(line.reference)
    stored = evidence(line)
    assert stored.facts["channel"] == "page"
    assert set(stored.facts["acts"]["client"]) == {
        "opened_at",
        "reached_end_at",
        "declared_adult_at",
        "consented_at",
        "assented_at",
        "signed_at",
        "submitted_at",
        "zone",
    }
    left, _, width, _ = of_lists(stored.private["strokes"]).box()
    assert left == pytest.approx(1000, abs=150)
    assert width == pytest.approx(7800, abs=300)


def test_guest_without_a_script_types(new_page: Callable[..., Page], shoot: Shoot) -> None:
    make_event()
    page = new_page(**PHONE, java_script_enabled=False)
    page.goto(PAGE)
    expect(page.locator(".ink")).to_be_hidden()
    fill(page)
    page.uncheck("#consent")
    page.click("#submit")
    shoot(page, "waiver-errors-without-script")

    expect(page.locator("#errors")).to_contain_text("Type your full name as your signature.")
    expect(page.locator("#name")).to_have_value("Ana López")
    page.check("#consent")
    page.fill("#typed", "Ana López")
    page.click("#submit")
    page.wait_for_url("**/signed/*")
    shoot(page, "waiver-receipt-typed")

    [line] = lines()
    assert line.method == "typed"
    assert evidence(line).facts["channel"] == "form"


def test_guest_is_told_what_is_missing(phone: Page, shoot: Shoot) -> None:
    make_event()
    phone.goto(PAGE)
    expect(phone.locator("#methods")).to_be_visible()

    phone.click("#submit")

    expect(phone.locator("#not-sent")).to_be_focused()
    expect(phone.locator("#not-sent li")).to_have_count(6)
    shoot(phone, "waiver-errors")
    fill(phone)
    draw(phone, [(0.1 + 0.01 * step, 0.5) for step in range(60)])
    phone.click("#submit")
    expect(phone.locator("#not-sent li")).to_have_text(
        ["A straight line is not a signature. Sign with your full name."]
    )
    phone.click("#clear")
    draw(phone, wave())
    phone.click("#submit")
    phone.wait_for_url("**/signed/*")

    assert len(lines()) == 1


def test_guest_whose_answer_is_lost_sends_again_and_signs_once(phone: Page, shoot: Shoot) -> None:
    make_event()
    phone.goto(PAGE)
    fill(phone)
    draw(phone, wave())
    signal = Signal(phone)
    phone.click("#submit")
    expect(phone.locator("#waiting")).to_contain_text("Ana López Kept on this phone, not sent yet.")
    shoot(phone, "waiver-not-sent")
    signal.good = True
    phone.reload()

    [line] = lines()
    expect(phone.locator("#waiting")).to_contain_text(f"Ana López Received, reference {line.reference}")
    expect(phone.locator("#name")).to_have_value("")
    shoot(phone, "waiver-sent-later")
    phone.get_by_role("link", name="Receipt").click()
    expect(phone.locator(".reference")).to_have_text(line.reference)
    assert len(lines()) == 1
    assert kept(phone) == []


def test_guest_who_taps_twice_signs_once(phone: Page) -> None:
    make_event()
    phone.goto(PAGE)
    fill(phone)
    draw(phone, wave())
    sent: list[str] = []
    phone.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)

    phone.evaluate("document.getElementById('submit').click(); document.getElementById('submit').click()")
    phone.wait_for_url("**/signed/*")

    assert len(sent) == 1
    assert len(lines()) == 1


def test_next_guest_on_the_phone_finds_nothing_of_the_last(phone: Page) -> None:
    make_event()
    phone.goto(PAGE)
    fill(phone)
    draw(phone, wave())
    phone.click("#submit")
    phone.wait_for_url("**/signed/*")

    phone.go_back()

    expect(phone.locator("#name")).to_have_value("")
    expect(phone.locator("#birth_year")).to_have_value("")
    expect(phone.locator("#consent")).not_to_be_checked()
    assert ink(phone)[4] == 0


def test_next_guest_on_the_phone_has_a_key_of_their_own(phone: Page) -> None:
    make_event()
    phone.goto(PAGE)
    fill(phone, name="Ana López")
    draw(phone, wave())
    signal = Signal(phone)
    phone.click("#submit")
    expect(phone.locator("#waiting")).to_contain_text("Ana López")
    signal.good = True

    expect(phone.locator("#name")).to_have_value("")
    fill(phone, name="Bea Lopez")
    draw(phone, wave())
    phone.click("#submit")
    phone.wait_for_url("**/signed/*")
    wait_until(phone, lambda: len(lines()) == 2)

    assert sorted(line.name for line in lines()) == ["Ana López", "Bea Lopez"]


def sign_by_typing(page: Page) -> None:
    page.goto(PAGE)
    fill(page)
    page.fill("#typed", "Ana López")
    page.click("#submit")
    page.wait_for_url("**/signed/*")


def test_guest_whose_browser_blocks_drawing_types(phone: Page) -> None:
    make_event()
    phone.add_init_script("HTMLCanvasElement.prototype.getContext = () => null")

    sign_by_typing(phone)

    assert [line.method for line in lines()] == ["typed"]


def test_guest_whose_blocker_hides_the_box_types(phone: Page) -> None:
    make_event()
    phone.route("**/sign.css", lambda route: route.fulfill(body=".ink { display: none }", content_type="text/css"))

    sign_by_typing(phone)

    assert [line.method for line in lines()] == ["typed"]


def test_guest_without_the_pad_s_script_types(phone: Page) -> None:
    make_event()
    phone.route("**/signature_pad*", lambda route: route.abort())

    sign_by_typing(phone)

    assert [line.method for line in lines()] == ["typed"]


def test_choice_of_departures_and_the_dark(new_page: Callable[..., Page], shoot: Shoot) -> None:
    make_event()
    make_event(slug="2026-05-23-morning", title="Harbor and bay morning")
    page = new_page(**PHONE, color_scheme="dark")
    page.goto(PAGE)
    shoot(page, "waiver-dark")

    expect(page.locator("#methods")).to_be_visible()
    page.click("#submit")
    shoot(page, "waiver-errors-dark")
    page.get_by_role("link", name="Harbor and bay morning").click()

    page.wait_for_url("**/g/2026-05-23-morning/waiver")
    assert page.evaluate("document.cookie") == ""
