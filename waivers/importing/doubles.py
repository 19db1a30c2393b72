"""Who is in one file twice: which lines of a departure are one person's.

- Lines of one name, case and accents aside, are one person's if they have the date of birth in common.
- Where their source gave them no number, an e-mail address, a telephone or the time of signing does as well, unless
  they differ in the date of birth or in the guardian: who signs alone is not who a guardian signs for.
- Who shares nothing but the name may be the same person or another. That is told, and left to staff.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field

from scc.dynamo.attributes import instant_text
from scc.dynamo.folding import fold
from waivers.importing.lines import Claim

BORN = "date of birth"
# Digits. Fewer are no telephone; before so many of the last stand the country's, or a zero in its place.
FEWEST_DIGITS, COMPARED_DIGITS = 7, 9

# What tells a person from others of the name: by which words it is called, and what it is.
Mark = tuple[str, str]


class Persons:
    """The people of one departure's lines, as far as these were looked at. Takes no longer where all have one name."""

    def __init__(self) -> None:
        self._first: dict[str, Claim] = {}
        self._marked: dict[tuple[str, Mark], dict[int, _Person]] = defaultdict(dict)
        self._count = 0

    def add(self, claim: Claim) -> None:
        """Take a line as a person's of its own: one whose waiver is stored, or is going to be."""
        self._first.setdefault(fold(claim.name), claim)
        self._count += 1
        self._keep(claim, self._count, _Person())

    def double_of(self, claim: Claim) -> str:
        """Return as whose double a line is reported, and keep it as theirs; "" where it is nobody's."""
        name = fold(claim.name)
        persons = {number: each for mark in _marks(claim) for number, each in self._marked[name, mark].items()}
        for number in sorted(persons):
            if mark := persons[number].mark_of(claim):
                other = persons[number].said[mark]
                self._keep(claim, number, persons[number])
                return f"is the same person as {other.line.place}, by name and {mark[0]}, who signs once"
        return ""

    def namesake_of(self, claim: Claim) -> str:
        """Return what is told of a line whose name another has, too, "" for the first of them."""
        other = self._first[fold(claim.name)]
        return f"has the same name as {other.line.place}, and may be the same person" if other is not claim else ""

    def _keep(self, claim: Claim, number: int, person: _Person) -> None:
        person.keep(claim)
        for mark in _marks(claim):
            self._marked[fold(claim.name), mark][number] = person


@dataclass
class _Person:
    """What one person's lines say. said: each mark with the first line that has it."""

    said: dict[Mark, Claim] = field(default_factory=dict)
    births: set[str] = field(default_factory=set)
    guardians: set[str] = field(default_factory=set)

    def keep(self, claim: Claim) -> None:
        for mark in _marks(claim):
            self.said.setdefault(mark, claim)
        self.births |= _births(claim)
        self.guardians.add(fold(claim.guardian))

    def mark_of(self, claim: Claim) -> Mark | None:
        """Return the mark that shows `claim` to be of this person, None where none does."""
        shared = [mark for mark in _marks(claim) if mark in self.said]
        contradicts = len(self.births | _births(claim)) > 1 or self.guardians != {fold(claim.guardian)}
        return next((mark for mark in shared if mark[0] == BORN or not contradicts), None)


def _births(claim: Claim) -> set[str]:
    return {claim.born_on.isoformat()} if claim.born_on else set()


def _marks(claim: Claim) -> list[Mark]:
    """Return what makes a line of the same name the same person's."""
    marks = [(BORN, birth) for birth in _births(claim)]
    if claim.external_id:
        return marks
    email, digits = fold(claim.cell("email")), re.sub("[^0-9]", "", claim.cell("phone"))
    if "@" in email:
        marks.append(("e-mail address", email))
    if len(digits) >= FEWEST_DIGITS:
        marks.append(("telephone", digits[-COMPARED_DIGITS:]))
    if claim.signed_at is not None:
        marks.append(("time of signing", instant_text(claim.signed_at)))
    return marks
