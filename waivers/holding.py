"""What staff decide about a waiver that was signed: whether it counts, who it is, how long it is kept, who sees it.

- Invalid: it was signed for the wrong departure, or by someone else. It stays, and counts no more; the person may sign
  anew.
- Verified: staff know the person, or saw an identity card or passport. The record keeps what was known when it was
  signed.
- Held: kept past its day, as for a claim. `erasewaivers` passes it by.
- Restricted: neither shown nor used, at the person's wish (GDPR, article 18), and not erased by itself either.
- Asked to be erased: `erasewaivers` does it, as pages may not. Until then it can be taken back.

Each is one transaction of the line, a life event and an entry of the audit trail, and says why. Where it is so already,
nothing is written. What is invalid or restricted is so on every departure that the record covers: their lines change
with it. The other way round, a line that an earlier waiver covers is judged by itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

from events.rows import Event
from scc.dynamo.errors import Conflict
from scc.dynamo.folding import fold
from scc.dynamo.tries import tries
from scc.dynamo.units import Unit
from scc.staff.actors import By
from scc.text import BadText, clean_line
from waivers import covering, lives
from waivers.rows import Role, Signer, State, Verified, Waiver, WaiverRecord

LONGEST_REASON = 200
SHORTEST_NAME = 3
# Of lines in one transaction: up to five writes each.
MOST_AT_ONCE = 16
PATIENCE = 8.0
FIRST_PAUSE = 0.01
LONGEST_PAUSE = 0.2
_WORDS = re.compile(r"\w+")


class CannotHold(ValueError):
    """What is asked for does not fit as things are; says why."""


def invalidate(line: Waiver, *, reason: str, by: By) -> None:
    """Say that `line` does not count, nor what its record covers elsewhere, and make room for the person to sign anew.

    Where the record does not open, the person's place stays: they replace what they signed.
    What `_in_turn` and `covering.places_of` read, then one TransactWriteItems for each 16 lines. Raises CannotHold,
    StoreUnavailable, and what `Unit.commit` raises.
    """
    if not line.counts and line.state != State.INVALID:
        raise CannotHold(f"It is {State(line.state).label.lower()}, and does not count.")
    for lines in _in_turn(line, lambda each: bool(each.counts)):
        _refuse_aboard(line, lines)
        now = lines[:MOST_AT_ONCE]
        unit = Unit()
        for each in now:
            if each.role == Role.GUEST:
                unit.update(Event.at(each.event_id), add={"signed": -1})
        for place in covering.places_of(now):
            unit.delete(place, expect=Signer.waiver_id == place.waiver_id)
        _change_all(line, now, "invalidated", {"state": State.INVALID.value}, reason, by, unit)


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
    """Neither show nor use the waiver, on no departure that it covers, until that is lifted. Raises CannotHold."""
    _restrict(line, "restricted", True, reason, by)


def lift(line: Waiver, *, reason: str, by: By) -> None:
    """Show and use the waiver again, wherever it covers a departure. Raises CannotHold."""
    if not line.has_own_record:
        own = covering.own_of(line, WaiverRecord.fetch(ulid=line.record_id))
        if own is not None and own.restricted:
            raise CannotHold(f"Waiver {own.reference} covers it, and is restricted. Lift it there: {own.event_id}.")
    _restrict(line, "restriction lifted", False, reason, by)


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


def _restrict(line: Waiver, what: str, is_so: bool, reason: str, by: By) -> None:
    if line.state == State.ERASED:
        raise CannotHold("It was erased.")
    for lines in _in_turn(line, lambda each: each.state != State.ERASED and each.restricted != is_so):
        _change_all(line, lines[:MOST_AT_ONCE], what, {"restricted": is_so}, reason, by, Unit())


def _in_turn(line: Waiver, needs: Callable[[Waiver], bool]) -> Iterator[Sequence[Waiver]]:
    """Give `line`, as it was read, with those that its record covers, as long as `needs` says so of any.

    They are read again each time: until its own line is changed, the record may come to cover another departure.
    """
    own = [line]
    for _ in tries(seconds=PATIENCE, first_pause=FIRST_PAUSE, longest_pause=LONGEST_PAUSE):
        lines = [each for each in (*own, *covering.covered_by(line)) if needs(each)]
        if not lines:
            return
        yield lines
        own = []
    raise Conflict([])


def _refuse_aboard(line: Waiver, lines: Sequence[Waiver]) -> None:
    for each in lines:
        if each.aboard_at is not None:
            where = "" if each is line else f" on the departure {each.event_id}, which this waiver covers"
            raise CannotHold(f"They are aboard{where}. Take that back first.")


def _change(line: Waiver, what: str, changes: Mapping[str, object], reason: str, by: By) -> None:
    _change_all(line, [line], what, changes, reason, by, Unit())


def _change_all(
    line: Waiver, lines: Sequence[Waiver], what: str, changes: Mapping[str, object], reason: str, by: By, unit: Unit
) -> None:
    note = _reason(line, reason)
    for each in lines:
        lives.change(each, what=what, by=by, changes=changes, note=note, unit=unit)
    try:
        unit.commit()
    except Conflict as conflict:
        if lines[0] is line:
            raise CannotHold("Someone else changed it just now. Look at it again.") from conflict
        # Its own is done; the others are read again.


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
