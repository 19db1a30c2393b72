"""Months, in which lists and exports of the ledger are kept: an entry belongs to the one in which it was logged."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from events import calendar
from payments.rows import Tally
from scc.dynamo.extracts import extracts

_TEXT = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")


class Figures(NamedTuple):
    """What one tally says, but for its days."""

    event_id: str
    method: str
    recorded_by: str
    received_cents: int
    refunded_cents: int
    tips_cents: int
    entries: int


class BadMonth(ValueError):
    """Text that names no month; says how one is written."""


@dataclass(frozen=True)
class Month:
    """A month at the operator's dock."""

    first: date

    @classmethod
    def parse(cls, text: str) -> Month:
        """Return the month that `text` names: 2026-05. Raises BadMonth."""
        match = _TEXT.fullmatch(text)
        if match is None or match[1] == "0000":
            raise BadMonth(f"{text[:20]!r} is no month; write one as 2026-05.")
        return cls(date(int(match[1]), int(match[2]), 1))

    @classmethod
    def present(cls) -> Month:
        """Return the month that it is at the dock."""
        return cls(calendar.today().replace(day=1))

    def __str__(self) -> str:
        return f"{self.first:%Y-%m}"

    @property
    def label(self) -> str:
        return f"{self.first:%B %Y}"

    @property
    def last(self) -> date:
        return self.first.replace(day=monthrange(self.first.year, self.first.month)[1])

    def tallies(self) -> list[Figures]:
        """Return the tallies of what was logged in it. One Query, and one more for each megabyte of tallies."""
        known = {"recorded_year": f"{self.first:%Y}"}
        read = extracts(Tally, Figures._fields, index="gsi1", known=known, low=self.first, high=self.last)
        return [Figures(**facts) for facts in read]
