"""Slugs of departures: `2026-05-23`, or `2026-05-23-sunset` when a day has more of them.

The first departure of a day takes the day itself. A slug is for ever: it is printed on posters and stands in the keys
of payments and waivers, so a departure that is moved to another day keeps it.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, time

from events.clock import FIRST_DAY, LAST_DAY

LONGEST_SUFFIX = 40
# Ten characters of a date, a hyphen and the suffix.
LONGEST = 10 + 1 + LONGEST_SUFFIX
# How many departures of one day may start in the same minute.
MOST_AT_ONCE = 9

_SUFFIX = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_SLUG = re.compile(rf"([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}})(?:-({_SUFFIX.pattern}))?")


class BadSlug(ValueError):
    """Text that is no slug; says why."""


@dataclass(frozen=True)
class Slug:
    """A slug, taken apart."""

    date: date
    suffix: str = ""

    def __str__(self) -> str:
        return f"{self.date.isoformat()}-{self.suffix}" if self.suffix else self.date.isoformat()


def parse(text: str) -> Slug:
    """Return the parts of the slug `text`. Raises BadSlug."""
    match = _SLUG.fullmatch(text)
    if len(text) > LONGEST or match is None:
        raise BadSlug(f"{text[:LONGEST]!r} is no slug: it is a date such as 2026-05-23, or 2026-05-23-sunset")
    return Slug(_real_date(match[1]), match[2] or "")


def check_suffix(suffix: str) -> str:
    """Return `suffix` if it may follow a date in a slug. Raises BadSlug."""
    if len(suffix) > LONGEST_SUFFIX or not _SUFFIX.fullmatch(suffix):
        raise BadSlug(f"A slug's suffix is up to {LONGEST_SUFFIX} of a-z, 0-9 and single hyphens between them")
    return suffix


def candidates(day: date, starts: time) -> list[str]:
    """Return the slugs that a departure without one of its own may take, the wanted ones first."""
    dated = Slug(day, f"{starts:%H%M}")
    return [str(Slug(day)), str(dated), *(f"{dated}-{number}" for number in range(2, MOST_AT_ONCE + 1))]


def next_free(day: date, starts: time, taken: Collection[str]) -> str:
    """Return the first of the `candidates` that is not in `taken`. Raises BadSlug when all are."""
    for slug in candidates(day, starts):
        if slug not in taken:
            return slug
    raise BadSlug(f"{day} has {MOST_AT_ONCE} departures at {starts:%H:%M} already; give this one a suffix")


def _real_date(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as exc:
        raise BadSlug(f"{text} is no date of the calendar") from exc
    if not FIRST_DAY <= day <= LAST_DAY:
        raise BadSlug(f"{text} is not between {FIRST_DAY} and {LAST_DAY}")
    return day
