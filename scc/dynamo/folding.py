"""Names as they are searched: without case, accents or extra spaces."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

# Bytes. A sort key holds 1024, and the row's own identifier stands behind the name; some single letters fold to many.
LONGEST_FOLDED = 800
# Characters. An import folds the same few names again and again; what is longer is no name, and not kept in memory.
LONGEST_KEPT = 200


def fold(text: str) -> str:
    """Return `text` casefolded, without combining marks, with single spaces: `"Élan  10"` -> `"elan 10"`.

    What is longer than a key has room for is cut.
    """
    return _kept(text) if len(text) <= LONGEST_KEPT else _folded(text)


def _folded(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(char for char in decomposed if not unicodedata.combining(char))
    folded = " ".join(unicodedata.normalize("NFC", bare).split())
    return folded.encode()[:LONGEST_FOLDED].decode(errors="ignore").rstrip()


@lru_cache(maxsize=4096)
def _kept(text: str) -> str:
    return _folded(text)
