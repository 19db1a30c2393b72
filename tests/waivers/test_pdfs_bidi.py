from __future__ import annotations

from unicodedata import bidirectional

from bidi import get_display
from hypothesis import given, settings
from hypothesis import strategies as st

from waivers.pdfs import bidi

# Letters of both directions, marks, digits of both kinds, and all that stands between.
ALPHABET = "ab אב جد 12 ٣ ,.-+$%()[]{}<>«»!'/: é\u0301\u05b8\u064b"


def display(text: str, base: int) -> str:
    """Return `text` from left to right; brackets as they were typed."""
    levels = bidi.levels_of(text, base)
    # L1, which is the lines' to do.
    end = len(text)
    while end and bidirectional(text[end - 1]) == "WS":
        end -= 1
        levels[end] = base
    return "".join(text[place] for place in bidi.order(levels))


@given(st.text(ALPHABET, min_size=1, max_size=20), st.sampled_from([bidi.LEFT, bidi.RIGHT]))
@settings(max_examples=1000)
def test_order_is_that_of_another_implementation(text: str, base: int) -> None:
    assert display(text, base) == get_display(text, base_dir="R" if base else "L")


def test_base_is_that_of_the_first_letter() -> None:
    assert bidi.base_of("12 (שרה) Ana") == bidi.RIGHT
    assert bidi.base_of("12 (Ana) שרה") == bidi.LEFT
    assert bidi.base_of("12 ()") == bidi.LEFT


def test_marks_of_direction_turn_nothing_round() -> None:
    assert bidi.levels_of("\u202eAna\u202c (12)", bidi.LEFT) == [0] * 10
