"""Parties from a file, departure by departure: see `party_matching` for which line is which party.

A party that is not on the manifest yet joins it as `revising` has it, as many at once as a transaction takes, with one
audit entry that names none of them. The departure's figures move in the same transaction, which is written only if
nobody joined or left meanwhile: else all is looked at again, and whoever booked by hand has it. A party that does not
fit into what is left of the capacity is reported, also of a departure that has sailed; so the capacity is never wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from events import gone, revising, rows
from events.drafts import edited
from events.errors import EventFull
from events.importing import party_lines
from events.importing.cells import slug_of, why_no_departure
from events.importing.party_lines import Said, differences
from events.importing.party_matching import Matches
from events.importing.sheets import Sheet, cuts, noted, settle
from events.revisions import Revision
from scc.dynamo.units import MOST_WRITES
from scc.imports.kinds import Kind
from scc.imports.lines import BadLine, Line
from scc.imports.outcomes import Outcome
from scc.imports.runs import Run

SORT = "patrons"
# Beside the departure and the audit entry.
CUT = MOST_WRITES - 2


class Parties(Kind):
    """Parties on the manifest. What is stored is never changed."""

    name = SORT
    label = "Parties"
    columns = party_lines.COLUMNS
    optional = frozenset(party_lines.COLUMNS) - {"event", "name"}
    days = ("event",)
    aliases = {
        **dict.fromkeys(("departure", "trip", "cruise", "event id", "slug"), "event"),
        **dict.fromkeys(("party", "patron", "patron name", "guest", "guest name", "customer", "booked by"), "name"),
        **dict.fromkeys(("guests", "heads", "people", "persons", "pax", "party size", "quantity"), "size"),
        **dict.fromkeys(("e-mail", "email address", "e-mail address"), "email"),
        **dict.fromkeys(("telephone", "mobile", "cell", "phone number"), "phone"),
        **dict.fromkeys(("total", "total price", "amount due"), "price"),
        **dict.fromkeys(("price per head", "price per person", "price each", "per person"), "head_price"),
        **dict.fromkeys(("notes", "comment", "comments"), "note"),
        **dict.fromkeys(("id", "booking", "booking id", "booking number", "confirmation"), "external_id"),
    }

    def group_of(self, line: Line) -> str:
        """Return the slug of the line's departure, "" where it names none."""
        return slug_of(line)

    def carry(self, group: str, lines: Sequence[Line], run: Run, outcome: Outcome, *, dry_run: bool) -> None:
        """Put the parties of one departure on its manifest. One Query, and one TransactWriteItems a cut."""
        sheet = Sheet.read(group, run) if group else None
        if sheet is None:
            for line in lines:
                outcome.report(SORT, line, why_no_departure(line, group))
            return
        said = list(_read(lines, sheet.event, run, outcome))
        carrying = _Carrying(sheet, said, run, outcome, dry_run=dry_run)
        for cut in cuts(said, CUT):
            settle(partial(carrying.carry, cut), again=carrying.read_again, slug=group)


def _read(lines: Sequence[Line], event: rows.Event, run: Run, outcome: Outcome) -> Iterator[Said]:
    """Give what lines say; those that say nothing, or what another says already, are reported."""
    first: dict[str, Said] = {}
    for line in lines:
        try:
            said = party_lines.read(line, event, run)
        except BadLine as exc:
            outcome.report(SORT, line, str(exc))
            continue
        other = first.setdefault(said.key or said.digest, said)
        if other is said:
            yield said
        elif said.key:
            outcome.report(SORT, line, f"external_id: {other.line.place} has the same one")
        else:
            outcome.report(
                SORT, line, f"says the same as {other.line.place}; if they are two, give each an external_id"
            )


@dataclass(frozen=True)
class Fate:
    """What becomes of a line: reported with its reason, unchanged, or the party is new."""

    said: Said
    reason: str = ""
    is_new: bool = False


class _Carrying:
    """One departure's lines on their way."""

    def __init__(self, sheet: Sheet, said: Sequence[Said], run: Run, outcome: Outcome, *, dry_run: bool) -> None:
        self.sheet: Sheet | None = sheet
        self.slug = sheet.event.slug
        self.said = said
        self.run = run
        self.outcome = outcome
        self.dry_run = dry_run

    def carry(self, cut: Sequence[Said]) -> None:
        """Carry some of the lines. Raises Conflict when someone else wrote meanwhile: nothing is carried then."""
        if self.sheet is None:
            for said in cut:
                self.outcome.report(SORT, said.line, why_no_departure(said.line, self.slug))
            return
        fates = decide(self.sheet, self.said, cut)
        new = [fate.said.party for fate in fates if fate.is_new]
        if new:
            self.sheet = self._written(self.sheet, new)
        for fate in fates:
            self._tell(fate)

    def read_again(self) -> None:
        """Look at what the others wrote. One Query."""
        self.sheet = Sheet.read(self.slug, self.run)

    def _written(self, sheet: Sheet, new: list[rows.Patron]) -> Sheet:
        revision = Revision(add_parties=new)
        if self.dry_run:
            after = edited(sheet.event, {"booked": sheet.event.booked + revision.heads})
        else:
            summary = f"Imported {len(new)} of the manifest's parties, {revision.heads} heads in all"
            entry = noted(self.run, "parties", self.slug, [party.ulid for party in new], summary)
            with sheet.unchanged():
                after = revising.revise(
                    event=sheet.event, revision=revision, by=self.run.by, action="imported", noted=entry
                )
        return replace(sheet, event=after, parties=[*sheet.parties, *new])

    def _tell(self, fate: Fate) -> None:
        if fate.is_new:
            self.outcome.carried(SORT, fate.said.line, said=str(fate.said.party))
        elif fate.reason:
            self.outcome.report(SORT, fate.said.line, fate.reason)
        else:
            self.outcome.unchanged(SORT, fate.said.line)


def decide(sheet: Sheet, said: Sequence[Said], cut: Sequence[Said]) -> list[Fate]:
    """Return what becomes of the lines of `cut`, of `said`, all that the file says of a departure. Asks nothing."""
    matches = Matches(said, sheet.parties)
    booked = sheet.event.booked
    fates = []
    for each in cut:
        fate = _fate(each, matches, sheet)
        if fate.is_new and booked + each.party.size > sheet.event.capacity:
            fate = Fate(each, _full(sheet.event, booked, each.party.size))
        booked += each.party.size if fate.is_new else 0
        fates.append(fate)
    return fates


def _fate(said: Said, matches: Matches, sheet: Sheet) -> Fate:
    stored = matches.of(said)
    if stored is not None:
        different = differences(said.party, stored)
        if said.digest == stored.import_digest or not different:
            return Fate(said)
        why = sheet.why_gone(said.key, said.name_mark) if gone.is_erased(stored) else ""
        return Fate(said, why or f"{said.party.name} is stored otherwise: {different}")
    if sheet.is_taken_off(said.key, said.digest):
        return Fate(said)
    why = sheet.why_gone(said.key, said.name_mark)
    if why:
        return Fate(said, why)
    renamed = matches.renamed(said)
    if renamed is not None:
        different = differences(said.party, renamed)
        return Fate(said, f"seems to be {renamed.name}, stored otherwise: {different}; if not, give it an external_id")
    return Fate(said, is_new=True)


def _full(event: rows.Event, booked: int, heads: int) -> str:
    full = EventFull(edited(event, {"booked": booked}), heads=heads)
    return f"{full}; give the departure more capacity, and import it again"
