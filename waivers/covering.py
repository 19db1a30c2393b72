"""A record, the lines that it covers, and the places that say whose they are."""

from __future__ import annotations

from collections.abc import Sequence

from scc.sealing.boxes import Tampered
from waivers import documents, erasing, people
from waivers.documents import Erased
from waivers.rows import Signer, Waiver, WaiverRecord


def covered_by(line: Waiver) -> list[Waiver]:
    """Return the lines of other departures that the record of `line` covers, where it is its own.

    A Query, and a BatchGetItem of the lines; none for a line that an earlier waiver covers.
    """
    whole = erasing.find(line.ulid) if line.has_own_record else None
    return whole.lines[1:] if whole is not None else []


def own_of(line: Waiver, record: WaiverRecord | None) -> Waiver | None:
    """Return the line with which `record` was signed, which covers `line`. A GetItem where that is another."""
    if line.has_own_record:
        return line
    return Waiver.fetch(event_id=record.event_id, ulid=record.ulid) if record is not None else None


def places_of(lines: Sequence[Waiver]) -> list[Signer]:
    """Return the signer's places that name `lines`, all of one record; none where it does not open any more.

    A GetItem, a GetObject and a BatchGetItem. Raises StoreUnavailable.
    """
    record = WaiverRecord.fetch(ulid=lines[0].record_id)
    if record is None:
        return []
    try:
        private = documents.open_record(record)
    except (Erased, Tampered):
        return []
    digest = people.digest_of(private)
    if not digest:
        return []
    named = {line.event_id: line.ulid for line in lines}
    found = Signer.fetch_many([Signer.keys_for(digest=digest, event_id=slug) for slug in named])
    return [place for place in found.values() if place.waiver_id == named[place.event_id]]
