"""The forms by which an entry is voided, given back or corrected. They ask; `payments.ledger` decides.

Each carries a key that is made with the form, so that a form sent twice acts once. What is asked needs nothing of the
table: a form that is sent costs what the ledger costs. `book` and `entry` are what it is shown with.
"""

from __future__ import annotations

import secrets
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.safestring import SafeString

from payments import ledger, methods
from payments.books import Book
from payments.forms import AmountField
from payments.keys import Recorded
from payments.methods import Method
from payments.reasons import RefundReason, VoidReason
from payments.rows import Payment
from scc.money import decimal_text
from scc.staff.actors import By

# Where a form's field has another name than the ledger's.
_SHOWN_AS = {"reference": "external_reference", "paid_at": "paid_on"}
WORDS_NEEDED = "Say why, in words."
NO_REASON = "Choose why."
NO_METHOD = "Choose how it is given back."
NO_AMOUNT = "Enter an amount above zero, such as 125.00."


def new_key() -> str:
    """Return a key for a form that is about to be shown."""
    return secrets.token_urlsafe(16)


def in_words() -> forms.CharField:
    """Return the field for what the reasons to choose from do not say."""
    return forms.CharField(
        label="In words",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Needed where you choose Other.",
    )


class ChangeForm(forms.Form):
    """What the three have in common."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=255)
    note = forms.CharField(label="Note", required=False, widget=forms.Textarea(attrs={"rows": 2}))

    # What it is shown with; a form that is only sent has none.
    book: Book | None = None
    entry: Payment | None = None
    # Fields that are shown as they are, the others by markup of their own.
    plain: ClassVar[tuple[str, ...]] = ("note",)

    def __init__(self, data: Any = None, **options: Any) -> None:
        super().__init__(data, auto_id="change-%s", label_suffix="", **options)
        for name, field in self.fields.items():
            field.widget.attrs |= _attributes(name, field)

    @classmethod
    def initial_of(cls, book: Book, entry: Payment) -> dict[str, Any]:
        """Return what the form is filled in with."""
        return {"key": new_key()}

    def show_with(self, book: Book, entry: Payment) -> None:
        """Take what it is shown with."""
        self.book, self.entry = book, entry

    def send(self, *, event: str, reference: str, by: By) -> Recorded:
        """Ask the ledger for what the form says. Raises what the ledger raises."""
        raise NotImplementedError

    def refuse(self, exc: Exception) -> None:
        """Say on the form what the ledger refused, beside the field where there is one."""
        if isinstance(exc, ledger.BadEntry):
            for field, texts in exc.errors.items():
                name = _SHOWN_AS.get(field, field)
                self.add_error(name if name in self.fields else None, [ValidationError(text) for text in texts])
            return
        if isinstance(exc, ledger.KeyReused):
            # What was sent first stands. Sent again, this is meant as another one.
            self._take_new_key()
        self.add_error(None, str(exc))

    def _take_new_key(self) -> None:
        data = self.data.copy() if isinstance(self.data, QueryDict) else dict(self.data)
        data["key"] = new_key()
        self.data = data

    @property
    def plain_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.plain]

    @property
    def methods(self) -> list[Method]:
        """The methods to choose from: those that are offered, and the entry's own."""
        own = [methods.get(self.entry.method)] if self.entry else []
        kept = [method for method in own if method.code in {each.code for each in methods.every()}]
        offered = methods.offered()
        return [*offered, *(method for method in kept if method not in offered)]


class VoidForm(ChangeForm):
    """Why the entry should never have been."""

    reason = forms.ChoiceField(
        label="Why", choices=[("", "Choose why"), *VoidReason.choices], error_messages={"required": NO_REASON}
    )
    note = in_words()
    plain = ("reason", "note")
    field_order = ("key", "reason", "note")

    def clean(self) -> dict[str, Any] | None:
        return with_words(self, super().clean(), VoidReason.OTHER)

    def send(self, *, event: str, reference: str, by: By) -> Recorded:
        given = self.cleaned_data
        return ledger.void(
            event=event, reference=reference, reason=given["reason"], note=given["note"], key=given["key"], by=by
        )


