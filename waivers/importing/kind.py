"""Waivers, as commands and pages import them: departure by departure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.utils import timezone

from events.rows import Event
from events.slugs import BadSlug, parse
from scc.dynamo.errors import Conflict, StoreUnavailable
from scc.dynamo.rows import Row
from scc.dynamo.tries import tries
from scc.imports.kinds import Kind
from scc.imports.lines import BadLine, Line
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
    days = ("signed_at", "birth_date")
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
        try:
            return str(parse(line.cells.get("event", "")))
        except BadSlug:
            return ""

    def carry(self, group: str, lines: Sequence[Line], run: Run, outcome: Outcome, *, dry_run: bool) -> None:
        """Store the waivers of one departure.

        A Query, a BatchGetItem or two, and for each transaction as many PutObjects as it has waivers.
        """
        teller = _Teller(outcome)
        if not group:
            for line in lines:
                teller.report(line, line.fault or _why_no_departure(line))
            return
        _Carrying(group, lines, run, teller).carry(dry_run=dry_run)


def _why_no_departure(line: Line) -> str:
    cell = line.cells.get("event", "")
    try:
        parse(cell)
    except BadSlug as exc:
        return f"event: {exc}" if cell else "event: is missing"
    return ""


class _Teller:
    """Tells of each line once, however often it was looked at."""

    def __init__(self, outcome: Outcome) -> None:
        self._outcome = outcome
        self._told: set[int] = set()

    def report(self, line: Line, reason: str) -> None:
        if self._is_first(line):
            self._outcome.report(SORT, line, reason)

    def tell(self, fate: Fate) -> None:
        claim = fate.claim
        if fate.verdict == "reported":
            self.report(claim.line, fate.reason)
        elif self._is_first(claim.line):
            if fate.verdict == "unchanged":
                self._outcome.unchanged(SORT, claim.line)
                return
            for text in fate.guesses:
                self._outcome.guess(SORT, claim.line, text)
            self._outcome.carried(SORT, claim.line, said=f"{claim.name}, for {claim.slug}")

    def _is_first(self, line: Line) -> bool:
        is_first = id(line) not in self._told
        self._told.add(id(line))
        return is_first


class _Carrying:
    """One departure's lines on their way."""

    def __init__(self, slug: str, lines: Sequence[Line], run: Run, teller: _Teller) -> None:
        self.slug, self.lines, self.run, self.teller = slug, lines, run, teller
        self.writer = Writer(run)
        self.has_written = False

    def carry(self, *, dry_run: bool) -> None:
        pauses = _pauses()
        while not self._carry_all(dry_run=dry_run):
            if self.has_written:
                pauses, self.has_written = _pauses(), False
            if next(pauses, None) is None:
                raise StoreUnavailable(f"too many sign for {self.slug} at once; run it again")

    def _carry_all(self, *, dry_run: bool) -> bool:
        """Carry what is not stored yet. Returns False when someone else wrote meanwhile: look again."""
        stored = self._stored()
        if stored is None:
            for line in self.lines:
                self.teller.report(line, line.fault or f"event: there is no departure {self.slug}")
            return True
        fates = plan(stored, list(self._read(stored.event)))
        new = [fate for fate in fates if fate.verdict == "new"]
        for fate in fates:
            if dry_run or fate.verdict != "new":
                self.teller.tell(fate)
        return dry_run or self._write_all(stored.event, new)

    def _write_all(self, event: Event, new: Sequence[Fate]) -> bool:
        for cut in cuts(new):
            try:
                event = self.writer.write(event, cut)
            except Conflict:
                return False
            self.has_written = True
            for fate in cut:
                self.teller.tell(fate)
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


def _pauses() -> Iterator[int]:
    pauses = tries(seconds=PATIENCE, first_pause=FIRST_PAUSE, longest_pause=LONGEST_PAUSE)
    # The first is the try that has just failed.
    next(pauses)
    return pauses
