"""The cells of a line, read one by one, so that everything that is wrong with it is said at once."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from events import slugs
from scc.imports import amounts, days
from scc.imports.lines import BadLine, Line
from scc.imports.marks import mark_of
from scc.money import MOST_CENTS, display
from scc.text import BadText

# Spreadsheets write a whole number with decimals too.
_NUMBER = re.compile(r"([0-9]{1,6})(?:\.0+)?")

T = TypeVar("T")


class Cells:
    """Reads a line's cells and keeps what is wrong with them. Raises BadLine at once for what is no line."""

    def __init__(self, line: Line) -> None:
        if line.fault:
            raise BadLine(line.fault)
        self.line = line
        self._faults: list[str] = []

    def take(self, column: str, read: Callable[[str], T], *, otherwise: T, is_needed: bool = False) -> T:
        """Return what `read` makes of a cell, `otherwise` where it is blank or not to be read."""
        cell = self.line.cells.get(column, "")
        try:
            if cell:
                return read(cell)
            if is_needed:
                raise BadLine("is missing")
        except (BadLine, BadText) as exc:
            self._faults.append(f"{column}: {exc}")
        return otherwise

    def check(self) -> None:
        """Raise BadLine when anything was wrong."""
        if self._faults:
            raise BadLine("; ".join(self._faults))


def number(cell: str) -> int:
    """Return a whole number of people, from 1. Raises BadLine."""
    found = _NUMBER.fullmatch(cell)
    if found is None or not int(found[1]):
        raise BadLine(f"{cell!r} is no number of people such as 4")
    return int(found[1])


def price(cell: str) -> int:
    """Return what something costs, in cents. Raises BadLine."""
    cents = amounts.read(cell)
    if cents < 0:
        raise BadLine(f"{cell!r} is not from 0 to {display(MOST_CENTS)}")
    return cents


def slug_of(line: Line) -> str:
    """Return the slug of the line's departure, "" where it names none. A day is that of the day's own, 2026-05-23."""
    cell = line.cells.get("event", "")
    with suppress(slugs.BadSlug):
        return str(slugs.parse(cell))
    with suppress(BadLine):
        day, guessed = days.read_alone(cell)
        return "" if guessed else str(slugs.Slug(day))
    return ""


def why_no_departure(line: Line, slug: str) -> str:
    """Return why a line of no departure that is stored is not carried."""
    if line.fault:
        return line.fault
    if slug:
        return f"event: there is no departure {slug}; import the departures first, or correct the line"
    cell = line.cells.get("event", "")
    if days.is_either(cell):
        return f"event: {cell!r} may be month and day or day and month; write it as 2026-05-23"
    if not cell:
        return "event: is missing; where every line is of one departure, set it for all"
    return f"event: {cell!r} is no departure such as 2026-05-23 or 2026-05-23-sunset"


def key_of(kind: str, slug: str, external_id: str) -> str:
    """Return by what a line is known that has a number of its own, "" for one that has none. Raises as `mark_of`."""
    return mark_of(kind, slug, "external_id", external_id) if external_id else ""


def is_same_phone(one: str, other: str) -> bool:
    """Say whether two telephone numbers are the same one, with or without the country's."""
    digits, others = (re.sub(r"[^0-9]", "", number) for number in (one, other))
    if len(digits) < 7 or len(others) < 7:
        return digits == others != ""
    return digits.endswith(others) or others.endswith(digits)


def shares_contact(email: str, phone: str, other_email: str, other_phone: str) -> bool:
    """Say whether two have an address or a telephone in common."""
    same_email = bool(email) and email.casefold() == other_email.casefold()
    return same_email or is_same_phone(phone, other_phone)


def contradicts(email: str, phone: str, other_email: str, other_phone: str) -> bool:
    """Say whether two have addresses or telephones, and nothing in common."""
    both = (email and other_email) or (phone and other_phone)
    return bool(both) and not shares_contact(email, phone, other_email, other_phone)
