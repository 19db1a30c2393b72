"""A signature in the place of an earlier one of the same person: on the manifest it stands where that one stood.

Whoever signs anew keeps their party, and stays aboard where they are. A personal link says more than what was before.
"""

from __future__ import annotations

from events.rows import Event
from scc.dynamo.units import Unit
from scc.staff.actors import GUEST
from waivers import lives
from waivers.rows import Role, Waiver

_PLACE = ("patron_id", "assignment_id", "matched", "walk_on")
_ABOARD = ("aboard_at", "aboard_by")


def take_place(unit: Unit, event: Event, line: Waiver, before: Waiver) -> None:
    """Make `line`, which `unit` puts, stand where `before` stands, which it replaces."""
    changes: dict[str, object] = {}
    is_same_role = before.role == line.role
    if is_same_role and not (line.patron_id or line.assignment_id):
        changes |= {name: getattr(before, name) for name in _PLACE}
    if before.aboard_at is not None and is_same_role:
        changes |= {name: getattr(before, name) for name in _ABOARD}
    elif before.aboard_at is not None and before.role == Role.GUEST:
        unit.update(event, add={"aboard": -1})
    if any(changes.values()):
        note = f"In the place of waiver {before.reference}."
        lives.settle(line, what="placed", by=GUEST, changes=changes, note=note, unit=unit)
