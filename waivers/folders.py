"""One waiver's folder in an evidence pack: what of it is there, and what is not and why.

What cannot be opened is told in the folder's PROBLEM.txt, beside all that can: the other waivers of a pack, and the
other files of this one, are never refused for it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.template.loader import render_to_string

from scc.dynamo.rows import Row
from scc.sealing.boxes import Tampered
from waivers import documents, imported, lives, printed, texts
from waivers.canonical import sha256
from waivers.documents import Erased
from waivers.evidence import Evidence
from waivers.rows import LifeEvent, Matched, Verified, Waiver, WaiverPdf, WaiverRecord
from waivers.texts import Text

PROBLEM = "PROBLEM.txt"
NO_RECORD = "The waiver's record is not in the table."
NO_TEXT = "The text that was signed is not in the table any more."
NOT_AS_HASHED = "{} is not what was hashed: it was changed after the waiver was signed. It is here as it is now."


@dataclass(frozen=True)
class Folder:
    """One waiver in a pack. What is None, or "", is not there, and `problems` say why."""

    line: Waiver
    record: WaiverRecord | None
    life: Sequence[LifeEvent]
    private_text: str = ""
    # None where it cannot be read as it was signed.
    evidence: Evidence | None = None
    text: Text | None = None
    # None while no PDF was made.
    pdf: WaiverPdf | None = None
    pdf_data: bytes | None = None
    problems: Sequence[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        return str(self.record.reference if self.record is not None else self.line.reference)

    @property
    def initialled(self) -> list[tuple[str, str]]:
        """The clauses that were initialled, each with the time by the signer's device, "" where it gave none."""
        acts = self.evidence.facts["acts"] if self.evidence is not None else {"initialled": []}
        return [(key, acts["client"].get(f"initial_{key}", "")) for key in acts["initialled"]]

    @property
    def has_picture(self) -> bool:
        """Whether what was imported has data for a signature, which no file of the pack shows."""
        return self.evidence is not None and bool(imported.picture_of(self.evidence.private)[1])

    @property
    def matched(self) -> str:
        return str(Matched(self.line.matched).label)

    @property
    def verified(self) -> str:
        return str(Verified(self.line.verified).label)

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Give each file's name within the folder, and what is in it."""
        if self.record is not None:
            yield "evidence.json", self.record.evidence.encode()
        if self.private_text:
            yield "private.json", self.private_text.encode()
        yield "life.json", _life(self.life).encode()
        if self.text is not None:
            yield "text.txt", self.text.source.encode()
        if self.evidence is not None and self.evidence.drawing is not None:
            yield "signature.svg", _svg(self.evidence).encode()
        if self.pdf_data is not None:
            yield printed.file_name(self.name), self.pdf_data
        if self.problems:
            yield PROBLEM, "".join(f"{each}\n" for each in self.problems).encode()


def of(line: Waiver) -> Folder:
    """Return what there is of the waiver of `line`. A Query of its partition, and what S3 holds of it.

    Raises StoreUnavailable.
    """
    inside = Row.collection(f"WAIVER#{line.record_id}")
    record = next((row for row in inside if isinstance(row, WaiverRecord)), None)
    pdf = next((row for row in inside if isinstance(row, WaiverPdf)), None)
    life = [row for row in inside if isinstance(row, LifeEvent)]
    if record is None:
        return Folder(line, None, life, pdf=pdf, problems=[NO_RECORD])
    problems: list[str] = []
    private = _private(record, problems)
    evidence = _evidence(record, private, problems) if private else None
    text = _text(record, problems) if not line.is_imported else None
    data = _pdf(record, pdf, problems) if pdf is not None else None
    return Folder(line, record, life, private, evidence, text, pdf, data, problems)


def _private(record: WaiverRecord, problems: list[str]) -> str:
    try:
        return documents.private_text(record)
    except (Erased, Tampered) as exc:
        problems.append(f"private.json cannot be opened: {exc}.")
        return ""


def _evidence(record: WaiverRecord, private: str, problems: list[str]) -> Evidence | None:
    """Return what the two documents say, None where they are not the ones that were hashed: then they say nothing."""
    if sha256(record.evidence) != record.record_sha256:
        problems.append(NOT_AS_HASHED.format("evidence.json"))
        return None
    evidence = Evidence(record, json.loads(private))
    if sha256(private) != evidence.facts["private_sha256"]:
        problems.append(NOT_AS_HASHED.format("private.json"))
        return None
    return evidence


def _text(record: WaiverRecord, problems: list[str]) -> Text | None:
    text = texts.of(record.text_sha256)
    if text is None:
        problems.append(NO_TEXT)
    elif sha256(text.source) != record.text_sha256:
        problems.append(NOT_AS_HASHED.format("text.txt"))
    return text


def _pdf(record: WaiverRecord, pdf: WaiverPdf, problems: list[str]) -> bytes | None:
    try:
        return printed.open_pdf(record, pdf)
    except (Erased, Tampered, printed.Gone) as exc:
        problems.append(f"{printed.file_name(record.reference)} cannot be opened: {exc}.")
        return None


def _svg(evidence: Evidence) -> str:
    drawing = render_to_string("waivers/_signature.html", {"evidence": evidence})
    return drawing.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" color="#0a1f36" ', 1)


def _life(life: Sequence[LifeEvent]) -> str:
    """Return the life events whole, in the order in which each was hashed, so that the hashes can be made again."""
    told: list[dict[str, Any]] = [{**lives.said(event), "sha256": event.sha256} for event in life]
    return json.dumps(told, ensure_ascii=False, indent=1)
