"""What can be imported. Each app registers its kinds when it is ready; commands and pages ask here."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from django.utils.module_loading import import_string

from scc.imports.lines import Line
from scc.imports.outcomes import Outcome
from scc.imports.runs import Run


@dataclass(frozen=True)
class Preset:
    """How the export of another system becomes our columns.

    columns: its name of a column to ours. needed: those of them without which a file is no such export. convert: what
    is made of a line's cells then; raises BadLine for what is no such thing, with the reason.
    """

    name: str
    label: str
    columns: Mapping[str, str]
    needed: Sequence[str]
    convert: Callable[[Mapping[str, str]], Mapping[str, str]] = dict
    # Columns of it that say nothing we keep, and so are no mistake.
    ignored: frozenset[str] = field(default_factory=frozenset)


class Kind(ABC):
    """One sort of thing that can be imported."""

    # What counts it and what commands and addresses call it: "payments".
    name: ClassVar[str]
    label: ClassVar[str]
    columns: ClassVar[Sequence[str]]
    optional: ClassVar[frozenset[str]] = frozenset()
    # Other names of columns, folded, that are taken for ours: "guest" -> "patron_name".
    aliases: ClassVar[Mapping[str, str]] = {}
    # Columns that hold days, of which it may be said that the day comes first, or the month.
    days: ClassVar[Sequence[str]] = ()
    presets: ClassVar[Sequence[Preset]] = ()
    # Whether lines move money.
    is_money: ClassVar[bool] = False
    # What may come into being beside: vessels.
    added: ClassVar[Sequence[str]] = ()
    # How many groups are carried at once.
    threads: ClassVar[int] = 4

    @abstractmethod
    def group_of(self, line: Line) -> str:
        """Return the name of those lines that `line` is carried with: its departure's slug.

        Lines of one group are carried together and in their order, groups in any. It raises nothing: what says no
        departure is of the group "", which `carry` reports.
        """

    @abstractmethod
    def carry(self, group: str, lines: Sequence[Line], run: Run, outcome: Outcome, *, dry_run: bool) -> None:
        """Carry the lines of one group, and tell `outcome` what became of each, once.

        What is written is decided by the group's lines and by what is stored, in transactions of a fixed cut of the
        lines, so that a run that was killed and begun again ends in the same table.
        Raises ImportFailed when the whole cannot go on, StoreUnavailable and OutcomeUnknown (begin it again).
        """

    def around(self, lines: Sequence[Line]) -> Mapping[str, int]:
        """Return what carrying these lines of a group takes of the file's others, once `group_of` saw all, for `know`.

        A portion of a file is carried by a kind of its own, which sees no other.
        """
        return {}

    def know(self, around: Mapping[str, int]) -> None:  # noqa: B027
        """Take what `around` gave, before anything is carried."""

    def outcome(self) -> Outcome:
        """Return an empty outcome for this kind."""
        return Outcome([self.name], money=[self.name] if self.is_money else [], added=self.added)


_kinds: dict[str, str] = {}


def register(name: str, path: str) -> None:
    """Make the kind `name` known, of the class at the dotted `path`, imported when it is asked for."""
    _kinds[name] = path


def get(name: str) -> Kind:
    """Return the kind of this name. Raises KeyError."""
    found: type[Kind] = import_string(_kinds[name])
    return found()


def names() -> list[str]:
    """Return the names of all kinds, in the order in which an operator imports them."""
    order = ("events", "patrons", "crew", "payments", "waivers")
    return sorted(_kinds, key=lambda name: order.index(name) if name in order else len(order))
