"""A line of a file of crew: what it says."""

from __future__ import annotations

from dataclasses import dataclass

from events import drafts, gone
from events.importing.cells import Cells, key_of
from events.rows import CrewRole
from scc.dynamo.folding import fold
from scc.imports.lines import BadLine, Line
from scc.imports.marks import mark_of
from scc.text import clean_email, clean_line, clean_name

COLUMNS = ("event", "name", "role", "phone", "email", "external_id")

# What else people call the roles.
_CALLED = {
    **dict.fromkeys(("skipper", "master", "capt", "capt."), CrewRole.CAPTAIN),
    **dict.fromkeys(("first mate", "1st mate"), CrewRole.MATE),
    **dict.fromkeys(("deck hand", "deck", "crew", "crew member"), CrewRole.DECKHAND),
    **dict.fromkeys(("stewardess", "cook", "host"), CrewRole.STEWARD),
    "naturalist": CrewRole.GUIDE,
}


@dataclass(frozen=True)
class Said:
    """What a line says. role: "" where it says none. key, digest, name_mark: by what it is known again."""

    line: Line
    name: str
    role: str
    phone: str
    email: str
    key: str
    digest: str
    name_mark: str

    @property
    def mark(self) -> str:
        """What no other line of the departure may have."""
        return self.key or self.digest


def read(line: Line, slug: str) -> Said:
    """Return what a line of the departure `slug` says. Raises BadLine with what is wrong with it."""
    cells = Cells(line)
    name = cells.take("name", clean_name, otherwise="", is_needed=True)
    role = cells.take("role", role_of, otherwise="")
    phone = cells.take("phone", lambda cell: clean_line(cell, limit=drafts.LONGEST_PHONE), otherwise="")
    email = cells.take("email", clean_email, otherwise="")
    external_id = cells.take("external_id", clean_line, otherwise="")
    cells.check()
    digest = mark_of("crew", slug, "said", name, role, phone, email)
    key, name_mark = key_of("crew", slug, external_id), gone.hand_mark(slug, name)
    return Said(line, name, role, phone, email, key, digest, name_mark)


def role_of(text: str) -> str:
    """Return the role that a word means: `"First mate"` -> `"mate"`. Raises BadLine."""
    ours = {fold(word): role for role in CrewRole for word in (role.value, role.label)}
    found = ours.get(fold(text)) or _CALLED.get(fold(text))
    if found is None:
        raise BadLine(f"{text!r} is none of {', '.join(CrewRole.values)}")
    return found.value
