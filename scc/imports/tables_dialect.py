"""By which signs the cells of a CSV are told apart, found by reading its beginning in every way.

The way is best in which the header says most of the names that are looked for, most lines have as many cells as it,
and quotes are what they seem. Where nothing tells, a CSV is what RFC 4180 says.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, product

from scc.imports import tables_header
from scc.imports.tables_records import Dialect, Record, records

SAID = {",": "", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}

# What Excel reads, and some programs write for it, above the header.
_SEP = re.compile(r'"?sep=(.)"?[\r\n]*', re.IGNORECASE)

# How many lines are looked at, and letters.
_SAMPLE = 200
_SAMPLE_SIZE = 1 << 17


@dataclass(frozen=True)
class Found:
    """A dialect, and the header as it reads it. begin: the line in which the header would be, were nothing above."""

    dialect: Dialect
    header: Record | None
    begin: int


def find(text: Iterable[str], known: Collection[str]) -> Found:
    """Return how the lines of `text` are read, and their header, None where nothing is in it.

    known: names as `tables_header.fold` makes them.
    """
    lines = list(_beginning(text))
    told = _SEP.fullmatch(lines[0]) if lines else None
    delimiters = [told[1]] if told else list(SAID)
    sample = lines[1:] if told else lines
    judged = [_judged(way, sample, known, 2 if told else 1) for way in _ways(delimiters, sample)]
    # Of equals the first.
    return max(judged, key=lambda each: each[0])[1]


def _ways(delimiters: Sequence[str], sample: Sequence[str]) -> Iterator[Dialect]:
    """Give the ways that may be meant. A text that quotes by " does not by ', or a quote left open would look right."""
    text = "".join(sample)
    for delimiter, quote in product(delimiters, ('"', "'")):
        if quote == '"' or '"' not in text or _quote(delimiter, sample) == "'":
            yield Dialect(delimiter, quote)
            if f"\\{quote}" in text:
                yield Dialect(delimiter, quote, "\\")


def _beginning(text: Iterable[str]) -> Iterator[str]:
    size = 0
    for line in islice(text, _SAMPLE):
        size += len(line)
        yield line
        if size > _SAMPLE_SIZE:
            return


Score = tuple[int, bool, int, bool, int]


def _judged(way: Dialect, sample: Sequence[str], known: Collection[str], begin: int) -> tuple[Score, Found]:
    read = list(records(sample, way, begin=begin))
    index, hits = tables_header.find([record.cells for record in islice(read, tables_header.DEPTH)], known)
    header = read[index] if read and any(cell.strip() for cell in read[index].cells) else None
    width = len(header.cells) if header else 0
    fitting = sum(len(record.cells) == width and not record.fault for record in read[index + 1 :])
    quote = _quote(way.delimiter, sample) == way.quote
    # An escape that shows settles it: read without one, a cell with line breaks falls into more lines that fit.
    score = (hits, _is_escape(way, sample), fitting if width > 1 else 0, quote, width)
    return score, Found(way, header, begin)


def _quote(delimiter: str, sample: Sequence[str]) -> str:
    """Return the sign that quotes cells: ' only where a plain text would hardly have it, as around all names."""
    pieces = [[piece.strip() for piece in line.split(delimiter)] for line in sample if line.strip()]
    if pieces and all(_quoted(piece, "'") for piece in pieces[0]):
        return "'"
    if any(_quoted(piece, '"') for row in pieces for piece in row):
        return '"'
    return "'" if any(_holds_quote(piece) for row in pieces for piece in row) else '"'


def _quoted(piece: str, quote: str) -> bool:
    return len(piece) > 1 and piece.startswith(quote) and piece.endswith(quote)


def _holds_quote(piece: str) -> bool:
    return _quoted(piece, "'") and ("''" in piece[1:-1] or "\\'" in piece[1:-1])


def _is_escape(way: Dialect, sample: Sequence[str]) -> bool:
    r"""Tell whether \ is what `way` says that it is: \" within a cell, which elsewhere would be its end."""
    within = re.compile(rf"\\{way.quote}[^{way.quote}{re.escape(way.delimiter)}\s]")
    return (way.escape is not None) == any(map(within.search, sample))
