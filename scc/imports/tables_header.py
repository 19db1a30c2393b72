"""Which line of a table names its columns.

Exports have titles, dates and blank lines above. The header is the first line that says two or more of the names that
are looked for, or nothing but such; where none does, the first line with more than one cell.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence

# How many lines from the top it is looked for.
DEPTH = 50

_BETWEEN = re.compile(r"[\s_\-]+")


def fold(name: str) -> str:
    """Return a column's name without what people write in different ways: capitals, spaces, "_" and "-"."""
    return _BETWEEN.sub(" ", unicodedata.normalize("NFKC", name)).strip("\ufeff ").casefold()


def find(rows: Sequence[Sequence[str]], known: Collection[str]) -> tuple[int, int]:
    """Return which of `rows` is the header, and how many known names it says.

    known: names as `fold` makes them. With no row there is none: (0, 0).
    """
    for index, row in enumerate(rows):
        said = [fold(cell) for cell in row if cell.strip()]
        hits = sum(name in known for name in said)
        if hits >= 2 or (hits and hits == len(said)):
            return index, hits
    wide = (index for index, row in enumerate(rows) if sum(bool(cell.strip()) for cell in row) > 1)
    some = (index for index, row in enumerate(rows) if any(cell.strip() for cell in row))
    return next(wide, next(some, 0)), 0


def names_of(row: Sequence[str]) -> tuple[str, ...]:
    """Return the names that a header gives its columns; what has none is called by its place, `unnamed`."""
    cells = [" ".join(cell.split()) for cell in row]
    while cells and not cells[-1]:
        cells.pop()
    return tuple(cell or unnamed(place) for place, cell in enumerate(cells))


def unnamed(place: int) -> str:
    """Return what a column without a name is called: "(column C)", as spreadsheets count them."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"(column {letters})"


def is_unnamed(name: str) -> bool:
    """Tell whether `unnamed` made this name."""
    return bool(re.fullmatch(r"\(column [A-Z]+\)", name))
