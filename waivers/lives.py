"""A waiver's life after it was signed: every change of its line, and every look at it.

Each is one transaction: the line, a life event beside the record, and an entry of the audit trail. Life events are
added and never changed, and carry a hash of their own; a line is what it was signed as, and what they set since.
Neither they nor the trail say who the signer is: they speak of "waiver K7M4QX", so that erasure leaves nothing there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime

from pynamodb.expressions.condition import Condition
from ulid import ULID

from scc.dynamo.attributes import instant_text
from scc.dynamo.units import Unit
from scc.staff import audit
from scc.staff.actors import By
from waivers.canonical import canonical, sha256
from waivers.rows import LifeEvent, Waiver


def change(
    line: Waiver,
    *,
    what: str,
    by: By,
    changes: Mapping[str, object],
    note: str = "",
    unit: Unit | None = None,
    expect: Condition | None = None,
) -> LifeEvent:
    """Set `changes` (attribute to value) on `line`, as it was read, and say so beside its record and in the trail.

    what: one word for it, "replaced". note: why, for people; it names no signer. unit: to join, which the caller
    commits; without one it is one TransactWriteItems. expect: what else must hold of the line.
    Returns the life event. Raises Conflict when the line was changed since it was read, and what else `Unit.commit`
    raises.
    """
    mine = Unit() if unit is None else unit
    unchanged = Waiver.version == line.version
    mine.update(
        line,
        set={**changes, "version": line.version + 1},
        expect=unchanged if expect is None else unchanged & expect,
    )
    event = _tell(mine, line, what, by, note, changes, line.version + 1)
    if unit is None:
        mine.commit()
        for name, value in changes.items():
            setattr(line, name, value)
        line.version += 1
    return event


def tell(line: Waiver, *, what: str, by: By, note: str = "", unit: Unit | None = None) -> LifeEvent:
    """Say beside the record of `line` and in the trail what was done with it, such as "viewed".

    Joins `unit`, or is one TransactWriteItems. Returns the life event.
    """
    mine = Unit() if unit is None else unit
    event = _tell(mine, line, what, by, note, {}, None)
    if unit is None:
        mine.commit()
    return event


def begin(line: Waiver, *, what: str, by: By, note: str, facts: Sequence[str], unit: Unit) -> None:
    """Say in `unit`, which puts `line`, how a line begins that has no record of its own.

    facts: the attributes that no record tells of; none of them may name the signer.
    """
    _tell(unit, line, what, by, note, {name: getattr(line, name) for name in facts}, line.version)


def settle(line: Waiver, *, what: str, by: By, changes: Mapping[str, object], note: str, unit: Unit) -> None:
    """Set `changes` on `line`, which `unit` puts: its first change comes with it."""
    for name, value in changes.items():
        setattr(line, name, value)
    line.version += 1
    _tell(unit, line, what, by, note, changes, line.version)


def _tell(
    unit: Unit, line: Waiver, what: str, by: By, note: str, changes: Mapping[str, object], version: int | None
) -> LifeEvent:
    event = unit.put(_event(line, what, by, note, changes, version))
    audit.note(
        unit,
        by=by,
        action=what,
        subject=audit.subject_of(line),
        subject_name=f"Waiver {line.reference}",
        summary=f"{what.capitalize()}: waiver {line.reference}{f'. {note}' if note else ''}",
    )
    return event


def _event(line: Waiver, what: str, by: By, note: str, changes: Mapping[str, object], version: int | None) -> LifeEvent:
    now = datetime.now(UTC)
    event = LifeEvent(
        waiver_id=line.record_id,
        ulid=str(ULID()),
        line_id=str(line.id),
        what=what,
        # As stored, to the millisecond, so that the hash says the same.
        happened_at=now.replace(microsecond=now.microsecond // 1000 * 1000),
        recorded_by=by.username,
        recorded_by_name=by.name,
        note=note,
        changes=canonical({name: fact(name, value) for name, value in changes.items()}),
        line_version=version,
    )
    event.sha256 = hash_of(event)
    return event


def hash_of(event: LifeEvent) -> str:
    """Return the SHA-256 of all that a life event says: of the values alone, in their order."""
    return sha256(canonical(list(said(event).values())))


def said(event: LifeEvent) -> dict[str, object]:
    """Return all that a life event says, by what it is, in the order in which it is hashed."""
    return {
        "waiver_id": event.waiver_id,
        "ulid": event.ulid,
        "line_id": event.line_id,
        "what": event.what,
        "happened_at": instant_text(event.happened_at),
        "recorded_by": event.recorded_by,
        "recorded_by_name": event.recorded_by_name,
        "note": event.note,
        "changes": event.changes,
        "line_version": event.line_version,
    }


def fact(name: str, value: object) -> object:
    """Return the value of the line's attribute `name` as a life event tells it, in canonical JSON."""
    if name == "secret" and value:
        return f"sha256:{sha256(str(value))}"
    if isinstance(value, datetime):
        return instant_text(value)
    return value.isoformat() if isinstance(value, date) else value
