"""What a signer keeps: the receipt under a link of its own, and the PDF that it leads to.

The link's secret stands on the waiver's line. Staff can take it away, and give a new one: the old address is then as
unknown as one that never was.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.utils.crypto import constant_time_compare

from events.rows import Event
from scc import links
from scc.dynamo.attributes import instant_text
from scc.dynamo.rows import Row
from scc.sealing.boxes import Tampered
from scc.staff.actors import By
from waivers import covering, lives, printed, texts, times
from waivers.documents import Erased
from waivers.holding import CannotHold
from waivers.rows import State, TextSnapshot, Waiver, WaiverPdf, WaiverRecord

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Receipt:
    """What a receipt's link opens. pdf: None while it is made, and where an earlier waiver covers the departure.

    event: the departure as it is now; only where an earlier waiver covers it, as else the record says how it was.
    """

    line: Waiver
    record: WaiverRecord
    pdf: WaiverPdf | None = None
    event: Event | None = None


@dataclass(frozen=True)
class Shown:
    """A receipt with what its page says around it."""

    receipt: Receipt
    # None where the table has lost it.
    text: texts.Text | None
    # Those who were signed for in the same act, on the page of the first.
    others: Sequence[Waiver] = field(default_factory=list)

    @cached_property
    def facts(self) -> dict[str, Any]:
        return dict(json.loads(self.receipt.record.evidence))

    @property
    def departure(self) -> dict[str, str]:
        """Title, vessel and start of what this is a receipt for."""
        event = self.receipt.event
        if event is not None:
            starts = times.start(instant_text(event.starts_at), event.time_zone)
            return {"title": event.title, "vessel": event.vessel_name, "starts": starts}
        then = self.facts["event"]
        starts = times.start(then["starts_at"], then["time_zone"])
        return {"title": then["title"], "vessel": then["vessel"], "starts": starts}

    @property
    def received(self) -> str:
        """When the signature was received, on the dock's clock."""
        return times.moment(self.receipt.record.received_at, self.facts["event"]["time_zone"])

    @property
    def valid_until(self) -> str:
        return times.day(self.receipt.line.valid_until.isoformat())

    @property
    def together(self) -> list[tuple[Waiver, str]]:
        """The others, each with the last part of its receipt's address."""
        return [(line, links.link_of(line.ulid, line.secret)) for line in self.others]


def find(slug: str, link: str) -> Receipt | None:
    """Return what the receipt's link `link` opens, or None: unknown, malformed, revoked, restricted and erased alike.

    One BatchGetItem; one more and a GetItem where an earlier waiver covers the departure; none when it is malformed.
    """
    parts = links.parts_of(link)
    if parts is None:
        return None
    ulid, secret = parts
    line, record, pdf = _rows(Waiver.keys_for(event_id=slug, ulid=ulid), *_places(ulid))
    if not isinstance(line, Waiver) or not line.secret or not constant_time_compare(line.secret, secret):
        return None
    if not _may_be_shown(line):
        return None
    if not line.has_own_record:
        return _covered(line)
    if not isinstance(record, WaiverRecord) or record.sealed is None:
        return None
    return Receipt(line, record, pdf if isinstance(pdf, WaiverPdf) else None)


def _covered(line: Waiver) -> Receipt | None:
    """Return the receipt of a line that an earlier waiver covers, None where that one may not be shown.

    Whoever knows a name and a date of birth may join: what was signed is for the earlier receipt's link alone.
    """
    record, event = _rows(WaiverRecord.keys_for(ulid=line.record_id), Event.keys_for(slug=line.event_id))
    if not isinstance(record, WaiverRecord) or record.sealed is None:
        return None
    own = covering.own_of(line, record)
    if own is None or not _may_be_shown(own):
        return None
    return Receipt(line, record, event=event if isinstance(event, Event) else None)


def show(receipt: Receipt) -> Shown:
    """Return what the page of `receipt` says. One BatchGetItem at most, mostly none."""
    line, record = receipt.line, receipt.record
    text = texts.known(record.text_sha256)
    mates = _mates(line, json.loads(record.evidence)["together"])
    at_text = [] if text else [TextSnapshot.keys_for(sha256=record.text_sha256)]
    found = _rows(*at_text, *mates) if at_text or mates else []
    for row in found:
        if isinstance(row, TextSnapshot):
            text = texts.keep(row)
    others = [row for row in found if isinstance(row, Waiver) and row.secret and _may_be_shown(row)]
    return Shown(receipt, text, others)


def _mates(line: Waiver, together: Sequence[str]) -> list[tuple[str, str]]:
    """Return where the lines are that were signed with `line`. Only the first one's page shows them all."""
    if line.ulid != line.leader or not line.has_own_record:
        return []
    return [Waiver.keys_for(event_id=line.event_id, ulid=ulid) for ulid in together if ulid != line.ulid]


def _may_be_shown(line: Waiver) -> bool:
    return not line.restricted and line.state != State.ERASED


def _places(ulid: str) -> list[tuple[str, str]]:
    return [WaiverRecord.keys_for(ulid=ulid), WaiverPdf.keys_for(ulid=ulid)]


def _rows(*places: tuple[str, str]) -> list[Row | None]:
    found = Row.fetch_many(places)
    return [found.get(place) for place in places]


def pdf_of(receipt: Receipt) -> bytes | None:
    """Return the PDF, None where there is none to give. Three requests to S3. Raises StoreUnavailable."""
    if receipt.pdf is None:
        return None
    try:
        return printed.open_pdf(receipt.record, receipt.pdf)
    except Erased:
        return None
    except (printed.Gone, Tampered):
        # Nobody is given what is not the waiver.
        logger.exception("the PDF of %s cannot be given away", receipt.record.ulid)
        return None


def revoke(line: Waiver, *, by: By) -> None:
    """Take the receipt's link away, from everyone who has it. Raises Conflict, and what else `Unit.commit` raises."""
    lives.change(line, what="link revoked", by=by, changes={"secret": ""})


def renew(line: Waiver, *, by: By) -> str:
    """Give the receipt a new link, whose last part is returned; the one before ends.

    Raises CannotHold where there is no receipt, as it was imported, and as `revoke`.
    """
    if line.is_imported:
        raise CannotHold("It was imported, and there is no receipt of it.")
    secret = links.new_secret()
    lives.change(line, what="link renewed", by=by, changes={"secret": secret})
    return links.link_of(line.ulid, secret)
