"""The evidence pack: all that shows that a waiver was signed, in one archive that anyone can check without us.

For each waiver a folder, named by its reference, with the two documents as they were hashed, the text as it was shown,
the signature, the PDF, and what happened since; beside them the chain of the departure, and a page that says what the
process demands of a signer and how each hash is made again with tools that every computer has.

Emergency contact and medical notes are no evidence and are not in it. The same state gives the same bytes.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string

from events.rows import Event
from scc.dynamo.attributes import instant_text
from scc.dynamo.rows import Row
from waivers import documents, printed, texts
from waivers.canonical import canonical
from waivers.evidence import Evidence
from waivers.rows import LifeEvent, Matched, Method, State, Verified, Waiver, WaiverPdf, WaiverRecord
from waivers.texts import Text

# Of a departure, so many waivers are in one archive: an answer of Lambda's holds six megabytes.
MOST_IN_A_PART = 20
# An archive's times are fixed, and its files are in one order.
_DATE = (1980, 1, 1, 0, 0, 0)
_READABLE = 0o644 << 16
_LINK = ("ulid", "reference", "record_sha256", "chain_number", "chain_previous", "chain_sha256")


@dataclass(frozen=True)
class Paper:
    """One waiver in a pack, and what of it is there."""

    line: Waiver
    record: WaiverRecord
    evidence: Evidence
    private_text: str
    text: Text | None
    pdf: bytes | None
    life: Sequence[LifeEvent]

    @property
    def folder(self) -> str:
        return str(self.record.reference)

    @property
    def initialled(self) -> list[tuple[str, str]]:
        """The clauses that were initialled, each with the time by the signer's device, "" where it gave none."""
        acts = self.evidence.facts["acts"]
        return [(key, acts["client"].get(f"initial_{key}", "")) for key in acts["initialled"]]

    @property
    def matched(self) -> str:
        return str(Matched(self.line.matched).label)

    @property
    def verified(self) -> str:
        return str(Verified(self.line.verified).label)


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

    Raises NothingToPack, documents.Erased, boxes.Tampered, StoreUnavailable.
    """
    why = why_not(line)
    if why:
        raise NothingToPack(f"{line.reference} cannot be packed: {why}.")
    lines = [row for row in Row.collection(f"EVENT#{line.event_id}") if isinstance(row, Waiver)]
    return _archive([_paper(line)], _chain(lines))


def of_event(lines: Sequence[Waiver], *, part: int = 1) -> bytes:
    """Return one part, from 1, of the pack of a departure whose waivers are `lines`.

    Raises documents.Erased, boxes.Tampered, StoreUnavailable.
    """
    return _archive([_paper(line) for line in of_part(lines, part)], _chain(lines))


def of_part(lines: Sequence[Waiver], part: int) -> list[Waiver]:
    """Return the waivers that are in one part, from 1, of a departure's pack."""
    first = (part - 1) * MOST_IN_A_PART
    return packable(lines)[first : first + MOST_IN_A_PART]


def lines_of(event: Event) -> list[Waiver]:
    """Return the waivers' lines of `event`. One Query for each megabyte of the departure."""
    return [row for row in Row.collection(f"EVENT#{event.slug}") if isinstance(row, Waiver)]


def _paper(line: Waiver) -> Paper:
    inside = Row.collection(f"WAIVER#{line.record_id}")
    record = next(row for row in inside if isinstance(row, WaiverRecord))
    pdf = next((row for row in inside if isinstance(row, WaiverPdf)), None)
    private = documents.private_text(record)
    return Paper(
        line=line,
        record=record,
        evidence=Evidence(record, json.loads(private)),
        private_text=private,
        text=texts.of(record.text_sha256),
        pdf=printed.open_pdf(record, pdf) if pdf is not None else None,
        life=[row for row in inside if isinstance(row, LifeEvent)],
    )


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


def _archive(papers: Sequence[Paper], chain: list[dict[str, Any]]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in _files(papers, chain):
            entry = zipfile.ZipInfo(name, _DATE)
            entry.external_attr = _READABLE
            entry.compress_type = zipfile.ZIP_STORED if name.endswith(".pdf") else zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return buffer.getvalue()


def _files(papers: Sequence[Paper], chain: list[dict[str, Any]]) -> Iterator[tuple[str, bytes]]:
    yield "README.html", _readme(papers, chain).encode()
    yield "chain.json", json.dumps(chain, indent=1).encode()
    for paper in papers:
        yield f"{paper.folder}/evidence.json", paper.record.evidence.encode()
        yield f"{paper.folder}/private.json", paper.private_text.encode()
        yield f"{paper.folder}/life.json", _life(paper.life).encode()
        if paper.text is not None:
            yield f"{paper.folder}/text.txt", paper.text.source.encode()
        if paper.evidence.drawing is not None:
            yield f"{paper.folder}/signature.svg", _svg(paper).encode()
        if paper.pdf is not None:
            yield f"{paper.folder}/{printed.file_name(paper.record.reference)}", paper.pdf


def _readme(papers: Sequence[Paper], chain: list[dict[str, Any]]) -> str:
    context = {"papers": papers, "chain": chain, "operator": settings.SCC_OPERATOR}
    return render_to_string("waivers/pack.html", context)


def _svg(paper: Paper) -> str:
    drawing = render_to_string("waivers/_signature.html", {"evidence": paper.evidence})
    return drawing.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" color="#0a1f36" ', 1)


def _without_secrets(changes: dict[str, Any]) -> dict[str, Any]:
    """Return `changes` without the receipt's link: who is given the pack is not given the page."""
    return {name: "changed" if name == "secret" else value for name, value in changes.items()}


def _life(life: Sequence[LifeEvent]) -> str:
    told = [
        {
            "at": instant_text(event.happened_at),
            "what": event.what,
            "by": event.recorded_by_name or event.recorded_by,
            "note": event.note,
            "changes": _without_secrets(json.loads(event.changes)),
            "sha256": event.sha256,
        }
        for event in life
    ]
    return canonical(told)
