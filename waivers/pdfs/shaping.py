"""From characters to glyphs: which font has them, and which glyphs stand where, by HarfBuzz.

All lengths are in thousandths of the font's size, as PDF counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from unicodedata import bidirectional, category, combining, name

import uharfbuzz

from waivers import coverage
from waivers.pdfs import fonts

REGULAR, BOLD = "NotoSans-Regular", "NotoSans-Bold"
_EMOJI = "NotoEmoji-Regular"
_CHINESE, _KOREAN, _JAPANESE = "NotoSansSC-Regular", "NotoSansKR-Regular", "NotoSansJP-Regular"
_OTHERS = (
    "NotoSansArabic-Regular",
    "NotoSansHebrew-Regular",
    "NotoSansThai-Regular",
    "NotoSansArmenian-Regular",
    "NotoSansGeorgian-Regular",
    _EMOJI,
)
_JOINER = "\u200d"
_KEYCAP, _AS_EMOJI = "\u20e3", "\ufe0f"
_FLAGS = range(0x1F1E6, 0x1F200)
_SKINS = range(0x1F3FB, 0x1F400)
_TAGS = range(0xE0020, 0xE0080)


@dataclass(frozen=True)
class Glyph:
    """A glyph, and by how much it is moved from where the pen is."""

    number: int
    advance: float
    dx: float
    dy: float


@dataclass(frozen=True)
class Cluster:
    """Characters that are shown together, and the glyphs that show them, from left to right."""

    text: str
    glyphs: tuple[Glyph, ...]

    @property
    def width(self) -> float:
        return sum(glyph.advance for glyph in self.glyphs)


@dataclass(frozen=True)
class Shaped:
    """A run of one font and one direction; its clusters stand from left to right."""

    face: Face
    clusters: tuple[Cluster, ...]
    level: int

    @property
    def logical(self) -> tuple[Cluster, ...]:
        """The clusters in the order of reading."""
        return self.clusters[::-1] if self.level % 2 else self.clusters

    @property
    def width(self) -> float:
        return sum(cluster.width for cluster in self.clusters)


class Face:
    """A font, opened."""

    def __init__(self, font_name: str) -> None:
        self.name = font_name
        self.face = uharfbuzz.Face(fonts.data_of(font_name))
        self.font = uharfbuzz.Font(self.face)
        self.scale = 1000 / self.face.upem
        self.characters = frozenset(map(chr, self.face.unicodes))

    def __repr__(self) -> str:
        return f"Face({self.name})"

    @cached_property
    def extents(self) -> tuple[float, float]:
        """How far it reaches above the line and below it, both positive."""
        extents = self.font.get_font_extents("ltr")
        return extents.ascender * self.scale, -extents.descender * self.scale

    def has(self, text: str) -> bool:
        """Say whether the font has every character of `text` that is to be seen."""
        return all(char in self.characters or coverage.is_invisible(char) for char in text)

    def width_of(self, glyph: int) -> float:
        return float(self.font.get_glyph_h_advance(glyph) * self.scale)

    def shape(self, text: str, level: int) -> Shaped:
        """Return the glyphs of `text`, which is of one script."""
        buffer = uharfbuzz.Buffer()
        buffer.cluster_level = uharfbuzz.BufferClusterLevel.MONOTONE_CHARACTERS
        buffer.flags = (
            uharfbuzz.BufferFlags.REMOVE_DEFAULT_IGNORABLES | uharfbuzz.BufferFlags.DO_NOT_INSERT_DOTTED_CIRCLE
        )
        buffer.add_str(text)
        buffer.guess_segment_properties()
        # Of the machine's locale otherwise, and a waiver is the same wherever it is printed.
        buffer.language = "und"
        buffer.direction = "rtl" if level % 2 else "ltr"
        uharfbuzz.shape(self.font, buffer)
        return Shaped(self, tuple(self._clusters(text, buffer)), level)

    def _clusters(self, text: str, buffer: uharfbuzz.Buffer) -> list[Cluster]:
        starts = sorted({0, *(info.cluster for info in buffer.glyph_infos)})
        ends = dict(zip(starts, [*starts[1:], len(text)], strict=True))
        found: dict[int, list[Glyph]] = {}
        for info, place in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
            lengths = (place.x_advance, place.x_offset, place.y_offset)
            glyph = Glyph(info.codepoint, *(length * self.scale for length in lengths))
            found.setdefault(info.cluster, []).append(glyph)
        return [Cluster(text[start : ends[start]], tuple(glyphs)) for start, glyphs in found.items()]


@cache
def face(font_name: str) -> Face:
    """Return the font, opened once a process. Raises fonts.FontMissing, StoreUnavailable."""
    return Face(font_name)


def clusters_of(text: str) -> list[str]:
    """Return `text` cut into what belongs together: a letter with its marks, an emoji with all that is joined to it."""
    found: list[str] = []
    for char in text:
        if found and _continues(found[-1], char):
            found[-1] += char
        else:
            found.append(char)
    return found


def _continues(before: str, char: str) -> bool:
    code = ord(char)
    if char in (_JOINER, _KEYCAP) or category(char) in ("Mn", "Mc", "Me") or code in _SKINS or code in _TAGS:
        return True
    if before[-1] == _JOINER:
        return category(char) == "So"
    # A flag is two letters.
    return code in _FLAGS and len(before) == 1 and ord(before) in _FLAGS


def choose(cluster: str, *, bold: bool, before: Face | None, context: str) -> Face | None:
    """Return the font that shows `cluster`; None when none does.

    before: that of what stands in front, which spaces go with. context: the whole text, by which Chinese characters
    are Japanese or Korean ones.
    """
    if before is not None and _goes_with(before, cluster):
        return before
    names = [*([BOLD] if bold else []), REGULAR, *_OTHERS]
    if _is_emoji(cluster):
        names = [_EMOJI, *names]
    # The big fonts are not opened, nor looked for, where a small one will do.
    found = _first(names, cluster) or _first(_eastern(context), cluster)
    return face(found) if found else None


def _first(names: Iterable[str], cluster: str) -> str:
    return next((font_name for font_name in names if face(font_name).has(cluster)), "")


def _goes_with(before: Face, cluster: str) -> bool:
    # The space of the emoji is as wide as they are.
    is_space = cluster.isspace() and before.name != _EMOJI
    return (is_space or combining(cluster[0]) != 0) and before.has(cluster)


def _is_emoji(cluster: str) -> bool:
    return len(cluster) > 1 and (
        _AS_EMOJI in cluster
        or _KEYCAP in cluster
        or ord(cluster[0]) in _FLAGS
        or any(ord(c) in _SKINS for c in cluster)
    )


def _eastern(context: str) -> tuple[str, ...]:
    """Return the fonts of East Asia, the first being that of the text's language, as far as it shows."""
    if any("\u3040" <= char <= "\u30ff" for char in context):
        return _JAPANESE, _CHINESE, _KOREAN
    if any("\uac00" <= char <= "\ud7a3" or "\u1100" <= char <= "\u11ff" for char in context):
        return _KOREAN, _CHINESE, _JAPANESE
    return _CHINESE, _JAPANESE, _KOREAN


def script_of(char: str) -> str:
    """Return a word for the script of a letter, by its name; "" for what is of any script."""
    if category(char)[0] not in "LM" or combining(char) or bidirectional(char) == "NSM":
        return ""
    return name(char, "").partition(" ")[0]
