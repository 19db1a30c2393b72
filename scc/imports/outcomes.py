"""What became of each line: carried, unchanged as it is stored already, or reported with its reason."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from scc.counts import Counts
from scc.imports.lines import Line

WHAT = ("read", "carried", "unchanged", "reported")
CENTS = ("cents_read", "cents_carried", "cents_unchanged", "cents_reported")
# Of what would happen, a dry run shows so many lines.
SHOWN = 20


@dataclass(frozen=True)
class Told:
    """A line, and what is said of it. sort: what counts it, `payments`."""

    sort: str
    line: Line
    text: str

    @property
    def place(self) -> str:
        return self.line.place

    @property
    def raw(self) -> str:
        return self.line.raw


class Outcome(Counts):
    """Counts by sort of thing, and what was not carried. May be told by several threads.

    Each line is told of once, of those sorts that it says: read = carried + unchanged + reported, and so in cents.
    sorts: what is counted. money: those of them that move money. added: what comes into being beside, uncounted as
    lines ("vessels").
    """

    def __init__(self, sorts: Iterable[str], *, money: Iterable[str] = (), added: Iterable[str] = ()) -> None:
        of_money = set(money)
        named = {sort: dict.fromkeys((*WHAT, *(CENTS if sort in of_money else ())), 0) for sort in sorts}
        super().__init__({**named, **{sort: {"carried": 0} for sort in added}})
        self.reports: list[Told] = []
        self.guesses: list[Told] = []
        self.shown: list[Told] = []

    def carried(self, sort: str, line: Line, *, cents: int = 0, said: str = "") -> None:
        """Tell that a line is stored now, or would be. said: as what, for people."""
        self._tell(sort, "carried", cents)
        if len(self.shown) < SHOWN:
            self.shown.append(Told(sort, line, said))

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

    def sort(self) -> None:
        """Put what was told into the order of the file."""
        for told in (self.reports, self.guesses, self.shown):
            told.sort(key=lambda each: each.line.number)

    def _tell(self, sort: str, what: str, cents: int) -> None:
        self.count(sort, "read")
        self.count(sort, what)
        if "cents_read" in self.counts[sort]:
            self.count(sort, "cents_read", cents)
            self.count(sort, f"cents_{what}", cents)
