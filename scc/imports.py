"""What every import of a CSV shares: reading, counting, reporting, and how it ends.

A file is UTF-8, with or without a byte order mark, and has a line of column names. Whatever cannot be carried is
named with its place and reason, printed, and kept as a CSV with `--report`.
"""

from __future__ import annotations

import csv
import io
import json
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence, Sized
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO, Any, ClassVar, TypeVar, cast

from django.core.management.base import BaseCommand, CommandError, CommandParser

from scc.dynamo.errors import StoreError

SOME_REPORTED = 3
FAILED = 1
# Seconds between two lines of progress where there is no terminal.
PLAIN_EVERY = 10.0
# How many lines a record with line breaks inside its quotes may have.
MOST_LINES = 100

T = TypeVar("T")


class ImportFailed(Exception):
    """The whole import cannot go on; says why, and what to do."""


class BadLine(Exception):
    """A line that cannot be carried; says why."""


@dataclass(frozen=True)
class Line:
    """A line of the file: where it begins, as it stands there, and its cells by column, stripped.

    A line that is no line of this table says so in `fault` and has no cells.
    """

    number: int
    raw: str
    cells: Mapping[str, str] = field(default_factory=dict)
    fault: str = ""

    @property
    def place(self) -> str:
        return f"line {self.number}"


@dataclass
class Outcome:
    """What became of what was read: counts by kind of thing, and what was not carried."""

    counts: dict[str, dict[str, int]]
    reports: list[tuple[str, str, str]] = field(default_factory=list)

    def count(self, kind: str, what: str, amount: int = 1) -> None:
        """Add `amount` to a count that the import declared."""
        self.counts[kind][what] += amount

    def report(self, kind: str, line: Line, reason: str) -> None:
        """Name a line of `kind` that was not carried."""
        self.count(kind, "reported")
        self.reports.append((line.place, reason, line.raw))

    def __str__(self) -> str:
        kinds = (
            f"{kind}: " + ", ".join(f"{n} {what}" for what, n in counts.items()) for kind, counts in self.counts.items()
        )
        return "; ".join(kinds)


