"""What is counted at the close of a day, a field for each method."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from payments import methods
from payments.closing import NOTE
from payments.closing_lines import Line
from scc.money import BadAmount, parse_amount
from scc.text import LONGEST_NOTE

COUNTED = "counted-"
# More than any operator has methods; a form of that many fields is none of ours.
MOST_FIELDS = 200


class CountField(forms.CharField):
    """What was counted, typed as 125.00, kept as cents; None where it is blank. It may be below zero."""

    def __init__(self, **options: Any) -> None:
        attrs = {"inputmode": "decimal", "class": "input num close__count", "autocomplete": "off", "maxlength": 15}
        super().__init__(required=False, widget=forms.TextInput(attrs=attrs), **options)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        sign, amount = (-1, text[1:]) if text.startswith("-") else (1, text)
        try:
            return sign * parse_amount(amount.strip(), zero=True)
        except BadAmount as exc:
            raise ValidationError(str(exc), code="invalid") from exc


class CloseForm(forms.Form):
    """What closes a day. `seen` says which figures were shown, `key` makes a form that is sent twice one close."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=100)
    key = forms.CharField(widget=forms.HiddenInput, max_length=255)
    note = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "class": "input", "maxlength": LONGEST_NOTE}),
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, codes: Iterable[str], seen: str = "") -> None:
        super().__init__(data, initial={"seen": seen, "key": secrets.token_urlsafe(16)})
        self.fields |= {f"{COUNTED}{code}": CountField(label=methods.label(code)) for code in codes}

    @classmethod
    def sent(cls, data: Mapping[str, Any]) -> CloseForm:
        """Return the form that was sent, with a field for each method that it counts."""
        codes = [name.removeprefix(COUNTED) for name in data if name.startswith(COUNTED)]
        return cls(data, codes=codes[:MOST_FIELDS])

    def counted(self) -> dict[str, int]:
        """Return what was counted in cents, by the method's code."""
        given = ((name.removeprefix(COUNTED), value) for name, value in self.cleaned_data.items())
        return {code: value for code, value in given if f"{COUNTED}{code}" in self.fields and value is not None}

    def count_of(self, line: Line) -> forms.BoundField:
        """Return the field in which `line` is counted."""
        return self[f"{COUNTED}{line.method}"]

    def refuse(self, errors: Mapping[str, list[str]]) -> None:
        """Show what the rules refused beside its field. errors: as `BadClose` has them."""
        for name, texts in errors.items():
            field = name if name == NOTE else f"{COUNTED}{name}"
            # What is no amount was said already.
            if not self.has_error(field):
                self.add_error(field if field in self.fields else None, [ValidationError(text) for text in texts])

    def problems(self) -> Iterator[tuple[str, str, str]]:
        """Give the id and the name of each field that is wrong, "" for none, and what is wrong with it."""
        for name in [*self.fields, "__all__"]:
            place, label = (self[name].id_for_label, str(self[name].label)) if name in self.fields else ("", "")
            for text in self.errors.get(name, []):
                yield place, label, str(text)
