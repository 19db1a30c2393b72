"""Crew from a file, departure by departure.

A line is the assignment that was carried with its `external_id`; else that of a line which said all the same; else that
of its person, as someone crews a departure once. `people` has who is meant; who is nobody yet is added.

What staff changed or took off stays so: a line that says what it said when it was carried is *unchanged*, whatever
became of the assignment. A line that says otherwise than both is a conflict. So is one of someone who was taken off,
known by `events.gone`, and one without `external_id` while someone of the same role was carried whom no line says any
more: it is that line with its name edited, and two would have the role.

New assignments are made as `revising` has it, as many at once as a transaction takes, with one audit entry.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from events import bookings, drafts, revising, rows
from events.importing import crew_lines
from events.importing.cells import slug_of, why_no_departure
from events.importing.crew_lines import Said
from events.importing.people import People, new_person
from events.importing.sheets import Sheet, cuts, noted, settle
from events.revisions import Noted, Revision
from events.rows import CrewRole
from scc.dynamo.units import MOST_WRITES
from scc.imports.ids import ulid_of
from scc.imports.kinds import Kind
from scc.imports.lines import BadLine, Line
from scc.imports.outcomes import Outcome
from scc.imports.runs import Run
from scc.staff import audit

SORT = "crew"
# Each is an assignment, and its person with an audit entry; beside them the departure and its own audit entry.
CUT = (MOST_WRITES - 2) // 3
# As the form has it.
NO_ROLE = CrewRole.DECKHAND


class Crew(Kind):
    """Crew of departures. What is stored is never changed."""

    name = SORT
    label = "Crew"
    columns = crew_lines.COLUMNS
    optional = frozenset(crew_lines.COLUMNS) - {"event", "name"}
    days = ("event",)
    aliases = {
        **dict.fromkeys(("departure", "trip", "cruise", "event id", "slug"), "event"),
        **dict.fromkeys(("person", "crew", "crew member", "employee", "full name"), "name"),
        **dict.fromkeys(("position", "job", "duty"), "role"),
        **dict.fromkeys(("telephone", "mobile", "cell", "phone number"), "phone"),
        **dict.fromkeys(("e-mail", "email address", "e-mail address"), "email"),
        **dict.fromkeys(("id", "shift", "shift id"), "external_id"),
    }
    added = ("people",)
    # Someone who comes up on two departures is added once.
    threads = 1

    def __init__(self) -> None:
        self.people: People | None = None

    def group_of(self, line: Line) -> str:
        """Return the slug of the line's departure, "" where it names none."""
        return slug_of(line)

    def carry(self, group: str, lines: Sequence[Line], run: Run, outcome: Outcome, *, dry_run: bool) -> None:
        """Put crew on one departure. One Query, one more of all people the first time, one TransactWriteItems a cut."""
        sheet = Sheet.read(group, run) if group else None
        if sheet is None:
            for line in lines:
                outcome.report(SORT, line, why_no_departure(line, group))
            return
        self.people = self.people or People.read()
        said = list(_read(lines, group, outcome))
        carrying = _Carrying(sheet, said, self.people, run, outcome, dry_run=dry_run)
        for cut in cuts(said, CUT):
            settle(partial(carrying.carry, cut), again=carrying.read_again, slug=group)
        self.people = carrying.people


def _read(lines: Sequence[Line], slug: str, outcome: Outcome) -> Iterator[Said]:
    """Give what lines say; those that say nothing, or what another says already, are reported."""
    first: dict[str, Said] = {}
    for line in lines:
        try:
            said = crew_lines.read(line, slug)
        except BadLine as exc:
            outcome.report(SORT, line, str(exc))
            continue
        other = first.setdefault(said.mark, said)
        if other is said:
            yield said
        else:
            same = (
                f"external_id: {other.line.place} has the same one"
                if said.key
                else f"says the same as {other.line.place}"
            )
            outcome.report(SORT, line, same)


@dataclass(frozen=True)
class Fate:
    """What becomes of a line: reported with its reason, unchanged, or there is a new assignment, of a new person."""

    said: Said
    reason: str = ""
    assignment: rows.CrewAssignment | None = None
    person: rows.Person | None = None
    guesses: tuple[str, ...] = ()


class _Carrying:
    """One departure's lines on their way."""

    def __init__(
        self, sheet: Sheet, said: Sequence[Said], people: People, run: Run, outcome: Outcome, *, dry_run: bool
    ) -> None:
        self.sheet: Sheet | None = sheet
        self.slug = sheet.event.slug
        self.said = said
        self.people = people
        self.run = run
        self.outcome = outcome
        self.dry_run = dry_run

    def carry(self, cut: Sequence[Said]) -> None:
        """Carry some of the lines. Raises Conflict when someone else wrote meanwhile: nothing is carried then."""
        if self.sheet is None:
            for said in cut:
                self.outcome.report(SORT, said.line, why_no_departure(said.line, self.slug))
            return
        deciding = Deciding(self.sheet, self.said, self.people, self.run)
        fates = [deciding.fate(said) for said in cut]
        self.sheet = self._written(self.sheet, fates)
        for fate in fates:
            self._tell(fate)

    def read_again(self) -> None:
        """Look at what the others wrote. Two Queries."""
        self.sheet = Sheet.read(self.slug, self.run)
        self.people = People.read()

    def _written(self, sheet: Sheet, fates: Sequence[Fate]) -> Sheet:
        new = [fate.assignment for fate in fates if fate.assignment]
        after = sheet.event
        if new and not self.dry_run:
            entry = noted(self.run, "crew", self.slug, [each.ulid for each in new], f"Imported {len(new)} of the crew")
            with sheet.unchanged():
                for person in (fate.person for fate in fates if fate.person):
                    bookings.add_person(person=person, by=self.run.by, noted=_noted(person, self.run))
                revision = Revision(add_crew=new)
                after = revising.revise(
                    event=sheet.event, revision=revision, by=self.run.by, action="imported", noted=entry
                )
        return replace(sheet, event=after, crew=[*sheet.crew, *new])

    def _tell(self, fate: Fate) -> None:
        if fate.reason:
            self.outcome.report(SORT, fate.said.line, fate.reason)
        elif fate.assignment is None:
            self.outcome.unchanged(SORT, fate.said.line)
        else:
            self.outcome.carried(SORT, fate.said.line, said=str(fate.assignment))
            for text in fate.guesses:
                self.outcome.guess(SORT, fate.said.line, text)
            if fate.person:
                self.outcome.add("people")


