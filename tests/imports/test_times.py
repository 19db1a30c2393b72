"""Days and times in files: what is one, what could be two, and what was guessed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scc.imports import times
from scc.imports.lines import BadLine

DOCK = ZoneInfo("America/Los_Angeles")
SATURDAY = date(2026, 5, 23)
QUARTER_PAST = datetime(2026, 5, 24, 1, 15, tzinfo=UTC)
TAKEN = "no zone is given: America/Los_Angeles is taken"

DAYS = st.dates(min_value=date(1970, 1, 2), max_value=date(2999, 12, 30))
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# As seconds of nine or ten digits.
MOMENTS = st.integers(min_value=10**11, max_value=10**13 - 1).map(lambda number: EPOCH + timedelta(milliseconds=number))


def is_like_a_day(milliseconds: int) -> bool:
    try:
        return datetime.strptime(str(milliseconds), "%Y%m%d%H%M").year >= 1970  # noqa: DTZ007
    except ValueError:
        return False


ABOUT = st.text(alphabet="0123456789/-.:, TZAPMapmtzutcgMay+()", max_size=30)


@pytest.mark.parametrize(
    "text",
    [
        *("2026-05-23", "2026/05/23", "2026.5.23", "20260523", "5/23/2026", "05/23/2026", "23/5/2026", "23.05.2026"),
        *("5-23-2026", "May 23, 2026", "may 23 2026", "MAY 23rd, 2026", "23 May 2026", "23. May 2026", "23-May-2026"),
        *("Sat, 23 May 2026", "Saturday, May 23, 2026", "Sat May 23 2026", "2026 May 23", " 2026-05-23\u00a0"),
    ],
)
def test_read_takes_a_day(text: str) -> None:
    assert times.read(text, DOCK) == times.Moment(SATURDAY)


@pytest.mark.parametrize(
    "text",
    [
        *("2026-05-24T01:15:00Z", "2026-05-24T01:15Z", "2026-05-24 01:15:00 UTC", "2026-05-24 01:15:00.000+00:00"),
        *("2026-05-23T18:15:00-07:00", "2026-05-23 18:15:00 -0700", "2026-05-23T18:15-07", "20260524T011500Z"),
        *("5/23/2026 6:15 PM -0700", "Sat, 23 May 2026 18:15:00 -0700", "Sun, 24 May 2026 01:15:00 GMT"),
        *("Sat May 23 2026 18:15:00 GMT-0700 (Pacific Daylight Time)", "1779585300", "1779585300000", "1779585300.0"),
        *("1779585300000.0", "1779585300000.75", "20260524011500Z", "2026-05-23T18:15-07:00[America/Los_Angeles]"),
        *(
            "2026-05-23T18:15[America/Los_Angeles]",
            "2026-05-24T01:15:00Z[America/Los_Angeles]",
            "2026-05-24 01:15 [UTC]",
        ),
    ],
)
def test_read_takes_a_moment(text: str) -> None:
    assert times.read(text, DOCK) == times.Moment(QUARTER_PAST)


@pytest.mark.parametrize(
    "text",
    [
        *("2026-05-23T18:15", "2026-05-23 18:15:00", "2026-05-23, 18:15", "5/23/2026 18:15", "5/23/2026 6:15 PM"),
        *("5/23/2026, 6:15:00\u202fPM", "23.05.2026 18:15", "May 23, 2026 at 6:15 p.m.", "May 23, 2026, 6:15pm"),
        *("Sat May 23 18:15:00 2026", "20260523T1815", "20260523181500"),
    ],
)
def test_read_takes_the_operators_zone_and_says_so(text: str) -> None:
    assert times.read(text, DOCK) == times.Moment(QUARTER_PAST, TAKEN)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        *[
            ("", "is missing"),
            ("  ", "is missing"),
            ("soon", "is no day"),
            ("18:15", "is no day"),
            ("6pm", "is no day"),
        ],
        *[
            ("12", "is no day"),
            ("45800", "is a spreadsheet's number of a day; give its cells the format of a date"),
            ("2026-05", "is no day"),
            ("May 2026", "is no day"),
        ],
        *[("2026-05-23T24:00", "is no day"), ("2026-05-23 13:00 PM", "is no day"), ("2026-05-23 0 am", "is no day")],
        *[("2026-05-23 18:60", "is no day"), ("2026-05-23\0", "is no day")],
        *[("\u0662026-05-23", "is no day"), ("2026-05-23 18:15 19:15", "is no day"), ("-1779585300", "is no day")],
        *[("2026-02-30", "a day that there is not"), ("13/13/2026", "a day that there is not")],
        *[("5/6/2026", "may be month and day"), ("05.06.2026", "may be month and day")],
        *[("Fri 23 May 2026", "contradicts itself"), ("2026-05-23T18:15+25:00", "is in no zone")],
        *[
            ("1969-12-31", "is not between"),
            ("3000-01-01", "is not between"),
            ("1970-01-01T00:00+14:00", "is not between"),
        ],
        *[
            ("2026-03-08 02:30", "does not exist"),
            ("x" * 1000, "is no day"),
            ("20261323181500", "a day that there is not"),
        ],
        *[("202605231815", "may be a day and time, or milliseconds"), ("2026-05-23[UTC]", "is no day")],
        *[("2026-05-23T18:15[America/Atlantis]", "is in no zone"), ("2026-05-23T18:15[../etc]", "is no day")],
        *[("2026-05-23T18:15-08:00[America/Los_Angeles]", "contradicts itself: the clocks of America/Los_Angeles")],
    ],
)
def test_read_refuses(text: str, reason: str) -> None:
    with pytest.raises(BadLine, match=reason):
        times.read(text, DOCK)


@pytest.mark.parametrize(
    "text",
    ["2026-05-23 00:00:00", "2026-05-23T00:00", "5/23/2026 12:00:00 AM", "20260523000000", "2026-05-23 00:00:00.000"],
)
def test_read_takes_a_midnight_without_a_zone_for_the_day(text: str) -> None:
    assert times.read(text, DOCK) == times.Moment(SATURDAY)


@pytest.mark.parametrize("text", ["2026-05-23 00:00 -0700", "2026-05-23T00:00[America/Los_Angeles]"])
def test_read_takes_a_midnight_with_a_zone_for_the_moment(text: str) -> None:
    assert times.read(text, DOCK) == times.Moment(datetime(2026, 5, 23, 7, tzinfo=UTC))


@pytest.mark.parametrize(
    "text",
    [
        *("2026-05-23 18:15:00 PDT", "5/23/2026 6:15 PM pdt", "Sat May 23 18:15:00 PDT 2026", "2026-05-23 18:15 (PDT)"),
        *("2026-05-23 18:15:00 PDT[America/Los_Angeles]", "2026-05-23 21:15 EDT[America/New_York]"),
    ],
)
def test_read_takes_what_a_zone_is_called_then(text: str) -> None:
    assert times.read(text, DOCK) == times.Moment(QUARTER_PAST)


def test_read_takes_the_one_of_two_times_that_is_called_so() -> None:
    first, second = (times.read(f"2026-11-01 01:30 {called}", DOCK) for called in ("PDT", "PST"))

    assert first == times.Moment(datetime(2026, 11, 1, 8, 30, tzinfo=UTC))
    assert second == times.Moment(datetime(2026, 11, 1, 9, 30, tzinfo=UTC))
    assert times.read("2026-05-23 00:00 PDT", DOCK).value == datetime(2026, 5, 23, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            "2026-05-23 18:15 PST",
            "says PST, and the clocks of .* are called PDT then; write how",
        ),
        ("2026-05-23 18:15 EDT", "says EDT, and the clocks of America/Los_Angeles are called PDT then"),
        ("2026-03-08 02:30 PST", "does not exist"),
        ("2026-05-23 18:15 PDT PDT", "is no day"),
        ("18:15 PDT", "is no day"),
    ],
)
def test_read_refuses_what_a_zone_is_not_called_then(text: str, reason: str) -> None:
    with pytest.raises(BadLine, match=reason):
        times.read(text, DOCK)


def test_read_takes_a_month_behind_a_time_for_no_zone() -> None:
    assert times.read("18:15 May 23, 2026", DOCK) == times.Moment(QUARTER_PAST, TAKEN)
    assert times.read("18:15 Sat 23 May 2026", DOCK) == times.Moment(QUARTER_PAST, TAKEN)


def test_read_takes_month_and_day_as_it_is_told() -> None:
    assert times.read("5/6/2026", DOCK, day_first=True).value == date(2026, 6, 5)
    assert times.read("5/6/2026", DOCK, day_first=False).value == date(2026, 5, 6)
    with pytest.raises(BadLine, match="a day that there is not"):
        times.read("5/23/2026", DOCK, day_first=True)


def test_read_takes_the_first_of_two_times_and_says_so() -> None:
    moment = times.read("2026-11-01 01:30", DOCK)

    assert moment.value == datetime(2026, 11, 1, 8, 30, tzinfo=UTC)
    assert moment.guessed == f"01:30 comes twice on 2026-11-01: the first is taken; {TAKEN}"


def test_read_says_which_century_it_took() -> None:
    assert times.read("5/23/26", DOCK) == times.Moment(SATURDAY, "the year 26 is taken as 2026")


@given(DAYS)
def test_read_gives_back_a_day_written_in_any_of_these_ways(day: date) -> None:
    written = [f"{day:%Y-%m-%d}", f"{day:%Y%m%d}", f"{day:%B} {day.day}, {day.year}", f"{day:%a, %d %b %Y}"]

    assert {times.read(text, DOCK).value for text in written} == {day}
    assert times.read(f"{day:%d.%m.%Y}", DOCK, day_first=True).value == day
    assert times.read(f"{day.month}/{day.day}/{day.year}", DOCK, day_first=False).value == day


@given(MOMENTS, st.integers(min_value=-14 * 4, max_value=14 * 4))
def test_read_gives_back_a_moment_written_in_any_of_these_ways(moment: datetime, quarters: int) -> None:
    there = moment.astimezone(timezone(timedelta(minutes=15 * quarters)))
    milliseconds = (moment - EPOCH) // timedelta(milliseconds=1)
    written = [there.isoformat(), f"{there:%m/%d/%Y %I:%M:%S.%f %p %z}", f"{there:%a %b %d %Y %H:%M:%S.%f GMT%z}"]
    written += [f"{milliseconds // 1000}.{milliseconds % 1000:03}"]
    written += [] if is_like_a_day(milliseconds) else [str(milliseconds), f"{milliseconds}.999"]

    assert {times.read(text, DOCK, day_first=False) for text in written} == {times.Moment(moment)}


@given(st.one_of(st.text(), ABOUT, st.datetimes().map(str)), st.sampled_from([None, True, False]))
def test_read_gives_a_moment_in_range_or_says_why_not(text: str, day_first: bool | None) -> None:
    try:
        value = times.read(text, DOCK, day_first=day_first).value
    except BadLine:
        return
    assert times.FIRST_YEAR <= value.year <= times.LAST_YEAR
    assert not isinstance(value, datetime) or value.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "text",
    ["1957-11-29", "11/29/1957", "29.11.1957", "Nov 29, 1957", "19571129", "1957-11-29 00:00:00", "1957-11-29T00:00Z"],
)
def test_read_birthday_takes_days_before_1970(text: str) -> None:
    assert times.read_birthday(text) == date(1957, 11, 29)


@pytest.mark.parametrize("text", ["11/29/57", "5/6/1957", "1857-11-29", "1957-02-30", "1957", "", "1957-11-29 10:00"])
def test_read_birthday_refuses_what_may_be_two_days_or_none(text: str) -> None:
    with pytest.raises(BadLine):
        times.read_birthday(text)
