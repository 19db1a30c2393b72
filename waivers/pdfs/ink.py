"""Drawing on reportlab's canvas: lines of text with fonts of our own, tagged so that a screen reader can follow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from itertools import groupby
from typing import Any

from reportlab.lib.rl_accel import fp_str

from waivers.pdfs.embedding import Embedded, utf16
from waivers.pdfs.lines import Line, Run
from waivers.pdfs.shaping import Cluster

# The tangent of the angle by which letters lean.
_SLANT = 0.2


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
    for italic, runs in groupby(line.visual(), key=lambda run: run.italic):
        pen.move(x, y, slant=_SLANT if italic else 0)
        for run in runs:
            pen.write(fonts.of(run), run)
            x += run.shaped.width * size / 1000
    return pen.done()


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

    def write(self, font: Embedded, run: Run) -> None:
        if font.name != self._font:
            self._flush()
            self._font = font.name
            self._parts.append(f"/{font.name} {fp_str(self._size)} Tf")
        if run.shaped.level % 2:
            # Readers take this as glyphs that stand from left to right, and turn it round themselves.
            with self._telling("".join(cluster.text[::-1] for cluster in run.shaped.clusters)):
                self._put(font, run.shaped.clusters)
            return
        for cluster in run.shaped.clusters:
            # One character of several glyphs, or the other way round and in another order: say which.
            with self._telling(cluster.text) if len(cluster.glyphs) > 1 else nullcontext():
                self._put(font, [cluster])

    def done(self) -> str:
        self._flush()
        return " ".join([*self._parts, "ET"])

    @contextmanager
    def _telling(self, text: str) -> Iterator[None]:
        """Say which text the glyphs show that are drawn within."""
        self._flush()
        self._parts.append(f"/Span <</ActualText <feff{utf16(text)}>>> BDC")
        yield
        self._flush()
        self._parts.append("EMC")

    def _put(self, font: Embedded, clusters: Iterable[Cluster]) -> None:
        for cluster in clusters:
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
