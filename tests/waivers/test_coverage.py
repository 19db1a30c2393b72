from __future__ import annotations

import subprocess
import sys

import pytest

from waivers import coverage
from waivers.pdfs import covering, fonts


def test_the_table_is_what_the_fonts_cover() -> None:
    if not all((fonts.FETCHED / font.file_name).is_file() for font in fonts.BIG):
        pytest.skip("the big fonts are not here: type make fonts")

    assert coverage.TABLE.read_text(encoding="ascii") == covering.table()


@pytest.mark.parametrize(
    "text",
    [
        "Ana López",
        "Žofie Ňuchalíková",
        "Ελένη Παπαδοπούλου",
        "Дмитрий Щербаков",
        "محمد علي الهاشمي",
        "שָׁלוֹם כהן",
        "王小明 龍",
        "김민준",
        "さくら 渡邊 髙橋",
        "Nguyễn Thị Ánh",
        "Nguye\u0302\u0303n",
        "नरेन्द्र",
        "กรุงเทพ",
        "Գևորգ",
        "გიორგი",
        "👩‍👩‍👧‍👦 🏴‍☠️ 1️⃣ 👍🏽 🇩🇪 ⚓️",
        "line\r\nbreak\tand\u00a0space\u200f",
        "",
    ],
)
def test_printable_takes_names_as_people_write_them(text: str) -> None:
    assert coverage.printable(text) == ""


@pytest.mark.parametrize(
    ("text", "unprintable"),
    [
        ("አበበ Abebe", "አበ"),
        ("tab\x00le\x1b", "\x00\x1b"),
        ("a\ue000b\U0010fffdc\ud800", "\ue000\U0010fffd\ud800"),
    ],
)
def test_printable_names_each_character_that_no_font_has_once(text: str, unprintable: str) -> None:
    assert coverage.printable(text) == unprintable


def test_coverage_opens_no_font() -> None:
    script = "import sys; from waivers.coverage import printable; printable('Ana'); print(*sys.modules)"

    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()

    assert not {"reportlab", "uharfbuzz", "django", "waivers.pdfs"} & set(loaded)
