"""Text broken into lines: any script, either direction, no character lost and no box."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from unicodedata import category, east_asian_width, normalize

from waivers.pdfs import bidi
from waivers.pdfs.shaping import Cluster, Face, Shaped, choose, clusters_of, script_of

# No line begins with these, and none ends with those, in Chinese and Japanese.
_NOT_FIRST = frozenset("、。,.，．・：；？！!?)]}」』】〉》〕）］｝ー々ゝゞァィゥェォッャュョヮぁぃぅぇぉっゃゅょゎ％…")  # noqa: RUF001  # theirs
_NOT_LAST = frozenset("([{「『【〈《〔（［｛")  # noqa: RUF001  # theirs

_BREAKS_AFTER = ("-", "\u2013", "\u2014", "/")


@dataclass(frozen=True)
class Span:
    """Some words in one style."""

    text: str
    bold: bool = False
    italic: bool = False


@dataclass(frozen=True)
class Run:
    """Glyphs of one style."""

    shaped: Shaped
    italic: bool


@dataclass
class Line:
    """Runs as they follow each other in reading."""

    base: int
    runs: list[Run] = field(default_factory=list)

    def width(self, size: float) -> float:
        return _width(self.runs) * size / 1000

    def visual(self) -> list[int]:
        """Return the places of the runs from left to right."""
        return bidi.order([run.shaped.level for run in self.runs])


@dataclass(frozen=True)
class _Piece:
    """A cluster with all that decides how it is shaped."""

    text: str
    face: Face
    level: int
    italic: bool
    script: str

    @property
    def kind(self) -> tuple[str, int, bool, str]:
        return self.face.name, self.level, self.italic, self.script


def set_lines(spans: Sequence[Span], *, size: float, width: float, base: int | None = None) -> list[Line]:
    """Return the lines of a text, which has a paragraph at each line break. size, width: in points.

    base: the direction, by the text itself unless it is given.
    """
    most = width * 1000 / size
    return [
        line
        for paragraph in _paragraphs(spans)
        for line in _fill(_pieces(paragraph, base), most, base if base is not None else _base(paragraph))
    ]


def width_of(text: str, *, size: float, bold: bool = False) -> float:
    """Return how wide `text` is on one line, in points."""
    [line] = set_lines([Span(" ".join(text.split()), bold)], size=size, width=10_000_000)
    return line.width(size)


def _base(spans: Sequence[Span]) -> int:
    return bidi.base_of("".join(span.text for span in spans))


def _paragraphs(spans: Sequence[Span]) -> list[list[Span]]:
    found: list[list[Span]] = [[]]
    for span in spans:
        for number, text in enumerate(_plain(span.text).split("\n")):
            if number:
                found.append([])
            if text:
                found[-1].append(Span(text, span.bold, span.italic))
    return found


def _plain(text: str) -> str:
    text = normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " "))
    return "".join(char for char in text if char == "\n" or category(char) != "Cc")


def _pieces(spans: Sequence[Span], base: int | None) -> list[_Piece]:
    text = "".join(span.text for span in spans)
    faced = list(_faced(spans, text))
    shown = "".join(cluster for cluster, _, _ in faced)
    levels = bidi.levels_of(shown, bidi.base_of(shown) if base is None else base)
    pieces: list[_Piece] = []
    place, script = 0, ""
    for cluster, face, italic in faced:
        script = script_of(cluster[0]) or script
        pieces.append(_Piece(cluster, face, levels[place], italic, script))
        place += len(cluster)
    return pieces


def _faced(spans: Sequence[Span], context: str) -> Iterator[tuple[str, Face, bool]]:
    """Give each cluster with its font, and whether it is slanted."""
    before: Face | None = None
    for span in spans:
        for cluster in clusters_of(span.text):
            for part, face in _shown(cluster, span.bold, before, context):
                before = face
                yield part, face, span.italic


def _shown(cluster: str, bold: bool, before: Face | None, context: str) -> Iterator[tuple[str, Face]]:
    face = choose(cluster, bold=bold, before=before, context=context)
    if face is not None:
        yield cluster, face
    elif len(cluster) > 1:
        for char in cluster:
            yield from _shown(char, bold, before, context)
    else:
        # What nobody could read as a box can be looked up by its number.
        for char in f"[U+{ord(cluster):04X}]":
            yield from _shown(char, bold, None, "")


def _fill(pieces: list[_Piece], most: float, base: int) -> list[Line]:
    """Return the lines of one paragraph, each at most `most` wide."""
    lines = [Line(base)]
    room = most
    for word in _words(pieces):
        runs = _shaped(word)
        body = Line(base, list(runs))
        _trim(body)
        wide = _width(body.runs)
        if wide > room and lines[-1].runs:
            _trim(lines[-1])
            lines.append(Line(base))
            room = most
        if wide > most:
            for part in _broken(word, most):
                if lines[-1].runs:
                    lines.append(Line(base))
                lines[-1].runs += _shaped(part)
            room = most - _width(lines[-1].runs)
            continue
        lines[-1].runs += runs
        room -= _width(runs)
    _trim(lines[-1])
    return lines


def _width(runs: Iterable[Run]) -> float:
    return sum(run.shaped.width for run in runs)


def _words(pieces: Sequence[_Piece]) -> Iterator[list[_Piece]]:
    word: list[_Piece] = []
    for piece in pieces:
        if word and _may_break(word[-1].text, piece.text):
            yield word
            word = []
        word.append(piece)
    if word:
        yield word


def _may_break(before: str, after: str) -> bool:
    if after.isspace() or "\u00a0" in (before, after):
        return False
    if before.isspace() or before == "\u200b":
        return True
    if before in _BREAKS_AFTER and after[0].isalpha():
        return True
    if after[0] in _NOT_FIRST or before[0] in _NOT_LAST:
        return False
    return _is_wide(before) or _is_wide(after)


def _is_wide(cluster: str) -> bool:
    # Hangul is written with spaces.
    return east_asian_width(cluster[0]) == "W" and not "\uac00" <= cluster[0] <= "\ud7a3"


def _broken(word: list[_Piece], most: float) -> Iterator[list[_Piece]]:
    """Cut a word that is wider than a line."""
    part: list[_Piece] = []
    wide = 0.0
    for piece in word:
        piece_width = _width(_shaped([piece]))
        if part and wide + piece_width > most:
            yield part
            part, wide = [], 0.0
        part.append(piece)
        wide += piece_width
    if part:
        yield part


def _shaped(pieces: Sequence[_Piece]) -> list[Run]:
    runs: list[Run] = []
    start = 0
    for place in range(1, len(pieces) + 1):
        if place == len(pieces) or pieces[place].kind != pieces[start].kind:
            first = pieces[start]
            text = "".join(piece.text for piece in pieces[start:place])
            runs.append(Run(first.face.shape(text, first.level), first.italic))
            start = place
    return runs


def _trim(line: Line) -> None:
    """Take spaces from the end of the line: L1 gives them no place in its order."""
    while line.runs and (clusters := _trimmed(line.runs[-1].shaped)) != line.runs[-1].shaped.clusters:
        last = line.runs.pop()
        if clusters:
            line.runs.append(Run(Shaped(last.shaped.face, clusters, last.shaped.level), last.italic))


def _trimmed(shaped: Shaped) -> tuple[Cluster, ...]:
    clusters = list(shaped.clusters)
    end = 0 if shaped.level % 2 else -1
    while clusters and clusters[end].text.isspace():
        clusters.pop(end)
    return tuple(clusters)
