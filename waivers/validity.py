"""From when to when a signature counts, and how long it is kept.

- It counts from the day it is given. Until when is said by its text: to the end of its departure, for twelve months, or
  to the end of the season in which the departure is.
- A minor's ends the day before the eighteenth birthday: from then on the person signs.
- It is kept for three years after the departure, within which injuries at sea may be sued for (46 USC 30106), and one
  more; where it counts for longer, from its last day. For a minor the years begin at eighteen, if that is later.
"""

from __future__ import annotations

from calendar import isleap
from datetime import UTC, date, datetime, timedelta

from django.db.models import TextChoices

from events.rows import Event

ADULT_AT = 18
# 46 USC 30106: three years to sue for injury or death at sea.
LIMITATION_YEARS = 3
KEPT_YEARS = LIMITATION_YEARS + 1
RULE = "three years after the departure (46 USC 30106) and one more"
RULE_LONGER = "three years after the last day on which it counts (46 USC 30106) and one more"
RULE_MINOR = "three years after the eighteenth birthday (46 USC 30106) and one more"
# Emergency contact and medical notes are for the trip, and for what becomes known of it soon after.
CARE_DAYS = 30


class Validity(TextChoices):
    """For how long a signature counts."""

    EVENT = "event", "This departure"
    SEASON = "season", "To the end of the season"
    YEAR = "year", "Twelve months"


def valid_from(event: Event, signed_at: datetime) -> date:
    """Return the day of the signing, in the event's zone."""
    return signed_at.astimezone(event.zone).date()


def last_day(event: Event) -> date:
    """Return the last day of the departure, in its zone."""
    ends_at = event.starts_at if event.ends_at is None else event.ends_at
    return ends_at.astimezone(event.zone).date()


def valid_until(
    event: Event,
    signed_at: datetime,
    *,
    validity: str = Validity.EVENT.value,
    season_ends: str = "",
    minor_born_on: date | None = None,
) -> date:
    """Return the last day on which a signature for `event` counts, in the event's zone.

    validity, season_ends ("10-31"): as the text says. minor_born_on: where a guardian signed.
    Never before the departure's last day, but for a minor who comes of age.
    """
    until = max(last_day(event), valid_from(event, signed_at))
    if validity == Validity.YEAR:
        until = max(until, years_later(valid_from(event, signed_at), 1) - timedelta(days=1))
    elif validity == Validity.SEASON:
        until = max(until, _season_end(event.date, season_ends))
    if minor_born_on is not None:
        until = min(until, years_later(minor_born_on, ADULT_AT) - timedelta(days=1))
    return until


def retain_until(
    event: Event, valid_until: date, *, validity: str = Validity.EVENT.value, minor_born_on: date | None = None
) -> tuple[date, str]:
    """Return the day until which a signature is kept, and the rule that set it; see the module."""
    found = (years_later(event.date, KEPT_YEARS), RULE)
    if validity != Validity.EVENT and valid_until > last_day(event):
        found = (years_later(valid_until, KEPT_YEARS), RULE_LONGER)
    if minor_born_on is not None:
        by_age = years_later(minor_born_on, ADULT_AT + KEPT_YEARS)
        if by_age > found[0]:
            return by_age, RULE_MINOR
    return found


def care_until(event: Event) -> date:
    """Return the last day on which emergency contact and medical notes are kept."""
    return last_day(event) + timedelta(days=CARE_DAYS)


def expiry_of(keep_until: date) -> int:
    """Return the second from which DynamoDB may take what is kept until a day: that day is over everywhere."""
    day = datetime(keep_until.year, keep_until.month, keep_until.day, tzinfo=UTC)
    return int((day + timedelta(days=2)).timestamp())


def age_on(born_on: date, day: date) -> int:
    """Return how many birthdays someone born on `born_on` has had on `day`."""
    return day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))


def years_later(day: date, years: int) -> date:
    """Return the same day, so many years later; the 1st of March after a 29th of February."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, month=3, day=1)


def _season_end(day: date, month_and_day: str) -> date:
    """Return the first such day on or after `day`."""
    month, _, in_month = month_and_day.partition("-")
    first, second = (_on(year, int(month), int(in_month)) for year in (day.year, day.year + 1))
    return first if first >= day else second


def _on(year: int, month: int, in_month: int) -> date:
    # A season that ends on 29 February ends a day earlier in most years.
    return date(year, month, 28 if (month, in_month) == (2, 29) and not isleap(year) else in_month)
