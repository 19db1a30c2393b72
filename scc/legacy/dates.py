"""The day of a departure, and its start where one is said: by its `date`, and by what its `event_id` says of a day.

An id that begins with `2026-05-23` is of that day, and a `date` that says another contradicts it. A day that stands in
an id in another way (`20260523`, `EVT-2026-05-23`) may be that of the booking: where `date` says another, it is so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, time

from events import calendar
from scc.imports import times
from scc.imports.lines import BadLine
from scc.legacy.values import is_empty, text_of

_FIRST = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?![0-9])(.*)", re.DOTALL)
# 2026-05-23T18:15, 20260523T181500Z
_WITH_TIME = re.compile(
    r"([0-9]{4}(-?)[0-9]{2}\2[0-9]{2}[Tt ][0-9]{2}:?[0-9]{2}(?::?[0-9]{2}(?:\.[0-9]{1,9})?)?"
    r"(?:[Zz]|[+-][0-9]{2}:?[0-9]{2})?)(?![0-9:])(.*)",
    re.DOTALL,
)
_SOMEWHERE = re.compile(
    r"(?<![0-9])(?:([0-9]{4})([-_/.])([0-9]{1,2})\2([0-9]{1,2})|([0-9]{4})([0-9]{2})([0-9]{2}))(?![0-9])"
)


@dataclass(frozen=True)
class When:
    """A day. at: the start, at the dock. rest: what the id says beside. guessed: what was taken for granted."""

    day: date
    at: datetime | None = None
    rest: str = ""
    guessed: tuple[str, ...] = ()
    # Of an id: whether a date may not say otherwise.
    is_sure: bool = True


def when_of(id: str, value: object) -> When:
    """Return when the departure `id` is, of which `value` is the `date`. Raises BadLine with the reason."""
    named = _named(id)
    if is_empty(value):
        if named is None:
            raise BadLine("date: is missing, and event_id has none")
        return named
    try:
        said = _said(value, named)
    except BadLine as exc:
        if named is None:
            raise BadLine(f"date: {exc}") from exc
        return replace(named, guessed=(*named.guessed, f"date: {exc}; the day is that of event_id"))
    if named is None or not (named.is_sure or named.day == said.day):
        return replace(said, rest=id)
    if named.day != said.day:
        raise BadLine(f"event_id says {named.day}, and date {said.day}: one of them is wrong")
    return replace(said, at=said.at or named.at, rest=named.rest)


# What the id says


def _named(id: str) -> When | None:
    """Return what an id says of a day, None where it says nothing. Raises BadLine where it begins with no such day."""
    if (found := _WITH_TIME.fullmatch(id)) and (timed := _with_time(found[1], found[3])):
        return timed
    if found := _FIRST.fullmatch(id):
        try:
            return When(date.fromisoformat(found[1]), rest=found[2])
        except ValueError as exc:
            raise BadLine(f"event_id: {found[1]} is a day that there is not") from exc
    return next(filter(None, map(_somewhere, _SOMEWHERE.finditer(id))), None)


def _with_time(text: str, rest: str) -> When | None:
    try:
        moment = times.read(text, calendar.zone()).value
    except BadLine:
        return None
    if not isinstance(moment, datetime):
        return When(moment, rest=rest)
    if moment.time() == time():
        return When(moment.date(), rest=rest, guessed=(_midnight(text),))
    local = moment.astimezone(calendar.zone())
    return When(local.date(), local, f"{local:%H%M}{rest}")


def _somewhere(found: re.Match[str]) -> When | None:
    year, month, day = (int(found[one] or found[other]) for one, other in ((1, 5), (3, 6), (4, 7)))
    if not times.FIRST_YEAR <= year <= times.LAST_YEAR:
        return None
    try:
        named = date(year, month, day)
    except ValueError:
        return None
    before, after = found.string[: found.start()], found.string[found.end() :]
    return When(named, rest=f"{before.rstrip('-_ ')} {after}".strip(), is_sure=False)


# What the date says


def _said(value: object, named: When | None) -> When:
    text = text_of(value)
    read = _read(text, named)
    guessed = tuple(f"date: {guess}" for guess in (read.guessed,) if guess)
    if not isinstance(read.value, datetime):
        return When(read.value, guessed=guessed)
    local = read.value.astimezone(calendar.zone())
    if read.value.time() != time():
        return When(local.date(), local, guessed=guessed)
    if named is not None and named.day == read.value.date():
        return When(named.day, guessed=(f"date: {_midnight(text)}",))
    # A day as JavaScript writes it, or a departure at five in the afternoon in California.
    return When(local.date(), local, guessed=(f"date: {text!r} is taken for {local:%Y-%m-%d %H:%M} at the dock",))


def _read(text: str, named: When | None) -> times.Moment:
    """Return what a text says. What may be month and day or day and month is settled by what the id says."""
    try:
        return times.read(text, calendar.zone())
    except BadLine:
        ways = [_read_so(text, day_first=day_first) for day_first in (False, True)] if named else []
        found = [way for way in ways if way is not None]
        if named is None or not found:
            raise
        agreed = [way for way in found if _day_of(way) == named.day]
        if not agreed and not named.is_sure:
            raise
        return (agreed or found)[0]


def _read_so(text: str, *, day_first: bool) -> times.Moment | None:
    try:
        return times.read(text, calendar.zone(), day_first=day_first)
    except BadLine:
        return None


def _day_of(moment: times.Moment) -> date:
    value = moment.value
    return value.astimezone(calendar.zone()).date() if isinstance(value, datetime) else value


def _midnight(text: str) -> str:
    return f"{text!r} is midnight in UTC, and taken for the day alone"
