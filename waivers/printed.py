"""The PDF of a waiver where it is kept: in the bucket, sealed with the record's key.

Made by `waivers.pdfs`, which pages never import; this is for whoever gives it away.
"""

from __future__ import annotations

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from scc.bucket import answering
from scc.sealing import boxes, keys
from waivers.canonical import sha256_of_bytes
from waivers.documents import FOLDER, Erased
from waivers.rows import WaiverPdf, WaiverRecord


class Gone(Exception):
    """The PDF was made, and is not where it was put."""


def name_of(ulid: str) -> str:
    """Return the name in the bucket of the PDF of the record `ulid`."""
    return f"{FOLDER}/{ulid}.pdf"


def file_name(reference: str) -> str:
    """Return the name under which people keep it. It says nothing of who signed."""
    return f"waiver-{reference}.pdf"


def store(record: WaiverRecord, data: bytes) -> str:
    """Put the PDF into the bucket, sealed, and return its name. As often as wanted: the last one stays.

    Raises Erased, StoreUnavailable.
    """
    box = boxes.seal(data, _secret(record), _context(record.ulid))
    with answering():
        return str(default_storage.save(name_of(record.ulid), ContentFile(box)))


def open_pdf(record: WaiverRecord, pdf: WaiverPdf) -> bytes:
    """Return the PDF of `record`. Two or three requests to S3.

    Raises Erased, Gone, boxes.Tampered (also where it is not the one that was made), StoreUnavailable.
    """
    secret = _secret(record)
    try:
        with answering(), default_storage.open(pdf.name) as stored:
            box = stored.read()
    except FileNotFoundError as exc:
        raise Gone(f"{pdf.name} is not in the bucket") from exc
    data = boxes.unseal(box, secret, _context(record.ulid))
    if sha256_of_bytes(data) != pdf.sha256:
        raise boxes.Tampered(f"{pdf.name} is not the PDF that was made")
    return data


def remove(ulid: str) -> None:
    """Take the PDF out of the bucket, in every version that it keeps. Raises StoreUnavailable."""
    keys.remove_all(name_of(ulid))


def _secret(record: WaiverRecord) -> bytes:
    key = keys.fetch(record.key_id) if record.sealed is not None else None
    if key is None:
        raise Erased(f"waiver {record.reference} was erased")
    return key.secret


def _context(ulid: str) -> str:
    return f"pdf {ulid}"
