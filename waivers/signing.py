"""Signing: the one place where a waiver comes to be.

One transaction writes the line on the manifest, the record, the event's figures and the letter with the copy. The
page's key is the record's id, so the same request sent twice is one waiver. Each record is a link of its event's chain:
the event holds the last link's hash, and a signature expects to find there what it builds on.

Rules
- A signature counts for its departure: valid from the day it is given to the day of the departure.
- It is kept for three years after the departure, within which injuries at sea may be sued for (46 USC 30106), and
  one more.
- Minors do not sign here: a minor's own waiver binds nowhere.
- The same key from someone else is refused. A person is a name and a date of birth.
- Without a script the key follows from the event, the person and the text, and so could be guessed by who knows them:
  such a repetition gets the receipt's link only within an hour, which is enough for a lost answer.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

from django.conf import settings
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from ulid import ULID

from events import calendar, turns
from events.rows import Event, Status
from scc import links
from scc.dynamo.attributes import instant_text
from scc.dynamo.errors import Conflict, StoreUnavailable
from scc.dynamo.folding import fold
from scc.dynamo.rows import Row
from scc.dynamo.tries import tries
from scc.dynamo.units import Unit
from scc.mail.rows import Letter
from scc.staff import throttle
from waivers import emails, texts
from waivers.canonical import canonical, sha256
from waivers.rows import Method, Role, Waiver, WaiverRecord
from waivers.strokes import Strokes

SCHEMA = 1
ADULT_AT = 18
# 46 USC 30106: three years to sue for injury or death at sea.
LIMITATION_YEARS = 3
RETAIN_RULE = "three years after the departure (46 USC 30106) and one more"

# A full boat signs on one phone network, behind one address.
TRIES_AN_ADDRESS = 60
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
    """This person has signed already. The link to the receipt is not given away again."""

    def __init__(self, reference: str) -> None:
        self.reference = reference
        super().__init__(f"signed already, reference {reference}")


class TooLarge(Exception):
    """More than a record holds."""


@dataclass(frozen=True)
class Signer:
    """Who signs, as they say themselves; cleaned."""

    name: str
    born_on: date
    role: Role = Role.GUEST
    email: str = ""
    phone: str = ""


@dataclass(frozen=True)
class Signature:
    """What the signer did."""

    text: texts.Text
    # Made by the page's script; "" without one.
    key: str = ""
    typed: str = ""
    strokes: Strokes | None = None
    # The signer's own clock and zone, by `waivers.forms.ACTS`; a claim, kept as one.
    acts: Mapping[str, str] = field(default_factory=dict)

    @property
    def method(self) -> Method:
        return Method.DRAWN if self.strokes else Method.TYPED


@dataclass(frozen=True)
class Origin:
    """Where a request came from."""

    address: str = ""
    user_agent: str = ""
    languages: str = ""
    # "page" with its script, "form" without, "api".
    channel: str = "page"


@dataclass(frozen=True)
class Signed:
    """A waiver that is stored."""

    record: WaiverRecord
    replayed: bool = False
    letter: Letter | None = None

    @property
    def reference(self) -> str:
        return self.record.reference

    @property
    def link(self) -> str:
        return link_to(self.record)


def get_open_event(slug: str) -> Event:
    """Return the departure `slug`, which takes signatures. One GetItem. Raises NotOpen, StoreUnavailable."""
    event = calendar.get_event(slug)
    if event is None or not event.is_open:
        raise NotOpen
    return event


def admit(event: Event, *, address: str) -> None:
    """Count a try to sign for `event` from `address`. One UpdateItem. Raises throttle.Throttled, StoreUnavailable."""
    throttle.check(scope="waiver", key=f"{event.slug}|{address}", limit=TRIES_AN_ADDRESS, window=TRIES_WITHIN)


def is_key(text: str) -> bool:
    """Say whether `text` may be the key of a signature: a ULID in capitals."""
    return _KEY.fullmatch(text) is not None


def derive_key(event: Event, signer: Signer, text: texts.Text) -> str:
    """Return the key of a signature whose page had no script: the same for the same event, person and text."""
    person = canonical(
        [event.slug, fold(signer.name), signer.born_on.isoformat(), signer.email.casefold(), text.sha256]
    )
    digest = salted_hmac("waivers.signing.key", person, algorithm="sha256").digest()
    return str(ULID.from_bytes(bytes(6) + digest[:10]))


def sign(*, event: Event, signer: Signer, signature: Signature, origin: Origin) -> Signed:
    """Store a signature and return it. One TransactWriteItems, unless others sign for the event at the same moment.

    The same key again returns the first. Raises KeyTaken, AlreadySigned, NotOpen (closed meanwhile), TooLarge,
    OutcomeUnknown (the same key may be sent again), StoreUnavailable.
    """
    key = signature.key or derive_key(event, signer, signature.text)
    record = _record(event=event, key=key, signer=signer, signature=signature, origin=origin)
    with turns.taken(event.slug, patience=BUDGET):
        return _store(event, record, signer, signature)


def _store(event: Event, record: WaiverRecord, signer: Signer, signature: Signature) -> Signed:
    line = _line(event=event, record=record, signer=signer, signature=signature)
    for attempt in tries(seconds=BUDGET, first_pause=FIRST_PAUSE, longest_pause=LONGEST_PAUSE):
        if attempt > 1:
            # What the last refusal showed is old after a pause.
            event = get_open_event(event.slug)
        unit = Unit()
        _chain(record, event)
        _count(unit, event, line, record)
        texts.add_missing(unit, signature.text)
        unit.put(line)
        unit.put(record)
        letter = _write_copy(unit, event, signer, signature, record)
        try:
            unit.commit()
        except Conflict as exc:
            first = _stored(exc, record)
            if first is not None:
                return _repeated(first, event, signer)
            event = _as_refused(exc, event)
        else:
            texts.remember(signature.text)
            return Signed(record, letter=letter)
    raise StoreUnavailable("too many sign for this departure at the same moment; nothing was written")


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


def _repeated(first: WaiverRecord, event: Event, signer: Signer) -> Signed:
    private = json.loads(first.private)
    same_person = fold(private["name"]) == fold(signer.name) and private["born_on"] == signer.born_on.isoformat()
    if first.event_id != event.slug or not same_person:
        raise KeyTaken
    if first.ulid.startswith(_DERIVED) and timezone.now() - first.received_at > DERIVED_LINK_FOR:
        raise AlreadySigned(first.reference)
    return Signed(first, replayed=True)


def _record(*, event: Event, key: str, signer: Signer, signature: Signature, origin: Origin) -> WaiverRecord:
    now = datetime.now(UTC)
    private = canonical(_private(signer, signature, origin))
    if len(private.encode()) > LARGEST_PRIVATE:
        raise TooLarge
    record = WaiverRecord(
        ulid=key,
        event_id=event.slug,
        reference=reference_of(key),
        # As stored, to the millisecond, so that the evidence says the same.
        received_at=now.replace(microsecond=now.microsecond // 1000 * 1000),
        private=private,
        text_sha256=signature.text.sha256,
        retain_until=retain_until(event),
        receipt_secret=links.new_secret(),
    )
    record.evidence = canonical(_evidence(event, signer, signature, origin, record))
    record.record_sha256 = sha256(record.evidence)
    return record


def _evidence(
    event: Event, signer: Signer, signature: Signature, origin: Origin, record: WaiverRecord
) -> dict[str, object]:
    """Return what was signed, when and how; nothing in it names the signer."""
    return {
        "schema": SCHEMA,
        "id": record.ulid,
        "reference": record.reference,
        "operator": settings.SCC_OPERATOR,
        "event": _event_facts(event),
        "text": {
            "sha256": signature.text.sha256,
            "version": signature.text.version,
            "language": signature.text.language,
            "consent_version": signature.text.consent_version,
            "clauses": [clause.key for clause in signature.text.clauses],
        },
        "role": signer.role.value,
        "acts": {
            "signature": signature.method.value,
            "consented": True,
            "declared_adult": True,
            "assented": True,
            "button": signature.text.button,
            # By the signer's own clock, as claimed.
            "client": dict(signature.acts),
        },
        "received_at": instant_text(record.received_at),
        "channel": origin.channel,
        "verification": "none",
        "valid_from": valid_from(event, record.received_at).isoformat(),
        "valid_until": valid_until(event, record.received_at).isoformat(),
        "retain_until": record.retain_until.isoformat(),
        "retain_rule": RETAIN_RULE,
        "private_sha256": sha256(record.private),
    }


def _event_facts(event: Event) -> dict[str, object]:
    return {
        "id": event.slug,
        "date": event.date.isoformat(),
        "starts_at": instant_text(event.starts_at),
        "time_zone": event.time_zone,
        "title": event.title,
        "vessel": event.vessel_name,
        "vessel_id": event.vessel_id,
        "departure_port": event.departure_port,
        "return_port": event.return_port,
    }


def _private(signer: Signer, signature: Signature, origin: Origin) -> dict[str, object]:
    """Return all that is the signer's own."""
    strokes = signature.strokes.as_lists() if signature.strokes else []
    return {
        # So that the hash of a record that was erased tells nothing of who it was.
        "salt": secrets.token_hex(16),
        "name": signer.name,
        "born_on": signer.born_on.isoformat(),
        "email": signer.email,
        "phone": signer.phone,
        "typed_signature": signature.typed if not strokes else "",
        "strokes": strokes,
        "signature_sha256": sha256(canonical(strokes or signature.typed)),
        "address": origin.address,
        "user_agent": origin.user_agent,
        "languages": origin.languages,
    }


