"""Signatures on paper: a line on the manifest, witnessed by staff, whose evidence is the sheet that the operator keeps.

Such a line has no record, no hash and no place in the chain, and is not found for another departure: what it proves is
the paper. Its life events stand where a record's would.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.conf import settings

from events import calendar
from events.rows import CrewAssignment, Event, Patron, Status
from scc.dynamo.errors import Conflict
from scc.dynamo.folding import fold
from scc.dynamo.units import Unit
from scc.staff.actors import By
from waivers import boards, lives, validity
from waivers.matching import MEANWHILE, CannotMatch
from waivers.request_keys import reference_of
from waivers.rows import Channel, Matched, Method, Role, Verified, Waiver

# In the place of a text's version: which words were on the paper, the paper says.
VERSION = "paper"
SIGNED = "signed on paper"
# What the first life event of such a line tells of it: all but who it is.
FACTS = (
    *("signed_at", "role", "method", "channel", "text_version", "document", "language"),
    *("valid_from", "valid_until", "retain_until", "patron_id", "assignment_id", "matched", "verified"),
)


@dataclass(frozen=True)
class Sheet:
    """What staff read off the paper. `guardian`: who signed for a minor. `age`: None where it is not known."""

    name: str
    age: int | None = None
    guardian: str = ""


def record(event: Event, place: Patron | CrewAssignment, sheet: Sheet, *, key: str, by: By) -> Waiver:
    """Store that someone of `place` signed on paper, as `by` has seen, and return the line.

    key: a ULID made with the form, so that one tap which comes twice is one signature; with another sheet, or for
    another place, it is refused. One TransactWriteItems. Raises CannotMatch, and what `Unit.commit` raises.
    """
    line = _line(event, place, sheet, key, by)
    unit = Unit()
    unit.put(line)
    unit.check(place)
    lives.begin(line, what=SIGNED, by=by, note=f"Witnessed by {by.name}.", facts=FACTS, unit=unit)
    still_on = Event.status.is_in(Status.SCHEDULED.value, Status.COMPLETED.value)
    unit.update(event, add={"signed": int(line.role == Role.GUEST)}, expect=still_on)
    try:
        unit.commit()
    except Conflict as conflict:
        failure = conflict.failure_of(line)
        if failure is not None and isinstance(failure.stored, Waiver):
            return _repeated(line, failure.stored)
        raise CannotMatch(MEANWHILE) from conflict
    return line


def _repeated(line: Waiver, stored: Waiver) -> Waiver:
    if any(getattr(line, name) != getattr(stored, name) for name in _SHEET):
        raise CannotMatch("This form was stored already, with something else on it. Open it anew.")
    return stored


# By what a form that comes twice is the same.
_SHEET = ("method", "name", "age", "guardian", "patron_id", "assignment_id")


def _line(event: Event, place: Patron | CrewAssignment, sheet: Sheet, key: str, by: By) -> Waiver:
    now = datetime.now(UTC)
    role = Role.GUEST if isinstance(place, Patron) else Role.CREW
    at_the_dock = now.astimezone(calendar.zone())
    return Waiver(
        event_id=event.slug,
        ulid=key,
        record_id=key,
        leader=key,
        month=f"{at_the_dock:%Y-%m}",
        year=f"{at_the_dock:%Y}",
        name=sheet.name,
        folded_name=fold(sheet.name),
        age=sheet.age,
        guardian=sheet.guardian,
        role=role.value,
        method=Method.PAPER.value,
        channel=Channel.STAFF.value,
        signed_at=now.replace(microsecond=now.microsecond // 1000 * 1000),
        reference=reference_of(key),
        text_version=VERSION,
        document=boards.get().document_for(event, role),
        language=settings.LANGUAGE_CODE,
        valid_from=validity.valid_from(event, now),
        valid_until=max(validity.last_day(event), validity.valid_from(event, now)),
        retain_until=_retain_until(event, sheet),
        patron_id=place.ulid if role == Role.GUEST else "",
        assignment_id=place.ulid if role == Role.CREW else "",
        matched=Matched.STAFF.value,
        verified=Verified.KNOWS.value,
    )


def _retain_until(event: Event, sheet: Sheet) -> date:
    """Return the day until which the line is kept. A minor's date of birth is not asked: the latest it may be."""
    born_on = None
    if sheet.guardian:
        age = sheet.age if sheet.age is not None else 0
        born_on = validity.years_later(event.date, -age)
    return validity.retain_until(event, validity.last_day(event), minor_born_on=born_on)[0]
