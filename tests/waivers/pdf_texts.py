"""PDFs of the tests: made as they ordinarily are, and read back as people's programs do."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from unicodedata import normalize

import pytest

from events.rows import Event
from tests.waivers.builders import make_signature, make_signer
from waivers import documents, signing
from waivers.acts import Family, Minor, Origin, Signature
from waivers.pdfs import copies, fonts
from waivers.rows import WaiverRecord
from waivers.wording import Text

# Marks of direction, which pdftotext puts around what runs from right to left.
_DIRECTIONS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def needs_big_fonts() -> None:
    """Skip a test where the fonts of East Asia are not here."""
    if not all((fonts.FETCHED / font.file_name).is_file() for font in fonts.BIG):
        pytest.skip("the big fonts are not here: type make fonts")


def needs_poppler() -> None:
    """Skip a test where nothing reads a PDF."""
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not here: type apt-get install poppler-utils")


def read(data: bytes, *, folder: Path) -> str:
    """Return the text of a PDF, as pdftotext reads it, without marks of direction and with one space for any."""
    needs_poppler()
    path = folder / "waiver.pdf"
    path.write_bytes(data)
    run = subprocess.run(["pdftotext", path, "-"], capture_output=True, text=True, check=True)
    assert run.stderr == ""
    return plain(run.stdout)


def plain(text: str) -> str:
    """Return `text` as two of it are compared."""
    return " ".join(_DIRECTIONS.sub("", normalize("NFKC", text)).split())


def signed(
    event: Event,
    *,
    children: list[str] | None = None,
    text: Text | None = None,
    signature: Signature | None = None,
    typed: str = "",
    **signer: Any,
) -> signing.Signed:
    """Store a signature: of the signer alone, or of a guardian for `children` alone."""
    minors = [Minor(name, date(2016, 3, 31)) for name in children or []]
    family = Family(minors=minors, relationship="mother" if minors else "", with_signer=not minors)
    signature = signature or make_signature(typed=typed)
    return signing.sign(
        event=event,
        signer=make_signer(**signer),
        signature=replace(signature, text=text) if text is not None else signature,
        origin=Origin(),
        family=family,
    )


def render(record: WaiverRecord, text: Text) -> bytes:
    return copies.render(record, documents.open_record(record), text)
