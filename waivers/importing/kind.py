"""Waivers, as commands and pages import them: departure by departure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.utils import timezone

from events.importing.cells import slug_of, why_no_departure
from events.rows import Event
from scc.dynamo.errors import Conflict, StoreUnavailable
from scc.dynamo.rows import Row
from scc.dynamo.tries import Patience
from scc.imports.kinds import Kind
from scc.imports.lines import BadLine, Line
from scc.imports.once import Once
from scc.imports.outcomes import Outcome
from scc.imports.runs import Run
from waivers.importing import lines as reading
from waivers.importing.lines import Claim
from waivers.importing.plans import Fate, Stored, plan
from waivers.importing.writing import Writer, cuts

SORT = "waivers"
# Seconds in which what another writer was first with is tried anew, each time that something was stored.
PATIENCE = 20.0
FIRST_PAUSE = 0.02
LONGEST_PAUSE = 1.0


class Waivers(Kind):
    """Waivers that were signed elsewhere. What is stored is never changed."""

    name = SORT
    label = "Waivers"
    columns = reading.COLUMNS
    optional = reading.OPTIONAL
    days = ("event", "signed_at", "birth_date")
    aliases = {
        **dict.fromkeys(("departure", "trip", "cruise", "event_id", "event id", "slug"), "event"),
        **dict.fromkeys(("full name", "guest", "signer", "participant", "passenger", "signed by"), "name"),
        **dict.fromkeys(("signed", "signed at", "signed on", "date signed", "timestamp", "submitted"), "signed_at"),
        **dict.fromkeys(("e-mail", "email address"), "email"),
        **dict.fromkeys(("telephone", "mobile", "cell", "phone number"), "phone"),
        **dict.fromkeys(("dob", "date of birth", "birthday", "birthdate", "born"), "birth_date"),
        **dict.fromkeys(("parent", "parent name", "guardian name"), "guardian"),
        **dict.fromkeys(("ip", "ip address"), "address"),
        **dict.fromkeys(("notes", "comment", "comments"), "note"),
        **dict.fromkeys(("id", "external id", "waiver id"), "external_id"),
    }

    threads = 2

    def group_of(self, line: Line) -> str:
        """Return the slug of the line's departure, "" where it names none."""
        return slug_of(line)

    def carry(self, group: str, lines: Sequence[Line], run: Run, outcome: Outcome, *, dry_run: bool) -> None:
        """Store the waivers of one departure.

        A Query, a BatchGetItem or two, and for each transaction as many PutObjects as it has waivers.
        """
        teller = Once(outcome, SORT)
        if not group:
            for line in lines:
                teller.report(line, why_no_departure(line, group))
            return
        _Carrying(group, lines, run, teller).carry(dry_run=dry_run)


class _Carrying:
    """One departure's lines on their way."""

    def __init__(self, slug: str, lines: Sequence[Line], run: Run, teller: Once) -> None:
        self.slug, self.lines, self.run, self.teller = slug, lines, run, teller
        self.writer = Writer(run)
        self.has_written = False

    def carry(self, *, dry_run: bool) -> None:
        patience = Patience(seconds=PATIENCE, first_pause=FIRST_PAUSE, longest_pause=LONGEST_PAUSE)
        while not self._carry_all(dry_run=dry_run):
            if self.has_written:
                patience.renew()
                self.has_written = False
            if not patience.pause():
                raise StoreUnavailable(f"too many sign for {self.slug} at once; run it again")

    def _carry_all(self, *, dry_run: bool) -> bool:
        """Carry what is not stored yet. Returns False when someone else wrote meanwhile: look again."""
        stored = self._stored()
        if stored is None:
            for line in self.lines:
                self.teller.report(line, why_no_departure(line, self.slug))
            return True
        fates = plan(stored, list(self._read(stored.event)))
        new = [fate for fate in fates if fate.verdict == "new"]
        for fate in fates:
            if dry_run or fate.verdict != "new":
                _tell(fate, self.teller)
        return dry_run or self._write_all(stored.event, new)

    def _write_all(self, event: Event, new: Sequence[Fate]) -> bool:
        for cut in cuts(new):
            try:
                event = self.writer.write(event, cut)
            except Conflict:
                return False
            self.has_written = True
            for fate in cut:
                _tell(fate, self.teller)
        return True

    def _stored(self) -> Stored | None:
        """Return the departure; a dry run's, that would have added it, is empty."""
        coming = self.run.coming.get(self.slug)
        if isinstance(coming, Event):
            return Stored(coming, [])
        rows = Row.collection(f"EVENT#{self.slug}")
        event = next((row for row in rows if isinstance(row, Event)), None)
        return Stored(event, rows) if event is not None else None

    def _read(self, event: Event) -> Iterator[Claim]:
        for line in self.lines:
            try:
                yield reading.read(line, self.slug, event.zone, now=timezone.now(), day=event.date)
            except BadLine as exc:
                self.teller.report(line, str(exc))


def _tell(fate: Fate, teller: Once) -> None:
    claim = fate.claim
    if fate.verdict == "reported":
        teller.report(claim.line, fate.reason)
    elif fate.verdict == "unchanged":
        teller.unchanged(claim.line)
    else:
        teller.carried(claim.line, said=f"{claim.name}, for {claim.slug}", guesses=fate.guesses)
