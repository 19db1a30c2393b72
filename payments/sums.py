"""What entries add up to, method by method: at the foot of a list, and at the end of an export.

A void takes back what it voids. Credit that was carried from one departure to another is a line of its own, as no money
came in or went out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from payments import methods
from payments.methods import CREDIT, Method
from payments.months import Figures
from payments.rows import Payment
from payments.totals import NOTHING, Moved, moved_by


@dataclass(frozen=True)
class Sum:
    """What moved, and by how many entries."""

    moved: Moved = NOTHING
    entries: int = 0

    def __add__(self, other: Sum) -> Sum:
        return Sum(self.moved + other.moved, self.entries + other.entries)


@dataclass
class Sums:
    """Running sums by the method's code."""

    by_code: dict[str, Sum] = field(default_factory=dict)

    @classmethod
    def of_entries(cls, entries: Iterable[Payment]) -> Sums:
        """Return what `entries` add up to."""
        sums = cls()
        for entry in entries:
            sums.count(entry)
        return sums

    @classmethod
    def of_tallies(cls, tallies: Iterable[Figures]) -> Sums:
        """Return what the entries add up to that `tallies` count."""
        sums = cls()
        for tally in tallies:
            moved = Moved(tally.received_cents, tally.refunded_cents, tally.tips_cents)
            sums.add(tally.method, Sum(moved, tally.entries))
        return sums

    def count(self, entry: Payment) -> None:
        """Add one entry."""
        self.add(entry.method, Sum(moved_by(entry), 1))

    def add(self, code: str, more: Sum) -> None:
        """Add what entries of one method add up to."""
        self.by_code[code] = self.by_code.get(code, Sum()) + more

    @property
    def money(self) -> Moved:
        """What came in and went out, by all methods."""
        return self._total(code for code in self.by_code if code != CREDIT).moved

    @property
    def credit(self) -> Moved:
        """What was carried over: received where it came, refunded where it left."""
        return self._total([CREDIT]).moved

    @property
    def has_credit(self) -> bool:
        return CREDIT in self.by_code

    @property
    def entries(self) -> int:
        return self._total(self.by_code).entries

    @property
    def methods(self) -> list[tuple[Method, Moved]]:
        """What each method moved, in the order of the methods."""
        used = sorted(map(methods.get, self.by_code.keys() - {CREDIT}), key=_place)
        return [(method, self.by_code[method.code].moved) for method in used]

    def _total(self, codes: Iterable[str]) -> Sum:
        return sum((self.by_code.get(code, Sum()) for code in codes), Sum())


def _place(method: Method) -> tuple[int, str, str]:
    return method.order, method.label, method.code
