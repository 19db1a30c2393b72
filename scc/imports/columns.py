"""How the columns of a file become ours: by their names, by other names that are known, by a preset, by hand.

What is said by hand goes first, then the preset, then our own names, then other names that a kind knows. Capitals,
spaces, "_" and "-" make no difference. Two columns that would be the same one are refused, never chosen between.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Any, Self

from scc.imports import days
from scc.imports.kinds import Kind, Preset
from scc.imports.lines import BadLine, ImportFailed, Line
from scc.imports.tables_header import fold, is_unnamed


@dataclass(frozen=True)
class Reading:
    """How a file is read. by_hand: the file's name of a column to ours, or "" to leave it out.

    fixed: ours to what every line says there. sheet: the one of a workbook, "" for the first with a header. day_first:
    whether 5/6/2026 is the 5th of June; None: not told, and such a day is refused.
    """

    by_hand: Mapping[str, str] = field(default_factory=dict)
    fixed: Mapping[str, str] = field(default_factory=dict)
    preset: str = ""
    sheet: str = ""
    day_first: bool | None = None

    def as_options(self) -> dict[str, object]:
        """Return it as JSON holds it, which a run keeps."""
        options: dict[str, object] = {"map": dict(self.by_hand), "set": dict(self.fixed), "preset": self.preset}
        sheet = {"sheet": self.sheet} if self.sheet else {}
        return {**options, **sheet, **({} if self.day_first is None else {"day_first": self.day_first})}

    @classmethod
    def of_options(cls, options: Mapping[str, Any]) -> Self:
        """Return what `as_options` was of."""
        sheet, day_first = options.get("sheet", ""), options.get("day_first")
        return cls(options["map"], options["set"], options["preset"], sheet, day_first)


# What is said once for all lines, beside the file's columns.
_EVERY_LINE = "what every line says"


def known(kind: Kind, reading: Reading) -> frozenset[str]:
    """Return the names by which the header of a file is known, for `open_table`. Raises ImportFailed."""
    preset = _preset(kind, reading.preset)
    theirs = (*preset.columns, *preset.ignored) if preset else (*kind.columns, *kind.aliases)
    return frozenset(fold(name) for name in (*theirs, *reading.by_hand) if name)


def reader(kind: Kind, names: Iterable[str], reading: Reading) -> Callable[[Line], Line]:
    """Return what makes a line of the file one with our columns. Raises ImportFailed when the columns do not fit."""
    columns = _Columns(kind, tuple(names), reading)
    columns.check()
    if reading.preset and reading.day_first is not None:
        known_by = f"The preset {reading.preset} knows how its days are written."
        raise ImportFailed(f"{known_by} Leave --day-first out.", in_page=known_by)
    ours, preset, fixed = columns.ours, columns.preset, columns.fixed
    blank = frozenset(name for name in columns.names if is_unnamed(name) and not ours[name] and not preset)

    def read(line: Line) -> Line:
        if line.fault:
            return line
        if full := [name for name in blank if line.cells[name]]:
            return replace(line, cells={}, fault=f"says something in {full[0]}, which has no name")
        cells = {ours[name]: cell for name, cell in line.cells.items() if ours[name]}
        try:
            converted = {**(preset.convert(cells) if preset else cells), **fixed}
            return replace(line, cells=_with_days(converted, kind, reading))
        except BadLine as exc:
            # With its cells, so that its money is counted where it is reported.
            return replace(line, cells={**cells, **fixed}, fault=str(exc))

    return read


def _with_days(cells: Mapping[str, str], kind: Kind, reading: Reading) -> Mapping[str, str]:
    """Return a line's cells with their days so that each is one, where it is told how they are written."""
    if reading.day_first is None or reading.preset:
        return cells
    return {**cells, **{name: _settled(name, cells[name], reading.day_first) for name in kind.days if name in cells}}


def _settled(name: str, cell: str, day_first: bool) -> str:
    try:
        return days.settled(cell, day_first=day_first)
    except BadLine as exc:
        raise BadLine(f"{name}: {exc}") from exc


def _preset(kind: Kind, name: str) -> Preset | None:
    if not name:
        return None
    found = next((preset for preset in kind.presets if preset.name == name), None)
    if found is None:
        there = ", ".join(each.name for each in kind.presets)
        raise ImportFailed(
            f"There is no preset {name!r} for {kind.name}. {f'Presets: {there}.' if there else ''}".strip()
        )
    return found


