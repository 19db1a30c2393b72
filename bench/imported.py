"""What the benchmark of imports carries over: a file of payments, and the departures that they are of."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scc.dynamo.rows import Row

# Payments of one departure.
EACH = 100
# Parties on its manifest, each of whom one payment is of.
PARTIES = 4
FIRST_DAY = date(2023, 1, 1)
METHODS = ("Cash", "card", "Check", "venmo")
NAMES = ("Ana López", "Bo Nguyen", "Cy Okafor", "Dee Example")


def write(file: Path, payments: int) -> None:
    """Write a file of so many payments."""
    with file.open("w", newline="", encoding="utf-8") as opened:
        writer = csv.writer(opened)
        names = ("event", "patron_name", "amount", "method", "paid_at", "tip", "reference", "note", "external_id")
        writer.writerow(names)
        departures = payments // EACH
        # By their days, as in an export: those of one departure do not stand together.
        writer.writerows(_line(departure, place) for place in range(EACH) for departure in range(departures))


def _line(departure: int, place: int) -> tuple[str, ...]:
    day = FIRST_DAY + timedelta(days=departure)
    method = METHODS[place % len(METHODS)]
    paid_at = datetime.combine(day - timedelta(days=place % 5), clock(9 + place % 8, place % 60))
    name = NAMES[place] if place < PARTIES else f"Guest {place} of {departure}"
    reference = f"{departure}-{place}" if method in {"Check", "venmo"} else ""
    note = "Deposit, by telephone" if place % 3 == 0 else ""
    tip = "20.00" if place % 4 == 0 else ""
    return (
        str(day),
        name,
        f"{50 + place}.00",
        method,
        f"{paid_at:%Y-%m-%d %H:%M}",
        tip,
        reference,
        note,
        f"{departure}.{place}",
    )


def prepare(payments: int) -> int:
    """Make the table, its departures and their parties. Returns how many departures there are."""
    from scc.dynamo.tables import create_table
    from scc.dynamo.units import Unit

    create_table()
    for number in range(payments // EACH):
        unit = Unit()
        for row in _departure(FIRST_DAY + timedelta(days=number)):
            unit.put(row)
        unit.commit()
    return payments // EACH


def _departure(day: date) -> Iterator[Row]:
    from events.rows import Event, Patron
    from scc.dynamo.folding import fold
    from scc.imports.ids import ulid_of

    slug, year, starts = str(day), f"{day:%Y}", datetime(day.year, day.month, day.day, 18, tzinfo=UTC)
    facts: dict[str, Any] = {
        "date": day,
        "year": year,
        "starts_at": starts,
        "time_zone": "America/Los_Angeles",
        "capacity": 400,
    }
    named: dict[str, Any] = {
        "title": "Sunset sail",
        "folded_title": "sunset sail",
        "vessel_id": "queen",
        "vessel_name": "Queen",
    }
    yield Event(slug=slug, currency="USD", **facts, **named)
    for name in NAMES:
        yield Patron(event_id=slug, ulid=ulid_of(starts, slug, name), year=year, name=name, folded_name=fold(name))
