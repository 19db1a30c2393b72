"""A file as a table: its column names, and its lines one by one, of which few are held at a time.

What a file is, is told by its bytes and never by its name.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from scc.imports import tables_refused
from scc.imports.lines import ImportFailed, Line

# Enough to see what a file is.
_HEAD = 4096


@dataclass(frozen=True)
class Table:
    """A file that was opened. said: how it was read, for people, where that is not plain.

    size: about how many lines it has. again: what reads them from the first. sheet, sheets: of a workbook, the one that
    this is, and all that one can see.
    """

    path: Path
    names: tuple[str, ...]
    said: str
    size: int
    again: Callable[[], Iterator[Line]] = field(repr=False)
    sheet: str = ""
    sheets: tuple[str, ...] = ()

    def lines(self) -> Iterator[Line]:
        """Give the lines behind the names, blank ones left out, each with its cells by the file's own names.

        May be asked for again. Raises ImportFailed where the file breaks off.
        """
        return self.again()


def open_table(path: Path, *, known: Collection[str] = (), sheet: str = "") -> Table:
    """Return the table of the file at `path`. Raises ImportFailed, with what to do, when it is none.

    known: names of columns that are looked for, in order to tell the header from titles above it and to choose a sheet
    (`columns.known`). sheet: the one to read, "" for the first with a header.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
        if head.startswith(b"PK\x03\x04"):
            from scc.imports.tables_xlsx import open_xlsx as opened
        else:
            tables_refused.check(path, head)
            from scc.imports.tables_csv import open_csv as opened
        return opened(path, known, sheet)
    except OSError as exc:
        raise ImportFailed(f"{path} cannot be read: {exc.strerror or exc}.") from exc
