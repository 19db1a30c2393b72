"""What a line of a season says: a departure, its times as instants.

Times are the dock's. Days, times, amounts and numbers are read as other files have them: 5/23/2026, 6:15 PM, $1,100.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import partial

from events import calendar, clock, drafts, rows, slugs
from events.importing import cells as reading
from events.importing.cells import Cells
from scc.imports import clocks, days, times
from scc.imports.lines import BadLine, Line
from scc.text import clean_line, clean_name

COLUMNS = (
    "slug",
    "date",
    "starts_at",
    "ends_at",
    "title",
    "vessel",
    "capacity",
    "status",
    "departure_port",
    "return_port",
    "price",
)
OPTIONAL_COLUMNS = frozenset({"slug"})
DAY_COLUMNS = ("date",)

# Of a line that says none.
NO_DAY = date.min
# As others spell them.
_STATUSES = {"canceled": rows.Status.CANCELLED.value}


@dataclass(frozen=True)
class Departure:
    """What one line says, its times as instants."""

    line: Line
    slug: str
    day: date
    starts: time
    starts_at: datetime
    ends_at: datetime | None
    title: str
    vessel: str
    capacity: int
    status: str
    departure_port: str
    return_port: str
    price_cents: int
    guesses: Sequence[str] = ()


def read(line: Line) -> Departure:
    """Return what `line` says. Raises BadLine with everything that is wrong with it."""
    cells = Cells(line)
    day, guessed = cells.take("date", days.read_alone, otherwise=(NO_DAY, ""), is_needed=True)
    starts = cells.take("starts_at", partial(_time, day), otherwise=time(), is_needed=True)
    ends = cells.take("ends_at", partial(_time, day), otherwise=None)
    said = {
        "slug": cells.take("slug", _slug, otherwise=""),
        "title": cells.take("title", clean_name, otherwise="", is_needed=True),
        "vessel": cells.take("vessel", clean_name, otherwise="", is_needed=True),
        "departure_port": cells.take("departure_port", clean_line, otherwise=""),
        "return_port": cells.take("return_port", clean_line, otherwise=""),
        "status": cells.take("status", _status, otherwise=rows.Status.SCHEDULED.value),
    }
    capacity = cells.take("capacity", _capacity, otherwise=0, is_needed=True)
    price_cents = cells.take("price", reading.price, otherwise=0)
    cells.check()
    starts_at, ends_at = _span(day, starts, ends)
    return Departure(
        line=line,
        day=day,
        starts=starts,
        starts_at=starts_at,
        ends_at=ends_at,
        capacity=capacity,
        price_cents=price_cents,
        guesses=tuple(filter(None, [guessed])),
        **said,
    )


def year_of(line: Line) -> str:
    """Return the year of the line's day, "" where it says none."""
    try:
        return str(days.read_alone(line.cells.get("date", ""))[0].year)
    except BadLine:
        return ""


def _time(day: date, cell: str) -> time:
    """Return the time that a cell says, by itself or behind the departure's day."""
    at = _behind(day, cell) or clocks.read(cell)
    if at.second or at.microsecond:
        raise BadLine(f"{cell!r} is no time such as 18:15; leave its seconds out")
    return at


def _behind(day: date, cell: str) -> time | None:
    try:
        moment = times.read(cell, calendar.zone()).value
    except BadLine:
        return None
    local = moment.astimezone(calendar.zone()) if isinstance(moment, datetime) else None
    if local is not None and local.date() != day != NO_DAY:
        raise BadLine(f"{cell!r} is of another day than the date; write the time alone")
    return local.time() if local else None


def _span(day: date, starts: time, ends: time | None) -> tuple[datetime, datetime | None]:
    try:
        return clock.span(day, starts, ends, calendar.zone())
    except (clock.NoSuchTime, clock.BadTimes) as exc:
        raise BadLine(str(exc)) from exc


def _slug(cell: str) -> str:
    try:
        return str(slugs.parse(cell))
    except slugs.BadSlug as exc:
        raise BadLine(str(exc)) from exc


def _status(cell: str) -> str:
    status = _STATUSES.get(cell.casefold(), cell.casefold())
    if status not in rows.Status.values:
        raise BadLine(f"{cell!r} is none of {', '.join(rows.Status.values)}")
    return status


def _capacity(cell: str) -> int:
    try:
        number = reading.number(cell)
    except BadLine:
        number = 0
    if not 0 < number <= drafts.LARGEST_CAPACITY:
        raise BadLine(f"{cell!r} is no number from 1 to {drafts.LARGEST_CAPACITY}")
    return number
