"""A drawn signature: what is kept of it, and whether it is one.

The page sends strokes as lists of points `[x, y, t]`, whole numbers: x and y in units of a ten-thousandth of the pad's
first width, so that they mean the same on every screen, and t in milliseconds since the first point. A dot, a tick of
the finger or a straight line is refused; anything longer and less straight is the signer's own affair.
The page's script judges by the same numbers.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from itertools import pairwise

from django.utils.translation import gettext as _

# A slow signature has some 400 points; this many take about 100 KB of an item's 400 KB.
MOST_POINTS = 6_000
MOST_STROKES = 300
FARTHEST = 100_000
# A day: who leaves the pad and comes back has not drawn one signature.
LONGEST = 24 * 60 * 60 * 1000
FEWEST_POINTS = 5
# A seventh of the pad's width.
SHORTEST_PATH = 1_400
# How far the points spread across their main direction, by how far along it.
STRAIGHTEST = 0.02

Point = tuple[int, int, int]


class BadStrokes(ValueError):
    """Data that is no signature; says why, in words for the signer."""


@dataclass(frozen=True)
class Strokes:
    """The strokes of a signature, in order."""

    lines: tuple[tuple[Point, ...], ...]

    @property
    def points(self) -> list[Point]:
        return [point for line in self.lines for point in line]

    def as_lists(self) -> list[list[list[int]]]:
        """Return the strokes as they are stored."""
        return [[list(point) for point in line] for line in self.lines]

    def box(self) -> tuple[int, int, int, int]:
        """Return the smallest x and y, the width and the height."""
        xs = [x for x, _, _ in self.points]
        ys = [y for _, y, _ in self.points]
        return min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)

    def svg_path(self) -> str:
        """Return the strokes as the `d` of an SVG path, in the units of the points."""
        return " ".join(
            f"M{line[0][0]} {line[0][1]}" + "".join(f"L{x} {y}" for x, y, _ in line[1:] or line) for line in self.lines
        )


def parse(text: str) -> Strokes:
    """Return the strokes in the JSON `text`. Raises BadStrokes when it is not of the form, or too much."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as exc:
        raise BadStrokes(_("The drawing did not arrive whole. Clear it and sign again.")) from exc
    return of_lists(data)


def of_lists(data: object) -> Strokes:
    """Return the strokes of lists in lists. Raises BadStrokes."""
    if not isinstance(data, list) or not all(isinstance(line, list) and line for line in data):
        raise BadStrokes(_("The drawing did not arrive whole. Clear it and sign again."))
    if len(data) > MOST_STROKES or sum(len(line) for line in data) > MOST_POINTS:
        raise BadStrokes(_("The drawing is too long to keep. Clear it and sign with fewer strokes."))
    return Strokes(tuple(tuple(_point(point) for point in line) for line in data))


def _point(data: object) -> Point:
    if (
        not isinstance(data, list)
        or len(data) != 3
        or not all(type(number) is int for number in data)
        or abs(data[0]) > FARTHEST
        or abs(data[1]) > FARTHEST
        or not 0 <= data[2] <= LONGEST
    ):
        raise BadStrokes(_("The drawing did not arrive whole. Clear it and sign again."))
    return data[0], data[1], data[2]


def judge(strokes: Strokes) -> None:
    """Raise BadStrokes when this is a dot, a tap or a straight line, and no signature."""
    path = sum(math.dist(a[:2], b[:2]) for line in strokes.lines for a, b in pairwise(line))
    if len(strokes.points) < FEWEST_POINTS or path < SHORTEST_PATH:
        raise BadStrokes(_("This is too short for a signature. Sign with your full name."))
    if _spread(strokes.points) < STRAIGHTEST:
        raise BadStrokes(_("A straight line is not a signature. Sign with your full name."))


def _spread(points: list[Point]) -> float:
    """Return the points' deviation across their main direction by that along it: 0 for a line, 1 for a ball."""
    count = len(points)
    mean_x = sum(x for x, _, _ in points) / count
    mean_y = sum(y for _, y, _ in points) / count
    xx = sum((x - mean_x) ** 2 for x, _, _ in points)
    yy = sum((y - mean_y) ** 2 for _, y, _ in points)
    xy = sum((x - mean_x) * (y - mean_y) for x, y, _ in points)
    # The eigenvalues of the covariance.
    middle, reach = (xx + yy) / 2, math.hypot((xx - yy) / 2, xy)
    if middle + reach == 0:
        return 0.0
    return math.sqrt(max(0.0, middle - reach) / (middle + reach))