class RefundForm(ChangeForm):
    """How much is given back, how and why."""

    amount = AmountField(label="Amount", required=True, error_messages={"required": NO_AMOUNT})
    tip = AmountField(label="Of the tip", required=False)
    method = forms.CharField(label="Given back by", error_messages={"required": NO_METHOD})
    external_reference = forms.CharField(label="Their reference", required=False)
    reason = forms.ChoiceField(
        label="Why", choices=[("", "Choose why"), *RefundReason.choices], error_messages={"required": NO_REASON}
    )
    note = in_words()
    mail = forms.BooleanField(label="Send a letter", required=False)
    plain = ("reason", "note")

    @classmethod
    def initial_of(cls, book: Book, entry: Payment) -> dict[str, Any]:
        left = book.left_of(entry)
        return {
            **super().initial_of(book, entry),
            "amount": decimal_text(left.amount_cents),
            "tip": decimal_text(left.tip_cents) if left.tip_cents else "",
            "method": entry.method,
            "mail": True,
        }

    def clean(self) -> dict[str, Any] | None:
        return with_words(self, super().clean(), RefundReason.OTHER)

    def send(self, *, event: str, reference: str, by: By) -> Recorded:
        given = self.cleaned_data
        return ledger.refund(
            event=event,
            reference=reference,
            amount_cents=given["amount"],
            tip_cents=given["tip"],
            method=given["method"],
            external_reference=given["external_reference"],
            reason=given["reason"],
            note=given["note"],
            mail=given["mail"],
            key=given["key"],
            by=by,
        )

    def refuse(self, exc: Exception) -> None:
        if not isinstance(exc, ledger.MoreThanIsLeft) or not self.book or not self.entry:
            super().refuse(exc)
            return
        is_amount = self.cleaned_data["amount"] > self.book.left_of(self.entry).amount_cents
        self.add_error("amount" if is_amount else "tip", str(exc))


class CorrectForm(ChangeForm):
    """The payment as it should have been. Each field carries what it was, so that what changes can be told."""

    patron_name = forms.CharField(
        label="Who paid", show_hidden_initial=True, error_messages={"required": "Write who paid."}
    )
    patron_id = forms.CharField(label="Counts for", required=False, widget=forms.Select, show_hidden_initial=True)
    amount = AmountField(
        label="Amount", required=True, show_hidden_initial=True, error_messages={"required": NO_AMOUNT}
    )
    tip = AmountField(label="Tip, apart", required=False, show_hidden_initial=True)
    method = forms.CharField(
        label="Method", show_hidden_initial=True, error_messages={"required": "Choose how it was paid."}
    )
    external_reference = forms.CharField(label="Their reference", required=False, show_hidden_initial=True)
    paid_on = forms.DateField(
        label="Paid on",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        show_hidden_initial=True,
    )
    patron_email = forms.CharField(
        label="Corrected receipt to",
        required=False,
        widget=forms.EmailInput,
        help_text="Leave it empty to send none.",
        show_hidden_initial=True,
    )
    note = forms.CharField(
        label="Note", required=False, widget=forms.Textarea(attrs={"rows": 2}), show_hidden_initial=True
    )
    plain = ("paid_on", "patron_email", "note")

    def show_with(self, book: Book, entry: Payment) -> None:
        super().show_with(book, entry)
        parties = sorted(book.parties.values(), key=lambda party: party.folded_name)
        named = [(party.ulid, f"{party.name}, party of {party.size}") for party in parties]
        self.fields["patron_id"].widget.choices = [("", "Nobody on the manifest"), *named]

    @property
    def method_before(self) -> SafeString:
        """The hidden field with what the method was; its choices have markup of their own."""
        return self["method"].as_hidden(only_initial=True)

    @classmethod
    def initial_of(cls, book: Book, entry: Payment) -> dict[str, Any]:
        return {
            **super().initial_of(book, entry),
            "patron_name": entry.patron_name,
            "patron_id": entry.patron_id,
            "amount": decimal_text(entry.amount_cents),
            "tip": decimal_text(entry.tip_cents) if entry.tip_cents else "",
            "method": entry.method,
            "external_reference": entry.external_reference,
            "paid_on": entry.paid_at.astimezone(book.event.zone).date(),
            "patron_email": entry.patron_email,
            "note": entry.note,
        }

    def clean(self) -> dict[str, Any] | None:
        changed = set(self.changed_data) - {"key"}
        if not changed:
            raise ValidationError("Nothing is different. Change what was wrong.")
        return self.cleaned_data

    def send(self, *, event: str, reference: str, by: By) -> Recorded:
        given = self.cleaned_data
        return ledger.correct(
            event=event,
            reference=reference,
            patron_name=given["patron_name"],
            patron_id=given["patron_id"],
            amount_cents=given["amount"],
            tip_cents=given["tip"],
            method=given["method"],
            external_reference=given["external_reference"],
            # The moment is known better than the day, while the day is right.
            paid_at=given["paid_on"] if "paid_on" in self.changed_data else None,
            patron_email=given["patron_email"],
            note=given["note"],
            key=given["key"],
            by=by,
        )


def with_words(form: forms.Form, given: dict[str, Any] | None, other: str) -> dict[str, Any] | None:
    """Return what was given, with an error on `form` where the reason says nothing and no words do."""
    if given and given.get("reason") == other and not given.get("note", "").strip():
        form.add_error("note", WORDS_NEEDED)
    return given


def _attributes(name: str, field: forms.Field) -> dict[str, str]:
    if isinstance(field.widget, forms.HiddenInput | forms.CheckboxInput):
        return {}
    money = " input--money" if name == "amount" else " num" if name == "tip" else ""
    return {"class": f"input{money}", "autocomplete": "off"}
