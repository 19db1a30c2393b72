"""Check-in: who is aboard, and that no more are than the boat may carry.

Rules, each a hard stop
- Nobody boards without a signature that counts, and that has a place on the manifest.
- No more guests board than the departure has room for; crew do not count against it. The departure's figure `aboard`
  moves with the line, on condition that it is below the capacity, so that two phones cannot bring it over.
What one taps is a wish, "aboard" or "not aboard": where it is so already, nothing is written, and a tap that comes
twice counts once.
"""

from __future__ import annotations

from datetime import UTC, datetime

from pynamodb.expressions.condition import Condition

from events.rows import Event, Status
from scc.dynamo.errors import Conflict, StoreUnavailable
from scc.dynamo.tries import tries
from scc.dynamo.units import Unit
from scc.staff.actors import By
from waivers import lives, manifest
from waivers.manifest import Head, Manifest
from waivers.rows import Waiver

BUDGET = 8.0
FIRST_PAUSE = 0.02
LONGEST_PAUSE = 0.6


class UnknownLine(LookupError):
    """The departure has no such signature, or no longer one that counts."""


class CannotBoard(Exception):
    """Someone may not go aboard as things are; says why, and what to do."""


class BoatFull(CannotBoard):
    """As many guests are aboard as the boat may carry."""


def board(slug: str, ulid: str, *, by: By) -> Head:
    """Say that the signer of the line `ulid` is aboard, and return the line as it is then.

    One Query and one TransactWriteItems; both again for each other change of the same line or the last place.
    Raises UnknownLine, CannotBoard, OutcomeUnknown, StoreUnavailable.
    """
    return _move(slug, ulid, by=by, aboard=True)


def leave(slug: str, ulid: str, *, by: By) -> Head:
    """Take back that the signer of the line `ulid` is aboard. As `board`, and never refused."""
    return _move(slug, ulid, by=by, aboard=False)


def has_room(event: Event) -> Condition:
    """Return the condition that one more guest may board `event`, whose capacity is as it was read."""
    room = Event.aboard.does_not_exist() | (Event.aboard < event.capacity)
    has_room: Condition = room & (Event.capacity == event.capacity)
    return has_room


def _move(slug: str, ulid: str, *, by: By, aboard: bool) -> Head:
    for _ in tries(seconds=BUDGET, first_pause=FIRST_PAUSE, longest_pause=LONGEST_PAUSE):
        found = manifest.read(slug)
        head = found.head(ulid) if found else None
        if found is None or head is None:
            raise UnknownLine(ulid)
        if head.is_aboard == aboard:
            return head
        if aboard:
            _check(found, head)
        try:
            _write(found.event, head.line, by=by, aboard=aboard)
        except Conflict:
            # Someone else moved the same line, or took the last place: what is so now decides.
            continue
        return head
    raise StoreUnavailable("too many check in at the same moment; nothing was written")


def _write(event: Event, line: Waiver, *, by: By, aboard: bool) -> None:
    changes: dict[str, object] = {"aboard_at": None, "aboard_by": ""}
    if aboard:
        now = datetime.now(UTC)
        changes = {"aboard_at": now.replace(microsecond=now.microsecond // 1000 * 1000), "aboard_by": by.username}
    unit = Unit()
    lives.change(line, what="boarded" if aboard else "not aboard", by=by, changes=changes, unit=unit)
    if manifest.Head(line).is_guest:
        expect = has_room(event) & Event.status.is_in(*_SAILS) if aboard else None
        unit.update(event, add={"aboard": 1 if aboard else -1}, expect=expect)
    else:
        unit.check(event)
    unit.commit()
    for name, value in changes.items():
        setattr(line, name, value)


# A draft is not open yet; what has sailed may still be put right.
_SAILS = (Status.SCHEDULED.value, Status.COMPLETED.value)


def _check(found: Manifest, head: Head) -> None:
    event = found.event
    if event.status not in _SAILS:
        raise CannotBoard(f"This departure is {Status(event.status).label.lower()}: nobody boards it.")
    if head.against:
        raise CannotBoard(f"{head.name} cannot board. {head.against}")
    if found.is_loose(head.line.ulid):
        raise CannotBoard(
            f"{head.name} has no place on the manifest. Link the signature to a party, or accept a walk-on, first."
        )
    if head.is_guest and event.aboard >= event.capacity:
        raise BoatFull(
            f"The boat is full: {event.aboard} aboard, and it may carry {event.capacity} guests. "
            f"{head.name} cannot board unless someone leaves."
        )
