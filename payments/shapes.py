"""What the API shows of departures and of the ledger: contract first, money as decimal strings, times in UTC."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings

from events.rows import CrewAssignment, Event
from payments.keys import Recorded
from payments.rows import Payment
from payments.totals import Totals, totals_of
from scc.dynamo.keys import key_text
from scc.dynamo.rows import Row
from scc.money import decimal_text


def payment_shape(entry: Payment) -> dict[str, object]:
    """Return an entry of the ledger."""
    return {
        "reference": entry.reference,
        "kind": entry.entry_kind,
        "corrects": entry.corrects or None,
        "patron_name": entry.patron_name,
        "amount": decimal_text(entry.amount_cents),
        "tip": decimal_text(entry.tip_cents),
        "currency": entry.currency,
        "method": entry.method,
        "paid_at": key_text(entry.paid_at),
        "logged_at": key_text(entry.recorded_at),
        "logged_by": entry.recorded_by,
        "note": entry.note,
        "external_reference": entry.external_reference,
    }


def totals_shape(totals: Totals) -> dict[str, str]:
    """Return a departure's figures."""
    return {
        "received": decimal_text(totals.received_cents),
        "refunded": decimal_text(totals.refunded_cents),
        "net": decimal_text(totals.net_cents),
        "tips": decimal_text(totals.tips_cents),
        "due": decimal_text(totals.due_cents),
        "balance": decimal_text(totals.balance_cents),
    }


def recorded_shape(recorded: Recorded) -> dict[str, object]:
    """Return the answer to a request that the ledger took."""
    return {
        "reference": recorded.payment.reference,
        "logged_at": key_text(recorded.payment.recorded_at),
        "payment": payment_shape(recorded.payment),
        "totals": totals_shape(recorded.totals),
    }


def event_shape(event: Event, rows: Iterable[Row], *, money: bool) -> dict[str, object]:
    """Return a departure. rows: its whole collection. money: whether whoever asks may see payments and totals."""
    listed = list(rows)
    return {
        "id": event.slug,
        "date": event.date.isoformat(),
        "starts_at": key_text(event.starts_at),
        "title": event.title,
        "vessel": event.vessel_name,
        "status": event.status,
        "capacity": event.capacity,
        "crew": [{"name": row.person_name, "role": row.role} for row in listed if isinstance(row, CrewAssignment)],
        "payments": _payments(listed) if money else None,
        "totals": totals_shape(totals_of(event)) if money else None,
        "waivers": {"signed": event.signed, "expected": event.booked},
        "waiver_url": f"{settings.SCC_SITE_URL}/g/{event.slug}/waiver",
    }


def _payments(rows: Iterable[Row]) -> list[dict[str, object]]:
    entries = sorted((row for row in rows if isinstance(row, Payment)), key=lambda entry: entry.sequence)
    return [payment_shape(entry) for entry in entries]
