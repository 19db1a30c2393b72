"""Taking the members of a request's body one by one, and saying at the end all that is wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime

from scc.api.problems import BadRequest
from scc.money import BadAmount, parse_amount

# RFC 3339, with its zone: Python alone takes weeks, basic formats and times of no zone.
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2})", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
# How many unknown members are named, and how much of each.
MOST_NAMED = 10
LONGEST_NAMED = 80


class Fields:
    """A body's members. A member that is null counts as left out. What is never asked for is unknown, and refused."""

    def __init__(self, body: Mapping[str, object]) -> None:
        self._left = dict(body)
        self.errors: dict[str, list[str]] = {}

    def text(self, name: str, *, required: bool = False) -> str:
        """Return a text, "" where there is none."""
        value = self._take(name, required=required)
        if value is None or isinstance(value, str):
            return value or ""
        self._refuse(name, "Must be text.")
        return ""

    def amount(self, name: str, *, required: bool = False, zero: bool = False) -> int:
        """Return an amount in cents, 0 where there is none."""
        value = self._take(name, required=required)
        if value is None:
            return 0
        try:
            return parse_amount(value, zero=zero)
        except BadAmount as exc:
            self._refuse(name, str(exc))
            return 0

    def moment(self, name: str) -> datetime | date | None:
        """Return an instant of RFC 3339 or a day of the calendar, None where there is none."""
        value = self._take(name, required=False)
        if value is None:
            return None
        try:
            return parse_moment(value)
        except ValueError:
            self._refuse(name, "Must be a time such as 2026-05-23T18:15:00Z, or a day such as 2026-05-23.")
            return None

    def end(self) -> None:
        """Raise BadRequest (422) if a member was wrong or is unknown."""
        for name in list(self._left)[:MOST_NAMED]:
            self._refuse(name[:LONGEST_NAMED], "There is no such field.")
        if self.errors:
            raise BadRequest(422, "Some fields cannot be taken.", errors=self.errors)

    def _take(self, name: str, *, required: bool) -> object:
        value = self._left.pop(name, None)
        if value is None and required:
            self._refuse(name, "Must be given.")
        return value

    def _refuse(self, name: str, text: str) -> None:
        self.errors.setdefault(name, []).append(text)


def parse_moment(value: object) -> datetime | date:
    """Return the instant or day that `value` names. Raises ValueError."""
    if isinstance(value, str) and _INSTANT.fullmatch(value):
        return datetime.fromisoformat(value.upper())
    if isinstance(value, str):
        return parse_day(value)
    raise ValueError("not a time")


def parse_day(text: str) -> date:
    """Return the day that `text` names: 2026-05-23. Raises ValueError."""
    if not _DAY.fullmatch(text):
        raise ValueError(f"{text!r} is not a day such as 2026-05-23")
    return date.fromisoformat(text)
