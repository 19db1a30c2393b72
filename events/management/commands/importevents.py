"""Put a season of departures on the schedule from a CSV."""

from __future__ import annotations

from django.db import transaction

from events import bookings, errors, rows, season
from events.season import Departure, Plan
from scc.dynamo.errors import Conflict
from scc.imports import BadLine, ImportCommand, ImportFailed, Line, Outcome, progress
from scc.staff.actors import SYSTEM

# Each departure is two writes, itself and its audit entry; a transaction takes a hundred.
BATCH = 25

New = tuple[Departure, rows.Event]


class Command(ImportCommand):
    help = (
        "Put departures on the schedule from a CSV with the columns slug (optional), date, starts_at, ends_at, title, "
        "vessel, capacity, status, departure_port, return_port, price. What is stored is never overwritten. "
        "Exits 0 when all was carried, 3 when some lines were reported, 1 when it failed."
    )
    columns = season.COLUMNS
    optional_columns = season.OPTIONAL_COLUMNS
    counts = {"events": ("read", "carried", "unchanged", "reported"), "vessels": ("carried",)}

    def carry(self, lines: list[Line], outcome: Outcome, *, dry_run: bool, strict: bool) -> None:
        departures = _read(lines, outcome)
        plan = season.plan(
            departures,
            stored=season.stored_in(departure.day.year for departure in departures),
            vessels=rows.Vessel.listing(index="gsi2", known={}).rows,
        )
        for departure, reason in plan.reported:
            outcome.report("events", departure.line, reason)
        if strict and outcome.reports:
            raise ImportFailed(f"Nothing was written, as {len(outcome.reports)} lines are bad.")
        outcome.count("events", "unchanged", len(plan.unchanged))
        if dry_run:
            outcome.count("vessels", "carried", len(plan.vessels))
            outcome.count("events", "carried", len(plan.add))
        else:
            _write(plan, outcome)


def _read(lines: list[Line], outcome: Outcome) -> list[Departure]:
    departures = []
    for line in lines:
        outcome.count("events", "read")
        try:
            departures.append(season.read(line))
        except BadLine as exc:
            outcome.report("events", line, str(exc))
    return departures


def _write(plan: Plan, outcome: Outcome) -> None:
    for vessel in plan.vessels:
        try:
            bookings.add_vessel(vessel=vessel, by=SYSTEM)
        except errors.SlugTaken as exc:
            raise ImportFailed(f"{exc}. Someone added it just now: run it again.") from exc
        outcome.count("vessels", "carried")
    batches = [plan.add[start : start + BATCH] for start in range(0, len(plan.add), BATCH)]
    with progress(batches, doing="Scheduling") as shown:
        for batch in shown:
            _write_batch(batch, outcome)


def _write_batch(batch: list[New], outcome: Outcome) -> None:
    try:
        with transaction.atomic():
            for _, event in batch:
                bookings.add_event(event=event, by=SYSTEM)
    except Conflict:
        for new in batch:
            _write_one(new, outcome)
    else:
        outcome.count("events", "carried", len(batch))


def _write_one(new: New, outcome: Outcome) -> None:
    departure, event = new
    try:
        bookings.add_event(event=event, by=SYSTEM)
    except errors.SlugTaken as exc:
        outcome.report("events", departure.line, str(exc))
    else:
        outcome.count("events", "carried")
