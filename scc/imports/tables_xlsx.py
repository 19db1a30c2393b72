"""A workbook (XLSX) as a table: one of its sheets, read row by row, of which few are held at a time.

The archive is looked at before anything of it is unpacked: what would not fit in memory, or is no workbook, is refused.
Formulas are taken by the values that were saved with them.
"""

from __future__ import annotations

import csv
import io
import re
import warnings
import zlib
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Protocol
from zipfile import BadZipFile

from scc.imports import tables_header, tables_packed
from scc.imports.lines import ImportFailed, Line
from scc.imports.tables import Table
from scc.imports.tables_cells import text_of
from scc.imports.tables_refused import SAVE, refusal

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook

# What a sheet has at most, by Excel's own limits. Others have a row of any number, which costs those before it.
MOST_ROWS = 1_048_576
# Rows that are read at once.
_TOGETHER = 500

# The beginning of a formula, with or without a prefix.
_FORMULA = re.compile(rb"[<:]f[ />]")

# What openpyxl raises for an archive that is no workbook, or for one that is torn.
_TORN = (BadZipFile, zlib.error, EOFError, KeyError, ValueError, TypeError, AttributeError, IndexError, SyntaxError)


class Cell(Protocol):
    """What we ask of openpyxl's cells."""

    value: Any
    data_type: str
    number_format: str


@dataclass(frozen=True)
class _Row:
    number: int
    cells: Sequence[Cell]

    def texts(self) -> list[str]:
        return [text_of(cell.value, "" if cell.value is None else cell.number_format) for cell in self.cells]


def open_xlsx(path: Path, known: Collection[str], sheet: str) -> Table:
    """Return the table of a sheet of the workbook at `path`. Raises ImportFailed when there is none, and OSError."""
    tables_packed.check(path)
    folded = {tables_header.fold(name) for name in known}
    with _book(path) as book:
        titles = [each.title for each in book.worksheets if each.sheet_state == "visible"]
        # About how many rows each has: some programs say less, or nothing.
        sizes = {each.title: each.max_row or 1 for each in book.worksheets}
        title, above, header = _chosen(path, book, _named(path, titles, sheet), folded)
        if place := _unsaved_formula(book, title):
            raise refusal(path, f"without the values of its formulas ({place} of {title}). {_RECALCULATE}")
    names = tables_header.names_of(header)
    said = (f"sheet {title}" if len(titles) > 1 else "", f"header in row {above}" if above > 1 else "")
    lines = partial(_lines, path, title, above, names)
    return Table(path, names, ", ".join(filter(None, said)), sizes[title], lines, title, tuple(titles))


_RECALCULATE = "Open it in a spreadsheet program, save it, and import it again."


def _named(path: Path, titles: list[str], sheet: str) -> list[str]:
    """Return the titles of the sheets that are asked for, in their order."""
    if not sheet:
        return titles
    found = [title for title in titles if title == sheet] or [t for t in titles if t.casefold() == sheet.casefold()]
    if not found:
        raise ImportFailed(f"{path} has no sheet {sheet!r}. Its sheets are {', '.join(titles)}.")
    return found[:1]


Chosen = tuple[str, int, list[str]]


def _chosen(path: Path, book: Workbook, titles: list[str], known: Collection[str]) -> Chosen:
    """Return the title of the first sheet with a header, its row, and what it says."""
    some: list[Chosen] = []
    for title in titles:
        rows = [(row.number, row.texts()) for row in islice(_rows(book, title), tables_header.DEPTH)]
        index, hits = tables_header.find([texts for _, texts in rows], known)
        if rows and any(rows[index][1]):
            some.append((title, *rows[index]))
            if hits:
                return some[-1]
    if not some:
        raise ImportFailed(f"{path} has nothing in {'its sheets' if len(titles) != 1 else titles[0]}.")
    # Where no name is known, rather a sheet with two columns than one with a remark.
    return next((each for each in some if len(list(filter(None, each[2]))) > 1), some[0])


