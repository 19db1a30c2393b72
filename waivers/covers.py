"""What someone signed before, where it still counts on the day of another departure.

Found by name and date of birth, which whoever asks must know: it tells that a waiver is there, and until when, and
nothing else. A minor's is taken by the same two.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from events import calendar
from events.rows import Event, Status
from scc import links
from scc.dynamo.errors import Conflict
from scc.dynamo.units import Unit
from scc.staff.actors import GUEST
from waivers import boards, lives, people, texts, validity
from waivers.acts import Origin, Tie
from waivers.request_keys import reference_of
from waivers.rows import Matched, Role, Signer, State, Verified, Waiver
from waivers.signing import AlreadySigned, KeyTaken, NotOpen
from waivers.validity import Validity


class NotCovered(Exception):
    """There is no waiver of this person that counts for the departure: they sign."""


@dataclass(frozen=True)
class Joined:
    """A line that an earlier waiver covers."""

    line: Waiver
    replayed: bool = False


def found(event: Event, name: str, born_on: date) -> Signer | None:
    """Return the signer's place whose waiver counts on the day of `event`, or None. One Query.

    That of the departure itself first; else the one that counts longest.
    """
    places = Signer.listing(known={"digest": people.digest(name, born_on)}).rows
    counting = [place for place in places if place.event_id == event.slug or _counts_for(place, event)]
    return max(counting, key=lambda place: (place.event_id == event.slug, place.valid_until), default=None)


def _counts_for(place: Signer, event: Event) -> bool:
    """Whether a waiver signed for another departure covers `event`."""
    if place.validity == Validity.EVENT:
        return False
    in_time = place.valid_from <= event.date and validity.last_day(event) <= place.valid_until
    return in_time and _is_its_document(place, event, place.role) and texts.still_counts(place.text_version)


def _is_its_document(place: Signer, event: Event, role: str) -> bool:
    return bool(place.document == boards.get().document_for(event, role))


def join(*, event: Event, key: str, name: str, born_on: date, origin: Origin, tie: Tie | None = None) -> Joined:
    """Put someone whose earlier waiver counts on the manifest of `event`, and return their line.

    key: of the request, a ULID. One Query, a GetItem, one TransactWriteItems. The same key again returns the first.
    Raises NotCovered, AlreadySigned, KeyTaken, NotOpen, OutcomeUnknown, StoreUnavailable.
    """
    place = found(event, name, born_on)
    if place is None:
        raise NotCovered
    if place.event_id == event.slug:
        return _again(event, key, place)
    earlier = Waiver.fetch(event_id=place.record_event_id, ulid=place.record_id)
    if earlier is None or not earlier.counts or earlier.restricted:
        raise NotCovered
    role = _role(place, tie)
    if not _is_its_document(place, event, role):
        raise NotCovered
    line = _line(event, key, earlier, place, role, born_on, origin, tie)
    unit = Unit()
    unit.put(line)
    unit.put(_place(place, line))
    unit.update(event, add={"signed": int(line.role == Role.GUEST)}, expect=Event.status == Status.SCHEDULED.value)
    unit.check(earlier, expect=(Waiver.state == State.COUNTS.value) & (Waiver.restricted == False))  # noqa: E712
    note = f"Covers the departure {event.slug}."
    lives.begin(line, what="used", by=GUEST, note=note, facts=OF_ITS_OWN, unit=unit)
    try:
        unit.commit()
    except Conflict as exc:
        return _refused(exc, event, line)
    return Joined(line)


def _again(event: Event, key: str, place: Signer) -> Joined:
    if place.waiver_id != key:
        raise AlreadySigned(place.reference)
    line = Waiver.fetch(event_id=event.slug, ulid=key)
    if line is None:
        raise KeyTaken
    return Joined(line, replayed=True)


def _refused(exc: Conflict, event: Event, line: Waiver) -> Joined:
    failure = exc.failure_of(line)
    stored = failure.stored if failure is not None else None
    if isinstance(stored, Waiver):
        if stored.record_id == line.record_id and stored.folded_name == line.folded_name:
            return Joined(stored, replayed=True)
        raise KeyTaken from exc
    if exc.failure_of(event) is not None:
        raise NotOpen from exc
    raise NotCovered from exc


def _role(place: Signer, tie: Tie | None) -> Role:
    """Return as what the person comes aboard: as their own link says, else as they signed."""
    if tie is None:
        return Role(place.role)
    return Role.CREW if tie.assignment_id else Role.GUEST


def _line(
    event: Event,
    key: str,
    earlier: Waiver,
    place: Signer,
    role: Role,
    born_on: date,
    origin: Origin,
    tie: Tie | None,
) -> Waiver:
    now = datetime.now(UTC)
    at_the_dock = now.astimezone(calendar.zone())
    tied = tie or Tie()
    return Waiver(
        **{name: getattr(earlier, name) for name in AS_SIGNED},
        event_id=event.slug,
        ulid=key,
        record_id=place.record_id,
        leader=key,
        month=f"{at_the_dock:%Y-%m}",
        year=f"{at_the_dock:%Y}",
        age=validity.age_on(born_on, event.date),
        role=role.value,
        channel=origin.channel.value,
        signed_at=now.replace(microsecond=now.microsecond // 1000 * 1000),
        reference=reference_of(key),
        secret=links.new_secret(),
        patron_id=tied.patron_id,
        assignment_id=tied.assignment_id,
        matched=Matched.LINK.value if tie else Matched.NOBODY.value,
        verified=Verified.LINK.value if tie else Verified.NONE.value,
    )


# What the line of an earlier waiver and those that it covers have in common. Emergency contact and medical notes are of
# their own departure alone.
AS_SIGNED = (
    "name",
    "folded_name",
    "guardian",
    "method",
    "text_version",
    "document",
    "language",
    "valid_from",
    "valid_until",
    "retain_until",
)


# And what such a line has of its own, of which its first life event tells.
OF_ITS_OWN = (
    "signed_at",
    "role",
    "channel",
    "secret",
    "patron_id",
    "assignment_id",
    "matched",
    "verified",
)


def _place(earlier: Signer, line: Waiver) -> Signer:
    return Signer(
        digest=earlier.digest,
        event_id=line.event_id,
        waiver_id=line.ulid,
        record_id=earlier.record_id,
        record_event_id=earlier.record_event_id,
        reference=line.reference,
        document=earlier.document,
        text_version=earlier.text_version,
        text_number=earlier.text_number,
        language=earlier.language,
        role=line.role,
        validity=earlier.validity,
        valid_from=line.valid_from,
        valid_until=line.valid_until,
        signed_at=line.signed_at,
    )