def read_csv(path: Path, *, columns: Sequence[str], optional: Iterable[str] = ()) -> list[Line]:
    """Return the lines of the CSV at `path`, blank ones left out.

    columns: all that it may have; each but the `optional` must be there. Raises ImportFailed.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as exc:
        raise ImportFailed(f"{path} cannot be read: {exc.strerror}") from exc
    except UnicodeDecodeError as exc:
        number = exc.object[: exc.start].count(b"\n") + 1
        raise ImportFailed(f"{path} is not UTF-8 (line {number}). Save it again as CSV UTF-8.") from exc
    # Lines end as in files, not as in Unicode, where a form feed ends one too.
    physical = list(io.StringIO(text, newline=""))
    names, begin = _header(physical)
    if not any(names):
        raise ImportFailed(f"{path} has no header. Its first line names the columns: {', '.join(columns)}.")
    _check_columns(path, names, columns, set(optional))
    return list(_lines(physical, begin, names))


def _header(physical: list[str]) -> tuple[list[str], int]:
    cells, height = _record(physical, 0)
    return [name.strip() for name in cells], height


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


def _check_columns(path: Path, names: list[str], columns: Sequence[str], optional: set[str]) -> None:
    missing = [name for name in columns if name not in names and name not in optional]
    unknown = [name or "(blank)" for name in names if name not in columns]
    double = sorted({name for name in names if names.count(name) > 1})
    faults = [("lacks", missing), ("has unknown", unknown), ("has twice", double)]
    said = "; ".join(f"{word} {', '.join(found)}" for word, found in faults if found)
    if said:
        raise ImportFailed(f"{path} {said}. The columns are {', '.join(columns)}.")


def _line(number: int, raw: str, cells: list[str], names: list[str]) -> Line:
    if len(cells) != len(names):
        return Line(number, raw, fault=f"has {len(cells)} cells, the header {len(names)}; an unclosed quote perhaps")
    return Line(number, raw, {name: cell.strip() for name, cell in zip(names, cells, strict=True)})


@contextmanager
def progress(things: Iterable[T], *, doing: str, total: int | None = None) -> Iterator[Iterator[T]]:
    """Give `things` one by one and show on stderr how far it is: as a bar, or in plain lines where no terminal is.

    total: how many they are, about; where they are a sequence, they know.
    """
    total = len(cast(Sized, things)) if total is None else total
    if not sys.stderr.isatty():
        yield _plainly(things, doing, total)
        return
    # In the package for commands alone, while others import this module for what it counts.
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    shown = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*shown, console=Console(stderr=True), transient=True) as bar:
        yield iter(bar.track(things, total=total, description=doing))


def _plainly(things: Iterable[T], doing: str, total: int) -> Iterator[T]:
    said = time.monotonic()
    for number, thing in enumerate(things):
        if time.monotonic() - said > PLAIN_EVERY:
            sys.stderr.write(f"{doing}: {number} of {total}\n")
            said = time.monotonic()
        yield thing


class ImportCommand(BaseCommand):
    """Base of the commands that import a CSV. Subclasses name their `columns` and `counts` and write `carry`."""

    columns: ClassVar[Sequence[str]]
    optional_columns: ClassVar[Iterable[str]] = ()
    counts: ClassVar[Mapping[str, Sequence[str]]]

    def carry(self, lines: list[Line], outcome: Outcome, *, dry_run: bool, strict: bool) -> None:
        """Carry `lines` and tell `outcome`. Raises ImportFailed when the whole cannot go on."""
        raise NotImplementedError

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE.csv", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="read and check everything, write nothing")
        parser.add_argument("--strict", action="store_true", help="write nothing when any line is bad")
        parser.add_argument("--report", metavar="FILE", type=Path, help="write what was not carried as CSV")
        parser.add_argument("--summary", metavar="FILE", type=Path, help="write the counts as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        outcome = Outcome({kind: dict.fromkeys(names, 0) for kind, names in self.counts.items()})
        with ExitStack() as files:
            # Opened first: an import whose report cannot be written shall not begin.
            report, summary = (opened(files, options[name]) for name in ("report", "summary"))
            failure = self._try(outcome, options)
            _write_report(report, outcome)
            if summary is not None:
                summary.write(json.dumps(outcome.counts, indent=2) + "\n")
        self._tell(outcome, failure, dry_run=options["dry_run"])

    def _try(self, outcome: Outcome, options: Mapping[str, Any]) -> str:
        """Do it, and return why it failed."""
        try:
            lines = read_csv(options["file"], columns=self.columns, optional=self.optional_columns)
            self.carry(lines, outcome, dry_run=options["dry_run"], strict=options["strict"])
        except ImportFailed as exc:
            return str(exc)
        except StoreError as exc:
            return f"{exc}. Run it again: what is carried already counts as unchanged."
        except KeyboardInterrupt:
            return "Stopped. Run it again: what is carried already counts as unchanged."
        return ""

    def _tell(self, outcome: Outcome, failure: str, *, dry_run: bool) -> None:
        for place, reason, _ in outcome.reports:
            self.stderr.write(f"{place}: {reason}", self.style.WARNING)
        self.stdout.write(f"{outcome} (dry run: nothing was written)" if dry_run else str(outcome))
        if failure:
            raise CommandError(failure, returncode=FAILED)
        if outcome.reports:
            raise SystemExit(SOME_REPORTED)


def opened(files: ExitStack, path: Path | None) -> IO[str] | None:
    """Return `path`, emptied, to write to until `files` ends. Raises CommandError when it cannot be written."""
    if path is None:
        return None
    try:
        return files.enter_context(path.open("w", encoding="utf-8", newline=""))
    except OSError as exc:
        raise CommandError(f"{path} cannot be written: {exc.strerror}", returncode=FAILED) from exc


def _write_report(report: IO[str] | None, outcome: Outcome) -> None:
    if report is not None:
        writer = csv.writer(report)
        writer.writerow(("place", "reason", "raw"))
        writer.writerows(outcome.reports)
