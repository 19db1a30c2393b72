"""A line of a file, as everything that imports sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


class ImportFailed(Exception):
    """The whole import cannot go on; says why, and what to do.

    in_page: the same for a page, where one chooses, and types no option of a command.
    """

    def __init__(self, words: str, *, in_page: str = "") -> None:
        super().__init__(words)
        self.in_page = in_page or words


class BadLine(Exception):
    """A line that cannot be carried; says why."""


@dataclass(frozen=True)
class Line:
    """A line of a file: where it stands, as it is written there, and its cells by column, stripped.

    A line that is no line of this table says so in `fault` and has no cells.
    """

    number: int
    raw: str
    cells: Mapping[str, str] = field(default_factory=dict)
    fault: str = ""
    # Where it stands, in words; "" for the line of its number.
    named: str = ""

    @property
    def place(self) -> str:
        return self.named or f"line {self.number}"
