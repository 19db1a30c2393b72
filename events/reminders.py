"""Reminders: on the eve of a departure one letter to each party, and to each person who crews it, with an address.

A letter is written in the transaction that marks whom it is for (`reminded_at`), on condition that there is no mark
yet. So two runs at once, a run that is repeated, and one that was stopped write nothing twice and leave nobody out.
The letters are sent by the outbox's sweeper: a provider that is slow keeps nobody's letter from being written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone

from events import calendar, rows
from events.balances import balance_of
from scc.dynamo.errors import Conflict
from scc.dynamo.rows import Row
from scc.dynamo.units import Unit
from scc.mail import outbox
from scc.mail.rows import Letter
from scc.staff import audit
from scc.staff.actors import By

Marked = rows.Patron | rows.CrewAssignment


class AlreadyReminded(Exception):
    """Someone else wrote the letter since the departure was read."""


@dataclass(frozen=True)
class Reminder:
    """A letter that a party, or a person of the crew, has or is to get about a departure."""

    event: rows.Event
    name: str
    # "" where none is known.
    to: str
    # The party; or the assignments of one person, who may have two on one boat.
    marked: Sequence[Marked]

    def __str__(self) -> str:
        return f"{self.name} <{self.to}>: {self.event}"

    @property
    def is_written(self) -> bool:
        return any(row.reminded_at is not None for row in self.marked)


def departures(day: date | None = None) -> list[rows.Event]:
    """Return the open departures of `day` that have not begun; without a day, of tomorrow on each one's own clock.

    One Query for a day, three for tomorrow: where a departure has a zone of its own, tomorrow may be another day there.
    """
    now = timezone.now()
    if day is not None:
        found = calendar.on_day(day)
    else:
        near = [event for days in range(3) for event in calendar.on_day(calendar.today() + timedelta(days=days))]
        found = [event for event in near if event.date == now.astimezone(event.zone).date() + timedelta(days=1)]
    return [event for event in found if event.is_open and event.starts_at > now]


def of(event: rows.Event) -> list[Reminder]:
    """Return a reminder for each party and each person of the crew of `event`, those that are written too.

    One Query, and one BatchGetItem where there is a crew.
    """
    inside = Row.collection(rows.Event.keys_for(slug=event.slug)[0])
    parties = [row for row in inside if isinstance(row, rows.Patron)]
    crew = [row for row in inside if isinstance(row, rows.CrewAssignment)]
    return [*(Reminder(event, party.name, party.email, [party]) for party in parties), *_of_crew(event, crew)]


def _of_crew(event: rows.Event, crew: Iterable[rows.CrewAssignment]) -> Iterator[Reminder]:
    by_person: dict[str, list[rows.CrewAssignment]] = {}
    for assignment in crew:
        by_person.setdefault(assignment.person_id, []).append(assignment)
    found = rows.Person.fetch_many(rows.Person.keys_for(ulid=ulid) for ulid in by_person)
    people = {person.ulid: person for person in found.values()}
    for ulid, assignments in by_person.items():
        person = people.get(ulid)
        yield Reminder(event, assignments[0].person_name, person.email if person else "", assignments)


def compose(reminder: Reminder, *, link_of: Callable[[Marked], str], by: By) -> tuple[Unit, Letter]:
    """Return the letter and the unit that writes it, not committed. Raises outbox.BadLetter.

    link_of: gives the address at which those of a party, or someone of the crew, sign.
    """
    event, first = reminder.event, reminder.marked[0]
    unit = Unit()
    # What the letter says of the departure holds: it is not cancelled, moved or removed meanwhile.
    unit.check(event, expect=Row.version == event.version)
    for row in reminder.marked:
        unmarked = type(row).reminded_at.does_not_exist() & (Row.version == row.version)
        unit.update(row, set={"reminded_at": timezone.now()}, expect=unmarked)
    context = _context(reminder, link_of(first))
    letter = outbox.write(
        unit,
        kind="reminder",
        to=reminder.to,
        subject=f"Reminder: {event}",
        text=render_to_string("emails/reminder.txt", context),
        html=render_to_string("emails/reminder.html", context),
        about=audit.subject_of(first),
    )
    audit.record(unit, by=by, action="reminded", of=first, summary=f"Reminded {reminder.name} of {event}")
    return unit, letter


def write(reminder: Reminder, *, link_of: Callable[[Marked], str], by: By) -> Letter:
    """Write the letter, mark whom it is for, and return it, to be sent by the sweeper. One TransactWriteItems.

    Raises outbox.BadLetter, AlreadyReminded, Conflict when the departure or the person's row changed since it was
    read, and what else `Unit.commit` raises.
    """
    unit, letter = compose(reminder, link_of=link_of, by=by)
    try:
        unit.commit()
    except Conflict as conflict:
        stored = [failure.stored for failure in conflict.failures]
        if any(isinstance(row, Marked) and row.reminded_at is not None for row in stored):
            raise AlreadyReminded(str(reminder)) from conflict
        raise
    return letter


def _context(reminder: Reminder, link: str) -> dict[str, object]:
    event = reminder.event
    parties = [row for row in reminder.marked if isinstance(row, rows.Patron)]
    crew = [row for row in reminder.marked if isinstance(row, rows.CrewAssignment)]
    return {
        "name": reminder.name,
        "event": event,
        # Formatted here: a template's own filters would show it in the zone of the settings.
        "starts": f"{event.starts_local:%A, %-d %B %Y, %H:%M} ({event.time_zone})",
        "roles": " and ".join(rows.CrewRole(row.role).label.lower() for row in crew),
        "heads": sum(party.size for party in parties),
        "owed_cents": max(0, sum(balance_of(party, event) for party in parties)),
        "waiver": link,
        "operator": settings.SCC_OPERATOR,
    }
