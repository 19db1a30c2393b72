"""The PDF of a waiver, for a letter that brings it."""

from __future__ import annotations

import logging

from scc.dynamo.rows import Row
from scc.mail.attachments import Attachment, NotReady, Withdrawn
from scc.sealing.boxes import Tampered
from waivers import printed
from waivers.apps import PDFS
from waivers.documents import Erased
from waivers.rows import Waiver, WaiverPdf, WaiverRecord

logger = logging.getLogger(__name__)


def attachment_of(line: Waiver) -> Attachment:
    """Return the PDF of the record that covers `line`, as a letter names it."""
    return Attachment(PDFS, line.record_id, printed.file_name(line.reference))


def open_attachment(ulid: str) -> bytes:
    """Return the PDF of the record `ulid`. One BatchGetItem, and three requests to S3.

    Raises NotReady, Withdrawn (erased), StoreUnavailable.
    """
    at_record, at_pdf = WaiverRecord.keys_for(ulid=ulid), WaiverPdf.keys_for(ulid=ulid)
    found = Row.fetch_many([at_record, at_pdf])
    record, pdf = found.get(at_record), found.get(at_pdf)
    if not isinstance(record, WaiverRecord) or record.sealed is None:
        raise Withdrawn(ulid)
    if not isinstance(pdf, WaiverPdf):
        raise NotReady(ulid)
    try:
        return printed.open_pdf(record, pdf)
    except Erased as exc:
        raise Withdrawn(ulid) from exc
    except (printed.Gone, Tampered) as exc:
        # `verifywaivers` names it too; nobody is sent what is not the waiver.
        logger.exception("the PDF of %s cannot be sent", ulid)
        raise NotReady(ulid) from exc
