"""What a line says of a waiver, whatever stands in it."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scc.imports.lines import BadLine, Line
from tests.waivers.importing import PIXEL, line
from waivers.canonical import canonical
from waivers.importing import lines
from waivers.importing.lines import COLUMNS, Claim

DOCK = ZoneInfo("America/Los_Angeles")
NOW = datetime(2026, 6, 1, tzinfo=UTC)
DAY = date(2026, 5, 23)
# With halves of characters, which JSON can hold.
ANYTHING = st.text(st.characters(exclude_categories=()), max_size=30)
LIKELY = st.sampled_from(["", "Ana López", "2026-05-20 18:15", "1980-03-31", "guest", "5/6/1980", "1779300000", PIXEL])
CELLS = st.dictionaries(st.sampled_from(COLUMNS), LIKELY | ANYTHING)


def read(cells: dict[str, str], raw: str = "") -> Claim:
    return lines.read(Line(2, raw, cells), "2026-05-23", DOCK, now=NOW, day=DAY)


@given(CELLS, ANYTHING)
def test_read_gives_what_can_be_kept_or_says_why_not(cells: dict[str, str], raw: str) -> None:
    try:
        claim = read(cells, raw)
    except BadLine:
        return

    assert canonical([claim.said, claim.raw, claim.external_id])
    assert read(cells, raw).key == claim.key


@given(CELLS, st.sampled_from(COLUMNS), LIKELY)
def test_key_is_another_where_anything_but_the_writing_differs(cells: dict[str, str], name: str, text: str) -> None:
    try:
        one, other = read(cells), read({**cells, name: text})
    except BadLine:
        return

    is_same = (one.said, one.external_id) == (other.said, other.external_id)
    assert (one.key == other.key) == (is_same or (one.external_id == other.external_id != ""))


def test_key_is_the_same_however_a_time_is_written() -> None:
    one, other = read(line(signed_at="2026-05-20T18:15:00Z")), read(line(signed_at="2026-05-20 11:15"))

    assert one.key == other.key


@pytest.mark.parametrize("form", ["{}", '"{}"', '{{"signature": "{}"}}'])
@pytest.mark.parametrize("signature", [PIXEL, 'data:image/svg+xml,<svg a="b"/>' + "x" * 100])
def test_raw_keeps_a_long_signature_out(signature: str, form: str) -> None:
    written = {
        "{}": signature,
        '"{}"': signature.replace('"', '""'),
        '{{"signature": "{}"}}': json.dumps(signature)[1:-1],
    }[form]

    raw = read(line(signature=signature), form.format(written)).raw

    assert raw == form.format("(the signature)")
