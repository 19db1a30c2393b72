"""Guests on a dock: the waiver in a real Chromium."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, ViewportSize, expect

from scc.dynamo.rows import Row
from tests.browser.conftest import PHONE, Shoot, wait_until
from tests.builders import make_event
from waivers.documents import open_record
from waivers.evidence import Evidence
from waivers.rows import Waiver, WaiverRecord
from waivers.strokes import of_lists

PAGE = "/g/2026-05-23/waiver"
UPRIGHT: ViewportSize = {"width": 390, "height": 844}
TURNED: ViewportSize = {"width": 844, "height": 390}


def lines() -> list[Waiver]:
    return [row for row in Row.collection("EVENT#2026-05-23") if isinstance(row, Waiver)]


def evidence(line: Waiver) -> Evidence:
    record = WaiverRecord.fetch(ulid=line.ulid)
    assert record is not None
    return Evidence(record, open_record(record))


def fill(page: Page, name: str = "Ana López") -> None:
    page.fill("#name", name)
    page.fill("#birth_month", "3")
    page.fill("#birth_day", "31")
    page.fill("#birth_year", "1980")
    page.check("#adult")
    page.check("#consent")
    page.check("#assent")


def draw(page: Page, points: list[tuple[float, float]]) -> None:
    """Draw by one finger through `points`, given in parts of the box's width and height."""
    page.locator(".ink").scroll_into_view_if_needed()
    box = page.locator(".ink canvas").bounding_box()
    assert box is not None
    touch = page.context.new_cdp_session(page)
    places = [{"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"]} for x, y in points]
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": places[:1]})
    for place in places[1:]:
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [place]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    touch.detach()


def wave() -> list[tuple[float, float]]:
    return [(0.1 + 0.02 * step, 0.5 + 0.3 * math.sin(step / 3)) for step in range(40)]


def lose(route: Route) -> None:
    """Let the server have the signature, and the phone never hear."""
    route.fetch(max_redirects=0)
    route.abort()


def ink(page: Page) -> list[float]:
    """Return where the ink is: the box around it, in parts of the canvas, and how much there is."""
    found: list[float] = page.evaluate(
        """() => {
          const canvas = document.querySelector(".ink canvas");
          const {width, height} = canvas;
          const {data} = canvas.getContext("2d").getImageData(0, 0, width, height);
          let [left, top, right, bottom, count] = [width, height, 0, 0, 0];
          for (let at = 3; at < data.length; at += 4) {
            if (!data[at]) continue;
            const x = ((at - 3) / 4) % width, y = Math.floor((at - 3) / 4 / width);
            left = Math.min(left, x); right = Math.max(right, x);
            top = Math.min(top, y); bottom = Math.max(bottom, y);
            count += 1;
          }
          return [left / width, top / height, right / width, bottom / height, count];
        }"""
    )
    return found


def kept(page: Page) -> list[str]:
    """Return the names of what is kept on the phone."""
    found: list[str] = page.evaluate(
        """async () => {
          const opened = indexedDB.open("scc-waiver", 1);
          await new Promise(resolve => { opened.onsuccess = resolve; });
          const names = opened.result.transaction("kept").objectStore("kept").getAllKeys();
          await new Promise(resolve => { names.onsuccess = resolve; });
          opened.result.close();
          return [...names.result, ...Object.keys(localStorage)];
        }"""
    )
    return found


def ink_width(page: Page) -> int:
    """Return the width of the ink's canvas in its own pixels."""
    return int(page.locator(".ink canvas").evaluate("canvas => canvas.width"))


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
    phone.route(f"**{PAGE}", lose, times=1)
    phone.click("#submit")
    expect(phone.locator("#waiting")).to_contain_text("Ana López Kept on this phone, not sent yet.")
    shoot(phone, "waiver-not-sent")
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
    phone.route(f"**{PAGE}", lose, times=1)
    phone.click("#submit")
    expect(phone.locator("#waiting")).to_contain_text("Ana López")

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


def test_pad_alone_keeps_the_page_from_scrolling(phone: Page) -> None:
    make_event()
    phone.goto(PAGE)

    everything = "[...document.querySelectorAll('*')]"
    still: list[str] = phone.evaluate(
        f"{everything}.filter(each => getComputedStyle(each).touchAction === 'none').map(each => each.tagName)"
    )

    assert still == ["CANVAS"]


def test_ink_survives_scrolling_and_a_change_of_height(phone: Page) -> None:
    make_event()
    phone.goto(PAGE)
    draw(phone, wave())
    before = ink(phone)

    phone.set_viewport_size({"width": 390, "height": 600})
    phone.mouse.wheel(0, -2000)
    phone.mouse.wheel(0, 2000)

    assert ink(phone) == before


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

    expect(page).to_have_url(page.url)
    assert page.url.endswith("/g/2026-05-23-morning/waiver")
    assert page.evaluate("document.cookie") == ""
