"""What is stored of a signature: for each person whom it covers a line, a record, a box of care and a place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from events import calendar
from events.rows import Event
from scc import links
from scc.dynamo.folding import fold
from waivers import documents, people, validity
from waivers.acts import Care, Family, Origin, Signature, Signer, Tie
from waivers.canonical import canonical, sha256
from waivers.documents import Covered, Signing
from waivers.request_keys import key_of, reference_of
from waivers.rows import Matched, Role, Verified, Waiver, WaiverCare, WaiverRecord
from waivers.rows import Signer as Place
from waivers.texts import Text

# An item holds 400 KB, and half of a record is not the signer's.
LARGEST_PRIVATE = 250_000


class TooLarge(Exception):
    """More than a record holds."""


@dataclass(frozen=True)
class Part:
    """What is stored of one person whom a signature covers."""

    line: Waiver
    record: WaiverRecord
    care: WaiverCare | None
    place: Place


def act_of(
    key: str,
    event: Event,
    signer: Signer,
    signature: Signature,
    origin: Origin,
    family: Family,
    care: Care,
    tie: Tie | None,
) -> Signing:
    """Return all that one press of the button says, and what follows for each person whom it covers."""
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


def _covered(
    event: Event, text: Text, received_at: datetime, ulid: str, name: str, born_on: date, is_minor: bool
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


def part_of(act: Signing, covered: Covered) -> Part:
    """Return what is stored of one of them. A PutObject for each document. Raises TooLarge, StoreUnavailable."""
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
        care_until=validity.care_until(act.event) if act.care else None,
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
        validity=act.signature.text.validity,
        valid_from=covered.valid_from,
        valid_until=covered.valid_until,
        signed_at=act.received_at,
    )


def chain(records: Sequence[WaiverRecord], event: Event) -> None:
    """Make `records` the next links of the chain of `event`, as it was read."""
    number, previous = event.waiver_count, event.waiver_head
    for record in records:
        number += 1
        record.chain_number, record.chain_previous = number, previous
        record.chain_sha256 = previous = chain_hash_of(record)


def chain_hash_of(record: WaiverRecord) -> str:
    """Return the hash that ties `record` to the one before it on its event."""
    return sha256(canonical([record.chain_number, record.chain_previous, record.record_sha256]))
