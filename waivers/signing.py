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

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

from django.utils import timezone
from django.utils.crypto import salted_hmac
from ulid import ULID

from events import calendar, turns
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
from waivers import documents, emails, lives, people, texts, validity
from waivers.acts import Care, Family, Origin, Signature, Signer, Tie
from waivers.canonical import canonical, sha256
from waivers.documents import Covered, Signing
from waivers.rows import Matched, PdfDue, Role, State, Verified, Waiver, WaiverCare, WaiverRecord
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

# No 0/O, 1/I/L, 2/Z, 5/S, 8/B: read out over an engine.
REFERENCE_LETTERS = "34679ACDEFGHJKMNPQRTUVWXY"
REFERENCE_LENGTH = 6
_KEY = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")
# Times before 1970 do not exist in a ULID; those of the first second are kept for keys that we derive.
_DERIVED = "0000000000"
# An item holds 400 KB, and half of a record is not the signer's.
LARGEST_PRIVATE = 250_000

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


class TooLarge(Exception):
    """More than a record holds."""


@dataclass(frozen=True)
class Part:
    """What is stored of one person whom a signature covers."""

    line: Waiver
    record: WaiverRecord
    care: WaiverCare | None
    place: Place


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


def get_open_event(slug: str) -> Event:
    """Return the departure `slug`, which takes signatures. One GetItem. Raises NotOpen, StoreUnavailable."""
    event = calendar.get_event(slug)
    if event is None or not event.is_open:
        raise NotOpen
    return event


def admit(event: Event, *, address: str) -> None:
    """Count a try to sign for `event` from `address`. One UpdateItem. Raises throttle.Throttled, StoreUnavailable."""
    throttle.check(scope="waiver", key=f"{event.slug}|{address}", limit=TRIES_AN_ADDRESS, window=TRIES_WITHIN)


def admit_question(event: Event, *, address: str) -> None:
    """Count a question about `event` from `address`. One UpdateItem. Raises throttle.Throttled, StoreUnavailable."""
    throttle.check(scope="waiver-ask", key=f"{event.slug}|{address}", limit=QUESTIONS_AN_ADDRESS, window=TRIES_WITHIN)


def is_key(text: str) -> bool:
    """Say whether `text` may be the key of a signature: a ULID in capitals."""
    return _KEY.fullmatch(text) is not None


def derive_key(event: Event, signer: Signer, text: texts.Text, family: Family, *, replace: bool) -> str:
    """Return the key of a signature whose page had no script: the same for the same event, people and text."""
    children = [[fold(minor.name), minor.born_on.isoformat()] for minor in family.minors]
    who = [event.slug, fold(signer.name), signer.born_on.isoformat(), signer.email.casefold(), text.sha256]
    digest = salted_hmac("waivers.signing.key", canonical([*who, children, replace]), algorithm="sha256").digest()
    return str(ULID.from_bytes(bytes(6) + digest[:10]))


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
    act = _act(key, event, signer, signature, origin, family, care or Care(), tie)
    parts = [_part(act, covered) for covered in act.covered]
    with turns.taken(event.slug, patience=BUDGET):
        return _store(act, parts, replace=replace)


