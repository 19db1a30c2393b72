"""The records of a CSV, whose cells may hold line breaks, read so that no quote takes more than its own line along."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

# How many lines a record with line breaks inside its quotes may have.
MOST_LINES = 100
# Begins no cell and ends none: a second line, to see whether the first one's quotes are closed.
_NEXT = "\x00"


class _Reader(Iterator[list[str]], Protocol):
    line_num: int


@dataclass(frozen=True)
class Dialect:
    """How cells are told apart. escape: what stands before a quote that is part of a cell, besides another quote."""

    delimiter: str = ","
    quote: str = '"'
    escape: str | None = None

    def reader(self, lines: Iterable[str], *, strict: bool) -> _Reader:
        return csv.reader(
            lines,
            delimiter=self.delimiter,
            quotechar=self.quote,
            escapechar=self.escape,
            skipinitialspace=self.delimiter != " ",
            strict=strict,
        )

    def is_plain(self, line: str) -> bool:
        """Tell whether a line surely is a record of its own."""
        return self.quote not in line and (self.escape is None or self.escape not in line)


@dataclass(frozen=True)
class Record:
    """The cells of a record, as they are. number: of its first line. height: how many lines. fault: why it is none."""

    number: int
    raw: str
    cells: list[str]
    height: int = 1
    fault: str = ""


class _Ahead:
    """Lines that can be looked at before they are taken."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._seen: deque[str] = deque()
        self.taken = 0

    def peek(self) -> Iterator[str]:
        """Give the lines from here on, without taking them."""
        place = 0
        while place < MOST_LINES:
            if place == len(self._seen):
                line = next(self._lines, None)
                if line is None:
                    return
                self._seen.append(line)
            yield self._seen[place]
            place += 1

    def take(self, count: int) -> str:
        self.taken += count
        return "".join(self._seen.popleft() for _ in range(count))


def records(lines: Iterable[str], dialect: Dialect, *, begin: int = 1, width: int = 0) -> Iterator[Record]:
    """Give the records of `lines`, of which each has its line end.

    begin: the number of the first line. width: how many cells a record has, 0 where that is not known yet. A record of
    several lines that has others is none: its first line is given for itself, with its fault, and so are those behind.
    """
    ahead = _Ahead(lines)
    while (first := next(ahead.peek(), None)) is not None:
        number = begin + ahead.taken
        cells, height, fault = _one(first, ahead, dialect)
        if height > 1 and width and not _fits(cells, width):
            cells, height, fault = [], 1, "has a quote that closes in the wrong place, or never"
        yield Record(number, ahead.take(height).rstrip("\r\n"), cells, height, fault)


def _one(first: str, ahead: _Ahead, dialect: Dialect) -> tuple[list[str], int, str]:
    """Return the cells of the next record, how many lines it has, and why it cannot be read."""
    try:
        if dialect.is_plain(first):
            return next(dialect.reader((first,), strict=False), []), 1, ""
        reader = dialect.reader(ahead.peek(), strict=True)
        return next(reader, []), reader.line_num, ""
    except csv.Error:
        return _loosely(first, dialect)


def _loosely(first: str, dialect: Dialect) -> tuple[list[str], int, str]:
    """Read one line whose quotes are not where they belong, if they are closed at all."""
    reader = dialect.reader((first, _NEXT), strict=False)
    try:
        cells = next(reader, [])
    except csv.Error as exc:
        # A cell beyond the csv module's own limit of 128 KiB.
        return [], 1, f"cannot be read: {exc}"
    if reader.line_num > 1:
        return [], 1, "has a quote that is never closed"
    return cells, 1, ""


def _fits(cells: list[str], width: int) -> bool:
    return len(cells) == width or (len(cells) > width and not any(cell.strip() for cell in cells[width:]))
