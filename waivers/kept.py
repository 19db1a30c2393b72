"""What is kept of one waiver beside its line, read as it lies in the table and the bucket, and judged by itself.

Nothing that is said here names a signer: faults are read by others than those who may see the waiver.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from scc.dynamo import raw
from scc.dynamo.errors import StoreUnavailable
from scc.dynamo.raw import Unreadable
from scc.dynamo.rows import Row
from scc.sealing.boxes import Tampered
from scc.verifying import is_misfiled
from waivers import documents, imported, lives, printed
from waivers.canonical import NotCanonical, canonical, sha256
from waivers.documents import Erased
from waivers.parts import chain_hash_of
from waivers.request_keys import reference_of
from waivers.rows import LifeEvent, PdfDue, WaiverCare, WaiverPdf, WaiverRecord
from waivers.validity import expiry_of

ERASED = "erased"


@dataclass
class Kept:
    """The partition of one waiver, and what its boxes hold."""

    ulid: str
    record: WaiverRecord | None = None
    care: WaiverCare | None = None
    pdf: WaiverPdf | None = None
    life: list[LifeEvent] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    evidence: dict[str, Any] | None = None
    # None where it was erased, or could not be opened: then `faults` say so.
    private: dict[str, Any] | None = None
    care_told: dict[str, Any] | None = None
    # What is wrong with it by itself.
    faults: list[str] = field(default_factory=list)

    @property
    def reference(self) -> str:
        return reference_of(self.ulid)

    @property
    def erasure(self) -> LifeEvent | None:
        """The life event that tells of the erasure of the waiver's own line."""
        own = [event for event in self.life if event.what == ERASED and event.line_id.endswith(f".{self.ulid}")]
        return own[-1] if own else None


def read(ulid: str) -> Kept:
    """Return the partition of the waiver `ulid`, its evidence and its boxes opened, and not judged yet.

    One Query and a GetObject for each box. Raises StoreUnavailable, and says of which waiver.
    """
    kept = Kept(ulid)
    for row in raw.each(f"WAIVER#{ulid}"):
        _take(kept, row)
    try:
        _open(kept)
    except StoreUnavailable as exc:
        raise StoreUnavailable(f"waiver {kept.reference}: {exc}") from exc
    return kept


def judged(kept: Kept) -> Kept:
    """Return `kept` with what is wrong with it by itself. A GetObject or two for the PDF, or a GetItem or two."""
    kept.faults += kept.unreadable
    kept.faults += _of_life(kept)
    if kept.record is not None:
        kept.faults += [*_of_record(kept, kept.record), *_of_care(kept), *_of_pdf(kept, kept.record)]
    return kept


def _take(kept: Kept, row: Row | Unreadable) -> None:
    lacks = lacking(row) if isinstance(row, Row) else ""
    if lacks:
        kept.unreadable.append(f"its item {row.sk} lacks {lacks}")
        return
    match row:
        case WaiverRecord(sk="RECORD"):
            kept.record = row
        case WaiverCare(sk="CARE"):
            kept.care = row
        case WaiverPdf(sk="PDF"):
            kept.pdf = row
        case LifeEvent() if row.sha256 == lives.hash_of(row):
            kept.life.append(row)
        case LifeEvent():
            kept.unreadable.append(f"its life event {row.sk} was changed")
        case Unreadable():
            kept.unreadable.append(f"its item {row.sk} cannot be read: {row.why}")
        case _:
            kept.unreadable.append(f"its item {row.sk} is of another kind, {type(row).__name__}")


def _open(kept: Kept) -> None:
    record, care = kept.record, kept.care
    if record is None:
        return
    if sha256(record.evidence) == record.record_sha256:
        kept.evidence = dict(json.loads(record.evidence))
    else:
        # Of what was changed nothing is believed.
        kept.faults.append("its evidence was changed, or its hash")
    if record.sealed is not None:
        kept.private = _opened(kept, "its private document", "private_sha256", lambda: documents.private_text(record))
    if care is not None and care.sealed is not None:
        kept.care_told = _opened(kept, "its care box", "care_sha256", lambda: documents.care_text(care))


def _opened(kept: Kept, called: str, hashed: str, text_of: Callable[[], str]) -> dict[str, Any] | None:
    try:
        text = text_of()
    except Erased:
        if kept.erasure is None and not (hashed == "care_sha256" and _says(kept, "has_care", False)):
            kept.faults.append(f"the key of {called} is gone")
        return None
    except Tampered as exc:
        kept.faults.append(f"{called} does not open: {exc}")
        return None
    if kept.evidence is not None and sha256(text) != kept.evidence.get(hashed):
        kept.faults.append(f"{called} is not the one that the evidence names")
    return dict(json.loads(text))


# Each by itself


def _of_record(kept: Kept, record: WaiverRecord) -> Iterator[str]:
    yield from _of_item(record, "record", version=1 if record.erased_at is None else 2)
    evidence = kept.evidence
    if evidence is None:
        return
    if not _is_canonical(record.evidence, evidence):
        yield "its evidence is not in canonical form"
    if chain_hash_of(record) != record.chain_sha256:
        yield "its link of the chain was changed"
    for name, said in _said_twice(record, evidence).items():
        if said != (getattr(record, name) or ""):
            yield f"its record's {name} is not what the evidence says"
    if record.reference != kept.reference or record.ulid != kept.ulid:
        yield "its record is called by another's name"
    yield from _of_erasure(kept, record)


