"""What the days of a whole file show of their order: 23/05/2026 in one line says how 05/06/2026 in another is meant.

It is told and never taken: a file may have been put together from two.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from scc.imports import days
from scc.imports.lines import Line


class Orders:
    """Looks at the lines of a file, of which `columns` hold days."""

    def __init__(self, columns: Sequence[str]) -> None:
        self.columns = columns
        # How many lines have a day that may be two.
        self.unclear = 0
        self._example = ""
        # An example of each order: that the day comes first, or the month.
        self._shown: dict[bool, str] = {}

    def see(self, line: Line) -> Line:
        """Look at a line, and return it."""
        for name in self.columns:
            cell = line.cells.get(name, "")
            if days.is_either(cell):
                self.unclear += 1
                self._example = self._example or _quoted(cell, line)
            elif (day_first := days.order_of(cell)) is not None:
                self._shown.setdefault(day_first, _quoted(cell, line))
        return line

    def said(self, do: Mapping[bool, str]) -> str:
        """Return what is to be said of days that may be two, "" where there are none.

        do: what one does to have the day first, and the month: "Type --day-first".
        """
        if not self.unclear:
            return ""
        lines = "1 day" if self.unclear == 1 else f"{self.unclear:,} days"
        return f"{lines} may be read in two ways, such as {self._example}. {self._advice(do)}"

    def _advice(self, do: Mapping[bool, str]) -> str:
        match list(self._shown):
            case []:
                return f"Does the day come first? {do[True]}. The month? {do[False]}."
            case [day_first]:
                first = "day" if day_first else "month"
                return f"{self._shown[day_first]} has the {first} first. {do[day_first]} to read all of them so."
        return f"{self._shown[True]} has the day first, {self._shown[False]} the month: write them as 2026-05-23."


def _quoted(cell: str, line: Line) -> str:
    return f"{cell[:40]!r} ({line.place})"
