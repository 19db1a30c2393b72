"""How the columns of a file become ours: by their names, by other names that are known, by a preset, by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from scc.imports.kinds import Kind, Preset
from scc.imports.lines import BadLine, ImportFailed, Line


@dataclass(frozen=True)
class Reading:
    """How a file is read. by_hand: the file's name of a column to ours. fixed: ours to what every line says there."""

    by_hand: Mapping[str, str] = field(default_factory=dict)
    fixed: Mapping[str, str] = field(default_factory=dict)
    preset: str = ""

    def as_options(self) -> dict[str, object]:
        """Return it as JSON holds it, which a run keeps."""
        return {"map": dict(self.by_hand), "set": dict(self.fixed), "preset": self.preset}


def reader(kind: Kind, names: Iterable[str], reading: Reading) -> Callable[[Line], Line]:
    """Return what makes a line of the file one with our columns. Raises ImportFailed when the columns do not fit."""
    given = list(names)
    preset = _preset(kind, reading.preset)
    ours = {name: _ours(name, kind, preset, reading) for name in given}
    _check(kind, given, ours, preset, reading)

    def read(line: Line) -> Line:
        if line.fault:
            return line
        cells = {ours[name]: cell for name, cell in line.cells.items() if ours[name]}
        try:
            converted = preset.convert(cells) if preset else cells
        except BadLine as exc:
            return replace(line, cells={}, fault=str(exc))
        return replace(line, cells={**converted, **reading.fixed})

    return read


def _preset(kind: Kind, name: str) -> Preset | None:
    if not name:
        return None
    found = next((preset for preset in kind.presets if preset.name == name), None)
    if found is None:
        raise ImportFailed(f"There is no preset {name!r}. Presets: {', '.join(each.name for each in kind.presets)}.")
    return found


def _ours(name: str, kind: Kind, preset: Preset | None, reading: Reading) -> str:
    """Return our name of a column of the file, "" where it is left out."""
    if name in reading.by_hand:
        return reading.by_hand[name]
    if preset is not None:
        return preset.columns.get(name, "")
    return name if name in kind.columns else kind.aliases.get(name.casefold(), name)


def _check(kind: Kind, given: list[str], ours: Mapping[str, str], preset: Preset | None, reading: Reading) -> None:
    if not any(given):
        raise ImportFailed(f"The file has no header. Its first line names the columns: {', '.join(kind.columns)}.")
    there = [name for name in ours.values() if name] + list(reading.fixed)
    missing = [name for name in kind.columns if name not in there and name not in kind.optional and not preset]
    unknown = [name or "(blank)" for name in given if not preset and ours[name] not in kind.columns and ours[name]]
    double = sorted(
        {name for name in given if given.count(name) > 1} | {name for name in there if there.count(name) > 1}
    )
    absent = [name for name in reading.by_hand if name not in given]
    faults = (("lacks", missing), ("has unknown", unknown), ("has twice", double), ("has no", absent))
    said = "; ".join(f"{word} {', '.join(found)}" for word, found in faults if found)
    if said:
        raise ImportFailed(f"The file {said}. The columns are {', '.join(kind.columns)}.")
