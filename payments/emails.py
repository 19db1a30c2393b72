"""The ledger's letters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.template.loader import render_to_string

from events.rows import Event, Patron
from payments import methods, receipts
from payments.rows import Kind, Payment


@dataclass(frozen=True)
class Content:
    """What a letter says."""

    subject: str
    text: str
    html: str


def receipt(entry: Payment, event: Event, *, balance_cents: int | None) -> Content:
    """Return the receipt for a payment, a corrected one, or a refund.

    balance_cents: what the payer still owes, None where nobody can say.
    """
    context = {
        "entry": entry,
        "event": event,
        "link": receipts.link_of(entry),
        "method": methods.label(entry.method),
        # Formatted here: a template's own filters would show them in the zone of the settings.
        "paid": f"{entry.paid_at.astimezone(event.zone):%-d %B %Y}",
        "starts": _starts(event),
        "balance_cents": balance_cents,
        "credit_cents": -balance_cents if balance_cents is not None and balance_cents < 0 else 0,
        "is_refund": entry.entry_kind == Kind.REFUND,
    }
    name = "Refund" if entry.entry_kind == Kind.REFUND else "Receipt"
    return _content("receipt", f"{name} {entry.reference}: {event.slug}", context)


def carried_over(entries: Sequence[Payment], event: Event, other: Event) -> Content:
    """Return the letter that says that what was paid for `event` now counts for `other`. entries: those that left."""
    context = {
        "entries": entries,
        "event": event,
        "other": other,
        "other_starts": _starts(other),
        # What they are called there.
        "references": [entry.other_reference for entry in entries],
        "amount_cents": sum(entry.amount_cents for entry in entries),
        "tip_cents": sum(entry.tip_cents for entry in entries),
    }
    return _content("carried_over", f"Your credit for {other}", context)


def cancelled(event: Event, party: Patron, *, entries: Sequence[Payment], other: Event | None) -> Content:
    """Return the letter that a departure is off, and what becomes of the party's money; to who knows it, of the money.

    entries: the refunds, or the transfers that came to `other`; none where the money stays as it is for now.
    """
    context = {
        "event": event,
        "party": party,
        "is_known": party.told_cancelled_at is not None,
        "other": other,
        "amount_cents": sum(entry.amount_cents for entry in entries),
        "tip_cents": sum(entry.tip_cents for entry in entries),
        "method": methods.label(entries[0].method) if entries else "",
        "external_reference": entries[0].external_reference if entries else "",
        "references": [entry.reference for entry in entries],
        # One receipt speaks of one entry alone.
        "link": receipts.link_of(entries[0]) if len(entries) == 1 else "",
        "kept_cents": 0 if entries else max(0, party.net_cents),
        "kept_tip_cents": 0 if entries else max(0, party.tips_cents),
        "starts": _starts(event),
        "other_starts": _starts(other) if other else "",
    }
    name = "Your money for" if party.told_cancelled_at is not None else "Cancelled:"
    return _content("cancelled", f"{name} {event}", context)


def _starts(event: Event) -> str:
    return f"{event.starts_local:%A %-d %B %Y, %H:%M}"


def _content(template: str, subject: str, facts: Mapping[str, object]) -> Content:
    context = {**facts, "operator": settings.SCC_OPERATOR}
    return Content(
        subject=subject,
        text=render_to_string(f"emails/{template}.txt", context),
        html=render_to_string(f"emails/{template}.html", context),
    )