def _line(*, event: Event, record: WaiverRecord, signer: Signer, signature: Signature) -> Waiver:
    at_the_dock = record.received_at.astimezone(calendar.zone())
    return Waiver(
        event_id=event.slug,
        ulid=record.ulid,
        month=f"{at_the_dock:%Y-%m}",
        year=f"{at_the_dock:%Y}",
        name=signer.name,
        folded_name=fold(signer.name),
        role=signer.role.value,
        method=signature.method.value,
        signed_at=record.received_at,
        reference=record.reference,
        text_version=signature.text.version,
        valid_from=valid_from(event, record.received_at),
        valid_until=valid_until(event, record.received_at),
    )


def _chain(record: WaiverRecord, event: Event) -> None:
    record.chain_number = event.waiver_count + 1
    record.chain_previous = event.waiver_head
    record.chain_sha256 = chain_hash_of(record)


def chain_hash_of(record: WaiverRecord) -> str:
    """Return the hash that ties `record` to the one before it on its event."""
    return sha256(canonical([record.chain_number, record.chain_previous, record.record_sha256]))


def _count(unit: Unit, event: Event, line: Waiver, record: WaiverRecord) -> None:
    head = Event.waiver_head
    unit.update(
        event,
        set={"waiver_head": record.chain_sha256},
        add={"waiver_count": 1, "signed": 1 if line.role == Role.GUEST else 0},
        expect=(head == event.waiver_head if event.waiver_head else head.does_not_exist())
        & (Event.status == Status.SCHEDULED.value),
    )


