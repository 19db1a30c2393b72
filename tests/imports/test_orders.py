"""What a file's days show of the order of day and month."""

from __future__ import annotations

import pytest

from scc.imports.lines import Line
from scc.imports.orders import Orders

DO = {True: "Type --day-first", False: "Type --month-first"}


def said_of(*cells: str) -> str:
    orders = Orders(["paid_at"])
    for number, cell in enumerate(cells, 2):
        line = Line(number, cell, {"paid_at": cell, "note": "1/2/2026"})
        assert orders.see(line) is line
    return orders.said(DO)


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (["2026-05-06", "23/05/2026", "", "soon", "5/5/2026"], ""),
        (
            ["5/6/2026", "7/6/2026 18:15"],
            (
                "2 days may be read in two ways, such as '5/6/2026' (line 2). "
                "Does the day come first? Type --day-first. The month? Type --month-first."
            ),
        ),
        (
            ["5/6/2026", "23/6/2026"],
            (
                "1 day may be read in two ways, such as '5/6/2026' (line 2). "
                "'23/6/2026' (line 3) has the day first. Type --day-first to read all of them so."
            ),
        ),
        (
            ["6/23/2026 6 PM", "5/6/2026"],
            (
                "1 day may be read in two ways, such as '5/6/2026' (line 3). "
                "'6/23/2026 6 PM' (line 2) has the month first. Type --month-first to read all of them so."
            ),
        ),
        (
            ["6/23/2026", "5/6/2026", "24/6/2026"],
            (
                "1 day may be read in two ways, such as '5/6/2026' (line 3). "
                "'24/6/2026' (line 4) has the day first, '6/23/2026' (line 2) the month: write them as 2026-05-23."
            ),
        ),
    ],
)
def test_orders_say_what_the_days_of_a_file_show(cells: list[str], said: str) -> None:
    assert said_of(*cells) == said
