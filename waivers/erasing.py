"""Erasure: what is left of a waiver is its number, its hashes, its times, and who erased it.

Of one that was imported there is left, too, by what its file does not bring it back: see `waivers.imported`.

It may end at any point and be begun again. What cannot be found afterwards goes first: while the record opens, it
tells whose places there are; once its line is erased, nothing joins it any more. The keys go late, and with them every
copy of what they sealed, also in backups; that the record says so comes last.

1. the waiver's line, its signer's place and the PDF that is due, in one transaction; nobody sees it from here on;
2. the lines of other departures that it covers, likewise;
3. letters: copies of all that was signed in the same act, and manifests that were sent ashore;
4. a party that was booked in the signer's name as a walk-on;
5. the box of care, the PDF in every version, and the keys in every version;
6. the record.

One that is held is not erased, nor is one that covers a departure on which it is held.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from events import bookings
from events.rows import Event, Patron
from scc.dynamo.errors import Conflict
from scc.dynamo.rows import Row
from scc.dynamo.tries import tries
from scc.dynamo.units import Unit
from scc.mail import erasing as letters
from scc.mail import outbox
from scc.mail.rows import Letter
from scc.sealing import keys
from scc.sealing.boxes import Tampered
from scc.staff import audit
from scc.staff.actors import By
from waivers import ashore, documents, imported, lives, people, printed
from waivers.documents import Erased
from waivers.rows import LifeEvent, PdfDue, Role, Signer, State, Waiver, WaiverCare, WaiverRecord

NAME = "Erased"
ERASED = "erased"
# What a line loses. Its numbers, days and hashes stay.
CLEARED: dict[str, object] = {
    "name": NAME,
    "folded_name": "",
    "age": None,
    "guardian": "",
    "secret": "",
    "patron_id": "",
    "assignment_id": "",
    "matched": "",
    "verified": "",
    "walk_on": False,
    "has_care": False,
    "has_medical": False,
    "care_until": None,
    "state": State.ERASED.value,
}
PATIENCE = 10.0
FIRST_PAUSE = 0.02
LONGEST_PAUSE = 1.0


class Held(Exception):
    """The waiver is held, for a claim as one says, and stays."""


@dataclass
class Whole:
    """All that belongs to one waiver. lines: its own first, then those that it covers elsewhere."""

    ulid: str
    lines: list[Waiver]
    record: WaiverRecord | None = None
    care: WaiverCare | None = None
    life: list[LifeEvent] = field(default_factory=list)

    @property
    def line(self) -> Waiver:
        return self.lines[0]

    @property
    def held(self) -> list[Waiver]:
        return [line for line in self.lines if line.hold]

    @property
    def is_erased(self) -> bool:
        """Whether nothing is left to do."""
        is_gone = self.record is None or self.record.erased_at is not None
        return is_gone and all(line.state == State.ERASED for line in self.lines)

    @property
    def erasure(self) -> LifeEvent | None:
        """The life event that tells of the erasure of the waiver's own line."""
        id = str(self.line.id)
        return next((event for event in self.life if event.what == ERASED and event.line_id == id), None)


def find(ulid: str) -> Whole | None:
    """Return all that belongs to the waiver `ulid`, None where there is none. A Query, and a BatchGetItem of lines."""
    rows = Row.collection(f"WAIVER#{ulid}")
    life = [row for row in rows if isinstance(row, LifeEvent)]
    record = next((row for row in rows if isinstance(row, WaiverRecord)), None)
    own = f"{record.event_id}.{ulid}" if record is not None else next((e.line_id for e in life if _is_own(e)), "")
    ids = dict.fromkeys([own, *(event.line_id for event in life)] if own else [])
    places = {id: Waiver.keys_for(**dict(zip(("event_id", "ulid"), id.rsplit(".", 1), strict=True))) for id in ids}
    found = Waiver.fetch_many(places.values())
    lines = [found[place] for place in places.values() if place in found]
    if not lines or str(lines[0].id) != own:
        return None
    care = next((row for row in rows if isinstance(row, WaiverCare)), None)
    return Whole(ulid, lines, record, care, life)


def _is_own(event: LifeEvent) -> bool:
    return bool(event.line_id.endswith(f".{event.waiver_id}"))


def erase(ulid: str, *, why: str, by: By) -> Whole:
    """Erase the waiver `ulid`, or go on where that was begun, and return what it was.

    why: for the record of its life; it names no signer. by: who asked for it, or the command.
    Raises LookupError, Held, StoreUnavailable, OutcomeUnknown: then run it again.
    """
    whole = _found(ulid)
    if whole.held:
        raise Held(f"waiver {whole.line.reference} is held")
    digest = _digest_of(whole)
    _erase_line(whole.line, digest, why, by)
    # From here on nothing joins it; what did until now is known.
    whole = _found(ulid)
    for line in whole.lines[1:]:
        _erase_line(line, digest, why, by)
    for letter in letters_of(whole):
        _erase_letter(letter)
    _erase_care(whole)
    printed.remove(ulid)
    keys.destroy(documents.key_place(ulid))
    _erase_record(_found(ulid))
    return whole


def _found(ulid: str) -> Whole:
    whole = find(ulid)
    if whole is None:
        raise LookupError(f"there is no waiver {ulid}")
    return whole


