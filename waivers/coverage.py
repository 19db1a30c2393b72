"""Which characters a waiver's PDF can show.

What people type is refused at entry where no font of ours has it, in words, so that no copy ever has a box in a name.
The table is made of the fonts (`waivers.pdfs.covering`), which no page has to open.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import cache
from pathlib import Path
from unicodedata import category, normalize

TABLE = Path(__file__).parent / "coverage.txt"

# Layout, and what has no shape of its own: joiners, marks of direction, variation selectors.
_LAYOUT = frozenset("\t\n\r")
_INVISIBLE = {"Cf", "Zs"}
_SELECTORS = [range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0), range(0x180B, 0x180E)]


def printable(text: str) -> str:
    """Return the characters of `text` that cannot be printed, each once, in their order; "" when all can."""
    return "".join(char for char in dict.fromkeys(text) if not is_printable(char))


def is_printable(char: str) -> bool:
    """Say whether one character can be printed, or has nothing to print."""
    return is_covered(char) or is_invisible(char) or char in _LAYOUT or _by_parts(char)


def is_covered(char: str) -> bool:
    """Say whether some font of ours has the character."""
    firsts, lasts = _ranges()
    place = bisect_right(firsts, ord(char)) - 1
    return place >= 0 and ord(char) <= lasts[place]


def is_invisible(char: str) -> bool:
    """Say whether nothing is to be seen of the character: it only says how others are shown."""
    return category(char) in _INVISIBLE or any(ord(char) in selectors for selectors in _SELECTORS)


def _by_parts(char: str) -> bool:
    parts = normalize("NFD", char)
    return parts != char and all(is_covered(part) for part in parts)


@cache
def _ranges() -> tuple[list[int], list[int]]:
    firsts, lasts = [], []
    for word in TABLE.read_text(encoding="ascii").split():
        first, _, last = word.partition("-")
        firsts.append(int(first, 16))
        lasts.append(int(last or first, 16))
    return firsts, lasts
