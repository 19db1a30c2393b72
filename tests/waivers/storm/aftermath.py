"""What the table holds after the storm, read raw, against what the signers noted: the faults of it, in words.

It trusts nothing of the house but how a private document is opened, and what canonical JSON is.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, TypeVar

from events.rows import Event
from scc.dynamo.rows import Row
from scc.mail.rows import Letter
from tests.waivers.storm.fleet import Notes
from tests.waivers.storm.signers import Asked
from waivers import documents, people
from waivers.canonical import canonical
from waivers.rows import PdfDue, Role, Signer, TextCount, Waiver, WaiverCare, WaiverRecord

R = TypeVar("R", bound=Row)


def faults(notes: Notes) -> list[str]:
    """Return all that is lost, doubled or torn; nothing, after a storm as it should be. One Scan."""
    aftermath = Aftermath(notes, _all_rows())
    checks = (
        aftermath.of_answers,
        aftermath.of_persons,
        aftermath.of_records,
        aftermath.of_companions,
        aftermath.of_chain,
        aftermath.of_figures,
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


class Aftermath:
    def __init__(self, notes: Notes, rows: list[Row]) -> None:
        self.notes = notes
        self._rows = [row for row in rows if not row.is_removed]
        self.asked = [notes.asked[key] for key in notes.answers]
        self.lines = self._of(Waiver)
        self.records = {record.ulid: record for record in self._of(WaiverRecord)}

    def _of(self, kind: type[R]) -> list[R]:
        return [row for row in self._rows if isinstance(row, kind)]

    def of_answers(self) -> Iterator[str]:
        """Each was answered, with one reference, which is the one that is stored under its key."""
        stored = {line.ulid: line.reference for line in self.lines}
        for asked in self.notes.unanswered:
            yield f"{asked.key}: nobody knows what came of it"
        for key, references in self.notes.answers.items():
            if references != {stored.get(key)}:
                yield f"{key}: answered with {' and '.join(sorted(references))}, stored is {stored.get(key)}"
        yield from (f"{key}: refused, and written" for key in self.notes.refused if key in stored)

    def of_persons(self) -> Iterator[str]:
        """There is one line for each person of an answered request, and no other."""
        wanted = Counter(name for asked in self.asked for name, _ in asked.persons)
        there = Counter(line.name for line in self.lines)
        yield from (f"{name}: {there[name]} lines, not {wanted[name]}" for name in _unequal(wanted, there))

    def of_records(self) -> Iterator[str]:
        """Each line has its record, which is whole and says who signed; no record is without a line."""
        yield from _differences("records", [*self.records], [line.ulid for line in self.lines])
        for line in self.lines:
            record = self.records.get(line.ulid)
            if record is not None and not _is_whole(line, record):
                yield f"{line.ulid}: its record is not whole"

    def of_companions(self) -> Iterator[str]:
        """Of what goes with a signature, there is what was asked for, and nothing else."""
        ulids = [line.ulid for line in self.lines]
        yield from _differences("due PDFs", (row.ulid for row in self._of(PdfDue)), ulids)
        cared_for = [line.ulid for line in self.lines if self._asked_of(line).medical]
        yield from _differences("care boxes", (row.ulid for row in self._of(WaiverCare)), cared_for)
        mailed = [asked.email for asked in self.asked if asked.email]
        yield from _differences("letters", (letter.to for letter in self._of(Letter)), mailed)
        places = [(people.digest(*person), person[0]) for asked in self.asked for person in _dated(asked)]
        named = {line.ulid: line.name for line in self.lines}
        taken = [(place.digest, named.get(place.waiver_id, "")) for place in self._of(Signer)]
        yield from _differences("signers' places", taken, places)

    def _asked_of(self, line: Waiver) -> Asked:
        return self.notes.asked[line.leader]

    def of_chain(self) -> Iterator[str]:
        """The records are one chain, from the first to the event's head."""
        previous = ""
        in_order = sorted(self.records.values(), key=lambda record: record.chain_number)
        for number, record in enumerate(in_order, start=1):
            if (record.chain_number, record.chain_previous) != (number, previous):
                yield f"{record.ulid}: link {record.chain_number} is not link {number}"
            previous = record.chain_sha256
            if previous != _sha256(canonical([record.chain_number, record.chain_previous, record.record_sha256])):
                yield f"{record.ulid}: its link is not what it says"
        [event] = self._of(Event)
        if event.waiver_head != previous:
            yield "the departure does not end in the last link"

    def of_figures(self) -> Iterator[str]:
        """The departure counts its guests and records, and the text its signatures."""
        [event] = self._of(Event)
        guests = sum(line.role == Role.GUEST for line in self.lines)
        if (event.signed, event.waiver_count) != (guests, len(self.records)):
            yield f"says {event.signed} signed and {event.waiver_count} records: {guests} and {len(self.records)}"
        counted = sum(row.signed for row in self._of(TextCount))
        acts = len({line.leader for line in self.lines})
        if counted != acts:
            yield f"its text counts {counted} signatures, and they are {acts}"


def _is_whole(line: Waiver, record: WaiverRecord) -> bool:
    private = documents.private_text(record)
    return (
        _sha256(record.evidence) == record.record_sha256
        and f'"private_sha256":"{_sha256(private)}"' in record.evidence
        and documents.open_record(record)["name"] == line.name
        and record.reference == line.reference
    )


def _dated(asked: Asked) -> Iterator[tuple[str, date]]:
    yield from ((name, date.fromisoformat(born_on)) for name, born_on in asked.persons)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _unequal(one: Counter[str], other: Counter[str]) -> list[str]:
    return [name for name in one.keys() | other.keys() if one[name] != other[name]]


def _differences(what: str, there: Iterable[object], wanted: Iterable[object]) -> Iterator[str]:
    found, expected = Counter(there), Counter(wanted)
    if more := (found - expected).total():
        yield f"{more} {what} too many"
    if fewer := (expected - found).total():
        yield f"{fewer} {what} missing"
