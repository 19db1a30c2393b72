"""A departure as an import sees it, and how its lines are written to it, cut by cut."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Self, TypeVar

from django.db import transaction

from events import gone, rows
from events.revisions import Noted
from scc.dynamo.errors import Conflict
from scc.dynamo.rows import Row
from scc.dynamo.tries import tries
from scc.dynamo.units import Unit, joined
from scc.imports.ids import ulid_of
from scc.imports.lines import ImportFailed
from scc.imports.runs import Run

# Seconds for which a cut is decided anew while others write to the same departure.
PATIENCE = 12.0
FIRST_PAUSE = 0.02
LONGEST_PAUSE = 0.6

BY_HAND = "if they do come, put them on by hand"

T = TypeVar("T")


@dataclass
class Sheet:
    """A departure, its parties and its crew, as they were read, and as they are once a cut is written."""

    event: rows.Event
    parties: list[rows.Patron] = field(default_factory=list)
    crew: list[rows.CrewAssignment] = field(default_factory=list)
    taken_off: list[rows.TakenOff] = field(default_factory=list)

    @classmethod
    def read(cls, slug: str, run: Run) -> Self | None:
        """Return the departure `slug`, None where there is none. One Query."""
        inside = Row.collection(rows.Event.keys_for(slug=slug)[0])
        coming = run.coming.get(slug)
        event = next((row for row in [*inside, coming] if isinstance(row, rows.Event)), None)
        if event is None:
            return None
        parties = [row for row in inside if isinstance(row, rows.Patron)]
        crew = [row for row in inside if isinstance(row, rows.CrewAssignment)]
        return cls(event, parties, crew, [row for row in inside if isinstance(row, rows.TakenOff)])

    def is_taken_off(self, key: str, digest: str) -> bool:
        """Say whether what was carried of a line that said just this was taken off since. key: "" without a number."""
        return any(row.import_digest == digest and not _are_two(row, key) for row in self.taken_off)

    def why_gone(self, key: str, name_mark: str) -> str:
        """Return why a line is not carried of which someone seems gone, "" of whom nobody is.

        name_mark: of its name, as `events.gone` has it. Two with numbers of their own are two, whatever their names.
        """
        erased = [party for party in self.parties if gone.is_erased(party)]
        if any(_is_of(row, key, name_mark) for row in erased):
            return f"someone of this line was erased; {BY_HAND}"
        if any(_is_of(row, key, name_mark) for row in self.taken_off):
            return f"someone of this line was taken off; {BY_HAND}"
        return ""

    @contextmanager
    def unchanged(self) -> Iterator[Unit]:
        """Give a unit that is written only if nobody joined or left meanwhile, or who they are was decided in vain."""
        with transaction.atomic(), joined() as unit:
            same = (rows.Event.booked == self.event.booked) & (rows.Event.crew_count == self.event.crew_count)
            unit.update(self.event, expect=same)
            yield unit


def _is_of(row: rows.Patron | rows.TakenOff, key: str, name_mark: str) -> bool:
    return not _are_two(row, key) and (key == row.import_key != "" or name_mark in row.import_names.split())


def _are_two(row: rows.Patron | rows.TakenOff, key: str) -> bool:
    return bool(key and row.import_key and key != row.import_key)


def cuts(lines: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Give `lines` in cuts of `size`: the same ones each time, so that a run begun again ends in the same table."""
    for start in range(0, len(lines), size):
        yield lines[start : start + size]


def settle(attempt: Callable[[], None], *, again: Callable[[], None], slug: str) -> None:
    """Do `attempt` until no Conflict comes of it, with `again` in between. Raises ImportFailed, and what both raise."""
    for _ in tries(seconds=PATIENCE, first_pause=FIRST_PAUSE, longest_pause=LONGEST_PAUSE):
        try:
            attempt()
        except Conflict:
            again()
        else:
            return
    raise ImportFailed(f"Too many write to {slug} at once. Run it again.")


def noted(run: Run, what: str, slug: str, keys: Sequence[str], summary: str) -> Noted:
    """Return the audit entry of a cut: the same when the run is begun again, another when other lines are carried."""
    return Noted(summary=summary, ulid=ulid_of(run.moment, run.id, what, slug, list(keys)), at=run.moment)
