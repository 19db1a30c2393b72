"""Forms of imports: which file holds what, and which of its columns is which of ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.forms import BoundField

from scc.imports import kinds, uploads
from scc.imports.columns import Reading
from scc.imports.kinds import Kind, Preset
from scc.imports.tables_header import fold
from scc.imports.uploads import BadUpload, Head

# What stands in a column, for who looks for what it is called. A kind's own come first.
EXAMPLES = {
    "slug": "2026-05-23-sunset",
    "event": "2026-05-23",
    "date": "2026-05-23",
    "starts_at": "18:15",
    "ends_at": "21:15",
    "title": "Sunset sail",
    "vessel": "Dolphin",
    "capacity": "12",
    "status": "scheduled",
    "departure_port": "Shelter Island",
    "return_port": "Shelter Island",
    "price": "650.00",
    "name": "Ana López",
    "patron_name": "Ana López",
    "email": "ana@example.com",
    "patron_email": "ana@example.com",
    "phone": "+1 619 555 0100",
    "size": "4",
    "amount": "125.00",
    "tip": "20.00",
    "currency": "USD",
    "method": "cash",
    "paid_at": "2026-05-23 18:40",
    "signed_at": "2026-05-23 17:55",
    "reference": "3F99",
    "external_id": "A-1017",
    "note": "Paid at the dock",
    "role": "deckhand",
    "crew_role": "deckhand",
    "birth_date": "1980-03-31",
    "born_on": "1980-03-31",
}


@dataclass(frozen=True)
class Column:
    """A column of ours, as the page shows it."""

    name: str
    example: str
    is_optional: bool


@dataclass(frozen=True)
class Offer:
    """A choice of what a file holds: a kind, or one of its presets."""

    value: str
    label: str
    columns: list[Column]
    preset: Preset | None = None


def offers() -> list[Offer]:
    """Return everything that can be imported."""
    return [offer for name in kinds.names() for offer in _offers_of(kinds.get(name))]


def _offers_of(kind: Kind) -> Iterator[Offer]:
    yield Offer(kind.name, kind.label, columns_of(kind))
    for preset in kind.presets:
        yield Offer(f"{kind.name}:{preset.name}", f"{kind.label}: {preset.label}", [], preset)


def columns_of(kind: Kind) -> list[Column]:
    return [Column(name, EXAMPLES.get(name, ""), name in kind.optional) for name in kind.columns]


class UploadForm(forms.Form):
    """What a file holds, and the file."""

    what = forms.ChoiceField(error_messages={"required": "Choose what the file holds."})
    file = forms.FileField(error_messages={"required": "Choose a file.", "empty": "The file is empty."})

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.offers = offers()
        self.fields["what"].choices = [(each.value, each.label) for each in self.offers]  # type: ignore[attr-defined]  # a ChoiceField

    def clean_file(self) -> UploadedFile[bytes]:
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        if (file.size or 0) > uploads.MOST_PLAIN:
            raise forms.ValidationError("Without its script this page takes files up to 4 MB. Switch scripts on.")
        try:
            uploads.checked_name(file.name or "")
        except BadUpload as exc:
            raise forms.ValidationError(str(exc)) from exc
        return file


def kind_and_preset(value: str) -> tuple[str, str]:
    """Return the names of the kind and of the preset that a choice means."""
    kind, _, preset = value.partition(":")
    return kind, preset


# Columns


@dataclass(frozen=True)
class Theirs:
    """A column of the file: its name, what its first lines say, and the choice of ours."""

    name: str
    samples: list[str]
    field: BoundField


# The choice of who leaves a column to the preset. No column of ours is called so.
AS_PRESET = "*"
# How days such as 5/6/2026 are read.
DAYS = [("", "Not carried, as it may be two"), ("day", "The day first: 5 June"), ("month", "The month first: May 6")]
_FIRST = {"": None, "day": True, "month": False}


def _day_of(day_first: bool | None) -> str:
    return next(each for each, first in _FIRST.items() if first is day_first)


def read_as(reading: Reading, kind: Kind, preset: str | None) -> Reading:
    """Return the way to read a file as an export of `preset`, or, with "", as none; None, as it is read now.

    What its columns were taken for, by hand, holds for one of the ways alone.
    """
    if preset is None or preset == reading.preset or preset not in ["", *(each.name for each in kind.presets)]:
        return reading
    return replace(reading, preset=preset, by_hand={}, day_first=None)


def of_sheet(reading: Reading, head: Head, sheet: str | None) -> Reading:
    """Return the way to read another sheet of a workbook; None or what is no sheet of it, the one that was read."""
    if sheet in head.sheets and sheet != head.sheet:
        return replace(reading, sheet=sheet or "", by_hand={})
    # Where the one that was asked for could not be read, the one before it is shown.
    return replace(reading, sheet=reading.sheet and head.sheet)


class ColumnsForm(forms.Form):
    """Which of the file's columns is which of ours, and what every line says in those that it does not have.

    With a preset, the columns that it reads are as it has them until something else is chosen.
    """

    def __init__(self, kind: Kind, head: Head, reading: Reading, data: Any = None) -> None:
        super().__init__(data)
        self.kind, self.head, self.way = kind, head, reading
        self.preset = next((each for each in kind.presets if each.name == reading.preset), None)
        self.read = {fold(name) for name in (*self.preset.columns, *self.preset.ignored)} if self.preset else set()
        for place, name in enumerate(head.names):
            self.fields[f"column-{place}"] = forms.ChoiceField(
                label=name, choices=self._choices(name), initial=self._before(name), required=False
            )
        if kind.days and not self.preset:
            self.fields["days"] = forms.ChoiceField(
                label="Days", choices=DAYS, initial=_day_of(reading.day_first), required=False
            )
        for name in kind.columns:
            self.fields[f"set-{name}"] = forms.CharField(
                label=name, max_length=200, initial=reading.fixed.get(name, ""), required=False
            )

    def _choices(self, name: str) -> list[tuple[str, str]]:
        theirs = [(AS_PRESET, f"As {self.preset.label} has it")] if self.preset and self._is_read(name) else []
        return [*theirs, ("", "Leave it out"), *((ours, ours) for ours in self.kind.columns)]

    def _before(self, name: str) -> str:
        """Return what a column is before anything is chosen."""
        if self.preset:
            return self.way.by_hand.get(name, AS_PRESET if self._is_read(name) else "")
        # What was chosen before still stands.
        return _ours(name, self.kind, self.way.by_hand)

    def _is_read(self, name: str) -> bool:
        return fold(name) in self.read

    def theirs(self) -> list[Theirs]:
        """Return the columns to choose, without those that the preset reads."""
        return [each for each in self._all() if not self._is_read(each.name)]

    def read_already(self) -> list[Theirs]:
        """Return the columns that the preset reads."""
        return [each for each in self._all() if self._is_read(each.name)]

    def _all(self) -> list[Theirs]:
        return [
            Theirs(name, self.head.samples(place), self[f"column-{place}"])
            for place, name in enumerate(self.head.names)
        ]

    def fixed(self) -> list[BoundField]:
        return [self[f"set-{name}"] for name in self.kind.columns]

    def reading(self) -> Reading:
        """Return what was chosen. What is so anyway, by a name that we know or by the preset, is not written down."""
        given = self.cleaned_data
        chosen = {name: given[f"column-{place}"] for place, name in enumerate(self.head.names)}
        by_hand = {name: ours for name, ours in chosen.items() if ours != self._anyway(name)}
        fixed = {name: given[f"set-{name}"] for name in self.kind.columns if given[f"set-{name}"]}
        return replace(self.way, by_hand=by_hand, fixed=fixed, day_first=_FIRST[given.get("days", "")])

    def _anyway(self, name: str) -> str | None:
        """Return the choice of a column that need not be written down, None where any must be."""
        if self.preset:
            return AS_PRESET if self._is_read(name) else ""
        return _ours(name, self.kind, {}) or None


def _ours(name: str, kind: Kind, by_hand: Mapping[str, str]) -> str:
    """Return which of our columns one of the file's is by its name, "" for none."""
    if name in by_hand:
        return by_hand[name]
    said = {fold(ours): ours for ours in kind.columns}
    return said.get(fold(name)) or {fold(each): ours for each, ours in kind.aliases.items()}.get(fold(name), "")
