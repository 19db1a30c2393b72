"""In which order a line's characters stand, where it runs both ways: Unicode's bidirectional algorithm (UAX 9).

Marks that embed, override or isolate (U+202A to U+2069) have no say here: a name should not be able to turn round
what stands beside it. So each paragraph has one embedding, and rules X1 to X8 fall away.
https://www.unicode.org/reports/tr9/
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from unicodedata import bidirectional, mirrored, name, normalize

LEFT, RIGHT = 0, 1
_STRONG = {"L": LEFT, "R": RIGHT, "AL": RIGHT}
_IGNORED = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI", "BN"}
_NEUTRAL = {"B", "S", "WS", "ON"}
# UAX 9, BD16.
_MOST_BRACKETS = 63


def base_of(text: str) -> int:
    """Return the level of a paragraph by its first strong character: P2 and P3."""
    return next((_STRONG[kind] for kind in map(bidirectional, text) if kind in _STRONG), LEFT)


def levels_of(text: str, base: int) -> list[int]:
    """Return the level of each character of a paragraph; odd ones run from right to left."""
    kinds = _Kinds(text, base)
    kinds.resolve_weak()
    kinds.resolve_brackets()
    kinds.resolve_neutral()
    return [_level(kind, base) for kind in kinds.now]


def order(levels: Sequence[int]) -> list[int]:
    """Return the places of a line's characters from left to right: L2."""
    places = list(range(len(levels)))
    for level in range(max(levels, default=0), 0, -1):
        start = 0
        while start < len(places):
            end = start
            while end < len(places) and levels[places[end]] >= level:
                end += 1
            places[start:end] = places[start:end][::-1]
            start = end + 1
    return places


def _level(kind: str, base: int) -> int:
    """I1 and I2."""
    if kind in ("EN", "AN"):
        return base + (1 if base % 2 else 2)
    return base + (kind != ("R" if base % 2 else "L"))


@dataclass
class _Kinds:
    """The bidirectional types of a paragraph's characters, being resolved."""

    text: str
    base: int

    def __post_init__(self) -> None:
        self.before = ["BN" if kind in _IGNORED else kind or "L" for kind in map(bidirectional, self.text)]
        self.now = list(self.before)
        self.edge = "R" if self.base % 2 else "L"
        # Those that have a say: X9.
        self.places = [place for place, kind in enumerate(self.now) if kind != "BN"]

    def resolve_weak(self) -> None:
        """W1 to W7."""
        self._follow_marks_and_letters()
        self._join_numbers()
        strong = self.edge
        for place in self.places:
            kind = self.now[place]
            if kind in ("L", "R"):
                strong = kind
            elif kind in ("ES", "ET", "CS"):
                self.now[place] = "ON"
            elif kind == "EN" and strong == "L":
                self.now[place] = "L"
        self._settle_ignored()

    def _follow_marks_and_letters(self) -> None:
        """W1 to W3."""
        last, strong = self.edge, self.edge
        for place in self.places:
            kind = self.now[place]
            if kind == "NSM":
                kind = last
            last = kind
            if kind in _STRONG:
                strong = kind
            self.now[place] = "AN" if kind == "EN" and strong == "AL" else kind
        for place in self.places:
            if self.now[place] == "AL":
                self.now[place] = "R"

    def _join_numbers(self) -> None:
        """W4 and W5."""
        row = self.places
        for before, place, after in zip(row, row[1:], row[2:], strict=False):
            around = {self.now[before], self.now[after]}
            joins = (self.now[place] in ("ES", "CS") and around == {"EN"}) or (
                self.now[place] == "CS" and around == {"AN"}
            )
            if joins:
                self.now[place] = self.now[before]
        for walk in (row, row[::-1]):
            last = ""
            for place in walk:
                if self.now[place] == "ET" and last == "EN":
                    self.now[place] = "EN"
                last = self.now[place]

    def _settle_ignored(self) -> None:
        """Let what has no say go with what stands before it."""
        last = self.edge
        for place, kind in enumerate(self.now):
            if kind == "BN":
                self.now[place] = last if last not in ("EN", "AN") else "ON"
            else:
                last = kind
        self.places = list(range(len(self.now)))

    def resolve_brackets(self) -> None:
        """N0."""
        for opening, closing in self._pairs():
            inside = {_direction(self.now[place]) for place in range(opening + 1, closing)}
            if self.edge in inside:
                self._set_pair(opening, closing, self.edge)
            elif inside & {"L", "R"}:
                context = next(
                    (found for place in range(opening - 1, -1, -1) if (found := _direction(self.now[place]))), self.edge
                )
                self._set_pair(opening, closing, context)

    def _pairs(self) -> list[tuple[int, int]]:
        stack: list[tuple[str, int]] = []
        found: list[tuple[int, int]] = []
        for place, char in enumerate(self.text):
            if self.now[place] != "ON" or not mirrored(char):
                continue
            if closing := _closing(char):
                if len(stack) == _MOST_BRACKETS:
                    break
                stack.append((closing, place))
                continue
            for depth in range(len(stack) - 1, -1, -1):
                if stack[depth][0] == _same(char):
                    found.append((stack[depth][1], place))
                    del stack[depth:]
                    break
        return sorted(found)

    def _set_pair(self, opening: int, closing: int, kind: str) -> None:
        for place in (opening, closing):
            self.now[place] = kind
            # Marks on a bracket go with it.
            for mark in range(place + 1, len(self.now)):
                if self.before[mark] not in ("NSM", "BN"):
                    break
                self.now[mark] = kind

    def resolve_neutral(self) -> None:
        """N1 and N2."""
        place = 0
        while place < len(self.now):
            end = place
            while end < len(self.now) and self.now[end] in _NEUTRAL:
                end += 1
            if end > place:
                before = _direction(self.now[place - 1]) if place else self.edge
                after = _direction(self.now[end]) if end < len(self.now) else self.edge
                self.now[place:end] = [before if before == after else self.edge] * (end - place)
            place = max(end, place + 1)


def _direction(kind: str) -> str:
    """Return the direction that a resolved type counts as, "" for a neutral one."""
    return {"L": "L", "R": "R", "EN": "R", "AN": "R"}.get(kind, "")


def _closing(char: str) -> str:
    """Return the bracket that closes `char`, "" when it opens nothing. By the names, as Python has no such table."""
    words = name(_same(char), "")
    return _named(words.replace("LEFT", "RIGHT", 1)) if words.startswith("LEFT ") else ""


def _named(words: str) -> str:
    from unicodedata import lookup

    try:
        return lookup(words)
    except KeyError:
        return ""


def _same(char: str) -> str:
    return normalize("NFD", char)
