"""Uploads: a file's slices come one by one, are kept in the bucket, and are put together again where it is read.

A function behind CloudFront takes about 4.5 MB at once, so the page's script cuts the file. A slice that comes again
takes its own place. What is missing is asked for before anything is read.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scc.dynamo.units import Unit
from scc.imports import kinds, objects, runs
from scc.imports.columns import Reading, known, reader
from scc.imports.lines import ImportFailed
from scc.imports.rows import OPEN, ImportRun, State
from scc.imports.tables import Table, open_table
from scc.staff.actors import By
from scc.text import BadText, clean_name

# With what a form puts around it, and as base 64, well under what Lambda takes (6 MB).
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
SLICE = 3 * 1024 * 1024
# What a form without a script may bring.
MOST_PLAIN = 4 * 1024 * 1024
# A file, and its lines in a temporary file four times as large, go into the 512 MB of a function's /tmp.
MOST_BYTES = 40 * 1024 * 1024
SUFFIXES = (".csv", ".tsv", ".txt", ".xlsx")
# What a request's function reads by itself.
MOST_AT_ONCE = 8 * 1024 * 1024
MOST_OF_BOOK_AT_ONCE = 256 * 1024
# Of a file whose columns are to be chosen, so many lines are shown.
HEAD_LINES = 5
LONGEST_CELL = 120


class BadUpload(ValueError):
    """A file, or a slice of one, that is not taken; says why."""


@dataclass(frozen=True)
class Head:
    """The beginning of a file: its columns' names, its first lines, how it was read, and of which of its sheets."""

    names: list[str]
    first: list[list[str]]
    said: str
    sheet: str = ""
    sheets: list[str] = field(default_factory=list)

    def samples(self, place: int) -> list[str]:
        """Return what the first lines say in one column."""
        return [cells[place] for cells in self.first if place < len(cells) and cells[place]]