def _digest_of(whole: Whole) -> str:
    """Return under which hash the person is found, "" where the record tells no more: then the places are gone.

    "" also where no date of birth is known, as of what was imported: then there is no place.
    """
    if whole.record is None or whole.record.sealed is None:
        return ""
    try:
        private = documents.open_record(whole.record)
    except (Erased, Tampered):
        return ""
    return people.digest_of(private)


def _erase_line(line: Waiver, digest: str, why: str, by: By) -> None:
    for _ in tries(seconds=PATIENCE, first_pause=FIRST_PAUSE, longest_pause=LONGEST_PAUSE):
        now = Waiver.fetch(event_id=line.event_id, ulid=line.ulid)
        if now is None or now.state == State.ERASED:
            return
        if now.hold:
            raise Held(f"waiver {now.reference} is held")
        _erase_walk_on(now, by)
        try:
            _line_unit(now, digest, why, by).commit()
        except Conflict:
            continue
        return
    raise Conflict([])


def _line_unit(line: Waiver, digest: str, why: str, by: By) -> Unit:
    """Return the writes that erase `line`, as it was read, and what names it."""
    unit = Unit()
    # What was signed here leaves nothing of the name; a file could bring back what was imported.
    kept = {"name_mark": imported.name_mark(line.event_id, line.name)} if line.is_imported else {}
    lives.change(line, what=ERASED, by=by, changes={**CLEARED, **kept}, note=why, unit=unit)
    # Out of the index of names.
    unit.update(line, set={"gsi2sk": None})
    event = Event.fetch(slug=line.event_id)
    if event is not None and line.counts and line.role == Role.GUEST:
        unit.update(event, add={"signed": -1})
    place = Signer.fetch(digest=digest, event_id=line.event_id) if digest else None
    if place is not None and place.waiver_id == line.ulid:
        unit.delete(place, expect=Signer.waiver_id == line.ulid)
    due = PdfDue.fetch(ulid=line.ulid)
    if due is not None:
        unit.delete(due)
    return unit


def _erase_walk_on(line: Waiver, by: By) -> None:
    """Erase the party that was booked in the signer's name, because they came without one."""
    if not line.walk_on:
        return
    event, party = Event.fetch(slug=line.event_id), Patron.fetch(event_id=line.event_id, ulid=line.patron_id)
    if event is not None and party is not None:
        bookings.erase_party(event=event, party=party, by=by)


# Letters


def letters_of(whole: Whole) -> list[Letter]:
    """Return every letter with something of the signer in it that is not erased yet. A Query for each thing."""
    abouts = dict.fromkeys(_abouts(whole))
    found = [letter for about in abouts for letter in outbox.letters_about(about)]
    manifests = [
        letter
        for slug in {line.event_id for line in whole.lines}
        for letter in outbox.letters_about(audit.subject_of(Event.at(slug)))
        if letter.purpose == ashore.PURPOSE
    ]
    return [letter for letter in (*found, *manifests) if not letters.is_erased(letter)]


def _abouts(whole: Whole) -> Iterator[str]:
    """Give what letters speak of that may name the signer: the lines, and the lines of the same act."""
    for line in whole.lines:
        yield f"WAIVER#{line.id}"
    if whole.record is not None:
        together: Sequence[str] = json.loads(whole.record.evidence)["together"]
        yield from (f"WAIVER#{whole.record.event_id}.{ulid}" for ulid in together)


def _erase_letter(letter: Letter) -> None:
    for _ in tries(seconds=PATIENCE, first_pause=FIRST_PAUSE, longest_pause=LONGEST_PAUSE):
        now = Letter.fetch(about=letter.about, ulid=letter.ulid)
        if now is None or letters.is_erased(now):
            return
        try:
            letters.erase(now)
        except Conflict:
            # It was sent at this moment.
            continue
        return
    raise Conflict([])


def remove_place(digest: str, event_id: str) -> None:
    """Remove a signer's place whose line is erased. Raises Conflict when it is another's meanwhile."""
    place = Signer.fetch(digest=digest, event_id=event_id)
    if place is not None:
        unit = Unit()
        unit.delete(place, expect=Signer.waiver_id == place.waiver_id)
        unit.commit()


# The box of care, and the record


def erase_care(line: Waiver, *, by: By) -> None:
    """Erase emergency contact and medical notes of `line`, whose day has passed. Raises as `erase`, but for Held."""
    keys.destroy(f"{documents.key_place(line.ulid)}/care")
    care = WaiverCare.fetch(ulid=line.ulid)
    if care is not None:
        _empty(care)
    changes = {"has_care": False, "has_medical": False, "care_until": None}
    lives.change(line, what="care erased", by=by, changes=changes)


def _erase_care(whole: Whole) -> None:
    if whole.care is not None:
        _empty(whole.care)


def _empty(care: WaiverCare) -> None:
    if care.sealed is None:
        return
    unit = Unit()
    unit.update(care, set={"sealed": None})
    unit.commit()


def _erase_record(whole: Whole) -> None:
    record, told = whole.record, whole.erasure
    if record is None or told is None or record.erased_at is not None:
        return
    unit = Unit()
    changes = {"sealed": None, "erased_at": told.happened_at, "erased_by": told.recorded_by}
    unit.update(record, set={**changes, "version": record.version + 1}, expect=WaiverRecord.version == record.version)
    unit.commit()
