"""A departure's manifest with its signatures, as `waivers.manifest` puts it together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from events.rows import CrewAssignment, CrewRole, Event, Patron
from waivers import validity
from waivers.rows import Method, Role, Waiver

ADULT_AT = validity.ADULT_AT


@dataclass(frozen=True)
class Head:
    """Someone who has signed, or for whom a guardian has."""

    line: Waiver
    # What is against it, for people: "" where it counts.
    against: str = ""
    # Placed by the name alone; staff have not confirmed it.
    by_name: bool = False

    @property
    def name(self) -> str:
        return f"Restricted, {self.line.reference}" if self.line.restricted else self.line.name

    @property
    def is_good(self) -> bool:
        return not self.against

    @property
    def is_aboard(self) -> bool:
        return self.line.aboard_at is not None

    @property
    def is_guest(self) -> bool:
        return bool(self.line.role == Role.GUEST)

    @property
    def is_minor(self) -> bool:
        return bool(self.line.is_minor or (self.line.age is not None and self.line.age < ADULT_AT))

    @property
    def has_medical(self) -> bool:
        return bool(self.line.has_medical and not self.line.restricted)

    @property
    def has_care(self) -> bool:
        return bool(self.line.has_care and not self.line.restricted)

    @property
    def on_paper(self) -> bool:
        return bool(self.line.method == Method.PAPER)

    @property
    def is_imported(self) -> bool:
        return bool(self.line.is_imported)


@dataclass(frozen=True)
class Party:
    """A party, and who of it has signed."""

    patron: Patron
    heads: list[Head] = field(default_factory=list)

    @property
    def signed(self) -> int:
        return min(self._good, self.patron.size)

    @property
    def missing(self) -> int:
        return max(self.patron.size - self._good, 0)

    @property
    def beyond(self) -> int:
        """How many more have signed than the party has heads."""
        return max(self._good - self.patron.size, 0)

    @property
    def aboard(self) -> int:
        return sum(head.is_aboard for head in self.heads)

    @property
    def _good(self) -> int:
        return sum(head.is_good for head in self.heads)


@dataclass(frozen=True)
class Hand:
    """Someone of the crew, who may have two places on one boat, and whether they have signed."""

    assignments: list[CrewAssignment]
    heads: list[Head] = field(default_factory=list)

    @property
    def assignment(self) -> CrewAssignment:
        return self.assignments[0]

    @property
    def name(self) -> str:
        return str(self.assignment.person_name)

    @property
    def roles(self) -> str:
        return " and ".join(CrewRole(each.role).label.lower() for each in self.assignments)

    @property
    def has_signed(self) -> bool:
        return any(head.is_good for head in self.heads)

    @property
    def is_aboard(self) -> bool:
        return any(head.is_aboard for head in self.heads)


@dataclass(frozen=True)
class Suggestion:
    """A place at which a signature may belong, and why. `key` names it: p or c, and the ulid."""

    key: str
    name: str
    why: str


@dataclass(frozen=True)
class Loose:
    """A signature without a place, and what may be done with it."""

    head: Head
    suggestions: list[Suggestion] = field(default_factory=list)
    # Of which it may be a second signature.
    twins: list[Head] = field(default_factory=list)


@dataclass(frozen=True)
class Manifest:
    """A departure's parties and crew with who of them has signed, and what is left over."""

    event: Event
    parties: list[Party]
    crew: list[Hand]
    loose: list[Loose]
    # Replaced and invalid ones, for whoever looks for one.
    dropped: list[Waiver]

    @property
    def heads(self) -> Iterator[Head]:
        """Everyone who has signed, in the order of the page."""
        for party in self.parties:
            yield from party.heads
        for hand in self.crew:
            yield from hand.heads
        for loose in self.loose:
            yield loose.head

    @property
    def guests(self) -> list[Head]:
        return [head for head in self.heads if head.is_guest]

    @property
    def aboard(self) -> int:
        """How many guests are aboard."""
        return sum(head.is_aboard for head in self.guests)

    @property
    def crew_aboard(self) -> int:
        return sum(head.is_aboard for head in self.heads if not head.is_guest)

    @property
    def expected(self) -> int:
        return int(self.event.booked)

    @property
    def signed(self) -> int:
        """How many heads of the parties have signed."""
        return sum(party.signed for party in self.parties)

    @property
    def missing(self) -> int:
        return sum(party.missing for party in self.parties)

    @property
    def crew_missing(self) -> list[Hand]:
        return [hand for hand in self.crew if not hand.has_signed]

    @property
    def medical(self) -> int:
        return sum(head.has_medical for head in self.heads)

    @property
    def minors(self) -> list[Head]:
        return [head for head in self.heads if head.is_minor]

    def head(self, ulid: str) -> Head | None:
        return next((head for head in self.heads if head.line.ulid == ulid), None)

    def is_loose(self, ulid: str) -> bool:
        return any(loose.head.line.ulid == ulid for loose in self.loose)

    def place(self, key: str) -> Patron | CrewAssignment | None:
        """Return the party or the place in the crew that `key` names."""
        parties = {f"p{party.patron.ulid}": party.patron for party in self.parties}
        crew = {f"c{assignment.ulid}": assignment for hand in self.crew for assignment in hand.assignments}
        return parties.get(key) or crew.get(key)
