"""What one save does to a departure, its figures, and how the audit trail says it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from events import rows
from events.drafts import EVENT_FIELDS, PARTY_FIELDS, Changes, R
from scc.dynamo.rows import Row

# What the audit entry says of a change; the ids behind the names say nothing to people.
_SAID = (EVENT_FIELDS - {"vessel_id"}) | PARTY_FIELDS | {"person_name", "role"}


@dataclass(frozen=True, kw_only=True)
class Revision:
    """What one save does to a departure: to its own fields, to its manifest, to its crew.

    What is added comes from `new_party` and `new_assignment`; what is changed is a pair of the row as it was read and
    of `changed_party` or `changed_assignment`.
    """

    fields: Changes = field(default_factory=dict)
    add_parties: Sequence[rows.Patron] = ()
    change_parties: Sequence[tuple[rows.Patron, rows.Patron]] = ()
    remove_parties: Sequence[rows.Patron] = ()
    add_crew: Sequence[rows.CrewAssignment] = ()
    change_crew: Sequence[tuple[rows.CrewAssignment, rows.CrewAssignment]] = ()
    remove_crew: Sequence[rows.CrewAssignment] = ()

    @property
    def heads(self) -> int:
        """How many more will be aboard."""
        changed = sum(after.size - before.size for before, after in self.change_parties)
        return sum(p.size for p in self.add_parties) + changed - sum(p.size for p in self.remove_parties)

    @property
    def cents(self) -> int:
        """How much more the parties owe."""
        changed = sum(after.price_cents - before.price_cents for before, after in self.change_parties)
        added = sum(party.price_cents for party in self.add_parties)
        return added + changed - sum(party.price_cents for party in self.remove_parties)

    @property
    def hands(self) -> int:
        """How many more will crew."""
        return len(self.add_crew) - len(self.remove_crew)


@dataclass(frozen=True, kw_only=True)
class Noted:
    """What the audit entry of a save is given, where it does not follow from what is saved.

    summary: what is said in place of all that changes; where parties come from a file no guest is named. ulid, at: the
    entry's own and when it was done, where both have to be the same when it is done again.
    """

    summary: str = ""
    ulid: str = ""
    at: datetime | None = None

    def entry(self, said: str) -> dict[str, Any]:
        """Return what `audit.record` takes of it. said: the summary where it has none."""
        return {"summary": self.summary or said, "ulid": self.ulid, "at": self.at}


PLAIN = Noted()


def difference(row: R, changed: R) -> dict[str, Any]:
    """Return what must be SET to make `row` into `changed`, keys included; None removes."""
    changed.stamp()
    names = [name for name in changed.get_attributes() if name not in {"kind", "pk", "sk", "version", "unit"}]
    return {name: getattr(changed, name) for name in names if getattr(row, name) != getattr(changed, name)}


def said_of_fields(event: rows.Event, after: rows.Event) -> list[str]:
    """Say which of the event's own fields change, if any."""
    named = _named(_said_changes(event, after))
    return [f"Changed {named}"] if named else []


def all_changes(event: rows.Event, after: rows.Event, revision: Revision) -> dict[str, tuple[object, object]]:
    """Return what changes, by name: before and after."""
    said = _said_changes(event, after)
    pairs: list[tuple[Row, Row]] = [*revision.change_parties, *revision.change_crew]
    for row, changed in pairs:
        said.update({f"{name} of {row}": values for name, values in _said_changes(row, changed).items()})
    return said


def _said_changes(row: R, after: R) -> dict[str, tuple[object, object]]:
    return {name: (getattr(row, name), getattr(after, name)) for name in sorted(_SAID & difference(row, after).keys())}


def said_of(revision: Revision) -> list[str]:
    """Say what happens to manifest and crew."""
    pairs: list[tuple[Row, Row]] = [*revision.change_parties, *revision.change_crew]
    return [
        *(f"Added {party}" for party in revision.add_parties),
        *(f"Assigned {assignment}" for assignment in revision.add_crew),
        *(f"Changed {said} of {before}" for before, after in pairs if (said := _named(_said_changes(before, after)))),
        *(f"Removed {party}" for party in revision.remove_parties),
        *(f"Unassigned {assignment}" for assignment in revision.remove_crew),
    ]


def _named(changes: Mapping[str, Any]) -> str:
    return ", ".join(name.removesuffix("_cents").replace("_", " ") for name in changes)