def _lines(path: Path, title: str, above: int, names: tuple[str, ...]) -> Iterator[Line]:
    with _book(path) as book:
        for row in _rows(book, title):
            if row.number > above and (line := _line(row, names)):
                yield line


def _line(row: _Row, names: tuple[str, ...]) -> Line | None:
    texts = [text.strip() for text in row.texts()]
    if not any(texts):
        return None
    while len(texts) > len(names) and not texts[-1]:
        texts.pop()
    named = f"row {row.number}"
    if fault := _fault(row, texts, names):
        return Line(row.number, _raw(texts), fault=fault, named=named)
    texts += [""] * (len(names) - len(texts))
    return Line(row.number, _raw(texts), dict(zip(names, texts, strict=True)), named=named)


def _fault(row: _Row, texts: list[str], names: tuple[str, ...]) -> str:
    wrong = next((place for place, cell in enumerate(row.cells[: len(names)]) if cell.data_type == "e"), None)
    if wrong is not None:
        return f"{names[wrong]}: the spreadsheet says {texts[wrong]} there"
    if len(texts) > len(names):
        place = next(place for place, text in enumerate(texts) if place >= len(names) and text)
        return f"says something in {tables_header.unnamed(place)}, beyond the header"
    return ""


def _raw(texts: list[str]) -> str:
    """Return a row as a CSV would have it."""
    written = io.StringIO()
    csv.writer(written, lineterminator="").writerow(texts)
    return written.getvalue()


# openpyxl


@contextmanager
def _book(path: Path) -> Iterator[Workbook]:
    """Open a workbook. What goes wrong while it is read becomes ImportFailed."""
    # In the package for commands and uploads; the pages that guests see go without.
    from openpyxl import load_workbook

    try:
        # The file and not its path: openpyxl would go by the name.
        with path.open("rb") as file:
            # It warns of styles and checks that it leaves out, which is no business of ours.
            with warnings.catch_warnings(action="ignore"):
                book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
            with closing(book):
                yield book
    except _TORN as exc:
        raise refusal(path, f"torn, or no workbook that we know ({exc}). {SAVE}") from exc


def _rows(book: Workbook, title: str) -> Iterator[_Row]:
    """Give the rows of a sheet with their numbers, blank ones too."""
    sheet = book[title]
    # Some programs say less than there is.
    sheet.reset_dimensions()
    rows = enumerate(sheet.iter_rows(), 1)
    while batch := _quietly(lambda: list(islice(rows, _TOGETHER))):
        for number, cells in batch:
            if number > MOST_ROWS:
                raise ImportFailed(f"The sheet {title} has rows beyond {MOST_ROWS:,}. Export it again.")
            yield _Row(number, cells)


def _unsaved_formula(book: Workbook, title: str) -> str:
    """Return the place of a formula of which no value was saved, "" where there is none.

    It would read as a blank cell. A text may be blank, and says that it is one.
    """
    from openpyxl.xml.functions import iterparse

    with _source(book, title) as file:
        if not _has_formulas(file):
            return ""
    with _source(book, title) as file:
        for _, element in iterparse(file):
            tag = element.tag.rpartition("}")[2]
            if tag == "c" and _is_unsaved(element):
                return str(element.get("r", "a cell"))
            if tag == "row":
                element.clear()
    return ""


def _source(book: Workbook, title: str) -> IO[bytes]:
    """Return the part of the archive that holds a sheet. Its place is known to openpyxl alone."""
    sheet: Any = book[title]
    source: IO[bytes] = sheet._get_source()
    return source


def _has_formulas(file: IO[bytes]) -> bool:
    last = b""
    while chunk := file.read(1 << 20):
        if _FORMULA.search(last + chunk):
            return True
        last = chunk[-8:]
    return False


def _is_unsaved(cell: Any) -> bool:
    parts = {part.tag.rpartition("}")[2]: part.text for part in cell}
    return "f" in parts and not parts.get("v") and cell.get("t") != "str"


def _quietly(read: Callable[[], list[Any]]) -> list[Any]:
    # A date beyond the calendar is warned of, and is an error of its cell then.
    with warnings.catch_warnings(action="ignore"):
        return read()
