"""Fonts inside the PDF: only the glyphs that are shown, and beside each the characters that it shows.

reportlab embeds fonts by characters, 256 at a time, and has no text for what shaping makes of them: a name in Arabic or
an emoji of several people could not be found or copied. So glyphs are embedded by number here, as a composite font, in
the same document.
"""

from __future__ import annotations

from typing import Any

import uharfbuzz
from reportlab.pdfbase import pdfdoc

from waivers.pdfs.shaping import Cluster, Face, Glyph

# What a reader needs to draw; shaping is done.
_TABLES = ("glyf", "head", "hhea", "hmtx", "loca", "maxp")
_FLAGS = uharfbuzz.SubsetFlags.NO_HINTING | uharfbuzz.SubsetFlags.NO_LAYOUT_CLOSURE
# PDF 32000-1, table 123: a font of its own set of characters.
_SYMBOLIC = 4
_MOST_AT_ONCE = 100


class Lzw:
    """Adaptive LZW of PDF (32000-1, 7.4.4). zlib would be smaller, and its bytes differ from machine to machine."""

    pdfname = "LZWDecode"

    def encode(self, text: bytes | str) -> bytes:
        bits, count = 0, 0
        out = bytearray()
        for code, width in _codes(text.encode() if isinstance(text, str) else text):
            bits, count = bits << width | code, count + width
            while count >= 8:
                count -= 8
                out.append(bits >> count & 0xFF)
            bits &= (1 << count) - 1
        if count:
            out.append(bits << (8 - count) & 0xFF)
        return bytes(out)


_CLEAR, _END, _FIRST_FREE, _LONGEST = 256, 257, 258, 12


def _codes(data: bytes) -> Any:
    """Give each code and how many bits it takes."""
    table: dict[bytes, int] = {}
    width, after = 9, b""
    yield _CLEAR, width
    for number in data:
        longer = after + bytes((number,))
        if len(longer) == 1 or longer in table:
            after = longer
            continue
        yield table.get(after, after[0]), width
        table[longer] = _FIRST_FREE + len(table)
        after = longer[-1:]
        # Readers widen one code early, as Acrobat does: that is the default.
        size = _FIRST_FREE + len(table) + 1
        if size > 1 << _LONGEST:
            yield _CLEAR, width
            table, width = {}, 9
        elif size > (1 << width):
            width += 1
    if after:
        yield table.get(after, after[0]), width
        if _FIRST_FREE + len(table) + 2 > (1 << width) and width < _LONGEST:
            width += 1
    yield _END, width


class Embedded:
    """A font of one document, which reportlab asks for its objects at the end."""

    def __init__(self, face: Face, number: int) -> None:
        self.face = face
        self.name = f"N{number}"
        # A glyph that shows different characters at different places is two.
        self._codes: dict[tuple[int, str], int] = {}

    def code_of(self, glyph: Glyph, text: str) -> int:
        """Return the code of a glyph that shows `text`."""
        return self._codes.setdefault((glyph.number, text), len(self._codes) + 1)

    def codes_of(self, cluster: Cluster) -> list[int]:
        """Return the codes of a cluster's glyphs. The first one shows all of its characters."""
        return [self.code_of(glyph, cluster.text if place == 0 else "") for place, glyph in enumerate(cluster.glyphs)]

    def addObjects(self, doc: Any) -> None:  # noqa: N802  # the name by which reportlab asks
        plan = uharfbuzz.SubsetPlan(self.face.face, self._subset_input())
        data = plan.execute().blob.data
        font = pdfdoc.PDFDictionary(
            {
                "Type": "/Font",
                "Subtype": "/Type0",
                "BaseFont": f"/{self._base_font}",
                "Encoding": "/Identity-H",
                "DescendantFonts": pdfdoc.PDFArray([self._descendant(doc, data, plan.old_to_new_glyph_mapping)]),
                "ToUnicode": self._stream(doc, "unicode", self._to_unicode()),
            }
        )
        doc.idToObject["BasicFonts"].dict[self.name] = doc.Reference(font, f"font {self.name}")

    @property
    def _base_font(self) -> str:
        # PDF 32000-1, 9.6.4: six letters of our own before a subset's name.
        return f"SCCFN{chr(ord('A') + int(self.name[1:]))}+{self.face.name}"

    def _subset_input(self) -> uharfbuzz.SubsetInput:
        wanted = uharfbuzz.SubsetInput()
        wanted.flags = _FLAGS
        wanted.glyph_set.update({glyph for glyph, _ in self._codes})
        drop = wanted.drop_table_tag_set
        drop.invert()
        for tag in _TABLES:
            drop.discard(int.from_bytes(tag.encode(), "big"))
        return wanted

    def _descendant(self, doc: Any, data: bytes, numbers: Any) -> Any:
        to_glyph = b"\0\0" + b"".join(numbers[glyph].to_bytes(2, "big") for glyph, _ in self._codes)
        return pdfdoc.PDFDictionary(
            {
                "Type": "/Font",
                "Subtype": "/CIDFontType2",
                "BaseFont": f"/{self._base_font}",
                "CIDSystemInfo": "<< /Registry (Adobe) /Ordering (Identity) /Supplement 0 >>",
                "FontDescriptor": self._descriptor(doc, data),
                "DW": 0,
                "W": pdfdoc.PDFArray([1, pdfdoc.PDFArray([self.face.width_of(glyph) for glyph, _ in self._codes])]),
                "CIDToGIDMap": self._stream(doc, "glyphs", to_glyph),
            }
        )

    def _descriptor(self, doc: Any, data: bytes) -> Any:
        above, below = self.face.extents
        descriptor = pdfdoc.PDFDictionary(
            {
                "Type": "/FontDescriptor",
                "FontName": f"/{self._base_font}",
                "Flags": _SYMBOLIC,
                "FontBBox": pdfdoc.PDFArray([-1000, -below, 2000, above]),
                "ItalicAngle": 0,
                "Ascent": above,
                "Descent": -below,
                "CapHeight": 714,
                "StemV": 80,
                "FontFile2": self._stream(doc, "file", data, Length1=len(data)),
            }
        )
        return doc.Reference(descriptor, f"descriptor {self.name}")

    def _stream(self, doc: Any, what: str, content: bytes, **entries: int) -> Any:
        stream = pdfdoc.PDFStream(pdfdoc.PDFDictionary(entries), content)
        return doc.Reference(stream, f"{what} {self.name}")

    def _to_unicode(self) -> bytes:
        lines = [f"<{code:04x}> <{utf16(text)}>" for (_, text), code in self._codes.items() if text]
        parts = [lines[start : start + _MOST_AT_ONCE] for start in range(0, len(lines), _MOST_AT_ONCE)]
        maps = "".join(f"{len(part)} beginbfchar\n" + "\n".join(part) + "\nendbfchar\n" for part in parts)
        return _CMAP.format(maps=maps).encode("ascii")


def utf16(text: str) -> str:
    return text.encode("utf-16-be").hex()


_CMAP = """/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000> <ffff>
endcodespacerange
{maps}endcmap
CMapName currentdict /CMap defineresource pop
end
end
"""
