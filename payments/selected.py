"""Entries that were chosen in a list, to be voided or given back one by one: the form, and what came of it.

Each entry has a key of its own, made of the form's, so that a form sent twice acts once on each.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django import forms

from payments import books, ledger, methods
from payments.books import Book, Left
from payments.change_forms import NO_METHOD, ChangeForm, RefundForm, VoidForm, in_words, with_words
from payments.changes import Change
from payments.keys import Recorded
from payments.methods import Asks
from payments.reasons import RefundReason
from payments.rows import Payment
from payments.summaries import money_of
from scc.money import display
from scc.staff.actors import By

# Each is a transaction and maybe a letter, and all of them have to be through while someone waits.
MOST = 20
REFUSALS = (ledger.BadEntry, ledger.Refused, ledger.KeyReused, ledger.UnknownEvent, ledger.UnknownReference)

_LEFT = re.compile(r"([0-9]{1,12})\.([0-9]{1,12})")


@dataclass(frozen=True)
class Line:
    """An entry of the choice, what would be done to it, and why it cannot be, None where it can."""

    entry: Payment
    left: Left
    why_not: ledger.Refused | None

    @property
    def left_name(self) -> str:
        return left_name(self.entry)

    @property
    def left_text(self) -> str:
        return f"{self.left.amount_cents}.{self.left.tip_cents}"

    @property
    def money(self) -> str:
        return money_of(self.entry)

    @property
    def left_words(self) -> str:
        tip = f" and {display(self.left.tip_cents, self.entry.currency)} tip" if self.left.tip_cents else ""
        return f"{display(self.left.amount_cents, self.entry.currency)}{tip}"


def lines(change: Change, entries: Iterable[Payment]) -> list[Line]:
    """Return a line for each of `entries`. One Query for each departure among them."""
    found: dict[str, Book] = {}
    listed = []
    for entry in entries:
        if entry.event_id not in found:
            found[entry.event_id] = books.read(entry.event_id)
        book = found[entry.event_id]
        listed.append(Line(entry, book.left_of(entry), change.why_not(book, entry)))
    return listed


class RefundSelectedForm(ChangeForm):
    """How what is left of several entries is given back. What it was when it was shown comes along, for each."""

    method = forms.ChoiceField(label="Given back by", error_messages={"required": NO_METHOD})
    reason = RefundForm.base_fields["reason"]
    note = in_words()
    plain = ("method", "reason", "note")

    def __init__(self, data: Any = None, **options: Any) -> None:
        super().__init__(data, **options)
        # A reference of the other side belongs to one refund; such methods are for one entry at a time.
        offered = [method for method in methods.offered() if method.asks != Asks.NEEDED]
        self.fields["method"].choices = [("", "Choose how"), *((each.code, each.label) for each in offered)]  # type: ignore[attr-defined]  # a ChoiceField

    def clean(self) -> dict[str, Any] | None:
        return with_words(self, super().clean(), RefundReason.OTHER)

    def send_for(self, entry: Payment, *, by: By) -> Recorded:
        """Give back what was left of `entry` when the form was shown. Raises what the ledger raises."""
        given, left = self.cleaned_data, self._left_of(entry)
        return ledger.refund(
            event=entry.event_id,
            reference=entry.reference,
            amount_cents=left.amount_cents,
            tip_cents=left.tip_cents,
            method=given["method"],
            reason=given["reason"],
            note=given["note"],
            key=_key(given["key"], entry),
            by=by,
        )

    def _left_of(self, entry: Payment) -> Left:
        match = _LEFT.fullmatch(self.data.get(left_name(entry), ""))
        return Left(int(match[1]), int(match[2])) if match else Left(0, 0)


class VoidSelectedForm(VoidForm):
    """Why several entries should never have been."""

    def send_for(self, entry: Payment, *, by: By) -> Recorded:
        """Void `entry`. Raises what the ledger raises."""
        given = self.cleaned_data
        return ledger.void(
            event=entry.event_id,
            reference=entry.reference,
            reason=given["reason"],
            note=given["note"],
            key=_key(given["key"], entry),
            by=by,
        )


@dataclass
class Outcome:
    """What came of a form: the entries that were changed, and why others were not."""

    done: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


def change_each(form: VoidSelectedForm | RefundSelectedForm, entries: Iterable[Payment], *, by: By) -> Outcome:
    """Do what `form` says to each of `entries`; one that is refused keeps none of the others back.

    Raises OutcomeUnknown and StoreUnavailable: sent again, the form does what is left to do.
    """
    outcome = Outcome()
    for entry in entries:
        try:
            form.send_for(entry, by=by)
        except REFUSALS as exc:
            outcome.failed.append(f"{entry.reference}: {_words(exc)}")
        else:
            outcome.done.append(entry.reference)
    return outcome


def left_name(entry: Payment) -> str:
    """Return the name under which the form carries what was left of `entry`."""
    return f"left-{entry.id}"


def _key(key: str, entry: Payment) -> str:
    return f"{key}.{entry.ulid}"


def _words(exc: Exception) -> str:
    if isinstance(exc, ledger.BadEntry):
        return " ".join(text for texts in exc.errors.values() for text in texts)
    return str(exc)