def _act(
    key: str,
    event: Event,
    signer: Signer,
    signature: Signature,
    origin: Origin,
    family: Family,
    care: Care,
    tie: Tie | None,
) -> Signing:
    now = datetime.now(UTC)
    # As stored, to the millisecond, so that the evidence says the same.
    received_at = now.replace(microsecond=now.microsecond // 1000 * 1000)
    persons = [(signer.name, signer.born_on, False)] if family.with_signer else []
    persons += [(minor.name, minor.born_on, True) for minor in family.minors]
    covered = tuple(
        _covered(event, signature.text, received_at, key_of(key, place), *person)
        for place, person in enumerate(persons)
    )
    return Signing(event, signer, signature, origin, family, care, tie, covered, received_at)


def key_of(key: str, place: int) -> str:
    """Return the id of the record at `place`, from 0, of the act with the key `key`: the first one's is the key."""
    if not place:
        return key
    digest = hashlib.sha256(f"{key}|{place}".encode()).digest()
    return str(ULID.from_bytes(ULID.from_str(key).bytes[:6] + digest[:10]))


def _covered(
    event: Event, text: texts.Text, received_at: datetime, ulid: str, name: str, born_on: date, is_minor: bool
) -> Covered:
    minor_born_on = born_on if is_minor else None
    until = validity.valid_until(
        event,
        received_at,
        validity=text.validity,
        season_ends=text.season_ends,
        minor_born_on=minor_born_on,
    )
    retain_until, rule = validity.retain_until(event, until, validity=text.validity, minor_born_on=minor_born_on)
    valid_from = validity.valid_from(event, received_at)
    return Covered(ulid, name, born_on, is_minor, valid_from, until, retain_until, rule)


def _part(act: Signing, covered: Covered) -> Part:
    care = documents.care_document(act.care)
    secret = links.new_secret()
    record = _record(act, covered, care, secret)
    line = _line(act, covered, record, secret)
    return Part(line, record, _care(act, covered, care), _place(act, covered, line))


def _record(act: Signing, covered: Covered, care: str, secret: str) -> WaiverRecord:
    private = documents.private_document(act, covered)
    if len(private.encode()) > LARGEST_PRIVATE:
        raise TooLarge
    sealed, key_id = documents.seal_record(covered.ulid, private)
    reference = reference_of(covered.ulid)
    evidence = documents.evidence_document(act, covered, reference=reference, private=private, care=care, secret=secret)
    return WaiverRecord(
        ulid=covered.ulid,
        event_id=act.event.slug,
        reference=reference,
        received_at=act.received_at,
        evidence=evidence,
        record_sha256=sha256(evidence),
        sealed=sealed,
        key_id=key_id,
        text_sha256=act.signature.text.sha256,
        retain_until=covered.retain_until,
    )


def _care(act: Signing, covered: Covered, care: str) -> WaiverCare | None:
    if not care:
        return None
    sealed, key_id = documents.seal_care(covered.ulid, care)
    keep_until = validity.care_until(act.event)
    return WaiverCare(ulid=covered.ulid, event_id=act.event.slug, sealed=sealed, key_id=key_id, keep_until=keep_until)


def _line(act: Signing, covered: Covered, record: WaiverRecord, secret: str) -> Waiver:
    at_the_dock = act.received_at.astimezone(calendar.zone())
    tie = act.tie or Tie()
    return Waiver(
        event_id=act.event.slug,
        ulid=covered.ulid,
        record_id=covered.ulid,
        leader=act.covered[0].ulid,
        month=f"{at_the_dock:%Y-%m}",
        year=f"{at_the_dock:%Y}",
        name=covered.name,
        folded_name=fold(covered.name),
        age=validity.age_on(covered.born_on, act.event.date),
        guardian=act.signer.name if covered.is_minor else "",
        role=Role.GUEST.value if covered.is_minor else act.signer.role.value,
        method=act.signature.method.value,
        channel=act.origin.channel.value,
        signed_at=act.received_at,
        reference=record.reference,
        text_version=act.signature.text.version,
        document=act.signature.text.document,
        language=act.signature.text.language,
        valid_from=covered.valid_from,
        valid_until=covered.valid_until,
        retain_until=covered.retain_until,
        has_care=bool(act.care),
        has_medical=bool(act.care.medical),
        secret=secret,
        patron_id=tie.patron_id,
        assignment_id="" if covered.is_minor else tie.assignment_id,
        matched=Matched.LINK.value if act.tie else Matched.NOBODY.value,
        verified=Verified.LINK.value if act.tie else Verified.NONE.value,
    )


def _place(act: Signing, covered: Covered, line: Waiver) -> Place:
    return Place(
        digest=people.digest(covered.name, covered.born_on),
        event_id=act.event.slug,
        waiver_id=covered.ulid,
        record_id=covered.ulid,
        record_event_id=act.event.slug,
        reference=line.reference,
        document=act.signature.text.document,
        text_version=act.signature.text.version,
        text_number=act.signature.text.number,
        language=act.signature.text.language,
        role=line.role,
        valid_from=covered.valid_from,
        valid_until=covered.valid_until,
        signed_at=act.received_at,
    )


def _store(act: Signing, parts: Sequence[Part], *, replace: bool) -> Signed:
    event = act.event
    earlier: dict[str, Waiver] = {}
    places: dict[str, Place] = {}
    for attempt in tries(seconds=BUDGET, first_pause=FIRST_PAUSE, longest_pause=LONGEST_PAUSE):
        if attempt > 1:
            # What the last refusal showed is old after a pause.
            event = get_open_event(event.slug)
        unit = Unit()
        _chain([part.record for part in parts], event)
        _count(unit, event, parts, list(earlier.values()))
        texts.add_missing(unit, act.signature.text)
        texts.count(unit, act.signature.text, event)
        for part in parts:
            _write(unit, part, places.get(part.place.digest))
        _replace(unit, parts, earlier)
        letter = _write_copy(unit, act, parts)
        try:
            unit.commit()
        except Conflict as exc:
            first = _stored(exc, parts[0].record)
            if first is not None:
                return _repeated(first, _stored(exc, parts[0].line), act)
            taken = [place for part in parts if (place := _stored(exc, part.place)) is not None]
            # A place that was known and is another by now was changed by someone else at the same moment.
            if taken and not replace:
                raise AlreadySigned(taken[0].reference) from exc
            for place in taken:
                places[place.digest] = place
                earlier |= _line_at(place)
            event = _as_refused(exc, event)
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
    "valid_from",
    "valid_until",
    "signed_at",
)


