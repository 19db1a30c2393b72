"""Portions: the lines of a file in pieces that one request can carry, each of whole groups.

A file is cut once for each way of reading it; the pieces lie in the bucket, so that whoever goes on reads one and not
the whole. What became of a piece's lines lies beside it, under a name that follows from its number: done again, it
takes its own place. Each also holds the first lines of all that was told so far, for the page.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from scc.imports import kinds, objects, uploads
from scc.imports.columns import reader
from scc.imports.lines import ImportFailed, Line
from scc.imports.outcomes import Outcome, Told
from scc.imports.rows import ImportRun
from scc.imports.spools import Spool

# A group that is larger is a portion by itself.
LINES = 500
MOST_LINES = 200_000
# How many of each sort the page shows.
SHOWN = 100
LONGEST_SHOWN = 300
# Of a line in the report: one may hold a drawn signature.
LONGEST_KEPT = 4_000
_AT_ONCE = 8

# Its name, its lines, and what carrying them takes of the file's others.
Group = tuple[str, list[Line], Mapping[str, int]]
# place, what is said, the line as it is written; by its number, which sorts.
Said = list[Any]


@dataclass(frozen=True)
class Cut:
    """How much there is."""

    portions: int
    groups: int
    lines: int


def cut(row: ImportRun) -> Cut:
    """Cut a run's file into portions, and keep each. The same file cut again gives the same.

    Raises ImportFailed when it is no table, or has too many lines or none; Gone, StoreUnavailable.
    """
    kind = kinds.get(row.what)
    order: dict[str, None] = {}

    def group_of(line: Line) -> str:
        name = kind.group_of(line)
        order.setdefault(name)
        return name

    with uploads.opened(row) as (table, _):
        read = reader(kind, table.names, uploads.reading_of(row))
        with Spool(map(read, _few_enough(table.lines())), group_of=group_of) as spool:
            if not len(spool):
                raise ImportFailed("The file has no lines behind its header.")
            packs = list(_packed(spool, list(order)))
            _keep_all(row, kind, spool, packs)
            return Cut(len(packs), len(order), len(spool))


def _few_enough(lines: Iterator[Line]) -> Iterator[Line]:
    for number, line in enumerate(lines):
        if number == MOST_LINES:
            raise ImportFailed(f"The file has more than {MOST_LINES:,} lines. Cut it, or use the command.")
        yield line


def _packed(spool: Spool, groups: Sequence[str]) -> Iterator[list[str]]:
    """Give the names of the groups of each portion, in the order in which the file begins them."""
    pack: list[str] = []
    size = 0
    for group in groups:
        if pack and size + spool.size(group) > LINES:
            yield pack
            pack, size = [], 0
        pack.append(group)
        size += spool.size(group)
    yield pack


def _keep_all(row: ImportRun, kind: kinds.Kind, spool: Spool, packs: Sequence[Sequence[str]]) -> None:
    numbered = iter(enumerate(packs, 1))
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        # No more than these are in memory.
        while batch := list(islice(numbered, _AT_ONCE)):
            list(pool.map(lambda each: _keep(row, kind, spool, *each), batch))


def _keep(row: ImportRun, kind: kinds.Kind, spool: Spool, number: int, groups: Sequence[str]) -> None:
    read = ((group, spool.read(group)) for group in groups)
    written = [[group, [_written(line) for line in lines], kind.around(lines)] for group, lines in read]
    objects.put_json(row.ulid, _name(row, "lines", number), written)


def _written(line: Line) -> list[Any]:
    return [line.number, line.raw, dict(line.cells), line.fault, line.named]


def groups_of(row: ImportRun, number: int) -> list[Group]:
    """Return the groups of a portion, from 1, with their lines. One GetObject. Raises Gone, StoreUnavailable."""
    stored = objects.get_json(row.ulid, _name(row, "lines", number))
    return [(group, [Line(*parts) for parts in lines], around) for group, lines, around in stored]


def _name(row: ImportRun, what: str, number: int) -> str:
    return f"{row.edition}/{what}-{number:04}"


# What became of them


@dataclass
class First:
    """The first lines of each sort that was told of."""

    reports: list[Said] = field(default_factory=list)
    guesses: list[Said] = field(default_factory=list)
    carried: list[Said] = field(default_factory=list)

    def and_then(self, tale: Tale) -> First:
        """Return these with what a further portion tells."""
        return First(
            _first(self.reports, tale.reports), _first(self.guesses, tale.guesses), _first(self.carried, tale.happens)
        )


def _first(first: list[Said], more: Iterable[Told]) -> list[Said]:
    return [*first, *map(_shown, islice(more, SHOWN - len(first)))]


class Tale(Outcome):
    """What became of the lines of a portion.

    before: the sort and number of each line that an earlier try, cut off, may have carried: the check found it not to
    be stored. Where it is stored now, that try carried it, and it counts so.
    """

    def __init__(self, kind: kinds.Kind, before: frozenset[tuple[str, int]] = frozenset()) -> None:
        super().__init__(())
        self.counts = kind.outcome().counts
        self.before = before
        self.happens: list[Told] = []
        self.new: list[tuple[str, int]] = []

    def carried(self, sort: str, line: Line, *, cents: int = 0, said: str = "") -> None:
        super().carried(sort, line, cents=cents, said=said)
        self.new.append((sort, line.number))
        if len(self.happens) < SHOWN:
            self.happens.append(Told(sort, line, said))

    def unchanged(self, sort: str, line: Line, *, cents: int = 0) -> None:
        if (sort, line.number) in self.before:
            self.carried(sort, line, cents=cents)
        else:
            super().unchanged(sort, line, cents=cents)

    def sort(self) -> None:
        """Put what would be carried into the order of the file."""
        self.happens.sort(key=lambda told: told.line.number)


def keep(row: ImportRun, phase: str, number: int, tale: Tale, first: First, *, over: str) -> bool:
    """Keep what became of a portion, in the place of `over` (`kept`). One PutObject.

    Returns False where something else is kept there by now: a driver whose lease has ended comes too late.
    Raises StoreUnavailable.
    """
    told = {
        "reports": [_said(each) for each in tale.reports],
        "new": tale.new if phase == CHECK else [],
        "first": [first.reports, first.guesses, first.carried],
    }
    return objects.replace_json(row.ulid, _name(row, phase, number), told, over=over)


def kept(row: ImportRun, phase: str, number: int) -> str:
    """Return the tag of what is kept of a portion, "" for nothing. One HeadObject. Raises StoreUnavailable."""
    return objects.tag_of(row.ulid, _name(row, phase, number))


CHECK, RUN = "check", "run"


def first_of(row: ImportRun, phase: str, number: int) -> First:
    """Return the first lines of all that was told up to a portion. One GetObject, none for 0. Raises Gone."""
    return First(*objects.get_json(row.ulid, _name(row, phase, number))["first"]) if number else First()


def new_in_check(row: ImportRun, number: int) -> frozenset[tuple[str, int]]:
    """Return which lines of a portion the check found not to be stored. One GetObject. Raises Gone."""
    found = objects.get_json(row.ulid, _name(row, CHECK, number))["new"]
    return frozenset((sort, line) for sort, line in found)


def reports_of(row: ImportRun, phase: str, number: int) -> list[Said]:
    """Return every line of a portion that was reported. One GetObject. Raises Gone, StoreUnavailable."""
    found: list[Said] = objects.get_json(row.ulid, _name(row, phase, number))["reports"]
    return found


def sizes(row: ImportRun, phase: str) -> list[int]:
    """Return how many bytes are kept of what became of each portion, in order. One ListObjectsV2."""
    there = objects.sizes(row.ulid, f"{row.edition}/{phase}-")
    return [size for _, size in sorted(there.items())][: row.portions]


def _said(told: Told) -> Said:
    return [told.line.number, told.place, told.text, _cut(told.raw, LONGEST_KEPT)]


def _shown(told: Told) -> Said:
    number, place, text, raw = _said(told)
    return [number, place, text, _cut(raw, LONGEST_SHOWN)]


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