def begin(*, what: str, source: str, size: int, preset: str = "", stamp: str = "", by: By) -> ImportRun:
    """Return a new run whose file is still to come, stored. One TransactWriteItems.

    stamp: when the file was changed last, as the browser says it, by which it is known again. Raises BadUpload.
    """
    kind = _kind(what, preset)
    row = runs.new(
        what=kind.name,
        source=checked_name(source),
        by=by,
        state=State.UPLOADING.value,
        options=json.dumps(Reading(preset=preset).as_options()),
        size=_checked_size(size),
        parts=-(-size // SLICE),
        stamp_of_file=stamp[:40],
    )
    unit = Unit()
    unit.put(row)
    unit.commit()
    return row


def _kind(what: str, preset: str) -> kinds.Kind:
    if what not in kinds.names():
        raise BadUpload("Choose what the file holds.")
    kind = kinds.get(what)
    if preset and preset not in [each.name for each in kind.presets]:
        raise BadUpload(f"{kind.label} are not read from an export of {preset}.")
    return kind


def checked_name(source: str) -> str:
    """Return a file's name without its folder. Raises BadUpload for what is no table."""
    try:
        name = clean_name(source.replace("\\", "/").rpartition("/")[2])
    except BadText as exc:
        raise BadUpload(f"The file's name: {exc}") from exc
    if not name.lower().endswith(SUFFIXES):
        raise BadUpload(f"{name} is no CSV and no XLSX. Save the table as one of these.")
    return name


def _checked_size(size: int) -> int:
    if size <= 0:
        raise BadUpload("The file is empty.")
    if size > MOST_BYTES:
        most = MOST_BYTES // 1024**2
        raise BadUpload(f"The file has {size / 1024**2:.0f} MB; {most} are taken here. Cut it, or use the command.")
    return size


def take(row: ImportRun, number: int, data: bytes) -> None:
    """Keep the slice `number`, from 1. One PutObject. Raises BadUpload, StoreUnavailable."""
    if row.state != State.UPLOADING:
        raise BadUpload("This file is here already, or its import was left. Look at its page.")
    if not 1 <= number <= row.parts or len(data) != _length(row, number):
        raise BadUpload("That is no slice of this file. Is it another one?")
    objects.put(row.ulid, _part(number), data)


def missing(row: ImportRun) -> list[int]:
    """Return the numbers of the slices that have not come. One ListObjectsV2. Raises StoreUnavailable."""
    there = objects.sizes(row.ulid, "part-")
    return [number for number in range(1, row.parts + 1) if there.get(_part(number)) != _length(row, number)]


def _part(number: int) -> str:
    return f"part-{number:04}"


def _length(row: ImportRun, number: int) -> int:
    return min(SLICE, row.size - (number - 1) * SLICE)


def finish(row: ImportRun) -> ImportRun:
    """Begin to read a file of which every slice is here: a job, as large ones take longer than a request may.

    One TransactWriteItems. Raises Conflict, StoreUnavailable, OutcomeUnknown.
    """
    return _changed(row, {"state": State.CHECKING.value, "queue": OPEN, "uploaded_at": runs.now()})


def look(row: ImportRun) -> dict[str, Any]:
    """Look at the beginning of a run's file, keep it, and return what that changes of the run.

    Its columns are asked for where they do not fit. A GetObject for each slice, and one PutObject.
    Raises ImportFailed when the file is no table; Gone, StoreUnavailable.
    """
    with opened(row) as (table, sha256):
        head = _head(table)
    objects.put_json(row.ulid, "head", [head.names, head.first, head.said, head.sheet, head.sheets])
    fits = fault_of(row, head, reading_of(row)) == ""
    return {"state": row.state if fits else State.MAPPING.value, "sha256": sha256}


def is_large(row: ImportRun) -> bool:
    """Say whether reading a run's file takes longer than a request's function should try, by what was measured.

    A function of 1 GB has 0.6 of a processor. It cuts a megabyte of CSV in 0.7 seconds; one of XLSX, which is packed
    and of 25,000 lines, it looks at and cuts in 30.
    """
    is_book = row.source.lower().endswith(".xlsx")
    return int(row.size) > (MOST_OF_BOOK_AT_ONCE if is_book else MOST_AT_ONCE)


def _head(table: Table) -> Head:
    first = []
    for line in table.lines():
        first.append([line.cells.get(name, "")[:LONGEST_CELL] for name in table.names])
        if len(first) == HEAD_LINES:
            break
    return Head(list(table.names), first, table.said, table.sheet, list(table.sheets))


def head_of(row: ImportRun) -> Head:
    """Return the beginning of a run's file. One GetObject. Raises Gone, StoreUnavailable."""
    return Head(*objects.get_json(row.ulid, "head"))


def reading_of(row: ImportRun) -> Reading:
    """Return how a run's file is read."""
    options: dict[str, Any] = json.loads(row.options)
    return Reading.of_options(options)


def fault_of(row: ImportRun, head: Head, reading: Reading) -> str:
    """Return why a file's columns do not fit when it is read so, "" when they do."""
    try:
        reader(kinds.get(row.what), head.names, reading)
    except ImportFailed as exc:
        return exc.in_page
    return ""


def choose(row: ImportRun, reading: Reading) -> ImportRun:
    """Read a run's file so from now on, and check it anew. One TransactWriteItems. Raises Conflict.

    Another sheet is another table: it is looked at first.
    """
    is_other = reading.sheet != reading_of(row).sheet
    sets = {
        "sha256": "" if is_other else row.sha256,
        "state": State.CHECKING.value,
        "queue": OPEN,
        "options": json.dumps(reading.as_options()),
        "edition": row.edition + 1,
        "lease": "",
        "failure": "",
        "ended_at": None,
        "lease_until": None,
        "counts": "",
        **dict.fromkeys(PROGRESS, 0),
    }
    return _changed(row, sets)


_HOW_FAR = ("lines", "lines_done", "groups", "groups_done", "portions", "portions_done")
PROGRESS = (*_HOW_FAR, "tried", "unanswered", "again", "spent_ms")


def _changed(row: ImportRun, sets: dict[str, Any]) -> ImportRun:
    unit = Unit()
    runs.change(unit, row, sets, expect=runs.is_version(row))
    unit.commit()
    for name, value in sets.items():
        setattr(row, name, value)
    row.version += 1
    return row


@contextmanager
def opened(row: ImportRun) -> Iterator[tuple[Table, str]]:
    """Give a run's file as a table, and the SHA-256 of its bytes. Raises ImportFailed, Gone, StoreUnavailable."""
    with tempfile.TemporaryDirectory(prefix="import-") as folder:
        path = Path(folder, f"file{Path(row.source).suffix.lower()}")
        hashed = hashlib.sha256()
        with path.open("wb") as file:
            for number in range(1, row.parts + 1):
                data = objects.get(row.ulid, _part(number))
                hashed.update(data)
                file.write(data)
        reading = reading_of(row)
        try:
            table = open_table(path, known=known(kinds.get(row.what), reading), sheet=reading.sheet)
            yield table, hashed.hexdigest()
        except ImportFailed as exc:
            # People know the file by its own name.
            raise ImportFailed(exc.in_page.replace(str(path), row.source).replace(path.name, row.source)) from exc
