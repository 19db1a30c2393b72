from __future__ import annotations

import unicodedata
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from events.rows import Status
from events.slugs import parse
from payments import methods
from scc.demo.season import DAYS_BEFORE, DAYS_BEHIND, Departure, season

ZONE = ZoneInfo("America/Los_Angeles")
DAY = date(2026, 5, 23)
# A leap day, New Year, both changes of the clocks, and each day of a week.
DAYS = [
    date(2028, 2, 29),
    date(2026, 12, 31),
    date(2027, 1, 1),
    date(2026, 3, 8),
    date(2026, 11, 1),
    *(DAY + timedelta(days=offset) for offset in range(7)),
]


def booked(departure: Departure) -> int:
    return sum(len(party.guests) for party in departure.parties)


def test_season_is_the_same_for_the_same_day() -> None:
    assert season(DAY, ZONE) == season(DAY, ZONE)
    assert season(DAY, ZONE) != season(DAY + timedelta(days=1), ZONE)


@pytest.mark.parametrize("day", DAYS)
def test_season_is_sound_on(day: date) -> None:
    departures = season(day, ZONE)
    slugs = [departure.slug for departure in departures]
    dates = [departure.starts_at.astimezone(ZONE).date() for departure in departures]

    assert 34 <= len(departures) <= 46
    assert len(set(slugs)) == len(slugs)
    assert [parse(slug).date for slug in slugs] == dates
    assert day - timedelta(days=DAYS_BEFORE) <= min(dates)
    assert max(dates) <= day + timedelta(days=DAYS_BEHIND)
    assert dates.count(day) == 3
    assert all(booked(departure) <= departure.boat.capacity for departure in departures)


@pytest.mark.parametrize("day", DAYS)
def test_season_has_one_of_each_on(day: date) -> None:
    departures = season(day, ZONE)
    paid = [paid for departure in departures for party in departure.parties for paid in party.paid]

    assert {departure.status for departure in departures} == {Status.SCHEDULED, Status.CANCELLED, Status.COMPLETED}
    assert any(booked(departure) == departure.boat.capacity for departure in departures)
    assert {each.method for each in paid} == {method.code for method in methods.SHIPPED}
    assert any(each.voided for each in paid)
    assert any(each.tip_cents for each in paid)
    assert all(each.on <= day for each in paid)


def test_season_has_names_in_many_scripts() -> None:
    names = [name for departure in season(DAY, ZONE) for party in departure.parties for name in party.guests]
    scripts = {unicodedata.name(letter).split()[0] for name in names for letter in name if letter.isalpha()}

    assert scripts >= {"LATIN", "GREEK", "CYRILLIC", "ARABIC", "HEBREW", "CJK", "HANGUL"}
