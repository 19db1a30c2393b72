"""What stays of who was taken off a departure, or erased, so that the file they came from does not bring them back.

That is marks of what a line said and of the names that they had, which tell nobody who it was (`scc.imports.marks`). A
name's is of its departure, so that one person on two departures is as two strangers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pynamodb.expressions.condition import Condition

from events import rows
from scc.dynamo.folding import fold
from scc.dynamo.units import MOST_WRITES, Unit
from scc.imports.marks import mark_of

# What an erased party is called.
ERASED = "Erased"

_KEPT = ("event_id", "ulid", "import_key", "import_digest")


def party_mark(slug: str, name: str) -> str:
    """Return the mark of a party's name on the departure `slug`. Raises StoreUnavailable."""
    return mark_of("party", slug, "name", fold(name))


def hand_mark(slug: str, name: str) -> str:
    """Return the mark of the name of someone of the crew of the departure `slug`. Raises StoreUnavailable."""
    return mark_of("crew", slug, "name", fold(name))


def names_of(row: rows.Patron | rows.CrewAssignment) -> str:
    """Return the marks of all names that `row` had: that of its line, if any, and its own. Raises StoreUnavailable."""
    return " ".join(dict.fromkeys([*row.import_names.split(), *_own(row)]))


def _own(row: rows.Patron | rows.CrewAssignment) -> Iterator[str]:
    slug = str(row.event_id)
    if isinstance(row, rows.CrewAssignment):
        yield hand_mark(slug, row.person_name)
    elif not is_erased(row):
        yield party_mark(slug, row.name)


def is_erased(party: rows.Patron) -> bool:
    """Say whether nobody knows any more who `party` is."""
    return bool(party.name == ERASED)


def remember(unit: Unit, row: rows.Patron | rows.CrewAssignment) -> None:
    """Let the file that `row` came from, if any, not bring it back once `unit`, which removes it, is written."""
    if row.import_digest:
        kept = {name: getattr(row, name) for name in _KEPT}
        unit.put(rows.TakenOff(**kept, import_names=names_of(row)))


def forget(taken_off: Sequence[rows.TakenOff], *, while_so: tuple[rows.Event, Condition]) -> None:
    """Remove `taken_off`, a hundred in a transaction, while a departure is as is expected of it.

    Joins no unit of work: what was removed stays so. Raises Conflict, and what else `Unit.commit` raises.
    """
    event, expected = while_so
    for start in range(0, len(taken_off), MOST_WRITES - 1):
        unit = Unit()
        unit.check(event, expect=expected)
        for row in taken_off[start : start + MOST_WRITES - 1]:
            unit.delete(row)
        unit.commit()
