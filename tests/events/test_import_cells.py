"""Which departure a line names."""

from __future__ import annotations

import pytest

from events.importing.cells import slug_of, why_no_departure
from scc.imports.lines import Line


@pytest.mark.parametrize(
    ("cell", "slug"),
    [
        *[("2026-05-23", "2026-05-23"), ("2026-05-23-sunset", "2026-05-23-sunset")],
        *((day, "2026-05-23") for day in ("5/23/2026", "23.05.2026", "20260523", "2026-05-23 00:00", "May 23, 2026")),
        *((cell, "") for cell in ("", "sunset", "5/6/2026", "5/23/26", "2026-05-23 18:15", "2026-02-30")),
    ],
)
def test_slug_of_a_line(cell: str, slug: str) -> None:
    assert slug_of(Line(2, cell, {"event": cell})) == slug


@pytest.mark.parametrize(
    ("line", "slug", "why"),
    [
        (Line(2, "x", fault="has 3 cells"), "", "has 3 cells"),
        (Line(2, "x", {"event": ""}), "", "event: is missing"),
        (
            Line(2, "x", {"event": "sunset"}),
            "",
            "event: 'sunset' is no departure such as 2026-05-23 or 2026-05-23-sunset",
        ),
        (Line(2, "x", {"event": "5/6/2026"}), "", "event: '5/6/2026' may be month and day or day and month"),
        (Line(2, "x", {"event": "5/23/2026"}), "2026-05-23", "event: there is no departure 2026-05-23; import"),
    ],
)
def test_why_no_departure_says_what_to_do(line: Line, slug: str, why: str) -> None:
    assert why_no_departure(line, slug).startswith(why)
