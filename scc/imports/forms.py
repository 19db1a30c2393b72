"""Forms of imports: which file holds what, and which of its columns is which of ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
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


class ColumnsForm(forms.Form):
    """Which of the file's columns is which of ours, and what every line says in those that it does not have."""

    def __init__(self, kind: Kind, head: Head, reading: Reading, data: Any = None) -> None:
        super().__init__(data)
        self.kind, self.head = kind, head
        presets = [("", "None"), *((each.name, each.label) for each in kind.presets)]
        self.fields["preset"] = forms.ChoiceField(
            label="Export of", choices=presets, initial=reading.preset, required=False
        )
        ours = [("", "Leave it out"), *((name, name) for name in kind.columns)]
        for place, name in enumerate(head.names):
            # What is read by a preset is not chosen, and what was chosen before still stands.
            choice = forms.ChoiceField(
                label=name, choices=ours, initial=_ours(name, kind, reading.by_hand), required=False
            )
            self.fields[f"column-{place}"] = choice
        for name in kind.columns:
            self.fields[f"set-{name}"] = forms.CharField(
                label=name, max_length=200, initial=reading.fixed.get(name, ""), required=False
            )

    def theirs(self) -> list[Theirs]:
        return [
            Theirs(name, self.head.samples(place), self[f"column-{place}"])
            for place, name in enumerate(self.head.names)
        ]

    def fixed(self) -> list[BoundField]:
        return [self[f"set-{name}"] for name in self.kind.columns]

    def reading(self) -> Reading:
        """Return what was chosen. What our own names and aliases say anyway is not written down."""
        chosen = self.cleaned_data
        if chosen["preset"]:
            return Reading(preset=chosen["preset"])
        by_hand = {
            name: chosen[f"column-{place}"]
            for place, name in enumerate(self.head.names)
            if chosen[f"column-{place}"] != _ours(name, self.kind, {}) or name not in self._known()
        }
        fixed = {name: chosen[f"set-{name}"] for name in self.kind.columns if chosen[f"set-{name}"]}
        return Reading(by_hand, fixed)

    def _known(self) -> set[str]:
        return {name for name in self.head.names if _ours(name, self.kind, {})}


def _ours(name: str, kind: Kind, by_hand: Mapping[str, str]) -> str:
    """Return which of our columns one of the file's is by its name, "" for none."""
    if name in by_hand:
        return by_hand[name]
    said = {fold(ours): ours for ours in kind.columns}
    return said.get(fold(name)) or {fold(each): ours for each, ours in kind.aliases.items()}.get(fold(name), "")
