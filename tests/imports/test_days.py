"""Days whose day and month may be the other way round."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scc.imports import clocks, days
from scc.imports.lines import BadLine

DAYS = st.dates(min_value=date(1970, 1, 1), max_value=date(2999, 12, 31))


def day_of(text: str) -> date:
    return days.read(text.lower(), text)[0]


@pytest.mark.parametrize(
    ("text", "settled"),
    [
        *[("5/6/2026", "5 Jun 2026"), ("05.06.26", "05 Jun 26"), ("05-06-2026", "05 Jun 2026")],
        *[("Fri 05/06/2026 18:15", "Fri 05 Jun 2026 18:15"), ("05/06/2026T18:15Z", "05 Jun 2026T18:15Z")],
        *[("2026-06-05", "2026-06-05"), ("June 5, 2026", "June 5, 2026"), ("soon", "soon"), ("", "")],
        *[("1779585300", "1779585300"), ("10.5.6.2026", "10.5.6.2026"), ("5/6/20267", "5/6/20267")],
    ],
)
def test_settled_writes_one_day(text: str, settled: str) -> None:
    assert days.settled(text, day_first=True) == settled


def test_settled_refuses_what_cannot_be_so() -> None:
    with pytest.raises(BadLine, match="'5/23/2026' has no month 23, where the day comes first"):
        days.settled("5/23/2026", day_first=True)
    with pytest.raises(BadLine, match="'23/5/2026 18:15' has no month 23, where the month comes first"):
        days.settled("23/5/2026 18:15", day_first=False)


@given(DAYS, st.sampled_from("/.-"), st.booleans())
def test_settled_gives_back_the_day_that_was_written(day: date, sign: str, day_first: bool) -> None:
    parts = (day.day, day.month) if day_first else (day.month, day.day)
    text = sign.join(map(str, (*parts, day.year)))

    assert day_of(days.settled(text, day_first=day_first)) == day
    # Where one alone can be read, it is the same one.
    assert days.is_either(text) or day_of(text) == day
    assert days.order_of(text) in (None, day_first)
    assert (days.order_of(text) is None) == (day.day <= 12)


@given(st.one_of(st.text(max_size=20), st.text(alphabet="0123456789/.- aTZ:", max_size=20)), st.booleans())
def test_settled_takes_any_text(text: str, day_first: bool) -> None:
    try:
        settled = days.settled(text, day_first=day_first)
    except BadLine:
        return
    assert not days.is_either(settled) or settled != text


@pytest.mark.parametrize(
    ("text", "at"),
    [
        *[("18:15", time(18, 15)), ("6:15 PM", time(18, 15)), ("6:15pm", time(18, 15)), ("6 p.m.", time(18))],
        *[("18:15:00", time(18, 15)), ("00:00", time()), ("12:30 am", time(0, 30)), (" 9:05 ", time(9, 5))],
    ],
)
def test_clocks_read_takes(text: str, at: time) -> None:
    assert clocks.read(text) == at


@pytest.mark.parametrize(
    "text",
    ["", "18", "1815", "24:00", "13 pm", "0 am", "18:60", "18:15Z", "at 18:15", "18:15 19:15", "2026-05-23 18:15"],
)
def test_clocks_read_refuses(text: str) -> None:
    with pytest.raises(BadLine):
        clocks.read(text)


def test_read_says_what_to_do_with_the_numbers_of_spreadsheets() -> None:
    with pytest.raises(BadLine, match="is a spreadsheet's part of a day; give its cells the format of a time"):
        clocks.read("0.7604166")
    with pytest.raises(BadLine, match="is a spreadsheet's number of a day; give its cells the format of a date"):
        day_of("46143.7777")


@given(st.times())
def test_clocks_read_gives_back_a_time_written_in_any_of_these_ways(at: time) -> None:
    second = at.replace(microsecond=0)
    minute = second.replace(second=0)

    assert clocks.read(f"{at:%H:%M:%S.%f}") == at.replace(microsecond=at.microsecond // 1000 * 1000)
    assert clocks.read(f"{at:%I:%M:%S %p}") == clocks.read(f"{at:%H:%M:%S}") == second
    assert clocks.read(f"{at:%I:%M%p}") == clocks.read(f"{at:%H:%M}") == minute


@given(st.one_of(st.text(max_size=30), st.text(alphabet="0123456789:. apmAPMz+-", max_size=14)))
def test_clocks_read_gives_a_time_without_a_zone_or_says_why_not(text: str) -> None:
    with suppress(BadLine):
        assert clocks.read(text).tzinfo is None
