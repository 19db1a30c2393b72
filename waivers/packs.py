"""The evidence pack: all that shows that a waiver was signed, in one archive that anyone can check without us.

For each waiver a folder, named by its reference, with the two documents as they were hashed, the text as it was shown,
the signature, the PDF, and what happened since; beside them the chain of the departure, and a page that says what the
process demands of a signer and how each hash is made again with tools that every computer has. What cannot be opened is
told in the waiver's folder, and keeps back nothing else.

Emergency contact and medical notes are no evidence and are not in it. The same state gives the same bytes.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string

from events.rows import Event
from scc.dynamo.rows import Row
from waivers import folders
from waivers.folders import Folder
from waivers.rows import Method, State, Waiver, WaiverRecord

# Of a departure, so many waivers are in one archive: an answer of Lambda's holds six megabytes.
MOST_IN_A_PART = 20
# An archive's times are fixed, and its files are in one order.
_DATE = (1980, 1, 1, 0, 0, 0)
_READABLE = 0o644 << 16
_LINK = ("ulid", "reference", "record_sha256", "chain_number", "chain_previous", "chain_sha256")


class NothingToPack(Exception):
    """The waiver was erased, is restricted, or has no record of its own; says which."""


def parts_of(lines: Sequence[Waiver]) -> int:
    """Return how many archives hold the waivers of a departure."""
    return max(1, -(-len(packable(lines)) // MOST_IN_A_PART))


def packable(lines: Iterable[Waiver]) -> list[Waiver]:
    """Return those lines that have a record of their own to show, in the order of their signing."""
    return [line for line in lines if why_not(line) == ""]


def why_not(line: Waiver) -> str:
    """Say why `line` cannot be packed, "" where it can."""
    if line.state == State.ERASED:
        return "it was erased"
    if line.restricted:
        return "it is restricted"
    if not line.has_own_record:
        return "an earlier waiver covers it: pack that one" if line.method != Method.PAPER else "it was signed on paper"
    return ""


def of_waiver(line: Waiver) -> bytes:
    """Return the pack of one waiver. A Query of its partition, its departure's chain, and what S3 holds of it.

    Raises NothingToPack, StoreUnavailable.
    """
    why = why_not(line)
    if why:
        raise NothingToPack(f"{line.reference} cannot be packed: {why}.")
    lines = [row for row in Row.collection(f"EVENT#{line.event_id}") if isinstance(row, Waiver)]
    return _archive([folders.of(line)], _chain(lines))


def of_event(lines: Sequence[Waiver], *, part: int = 1) -> bytes:
    """Return one part, from 1, of the pack of a departure whose waivers are `lines`. Raises StoreUnavailable."""
    return _archive([folders.of(line) for line in of_part(lines, part)], _chain(lines))


def of_part(lines: Sequence[Waiver], part: int) -> list[Waiver]:
    """Return the waivers that are in one part, from 1, of a departure's pack."""
    first = (part - 1) * MOST_IN_A_PART
    return packable(lines)[first : first + MOST_IN_A_PART]


def lines_of(event: Event) -> list[Waiver]:
    """Return the waivers' lines of `event`. One Query for each megabyte of the departure."""
    return [row for row in Row.collection(f"EVENT#{event.slug}") if isinstance(row, Waiver)]


def _chain(lines: Sequence[Waiver]) -> list[dict[str, Any]]:
    keys = [
        WaiverRecord.keys_for(ulid=line.ulid) for line in lines if line.has_own_record and line.method != Method.PAPER
    ]
    records = WaiverRecord.fetch_many(keys, only=_LINK).values() if keys else []
    return [
        {
            "number": record.chain_number,
            "reference": record.reference,
            "previous": record.chain_previous,
            "record_sha256": record.record_sha256,
            "sha256": record.chain_sha256,
        }
        for record in sorted(records, key=lambda record: record.chain_number)
    ]


def _archive(packed: Sequence[Folder], chain: list[dict[str, Any]]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in _files(packed, chain):
            entry = zipfile.ZipInfo(name, _DATE)
            entry.external_attr = _READABLE
            entry.compress_type = zipfile.ZIP_STORED if name.endswith(".pdf") else zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return buffer.getvalue()


def _files(packed: Sequence[Folder], chain: list[dict[str, Any]]) -> Iterator[tuple[str, bytes]]:
    yield "README.html", _readme(packed, chain).encode()
    yield "chain.json", json.dumps(chain, indent=1).encode()
    for folder in packed:
        yield from ((f"{folder.name}/{name}", data) for name, data in folder.files())


def _readme(packed: Sequence[Folder], chain: list[dict[str, Any]]) -> str:
    context = {"folders": packed, "chain": chain, "operator": settings.SCC_OPERATOR}
    return render_to_string("waivers/pack.html", context)
