"""The ledger's letters."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.template.loader import render_to_string

from events.rows import Event
from payments.rows import Method, Payment


@dataclass(frozen=True)
class Content:
    """What a letter says."""

    subject: str
    text: str
    html: str


def receipt(entry: Payment, event: Event, *, balance_cents: int | None) -> Content:
    """Return the receipt for a payment. balance_cents: what the payer still owes, None where nobody can say."""
    context = {
        "entry": entry,
        "event": event,
        "method": Method(entry.method).label,
        "paid_at": entry.paid_at.astimezone(event.zone),
        "balance_cents": balance_cents,
        "credit_cents": -balance_cents if balance_cents is not None and balance_cents < 0 else 0,
        "operator": settings.SCC_OPERATOR,
    }
    return Content(
        subject=f"Receipt {entry.reference}: {event.slug}",
        text=render_to_string("emails/receipt.txt", context),
        html=render_to_string("emails/receipt.html", context),
    )