def _noted(person: rows.Person, run: Run) -> Noted:
    return Noted(ulid=ulid_of(run.moment, run.id, "added", audit.subject_of(person)), at=run.moment)


class Deciding:
    """What becomes of a departure's lines, by what is stored. Asks the table nothing; new people are made known."""

    def __init__(self, sheet: Sheet, said: Sequence[Said], people: People, run: Run) -> None:
        self.sheet = sheet
        self.event = sheet.event
        self.people = people
        self.run = run
        self.crew = {assignment.person_id: assignment for assignment in sheet.crew}
        by_key = {assignment.import_key: assignment for assignment in sheet.crew if assignment.import_key}
        by_digest = {assignment.import_digest: assignment for assignment in sheet.crew if assignment.import_digest}
        self.known = {
            each.mark: found for each in said if (found := by_key.get(each.key) or _same(each, by_digest)) is not None
        }
        self.unsaid = self._unsaid(sheet, said)

    def fate(self, said: Said) -> Fate:
        """Return what becomes of a line."""
        stored = self.known.get(said.mark)
        if stored is not None and stored.import_digest == said.digest:
            return Fate(said)
        if stored is None and self.sheet.is_taken_off(said.key, said.digest):
            return Fate(said)
        try:
            return self._fate(said, stored)
        except BadLine as exc:
            return Fate(said, str(exc))

    def _fate(self, said: Said, stored: rows.CrewAssignment | None) -> Fate:
        person = self.people.find(name=said.name, email=said.email, phone=said.phone)
        stored = stored or (self.crew.get(person.ulid) if person else None)
        if stored is not None:
            return Fate(said, _conflict(said, person, stored))
        if why := self.sheet.why_gone(said.key, said.name_mark):
            raise BadLine(why)
        role = said.role or (person.role if person else "")
        guesses = () if role else (f"no role is said: {NO_ROLE.value} is taken",)
        edited = self._edited(said, role or NO_ROLE.value)
        if edited is not None:
            raise BadLine(
                f"{edited.person_name} was carried as {edited.role}, and no line says so any more: "
                f"{said.name} here, {edited.person_name} stored; if both sail, give it an external_id"
            )
        return self._new(said, person, role or NO_ROLE.value, guesses)

    def _new(self, said: Said, person: rows.Person | None, role: str, guesses: tuple[str, ...]) -> Fate:
        added = None
        if person is None:
            person = added = new_person(name=said.name, email=said.email, phone=said.phone, role=role, run=self.run)
            self.people.add(added)
        ulid = ulid_of(self.run.moment, self.run.id, "crew", self.event.slug, said.key, said.digest)
        assignment = drafts.new_assignment(event=self.event, person=person, role=role, ulid=ulid)
        assignment.import_key, assignment.import_digest = said.key, said.digest
        assignment.import_names = said.name_mark
        self.crew[person.ulid] = assignment
        return Fate(said, "", assignment, added, (*guesses, *_left_out(said, person)))

    def _edited(self, said: Said, role: str) -> rows.CrewAssignment | None:
        return None if said.key else next((each for each in self.unsaid if each.role == role), None)

    def _unsaid(self, sheet: Sheet, said: Sequence[Said]) -> list[rows.CrewAssignment]:
        """Return what was carried of lines without numbers that no line says any more."""
        said_by = {assignment.ulid for assignment in self.known.values()} | {
            self.crew[ulid].ulid for each in said for ulid in self._persons(each) if ulid in self.crew
        }
        carried = (each for each in sheet.crew if each.import_digest and not each.import_key)
        return [each for each in carried if each.ulid not in said_by]

    def _persons(self, said: Said) -> list[str]:
        try:
            person = self.people.find(name=said.name, email=said.email, phone=said.phone)
        except BadLine:
            return []
        return [person.ulid] if person else []


def _same(said: Said, by_digest: dict[str, rows.CrewAssignment]) -> rows.CrewAssignment | None:
    """Return what was carried of a line that said the same, unless both have numbers, and so are two."""
    found = by_digest.get(said.digest)
    return None if found is None or (said.key and found.import_key) else found


def _conflict(said: Said, person: rows.Person | None, stored: rows.CrewAssignment) -> str:
    """Return where a line and what is stored differ, "" where they do not."""
    differences = []
    if person is None or person.ulid != stored.person_id:
        differences.append(f"name {said.name} here, {stored.person_name} stored")
    if said.role and said.role != stored.role:
        differences.append(f"role {said.role} here, {stored.role} stored")
    return f"{said.name} is stored otherwise: {'; '.join(differences)}" if differences else ""


def _left_out(said: Said, person: rows.Person) -> Iterator[str]:
    """Say what a line knows of someone that is not stored of them."""
    for word, here, stored in (("phone", said.phone, person.phone), ("email", said.email, person.email)):
        if here and not stored:
            yield f"{word}: {person.name} is stored without one, and stays so; add it under People"