def _said_twice(record: WaiverRecord, evidence: dict[str, Any]) -> dict[str, object]:
    """Return what the evidence says of the record's own attributes."""
    return {
        "ulid": evidence["id"],
        "event_id": evidence["event"]["id"],
        "reference": evidence["reference"],
        "received_at": datetime.fromisoformat(evidence["received_at"]),
        "text_sha256": "" if imported.is_imported(evidence) else evidence["text"]["sha256"],
        "retain_until": date.fromisoformat(evidence["retain_until"]),
    }


def _of_erasure(kept: Kept, record: WaiverRecord) -> Iterator[str]:
    erasure = kept.erasure
    if erasure is None:
        if record.erased_at is not None or record.erased_by:
            yield "its record says that it was erased, and no life event does"
        if record.sealed is None:
            yield "its private document is missing, and it was not erased"
    elif record.sealed is not None or record.erased_at is None:
        yield "it is erased in part: run erasewaivers again"
    elif (record.erased_at, record.erased_by) != (erasure.happened_at, erasure.recorded_by):
        yield "its record says otherwise than its life event when and by whom it was erased"


def _of_care(kept: Kept) -> Iterator[str]:
    care, named = kept.care, bool(kept.evidence and kept.evidence["care_sha256"])
    if care is None:
        if kept.evidence and named and _care_is_due(kept.evidence) and kept.erasure is None:
            yield "its care box is missing"
        return
    if not named:
        yield "it has a care box that its evidence does not name"
    yield from _of_item(care, "care box", expires=True)
    if care.ulid != kept.ulid or (kept.record is not None and care.event_id != kept.record.event_id):
        yield "its care box names another waiver"
    named_day = kept.evidence["care_until"] if kept.evidence else ""
    if care.keep_until.isoformat() != named_day or care.expires_at != expiry_of(care.keep_until):
        yield "its care box says another day until which it is kept"
    if care.sealed is None and not _says(kept, "has_care", False):
        yield "its care box is empty, and it was not erased"


def _care_is_due(evidence: dict[str, Any]) -> bool:
    """Whether the care box must still be there."""
    return date.fromisoformat(evidence["care_until"]) >= datetime.now(UTC).date()


def _says(kept: Kept, name: str, value: object) -> bool:
    return any(json.loads(event.changes).get(name) == value for event in kept.life)


def _of_life(kept: Kept) -> Iterator[str]:
    for event in kept.life:
        yield from _of_item(event, f"life event {event.sk}")
        if event.waiver_id != kept.ulid:
            yield f"its life event {event.sk} is of another waiver"


def _of_pdf(kept: Kept, record: WaiverRecord) -> Iterator[str]:
    pdf = kept.pdf
    if kept.evidence is not None and imported.is_imported(kept.evidence):
        if pdf is not None:
            yield "it was imported, and has a PDF"
        return
    if pdf is None:
        if kept.erasure is None and not _is_due(kept.ulid, record.event_id):
            yield "its PDF is not made, and none is due"
        return
    yield from _of_item(pdf, "PDF's row")
    if (pdf.ulid, pdf.name) != (kept.ulid, printed.name_of(kept.ulid)):
        yield "its PDF's row names another"
    if not any(_tells_of(event, pdf) for event in kept.life):
        yield "its PDF's row says otherwise than its life event"
    if kept.private is not None:
        yield from _of_file(pdf, record)


def _tells_of(event: LifeEvent, pdf: WaiverPdf) -> bool:
    return event.what == "pdf" and event.note == f"SHA-256 {pdf.sha256}" and event.happened_at == pdf.made_at


def _of_file(pdf: WaiverPdf, record: WaiverRecord) -> Iterator[str]:
    try:
        data = printed.open_pdf(record, pdf)
    except printed.Gone:
        yield "its PDF is not in the bucket"
    except Erased:
        yield "its PDF's key is gone"
    except Tampered as exc:
        yield f"its PDF is not the one that was made: {exc}"
    else:
        if len(data) != pdf.size:
            yield "its PDF is of another size than its row says"


def _is_due(ulid: str, event_id: str) -> bool:
    due = raw.fetch(*PdfDue.keys_for(ulid=ulid))
    if isinstance(due, PdfDue):
        return bool(due.ulid == ulid and due.event_id == event_id)
    # It may have been made after the partition was read.
    return due is None and isinstance(raw.fetch(*WaiverPdf.keys_for(ulid=ulid)), WaiverPdf)


def _of_item(row: Row, called: str, *, version: int = 1, expires: bool = False) -> Iterator[str]:
    """Give what is wrong with an item whatever it holds: where it is filed, and for how long."""
    place = row.pk, row.sk
    if _is_elsewhere(row):
        yield f"its {called} stands elsewhere than it should"
    row.pk, row.sk = place
    if row.version != version:
        yield f"its {called} was written {row.version} times, and not {version}"
    if row.expires_at is not None and not expires:
        yield f"its {called} is marked to expire"


def _is_elsewhere(row: Row) -> bool:
    try:
        return is_misfiled(row)
    except ValueError:
        return True


def _is_canonical(text: str, document: dict[str, Any]) -> bool:
    try:
        return canonical(document) == text
    except NotCanonical:
        return False


def lacking(row: Row) -> str:
    """Return the attributes that `row` must have and lacks."""
    needed = (name for name, attribute in row.get_attributes().items() if not attribute.null)
    return ", ".join(name for name in needed if getattr(row, name) is None)
