from __future__ import annotations

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import slugs
from events.clock import FIRST_DAY, LAST_DAY
from events.slugs import BadSlug, Slug

days = st.dates(FIRST_DAY, LAST_DAY)
suffixes = st.from_regex(r"\A[a-z0-9]+(-[a-z0-9]+)*\Z").filter(lambda text: len(text) <= slugs.LONGEST_SUFFIX)


@given(day=days, suffix=st.just("") | suffixes)
def test_parse_takes_every_slug_apart_again(day: date, suffix: str) -> None:
    slug = Slug(day, suffix)

    assert slugs.parse(str(slug)) == slug


@given(text=st.text(max_size=80))
def test_parse_takes_nothing_but_slugs(text: str) -> None:
    try:
        slug = slugs.parse(text)
    except BadSlug:
        return

    assert str(slug) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-02-30",
        "2026-13-01",
        "0001-01-01",
        "9999-12-31",
        "20260523",
        "2026-W21-6",
        "2026-5-23",
        "2026-05-23\n",
        "2026-05-23-",
        "2026-05-23--sunset",
        "2026-05-23-Sunset",
        "2026-05-23_sunset",
        "2026-05-23-sun/set",
        "2026-05-23-été",
        "२०२६-०५-२३",  # digits of another script
        "2026-05-23-" + "a" * 41,
        "x" * 1_000_000,
    ],
)
def test_parse_refuses(text: str) -> None:
    with pytest.raises(BadSlug):
        slugs.parse(text)


def test_next_free_is_the_date_for_the_first_departure() -> None:
    assert slugs.next_free(date(2026, 5, 23), time(18, 15), set()) == "2026-05-23"


def test_next_free_is_date_and_time_for_another() -> None:
    taken = {"2026-05-23"}

    assert slugs.next_free(date(2026, 5, 23), time(9, 5), taken) == "2026-05-23-0905"


def test_next_free_counts_departures_at_one_time() -> None:
    taken = {"2026-05-23", "2026-05-23-0905"}

    assert slugs.next_free(date(2026, 5, 23), time(9, 5), taken) == "2026-05-23-0905-2"


def test_next_free_refuses_when_all_are_taken() -> None:
    taken = set(slugs.candidates(date(2026, 5, 23), time(9, 5)))

    with pytest.raises(BadSlug, match="give this one a suffix"):
        slugs.next_free(date(2026, 5, 23), time(9, 5), taken)


@given(day=days, starts=st.times(), data=st.data())
def test_next_free_is_a_slug_that_is_not_taken(day: date, starts: time, data: st.DataObject) -> None:
    candidates = slugs.candidates(day, starts)
    taken = data.draw(st.sets(st.sampled_from(candidates), max_size=len(candidates) - 1))

    free = slugs.next_free(day, starts, taken)

    assert free not in taken
    assert slugs.parse(free).date == day
