"""What is in a ZIP that may be a workbook, told by its directory: its sort, and whether it is fit to be unpacked.

`zipfile` gives no more of a part than its directory says, so these sizes hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from zipfile import BadZipFile, ZipFile, ZipInfo

from scc.imports.tables_refused import SAVE, refusal

# Bytes, unpacked. Sheets are streamed; texts that cells share, styles and names are held.
MOST_OF_SHEETS = 500_000_000
MOST_SHARED = 40_000_000
MOST_BESIDE = 10_000_000
MOST_PARTS = 10_000

_OTHERS = (
    ("xl/workbook.bin", f"a binary workbook (XLSB). {SAVE}"),
    ("Index/Document.iwa", "a Numbers file. Export it as XLSX or CSV."),
    ("word/document.xml", f"a document (DOCX). Put its table into a spreadsheet program. {SAVE}"),
    ("ppt/presentation.xml", "slides (PPTX). A table is needed, XLSX or CSV."),
)
_OPEN_DOCUMENT = b"application/vnd.oasis.opendocument"


def check(path: Path) -> None:
    """Raise ImportFailed, with what to do, when the ZIP at `path` is no workbook or not fit to be unpacked; OSError."""
    try:
        with ZipFile(path) as archive:
            parts = archive.infolist()
            is_open_document = _is_open_document(archive)
    except (BadZipFile, NotImplementedError, RuntimeError, ValueError) as exc:
        raise refusal(path, f"a torn XLSX or ZIP ({exc}). Export it again.") from exc
    words = "an OpenDocument file (ODS). " + SAVE if is_open_document else _other(parts) or _unfit(parts)
    if words:
        raise refusal(path, words)


def _is_open_document(archive: ZipFile) -> bool:
    if "mimetype" not in archive.namelist():
        return False
    with archive.open("mimetype") as file:
        return file.read(len(_OPEN_DOCUMENT)) == _OPEN_DOCUMENT


def _other(parts: Sequence[ZipInfo]) -> str:
    names = {part.filename for part in parts}
    found = next((words for name, words in _OTHERS if name in names), "")
    if found or any(name.startswith("xl/") for name in names):
        return found
    return "a ZIP, and no workbook. Unpack it first, and import the file that is in it."


def _unfit(parts: Sequence[ZipInfo]) -> str:
    if any(part.flag_bits & 1 for part in parts):
        return f"locked with a password. {SAVE}"
    read = [part for part in parts if part.filename.lower().endswith((".xml", ".rels"))]
    sheets = sum(part.file_size for part in read if "/worksheets/" in part.filename)
    shared = sum(part.file_size for part in read if part.filename.lower().endswith("sharedstrings.xml"))
    beside = sum(part.file_size for part in read if not part.filename.startswith(_NEVER_READ)) - sheets - shared
    if sheets > MOST_OF_SHEETS or shared > MOST_SHARED or beside > MOST_BESIDE or len(parts) > MOST_PARTS:
        return "too large when it is unpacked. Save the sheet as CSV UTF-8, or cut it into several."
    return ""


# Pictures' places, comments, pivots: openpyxl's read-only mode leaves them packed.
_NEVER_READ = (
    "xl/drawings/",
    "xl/charts/",
    "xl/pivot",
    "xl/comments",
    "xl/threadedComments/",
    "xl/externalLinks/",
    "xl/customXml/",
    "customXml/",
)
