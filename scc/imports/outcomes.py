"""What became of each line: carried, unchanged as it is stored already, or reported with its reason."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Mapping

from django.conf import settings

from scc.counts import Counts
from scc.imports.lines import Line
from scc.imports.tellings import Tellings, Told
from scc.money import display

__all__ = ["CENTS", "SHOWN", "WHAT", "Outcome", "Tellings", "Told"]

WHAT = ("read", "carried", "unchanged", "reported")
CENTS = ("cents_read", "cents_carried", "cents_unchanged", "cents_reported")
# Of what would happen, a dry run shows so many lines.
SHOWN = 20


class Outcome(Counts):
    """Counts by sort of thing, and what was not carried. May be told by several threads.

    Each line is told of once, of those sorts that it says: read = carried + unchanged + reported, and so in cents.
    sorts: what is counted. money: those of them that move money. added: what comes into being beside, uncounted as
    lines ("vessels"): of these all that is read is carried.
    """

    def __init__(self, sorts: Iterable[str], *, money: Iterable[str] = (), added: Iterable[str] = ()) -> None:
        of_money = set(money)
        named = {sort: dict.fromkeys((*WHAT, *(CENTS if sort in of_money else ())), 0) for sort in sorts}
        self._added = tuple(added)
        super().__init__({**named, **{sort: dict.fromkeys(WHAT, 0) for sort in self._added}})
        # What was not carried, and what was guessed of what was: in the order of the file.
        self.reports = Tellings()
        self.guesses = Tellings()
        # The first that were carried, or would be.
        self.shown: list[Told] = []

    def carried(self, sort: str, line: Line, *, cents: int = 0, said: str = "") -> None:
        """Tell that a line is stored now, or would be. said: as what, for people."""
        self._tell(sort, "carried", cents)
        with self._lock:
            insort(self.shown, Told(sort, line, said), key=_number)
            del self.shown[SHOWN:]

    def add(self, sort: str, number: int = 1) -> None:
        """Tell that so many things came into being beside, or would."""
        self.count(sort, "read", number)
        self.count(sort, "carried", number)

    def unchanged(self, sort: str, line: Line, *, cents: int = 0) -> None:
        """Tell that a line is stored already, as it says."""
        self._tell(sort, "unchanged", cents)

    def report(self, sort: str, line: Line, reason: str, *, cents: int = 0) -> None:
        """Tell that a line is not carried, and why."""
        self._tell(sort, "reported", cents)
        self.reports.append(Told(sort, line, reason))

    def guess(self, sort: str, line: Line, text: str) -> None:
        """Tell what was guessed of a line that is carried."""
        self.guesses.append(Told(sort, line, text))

    def lines(self, what: str) -> int:
        """Return how many lines were read, carried, ... What came into being beside is no line."""
        return sum(counts[what] for sort, counts in self.counts.items() if sort not in self._added)

    def withdraw(self) -> None:
        """Tell that nothing was written after all: what was carried was not read, and what is reported stays so."""
        for counts in self.counts.values():
            for read, carried in (("read", "carried"), ("cents_read", "cents_carried")):
                gone = counts.get(carried, 0)
                if read in counts:
                    counts[read] -= gone
                if carried in counts:
                    counts[carried] = 0
        self.shown.clear()

    def _tell(self, sort: str, what: str, cents: int) -> None:
        self.count(sort, "read")
        self.count(sort, what)
        if "cents_read" in self.counts[sort]:
            self.count(sort, "cents_read", cents)
            self.count(sort, f"cents_{what}", cents)

    def __str__(self) -> str:
        return "; ".join(f"{sort}: {self._said(sort, counts)}" for sort, counts in self.counts.items())

    def _said(self, sort: str, counts: Mapping[str, int]) -> str:
        return f"{counts['carried']} carried" if sort in self._added else _said(counts)


def _number(told: Told) -> int:
    return told.line.number


def _said(counts: Mapping[str, int]) -> str:
    """Return counts in words, each with its money: `2 carried ($250.00)`."""
    return ", ".join(f"{n} {what}{_money(counts, what)}" for what, n in counts.items() if what not in CENTS)


def _money(counts: Mapping[str, int], what: str) -> str:
    cents = counts.get(f"cents_{what}")
    return "" if cents is None else f" ({display(cents, settings.SCC_CURRENCY)})"
