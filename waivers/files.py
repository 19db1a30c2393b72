"""Everything of one waiver, as staff look at it. Each look is written down beside the record and in the trail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from scc.dynamo.rows import Row
from scc.sealing.boxes import Tampered
from scc.staff.actors import By
from waivers import covering, documents, lives, texts
from waivers.documents import Erased
from waivers.evidence import Evidence
from waivers.rows import LifeEvent, Method, State, Waiver, WaiverPdf, WaiverRecord
from waivers.texts import Text

# A page that is loaded again is one look.
ONE_LOOK = timedelta(minutes=1)


@dataclass(frozen=True)
class File:
    """A waiver's line, and what is kept of it."""

    line: Waiver
    record: WaiverRecord | None = None
    pdf: WaiverPdf | None = None
    life: Sequence[LifeEvent] = ()
    # None where there is nothing to open: then `why` says so.
    evidence: Evidence | None = None
    why: str = ""
    text: Text | None = field(default=None)

    @property
    def is_open(self) -> bool:
        return self.evidence is not None


def find(slug: str, ulid: str) -> Waiver | None:
    """Return the line `ulid` of the departure `slug`. One GetItem."""
    return Waiver.fetch(event_id=slug, ulid=ulid)


def look(line: Waiver, *, by: By, may_see_restricted: bool = False) -> File:
    """Return everything of `line`, and write down that `by` saw it.

    One Query, a GetObject, a GetItem where the text is not in memory and one where an earlier waiver covers the
    departure, and one TransactWriteItems, which a second look within a minute does without.
    Raises StoreUnavailable, OutcomeUnknown.
    """
    inside = Row.collection(f"WAIVER#{line.record_id}")
    record = next((row for row in inside if isinstance(row, WaiverRecord)), None)
    pdf = next((row for row in inside if isinstance(row, WaiverPdf)), None)
    life = [row for row in inside if isinstance(row, LifeEvent)]
    why = _why_closed(line, record, may_see_restricted=may_see_restricted)
    if why or record is None:
        return File(line, record, pdf, life, why=why)
    try:
        evidence = Evidence(record, documents.open_record(record))
    except (Erased, Tampered) as exc:
        return File(line, record, pdf, life, why=f"It cannot be opened: {exc}.")
    if not _was_just_seen(life, line, by):
        lives.tell(line, what="viewed", by=by)
    return File(line, record, pdf, life, evidence, text=texts.of(record.text_sha256))


def _why_closed(line: Waiver, record: WaiverRecord | None, *, may_see_restricted: bool) -> str:
    if line.state == State.ERASED:
        return "It was erased. What is left is its reference, its hashes, and when and by whom."
    own = covering.own_of(line, record)
    if not may_see_restricted and (line.restricted or (own is not None and own.restricted)):
        return "It is restricted: an owner may see it."
    if line.method == Method.PAPER:
        return "It was signed on paper, which the operator keeps."
    return "" if record is not None else "Its record is not there. Run verifywaivers."


def _was_just_seen(life: Sequence[LifeEvent], line: Waiver, by: By) -> bool:
    since = datetime.now(UTC) - ONE_LOOK
    return any(
        event.what == "viewed"
        and event.recorded_by == by.username
        and event.line_id == str(line.id)
        and event.happened_at > since
        for event in life
    )
