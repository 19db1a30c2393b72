"""Writes down which characters the fonts cover, for `waivers.coverage`: python -m waivers.pdfs.covering."""

from __future__ import annotations

import sys
import textwrap
from unicodedata import category

import uharfbuzz

from waivers.pdfs import fonts

_COLUMNS = 120


def table() -> str:
    """Return the table: ranges of code points in hexadecimal."""
    found: list[list[int]] = []
    for code in sorted(_characters()):
        if found and code == found[-1][1] + 1:
            found[-1][1] = code
        else:
            found.append([code, code])
    words = " ".join(f"{first:x}" if first == last else f"{first:x}-{last:x}" for first, last in found)
    return "\n".join(textwrap.wrap(words, _COLUMNS, break_on_hyphens=False)) + "\n"


def _characters() -> set[int]:
    # Bold is for our own headings; what it lacks is printed in the regular weight.
    faces = [uharfbuzz.Face(fonts.data_of(name)) for name in fonts.NAMED if not name.endswith("-Bold")]
    # Fonts give controls a glyph too, an empty one.
    return {code for face in faces for code in face.unicodes if category(chr(code)) != "Cc"}


if __name__ == "__main__":
    sys.stdout.write(table())
