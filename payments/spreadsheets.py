"""Lines of cells as CSV and as a spreadsheet, written while they are read, for people who open both in Excel."""

from __future__ import annotations

import csv
import io
import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any, cast

from scc.cells import plain

# Of instants, those in UTC are written as such, and all others are local.
Cell = str | int | date | datetime | Decimal
Cells = list[Cell]

# XML holds none of these, and a spreadsheet is XML.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
# Excel takes a file for UTF-8 by it.
_BYTE_ORDER_MARK = "\ufeff"
# Characters of CSV that are given at once.
_CHUNK = 64 * 1024
# https://support.microsoft.com/en-us/office/excel-specifications-and-limits-1672b34d-7043-467e-8e27-269d656771c3
MOST_ROWS = 1_048_576


class TooManyRows(Exception):
    """More lines than a spreadsheet holds."""

    def __init__(self) -> None:
        super().__init__(f"A spreadsheet holds {MOST_ROWS:,} lines. Take CSV.")


def csv_chunks(lines: Iterable[Cells]) -> Iterator[str]:
    """Give `lines` as CSV, some thousand characters at a time. Nothing is held but those."""
    chunk = io.StringIO()
    chunk.write(_BYTE_ORDER_MARK)
    writer = csv.writer(chunk)
    for cells in lines:
        writer.writerow([_text(cell) for cell in cells])
        if chunk.tell() >= _CHUNK:
            yield chunk.getvalue()
            chunk.seek(0)
            chunk.truncate()
    yield chunk.getvalue()


def write_xlsx(lines: Iterable[Cells], file: IO[bytes], *, title: str) -> None:
    """Write `lines` to `file` as a spreadsheet with one sheet. Raises TooManyRows."""
    # A quarter of a second of imports that no page has any need of.
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    # The columns' names stay in sight.
    sheet.freeze_panes = "A2"

    def in_sheet(cell: Cell) -> Any:
        if isinstance(cell, Decimal):
            # The stubs know of no decimals, which openpyxl writes as they are.
            money = WriteOnlyCell(sheet, cast(float, cell))
            money.number_format = "#,##0.00"
            return money
        if isinstance(cell, str):
            return plain(_UNWRITABLE.sub("", cell))
        # A spreadsheet knows no zones; the column's name says which one it is.
        return cell.replace(tzinfo=None) if isinstance(cell, datetime) else cell

    try:
        for number, cells in enumerate(lines):
            if number == MOST_ROWS:
                raise TooManyRows
            sheet.append([in_sheet(cell) for cell in cells])
    finally:
        # What openpyxl keeps on the disk goes with the saving alone; a torn sheet is its caller's to throw away.
        book.save(file)


def xlsx_file(lines: Iterable[Cells], *, title: str) -> IO[bytes]:
    """Return `lines` as a spreadsheet in a temporary file, which goes when it is closed. Raises TooManyRows."""
    with ExitStack() as torn:
        file = cast("IO[bytes]", torn.enter_context(tempfile.TemporaryFile()))
        write_xlsx(lines, file, title=title)
        torn.pop_all()
    file.seek(0)
    return file


def _text(cell: Cell) -> str:
    if isinstance(cell, str):
        return plain(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(timespec="seconds").replace("+00:00", "Z")
    return str(cell)
