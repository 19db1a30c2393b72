"""Days and times as spreadsheets and systems write them.

A day: `2026-05-23`, `5/23/2026`, `23.05.2026`, `May 23, 2026`, `Sat 23 May 2026`, `20260523`. A time behind it:
`18:15`, `18:15:30.250`, `6:15 PM`, `6pm`. A zone behind that: `Z`, `UTC`, `-07:00`, `GMT-0700`. Or the seconds, or
milliseconds, since 1970. What can be read in two ways is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from scc.imports.lines import BadLine

FIRST_YEAR, LAST_YEAR = 1970, 2999
FIRST_BIRTH = 1880

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_EPOCH = re.compile(r"([0-9]{9,10})(?:\.[0-9]{1,9})?|([0-9]{12,13})")
_CLOCK = re.compile(
    r"(?:(?<=[0-9])t|(?<![0-9:.+-]))"
    r"(?P<hour>[0-9]{1,2})(?::(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:[.,](?P<part>[0-9]{1,9}))?)?)?"
    r" ?(?P<half>a\.?m\.?|p\.?m\.?)?(?![0-9:a-y])"
    r"(?P<zone> ?(?:z|(?:utc|gmt)? ?[+-][0-9]{2}(?::?[0-9]{2})?|utc|gmt)(?![0-9:a-z]))?"
)
# 20260523T181500Z
_BASIC = re.compile(r"^([0-9]{8})t([0-9]{2})([0-9]{2})([0-9]{2})?(z|[+-][0-9]{2}:?[0-9]{2})?$")

_MONTH = rf"(?P<month>{'|'.join(_MONTHS)})[a-z]{{0,6}}\.?"
_YEAR_FIRST = re.compile(
    r"(?P<year>[0-9]{4})(?P<sep>[-/.])(?P<month>[0-9]{1,2})(?P=sep)(?P<day>[0-9]{1,2})"
    r"|(?P<year8>[0-9]{4})(?P<month8>[0-9]{2})(?P<day8>[0-9]{2})"
)
_YEAR_LAST = re.compile(r"(?P<one>[0-9]{1,2})(?P<sep>[-/.])(?P<two>[0-9]{1,2})(?P=sep)(?P<year>[0-9]{4}|[0-9]{2})")
_NAMED = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_MONTH}[ -](?P<day>[0-9]{{1,2}})(?:st|nd|rd|th)?,?[ -](?P<year>[0-9]{{4}})",
        rf"(?P<day>[0-9]{{1,2}})(?:st|nd|rd|th|\.)?[ -](?:of )?{_MONTH},?[ -](?P<year>[0-9]{{4}}|[0-9]{{2}})",
        rf"(?P<year>[0-9]{{4}})[ -]{_MONTH}[ -](?P<day>[0-9]{{1,2}})",
    )
)
_WEEKDAY = re.compile(rf"({'|'.join(_DAYS)})[a-z]{{0,6}}\.?,? ")
_MIDNIGHT = re.compile(r"[ t]0{1,2}:00(?::00(?:\.0+)?)?z?$")
_LONGEST = 80


@dataclass(frozen=True)
class Moment:
    """What was read: a moment in UTC, to the millisecond, or a day. guessed: what was taken for granted, or ""."""

    value: datetime | date
    guessed: str = ""


def read(text: str, zone: ZoneInfo, *, day_first: bool | None = None) -> Moment:
    """Return the moment or day that `text` writes. Without a zone it is in `zone`, and says that it was guessed.

    day_first: whether 5/6/2026 is the 5th of June; None: not known, and so refused. Raises BadLine with the reason.
    """
    plain = " ".join(text.split()).lower()
    if not plain:
        raise BadLine("is missing")
    if len(plain) > _LONGEST:
        raise _none(text)
    epoch = _EPOCH.fullmatch(plain)
    if epoch:
        return Moment(_since_1970(epoch, text))
    plain = _BASIC.sub(_with_colons, plain)
    clock = _clock_of(plain)
    if clock is None:
        day, guessed = _day(plain, text, day_first)
        return Moment(day, guessed)
    day, guessed = _day(_rest(plain, clock), text, day_first)
    at = _time(clock, text)
    if clock["zone"]:
        return Moment(_in_range(_shifted(day, at, clock["zone"], text), text), guessed)
    moment, twice = _local(day, at, zone, text)
    return Moment(moment, "; ".join(filter(None, (guessed, twice, f"no zone is given: {zone.key} is taken"))))


def read_birthday(text: str, *, day_first: bool | None = None) -> date:
    """Return the day of birth that `text` writes. A midnight behind it, as spreadsheets write one, is passed over.

    day_first: see `read`. Raises BadLine with the reason, also for a year of two digits, which may be of two centuries.
    """
    plain = _MIDNIGHT.sub("", " ".join(text.split()).lower())
    year, month, day = _parts(plain, text, day_first)
    if len(year) == 2:
        raise BadLine(f"{_shown(text)} has a year of two digits; write it as 1980-05-23")
    try:
        found = date(int(year), month, day)
    except ValueError as exc:
        raise BadLine(f"{_shown(text)} is a day that there is not") from exc
    if found.year < FIRST_BIRTH:
        raise BadLine(f"{_shown(text)} is before {FIRST_BIRTH}")
    return found


# Since 1970


def _since_1970(found: re.Match[str], text: str) -> datetime:
    if found[2]:
        milliseconds = int(found[2])
    else:
        seconds, _, part = found[0].partition(".")
        milliseconds = int(seconds) * 1000 + int(part.ljust(3, "0")[:3])
    return _in_range(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds), text)


# The time of day


def _with_colons(found: re.Match[str]) -> str:
    day, *clock, zone = found.groups()
    return f"{day}t{':'.join(filter(None, clock))}{zone or ''}"


def _clock_of(plain: str) -> re.Match[str] | None:
    """Return where the time stands: it has a colon, or says AM or PM."""
    return next((found for found in _CLOCK.finditer(plain) if found["minute"] or found["half"]), None)


def _rest(plain: str, clock: re.Match[str]) -> str:
    """Return the text without its time, and without what JavaScript says of a zone that it gave in figures."""
    before, after = plain[: clock.start()], plain[clock.end() :]
    if clock["zone"]:
        after = re.sub(r" ?\([a-z ]+\)$", "", after)
    before = re.sub(r"(?:,| at|, at)? ?$", "", before)
    return f"{before} {after.strip(' ,')}".strip()


def _time(clock: re.Match[str], text: str) -> time:
    hour, half = int(clock["hour"]), (clock["half"] or "")[:1]
    if half and not 1 <= hour <= 12:
        raise _none(text)
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    try:
        at = time(hour, int(clock["minute"] or 0), int(clock["second"] or 0))
    except ValueError as exc:
        raise _none(text) from exc
    return at.replace(microsecond=int((clock["part"] or "").ljust(3, "0")[:3]) * 1000)


def _shifted(day: date, at: time, zone: str, text: str) -> datetime:
    """Return the moment in UTC of a time in a zone such as `z`, `utc` or `gmt-0700`."""
    sign, hours, minutes = re.search(r"([+-]?)([0-9]{0,2}):?([0-9]{0,2})$", zone).groups()  # type: ignore[union-attr]
    shift = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    if shift > timedelta(hours=14) or int(minutes or 0) > 59:
        raise BadLine(f"{_shown(text)} is in no zone that there is")
    return datetime.combine(day, at, timezone(-shift if sign == "-" else shift)).astimezone(UTC)


def _local(day: date, at: time, zone: ZoneInfo, text: str) -> tuple[datetime, str]:
    """Return the moment at which the clocks of `zone` show that, and what was guessed where they do so twice."""
    local = datetime.combine(day, at, zone)
    moment = local.astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise BadLine(f"{_shown(text)} does not exist: the clocks of {zone.key} go forward over it")
    twice = local.replace(fold=1).astimezone(UTC) != moment
    said = f"{at:%H:%M} comes twice on {day}: the first is taken" if twice else ""
    return _in_range(moment, text), said


# The day


def _day(plain: str, text: str, day_first: bool | None) -> tuple[date, str]:
    """Return the day, and what was guessed of it."""
    weekday = _WEEKDAY.match(plain)
    plain = plain[weekday.end() :] if weekday else plain
    year, month, day = _parts(plain, text, day_first)
    guessed = ""
    if len(year) == 2:
        year, guessed = f"20{year}", f"the year {year} is taken as 20{year}"
    try:
        found = date(int(year), month, day)
    except ValueError as exc:
        raise BadLine(f"{_shown(text)} is a day that there is not") from exc
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise _out_of_range(text)
    if weekday and found.weekday() != _DAYS.index(weekday[1]):
        raise BadLine(f"{_shown(text)} contradicts itself: that day is a {found:%A}")
    return found, guessed


def _parts(plain: str, text: str, day_first: bool | None) -> tuple[str, int, int]:
    """Return year (of two digits or four), month and day."""
    if found := _YEAR_FIRST.fullmatch(plain):
        year, month, day = (found[name] or found[f"{name}8"] for name in ("year", "month", "day"))
        return year, int(month), int(day)
    if found := _YEAR_LAST.fullmatch(plain):
        month, day = _month_and_day(int(found["one"]), int(found["two"]), text, day_first)
        return found["year"], month, day
    for pattern in _NAMED:
        if found := pattern.fullmatch(plain):
            return found["year"], _MONTHS.index(found["month"]) + 1, int(found["day"])
    raise _none(text)


def _month_and_day(one: int, two: int, text: str, day_first: bool | None) -> tuple[int, int]:
    if day_first is not None:
        return (two, one) if day_first else (one, two)
    if one <= 12 and two <= 12 and one != two:
        raise BadLine(f"{_shown(text)} may be month and day or day and month; write it as 2026-05-23")
    return (two, one) if one > 12 else (one, two)


# What is refused


def _in_range(moment: datetime, text: str) -> datetime:
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise _out_of_range(text)
    return moment


def _out_of_range(text: str) -> BadLine:
    return BadLine(f"{_shown(text)} is not between {FIRST_YEAR} and {LAST_YEAR}")


def _none(text: str) -> BadLine:
    return BadLine(f"{_shown(text)} is no day or time such as 2026-05-23 or 2026-05-23 18:15")


def _shown(text: str) -> str:
    return repr(text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…")
