"""Days as spreadsheets and systems write them: `2026-05-23`, `5/23/2026`, `23.05.2026`, `May 23, 2026`, `20260523`.

What may be two days, such as 5/6/2026, is refused, unless it is told which comes first, day or month.
"""

from __future__ import annotations

import re
from datetime import date

from scc.imports import clocks
from scc.imports.lines import BadLine

FIRST_YEAR, LAST_YEAR = 1970, 2999
FIRST_BIRTH = 1880

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_MONTH = rf"(?P<month>{'|'.join(MONTHS)})[a-z]{{0,6}}\.?"
_YEAR_FIRST = re.compile(
    r"(?P<year>[0-9]{4})(?P<sep>[-/.])(?P<month>[0-9]{1,2})(?P=sep)(?P<day>[0-9]{1,2})"
    r"|(?P<year8>[0-9]{4})(?P<month8>[0-9]{2})(?P<day8>[0-9]{2})"
)
_YEAR_LAST = r"(?P<one>[0-9]{1,2})(?P<sep>[-/.])(?P<two>[0-9]{1,2})(?P=sep)(?P<year>[0-9]{4}|[0-9]{2})"
_YEAR_LAST_ONLY = re.compile(_YEAR_LAST)
_YEAR_LAST_WITHIN = re.compile(rf"(?<![0-9/.:-]){_YEAR_LAST}(?![0-9/.:-]?[0-9])")
_NAMED = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_MONTH}[ -](?P<day>[0-9]{{1,2}})(?:st|nd|rd|th)?,?[ -](?P<year>[0-9]{{4}})",
        rf"(?P<day>[0-9]{{1,2}})(?:st|nd|rd|th|\.)?[ -](?:of )?{_MONTH},?[ -](?P<year>[0-9]{{4}}|[0-9]{{2}})",
        rf"(?P<year>[0-9]{{4}})[ -]{_MONTH}[ -](?P<day>[0-9]{{1,2}})",
    )
)
_WEEKDAY = re.compile(rf"({'|'.join(WEEKDAYS)})[a-z]{{0,6}}\.?,? ")
_MIDNIGHT = re.compile(r"(?:[ t]0{1,2}:00(?::00(?:\.0+)?)?z?|,? 12:00(?::00)? ?am)$")
# Days since 1900, or since 1904: nothing tells which.
_SERIAL = re.compile(r"[1-9][0-9]{4}(?:\.[0-9]+)?")
_LONGEST = 80


def read(plain: str, text: str, *, day_first: bool | None = None) -> tuple[date, str]:
    """Return the day that `plain` writes, in small letters, and what was guessed of it, "" for nothing.

    text: what was written in all, for what is said. day_first: whether 5/6/2026 is the 5th of June; None: not known.
    Raises BadLine with the reason.
    """
    weekday = _WEEKDAY.match(plain)
    plain = plain[weekday.end() :] if weekday else plain
    year, month, day = _parts(plain, text, day_first)
    guessed = ""
    if len(year) == 2:
        year, guessed = f"20{year}", f"the year {year} is taken as 20{year}"
    found = _date(int(year), month, day, text)
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise out_of_range(text)
    if weekday and found.weekday() != WEEKDAYS.index(weekday[1]):
        raise BadLine(f"{shown(text)} contradicts itself: that day is a {found:%A}")
    return found, guessed


def read_alone(text: str, *, day_first: bool | None = None) -> tuple[date, str]:
    """Return what `read` does, of a text without a time; a midnight, as spreadsheets write one, is passed over."""
    plain = _without_midnight(text)
    if clocks.find(plain):
        raise BadLine(f"{shown(text)} says a time, too; a day alone belongs here")
    return read(plain, text, day_first=day_first)


