"""Drawing on reportlab's canvas: lines of text with fonts of our own, tagged so that a screen reader can follow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from itertools import groupby
from typing import Any
from unicodedata import bidirectional

from reportlab.lib.rl_accel import fp_str

from waivers.pdfs.embedding import Embedded, utf16
from waivers.pdfs.lines import Line, Run
from waivers.pdfs.shaping import Cluster

# The tangent of the angle by which letters lean.
_SLANT = 0.2
_RTL = {"R", "AL"}
_LTR = {"L", "EN", "AN", "ES", "ET", "CS"}
_LEFT_MARK, _RIGHT_MARK = "\u200e", "\u200f"


class Fonts:
    """The fonts of one document."""

    def __init__(self, canvas: Any) -> None:
        self._canvas = canvas
        self._fonts: dict[str, Embedded] = {}

    def of(self, run: Run) -> Embedded:
        face = run.shaped.face
        if face.name not in self._fonts:
            font = self._fonts[face.name] = Embedded(face, len(self._fonts))
            self._canvas._doc.delayedFonts.append(font)
        return self._fonts[face.name]


def text_code(fonts: Fonts, line: Line, *, x: float, y: float, size: float) -> str:
    """Return the PDF operators that draw `line` with its left end at x, y."""
    pen = _Pen(size)
    visual = line.visual()
    for (italic, is_turned), group in groupby(visual, key=lambda place: _manner(line.runs[place])):
        places = list(group)
        runs = [line.runs[place] for place in places]
        pen.move(x, y, slant=_SLANT if italic else 0)
        with pen.telling(_told(line, places, at_end=places[-1] == visual[-1])) if is_turned else nullcontext():
            for run in runs:
                pen.write(fonts.of(run), run, is_told=is_turned)
        x += sum(run.shaped.width for run in runs) * size / 1000
    return pen.done()


def _manner(run: Run) -> tuple[bool, bool]:
    """Return whether the run leans, and whether it stands where a line runs from right to left, numbers there too."""
    return run.italic, run.shaped.level > 0


def _told(line: Line, places: Iterable[int], *, at_end: bool) -> str:
    """Return what is said of a stretch that runs from right to left, so that a reader of our pages gets its text.

    Readers take it as if it stood from left to right, and turn each stretch of letters round by themselves: it ends at
    a letter of the other direction, at a digit, and at what may stand in a number, a hyphen too.
    """
    text = "".join(cluster.text for place in sorted(places) for cluster in line.runs[place].shaped.logical)
    parts = [_turned(part) if is_rtl else part for is_rtl, part in _stretches(text)]
    # What follows would be turned round too.
    return "".join(parts) + ("" if at_end else _LEFT_MARK)


def _turned(part: str) -> str:
    return ("" if bidirectional(part[-1]) in _RTL else _RIGHT_MARK) + part[::-1]


def _stretches(text: str) -> Iterator[tuple[bool, str]]:
    """Give the stretches as readers see them; what is of neither direction goes with what stands before it."""
    is_rtl, part = False, ""
    for char in text:
        kind = bidirectional(char)
        turns = kind in (_LTR if is_rtl else _RTL)
        if turns and part:
            yield is_rtl, part
            part = ""
        is_rtl, part = is_rtl != turns, part + char
    if part:
        yield is_rtl, part


class _Pen:
    """Collects what is shown in one go, and breaks off where something has to be said in between."""

    def __init__(self, size: float) -> None:
        self._size = size
        self._parts = ["BT"]
        self._font = ""
        # Glyphs in hexadecimal, and numbers between them: thousandths by which the pen steps back.
        self._items: list[str | float] = []
        self._gap = 0.0
        self._rise = 0.0

    def move(self, x: float, y: float, *, slant: float) -> None:
        self._flush()
        self._gap = 0.0
        self._parts.append(f"1 0 {fp_str(slant)} 1 {fp_str(x)} {fp_str(y)} Tm")

    def write(self, font: Embedded, run: Run, *, is_told: bool) -> None:
        """Draw a run. is_told: what it says is said already."""
        if font.name != self._font:
            self._flush()
            self._font = font.name
            self._parts.append(f"/{font.name} {fp_str(self._size)} Tf")
        for cluster in run.shaped.clusters:
            # One character of several glyphs, or the other way round and in another order: say which.
            says = not is_told and len(cluster.glyphs) > 1
            with self.telling(cluster.text) if says else nullcontext():
                self._put(font, cluster)

    def done(self) -> str:
        self._flush()
        return " ".join([*self._parts, "ET"])

    @contextmanager
    def telling(self, text: str) -> Iterator[None]:
        """Say which text the glyphs show that are drawn within."""
        self._flush()
        self._parts.append(f"/Span <</ActualText <feff{utf16(text)}>>> BDC")
        yield
        self._flush()
        self._parts.append("EMC")

    def _put(self, font: Embedded, cluster: Cluster) -> None:
        for glyph, code in zip(cluster.glyphs, font.codes_of(cluster), strict=True):
            self._raise(glyph.dy)
            if self._gap + glyph.dx:
                self._items.append(-self._gap - glyph.dx)
            self._items.append(f"{code:04x}")
            self._gap = glyph.advance - glyph.dx - font.face.width_of(glyph.number)

    def _raise(self, rise: float) -> None:
        if rise != self._rise:
            self._flush()
            self._rise = rise
            self._parts.append(f"{fp_str(rise * self._size / 1000)} Ts")

    def _flush(self) -> None:
        if not self._items:
            return
        shown = [
            f"<{''.join(map(str, items))}>" if is_glyphs else "".join(map(fp_str, items))
            for is_glyphs, items in groupby(self._items, key=lambda item: isinstance(item, str))
        ]
        self._parts.append(f"[{' '.join(shown)}] TJ" if len(shown) > 1 else f"{shown[0]} Tj")
        self._items = []
