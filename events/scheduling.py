"""Departures from a file, year by year: see `events.season` for what a line says and what becomes of it."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from events import bookings, errors, rows, season
from events.importing import departure_lines
from events.importing.departure_lines import Departure
from events.revisions import Noted
from events.season import Plan
from scc.dynamo.errors import Conflict
from scc.dynamo.rows import Row
from scc.imports.ids import ulid_of
from scc.imports.kinds import Kind
from scc.imports.lines import BadLine, ImportFailed, Line
from scc.imports.outcomes import Outcome
from scc.imports.runs import Run
from scc.staff import audit

# Each departure is two writes, itself and its audit entry; a transaction takes a hundred.
BATCH = 25

New = tuple[Departure, rows.Event]


class Departures(Kind):
    """Departures on the schedule. What is stored is never overwritten."""

    name = "events"
    label = "Departures"
    columns = departure_lines.COLUMNS
    optional = departure_lines.OPTIONAL_COLUMNS
    days = departure_lines.DAY_COLUMNS
    aliases = {
        **dict.fromkeys(("day", "departure date", "trip date"), "date"),
        **dict.fromkeys(("start", "starts", "start time", "departs", "departs at", "departure time"), "starts_at"),
        **dict.fromkeys(("end", "ends", "end time", "returns", "returns at", "return time"), "ends_at"),
        **dict.fromkeys(("name", "trip", "cruise"), "title"),
        **dict.fromkeys(("boat", "ship", "yacht"), "vessel"),
        **dict.fromkeys(("seats", "places", "max guests", "max passengers"), "capacity"),
        **dict.fromkeys(("port", "from", "departs from"), "departure_port"),
        **dict.fromkeys(("to", "returns to"), "return_port"),
        **dict.fromkeys(("event", "event id", "address"), "slug"),
    }
    added = ("vessels",)
    # A vessel that comes up in two years is added once.
    threads = 1

    def group_of(self, line: Line) -> str:
        """Return the year of the line's date, in which its departure is looked for."""
        return departure_lines.year_of(line)

    def carry(self, group: str, lines: Sequence[Line], run: Run, outcome: Outcome, *, dry_run: bool) -> None:
        """Put the departures of one year on the schedule, and the vessels that they name."""
        departures = _read(lines, outcome)
        plan = season.plan(
            departures,
            stored=season.stored_in(departure.day.year for departure in departures),
            vessels=[*rows.Vessel.listing(index="gsi2", known={}), *_vessels_to_come(run)],
            ulid_of=lambda name: ulid_of(run.moment, run.id, "vessel", name),
        )
        for departure, reason in plan.reported:
            outcome.report("events", departure.line, reason)
        for departure in plan.unchanged:
            outcome.unchanged("events", departure.line)
        if dry_run:
            outcome.add("vessels", len(plan.vessels))
            run.coming.update({f"VESSEL#{vessel.slug}": vessel for vessel in plan.vessels})
            for new in plan.add:
                _tell(new, outcome)
                run.coming[new[1].slug] = new[1]
        else:
            _write(plan, outcome, run)


def _vessels_to_come(run: Run) -> list[rows.Vessel]:
    return [row for row in run.coming.values() if isinstance(row, rows.Vessel)]


def _read(lines: Sequence[Line], outcome: Outcome) -> list[Departure]:
    departures = []
    for line in lines:
        try:
            departures.append(departure_lines.read(line))
        except BadLine as exc:
            outcome.report("events", line, str(exc))
    return departures


def _write(plan: Plan, outcome: Outcome, run: Run) -> None:
    for vessel in plan.vessels:
        if _add_vessel(vessel, run):
            outcome.add("vessels")
    for start in range(0, len(plan.add), BATCH):
        _write_batch(plan.add[start : start + BATCH], outcome, run)


def _add_vessel(vessel: rows.Vessel, run: Run) -> bool:
    """Add a vessel, and say whether it is new."""
    try:
        bookings.add_vessel(vessel=vessel, by=run.by, noted=_noted(run, vessel))
    except errors.SlugTaken as exc:
        stored = rows.Vessel.fetch(slug=vessel.slug)
        if stored is None or stored.folded_name != vessel.folded_name:
            raise ImportFailed(f"{exc}. Someone added it just now: run it again.") from exc
        # It was added for the year before, and the index did not know yet.
        return False
    return True


def _write_batch(batch: list[New], outcome: Outcome, run: Run) -> None:
    try:
        with transaction.atomic():
            for _, event in batch:
                bookings.add_event(event=event, by=run.by, noted=_noted(run, event))
    except Conflict:
        for new in batch:
            _write_one(new, outcome, run)
    else:
        for new in batch:
            _tell(new, outcome)


def _write_one(new: New, outcome: Outcome, run: Run) -> None:
    departure, event = new
    try:
        bookings.add_event(event=event, by=run.by, noted=_noted(run, event))
    except errors.SlugTaken as exc:
        stored = rows.Event.fetch(slug=event.slug)
        if stored is not None and not season.differences(event, stored):
            # It was there already, and the index did not know yet; or another import of the file was first.
            outcome.unchanged("events", departure.line)
        else:
            outcome.report("events", departure.line, str(exc))
    else:
        _tell(new, outcome)


def _tell(new: New, outcome: Outcome) -> None:
    departure, event = new
    outcome.carried("events", departure.line, said=str(event))
    for text in departure.guesses:
        outcome.guess("events", departure.line, text)


def _noted(run: Run, row: Row) -> Noted:
    """Return how the audit trail has `row` added: the same when the run is begun again."""
    return Noted(ulid=ulid_of(run.moment, run.id, "added", audit.subject_of(row)), at=run.moment)
