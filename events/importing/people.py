"""Who a line of a file of crew means, of the people that are stored.

Someone is found by the folded name; where several have it, by telephone or address. Whoever has the name and is reached
in no way that the line says may be someone else: that is for people to tell.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from events import drafts, rows
from events.errors import BadValue
from events.importing.cells import contradicts, shares_contact
from scc.dynamo.folding import fold
from scc.imports.ids import ulid_of
from scc.imports.lines import BadLine
from scc.imports.marks import mark_of
from scc.imports.runs import Run


class People:
    """Everyone who crews, as last read, with those that the run added since."""

    def __init__(self, stored: Iterable[rows.Person]) -> None:
        self._by_name: dict[str, list[rows.Person]] = defaultdict(list)
        for person in stored:
            self.add(person)

    @classmethod
    def read(cls) -> People:
        """Return everyone. One Query."""
        return cls(rows.Person.listing(index="gsi2", known={}))

    def add(self, person: rows.Person) -> None:
        """Take someone in who was added."""
        self._by_name[str(person.folded_name)].append(person)

    def find(self, *, name: str, email: str, phone: str) -> rows.Person | None:
        """Return who is meant, None where nobody has that name. Raises BadLine where that is in doubt."""
        named = self._by_name.get(fold(name), [])
        reached = [person for person in named if shares_contact(email, phone, person.email, person.phone)]
        found = reached or named
        if len(found) > 1:
            raise BadLine(f"name: {len(found)} people are called {name}; give the phone or email that one of them has")
        if found and contradicts(email, phone, found[0].email, found[0].phone):
            raise BadLine(f"name: {name} is stored with another phone or email; put one of them right, or the name")
        return found[0] if found else None


def new_person(*, name: str, email: str, phone: str, role: str, run: Run) -> rows.Person:
    """Return someone whom nobody knows yet, not stored; the same when the run is begun again. Raises BadLine."""
    ulid = ulid_of(run.moment, run.id, mark_of("person", fold(name)))
    try:
        return drafts.new_person(name=name, email=email, phone=phone, role=role, ulid=ulid)
    except BadValue as exc:
        raise BadLine(f"{exc.field}: {exc}") from exc
