"""Things as they ordinarily are, stored as they stand, without the rules. Give what the test is about."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ulid import ULID

from events import rows
from scc.dynamo.folding import fold
from scc.dynamo.rows import Row
from scc.dynamo.units import Unit

LOS_ANGELES = ZoneInfo("America/Los_Angeles")
DAY = date(2026, 5, 23)


def make_event(
    *,
    slug: str = "",
    date: date = DAY,
    starts: time = time(18, 15),
    starts_at: datetime | None = None,
    title: str = "Sunset sail",
    vessel: rows.Vessel | None = None,
    capacity: int = 12,
    price_cents: int = 110_000,
    time_zone: ZoneInfo = LOS_ANGELES,
    **attributes: Any,
) -> rows.Event:
    """Return a stored departure: three hours from `starts`, local time, on `date`."""
    begins = starts_at or datetime.combine(date, starts, time_zone).astimezone(UTC)
    event = rows.Event(
        slug=slug or date.isoformat(),
        date=date,
        year=str(date.year),
        starts_at=begins,
        ends_at=attributes.pop("ends_at", begins + timedelta(hours=3)),
        time_zone=time_zone.key,
        title=title,
        folded_title=fold(title),
        vessel_id=vessel.slug if vessel else "queen-of-san-diego",
        vessel_name=vessel.name if vessel else "Queen of San Diego",
        capacity=capacity,
        departure_port=attributes.pop("departure_port", "Shelter Island"),
        return_port=attributes.pop("return_port", "Shelter Island"),
        price_cents=price_cents,
        currency=attributes.pop("currency", "USD"),
        **attributes,
    )
    _store(event)
    return event


def make_vessel(
    *, name: str = "Queen of San Diego", slug: str = "queen-of-san-diego", capacity: int = 12
) -> rows.Vessel:
    """Return a stored vessel."""
    vessel = rows.Vessel(slug=slug, name=name, folded_name=fold(name), capacity=capacity, home_port="Shelter Island")
    _store(vessel)
    return vessel


def make_person(*, name: str = "Bob Reyes", email: str = "bob@example.com", **attributes: Any) -> rows.Person:
    """Return a stored person who crews."""
    person = rows.Person(ulid=str(ULID()), name=name, folded_name=fold(name), email=email, **attributes)
    _store(person)
    return person


def make_party(
    *,
    event: rows.Event,
    name: str = "Ana López",
    size: int = 4,
    price_cents: int = 50_000,
    email: str = "ana@example.com",
    **attributes: Any,
) -> rows.Patron:
    """Return a stored party on the manifest of `event`, counted in its figures, in `event` here as well."""
    party = rows.Patron(
        event_id=event.slug,
        ulid=str(ULID()),
        year=event.year,
        name=name,
        folded_name=fold(name),
        size=size,
        price_cents=price_cents,
        email=email,
        **attributes,
    )
    unit = Unit()
    unit.put(party)
    unit.update(event, add={"booked": size, "parties_cents": price_cents})
    unit.commit()
    event.booked += size
    event.parties_cents += price_cents
    return party


def make_crew(
    *, event: rows.Event, person: rows.Person, role: rows.CrewRole = rows.CrewRole.CAPTAIN
) -> rows.CrewAssignment:
    """Return a stored assignment of `person` to `event`, counted in its figures."""
    assignment = rows.CrewAssignment(
        event_id=event.slug,
        ulid=str(ULID()),
        person_id=person.ulid,
        person_name=person.name,
        role=role.value,
        starts_at=event.starts_at,
    )
    unit = Unit()
    unit.put(assignment)
    unit.update(event, add={"crew_count": 1})
    unit.commit()
    event.crew_count += 1
    return assignment


def _store(row: Row) -> None:
    unit = Unit()
    unit.put(row)
    unit.commit()


def neighbour(ulid: str) -> str:
    """Return another ULID, of the same moment."""
    return f"{ulid[:-1]}{'Y' if ulid[-1] == 'Z' else 'Z'}"
