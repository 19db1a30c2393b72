"""Telling of each line once, however often it was looked at: what met another writer is decided anew."""

from __future__ import annotations

from collections.abc import Iterable

from scc.imports.lines import Line
from scc.imports.outcomes import Outcome


class Once:
    """Tells `outcome` of the lines of one group, of which all are of one sort. What is told again is passed over."""

    def __init__(self, outcome: Outcome, sort: str) -> None:
        self._outcome = outcome
        self._sort = sort
        # Lines of a group live as long as this does.
        self._told: set[int] = set()

    def report(self, line: Line, reason: str, *, cents: int = 0) -> None:
        """Tell that a line is not carried, and why."""
        if self._is_first(line):
            self._outcome.report(self._sort, line, reason, cents=cents)

    def unchanged(self, line: Line, *, cents: int = 0) -> None:
        """Tell that a line is stored already, as it says."""
        if self._is_first(line):
            self._outcome.unchanged(self._sort, line, cents=cents)

    def carried(self, line: Line, *, cents: int = 0, said: str = "", guesses: Iterable[str] = ()) -> None:
        """Tell that a line is stored now, or would be; as what, and what was guessed of it."""
        if self._is_first(line):
            for text in guesses:
                self._outcome.guess(self._sort, line, text)
            self._outcome.carried(self._sort, line, cents=cents, said=said)

    def _is_first(self, line: Line) -> bool:
        is_first = id(line) not in self._told
        self._told.add(id(line))
        return is_first
