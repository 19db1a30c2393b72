"""axe-core in a page: what keeps people out of it, in words. https://github.com/dequelabs/axe-core, in `.cache/axe`."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import DESKTOP, PHONE

SOURCE = Path(__file__).parents[2] / ".cache/axe/package/axe.min.js"

# What a change of colours can break.
COLOURS = ["color-contrast", "link-in-text-block"]

_RUN = """(rules) => axe.run(document, {
  resultTypes: ["violations"],
  ...(rules.length ? {runOnly: {type: "rule", values: rules}} : {}),
}).then(({violations}) => violations.map(({id, nodes}) => [id, nodes.map(({target, failureSummary}) =>
  `${target.join(" ")}: ${failureSummary.split("\\n").slice(1).join(" ").trim()}`)]))"""


SCHEMES: dict[Literal["light", "dark"], list[str]] = {"light": [], "dark": COLOURS}


@cache
def source() -> str:
    if not SOURCE.exists():
        pytest.fail("There is no axe-core here. Type: make .cache/axe/.installed")
    return SOURCE.read_text()


def violations(page: Page, name: str) -> str:
    """Return what axe finds in the page as it stands, in lines: on a phone and a desktop, in light and dark.

    All rules in light, those of colours in dark. The page's context must bypass the content security policy.
    """
    page.evaluate(source())
    found: list[str] = []
    for device in (PHONE, DESKTOP):
        page.set_viewport_size(device["viewport"])
        for scheme, rules in SCHEMES.items():
            page.emulate_media(color_scheme=scheme)
            where = f"{name}, {device['viewport']['width']} px, {scheme}"
            found += [f"{where}: {rule}: {node}\n" for rule, nodes in page.evaluate(_RUN, rules) for node in nodes]
    page.emulate_media(color_scheme="light")
    return "".join(found)