def _line_at(place: Place) -> dict[str, Waiver]:
    line = Waiver.fetch(event_id=place.event_id, ulid=place.waiver_id)
    return {line.ulid: line} if line is not None else {}


def _replace(unit: Unit, parts: Sequence[Part], earlier: dict[str, Waiver]) -> None:
    by_reference = ", ".join(part.line.reference for part in parts)
    for line in earlier.values():
        if line.counts:
            lives.change(
                line,
                what="replaced",
                by=GUEST,
                changes={"state": State.REPLACED.value},
                note=f"Signed anew: {by_reference}.",
                unit=unit,
            )


def _as_refused(exc: Conflict, event: Event) -> Event:
    """Return the event as the refusal shows it, which costs no request. Raises NotOpen when it was closed."""
    if exc.failure_of(event) is None:
        # Then the text was published by someone else since this process asked for it.
        texts.forget()
        return event
    stored = _stored(exc, event)
    if stored is None or not stored.is_open:
        raise NotOpen from exc
    return stored


def _stored(exc: Conflict, row: R) -> R | None:
    """Return what the table holds where `row` was to be written, if the refusal names it."""
    failure = exc.failure_of(row)
    return failure.stored if failure is not None and isinstance(failure.stored, type(row)) else None


def _repeated(first: WaiverRecord, line: Waiver | None, act: Signing) -> Signed:
    line = line or Waiver.fetch(event_id=first.event_id, ulid=first.ulid)
    if line is None or line.state == State.ERASED:
        raise KeyTaken
    private = documents.open_record(first)
    leader = act.covered[0]
    same = people.is_same(private["name"], private["born_on"], leader.name, leader.born_on.isoformat())
    if first.event_id != act.event.slug or not same:
        raise KeyTaken
    if first.ulid.startswith(_DERIVED) and timezone.now() - first.received_at > DERIVED_LINK_FOR:
        raise AlreadySigned(first.reference)
    return Signed(line, first, replayed=True)


def _chain(records: Sequence[WaiverRecord], event: Event) -> None:
    number, previous = event.waiver_count, event.waiver_head
    for record in records:
        number += 1
        record.chain_number, record.chain_previous = number, previous
        record.chain_sha256 = previous = chain_hash_of(record)


def chain_hash_of(record: WaiverRecord) -> str:
    """Return the hash that ties `record` to the one before it on its event."""
    return sha256(canonical([record.chain_number, record.chain_previous, record.record_sha256]))


def _count(unit: Unit, event: Event, parts: Sequence[Part], earlier: Sequence[Waiver]) -> None:
    head = Event.waiver_head
    guests = [part.line for part in parts if part.line.role == Role.GUEST]
    replaced = [line for line in earlier if line.role == Role.GUEST and line.counts]
    unit.update(
        event,
        set={"waiver_head": parts[-1].record.chain_sha256},
        add={"waiver_count": len(parts), "signed": len(guests) - len(replaced)},
        expect=(head == event.waiver_head if event.waiver_head else head.does_not_exist())
        & (Event.status == Status.SCHEDULED.value),
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


def reference_of(key: str) -> str:
    """Return the short name of the waiver `key`, for people to read out.

    Of the hundred on a boat two are alike once in 50,000 trips.
    """
    number = int(sha256(key), 16)
    letters = []
    for _ in range(REFERENCE_LENGTH):
        number, place = divmod(number, len(REFERENCE_LETTERS))
        letters.append(REFERENCE_LETTERS[place])
    return "".join(letters)
