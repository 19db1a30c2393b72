"""Counts of what became of lines, and what was told of them."""

from __future__ import annotations

import tracemalloc
from concurrent.futures import ThreadPoolExecutor

from scc.imports.lines import Line
from scc.imports.outcomes import SHOWN, Outcome
from scc.imports.tellings import Tellings, Told
from tests.imports.kinds import Fees


def line(number: int, raw: str = "") -> Line:
    return Line(number, raw or f"raw {number}")


def test_outcome_counts_lines_and_money() -> None:
    outcome = Fees().outcome()

    outcome.carried("fees", line(2), cents=12500)
    outcome.carried("fees", line(3), cents=100000)
    outcome.unchanged("fees", line(4), cents=50)
    outcome.report("fees", line(5), "is bad", cents=-300)

    assert outcome.counts == {
        "fees": {
            "read": 4,
            "carried": 2,
            "unchanged": 1,
            "reported": 1,
            "cents_read": 112250,
            "cents_carried": 112500,
            "cents_unchanged": 50,
            "cents_reported": -300,
        }
    }
    assert str(outcome) == ("fees: 4 read ($1,122.50), 2 carried ($1,125.00), 1 unchanged ($0.50), 1 reported (-$3.00)")


def test_outcome_says_lines_without_money_and_what_came_beside() -> None:
    outcome = Outcome(["events"], added=["vessels"])
    outcome.carried("events", line(2))
    outcome.add("vessels")

    assert str(outcome) == "events: 1 read, 1 carried, 0 unchanged, 0 reported; vessels: 1 carried"
    assert outcome.counts["vessels"] == {"read": 1, "carried": 1, "unchanged": 0, "reported": 0}


def test_outcome_shows_the_first_lines_whatever_order_they_are_carried_in() -> None:
    outcome = Outcome(["events"])

    for number in reversed(range(100)):
        outcome.carried("events", line(number), said=f"{number}")

    assert [told.text for told in outcome.shown] == [f"{number}" for number in range(SHOWN)]


def test_outcome_is_told_by_several_threads() -> None:
    outcome = Fees().outcome()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: outcome.report("fees", line(number), f"{number}", cents=1), range(2000)))

    assert outcome.counts["fees"]["reported"] == outcome.counts["fees"]["cents_read"] == 2000
    assert [told.text for told in outcome.reports] == [f"{number}" for number in range(2000)]


def test_withdraw_leaves_what_is_reported() -> None:
    outcome = Outcome(["events"], added=["vessels"])
    outcome.carried("events", line(2))
    outcome.report("events", line(3), "is bad")
    outcome.add("vessels")

    outcome.withdraw()

    assert str(outcome) == "events: 1 read, 0 carried, 0 unchanged, 1 reported; vessels: 0 carried"
    assert outcome.counts["vessels"]["read"] == 0
    assert (len(outcome.reports), outcome.shown) == (1, [])


def test_tellings_give_back_what_was_told_in_the_order_of_the_file() -> None:
    told = [Told("fees", Line(number, f"Ána\n{number}", named=f"row {number}"), "why") for number in (3, 1, 2)]

    tellings = Tellings(told)

    assert list(tellings) == sorted(told, key=lambda each: each.line.number)
    assert (len(tellings), bool(Tellings())) == (3, False)


def test_tellings_are_flat_in_memory() -> None:
    tellings = Tellings()

    tracemalloc.start()
    try:
        for number in range(20_000):
            tellings.append(Told("fees", line(number, "x" * 200), "is bad"))
        size = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()

    # 6 MB of text, of which a place and a number are held.
    assert size < 1_000_000
    assert next(iter(tellings)).raw == "x" * 200