def _write_copy(unit: Unit, event: Event, signer: Signer, signature: Signature, record: WaiverRecord) -> Letter | None:
    if not signer.email:
        return None
    return emails.write_copy(
        unit, to=signer.email, name=signer.name, event=event, record=record, link=link_to(record), text=signature.text
    )


def link_to(record: WaiverRecord) -> str:
    """Return the last part of the address of the record's receipt."""
    return links.link_of(record.ulid, record.receipt_secret)


def receipt(slug: str, link: str) -> WaiverRecord | None:
    """Return the record that the receipt's link `link` opens, or None. One GetItem; none when it is malformed."""
    parts = links.parts_of(link)
    if parts is None:
        return None
    record = WaiverRecord.fetch(ulid=parts[0])
    if record is None or record.event_id != slug or not constant_time_compare(record.receipt_secret, parts[1]):
        return None
    return record


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


def valid_from(event: Event, signed_at: datetime) -> date:
    """Return the day of the signing, in the event's zone."""
    return signed_at.astimezone(event.zone).date()


def valid_until(event: Event, signed_at: datetime) -> date:
    """Return the last day of the departure, in the event's zone; not before the signing."""
    ends_at = event.starts_at if event.ends_at is None else event.ends_at
    return max(ends_at.astimezone(event.zone).date(), valid_from(event, signed_at))


def retain_until(event: Event) -> date:
    """Return the day until which a signature for `event` is kept: see the module."""
    return _years_later(event.date, LIMITATION_YEARS + 1)


def age_on(born_on: date, day: date) -> int:
    """Return how many birthdays someone born on `born_on` has had on `day`."""
    return day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))


def _years_later(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        # From 29 February.
        return day.replace(year=day.year + years, month=3, day=1)
