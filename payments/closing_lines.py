"""The figures of a close, a line for each method, and how they are stored."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any

from payments.closing_rows import DayClose
from scc.money import display


class Share(Enum):
    """Why a close takes an entry: it is of the day, came after its own day's close, or its day was never closed."""

    DAY = "day"
    AFTER = "after"
    EARLIER = "earlier"


@dataclass(frozen=True)
class Part:
    """What some entries moved, in cents, and how many they are."""

    received_cents: int = 0
    tips_cents: int = 0
    refunded_cents: int = 0
    entries: int = 0

    @property
    def expected_cents(self) -> int:
        """What is there of it: a drawer holds tips too."""
        return self.received_cents + self.tips_cents - self.refunded_cents


@dataclass(frozen=True)
class Line:
    """One method in a close: what is expected, part by part, and what was counted; None where nobody counted."""

    method: str
    label: str
    is_cash: bool
    day: Part = Part()
    after: Part = Part()
    earlier: Part = Part()
    counted_cents: int | None = None

    @property
    def expected_cents(self) -> int:
        return self.day.expected_cents + self.after.expected_cents + self.earlier.expected_cents

    @property
    def entries(self) -> int:
        return self.day.entries + self.after.entries + self.earlier.entries

    @property
    def difference_cents(self) -> int | None:
        """What was counted less what was expected: below zero it is short. None where nobody counted."""
        return None if self.counted_cents is None else self.counted_cents - self.expected_cents


def written(lines: Iterable[Line]) -> str:
    """Return `lines` as a close stores them: with every figure, so that nothing is reckoned anew to be read."""
    computed = ("expected_cents", "difference_cents", "entries")
    return json.dumps(
        [asdict(line) | {name: getattr(line, name) for name in computed} for line in lines], ensure_ascii=False
    )


def lines_of(close: DayClose) -> list[Line]:
    """Return the lines that `close` stores."""
    return [_line(facts) for facts in json.loads(close.lines)]


def _line(facts: Mapping[str, Any]) -> Line:
    parts = {share.value: Part(**facts[share.value]) for share in Share}
    return Line(
        method=facts["method"],
        label=facts["label"],
        is_cash=facts["is_cash"],
        counted_cents=facts["counted_cents"],
        **parts,
    )


def difference_words(line: Line, currency: str) -> str:
    """Return $5.00 short, $5.00 over, "matches"; "" where nobody counted."""
    cents = line.difference_cents
    if cents is None:
        return ""
    return f"{display(abs(cents), currency)} {'short' if cents < 0 else 'over'}" if cents else "matches"
