"""The `external_id` of each line of a file: one that is on two departures is two payments, which is pointed out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from threading import Lock

from scc.imports.lines import Line


class Names:
    """Which line was the first to have each `external_id`. May be told by several threads."""

    def __init__(self) -> None:
        # Numbers alone, as a file may have a hundred thousand.
        self._first: dict[int, int] = {}
        self._lock = Lock()

    def note(self, line: Line) -> None:
        """Take notice of a line. Lines are best noted in the order of the file."""
        name = _name(line)
        if name:
            self.know({name: line.number})

    def know(self, first: Mapping[str, int]) -> None:
        """Take notice of the numbers of first lines, by their names."""
        with self._lock:
            for name, number in first.items():
                self._first.setdefault(hash(name), number)

    def elsewhere(self, lines: Sequence[Line]) -> dict[int, int]:
        """Return which of a departure's lines have the name of another departure's: their numbers, and those there."""
        own = {line.number for line in lines}
        named = ((line.number, self._first.get(hash(_name(line)))) for line in lines)
        return {number: first for number, first in named if first is not None and first not in own}

    def of_others(self, lines: Sequence[Line]) -> dict[str, int]:
        """Return which of a departure's names are another departure's: them, and the numbers of their first lines."""
        elsewhere = self.elsewhere(lines)
        return {_name(line): elsewhere[line.number] for line in lines if line.number in elsewhere}


def _name(line: Line) -> str:
    return line.cells.get("external_id", "")
