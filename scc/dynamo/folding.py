"""Names as they are searched: without case, accents or extra spaces."""

from __future__ import annotations

import unicodedata


def fold(text: str) -> str:
    """Return `text` casefolded, without combining marks, with single spaces: `"Élan  10"` -> `"elan 10"`."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(unicodedata.normalize("NFC", bare).split())
