from __future__ import annotations

import json
import re

import pytest
from django.conf import settings

from tests.waivers.builders import make_strokes
from waivers import strokes
from waivers.strokes import BadStrokes, Strokes


def line(*points: tuple[int, int]) -> Strokes:
    return strokes.of_lists([[[x, y, 10 * place] for place, (x, y) in enumerate(points)]])


@pytest.mark.parametrize("name", ["FEWEST_POINTS", "SHORTEST_PATH", "STRAIGHTEST", "MOST_POINTS", "FARTHEST"])
def test_judge_has_the_numbers_of_the_page(name: str) -> None:
    scripts = (settings.BASE_DIR / "static/js/waiver").glob("*.js")
    script = "\n".join(path.read_text() for path in scripts)
    said = re.search(rf"^(?:export )?const {name} = ([0-9.]+);$", script, re.MULTILINE)

    assert said is not None
    assert float(said[1]) == getattr(strokes, name)


def test_judge_takes_a_signature() -> None:
    strokes.judge(make_strokes())


def test_judge_takes_two_crossed_lines() -> None:
    down = [[1000 + 100 * step, 1000 + 100 * step, step] for step in range(20)]
    up = [[1000 + 100 * step, 3000 - 100 * step, 100 + step] for step in range(20)]

    strokes.judge(strokes.of_lists([down, up]))


@pytest.mark.parametrize(
    "drawn",
    [
        line((500, 500)),
        line((500, 500), (510, 500), (505, 510), (500, 500), (505, 505), (500, 510)),
        line((0, 0), (9000, 4000)),
    ],
    ids=["tap", "dot", "two points"],
)
def test_judge_refuses_what_is_too_short(drawn: Strokes) -> None:
    with pytest.raises(BadStrokes, match="too short"):
        strokes.judge(drawn)


@pytest.mark.parametrize(
    "drawn",
    [
        line(*[(100 * step, 2000) for step in range(60)]),
        line(*[(2000, 100 * step) for step in range(60)]),
        line(*[(100 * step, 40 * step + step % 3) for step in range(60)]),
        line(*[(100 * (step if step < 40 else 80 - step), 2000) for step in range(80)]),
    ],
    ids=["across", "down", "slanted and unsteady", "there and back"],
)
def test_judge_refuses_a_straight_line(drawn: Strokes) -> None:
    with pytest.raises(BadStrokes, match="straight line"):
        strokes.judge(drawn)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "null",
        '"M0 0"',
        "{}",
        "[[]]",
        "[[[1,2]]]",
        "[[[1,2,3.5]]]",
        "[[[1,2,true]]]",
        "[[[1,2,-1]]]",
        "[[[100001,2,3]]]",
        "[[[NaN,2,3]]]",
        "[" * 100_000,
        json.dumps([[[1, 2, 86_400_001]]]),
    ],
)
def test_parse_refuses_what_is_not_of_the_form(text: str) -> None:
    with pytest.raises(BadStrokes, match="did not arrive whole"):
        strokes.parse(text)


@pytest.mark.parametrize(("lines", "points"), [(1, 6001), (301, 1)])
def test_parse_refuses_too_much(lines: int, points: int) -> None:
    with pytest.raises(BadStrokes, match="too long"):
        strokes.parse(json.dumps([[[1, 2, 3]] * points] * lines))


def test_parse_keeps_every_point() -> None:
    drawn = make_strokes()

    assert strokes.parse(json.dumps(drawn.as_lists())) == drawn


def test_svg_path_draws_every_stroke() -> None:
    drawn = strokes.of_lists([[[1, 2, 0], [3, 4, 1]], [[5, 6, 2]]])

    assert drawn.svg_path() == "M1 2L3 4 M5 6L5 6"
    assert drawn.box() == (1, 2, 4, 4)
