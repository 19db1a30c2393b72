"""What may be done to an entry of the ledger: void, refund, correct. Each is a right of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from payments.books import Book
from payments.change_forms import ChangeForm, CorrectForm, RefundForm, VoidForm
from payments.refusals import Refused
from payments.rows import Payment


@dataclass(frozen=True)
class Change:
    """One of the three."""

    code: str
    label: str
    # What it is called when it is done: voided.
    done: str
    permission: str
    form: type[ChangeForm]
    # Why an entry cannot be changed so; None where it can.
    why_not: Callable[[Book, Payment], Refused | None]


VOID = Change("void", "Void", "voided", "payments.void_payment", VoidForm, Book.why_not_void)
REFUND = Change("refund", "Refund", "refunded", "payments.refund_payment", RefundForm, Book.why_not_refund)
CORRECT = Change("correct", "Correct", "corrected", "payments.correct_payment", CorrectForm, Book.why_not_correct)
ALL = (REFUND, CORRECT, VOID)
