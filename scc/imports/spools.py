"""The lines of a file, read once, kept in a temporary file, and given back group by group.

Of a hundred thousand lines only their places are held.
"""

from __future__ import annotations

import json
import tempfile
import weakref
from array import array
from collections.abc import Callable, Iterable
from threading import Lock
from types import TracebackType
from typing import Self

from scc.imports.lines import Line


class Spool:
    """Lines by group. A context manager: the file goes with it. May be read by several threads."""

    def __init__(self, lines: Iterable[Line], *, group_of: Callable[[Line], str]) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115
        # Also when a line of the file stops it here.
        self._close = weakref.finalize(self, self._file.close)
        self._lock = Lock()
        self._places: dict[str, array[int]] = {}
        for line in lines:
            self._places.setdefault(group_of(line), array("q")).append(self._file.tell())
            self._file.write(_written(line))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._close()

    def __len__(self) -> int:
        return sum(map(len, self._places.values()))

    @property
    def groups(self) -> list[str]:
        """The names of the groups, in order."""
        return sorted(self._places)

    def size(self, group: str) -> int:
        """Return how many lines a group has."""
        return len(self._places[group])

    def read(self, group: str) -> list[Line]:
        """Return the lines of a group, in the order of the file."""
        with self._lock:
            return [self._read(place) for place in self._places[group]]

    def _read(self, place: int) -> Line:
        self._file.seek(place)
        number, raw, cells, fault, named = json.loads(self._file.readline())
        return Line(number, raw, cells, fault, named)


def _written(line: Line) -> bytes:
    parts = (line.number, line.raw, dict(line.cells), line.fault, line.named)
    # JSON keeps line breaks inside texts escaped.
    return json.dumps(parts, separators=(",", ":")).encode() + b"\n"
