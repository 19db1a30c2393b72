"""The form by which staff send an entry's receipt: once more, or for the first time."""

from __future__ import annotations

from typing import Any

from django import forms
from ulid import ULID

from payments.rows import Payment
from scc.dispatch.entries import Page
from scc.mail.forms import LONGEST_ADDRESS


class ReceiptForm(forms.Form):
    """To which address, and what the page had shown: the entry, and its letter in which version."""

    to = forms.EmailField(label="To", max_length=LONGEST_ADDRESS)
    entry = forms.CharField(widget=forms.HiddenInput)
    # Of a letter that is yet to be written: the ulid that it gets, so that one tap which comes twice writes once.
    letter = forms.RegexField(r"^[0-9A-HJKMNP-TV-Z]{26}$", widget=forms.HiddenInput)
    # 0 for one that is yet to be written.
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, data: Any = None, **options: Any) -> None:
        super().__init__(data, auto_id="receipt-%s", label_suffix="", **options)
        self.fields["to"].widget.attrs |= {"class": "input", "autocomplete": "off", "spellcheck": "false"}


def receipt_form(page: Page, data: Any = None) -> ReceiptForm | None:
    """Return the form for the receipt of the page's entry; None where there is none to be sent."""
    if page.entry.voided or (page.receipt is None and not page.may_mail):
        return None
    if page.receipt and not page.receipt.may_go_again:
        return None
    return ReceiptForm(data, initial=_initial(page.payment, page))


def _initial(payment: Payment, page: Page) -> dict[str, object]:
    if page.receipt is None:
        return {"to": payment.patron_email, "entry": payment.ulid, "letter": str(ULID()), "seen": 0}
    letter = page.receipt.letter
    return {"to": letter.to, "entry": payment.ulid, "letter": letter.ulid, "seen": letter.version}
