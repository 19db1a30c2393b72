"""What a dry run shows: some of the lines that would be carried, and all that would be reported.

On a terminal a table, elsewhere plain lines whose columns stand under each other. Of a hundred thousand lines one is
held at a time; a table of the terminal's would hold all.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sized
from itertools import islice

from django.core.management.base import BaseCommand

from scc.imports.outcomes import SHOWN, Outcome

# Rows of a table on a terminal. More are plain lines.
MOST_ROWS = 500

# Place, what would become of the line, and as what or why.
Row = tuple[str, str, str]


def show(command: BaseCommand, outcome: Outcome) -> None:
    """Show what would happen."""
    if command.stdout.isatty() and len(outcome.reports) <= MOST_ROWS:
        _as_table(command, _rows(outcome))
    else:
        _plainly(command, outcome)


def _rows(outcome: Outcome) -> Iterator[Row]:
    carried = outcome.lines("carried")
    for told in outcome.shown:
        yield told.place, "carried", told.text
    yield from _more(carried - len(outcome.shown))
    for told in islice(outcome.guesses, SHOWN):
        yield told.place, "guessed", told.text
    yield from _more(_beyond(outcome.guesses))
    for told in outcome.reports:
        yield told.place, "reported", told.text


def _beyond(told: Sized) -> int:
    return len(told) - SHOWN


def _more(count: int) -> Iterator[Row]:
    if count > 0:
        yield "...", "", f"and {count:,} more"


def _plainly(command: BaseCommand, outcome: Outcome) -> None:
    width = max((len(place) for place, _, _ in _rows(outcome)), default=0)
    for place, what, text in _rows(outcome):
        command.stdout.write(f"{place:<{width}}  {what:<8}  {text}".rstrip())


def _as_table(command: BaseCommand, rows: Iterable[Row]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("Place", "Would be", "As, or why", box=None, pad_edge=False)
    for place, what, text in rows:
        # Texts, so that no bracket of a file is taken for a style.
        table.add_row(Text(place), Text(what, style="yellow" if what == "reported" else ""), Text(text))
    # Sized by the terminal, and written through Django, which ends lines itself.
    drawn = io.StringIO()
    Console(file=drawn, force_terminal=True, width=Console().width).print(table)
    if table.row_count:
        command.stdout.write(drawn.getvalue())
