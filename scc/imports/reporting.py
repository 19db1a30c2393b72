"""Reports as CSV: where a line is, what is said of it, and the line as it stands in the file."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from typing import IO

from scc.cells import plain

HEADER = ("place", "reason", "raw")


def write(file: IO[str], told: Iterable[tuple[str, str, str]]) -> None:
    """Write lines of a report, each a place, a reason and a raw line.

    People open it in a spreadsheet: what that would take for a formula, in any of the three, has an apostrophe before
    it. Else the raw line is as it was.
    """
    csv.writer(file).writerows((plain(place), plain(reason), plain(raw)) for place, reason, raw in told)
