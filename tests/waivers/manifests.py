"""Departures with signatures on them, as staff meet them on the dock."""

from __future__ import annotations

from typing import Any

from events.rows import CrewAssignment, Event, Patron
from scc.dynamo.units import Unit
from scc.staff.actors import Actor
from tests.waivers.builders import sign
from waivers import manifest
from waivers.manifest import Manifest
from waivers.rows import Waiver

DANA = Actor("dana", "Dana Drake")
BOB = Actor("bob", "Bob Baker")


def read(event: Event) -> Manifest:
    found = manifest.read(event.slug)
    assert found is not None
    return found


def make_line(event: Event, *, of: Patron | CrewAssignment | None = None, **attributes: Any) -> Waiver:
    """Return the line of a signature, tied to `of`, with `attributes` of the line set as they stand."""
    signer = {name: attributes.pop(name) for name in ("name", "role", "email", "born_on") if name in attributes}
    line = sign(event=Event.fetch(slug=event.slug) or event, **signer).line
    tie = "patron_id" if isinstance(of, Patron) else "assignment_id"
    changes = {**({tie: of.ulid} if of is not None else {}), **attributes}
    if changes:
        unit = Unit()
        unit.update(line, set=changes)
        unit.commit()
    stored = Waiver.fetch(event_id=event.slug, ulid=line.ulid)
    assert stored is not None
    return stored


def fresh(event: Event) -> Event:
    found = Event.fetch(slug=event.slug)
    assert found is not None
    return found


def line_of(line: Waiver) -> Waiver:
    found = Waiver.fetch(event_id=line.event_id, ulid=line.ulid)
    assert found is not None
    return found
