"""The design tokens keep what the sun and the night ask of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

CSS = Path(__file__).parents[2] / "static" / "css"
# The bars of figures are where figures are: guests load the tokens.
SHEETS = [
    (CSS / name).read_text().split("@media (prefers-color-scheme: dark)", 1) for name in ("tokens.css", "figures.css")
]
DAY, WATCH = ("".join(parts) for parts in zip(*SHEETS, strict=True))
GROUNDS = ("ground", "surface")
# Figures and states are read in the sun: WCAG 2.2's level AAA. What only helps is level AA.
PAIRS = [
    *((ink, ground, 7.0) for ink in ("ink", "good", "warn", "bad") for ground in GROUNDS),
    *((state, f"{state}-tint", 7.0) for state in ("good", "warn", "bad")),
    *((ink, ground, 4.5) for ink in ("quiet", "link") for ground in (*GROUNDS, "sunk")),
    ("on-act", "act", 7.0),
    ("on-deep-quiet", "deep", 4.5),
    # Edges of fields and the mark of the focus: WCAG 1.4.11.
    ("edge", "surface", 3.0),
    ("focus", "surface", 3.0),
    # Bars of a figure: WCAG 1.4.11.
    *((f"series-{number}", "surface", 3.0) for number in range(1, 9)),
]


def colours(theme: str) -> dict[str, str]:
    """Return the theme's tokens. The first colour of `var(--operator, #...)` and of a mix is the house's own."""
    found: dict[str, str] = {}
    for name, value in re.findall(r"--([\w-]+):\s*([^;]+);", theme):
        reference = re.fullmatch(r"var\(--([\w-]+)\)", value)
        hexes = re.findall(r"#[0-9a-f]{6}", value)
        if reference and reference[1] in found:
            found[name] = found[reference[1]]
        elif hexes:
            found[name] = hexes[0]
    return found


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", [DAY, WATCH], ids=["day", "watch"])
@pytest.mark.parametrize(("ink", "ground", "least"), PAIRS)
def test_contrast_is_enough(theme: str, ink: str, ground: str, least: float) -> None:
    shown = colours(theme)

    assert contrast(shown[ink], shown[ground]) >= least


def test_contrast_of_black_on_white_is_21() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
