"""Names as they are searched: without case, accents or extra spaces."""

from __future__ import annotations

import unicodedata

# Bytes. A sort key holds 1024, and the row's own identifier stands behind the name; some single letters fold to many.
LONGEST_FOLDED = 800


def fold(text: str) -> str:
    """Return `text` casefolded, without combining marks, with single spaces: `"Élan  10"` -> `"elan 10"`.

    What is longer than a key has room for is cut.
    """
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(char for char in decomposed if not unicodedata.combining(char))
    folded = " ".join(unicodedata.normalize("NFC", bare).split())
    return folded.encode()[:LONGEST_FOLDED].decode(errors="ignore").rstrip()
