"""Ink by finger: what keeps it, and what never becomes ink. Each by touch events, as a screen gives them."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import wait_until
from tests.browser.signing import (
    TURNED,
    UPRIGHT,
    at,
    draw,
    evidence,
    fill,
    ink,
    ink_width,
    lines,
    open_page,
    touch,
    wave,
)
from tests.builders import make_event

PINCH = "Emulation.setPageScaleFactor"


def test_pad_alone_keeps_the_page_from_scrolling(phone: Page) -> None:
    make_event()
    open_page(phone)

    everything = "[...document.querySelectorAll('*')]"
    still: list[str] = phone.evaluate(
        f"{everything}.filter(each => getComputedStyle(each).touchAction === 'none').map(each => each.tagName)"
    )

    assert still == ["CANVAS"]


def test_ink_survives_scrolling_and_a_change_of_height(phone: Page) -> None:
    make_event()
    open_page(phone)
    draw(phone, wave())
    before = ink(phone)

    phone.set_viewport_size({"width": 390, "height": 600})
    phone.mouse.wheel(0, -2000)
    phone.mouse.wheel(0, 2000)

    assert ink(phone) == before


def test_ink_survives_the_turns_of_the_phone(phone: Page) -> None:
    make_event()
    open_page(phone)
    draw(phone, wave())
    before = ink(phone)

    for _ in range(2):
        phone.set_viewport_size(TURNED)
        wait_until(phone, lambda: ink_width(phone) > 1000)
        turned = ink(phone)
        phone.set_viewport_size(UPRIGHT)
        wait_until(phone, lambda: ink_width(phone) < 1000)
        assert turned[4] > 500

    assert ink(phone) == pytest.approx(before, rel=0.05)


def test_ink_survives_a_change_of_width_and_is_drawn_on(phone: Page) -> None:
    make_event()
    open_page(phone)
    draw(phone, wave())
    width = ink_width(phone)

    phone.set_viewport_size({"width": 320, "height": 844})
    wait_until(phone, lambda: ink_width(phone) < width)
    before = ink(phone)
    draw(phone, [(x, 0.95 - y / 10) for x, y in wave()])

    assert before[4] > 500
    assert ink(phone)[4] > before[4]
    assert ink(phone)[3] > before[3]


@pytest.mark.parametrize("scale", [2.0, 0.5])
def test_ink_survives_zooming(phone: Page, scale: float) -> None:
    make_event()
    open_page(phone)
    draw(phone, wave())
    before = ink(phone)

    screen = phone.context.new_cdp_session(phone)
    screen.send(PINCH, {"pageScaleFactor": scale})
    screen.send(
        "Emulation.setDeviceMetricsOverride",
        {"width": 390, "height": 844, "deviceScaleFactor": 2 * scale, "mobile": True},
    )

    assert ink(phone)[:4] == pytest.approx(before[:4], abs=0.01)


def test_finger_draws_where_it_is_while_zoomed(phone: Page) -> None:
    make_event()
    open_page(phone)
    phone.locator(".ink").scroll_into_view_if_needed()

    phone.context.new_cdp_session(phone).send(PINCH, {"pageScaleFactor": 1.5})
    draw(phone, wave())

    assert ink(phone)[4] > 500


def test_two_fingers_draw_nothing(phone: Page) -> None:
    make_event()
    open_page(phone)
    phone.locator(".ink").scroll_into_view_if_needed()

    pairs = [[at(phone, 0.1 + step / 50, 0.3), at(phone, 0.1 + step / 50, 0.7)] for step in range(30)]
    touch(phone, *pairs)

    wait_until(phone, lambda: ink(phone)[4] == 0)


def test_palm_draws_nothing(phone: Page) -> None:
    make_event()
    open_page(phone)
    phone.locator(".ink").scroll_into_view_if_needed()
    palm = {"radiusX": 40.0, "radiusY": 55.0, "force": 1.0}

    # The hand's edge and the fingers curled under it, together.
    steps = [
        [{**at(phone, x + step / 100, y), **palm} for x, y in [(0.6, 0.6), (0.75, 0.8), (0.5, 0.9)]]
        for step in range(12)
    ]
    touch(phone, *steps)

    assert ink(phone)[4] == 0


def test_second_finger_takes_its_stroke_back(phone: Page) -> None:
    make_event()
    open_page(phone)
    draw(phone, wave())
    before = ink(phone)

    one = at(phone, 0.1, 0.1)
    touch(phone, [one], [at(phone, 0.3, 0.2)], [at(phone, 0.5, 0.1), at(phone, 0.9, 0.9)], [at(phone, 0.7, 0.1)])

    wait_until(phone, lambda: ink(phone) == before)


def test_finger_draws_beside_a_resting_palm(phone: Page) -> None:
    make_event()
    open_page(phone)
    phone.locator(".ink").scroll_into_view_if_needed()
    palm = {**at(phone, 0.9, 0.9), "radiusX": 40.0, "radiusY": 55.0}

    touch(phone, [palm], *[[palm, at(phone, x, y)] for x, y in wave()])

    assert ink(phone)[4] > 500
    assert ink(phone)[2] < 0.95


@pytest.mark.parametrize(
    ("points", "words"),
    [
        ([(0.5, 0.5)], "This is too short for a signature. Sign with your full name."),
        ([(0.5, 0.5), (0.51, 0.5)], "This is too short for a signature. Sign with your full name."),
        (
            [(0.1 + 0.01 * step, 0.5) for step in range(80)],
            "A straight line is not a signature. Sign with your full name.",
        ),
        (
            [(0.1 + 0.01 * step, 0.2 + 0.006 * step) for step in range(80)],
            "A straight line is not a signature. Sign with your full name.",
        ),
    ],
)
def test_what_is_no_signature_is_refused_with_words(phone: Page, points: list[tuple[float, float]], words: str) -> None:
    make_event()
    open_page(phone)
    fill(phone)

    draw(phone, points)
    phone.click("#submit")

    expect(phone.locator("#not-sent li")).to_have_text([words])
    assert lines() == []
    phone.click("#clear")
    draw(phone, wave())
    phone.click("#submit")
    phone.wait_for_url("**/signed/*")
    [line] = lines()
    assert evidence(line).private["strokes"]


def test_canvas_that_shows_nothing_is_no_pad(phone: Page) -> None:
    make_event()
    phone.add_init_script("CanvasRenderingContext2D.prototype.fillRect = () => {}")

    phone.goto("/g/2026-05-23/waiver")

    expect(phone.locator("#typed")).to_be_visible()
    expect(phone.locator("#methods")).to_be_hidden()
