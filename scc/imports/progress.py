"""How far a run is, and what became of its lines, as pages show it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from django.conf import settings

from scc.imports import kinds
from scc.imports.rows import ImportRun, State
from scc.money import display

T = TypeVar("T")

# An answer of Lambda's holds six megabytes, a third of which base 64 takes.
MOST_OF_A_REPORT = 3 * 1024 * 1024


@dataclass(frozen=True)
class Counted:
    """What became of one sort of things: a line of the page's table. Money is in words, "" where none moves."""

    label: str
    read: str
    carried: str
    unchanged: str
    reported: str
    is_money: bool = False


def counted(counts: str) -> list[Counted]:
    """Return the lines of the table for counts as they are stored.

    What may come into being beside, such as vessels, has one where some did.
    """
    told = json.loads(counts or "{}")
    sorts = [sort for sort, each in told.items() if sort in kinds.names() or any(each.values())]
    return [line for sort in sorts for line in _lines(sort, told[sort])]


def _lines(sort: str, counts: Mapping[str, int]) -> Iterator[Counted]:
    names = ("read", "carried", "unchanged", "reported")
    yield _line(label_of(sort), {name: f"{counts[name]:,}" for name in names if name in counts})
    if "cents_read" in counts:
        # What was written before `unchanged` was counted in cents has none.
        money = {name: display(counts.get(f"cents_{name}", 0), settings.SCC_CURRENCY) for name in names}
        yield _line(f"{label_of(sort)}, amounts", money, is_money=True)


def _line(label: str, said: Mapping[str, str], *, is_money: bool = False) -> Counted:
    told = {name: said.get(name, "") for name in ("read", "carried", "unchanged", "reported")}
    return Counted(label, **told, is_money=is_money)


def label_of(sort: str) -> str:
    """Return what people call a sort: "Departures" for "events"."""
    return kinds.get(sort).label if sort in kinds.names() else sort.capitalize()


def total(counts: str, what: str) -> int:
    """Return how many lines of all sorts were carried, reported, ... What comes into being beside is no line."""
    return sum(each[what] for sort, each in json.loads(counts or "{}").items() if sort in kinds.names())


@dataclass(frozen=True)
class Pace:
    """How far a run is: lines done of lines, lines a second, seconds left; 0 where that is not known."""

    done: int
    lines: int
    rate: int
    left: int

    @property
    def percent(self) -> int:
        return 100 * self.done // self.lines if self.lines else 0

    @property
    def left_words(self) -> str:
        """About how long it takes yet, in words."""
        if self.left >= 90:
            return f"about {round(self.left / 60)} minutes left"
        return f"about {max(5, round(self.left, -1))} seconds left" if self.left else ""


def pace(row: ImportRun) -> Pace:
    """Return how far a run is. Only the time in which someone works at it counts."""
    rate = row.lines_done * 1000 / row.spent_ms if row.spent_ms else 0
    left = (row.lines - row.lines_done) / rate if rate else 0
    return Pace(row.lines_done, row.lines, round(rate), round(left))


def doing(row: ImportRun) -> str:
    """Return what a run is at, in words."""
    if row.state == State.RUNNING:
        return "Carrying over"
    return "Checking" if row.portions else "Reading the file"


@dataclass(frozen=True)
class Part:
    """A file of the report: the portions that it holds, from 1; of one that is too large, one of `shares`, from 0."""

    numbers: range
    share: int = 0
    shares: int = 1

    def of(self, lines: list[T]) -> list[T]:
        """Return those of a portion's lines that are in it."""
        begin, end = (len(lines) * each // self.shares for each in (self.share, self.share + 1))
        return lines[begin:end]


def report_parts(sizes: list[int]) -> list[Part]:
    """Return the files of the report that one answer holds each. sizes: of what is kept of each portion."""
    parts: list[Part] = []
    first, filled = 1, 0
    for number, size in enumerate(sizes, 1):
        if filled and filled + size > MOST_OF_A_REPORT:
            parts.append(Part(range(first, number)))
            filled = 0
        if not filled:
            first = number
        filled += size
        if size > MOST_OF_A_REPORT:
            shares = -(-size // MOST_OF_A_REPORT)
            parts += [Part(range(number, number + 1), share, shares) for share in range(shares)]
            filled = 0
    return [*parts, Part(range(first, len(sizes) + 1))] if filled else parts
