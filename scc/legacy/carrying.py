"""Carrying items over: first the departures, then what is inside them, by the rules of the other imports.

Of each departure the order is departure, crew, payments, waivers. What is inside one that cannot be carried is told of
by itself, with its money.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import groupby

from events import calendar, rows, season
from scc.imports import kinds
from scc.imports.kinds import Kind
from scc.imports.lines import Line
from scc.imports.outcomes import Outcome
from scc.imports.runs import Run
from scc.imports.spools import Spool
from scc.legacy import items
from scc.legacy.departures import Defaults, Thing, capacity_of, departure_of
from scc.legacy.items import INSIDE, Item
from scc.legacy.things import FIELDS, things_of
from scc.staff import rows as staff_rows
from scc.walks import in_threads

SORTS = ("events", *INSIDE)

# What stands before a fault, of which there may be several.
_NAMED = re.compile(r"(^|; )([a-z_]+):")


class LegacyOutcome(Outcome):
    """An outcome that tells what was guessed of a thing once it is carried, and not before."""

    def __init__(self) -> None:
        every = [kinds.get(sort) for sort in SORTS]
        added = [each for kind in every for each in kind.added]
        super().__init__(SORTS, money=[kind.name for kind in every if kind.is_money], added=added)
        self._supposed: dict[int, tuple[str, ...]] = {}
        # Why departures are not carried, by the number of their line.
        self.reasons: dict[int, str] = {}
        # The slugs of those that are there now, or would be.
        self.there: set[str] = set()

    def suppose(self, thing: Thing) -> None:
        """Keep what was guessed of a thing until it is known what becomes of it."""
        if thing.guessed:
            self._supposed[thing.line.number] = thing.guessed

    def carried(self, sort: str, line: Line, *, cents: int = 0, said: str = "") -> None:
        super().carried(sort, line, cents=cents, said=said)
        self._is_there(sort, line)
        for text in self._supposed.pop(line.number, ()):
            self.guess(sort, line, text)

    def unchanged(self, sort: str, line: Line, *, cents: int = 0) -> None:
        super().unchanged(sort, line, cents=cents)
        self._is_there(sort, line)
        self._supposed.pop(line.number, None)

    def report(self, sort: str, line: Line, reason: str, *, cents: int = 0) -> None:
        super().report(sort, line, _by_their_names(sort, reason), cents=cents)
        if sort == "events":
            self.reasons[line.number] = reason
        self._supposed.pop(line.number, None)

    def _is_there(self, sort: str, line: Line) -> None:
        if sort == "events":
            self.there.add(line.cells["slug"])


def largest_capacity(spool: Spool) -> int:
    """Return the largest capacity that an item says, 0 where none does."""
    return max((capacity_of(items.read(line)) for slug in spool.groups for line in spool.read(slug)), default=0)


@dataclass
class Backfill:
    """One run over the items of a source, which `spool` has by their slugs."""

    spool: Spool
    run: Run
    defaults: Defaults
    outcome: LegacyOutcome
    dry_run: bool

    def carry(self) -> None:
        """Carry everything. Raises what `Kind.carry` raises, and Stopped after a Ctrl-C."""
        users = {user.username for user in staff_rows.User.listing(index="gsi2", known={})}
        years = [list(slugs) for _, slugs in groupby(self.spool.groups, key=lambda slug: slug[:4])]
        doing = "Checking" if self.dry_run else "Carrying over"
        # A vessel that comes up in two years is added once.
        _exhaust(in_threads(self._carry_year, years, threads=1, doing=f"{doing} departures", size=len))
        for sort in INSIDE:
            kind = kinds.get(sort)
            act = partial(self._carry_inside, kind, users)
            _exhaust(in_threads(act, self.spool.groups, threads=kind.threads, doing=f"{doing} {sort}"))

    # Departures

    def _carry_year(self, slugs: Sequence[str]) -> None:
        """Carry the departures of one year, or report what has no day."""
        year = slugs[0][:4]
        if not year:
            for item in self._items(""):
                self.outcome.report("events", Line(item.number, item.own_raw, named=item.named()), item.fault)
            return
        kind = kinds.get("events")
        stored = {event.slug: event for event in season.stored_in([int(year)])}
        names = {vessel.slug: vessel.name for vessel in rows.Vessel.listing(index="gsi2", known={})}
        lines = [self._departure(slug, stored.get(slug), names) for slug in slugs]
        kind.carry(year, lines, self.run, self.outcome, dry_run=self.dry_run)
        # The index may not know yet what was written just now, by this run or by staff.
        reported = [rows.Event.keys_for(slug=slug) for slug in slugs if slug not in self.outcome.there]
        self.outcome.there |= {event.slug for event in rows.Event.fetch_many(reported).values()}

    def _departure(self, slug: str, stored: rows.Event | None, vessels: Mapping[str, str]) -> Line:
        """Return the line of a departure, and report what says it once more."""
        first, *others = self._items(slug)
        for other in others:
            line = Line(other.number, other.own_raw, named=other.named(_where(other, first)))
            self.outcome.report("events", line, _double(first, other))
        vessel_name = vessels.get(stored.vessel_id, "") if stored else ""
        thing = departure_of(first, self.defaults, today=self._today, stored=stored, vessel_name=vessel_name)
        self.outcome.suppose(thing)
        return thing.line

    @property
    def _today(self) -> date:
        return self.run.moment.astimezone(calendar.zone()).date()

    # What is inside

    def _carry_inside(self, kind: Kind, users: Collection[str], slug: str) -> None:
        lines = []
        for thing, reason in self._inside(kind.name, users, slug):
            if reason or thing.fault:
                self.outcome.report(kind.name, thing.line, reason or thing.fault, cents=thing.cents)
            else:
                self.outcome.suppose(thing)
                lines.append(thing.line)
        if lines:
            kind.carry(slug, lines, self.run, self.outcome, dry_run=self.dry_run)

    def _inside(self, sort: str, users: Collection[str], slug: str) -> Iterator[tuple[Thing, str]]:
        """Give what is inside the items of a slug, and why it cannot be carried, where its departure cannot."""
        found = self._items(slug)
        for item in found:
            reason = self._hindrance(item, found[0])
            where = _where(item, found[0]) if slug else ""
            for thing in things_of(item, sort, users=users, where=where):
                yield thing, reason and f"its departure is not carried: {reason}"

    def _hindrance(self, item: Item, first: Item) -> str:
        if item.fault:
            return item.fault
        if item.slug not in self.outcome.there:
            return self.outcome.reasons.get(first.number, "it was not stored")
        return "" if item.id == first.id else _double(first, item)

    def _items(self, slug: str) -> list[Item]:
        """Return the items of a slug: first the one that is called so, whatever stood first."""
        found = [items.read(line) for line in self.spool.read(slug)]
        return sorted(found, key=lambda item: (item.id != slug, item.id)) if slug else found


def _by_their_names(sort: str, reason: str) -> str:
    """Return a reason with the tool's names of what is wrong, not ours."""
    names = {ours: theirs for theirs, ours in FIELDS.get(sort, {}).items()}
    return _NAMED.sub(lambda found: f"{found[1]}{names.get(found[2], found[2])}:", reason)


def _double(first: Item, other: Item) -> str:
    if first.id == other.id:
        return f"says the same departure as {first.place}"
    return f"its address, {other.slug}, is that of another, {first.id or first.place}"


def _where(item: Item, first: Item) -> str:
    """Return what tells an item from the one of its id that stands first."""
    return f"({item.place})" if item is not first and item.id == first.id else ""


def _exhaust(things: Iterable[object]) -> None:
    for _ in things:
        pass
