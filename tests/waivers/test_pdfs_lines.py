from __future__ import annotations

import pytest

from tests.waivers.pdf_texts import needs_big_fonts
from waivers.pdfs.lines import Line, Span, set_lines, width_of


def lines_of(text: str, *, width: float = 200, bold: bool = False) -> list[str]:
    return [text_of(line) for line in set_lines([Span(text, bold)], size=10, width=width)]


def text_of(line: Line) -> str:
    """Return the line's characters in the order of reading."""
    return "".join(cluster.text for run in line.runs for cluster in run.shaped.logical)


def fonts_of(text: str) -> set[str]:
    [line] = set_lines([Span(text)], size=10, width=10_000)
    return {run.shaped.face.name for run in line.runs}


@pytest.mark.parametrize(
    "text",
    [
        "You may slip on a wet deck, be struck by gear, a sail or another passenger.",
        "Usted puede resbalar en una cubierta mojada",
        "محمد علي الهاشمي وعائلته الكريمة من مدينة بغداد",
        "שרה כהן-לוי בת אברהם מירושלים עיר הקודש",
        "Wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewissenhaftschafers",
        "👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦",
    ],
)
def test_lines_hold_every_character_and_fit(text: str) -> None:
    lines = set_lines([Span(text)], size=10, width=120)

    assert len(lines) > 1
    assert "".join("".join(map(text_of, lines)).split()) == "".join(text.split())
    assert all(line.width(10) <= 120 for line in lines)


def test_lines_break_chinese_between_letters_and_never_before_a_comma() -> None:
    needs_big_fonts()

    lines = lines_of("您在湿滑的甲板上可能会滑倒,被装备击中。" * 3, width=95)

    assert len(lines) > 3
    assert not [line for line in lines if line[0] in ",。"]


def test_lines_keep_the_author_s_line_breaks() -> None:
    assert lines_of("one\r\ntwo\n\nthree") == ["one", "two", "", "three"]


def test_a_space_at_the_end_of_a_line_takes_no_room() -> None:
    assert width_of("Ana ", size=10) == width_of("Ana", size=10)
    assert lines_of("Ana   ") == ["Ana"]


@pytest.mark.parametrize(
    ("text", "fonts"),
    [
        ("Ana Ελένη Дмитрий Ánh", {"NotoSans-Regular"}),
        ("محمد علي", {"NotoSansArabic-Regular"}),
        ("👍🏽", {"NotoEmoji-Regular"}),
        ("1️⃣", {"NotoEmoji-Regular"}),
        ("1 #", {"NotoSans-Regular"}),
    ],
)
def test_characters_get_the_font_that_has_them(text: str, fonts: set[str]) -> None:
    assert fonts_of(text) == fonts


def test_chinese_letters_get_the_font_of_their_language() -> None:
    needs_big_fonts()

    assert fonts_of("渡邊さくら") == {"NotoSansJP-Regular"}
    assert fonts_of("金 김민준") == {"NotoSansKR-Regular"}
    assert fonts_of("王小明") == {"NotoSansSC-Regular"}


def test_joined_letters_are_one_glyph() -> None:
    [line] = set_lines([Span("👩‍👩‍👧‍👦")], size=10, width=200)

    assert [len(run.shaped.clusters) for run in line.runs] == [1]


def test_what_no_font_has_is_shown_by_its_number() -> None:
    assert lines_of("a\u1200b") == ["a[U+1200]b"]


def test_no_glyph_is_a_box() -> None:
    lines = set_lines([Span("Ana \u1200 \ue000 محمد 👍🏽 é\u0338\u0489 \u200d\u200f")], size=10, width=400)

    assert not [
        glyph
        for line in lines
        for run in line.runs
        for c in run.shaped.clusters
        for glyph in c.glyphs
        if not glyph.number
    ]
