"""The `external_id` of each line of a file: one that is on two departures is two payments, which is pointed out."""

from __future__ import annotations

from collections.abc import Sequence
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
        name = line.cells.get("external_id", "")
        if name:
            with self._lock:
                self._first.setdefault(hash(name), line.number)

    def elsewhere(self, lines: Sequence[Line]) -> dict[int, int]:
        """Return which of a departure's lines have the name of another departure's: their numbers, and those there."""
        own = {line.number for line in lines}
        named = ((line.number, self._first.get(hash(line.cells.get("external_id", "")))) for line in lines)
        return {number: first for number, first in named if first is not None and first not in own}
