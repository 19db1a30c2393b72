"""Signing: the one place where a waiver comes to be.

One transaction writes, for each person whom the signature covers, the line on the manifest, the record, the box with
the emergency contact, the signer's place and the PDF that is due; and once the event's figures, the count of the text
and the letter with the copy. The page's key is the first record's id, so the same request sent twice is one waiver.
Each record is a link of its event's chain: the event holds the last link's hash, and a signature expects to find there
what it builds on.

Rules
- How long it counts and how long it is kept: `waivers.validity`.
- Minors do not sign: a minor's own waiver binds nowhere. A guardian signs for them, with one record for each child.
- One person signs once for a departure. Who signs again is told of the first, and may replace it.
- The same key from someone else is refused. A person is a name and a date of birth.
- Without a script the key follows from the event, the person and the text, and so could be guessed by who knows them:
  such a repetition gets the receipt's link only within an hour, which is enough for a lost answer.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import replace as but
from datetime import timedelta
from typing import TypeVar

from django.utils import timezone

from events import calendar, turns
from events.drafts import edited
from events.rows import Event, Status
from scc import links
from scc.dynamo.errors import Conflict, StoreUnavailable
from scc.dynamo.folding import fold
from scc.dynamo.rows import Row
from scc.dynamo.tries import tries
from scc.dynamo.units import Unit
from scc.mail.rows import Letter
from scc.staff import throttle
from scc.staff.actors import GUEST
from waivers import documents, emails, lives, people, succeeding, texts, validity
from waivers.acts import Care, Family, Origin, Signature, Signer, Tie
from waivers.documents import Signing
from waivers.parts import Part, act_of, chain, part_of
from waivers.request_keys import derive_key, is_derived
from waivers.rows import PdfDue, Role, State, Waiver, WaiverRecord
from waivers.rows import Signer as Place

MOST_MINORS = 8

# A full boat signs on one phone network, behind one address.
TRIES_AN_ADDRESS = 60
# What the page asks before one signs: whose link it is, what still counts.
QUESTIONS_AN_ADDRESS = 180
TRIES_WITHIN = timedelta(minutes=10)

# Seconds in which a signature is built anew because another one of the same event came first. A hundred at the same
# moment are through in about ten on two cores.
BUDGET = 12.0
FIRST_PAUSE = 0.02
LONGEST_PAUSE = 4.0

DERIVED_LINK_FOR = timedelta(hours=1)
# A phone that found no signal aboard finds some on the way home.
LATE_FOR = timedelta(days=3)


R = TypeVar("R", bound=Row)


class NotOpen(Exception):
    """There is no such departure, or it takes no signatures."""


class KeyTaken(Exception):
    """The key belongs to a waiver of someone else, or of another departure."""


class AlreadySigned(Exception):
    """This person has signed for this departure. The link to the receipt is not given away again."""

    def __init__(self, reference: str) -> None:
        self.reference = reference
        super().__init__(f"signed already, reference {reference}")


@dataclass(frozen=True)
class Signed:
    """Waivers that are stored; the leader's line and record stand for all of one act."""

    line: Waiver
    record: WaiverRecord
    lines: Sequence[Waiver] = ()
    replayed: bool = False
    letter: Letter | None = None

    @property
    def reference(self) -> str:
        return self.record.reference

    @property
    def references(self) -> list[str]:
        return [line.reference for line in self.lines] or [self.reference]

    @property
    def link(self) -> str:
        return link_to(self.line)


def get_open_event(slug: str, *, late: bool = False) -> Event:
    """Return the departure `slug`, which takes signatures. One GetItem. Raises NotOpen, StoreUnavailable.

    late: the signature was kept on a phone without signal. It is taken for some days after the departure has sailed.
    """
    event = calendar.get_event(slug)
    if event is None or not _is_open(event, late=late):
        raise NotOpen
    return event


def _is_open(event: Event, *, late: bool) -> bool:
    if event.status == Status.COMPLETED:
        return late and timezone.now() - event.starts_at < LATE_FOR
    return event.is_open


def admit(event: Event, *, address: str) -> None:
    """Count a try to sign for `event` from `address`. One UpdateItem. Raises throttle.Throttled, StoreUnavailable."""
    throttle.check(scope="waiver", key=f"{event.slug}|{address}", limit=TRIES_AN_ADDRESS, window=TRIES_WITHIN)


