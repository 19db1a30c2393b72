"""What staff decide about a waiver that was signed: whether it counts, who it is, how long it is kept, who sees it.

- Invalid: it was signed for the wrong departure, or by someone else. It stays, and counts no more; the person may sign
  anew.
- Verified: staff know the person, or saw an identity card or passport. The record keeps what was known when it was
  signed.
- Held: kept past its day, as for a claim. `erasewaivers` passes it by.
- Restricted: neither shown nor used, at the person's wish (GDPR, article 18), and not erased by itself either.
- Asked to be erased: `erasewaivers` does it, as pages may not. Until then it can be taken back.

Each is one transaction of the line, a life event and an entry of the audit trail, and says why. Where it is so already,
nothing is written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from events.rows import Event
from scc.dynamo.errors import Conflict
from scc.dynamo.folding import fold
from scc.dynamo.units import Unit
from scc.staff.actors import By
from scc.text import BadText, clean_line
from waivers import documents, lives, people
from waivers.rows import Role, Signer, State, Verified, Waiver, WaiverRecord

LONGEST_REASON = 200
SHORTEST_NAME = 3
_WORDS = re.compile(r"\w+")


class CannotHold(ValueError):
    """What is asked for does not fit as things are; says why."""


def invalidate(line: Waiver, *, reason: str, by: By) -> None:
    """Say that `line` does not count, and make room for the person to sign anew.

    A GetItem and a GetObject, then one TransactWriteItems. Raises CannotHold, documents.Erased, boxes.Tampered, and
    what `Unit.commit` raises.
    """
    if line.state == State.INVALID:
        return
    if not line.counts:
        raise CannotHold(f"It is {State(line.state).label.lower()}, and does not count.")
    if line.aboard_at is not None:
        raise CannotHold("They are aboard. Take that back first.")
    unit = Unit()
    if line.role == Role.GUEST:
        unit.update(Event.at(line.event_id), add={"signed": -1})
    place = _place(line)
    if place is not None:
        unit.delete(place, expect=Signer.waiver_id == line.ulid)
    _change(line, "invalidated", {"state": State.INVALID.value}, reason, by, unit)


def verify(line: Waiver, *, how: str, by: By) -> None:
    """Say how the operator knows that it was this person's act: `Verified.KNOWS` or `ID`. Raises CannotHold."""
    if how not in (Verified.KNOWS, Verified.ID):
        raise CannotHold("Choose how you know.")
    if line.verified != how:
        _change(line, "verified", {"verified": how}, str(Verified(how).label), by)


def hold(line: Waiver, *, reason: str, by: By) -> None:
    """Keep the waiver past its day, until it is released. Raises CannotHold."""
    _set(line, "held", {"hold": True}, reason, by)


def release(line: Waiver, *, reason: str, by: By) -> None:
    """Let the waiver go when its day comes. Raises CannotHold."""
    _set(line, "released", {"hold": False}, reason, by)


def restrict(line: Waiver, *, reason: str, by: By) -> None:
    """Neither show nor use the waiver, until that is lifted. Raises CannotHold."""
    _set(line, "restricted", {"restricted": True}, reason, by)


def lift(line: Waiver, *, reason: str, by: By) -> None:
    """Show and use the waiver again. Raises CannotHold."""
    _set(line, "restriction lifted", {"restricted": False}, reason, by)


def ask_erasure(line: Waiver, *, reason: str, by: By) -> None:
    """Have the waiver erased by the next `erasewaivers --due`, in the name of `by`. Raises CannotHold."""
    if line.hold:
        raise CannotHold("It is held. Let it go first.")
    if line.erasure_asked_at is None:
        _set(line, "erasure asked", {"erasure_asked_at": datetime.now(UTC)}, reason, by)


def keep(line: Waiver, *, reason: str, by: By) -> None:
    """Take back that it is to be erased. Raises CannotHold."""
    _set(line, "erasure taken back", {"erasure_asked_at": None}, reason, by)


def _set(line: Waiver, what: str, changes: Mapping[str, object], reason: str, by: By) -> None:
    if line.state == State.ERASED:
        raise CannotHold("It was erased.")
    if any(getattr(line, name) != value for name, value in changes.items()):
        _change(line, what, changes, reason, by)


def _change(
    line: Waiver, what: str, changes: Mapping[str, object], reason: str, by: By, unit: Unit | None = None
) -> None:
    unit = unit or Unit()
    lives.change(line, what=what, by=by, changes=changes, note=_reason(line, reason), unit=unit)
    try:
        unit.commit()
    except Conflict as conflict:
        raise CannotHold("Someone else changed it just now. Look at it again.") from conflict


def _reason(line: Waiver, text: str) -> str:
    try:
        reason = clean_line(text, limit=LONGEST_REASON)
    except BadText as exc:
        raise CannotHold(str(exc)) from exc
    if not reason:
        raise CannotHold("Say why. Do not name the signer.")
    # It stays when the waiver is erased.
    names = {word for word in fold(f"{line.name} {line.guardian}").split() if len(word) >= SHORTEST_NAME}
    if "@" in reason or names & set(_WORDS.findall(fold(reason))):
        raise CannotHold("Do not name the signer: what you write here stays when the waiver is erased.")
    return reason


def _place(line: Waiver) -> Signer | None:
    record = WaiverRecord.fetch(ulid=line.record_id)
    if record is None or record.sealed is None:
        return None
    private = documents.open_record(record)
    born_on = documents.born_on(private)
    return Signer.fetch(digest=people.digest(private["name"], born_on), event_id=line.event_id)
