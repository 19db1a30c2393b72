"""The two documents of a record: the evidence, which names nobody, and the private one, which is sealed.

Both are canonical JSON. The evidence holds the SHA-256 of the private document and of the care document (emergency
contact and medical notes); each of these begins with a random salt, so that its hash tells nothing once it is erased.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings

from events.rows import Event
from scc.dynamo.attributes import instant_text
from scc.sealing import boxes, keys
from waivers import validity
from waivers.acts import Care, Family, Origin, Signature, Signer, Tie
from waivers.canonical import canonical, sha256
from waivers.rows import WaiverCare, WaiverRecord

SCHEMA = 2
FOLDER = "waivers"


class Erased(Exception):
    """The document was erased, or its key was destroyed."""


@dataclass(frozen=True)
class Covered:
    """One person whom a signature covers, and what follows from who that is."""

    ulid: str
    name: str
    born_on: date
    is_minor: bool
    valid_from: date
    valid_until: date
    retain_until: date
    retain_rule: str


@dataclass(frozen=True)
class Signing:
    """All that one act says, and the people it covers, the leader first."""

    event: Event
    signer: Signer
    signature: Signature
    origin: Origin
    family: Family
    care: Care
    tie: Tie | None
    covered: tuple[Covered, ...]
    received_at: datetime


def key_place(ulid: str) -> str:
    """Return the place of every key of the waiver `ulid`: destroying it erases all of them."""
    return f"{FOLDER}/{ulid}"


def private_document(act: Signing, covered: Covered) -> str:
    """Return all that is the signer's own, as it is sealed."""
    signature, origin = act.signature, act.origin
    strokes = signature.strokes.as_lists() if signature.strokes else []
    return canonical(
        {
            "salt": secrets.token_hex(16),
            "name": covered.name,
            "born_on": covered.born_on.isoformat(),
            "email": "" if covered.is_minor else act.signer.email,
            "phone": "" if covered.is_minor else act.signer.phone,
            "guardian": _guardian(act) if covered.is_minor else None,
            "typed_signature": signature.typed if not strokes else "",
            "initials": signature.initials,
            "strokes": strokes,
            "signature_sha256": sha256(canonical(strokes or signature.typed)),
            "address": origin.address,
            "user_agent": origin.user_agent,
            "languages": origin.languages,
            "tie": {"patron_id": act.tie.patron_id, "assignment_id": act.tie.assignment_id} if act.tie else None,
        }
    )


def _guardian(act: Signing) -> dict[str, object]:
    return {
        "name": act.signer.name,
        "born_on": act.signer.born_on.isoformat(),
        "relationship": act.family.relationship,
        "email": act.signer.email,
        "phone": act.signer.phone,
    }


def care_document(care: Care) -> str:
    """Return emergency contact and medical notes, as they are sealed; "" where there are none."""
    if not care:
        return ""
    return canonical(
        {
            "salt": secrets.token_hex(16),
            "emergency_name": care.emergency_name,
            "emergency_phone": care.emergency_phone,
            "medical": care.medical,
        }
    )


def evidence_document(act: Signing, covered: Covered, *, reference: str, private: str, care: str, secret: str) -> str:
    """Return what was signed, when and how. Nothing in it names the signer.

    secret: of the link to the receipt, of which the hash is kept.
    """
    text, origin = act.signature.text, act.origin
    return canonical(
        {
            "schema": SCHEMA,
            "id": covered.ulid,
            "reference": reference,
            "operator": settings.SCC_OPERATOR,
            "event": event_facts(act.event),
            "text": {
                "document": text.document,
                "sha256": text.sha256,
                "version": text.version,
                "language": text.language,
                "consent_version": text.consent_version,
                "clauses": [clause.key for clause in text.clauses],
            },
            "role": act.signer.role.value,
            "covers": "minor" if covered.is_minor else "self",
            "together": [each.ulid for each in act.covered],
            "acts": _acts(act, covered),
            "received_at": instant_text(act.received_at),
            "channel": origin.channel.value,
            "sent_later": origin.later,
            "kiosk_pin_by": origin.kiosk_pin_by,
            "verification": "personal link" if act.tie else "none",
            "valid_from": covered.valid_from.isoformat(),
            "valid_until": covered.valid_until.isoformat(),
            "validity": text.validity,
            "retain_until": covered.retain_until.isoformat(),
            "retain_rule": covered.retain_rule,
            "private_sha256": sha256(private),
            "care_sha256": sha256(care) if care else "",
            "care_until": validity.care_until(act.event).isoformat() if care else "",
            "receipt_sha256": sha256(secret),
        }
    )


def _acts(act: Signing, covered: Covered) -> dict[str, object]:
    signature = act.signature
    return {
        "signature": signature.method.value,
        "consented": True,
        "declared_adult": True,
        "declared_authority": covered.is_minor,
        "initialled": list(signature.initialled),
        "oriented": signature.oriented,
        "assented": True,
        "button": signature.text.button,
        # By the signer's own clock, as claimed.
        "client": dict(signature.acts),
    }


def event_facts(event: Event) -> dict[str, object]:
    """Return what a record says of its departure."""
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


def seal_record(ulid: str, private: str) -> tuple[bytes, str]:
    """Return the sealed private document, and the id of its key, which is made. Raises StoreUnavailable."""
    key = keys.new(f"{key_place(ulid)}/record")
    return boxes.seal(private.encode(), key.secret, _record_context(ulid)), key.id


def seal_care(ulid: str, care: str) -> tuple[bytes, str]:
    """Return the sealed care document, and the id of its key, which is made. Raises StoreUnavailable."""
    key = keys.new(f"{key_place(ulid)}/care")
    return boxes.seal(care.encode(), key.secret, _care_context(ulid)), key.id


def open_record(record: WaiverRecord) -> dict[str, Any]:
    """Return the private document of `record`. One GetObject.

    Raises Erased, boxes.Tampered, StoreUnavailable.
    """
    if record.sealed is None:
        raise Erased(f"waiver {record.reference} was erased")
    return dict(json.loads(private_text(record)))


def born_on(private: Mapping[str, Any]) -> date | None:
    """Return the date of birth in a private document, None where nobody knows it, as of what was imported."""
    return date.fromisoformat(private["born_on"]) if private["born_on"] else None


def private_text(record: WaiverRecord) -> str:
    """Return the private document as it was hashed. Raises as `open_record`."""
    return _open(record.sealed, record.key_id, _record_context(record.ulid))


def open_care(care: WaiverCare) -> dict[str, Any]:
    """Return emergency contact and medical notes. One GetObject. Raises Erased, boxes.Tampered, StoreUnavailable."""
    return dict(json.loads(care_text(care)))


def care_text(care: WaiverCare) -> str:
    """Return the care document as it was hashed. Raises as `open_care`."""
    return _open(care.sealed, care.key_id, _care_context(care.ulid))


def _open(box: bytes | None, key_id: str, context: str) -> str:
    key = keys.fetch(key_id) if box is not None else None
    if box is None or key is None:
        raise Erased(f"{context} was erased")
    return boxes.unseal(box, key.secret, context).decode()


def _record_context(ulid: str) -> str:
    return f"record {ulid}"


def _care_context(ulid: str) -> str:
    return f"care {ulid}"
