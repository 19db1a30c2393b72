"""Looks at what someone told for an emergency: whom to call, and medical notes.

Apart from everything else of a waiver, for few eyes, and each look is beside the record and in the audit trail before
anything is shown.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from events.rows import CrewAssignment
from scc.dynamo.rows import Row
from scc.staff.actors import By
from waivers import documents, lives
from waivers.rows import Waiver, WaiverCare

VIEWED = "viewed care"
# Someone who crews a departure may look from the evening before to the day after.
BEFORE, AFTER = timedelta(hours=12), timedelta(hours=36)


class NoCare(LookupError):
    """There is nothing to see: nothing was told, it was restricted, or its time is over."""


@dataclass(frozen=True)
class Care:
    """What was told, and by whom."""

    line: Waiver
    emergency_name: str
    emergency_phone: str
    medical: str


def sails_now(slug: str, person_id: str) -> bool:
    """Say whether the person crews the departure `slug`, and is about to, or does. One Query; none without a person."""
    return bool(person_id) and crews_now(CrewAssignment.listing(known={"event_id": slug}), person_id)


def crews_now(crew: Iterable[CrewAssignment], person_id: str) -> bool:
    """Say whether the person is of the `crew` of a departure, and is about to sail, or does."""
    now = timezone.now()
    return bool(person_id) and any(
        each.person_id == person_id and each.starts_at - BEFORE <= now <= each.starts_at + AFTER for each in crew
    )


def look(slug: str, ulid: str, *, by: By) -> Care:
    """Return what the signer of the line `ulid` told for an emergency, and write down who looked.

    One BatchGetItem, one TransactWriteItems, one GetObject.
    Raises NoCare, documents.Erased, boxes.Tampered, StoreUnavailable, OutcomeUnknown.
    """
    at_line, at_care = Waiver.keys_for(event_id=slug, ulid=ulid), WaiverCare.keys_for(ulid=ulid)
    found = Row.fetch_many([at_line, at_care])
    line, care = found.get(at_line), found.get(at_care)
    if not isinstance(line, Waiver) or not isinstance(care, WaiverCare) or line.restricted:
        raise NoCare(ulid)
    lives.tell(line, what=VIEWED, by=by)
    told = documents.open_care(care)
    return Care(line, told["emergency_name"], told["emergency_phone"], told["medical"])
