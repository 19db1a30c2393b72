"""Telling of each line once."""

from __future__ import annotations

from scc.imports.lines import Line
from scc.imports.once import Once
from tests.imports.kinds import Fees


def test_once_tells_of_a_line_what_is_told_first() -> None:
    outcome = Fees().outcome()
    once = Once(outcome, "fees")
    lines = [Line(number, f"line {number}") for number in (2, 3, 4)]

    for _ in range(2):
        once.carried(lines[0], cents=100, said="one", guesses=["a guess"])
        once.unchanged(lines[1], cents=10)
        once.report(lines[2], "is bad", cents=1)
    once.report(lines[0], "was carried")

    assert str(outcome) == "fees: 3 read ($1.11), 1 carried ($1.00), 1 unchanged ($0.10), 1 reported ($0.01)"
    assert ([each.text for each in outcome.guesses], [each.text for each in outcome.reports]) == (
        ["a guess"],
        ["is bad"],
    )
