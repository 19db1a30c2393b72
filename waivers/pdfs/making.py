"""Makes the PDFs that are due, after the commits that made them so.

A PDF is stored first and then said to be there, in one transaction with the end of its being due: whoever ends in
between leaves it due, and it is made again, the same to the byte. Two at once do the same work, and one of them finds
it done.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from scc.dynamo.errors import Conflict
from scc.dynamo.rows import Row
from scc.dynamo.units import Unit
from scc.staff.actors import SYSTEM
from waivers import lives, printed, texts
from waivers.canonical import sha256_of_bytes
from waivers.documents import Erased, open_record
from waivers.pdfs import copies
from waivers.rows import PdfDue, Waiver, WaiverPdf, WaiverRecord


class Outcome(StrEnum):
    """What became of a PDF that was due."""

    MADE = "made"
    THERE = "there already"
    ERASED = "erased"


class Unreadable(Exception):
    """The record, its line or its text is not in the table."""


def due() -> Iterator[PdfDue]:
    """Give what is due. One Query a megabyte."""
    return PdfDue.each(known={})


def make(task: PdfDue) -> Outcome:
    """Make the PDF that is due, and say so. A BatchGetItem, one TransactWriteItems, three requests to S3.

    Raises fonts.FontMissing, Unreadable, boxes.Tampered, StoreUnavailable, OutcomeUnknown: it stays due.
    """
    record, line, pdf = _rows(task)
    if record is None or line is None:
        raise Unreadable(f"the record or the line of {task.ulid} is not in the table")
    if pdf is not None:
        return _settle(task, Outcome.THERE)
    try:
        data = _printed(record)
        name = printed.store(record, data)
    except Erased:
        return _forget(task)
    return _say(task, record, line, name, data)


def _rows(task: PdfDue) -> tuple[WaiverRecord | None, Waiver | None, WaiverPdf | None]:
    places = [
        WaiverRecord.keys_for(ulid=task.ulid),
        Waiver.keys_for(event_id=task.event_id, ulid=task.ulid),
        WaiverPdf.keys_for(ulid=task.ulid),
    ]
    record, line, pdf = map(Row.fetch_many(places).get, places)
    return (
        record if isinstance(record, WaiverRecord) else None,
        line if isinstance(line, Waiver) else None,
        pdf if isinstance(pdf, WaiverPdf) else None,
    )


def _printed(record: WaiverRecord) -> bytes:
    private = open_record(record)
    text = texts.of(record.text_sha256)
    if text is None:
        raise Unreadable(f"the text {record.text_sha256} is not in the table")
    return copies.render(record, private, text)


def _say(task: PdfDue, record: WaiverRecord, line: Waiver, name: str, data: bytes) -> Outcome:
    unit = Unit()
    digest = sha256_of_bytes(data)
    told = lives.tell(line, what="pdf", by=SYSTEM, note=f"SHA-256 {digest}", unit=unit)
    unit.put(WaiverPdf(ulid=record.ulid, sha256=digest, size=len(data), made_at=told.happened_at, name=name))
    unit.delete(task)
    # Not where it was erased meanwhile.
    unit.check(record, expect=WaiverRecord.sealed.exists())
    try:
        unit.commit()
    except Conflict as exc:
        if exc.failure_of(record) is None:
            return Outcome.THERE
        return _forget(task)
    return Outcome.MADE


def _forget(task: PdfDue) -> Outcome:
    """Leave nothing of a PDF whose record is erased: also of one whose maker ended before it could say so."""
    printed.remove(task.ulid)
    return _settle(task, Outcome.ERASED)


def _settle(task: PdfDue, outcome: Outcome) -> Outcome:
    """Take off the list what has no more to be made."""
    unit = Unit()
    unit.delete(task)
    try:
        unit.commit()
    except Conflict:
        # Someone else did.
        return outcome
    return outcome
