"""What becomes of a departure's lines, by what is stored of it.

- A line is known again by its key. What staff decided of its waiver since stays as it is, erased ones too, and the line
  is unchanged. Giving lines an `external_id` later carries nothing twice.
- Where the key is stored and says something else, the line was edited: it is reported with both versions. So is a line
  without `external_id` that says the same as an imported waiver, which no line of the file says, in all but one thing.
- Who has the name of someone whose imported waiver was erased is reported: an edited line would bring them back.
- One person signs once for a departure: who is there already, by name and date of birth, is reported, and so is who
  is in the file twice. See waivers/importing/doubles.py.
- A waiver is linked to the one party, or the one of the crew, that has exactly its name, if no other waiver of the
  departure, nor of the file, has that name. What is not linked waits for staff.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from events.rows import CrewAssignment, Event, Patron
from scc.dynamo.folding import fold
from scc.dynamo.rows import Row
from scc.sealing.boxes import Tampered
from waivers import documents, imported, manifest, people
from waivers.documents import Erased
from waivers.importing.doubles import Persons
from waivers.importing.lines import Claim
from waivers.rows import Role, Signer, State, Waiver, WaiverRecord

Verdict = Literal["new", "unchanged", "reported"]
Place = Patron | CrewAssignment

LONGEST_SHOWN = 40
ERASED = "someone of this line was erased; if they do come, have them sign"
# By which a person is told from others where the name differs.
_TELLING = ("email", "phone", "birth_date", "address", "signature", "signed_at")


@dataclass
class Fate:
    """What becomes of a line. place: where on the manifest its waiver belongs, if that is known."""

    claim: Claim
    verdict: Verdict
    reason: str = ""
    place: Place | None = None
    guesses: list[str] = field(default_factory=list)

    @property
    def role(self) -> Role:
        """As what the signer came aboard: as the line says, else by the place, else as a guest."""
        if self.claim.role:
            return Role(self.claim.role)
        return Role.CREW if isinstance(self.place, CrewAssignment) else Role.GUEST


class Stored:
    """A departure as lines are looked for in it. `rows` are those of its partition."""

    def __init__(self, event: Event, rows: Sequence[Row]) -> None:
        self.event = event
        self._rows = rows
        self.lines = [row for row in rows if isinstance(row, Waiver)]
        self.imported = {line.ulid: line for line in self.lines if line.is_imported}
        self._said: dict[str, dict[str, str] | None] = {}
        self._with_id: set[str] = set()

    @cached_property
    def names(self) -> Counter[str]:
        return Counter(line.folded_name for line in self.lines if line.counts)

    @cached_property
    def places(self) -> Mapping[str, list[Place]]:
        """The parties and the crew by their folded names, someone of the crew once."""
        found: dict[str, list[Place]] = defaultdict(list)
        everyone = manifest.arranged(self.event, self._rows)
        for party in everyone.parties:
            found[party.patron.folded_name].append(party.patron)
        for hand in everyone.crew:
            found[fold(hand.name)].append(hand.assignment)
        return found

    def edited(self, claims: Sequence[Claim]) -> set[str]:
        """Return which of those waivers that are stored under `claims` say something else. A BatchGetItem a hundred."""
        keys = {each.ulid: WaiverRecord.keys_for(ulid=each.ulid) for each in claims if each.ulid in self.imported}
        records = WaiverRecord.fetch_many(keys.values(), only=("ulid", "evidence")) if keys else {}
        says = {record.ulid: imported.says_of(record) for record in records.values()}
        return {each.ulid for each in claims if each.ulid in says and says[each.ulid] != imported.says(each.said)}

    def said_by(self, ulid: str) -> dict[str, str] | None:
        """Return what an imported waiver said, None where it does not open. A GetItem and a GetObject, once."""
        if ulid not in self._said:
            self._said[ulid] = self._open(ulid)
        return self._said[ulid]

    def has_external_id(self, ulid: str) -> bool:
        """Say whether the line of an imported waiver, whose document was opened, had a number of its source."""
        return ulid in self._with_id

    def _open(self, ulid: str) -> dict[str, str] | None:
        record = WaiverRecord.fetch(ulid=ulid)
        if record is None:
            return None
        try:
            private = documents.open_record(record)
        except (Erased, Tampered):
            return None
        if private["external_id"]:
            self._with_id.add(ulid)
        return {**private["said"], "signature": private["signature"]}


def plan(stored: Stored, claims: Sequence[Claim]) -> list[Fate]:
    """Return what becomes of each of `claims`, in their order. What `Stored` asks, and a BatchGetItem of places."""
    return _Planner(stored, claims).plan()


class _Planner:
    def __init__(self, stored: Stored, claims: Sequence[Claim]) -> None:
        self.stored = stored
        self.claims = claims
        self.fates: dict[int, Fate] = {}
        self.persons = Persons()
        self.said = {ulid for each in claims for ulid in (each.ulid, each.content_ulid)}

    def plan(self) -> list[Fate]:
        self._drop_repeated()
        distinct = self._left()
        self._compare()
        self._find_edited()
        self._refuse_erased()
        self._refuse_known()
        self._refuse_doubles(distinct)
        new = self._left()
        # The same whether those of them that a killed run stored are counted here or there.
        names = self.stored.names + Counter(fold(claim.name) for claim in new)
        for claim in new:
            self.fates[id(claim)] = self._new(claim, names)
        return [self.fates[id(claim)] for claim in self.claims]

    def _left(self) -> list[Claim]:
        return [claim for claim in self.claims if id(claim) not in self.fates]

    def _settle(self, claim: Claim, verdict: Verdict, reason: str = "") -> None:
        self.fates[id(claim)] = Fate(claim, verdict, reason)

    def _drop_repeated(self) -> None:
        first: dict[str, Claim] = {}
        for claim in self.claims:
            other = first.setdefault(claim.ulid, claim)
            if other is claim:
                continue
            is_same = other.said == claim.said
            text = f"says the same as {other.line.place}" if is_same else f"external_id: {other.line.place} has it, too"
            self._settle(claim, "reported", text)

    def _compare(self) -> None:
        """Settle the lines whose waiver is stored."""
        left = self._left()
        edited = self.stored.edited([claim for claim in left if claim.external_id])
        keys = {claim.ulid for claim in left}
        for claim in left:
            if claim.ulid in edited:
                self._report_edited(claim, claim.ulid)
            elif claim.ulid in self.stored.imported:
                self._settle(claim, "unchanged")
            elif claim.content_ulid in self.stored.imported and claim.content_ulid not in keys:
                # It was imported before its source gave it a number. Of two lines that say so it is the first one's.
                keys.add(claim.content_ulid)
                self._settle(claim, "unchanged")

    def _report_edited(self, claim: Claim, ulid: str) -> None:
        line = self.stored.imported[ulid]
        if line.state == State.ERASED:
            self._settle(claim, "reported", ERASED)
            return
        said = self.stored.said_by(ulid)
        text = _versions(claim.said, said) if said is not None else "says something else than what is stored"
        self._settle(claim, "reported", f"{line.reference}: {text}")

    def _find_edited(self) -> None:
        """Settle the lines that say the same as a stored waiver which no line says, in all but one thing at most."""
        unsaid = [line for line in self.stored.imported.values() if line.ulid not in self.said]
        unsaid = [line for line in unsaid if line.state != State.ERASED]
        for claim in self._left() if unsaid else ():
            found = next((line for line in unsaid if self._is_edited(claim, line)), None)
            if found is None:
                continue
            unsaid.remove(found)
            said = self.stored.said_by(found.ulid)
            if said == claim.said:
                self._settle(claim, "unchanged")
            else:
                self._report_edited(claim, found.ulid)

    def _is_edited(self, claim: Claim, line: Waiver) -> bool:
        said = self.stored.said_by(line.ulid)
        if said is None:
            return False
        differing = [name for name, text in claim.said.items() if said.get(name) != text]
        if not differing:
            return not claim.external_id
        if len(differing) > 1 or claim.external_id or self.stored.has_external_id(line.ulid):
            return False
        # Two names beside nothing are two people.
        return differing != ["name"] or any(said.get(name) for name in _TELLING)

    def _refuse_erased(self) -> None:
        """Settle the lines that have the name of someone whose imported waiver was erased."""
        marks = {line.name_mark for line in self.stored.imported.values() if line.name_mark}
        for claim in self._left() if marks else ():
            if imported.name_mark(claim.slug, claim.name) in marks:
                self._settle(claim, "reported", ERASED)

    def _refuse_known(self) -> None:
        """Settle the lines of people who have signed for the departure. A BatchGetItem."""
        digests = {
            id(claim): people.digest(claim.name, claim.born_on) for claim in self._left() if claim.born_on is not None
        }
        keys = [
            Signer.keys_for(digest=each, event_id=self.stored.event.slug) for each in dict.fromkeys(digests.values())
        ]
        taken = {place.digest: place for place in Signer.fetch_many(keys).values()} if keys else {}
        for claim in self._left():
            if (place := taken.get(digests.get(id(claim), ""))) is not None:
                self._settle(claim, "reported", f"has signed for this departure already: waiver {place.reference}")

    def _refuse_doubles(self, distinct: Sequence[Claim]) -> None:
        """Settle the lines of people of whom another line is.

        distinct: the lines but for those that say nothing new. Who is stored comes first, wherever their lines stand,
        and each by themselves: so the same file gives the same doubles again.
        """
        for claim in distinct:
            if id(claim) in self.fates:
                self.persons.add(claim)
        for claim in self._left():
            if double := self.persons.double_of(claim):
                self._settle(claim, "reported", double)
            else:
                self.persons.add(claim)

    def _new(self, claim: Claim, names: Counter[str]) -> Fate:
        fate = Fate(claim, "new", guesses=list(claim.guesses))
        if namesake := self.persons.namesake_of(claim):
            fate.guesses.append(namesake)
        fate.place = self._place_of(claim) if names[fold(claim.name)] == 1 else None
        if fate.place is not None:
            called = "the crew" if isinstance(fate.place, CrewAssignment) else str(fate.place)
            fate.guesses.append(f"linked to {called}, by the name alone")
        if not claim.guardian and claim.is_minor_on(self.stored.event.date):
            fate.guesses.append("was under 18 at the departure, and no guardian is named")
        return fate

    def _place_of(self, claim: Claim) -> Place | None:
        places = [place for place in self.stored.places.get(fold(claim.name), []) if _fits(claim, place)]
        return places[0] if len(places) == 1 else None


def _fits(claim: Claim, place: Place) -> bool:
    if isinstance(place, CrewAssignment):
        return claim.role != Role.GUEST and not claim.guardian
    return claim.role != Role.CREW


def _versions(here: Mapping[str, str], there: Mapping[str, str]) -> str:
    """Return in words where a line differs from what is stored."""
    differing = [name for name in here if here[name] != there.get(name)]
    return "; ".join(f"{name} {_shown(here[name])} here, {_shown(there.get(name, ''))} stored" for name in differing)


def _shown(text: str) -> str:
    return (text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…") or "nothing"
