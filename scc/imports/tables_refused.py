"""Files that are no tables, known by how they begin, and what to do with them."""

from __future__ import annotations

from pathlib import Path

from scc.imports.lines import ImportFailed

SAVE = "Open it in a spreadsheet program and save it as XLSX or as CSV UTF-8."

# By what https://en.wikipedia.org/wiki/List_of_file_signatures says of each.
_BEGINNINGS = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", f"an old Excel file (XLS), or one with a password. {SAVE}"),
    (b"%PDF-", "a PDF. Export the table from where the PDF was made, as XLSX or CSV."),
    (b"{\\rtf", f"a document (RTF). {SAVE}"),
    (b"\x1f\x8b", "packed (gzip). Unpack it first."),
    (b"BZh", "packed (bzip2). Unpack it first."),
    (b"\xfd7zXZ\x00", "packed (xz). Unpack it first."),
    (b"7z\xbc\xaf\x27\x1c", "packed (7z). Unpack it first."),
    (b"Rar!\x1a\x07", "packed (RAR). Unpack it first."),
    (b"PK\x05\x06", "an empty ZIP. Export it again."),
    (b"SQLite format 3\x00", "a database (SQLite). Export the table from it as CSV."),
    (b"PAR1", "a Parquet file. Export it as CSV."),
    (b"\x89PNG", "a picture. A table of text is needed, XLSX or CSV."),
    (b"\xff\xd8\xff", "a picture. A table of text is needed, XLSX or CSV."),
)


def check(path: Path, head: bytes) -> None:
    """Raise ImportFailed, with what to do, when a file that begins with `head` is known to be no text of a table."""
    found = next((words for beginning, words in _BEGINNINGS if head.startswith(beginning)), "") or _markup(head)
    if found:
        raise refusal(path, found)


def refusal(path: Path, words: str) -> ImportFailed:
    """Return what says that the file at `path` is `words`."""
    return ImportFailed(f"{path} is {words}")


def _markup(head: bytes) -> str:
    # Whatever the encoding, these are signs of ASCII.
    text = head.removeprefix(b"\xef\xbb\xbf").removeprefix(b"\xff\xfe").removeprefix(b"\xfe\xff")
    text = text.replace(b"\x00", b"").lstrip().lower()
    if text.startswith((b"<?xml", b"<!", b"<")) and b">" in text:
        return f"a page of HTML or XML, whatever its name says. {SAVE}"
    if text.startswith((b'{"', b"[{", b"[\n", b"{\n", b"[\r", b"{\r")):
        return "JSON. `backfilllegacy` reads that of the old tool; of others export CSV."
    return ""
