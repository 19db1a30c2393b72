"""The people who crew, to choose from."""

from __future__ import annotations

from events import rows


def choices() -> list[tuple[str, str]]:
    """Return everyone's id and name, by name. One Query."""
    return [(person.ulid, person.name) for person in rows.Person.listing(index="gsi2", known={})]