class _Columns:
    """The columns of a file, and which of ours each is."""

    def __init__(self, kind: Kind, names: tuple[str, ...], reading: Reading) -> None:
        self.kind, self.names = kind, names
        self.preset = _preset(kind, reading.preset)
        self.by_hand = {self._theirs(name): self._named(ours, "--map") for name, ours in reading.by_hand.items()}
        self.fixed = {self._named(name, "--set"): value for name, value in reading.fixed.items()}
        self._known = {fold(name): name for name in kind.columns}
        taken = {*self.by_hand.values(), *self.fixed}
        # Another name of a column that was said by hand is no name of it any more.
        self._aliases = {fold(name): ours for name, ours in kind.aliases.items() if ours not in taken}
        self._theirs_of_preset = {fold(name): ours for name, ours in self.preset.columns.items()} if self.preset else {}
        self.ours = {name: self._ours(name) for name in names}

    def _ours(self, name: str) -> str:
        """Return our name of a column, "" where it is left out, or its own where it is unknown."""
        if name in self.by_hand:
            return self.by_hand[name]
        if self.preset is not None:
            return self._theirs_of_preset.get(fold(name), "")
        if is_unnamed(name):
            return ""
        return self._known.get(fold(name)) or self._aliases.get(fold(name), name)

    def _theirs(self, name: str) -> str:
        """Return the file's name that --map means."""
        if name in self.names:
            return name
        alike = [each for each in self.names if fold(each) == fold(name)]
        if len(alike) != 1:
            raise ImportFailed(f"The file has no column {name!r} to map.{_perhaps(name, self.names)} {self._there()}")
        return alike[0]

    def _named(self, name: str, option: str) -> str:
        """Return the column of ours that `option` names."""
        found = next((each for each in self.kind.columns if fold(each) == fold(name)), None)
        if found is None and (name or option == "--set"):
            perhaps = _perhaps(name, self.kind.columns)
            raise ImportFailed(
                f"{option}: there is no column {name!r}.{perhaps} The columns are {_list(self.kind.columns)}."
            )
        return found or ""

    def check(self) -> None:
        """Raise ImportFailed, with everything that does not fit and what to type."""
        if not self.names:
            raise ImportFailed("The file is empty.")
        if not self.preset and not any(ours in self.kind.columns for ours in self.ours.values()):
            ours = _list(self.kind.columns)
            what = f"The file has no header that names a column of ours: {ours}."
            raise ImportFailed(f"{what} {self._there()} Its first line must name them.")
        faults = [*self._missing(), *self._unknown(), *self._double()]
        if faults:
            said, hints = "; ".join(said for said, _ in faults), " ".join(hint for _, hint in faults)
            words = f"The file {said}. {hints} {self._there()} The columns are {_list(self.kind.columns)}."
            raise ImportFailed(words, in_page=f"The file {said}.")

    def _missing(self) -> Iterable[tuple[str, str]]:
        there = {*self.ours.values(), *self.fixed}
        missing = [name for name in self.kind.columns if name not in there and name not in self.kind.optional]
        if self.preset:
            # What becomes of it says which of ours there are.
            there = {fold(name) for name in self.names}
            absent = [name for name in self.preset.needed if fold(name) not in there]
            if absent:
                words = f"is no export of {self.preset.label}: it lacks {_list(absent)}"
                yield words, f"It would have {_list(self.preset.columns)}."
        elif missing:
            first = missing[0]
            other = f'Type --map "ITS NAME={first}" where it has another name'
            yield f"lacks {_list(missing)}", f"{other}, or --set {first}=VALUE where every line says the same."

    def _unknown(self) -> Iterable[tuple[str, str]]:
        unknown = [
            name for name in dict.fromkeys(self.names) if self.ours[name] and self.ours[name] not in self.kind.columns
        ]
        if unknown and not self.preset:
            first = unknown[0]
            near = get_close_matches(fold(first), map(fold, self.kind.columns), 1)
            meant = self._known[near[0]] if near else "COLUMN"
            yield (
                f"has unknown {_list(unknown)}",
                f'Type --map "{first}={meant}" to take it, or --map "{first}=" to leave it out.',
            )

    def _double(self) -> Iterable[tuple[str, str]]:
        for ours in filter(None, dict.fromkeys(self.ours.values())):
            names = [name for name in self.names if self.ours[name] == ours]
            said = [*dict.fromkeys(names), *([_EVERY_LINE] if ours in self.fixed and names else [])]
            if len(names) > 1 or len(said) > 1:
                beside = f" ({_list(said)})" if said != [ours] else ""
                yield f"has twice {ours}{beside}", self._hint_of_double(names)

    def _hint_of_double(self, names: Sequence[str]) -> str:
        if len(set(names)) < len(names):
            return "Give each column of the file a name of its own."
        return f'Type --map "{names[-1]}=" to leave one out.'

    def _there(self) -> str:
        return f"The file's are {_list(name for name in self.names if not is_unnamed(name)) or 'none'}."


def _perhaps(name: str, among: Iterable[str]) -> str:
    folded = {fold(each): each for each in among}
    near = get_close_matches(fold(name), folded, 1)
    return f" Is {folded[near[0]]!r} meant?" if near else ""


def _list(names: Iterable[str]) -> str:
    return ", ".join(names)