def admit_question(*, address: str) -> None:
    """Count a question from `address`, whatever the departure. One UpdateItem. Raises Throttled, StoreUnavailable."""
    throttle.check(scope="waiver-ask", key=address, limit=QUESTIONS_AN_ADDRESS, window=TRIES_WITHIN)


def sign(
    *,
    event: Event,
    signer: Signer,
    signature: Signature,
    origin: Origin,
    family: Family | None = None,
    care: Care | None = None,
    tie: Tie | None = None,
    replace: bool = False,
) -> Signed:
    """Store a signature for `event`, as it was read, and return it.

    family: for whom it is, the signer alone without one. care: emergency contact and medical notes. tie: what the
    personal link names. replace: put it in the place of an earlier one of the same person.
    A PutObject for each sealed document, then one TransactWriteItems, and one more for each other signature of the
    event that came first, with a GetItem where the refusal does not show the event.
    The same key again returns the first. Raises KeyTaken, AlreadySigned, NotOpen (closed meanwhile), TooLarge,
    OutcomeUnknown (the same key may be sent again), StoreUnavailable.
    """
    family = family or Family()
    key = signature.key or derive_key(event, signer, signature.text, family, replace=replace)
    act = act_of(key, event, signer, signature, origin, family, care or Care(), tie)
    made = [part_of(act, covered) for covered in act.covered]
    with turns.taken(event.slug, patience=BUDGET):
        return _store(act, made, replace=replace)


def _store(act: Signing, made: Sequence[Part], *, replace: bool) -> Signed:
    event = act.event
    places: dict[str, Place] = {}
    for attempt in tries(seconds=BUDGET, first_pause=FIRST_PAUSE, longest_pause=LONGEST_PAUSE):
        if attempt > 1:
            # What the last refusal showed is old after a pause.
            event = get_open_event(event.slug, late=act.origin.later)
            places = _as_they_are(places.values())
        # Read each time: what is to be replaced may have been changed meanwhile, too.
        earlier = _lines_at(places.values())
        # A try may write to the lines what the next one does not find any more.
        parts = [but(part, line=edited(part.line.stamp(), {})) for part in made]
        unit = Unit()
        chain([part.record for part in parts], event)
        _count(unit, event, parts, earlier)
        texts.add_missing(unit, act.signature.text)
        texts.count(unit, act.signature.text, event)
        for part in parts:
            _write(unit, part, places.get(part.place.digest))
        _replace(unit, parts, earlier)
        _take_places(unit, event, parts, places, earlier)
        letter = _write_copy(unit, act, parts)
        try:
            unit.commit()
        except Conflict as exc:
            first = _stored(exc, parts[0].record)
            if first is not None:
                return _repeated(first, act)
            if any(_stored(exc, part.line) is not None for part in parts):
                # Of a line without a record: someone who came aboard by an earlier waiver, or signed on paper.
                raise KeyTaken from exc
            taken = [place for part in parts if (place := _stored(exc, part.place)) is not None]
            # A place that was known and is another by now was changed by someone else at the same moment.
            if taken and not replace:
                raise AlreadySigned(taken[0].reference) from exc
            places |= {place.digest: place for place in taken}
            event = _as_refused(exc, event, late=act.origin.later)
        else:
            texts.remember(act.signature.text)
            return Signed(parts[0].line, parts[0].record, [part.line for part in parts], letter=letter)
    raise StoreUnavailable("too many sign for this departure at the same moment; nothing was written")


def _write(unit: Unit, part: Part, before: Place | None) -> None:
    unit.put(part.line)
    unit.put(part.record)
    if part.care is not None:
        unit.put(part.care)
        # DynamoDB takes it out of the table by itself; its key is destroyed by `erasewaivers`.
        part.care.expires_at = validity.expiry_of(part.care.keep_until)
    unit.put(PdfDue(ulid=part.record.ulid, event_id=part.record.event_id))
    if before is None:
        unit.put(part.place)
    else:
        unit.update(
            before,
            set={name: getattr(part.place, name) for name in _OF_PLACE},
            expect=Place.waiver_id == before.waiver_id,
        )


# All of a place but whose it is.
_OF_PLACE = (
    "waiver_id",
    "record_id",
    "record_event_id",
    "reference",
    "document",
    "text_version",
    "text_number",
    "language",
    "role",
    "validity",
    "valid_from",
    "valid_until",
    "signed_at",
)


