"""A file as a table: its column names, and its lines one by one."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from scc.imports.lines import ImportFailed, Line

# How many lines a record with line breaks inside its quotes may have.
MOST_LINES = 100


@dataclass(frozen=True)
class Table:
    """A file that was opened. said: how it was read, for people, where that is not plain."""

    path: Path
    names: tuple[str, ...]
    said: str
    physical: list[str]
    begin: int

    def lines(self) -> Iterator[Line]:
        """Give the lines behind the names, blank ones left out, each with its cells by the file's own names."""
        return _lines(self.physical, self.begin, list(self.names))


def open_table(path: Path) -> Table:
    """Return the table of the file at `path`. Raises ImportFailed, with what to do, when it is none."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as exc:
        raise ImportFailed(f"{path} cannot be read: {exc.strerror}") from exc
    except UnicodeDecodeError as exc:
        number = exc.object[: exc.start].count(b"\n") + 1
        raise ImportFailed(f"{path} is not UTF-8 (line {number}). Save it again as CSV UTF-8.") from exc
    # Lines end as in files, not as in Unicode, where a form feed ends one too.
    physical = list(io.StringIO(text, newline=""))
    cells, begin = _record(physical, 0)
    return Table(path, tuple(name.strip() for name in cells), "", physical, begin)


def _lines(physical: list[str], begin: int, names: list[str]) -> Iterator[Line]:
    place = begin
    while place < len(physical):
        cells, height = _record(physical, place)
        if len(cells) != len(names):
            # A quote that is never closed takes the lines behind it along; they are read for themselves.
            height = 1
        raw = "".join(physical[place : place + height]).rstrip("\r\n")
        if any(cell.strip() for cell in cells):
            yield _line(place + 1, raw, cells, names)
        place += height


def _record(physical: list[str], place: int) -> tuple[list[str], int]:
    """Return the cells of the record that begins at `place`, and how many lines it has."""
    reader = csv.reader(islice(physical, place, place + MOST_LINES))
    try:
        cells = next(reader, [])
    except csv.Error as exc:
        # A cell beyond the csv module's own limit of 128 KiB.
        return [f"unreadable: {exc}"], 1
    return cells, max(reader.line_num, 1)


def _line(number: int, raw: str, cells: list[str], names: list[str]) -> Line:
    if len(cells) != len(names):
        return Line(number, raw, fault=f"has {len(cells)} cells, the header {len(names)}; an unclosed quote perhaps")
    return Line(number, raw, {name: cell.strip() for name, cell in zip(names, cells, strict=True)})
