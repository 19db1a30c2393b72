"""A CSV, in whatever encoding and dialect, as a table. A line of it is held at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path

from scc.imports import tables_dialect, tables_header
from scc.imports.lines import ImportFailed, Line
from scc.imports.tables import Table
from scc.imports.tables_dialect import Found
from scc.imports.tables_records import Dialect, Record, records
from scc.imports.tables_text import Encoding, encoding_of

# Letters. No line of a table is as long; a file without line ends would be held as a whole.
LONGEST_LINE = 2_000_000


def open_csv(path: Path, known: Collection[str], sheet: str) -> Table:
    """Return the table of the text at `path`. Raises ImportFailed when it is none, and OSError."""
    if sheet:
        raise ImportFailed(f"{path} is a text and has no sheets. Leave --sheet out.")
    encoding = encoding_of(path)
    with _opened(path, encoding) as lines:
        found = tables_dialect.find(lines, {tables_header.fold(name) for name in known})
    names = tables_header.names_of(found.header.cells) if found.header else ()
    return Table(path, names, _said(encoding, found), encoding.lines, partial(_lines, path, encoding, found, names))


def _said(encoding: Encoding, found: Found) -> str:
    dialect, header = found.dialect, found.header
    separated = tables_dialect.SAID.get(dialect.delimiter, repr(dialect.delimiter))
    parts = (
        encoding.said,
        f"separated by {separated}" if separated else "",
        "quoted by apostrophes" if dialect.quote == "'" else "",
        f"header in line {header.number}" if header and header.number > found.begin else "",
    )
    return ", ".join(part for part in parts if part)


@contextmanager
def _opened(path: Path, encoding: Encoding) -> Iterator[Iterator[str]]:
    """Give the lines of a text, each with its line end as it is."""
    with path.open(encoding=encoding.codec, newline="") as file:
        yield iter(partial(file.readline, LONGEST_LINE), "")


def _lines(path: Path, encoding: Encoding, found: Found, names: tuple[str, ...]) -> Iterator[Line]:
    if found.header is None:
        return
    above = found.header.number + found.header.height - 1
    with _opened(path, encoding) as text:
        behind = islice(text, above, None)
        for record in records(_ended(behind, above), found.dialect, begin=above + 1, width=len(names)):
            if record.fault or any(cell.strip() for cell in record.cells):
                yield _line(record, names, found.dialect)


def _ended(lines: Iterator[str], above: int) -> Iterator[str]:
    for number, line in enumerate(lines, above + 1):
        if len(line) == LONGEST_LINE:
            raise ImportFailed(f"Line {number} has over {LONGEST_LINE:,} letters: this is no table. Export it again.")
        yield line


def _line(record: Record, names: tuple[str, ...], dialect: Dialect) -> Line:
    cells = [cell.strip() for cell in record.cells]
    beyond = cells[len(names) :]
    if not record.fault and (len(cells) < len(names) or any(beyond)):
        return Line(record.number, record.raw, fault=_miscounted(len(cells), len(names), dialect))
    if record.fault:
        return Line(record.number, record.raw, fault=record.fault)
    return Line(record.number, record.raw, dict(zip(names, cells, strict=False)))


def _miscounted(count: int, width: int, dialect: Dialect) -> str:
    short = "a line that was cut off, or a line break without quotes,"
    perhaps = short if count < width else f"a {dialect.delimiter!r} without quotes"
    return f"has {count} cells, the header {width}; {perhaps} perhaps"
