"""Pages: what flows down them, what stands on each, and the order in which a screen reader reads it.

Everything is collected as PDF operators first, as the foot of a page says how many pages there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from io import BytesIO
from typing import Any

from reportlab.lib.pagesizes import LETTER
from reportlab.pdfbase import pdfdoc
from reportlab.pdfgen.canvas import Canvas

from waivers.pdfs.embedding import Lzw, utf16
from waivers.pdfs.ink import Fonts, text_code
from waivers.pdfs.lines import Line, Span, set_lines

WIDTH, HEIGHT = LETTER
# It prints on A4 too: half an inch of the sides may go.
MARGIN = 60.0
TOP, BOTTOM = 58.0, 64.0
INNER = WIDTH - 2 * MARGIN

Colour = tuple[float, float, float]
INK: Colour = (0.039, 0.122, 0.212)
QUIET: Colour = (0.235, 0.318, 0.4)
DEEP: Colour = (0.059, 0.184, 0.322)
SEA: Colour = (0.024, 0.337, 0.29)
RULE: Colour = (0.78, 0.827, 0.859)
TINT: Colour = (0.949, 0.965, 0.973)


@dataclass(frozen=True)
class Style:
    """How words look."""

    size: float
    leading: float
    colour: Colour = INK
    bold: bool = False

    @property
    def descent(self) -> float:
        """How far above its foot a line stands: so that words of two sizes beside each other stand level."""
        return 0.21 * self.leading


@dataclass
class _Element:
    """A piece of the document's structure: "H1", "P", and what of which page belongs to it."""

    kind: str
    # Said instead of what is shown, where a reader would take it from left to right.
    text: str = ""
    marks: list[tuple[int, int]] = field(default_factory=list)


class _Canvas(Canvas):  # type: ignore[misc]  # reportlab has no types
    """A canvas that does not begin with a font which is in no document of ours."""

    def _make_preamble(self) -> None:
        self._preamble = ""


