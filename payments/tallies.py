"""Tallies: what moved, summed by departure, day, method and who logged it.

A month or a week is read in one Query, however many entries it has. A tally moves in the transaction of each entry
that it counts, so that it is always what the entries add up to; `verifyledger` compares them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import NamedTuple

from events import calendar
from payments.rows import Payment, Tally
from payments.totals import NOTHING, Moved
from scc.dynamo.indexes import Index
from scc.dynamo.units import Unit

FIGURES = ("received_cents", "refunded_cents", "tips_cents")


class Place(NamedTuple):
    """What tells the tallies of one departure apart."""

    recorded_on: date
    paid_on: date
    method: str
    recorded_by: str

    @classmethod
    def of(cls, counted: Payment | Tally) -> Place:
        """Return where an entry counts, or where a tally is."""
        if isinstance(counted, Tally):
            return cls(counted.recorded_on, counted.paid_on, counted.method, counted.recorded_by)
        return cls(day_of(counted.recorded_at), day_of(counted.paid_at), counted.method, counted.recorded_by)

    def tally(self, event_id: str) -> Tally:
        """Return the tally here of the departure `event_id`, with nothing in its figures."""
        return Tally(
            event_id=event_id,
            recorded_year=f"{self.recorded_on:%Y}",
            paid_year=f"{self.paid_on:%Y}",
            **self._asdict(),
        )


def day_of(moment: datetime) -> date:
    """Return the day of the tally in which a moment counts."""
    return moment.astimezone(calendar.zone()).date()


def count(unit: Unit, event_id: str, place: Place, moved: Moved, *, entries: int) -> None:
    """Add entries of `place`, which moved so much together, to their tally, in the unit that puts them."""
    figures = {name: getattr(moved, name) for name in FIGURES}
    unit.count(place.tally(event_id), add={**figures, "entries": entries})


def recorded_between(first: date, last: date) -> list[Tally]:
    """Return what was logged from `first` to `last`, both days included. One Query for each year touched."""
    return list(_between(first, last, index="gsi1", year_field="recorded_year"))


def paid_between(first: date, last: date) -> list[Tally]:
    """Return what changed hands from `first` to `last`, both days included. One Query for each year touched."""
    return list(_between(first, last, index="gsi2", year_field="paid_year"))


def _between(first: date, last: date, *, index: Index, year_field: str) -> Iterator[Tally]:
    for year in range(first.year, last.year + 1):
        known = {year_field: str(year)}
        yield from Tally.listing(known=known, index=index, low=first, high=last)


def moved(tallies: Iterable[Tally]) -> Moved:
    """Return what all of `tallies` moved together."""
    total = NOTHING
    for tally in tallies:
        total += Moved(tally.received_cents, tally.refunded_cents, tally.tips_cents)
    return total
