from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from events.rows import Event
from waivers import validity
from waivers.validity import Validity

EVENT = Event(
    date=date(2026, 5, 23),
    time_zone="America/Los_Angeles",
    starts_at=datetime(2026, 5, 24, 1, 15, tzinfo=UTC),
    ends_at=datetime(2026, 5, 24, 8, 15, tzinfo=UTC),
)
BEFORE = datetime(2026, 5, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("born_on", "day", "age"),
    [
        (date(2008, 5, 23), date(2026, 5, 22), 17),
        (date(2008, 5, 23), date(2026, 5, 23), 18),
        (date(2008, 2, 29), date(2026, 2, 28), 17),
        (date(2008, 2, 29), date(2026, 3, 1), 18),
    ],
)
def test_age_on_counts_birthdays(born_on: date, day: date, age: int) -> None:
    assert validity.age_on(born_on, day) == age


def test_valid_from_is_the_day_of_the_signing_at_the_dock() -> None:
    assert validity.valid_from(EVENT, BEFORE) == date(2026, 5, 19)


def test_valid_until_is_the_last_day_of_the_trip() -> None:
    assert validity.valid_until(EVENT, BEFORE) == date(2026, 5, 24)


def test_valid_until_is_never_before_the_signing() -> None:
    assert validity.valid_until(EVENT, datetime(2026, 6, 1, 12, tzinfo=UTC)) == date(2026, 6, 1)


def test_valid_until_of_a_year_is_twelve_months_after_the_signing() -> None:
    assert validity.valid_until(EVENT, BEFORE, validity=Validity.YEAR) == date(2027, 5, 18)


@pytest.mark.parametrize(
    ("season_ends", "until"),
    [
        ("10-31", date(2026, 10, 31)),
        ("05-24", date(2026, 5, 24)),
        ("04-30", date(2027, 4, 30)),
        ("02-29", date(2027, 2, 28)),
    ],
)
def test_valid_until_of_a_season_is_its_next_end(season_ends: str, until: date) -> None:
    assert validity.valid_until(EVENT, BEFORE, validity=Validity.SEASON, season_ends=season_ends) == until


@pytest.mark.parametrize(
    ("born_on", "until"),
    [
        (date(2010, 1, 1), date(2027, 5, 18)),
        (date(2009, 1, 1), date(2026, 12, 31)),
        (date(2008, 2, 29), date(2026, 2, 28)),
    ],
)
def test_valid_until_of_a_minor_ends_before_eighteen(born_on: date, until: date) -> None:
    assert validity.valid_until(EVENT, BEFORE, validity=Validity.YEAR, minor_born_on=born_on) == until


def test_retain_until_is_four_years_after_the_departure() -> None:
    assert validity.retain_until(EVENT, date(2026, 5, 24)) == (date(2030, 5, 23), validity.RULE)


def test_retain_until_is_four_years_after_what_counts_longer() -> None:
    found = validity.retain_until(EVENT, date(2027, 5, 18), validity=Validity.YEAR)

    assert found == (date(2031, 5, 18), validity.RULE_LONGER)


def test_retain_until_of_who_signed_late_counts_from_the_departure() -> None:
    assert validity.retain_until(EVENT, date(2026, 6, 1)) == (date(2030, 5, 23), validity.RULE)


def test_retain_until_of_a_minor_counts_from_eighteen() -> None:
    found = validity.retain_until(EVENT, date(2026, 5, 24), minor_born_on=date(2018, 7, 1))

    assert found == (date(2040, 7, 1), validity.RULE_MINOR)


def test_retain_until_of_a_minor_who_is_nearly_of_age_counts_from_the_departure() -> None:
    found = validity.retain_until(EVENT, date(2026, 5, 24), minor_born_on=date(2008, 5, 20))

    assert found == (date(2030, 5, 23), validity.RULE)


def test_years_later_of_a_leap_day_is_the_day_after() -> None:
    assert validity.years_later(date(2096, 2, 29), 4) == date(2100, 3, 1)
    assert validity.years_later(date(2028, 2, 29), 4) == date(2032, 2, 29)


def test_care_until_is_thirty_days_after_the_departure() -> None:
    assert validity.care_until(EVENT) == date(2026, 6, 23)
