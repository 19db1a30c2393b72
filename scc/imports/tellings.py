"""What is told of lines, however many: beyond a megabyte it is kept in a temporary file, and only places are held."""

from __future__ import annotations

import json
import tempfile
import weakref
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from threading import Lock

from scc.imports.lines import Line

_IN_MEMORY = 1 << 20


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


class Tellings:
    """What was told, in the order of the file, whatever order it was told in. May be told by several threads.

    Of each line the number, the place and the text as it stands in the file are kept, and not its cells.
    """

    def __init__(self, told: Iterable[Told] = ()) -> None:
        # It may hold what guests said: the file has no name, and goes with this.
        self._file = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115
        weakref.finalize(self, self._file.close)
        self._lock = Lock()
        self._numbers, self._places = array("q"), array("q")
        for each in told:
            self.append(each)

    def append(self, told: Told) -> None:
        line = told.line
        parts = (told.sort, line.number, line.raw, line.named, told.text)
        written = json.dumps(parts, separators=(",", ":")).encode() + b"\n"
        with self._lock:
            self._numbers.append(line.number)
            self._places.append(self._file.seek(0, 2))
            self._file.write(written)

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[Told]:
        order = array("q", sorted(range(len(self)), key=self._numbers.__getitem__))
        return map(self._read, order)

    def _read(self, index: int) -> Told:
        with self._lock:
            self._file.seek(self._places[index])
            sort, number, raw, named, text = json.loads(self._file.readline())
        return Told(sort, Line(number, raw, named=named), text)
