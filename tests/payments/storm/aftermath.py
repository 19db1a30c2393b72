"""What the table holds after the storm, read raw, against what the writers noted: the faults of it, in words.

It trusts nothing of the house but what an entry moves, `totals.moved_by`, and the chain's own check.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from events.rows import Event, Patron
from payments import chain
from payments.refusals import UnknownReference
from payments.rows import Key, Kind, Payment, Reference, Tally, Way
from payments.tallies import Place
from payments.totals import NOTHING, Moved, moved_by
from scc.dynamo.rows import Row
from scc.mail.rows import Letter
from scc.staff.rows import AuditEntry
from tests.payments.storm.notes import Notes
from tests.payments.storm.writers import Asked

R = TypeVar("R", bound=Row)
# How many entries each request makes; a transfer makes two for each payment that it carries.
ENTRIES = {"record": 1, "void": 1, "refund": 1, "correct": 2}


def faults(notes: Notes) -> list[str]:
    """Return all that is lost, doubled or torn; nothing, after a storm as it should be. One Scan."""
    aftermath = Aftermath(notes, _all_rows())
    checks = (
        aftermath.of_requests,
        aftermath.of_keys,
        aftermath.of_postings,
        aftermath.of_companions,
        aftermath.of_sums,
        aftermath.of_chains,
        aftermath.of_figures,
        aftermath.of_what_is_left,
    )
    return [fault for check in checks for fault in check()]


def _all_rows() -> list[Row]:
    rows: list[Row] = []
    start: Any = None
    while True:
        data = Row._get_connection().scan(consistent_read=True, exclusive_start_key=start)
        rows += map(Row.from_raw_data, data["Items"])
        start = data.get("LastEvaluatedKey")
        if not start:
            return rows


@dataclass
class Posting:
    """What the table holds of one request, and what was noted of it."""

    asked: Asked
    references: set[str]
    entries: list[Payment]


class Aftermath:
    def __init__(self, notes: Notes, rows: list[Row]) -> None:
        self.notes = notes
        self._rows = rows
        self.entries = sorted(self._of(Payment), key=lambda entry: entry.sequence)
        self.asked = {_digest(key): asked for key, asked in notes.asked.items()}
        self.written: dict[str, list[Payment]] = defaultdict(list)
        self.by_event: dict[str, list[Payment]] = {event.slug: [] for event in self._of(Event)}
        for entry in self.entries:
            self.written[entry.key_digest].append(entry)
            self.by_event[entry.event_id].append(entry)
        self.answered = [
            Posting(notes.asked[key], references, self.written[_digest(key)])
            for key, references in notes.answers.items()
        ]

    def _of(self, kind: type[R]) -> list[R]:
        return [row for row in self._rows if isinstance(row, kind)]

    def of_requests(self) -> Iterator[str]:
        """Each was answered, with one reference, or refused, and then wrote nothing."""
        for asked in self.notes.unanswered:
            yield f"{asked.key}: nobody knows what came of it"
        for posting in self.answered:
            if len(posting.references) > 1:
                yield f"{posting.asked.key}: answered with {' and '.join(sorted(posting.references))}"
            if not posting.entries:
                yield f"{posting.asked.key}: lost; it was answered with {min(posting.references)}"
        if missed := self.notes.reasons[UnknownReference.__name__]:
            yield f"{missed} times an entry was not there that had been answered"
        for key in self.notes.refused:
            if key in self.notes.answers:
                yield f"{key}: answered, and refused as well"
            elif self.written[_digest(key)]:
                yield f"{key}: refused, and written"

    def of_keys(self) -> Iterator[str]:
        """Each answered request left its key, which names its entry; there is no other key, and no other entry."""
        kept = {key.digest: key for key in self._of(Key)}
        for posting in self.answered:
            key = kept.pop(_digest(posting.asked.key), None)
            named = [entry.reference for entry in posting.entries if key is not None and entry.id == key.entry_id]
            if {*named} != posting.references:
                yield f"{posting.asked.key}: its key names {named or 'nothing'}"
        yield from (f"a key of nobody, for {key.entry_id}" for key in kept.values())
        for digest in self.written.keys() - self.asked.keys():
            yield f"entries of nobody: {[entry.reference for entry in self.written[digest]]}"

    def of_postings(self) -> Iterator[str]:
        """Each request wrote what it asked for, once."""
        for posting in self.answered:
            written = len({entry.audit_id for entry in posting.entries})
            if written > 1:
                yield f"{posting.asked.key}: doubled; it was written {written} times"
            elif posting.entries:
                yield from _of_posting(posting)

    def of_companions(self) -> Iterator[str]:
        """Of what goes with a posting, there is what the entries name, and nothing else."""
        noted = [entry for entry in self.entries if entry.external_reference]
        yield from _differences("audit entries", self._of(AuditEntry), [entry.audit_id for entry in self.entries])
        letters = [entry.letter_id for entry in self.entries if entry.letter_id]
        yield from _differences("letters", self._of(Letter), letters)
        references = [Reference.of(entry).id for entry in noted]
        yield from _differences("notes of references", self._of(Reference), references)

    def of_sums(self) -> Iterator[str]:
        """Each departure's figures are what was answered; what was carried over adds up to nothing."""
        expected = self._answered_sums()
        carried = NOTHING
        for event in self._of(Event):
            credit = _sum(entry for entry in self.by_event[event.slug] if entry.entry_kind == Kind.TRANSFER)
            carried += Moved(credit.received_cents - credit.refunded_cents, 0, credit.tips_cents)
            if (said := _figures(event)) != (answered := expected[event.slug] + credit):
                yield f"{event.slug}: says {said}, and was answered {answered}"
        if carried != NOTHING:
            yield f"what was carried over comes to {carried}"

    def _answered_sums(self) -> dict[str, Moved]:
        """Return what the answered requests move, as they were asked, without transfers."""
        moved = {(posting.asked.event, min(posting.references)): _asked_for(posting.asked) for posting in self.answered}
        sums = dict.fromkeys(self.by_event, NOTHING)
        for posting in self.answered:
            asked = posting.asked
            sums[asked.event] += moved[asked.event, min(posting.references)]
            if asked.act in ("void", "correct"):
                sums[asked.event] += -moved.get((asked.event, asked.facts["reference"]), NOTHING)
        return sums

    def of_chains(self) -> Iterator[str]:
        for event in self._of(Event):
            found = chain.verify_chain(self.by_event[event.slug], head=event.ledger_head, count=int(event.ledger_count))
            yield from (f"{event.slug}: {fault}" for fault in found)

    def of_figures(self) -> Iterator[str]:
        """Departures, parties and tallies say what the entries add up to."""
        by_party: dict[object, list[Payment]] = defaultdict(list)
        by_place: dict[object, list[Payment]] = defaultdict(list)
        for entry in self.entries:
            by_party[entry.event_id, entry.patron_id].append(entry)
            by_place[entry.event_id, Place.of(entry)].append(entry)
        tallies = {(tally.event_id, Place.of(tally)): tally for tally in self._of(Tally)}
        for event in self._of(Event):
            yield from _off(event, self.by_event[event.slug])
        for party in self._of(Patron):
            yield from _off(party, by_party[party.event_id, party.ulid])
        for place, tally in tallies.items():
            yield from _off(tally, by_place[place])
            if tally.entries != len(by_place[place]):
                yield f"tally {tally.id}: counts {tally.entries}, and they are {len(by_place[place])}"
        yield from (f"no tally at {place}" for place in by_place.keys() - tallies.keys())

    def of_what_is_left(self) -> Iterator[str]:
        """Never more is taken from an entry than it brought, and it is voided once at most."""
        for slug, entries in self.by_event.items():
            voids = [entry.corrects for entry in entries if entry.entry_kind == Kind.VOID]
            yield from (f"{slug} {each}: voided twice" for each in {*voids} if voids.count(each) > 1)
            taken: dict[str, int] = defaultdict(int)
            for entry in entries:
                takes = entry.entry_kind == Kind.REFUND or entry.way == Way.OUT
                if takes and entry.reference not in voids:
                    taken[entry.corrects] += entry.amount_cents
            for entry in entries:
                brought = 0 if entry.reference in voids else entry.amount_cents
                if taken[entry.reference] > brought:
                    yield f"{slug} {entry.reference}: {taken[entry.reference]} is taken of {brought} cents"


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _of_posting(posting: Posting) -> Iterator[str]:
    asked, entries = posting.asked, posting.entries
    if asked.act == "transfer":
        ways = [entry.way for entry in entries]
        if ways.count(Way.OUT) != ways.count(Way.IN):
            yield f"{asked.key}: torn; {ways}"
        return
    if len(entries) != ENTRIES[asked.act]:
        yield f"{asked.key}: torn; {len(entries)} entries of a {asked.act}"
    said = _sum(entry for entry in entries if entry.entry_kind != Kind.VOID)
    if said != _asked_for(asked):
        yield f"{asked.key}: says {said}, and asked for {_asked_for(asked)}"


def _asked_for(asked: Asked) -> Moved:
    """Return what a request asked for, by itself."""
    cents, tip_cents = asked.facts.get("amount_cents", 0), asked.facts.get("tip_cents", 0)
    if asked.act == "refund":
        return Moved(refunded_cents=cents, tips_cents=-tip_cents)
    return Moved(received_cents=cents, tips_cents=tip_cents)


def _sum(entries: Iterable[Payment]) -> Moved:
    return sum((moved_by(entry) for entry in entries), NOTHING)


def _figures(row: Event | Patron | Tally) -> Moved:
    return Moved(row.received_cents, row.refunded_cents, row.tips_cents)


def _off(row: Event | Patron | Tally, entries: list[Payment]) -> Iterator[str]:
    if (said := _figures(row)) != (counted := _sum(entries)):
        yield f"{type(row).__name__} {row.id}: says {said}, and its entries come to {counted}"


def _differences(what: str, rows: Iterable[Row], named: Iterable[str]) -> Iterator[str]:
    there, wanted = {row.id for row in rows}, {*named}
    if there - wanted:
        yield f"{len(there - wanted)} {what} too many"
    if wanted - there:
        yield f"{len(wanted - there)} {what} missing"
