"""What is sealed, in the clear: for who moves to another system, or answers a person who asks what is known of them.

A folder of its own in the export, with a manifest of its own: it can be deleted, and nothing else of the export with
it. Nothing reads it again.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import BinaryIO

from scc.copies import manifests
from scc.copies.exporting import THREADS
from scc.copies.manifests import OPEN, File, Manifest
from scc.copies.places import Place
from scc.dynamo.rows import Row
from scc.sealing.boxes import Tampered
from scc.walks import in_threads
from waivers import documents, printed
from waivers.documents import Erased
from waivers.printed import Gone
from waivers.rows import WaiverCare, WaiverPdf, WaiverRecord


def open_all(place: Place, begun: Manifest, records: list[str]) -> tuple[set[str], list[str]]:
    """Write what the waivers `records` hold in the clear. Returns the names of the files, and what could not be opened.

    Raises Stopped, StoreUnavailable, PlaceFailed.
    """
    files: list[File] = []
    closed: list[str] = []
    for opened in in_threads(partial(_open, place), records, threads=THREADS, doing="Opening"):
        for each in opened:
            files.append(each) if isinstance(each, File) else closed.append(each)
    manifests.write(place, replace(begun, items={}, left_out={}), files, folder=OPEN)
    return {file.name for file in files} | {OPEN + manifests.NAME, OPEN + manifests.SUM}, closed


def _open(place: Place, ulid: str) -> list[File | str]:
    """Write a waiver's documents and its PDF. One that was erased meanwhile has none."""
    rows = Row.collection(f"WAIVER#{ulid}")
    record = next((row for row in rows if isinstance(row, WaiverRecord)), None)
    if record is None or record.sealed is None:
        return []
    return [*_documents(place, record, rows), *_pdf(place, record, rows)]


def _documents(place: Place, record: WaiverRecord, rows: list[Row]) -> Iterator[File | str]:
    told = {"id": record.ulid, "reference": record.reference, "departure": record.event_id}
    opened: dict[str, object] = {"evidence": json.loads(record.evidence)}
    try:
        opened["private"] = documents.open_record(record)
        for care in rows:
            if isinstance(care, WaiverCare) and care.sealed is not None and not _is_over(care):
                opened["care"] = documents.open_care(care)
    except (Erased, Tampered) as exc:
        yield f"{record.event_id} {record.reference}: {exc}"
    text = json.dumps({**told, **opened}, ensure_ascii=False, indent=2)
    yield manifests.keep(place, f"{OPEN}{record.event_id}/{record.ulid}.json", partial(_write, f"{text}\n".encode()))


def _is_over(care: WaiverCare) -> bool:
    return care.expires_at is not None and care.expires_at <= time.time()


def _pdf(place: Place, record: WaiverRecord, rows: list[Row]) -> Iterator[File | str]:
    for pdf in rows:
        if isinstance(pdf, WaiverPdf):
            try:
                data = printed.open_pdf(record, pdf)
            except (Erased, Tampered, Gone) as exc:
                yield f"{record.event_id} {record.reference}: {exc}"
            else:
                yield manifests.keep(place, f"{OPEN}{record.event_id}/{record.ulid}.pdf", partial(_write, data))


def _write(data: bytes, file: BinaryIO) -> int:
    file.write(data)
    return 1