def _as_they_are(places: Iterable[Place]) -> dict[str, Place]:
    keys = [Place.keys_for(digest=place.digest, event_id=place.event_id) for place in places]
    return {place.digest: place for place in Place.fetch_many(keys).values()} if keys else {}


def _lines_at(places: Iterable[Place]) -> list[Waiver]:
    keys = [Waiver.keys_for(event_id=place.event_id, ulid=place.waiver_id) for place in places]
    return [*Waiver.fetch_many(keys).values()] if keys else []


def _replace(unit: Unit, parts: Sequence[Part], earlier: Sequence[Waiver]) -> None:
    by_reference = ", ".join(part.line.reference for part in parts)
    for line in earlier:
        if line.counts:
            # Who is aboard goes on being it by the new line: see `succeeding`.
            ashore = {"aboard_at": None, "aboard_by": ""} if line.aboard_at is not None else {}
            lives.change(
                line,
                what="replaced",
                by=GUEST,
                changes={"state": State.REPLACED.value, **ashore},
                note=f"Signed anew: {by_reference}.",
                unit=unit,
            )


def _take_places(
    unit: Unit, event: Event, parts: Sequence[Part], places: Mapping[str, Place], earlier: Sequence[Waiver]
) -> None:
    lines = {line.ulid: line for line in earlier if line.counts}
    for part in parts:
        place = places.get(part.place.digest)
        before = lines.get(place.waiver_id) if place is not None else None
        if before is not None:
            succeeding.take_place(unit, event, part.line, before)


def _as_refused(exc: Conflict, event: Event, *, late: bool) -> Event:
    """Return the event as the refusal shows it, which costs no request. Raises NotOpen when it was closed."""
    if exc.failure_of(event) is None:
        # Then the text was published by someone else since this process asked for it.
        texts.forget()
        return event
    stored = _stored(exc, event)
    if stored is None or not _is_open(stored, late=late):
        raise NotOpen from exc
    return stored


def _stored(exc: Conflict, row: R) -> R | None:
    """Return what the table holds where `row` was to be written, if the refusal names it."""
    failure = exc.failure_of(row)
    return failure.stored if failure is not None and isinstance(failure.stored, type(row)) else None


def _repeated(first: WaiverRecord, act: Signing) -> Signed:
    """Return what was stored under the same key, if it is of the same people. Raises KeyTaken, AlreadySigned."""
    together = json.loads(first.evidence)["together"]
    found = Waiver.fetch_many([Waiver.keys_for(event_id=first.event_id, ulid=ulid) for ulid in together])
    lines = sorted(found.values(), key=lambda line: together.index(line.ulid))
    if first.event_id != act.event.slug or not _is_of_the_same(lines, first, act):
        raise KeyTaken
    if is_derived(first.ulid) and timezone.now() - first.received_at > DERIVED_LINK_FOR:
        raise AlreadySigned(first.reference)
    return Signed(lines[0], first, lines, replayed=True)


def _is_of_the_same(lines: Sequence[Waiver], first: WaiverRecord, act: Signing) -> bool:
    leader = act.covered[0]
    if [line.folded_name for line in lines] != [fold(covered.name) for covered in act.covered]:
        return False
    # Nobody who signs knows the number of what was imported.
    if lines[0].state == State.ERASED or lines[0].is_imported:
        return False
    private = documents.open_record(first)
    return people.is_same(private["name"], documents.born_on(private), leader.name, leader.born_on)


def _count(unit: Unit, event: Event, parts: Sequence[Part], earlier: Sequence[Waiver]) -> None:
    head = Event.waiver_head
    guests = [part.line for part in parts if part.line.role == Role.GUEST]
    replaced = [line for line in earlier if line.role == Role.GUEST and line.counts]
    unit.update(
        event,
        set={"waiver_head": parts[-1].record.chain_sha256},
        add={"waiver_count": len(parts), "signed": len(guests) - len(replaced)},
        expect=(head == event.waiver_head if event.waiver_head else head.does_not_exist())
        & (Event.status == event.status),
    )


def _write_copy(unit: Unit, act: Signing, parts: Sequence[Part]) -> Letter | None:
    if not act.signer.email:
        return None
    return emails.write_copy(
        unit,
        to=act.signer.email,
        name=act.signer.name,
        event=act.event,
        lines=[part.line for part in parts],
        text=act.signature.text,
    )


def link_to(line: Waiver) -> str:
    """Return the last part of the address of the receipt of `line`; "" where it was revoked."""
    return links.link_of(line.ulid, line.secret) if line.secret else ""
