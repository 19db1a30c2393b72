"""The form by which the admin logs a payment."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any, TypedDict

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from events import calendar
from payments import methods, models
from payments.drafts import BadEntry
from payments.ledger import UnknownEvent
from scc.dynamo.forms import StoredModelForm
from scc.money import BadAmount, parse_amount

# Departures that the field offers; any other slug may be typed.
OFFERED = timedelta(days=14)
MOST_OFFERED = 100

# Where the form's field has another name than the ledger's.
_SHOWN_AS = {"reference": "external_reference", "paid_at": "paid_on"}


class DepartureInput(forms.TextInput):
    """A slug, with the departures around today to choose from. They are read only where the field is shown."""

    def __init__(self) -> None:
        super().__init__(attrs={"list": "departures", "autocomplete": "off"})

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        today = calendar.today()
        near = calendar.between(today - OFFERED, today + OFFERED, limit=MOST_OFFERED)
        options = format_html_join("", '<option value="{}">{}</option>', ((event.slug, event) for event in near))
        field = super().render(name, value, attrs, renderer)
        return format_html('{}<datalist id="departures">{}</datalist>', field, options)


class AmountField(forms.CharField):
    """An amount, typed as 125.00, kept as cents. Blank is nothing, where it may be."""

    def __init__(self, *, required: bool, **options: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "size": 10})
        super().__init__(required=required, widget=widget, **options)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            return parse_amount(text, zero=not self.required) if text else 0
        except BadAmount as exc:
            raise ValidationError(str(exc), code="invalid") from exc

    def has_changed(self, initial: Any, data: Any) -> bool:
        # 125 is 125.00, and blank is nothing.
        return _cents(initial) != _cents(data)


def _cents(text: Any) -> object:
    try:
        return parse_amount(text, zero=True) if text else 0
    except BadAmount:
        return text


class Facts(TypedDict):
    """What the form says of a payment, by the ledger's names."""

    event: str
    patron_name: str
    amount_cents: int
    tip_cents: int
    method: str
    paid_at: Any
    received_by: str
    patron_email: str
    external_reference: str
    note: str
    key: str


class PaymentForm(StoredModelForm):
    """A new entry. Its key is made with the form, so that a form sent twice logs one payment."""

    event = forms.CharField(label="Departure", widget=DepartureInput, help_text="Its address, such as 2026-05-23.")
    patron_name = forms.CharField(label="Patron")
    amount = AmountField(required=True, help_text="Without the tip.")
    tip = AmountField(required=False)
    method = forms.ChoiceField()
    paid_on = forms.DateField(
        label="Paid on",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="At the dock. Blank: now.",
    )
    received_by = forms.CharField(required=False, help_text="Who took the money. Blank: you.")
    patron_email = forms.CharField(
        label="E-mail", required=False, widget=forms.EmailInput, help_text="Gets the receipt, when there is one."
    )
    external_reference = forms.CharField(
        label="Their reference", required=False, help_text="A check's number, a Venmo transaction."
    )
    note = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 3}))
    key = forms.CharField(widget=forms.HiddenInput, max_length=255)

    class Meta:
        model = models.Payment
        fields = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["method"].choices = [(method.code, method.label) for method in methods.offered()]  # type: ignore[attr-defined]  # a ChoiceField
        self.initial["key"] = secrets.token_urlsafe(16)

    def clean(self) -> dict[str, Any] | None:
        if isinstance(self.refusal, UnknownEvent):
            self.add_error("event", str(self.refusal))
            return self.cleaned_data
        if not isinstance(self.refusal, BadEntry):
            return super().clean()
        for field, texts in self.refusal.errors.items():
            name = _SHOWN_AS.get(field, field)
            self.add_error(name if name in self.fields else None, [ValidationError(text) for text in texts])
        return self.cleaned_data

    def facts(self) -> Facts:
        """Return what the ledger is to record."""
        given = self.cleaned_data
        return Facts(
            event=given["event"],
            patron_name=given["patron_name"],
            amount_cents=given["amount"],
            tip_cents=given["tip"],
            method=given["method"],
            paid_at=given["paid_on"],
            received_by=given["received_by"],
            patron_email=given["patron_email"],
            external_reference=given["external_reference"],
            note=given["note"],
            key=given["key"],
        )