class Sheet:
    """A document in the making. Lengths in points, from the upper left."""

    def __init__(self, *, title: str, author: str, subject: str, language: str, made_at: datetime, key: str) -> None:
        """key: 32 hexadecimal digits that name the document."""
        self._file = BytesIO()
        self._canvas: Any = _Canvas(
            self._file, pagesize=LETTER, pageCompression=0, invariant=1, lang=language, pdfVersion=(1, 7)
        )
        self._doc = self._canvas._doc
        self._doc.defaultStreamFilters = [Lzw()]
        self._canvas.setTitle(title)
        self._canvas.setAuthor(author)
        self._canvas.setSubject(subject)
        self._canvas.setCreator("Ship Captain Crew")
        self._canvas.setViewerPreference("DisplayDocTitle", "true")
        # Of the machine's environment otherwise.
        self._doc._ID = f"\n[<{key}><{key}>]\n".encode("ascii")
        self._doc.info._dateFormatter = lambda *_: f"D:{made_at:%Y%m%d%H%M%S}Z"
        self._fonts = Fonts(self._canvas)
        self._pages: list[list[str]] = [[]]
        self._marks: list[list[_Element]] = [[]]
        self._elements: list[_Element] = []
        self.y = TOP

    @property
    def left(self) -> float:
        """What is left of the page."""
        return float(HEIGHT - BOTTOM - self.y)

    def turn(self) -> None:
        """Begin a new page."""
        self._pages.append([])
        self._marks.append([])
        self.y = TOP

    def need(self, height: float) -> None:
        """Begin a new page unless there is so much room on this one, or never would be."""
        if self.left < min(height, HEIGHT - BOTTOM - TOP):
            self.turn()

    def skip(self, height: float) -> None:
        self.y += height

    def lines(self, spans: Sequence[Span], style: Style, width: float, base: int | None = None) -> list[Line]:
        """Return the lines that `spans` take, for `put`."""
        styled = [replace(span, bold=span.bold or style.bold) for span in spans]
        return set_lines(styled, size=style.size, width=width, base=base)

    def put(
        self,
        lines: Sequence[Line],
        style: Style,
        *,
        kind: str = "P",
        x: float = 0,
        width: float = INNER,
        align: str = "",
    ) -> None:
        """Write `lines` down the page, and on the next ones. No line stands alone at a page's foot or head."""
        element = self._element(kind, lines)
        for place, line in enumerate(lines):
            self.need(style.leading * _together(place, len(lines) - place))
            self.y += style.leading
            start = MARGIN + x + _indent(line, style, width, align)
            code = text_code(self._fonts, line, x=start, y=HEIGHT - self.y + style.descent, size=style.size)
            self._mark(element, f"{_rgb(style.colour)} rg {code}")

    def write(self, text: str | Sequence[Span], style: Style, *, base: int | None = None, **how: Any) -> None:
        """Break a text into lines, and write them. base: its direction, its own unless it is given."""
        spans = [Span(text)] if isinstance(text, str) else text
        self.put(self.lines(spans, style, how.get("width", INNER), base), style, **how)

    def at(self, text: str, style: Style, *, x: float, y: float, kind: str = "P") -> None:
        """Write a line that stands at a place of its own: `y` is its baseline, from the page's top."""
        lines = self.lines([Span(" ".join(text.split()))], style, INNER)
        code = text_code(self._fonts, lines[0], x=MARGIN + x, y=HEIGHT - y, size=style.size)
        self._mark(self._element(kind, lines[:1]), f"{_rgb(style.colour)} rg {code}")

    def rule(self, *, x: float = 0, width: float = INNER, colour: Colour = RULE, thick: float = 0.6) -> None:
        y = HEIGHT - self.y
        self.draw(f"{_rgb(colour)} RG {thick} w {MARGIN + x:.2f} {y:.2f} m {MARGIN + x + width:.2f} {y:.2f} l S")

    def box(self, *, x: float, y: float, width: float, height: float, fill: Colour | None, edge: Colour | None) -> None:
        how = "B" if fill and edge else "f" if fill else "S"
        colours = " ".join([f"{_rgb(fill)} rg" if fill else "", f"{_rgb(edge)} RG 0.6 w" if edge else ""])
        self.draw(f"{colours} {MARGIN + x:.2f} {HEIGHT - y - height:.2f} {width:.2f} {height:.2f} re {how}")

    def draw(self, code: str) -> None:
        """Draw what is for the eye alone."""
        self._pages[-1].append(f"/Artifact BMC q {code} Q EMC")

    def picture(self, code: str, text: str) -> None:
        """Draw what `text` says in words."""
        element = _Element("Figure", text)
        self._elements.append(element)
        self._mark(element, f"q {code} Q")

    def _element(self, kind: str, lines: Sequence[Line]) -> _Element:
        shaped = [run.shaped for line in lines for run in line.runs]
        text = ""
        if any(run.level % 2 for run in shaped):
            text = " ".join("".join(_logical(line)) for line in lines)
        self._elements.append(_Element(kind, text))
        return self._elements[-1]

    def _mark(self, element: _Element, code: str) -> None:
        page, marks = len(self._pages) - 1, self._marks[-1]
        element.marks.append((page, len(marks)))
        self._pages[-1].append(f"/{element.kind} <</MCID {len(marks)}>> BDC {code} EMC")
        marks.append(element)

    def finish(self, foot: str, page_words: str) -> bytes:
        """Return the document. foot: what stands at each page's foot; page_words: with {page} and {pages}."""
        for number, code in enumerate(self._pages, 1):
            counted = page_words.format(page=number, pages=len(self._pages))
            self._canvas._code += [*code, self._foot(foot, counted)]
            self._canvas.showPage()
        self._structure()
        self._canvas.save()
        return self._file.getvalue()

    def _foot(self, left: str, right: str) -> str:
        style = Style(8, 11, QUIET)
        y = BOTTOM - 30
        lines = [self.lines([Span(text)], style, INNER)[0] for text in (left, right)]
        places = [MARGIN, WIDTH - MARGIN - lines[1].width(style.size)]
        codes = [text_code(self._fonts, line, x=x, y=y, size=style.size) for line, x in zip(lines, places, strict=True)]
        rule = f"{_rgb(RULE)} RG 0.6 w {MARGIN} {y + 14} m {WIDTH - MARGIN} {y + 14} l S"
        return f"/Artifact <</Type /Pagination>> BDC q {rule} {_rgb(QUIET)} rg {' '.join(codes)} Q EMC"

    def _structure(self) -> None:
        """Say in which order things are read: PDF 32000-1, 14.7 and 14.8."""
        doc, pages = self._doc, self._doc.Pages.pages
        root, document = pdfdoc.PDFDictionary({"Type": "/StructTreeRoot"}), pdfdoc.PDFDictionary({})
        root_ref, document_ref = doc.Reference(root, "structure"), doc.Reference(document, "structure document")
        refs = {}
        for number, element in enumerate(self._elements):
            entry = _entry(element, document_ref, [doc.Reference(page) for page in pages])
            refs[id(element)] = doc.Reference(entry, f"structure {number}")
        document.dict.update(
            {"Type": "/StructElem", "S": "/Document", "P": root_ref, "K": pdfdoc.PDFArray(list(refs.values()))}
        )
        numbers: list[object] = []
        for number, (page, marks) in enumerate(zip(pages, self._marks, strict=True)):
            numbers += [number, pdfdoc.PDFArray([refs[id(element)] for element in marks])]
            # reportlab knows no tags, and writes of a page what this names.
            page.__NoDefault__ = [*pdfdoc.PDFPage.__NoDefault__, "StructParents", "Tabs"]
            page.StructParents, page.Tabs = number, "/S"
        tree = pdfdoc.PDFDictionary({"Nums": pdfdoc.PDFArray(numbers)})
        root.dict.update({"K": document_ref, "ParentTree": doc.Reference(tree, "structure pages")})
        self._canvas.setCatalogEntry("StructTreeRoot", root_ref)
        self._canvas.setCatalogEntry("MarkInfo", pdfdoc.PDFDictionary({"Marked": "true"}))


def _together(place: int, left: int) -> int:
    """Return how many lines stay on one page with the one at `place`, itself included. left: of the text."""
    if place == 0 and left <= 3:
        return left
    return 2 if place == 0 or left == 2 else 1


def _entry(element: _Element, parent: Any, pages: Sequence[Any]) -> Any:
    kids = [pdfdoc.PDFDictionary({"Type": "/MCR", "Pg": pages[page], "MCID": mark}) for page, mark in element.marks]
    entries = {"Type": "/StructElem", "S": f"/{element.kind}", "P": parent, "K": pdfdoc.PDFArray(kids)}
    if element.text:
        name = "Alt" if element.kind == "Figure" else "ActualText"
        entries[name] = f"<feff{utf16(element.text)}>"
    return pdfdoc.PDFDictionary(entries)


def _logical(line: Line) -> list[str]:
    return [cluster.text for run in line.runs for cluster in run.shaped.logical]


def _indent(line: Line, style: Style, width: float, align: str) -> float:
    room = width - line.width(style.size)
    if align == "right" or (not align and line.base):
        return room
    return room / 2 if align == "middle" else 0.0


def _rgb(colour: Colour) -> str:
    return " ".join(f"{part:.3f}" for part in colour)