def read_birthday(text: str, *, day_first: bool | None = None) -> date:
    """Return the day of birth that `text` writes. A midnight behind it, as spreadsheets write one, is passed over.

    day_first: see `read`. Raises BadLine with the reason, also for a year of two digits, which may be of two centuries.
    """
    year, month, day = _parts(_without_midnight(text), text, day_first)
    if len(year) == 2:
        raise BadLine(f"{shown(text)} has a year of two digits; write it as 1980-05-23")
    found = _date(int(year), month, day, text)
    if found.year < FIRST_BIRTH:
        raise BadLine(f"{shown(text)} is before {FIRST_BIRTH}")
    return found


# Day or month first


def order_of(text: str) -> bool | None:
    """Tell what a day such as 23/05/2026 discloses: that the day comes first, or the month; None: nothing."""
    found = _YEAR_LAST_WITHIN.search(text)
    if not found or (int(found["one"]) > 12) == (int(found["two"]) > 12):
        return None
    return int(found["one"]) > 12


def is_either(text: str) -> bool:
    """Tell whether a text has a day such as 5/6/2026, which may be two."""
    found = _YEAR_LAST_WITHIN.search(text)
    one, two = (int(found["one"]), int(found["two"])) if found else (0, 0)
    return one != two and 1 <= one <= 12 and 1 <= two <= 12


def settled(text: str, *, day_first: bool) -> str:
    """Return `text` with its day written so that it is only one: 5/6/2026 as 5 Jun 2026, where the day comes first.

    Raises BadLine where it cannot be so: 5/23/2026.
    """
    found = _YEAR_LAST_WITHIN.search(text)
    if not found:
        return text
    day, month = (found["one"], found["two"]) if day_first else (found["two"], found["one"])
    if not 1 <= int(month) <= 12:
        first = "day" if day_first else "month"
        raise BadLine(f"{shown(text)} has no month {month}, where the {first} comes first")
    written = f"{day} {MONTHS[int(month) - 1].title()} {found['year']}"
    return f"{text[: found.start()]}{written}{text[found.end() :]}"


# Parts


def _without_midnight(text: str) -> str:
    plain = " ".join(text.split()).lower()
    return plain if is_too_long(plain) else _MIDNIGHT.sub("", plain)


def _date(year: int, month: int, day: int, text: str) -> date:
    try:
        return date(year, month, day)
    except ValueError as exc:
        raise BadLine(f"{shown(text)} is a day that there is not") from exc


def _parts(plain: str, text: str, day_first: bool | None) -> tuple[str, int, int]:
    """Return year (of two digits or four), month and day."""
    if found := _YEAR_FIRST.fullmatch(plain):
        year, month, day = (found[name] or found[f"{name}8"] for name in ("year", "month", "day"))
        return year, int(month), int(day)
    if found := _YEAR_LAST_ONLY.fullmatch(plain):
        month, day = _month_and_day(int(found["one"]), int(found["two"]), text, day_first)
        return found["year"], month, day
    for pattern in _NAMED:
        if found := pattern.fullmatch(plain):
            return found["year"], MONTHS.index(found["month"]) + 1, int(found["day"])
    if _SERIAL.fullmatch(plain):
        raise BadLine(f"{shown(text)} is a spreadsheet's number of a day; give its cells the format of a date")
    raise _none(text)


def _month_and_day(one: int, two: int, text: str, day_first: bool | None) -> tuple[int, int]:
    if day_first is not None:
        return (two, one) if day_first else (one, two)
    if one <= 12 and two <= 12 and one != two:
        raise BadLine(f"{shown(text)} may be month and day or day and month; write it as 2026-05-23")
    return (two, one) if one > 12 else (one, two)


# What is refused


def is_too_long(text: str) -> bool:
    """Tell whether a text is longer than any day and time."""
    return len(text) > _LONGEST


def out_of_range(text: str) -> BadLine:
    return BadLine(f"{shown(text)} is not between {FIRST_YEAR} and {LAST_YEAR}")


def _none(text: str) -> BadLine:
    return BadLine(f"{shown(text)} is no day such as 2026-05-23")


def shown(text: str) -> str:
    """Return a text as it is quoted in a reason."""
    return repr(text if not is_too_long(text) else text[: _LONGEST - 1] + "…")
