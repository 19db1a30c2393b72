"""What the walks of a waiver's page have in common: filling in, drawing by finger, looking at the ink."""

from __future__ import annotations

import math

from playwright.sync_api import Page, Route, ViewportSize, expect

from scc.dynamo.rows import Row
from waivers.documents import open_record
from waivers.evidence import Evidence
from waivers.rows import Waiver, WaiverRecord

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
    touch(page, *[[at(page, x, y)] for x, y in points])


def touch(page: Page, *steps: list[dict[str, float]]) -> None:
    """Touch the screen: each step is where fingers are at one moment. All leave it after the last."""
    fingers = page.context.new_cdp_session(page)
    down: list[dict[str, float]] = []
    for step in steps:
        kind = "touchMove" if len(step) == len(down) else "touchStart" if len(step) > len(down) else "touchEnd"
        down = [{"id": number, **place} for number, place in enumerate(step)]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": down})
    fingers.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    fingers.detach()


def at(page: Page, x: float, y: float) -> dict[str, float]:
    """Return the place on the screen at parts of the signature box's width and height."""
    box = page.locator(".ink canvas").bounding_box()
    assert box is not None
    return {"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"]}


def open_page(page: Page, path: str = PAGE) -> None:
    """Open the page, and wait until one can draw."""
    page.goto(path)
    expect(page.locator("#methods")).to_be_visible()


def wave() -> list[tuple[float, float]]:
    return [(0.1 + 0.02 * step, 0.5 + 0.3 * math.sin(step / 3)) for step in range(40)]


class Signal:
    """A phone's signal: while it is not `good`, the server has what is sent, and the phone never hears."""

    def __init__(self, page: Page, path: str = PAGE) -> None:
        self.good = False
        page.context.route(f"**{path}", self._pass)

    def _pass(self, route: Route) -> None:
        if self.good or route.request.method != "POST":
            route.continue_()
            return
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
