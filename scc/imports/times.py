"""Moments as spreadsheets and systems write them: a day (`scc.imports.days`), with or without a time and a zone.

A time behind the day: `18:15`, `6:15 PM` (`scc.imports.clocks`). A zone behind that: `Z`, `UTC`, `-07:00`, `GMT-0700`,
`[America/Los_Angeles]`, or what the zone is called then, `PDT`. Or the seconds, or milliseconds, since 1970. What can
be read in two ways is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from scc.imports import clocks, days
from scc.imports.days import FIRST_BIRTH, FIRST_YEAR, LAST_YEAR, read_birthday, shown
from scc.imports.lines import BadLine

__all__ = ["FIRST_BIRTH", "FIRST_YEAR", "LAST_YEAR", "Moment", "read", "read_birthday"]

_EPOCH = re.compile(r"(?:(?P<seconds>[0-9]{9,10})|(?P<milliseconds>[0-9]{12,13}))(?:\.(?P<part>[0-9]{1,9}))?")
# 202605231815, which would be a millisecond of 1976.
_LIKE_A_DAY = re.compile(
    r"(?:19[7-9]|2[0-9]{2})[0-9](?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])(?:[01][0-9]|2[0-3])[0-5][0-9]"
)
# 20260523T181500Z, 20260523181500
_BASIC = re.compile(
    r"^([0-9]{8})(?:t([0-9]{2})([0-9]{2})([0-9]{2})?|([0-9]{2})([0-9]{2})([0-9]{2}))(z|[+-][0-9]{2}:?[0-9]{2})?$"
)
# Behind the time, as RFC 9557 has it.
_ZONE_NAME = re.compile(r" ?\[([A-Za-z0-9_+/-]+)\]$")
# What clocks are called, behind the time: no month and no day of the week.
_CALLED = re.compile(
    rf" ?(?P<open>\()?(?!{'|'.join((*days.MONTHS, *days.WEEKDAYS))})(?P<called>[a-z]{{3,5}})(?(open)\))(?= |$)"
)


@dataclass(frozen=True)
class Moment:
    """What was read: a moment in UTC, to the millisecond, or a day. guessed: what was taken for granted, or ""."""

    value: datetime | date
    guessed: str = ""


def read(text: str, zone: ZoneInfo, *, day_first: bool | None = None) -> Moment:
    """Return the moment or day that `text` writes. Without a zone it is in `zone`, and says that it was guessed.

    A midnight without a zone is how programs write a day, and is taken for that. day_first: whether 5/6/2026 is the 5th
    of June; None: not known, and so refused. Raises BadLine with the reason.
    """
    plain = " ".join(text.split())
    if not plain:
        raise BadLine("is missing")
    if days.is_too_long(plain):
        raise _none(text)
    if epoch := _EPOCH.fullmatch(plain):
        return Moment(_since_1970(epoch, text))
    plain, named = _without_zone_name(plain, text)
    plain = _BASIC.sub(_with_colons, plain.lower())
    clock = clocks.find(plain)
    if clock is None and named is None:
        return Moment(*days.read(plain, text, day_first=day_first))
    at = clocks.of(clock) if clock else None
    if clock is None or at is None:
        raise _none(text)
    called = None if clock["zone"] else _CALLED.match(plain, clock.end())
    day, guessed = days.read(_rest(plain, clock, called), text, day_first=day_first)
    if clock["zone"]:
        return Moment(_shifted(day, at, clock["zone"], named, text), guessed)
    if called:
        return Moment(_called(day, at, called["called"], named or zone, text), guessed)
    if named is None and at == time():
        return Moment(day, guessed)
    moment, twice = _local(day, at, named or zone, text)
    return Moment(moment, _and(guessed, twice, "" if named else f"no zone is given: {zone.key} is taken"))


def _and(*guesses: str) -> str:
    return "; ".join(filter(None, guesses))


# Since 1970


def _since_1970(found: re.Match[str], text: str) -> datetime:
    if _LIKE_A_DAY.fullmatch(found[0]):
        raise BadLine(f"{shown(text)} may be a day and time, or milliseconds; write it as 2026-05-23 18:15")
    milliseconds = int(found["milliseconds"] or f"{found['seconds']}{(found['part'] or '').ljust(3, '0')[:3]}")
    return _in_range(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds), text)


# The time of the day


def _with_colons(found: re.Match[str]) -> str:
    day, *clock, zone = found.groups()
    return f"{day}t{':'.join(filter(None, clock))}{zone or ''}"


def _rest(plain: str, clock: re.Match[str], called: re.Match[str] | None) -> str:
    """Return the text without its time, and without what is `called`, or JavaScript says of a zone in figures."""
    before, after = plain[: clock.start()], plain[(called or clock).end() :]
    if clock["zone"]:
        after = re.sub(r" ?\([a-z ]+\)$", "", after)
    before = re.sub(r"(?:,| at|, at)? ?$", "", before)
    return f"{before} {after.strip(' ,')}".strip()


# Zones


def _without_zone_name(plain: str, text: str) -> tuple[str, ZoneInfo | None]:
    """Return the text without the name of a zone that stands behind it in brackets, and that zone."""
    found = _ZONE_NAME.search(plain)
    if found is None:
        return plain, None
    if found[1] not in _zones():
        raise _no_zone(text)
    return plain[: found.start()], ZoneInfo(found[1])


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    # They are looked for on the disk, and few files name one.
    return frozenset(available_timezones())


def _shifted(day: date, at: time, zone: str, named: ZoneInfo | None, text: str) -> datetime:
    """Return the moment in UTC of a time in a zone such as `z`, `utc` or `gmt-0700`, which may have a name, too."""
    sign, hours, minutes = re.search(r"([+-]?)([0-9]{0,2}):?([0-9]{0,2})$", zone).groups()  # type: ignore[union-attr]
    shift = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    if shift > timedelta(hours=14) or int(minutes or 0) > 59:
        raise _no_zone(text)
    shift = -shift if sign == "-" else shift
    moment = _in_range(datetime.combine(day, at, timezone(shift)).astimezone(UTC), text)
    # "Z" before a name says the moment and nothing of the zone.
    if named and zone.strip() != "z" and moment.astimezone(named).utcoffset() != shift:
        raise BadLine(f"{shown(text)} contradicts itself: the clocks of {named.key} are not so far from UTC then")
    return moment


def _called(day: date, at: time, called: str, zone: ZoneInfo, text: str) -> datetime:
    """Return the moment at which the clocks of `zone` show that and are `called` so. Of two it is the one."""
    first, _ = _local(day, at, zone, text)
    second = datetime.combine(day, at, zone).replace(fold=1).astimezone(UTC)
    for moment in (first, second):
        if moment.astimezone(zone).strftime("%Z").lower() == called:
            return _in_range(moment, text)
    raise BadLine(
        f"{shown(text)} says {called.upper()}, and the clocks of {zone.key} are called "
        f"{first.astimezone(zone):%Z} then; write how far from UTC they are, such as -07:00"
    )


def _local(day: date, at: time, zone: ZoneInfo, text: str) -> tuple[datetime, str]:
    """Return the moment at which the clocks of `zone` show that, and what was guessed where they do so twice."""
    local = datetime.combine(day, at, zone)
    moment = local.astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise BadLine(f"{shown(text)} does not exist: the clocks of {zone.key} go forward over it")
    twice = local.replace(fold=1).astimezone(UTC) != moment
    said = f"{at:%H:%M} comes twice on {day}: the first is taken" if twice else ""
    return _in_range(moment, text), said


# What is refused


def _in_range(moment: datetime, text: str) -> datetime:
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise days.out_of_range(text)
    return moment


def _none(text: str) -> BadLine:
    return BadLine(f"{shown(text)} is no day or time such as 2026-05-23 18:15")


def _no_zone(text: str) -> BadLine:
    return BadLine(f"{shown(text)} is in no zone that there is")
