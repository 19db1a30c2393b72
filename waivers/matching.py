"""Signatures and the manifest brought together by staff: linked, accepted as walk-ons, told apart from their doubles.

Each verb is one transaction of the line's change, what it moves on the departure, and the audit entry, which names no
signer. All of them take the manifest as it was read, and refuse with words where it no longer fits.
"""

from __future__ import annotations

from events import bookings, drafts, revising
from events.rows import CrewAssignment, Event, Patron
from scc.dynamo.errors import Conflict
from scc.dynamo.units import Unit
from scc.staff import audit
from scc.staff.actors import By
from waivers import boards, covering, lives
from waivers.manifest import Head, Manifest
from waivers.rows import Matched, Role, Signer, State, Waiver


class CannotMatch(Exception):
    """What is asked for does not fit; says why."""


MEANWHILE = "Someone else changed this just now. Look at it again."


def link(found: Manifest, ulid: str, key: str, *, by: By) -> Waiver:
    """Tie the line `ulid` to the party or the place in the crew that `key` names: p or c, and the ulid.

    A guest's signature becomes one of the crew, or the other way round, where both sign the same document. Of a walk-on
    the party that was booked for it goes. Nothing is written where it is tied so already.
    Raises CannotMatch, PartyHasPayments, and what `Unit.commit` raises.
    """
    line, place = _head(found, ulid).line, found.place(key)
    if place is None:
        raise CannotMatch("That party, or that place in the crew, is no longer on the manifest.")
    tie = {
        "patron_id": place.ulid if isinstance(place, Patron) else "",
        "assignment_id": place.ulid if isinstance(place, CrewAssignment) else "",
    }
    if all(getattr(line, name) == value for name, value in tie.items()):
        return line
    unit = Unit()
    unit.check(place)
    _leave_own_party(unit, found, line)
    role = _role(unit, found.event, line, place)
    changes = {**tie, "matched": Matched.STAFF.value, "walk_on": False, **role}
    lives.change(line, what="linked", by=by, changes=changes, unit=unit)
    return _committed(unit, line)


def unlink(found: Manifest, ulid: str, *, by: By) -> Waiver:
    """Take the line `ulid` from its place; with a walk-on goes the party that was booked for it. Raises CannotMatch."""
    line = _head(found, ulid).line
    if not (line.patron_id or line.assignment_id):
        return line
    _refuse_aboard(line)
    unit = Unit()
    _leave_own_party(unit, found, line)
    changes = {"patron_id": "", "assignment_id": "", "matched": Matched.NOBODY.value, "walk_on": False}
    lives.change(line, what="unlinked", by=by, changes=changes, unit=unit)
    return _committed(unit, line)


def accept(found: Manifest, ulid: str, *, by: By) -> Waiver:
    """Take a guest who came without a booking: book a party of one in the signer's name, and tie the line to it.

    Raises CannotMatch, EventFull, and what `Unit.commit` raises.
    """
    line, event = _head(found, ulid).line, found.event
    if line.walk_on and not found.is_loose(ulid):
        return line
    if line.role != Role.GUEST:
        raise CannotMatch("This is a signature of the crew. Assign them to the departure, then link it.")
    if not found.is_loose(ulid):
        raise CannotMatch("This signature has a place on the manifest already.")
    party = drafts.new_party(event=event, name=line.name)
    unit = Unit()
    bookings.join_manifest(unit, event=event, party=party)
    changes = {"patron_id": party.ulid, "matched": Matched.STAFF.value, "walk_on": True}
    lives.change(line, what="accepted", by=by, changes=changes, note="Booked as a walk-on.", unit=unit)
    # The trail names no signer, and this party is one.
    summary = f"Booked a walk-on: waiver {line.reference}"
    audit.record(unit, by=by, action="changed", of=event, summary=summary)
    try:
        unit.commit()
    except Conflict as conflict:
        full = revising.told_full(event, conflict, 1)
        if full is not None:
            raise full from conflict
        raise CannotMatch(MEANWHILE) from conflict
    return line


def mark_double(found: Manifest, ulid: str, of: str, *, by: By) -> Waiver:
    """Say that the line `ulid` is a second signature of who signed the line `of`, which counts alone from then on.

    Who signed it may sign anew. Reads the record and the signer's place: a GetItem, a GetObject and a BatchGetItem.
    Raises CannotMatch, and what `Unit.commit` raises.
    """
    line, other = _head(found, ulid).line, _head(found, of).line
    if line.ulid == other.ulid:
        raise CannotMatch("Choose another signature, of which this is the double.")
    _refuse_aboard(line)
    unit = Unit()
    unit.check(other, expect=Waiver.state == State.COUNTS.value)
    note = f"A second signature of waiver {other.reference}."
    lives.change(line, what="replaced", by=by, changes={"state": State.REPLACED.value}, note=note, unit=unit)
    for place in covering.places_of([line]):
        unit.delete(place, expect=Signer.waiver_id == line.ulid)
    if line.role == Role.GUEST:
        unit.update(found.event, add={"signed": -1})
    return _committed(unit, line)


def _leave_own_party(unit: Unit, found: Manifest, line: Waiver) -> None:
    """Take the party that was booked in the signer's name off the manifest, where they are a walk-on."""
    party = found.place(f"p{line.patron_id}") if line.walk_on else None
    if isinstance(party, Patron):
        bookings.leave_manifest(unit, event=found.event, party=party)


def _head(found: Manifest, ulid: str) -> Head:
    head = found.head(ulid)
    if head is None:
        raise CannotMatch("This signature is no longer there, or no longer counts.")
    return head


def _role(unit: Unit, event: Event, line: Waiver, place: Patron | CrewAssignment) -> dict[str, object]:
    """Return what the line's role becomes at `place`, if another, and move the figure that counts guests."""
    role = Role.CREW if isinstance(place, CrewAssignment) else Role.GUEST
    if line.role == role:
        return {}
    # What was imported names no text, and often no role.
    if not line.is_imported and boards.get().document_for(event, role) != line.document:
        raise CannotMatch(f"{role.label} signs another text here. They have to sign that one.")
    _refuse_aboard(line)
    unit.update(event, add={"signed": 1 if role == Role.GUEST else -1})
    return {"role": role.value}


def _refuse_aboard(line: Waiver) -> None:
    if line.aboard_at is not None:
        raise CannotMatch("They are aboard. Take that back first.")


def _committed(unit: Unit, line: Waiver) -> Waiver:
    try:
        unit.commit()
    except Conflict as conflict:
        raise CannotMatch(MEANWHILE) from conflict
    return line
