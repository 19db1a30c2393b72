"""What the audit trail says of entries, in one sentence each."""

from __future__ import annotations

from payments import methods
from payments.rows import Payment
from scc.money import display


def logged(entry: Payment) -> str:
    return (
        f"Logged {entry.reference}, {money_of(entry)} from {entry.patron_name}, {methods.label(entry.method).lower()}"
    )


def voided(void: Payment) -> str:
    return f"Voided {void.corrects}, {display(void.amount_cents, void.currency)} from {void.patron_name}: {void.reason}"


def refunded(refund: Payment) -> str:
    method = methods.label(refund.method).lower()
    return f"Refunded {money_of(refund)} of {refund.corrects} to {refund.patron_name}, {method}: {refund.reason}"


def corrected(before: Payment, after: Payment) -> str:
    """Say what was wrong and what it is now; money did not move."""
    pairs = [
        ("patron", before.patron_name, after.patron_name),
        ("amount", money_of(before), money_of(after)),
        ("method", methods.label(before.method).lower(), methods.label(after.method).lower()),
        ("party", before.patron_id or "none", after.patron_id or "none"),
        ("paid", f"{before.paid_at:%Y-%m-%d %H:%M} UTC", f"{after.paid_at:%Y-%m-%d %H:%M} UTC"),
        ("received by", before.received_by or "unknown", after.received_by or "unknown"),
        ("e-mail", before.patron_email or "none", after.patron_email or "none"),
        ("reference", before.external_reference or "none", after.external_reference or "none"),
        ("note", before.note or "none", after.note or "none"),
    ]
    changed = [f"{what} {old} is {new}" for what, old, new in pairs if old != new]
    return f"Corrected {before.reference}, now {after.reference}: {', '.join(changed) or 'as it was'}"


def carried(entry: Payment, cents: int) -> str:
    """Say what went to another departure. cents: of all entries together."""
    return f"Carried {display(cents, entry.currency)} of {entry.patron_name} over to {entry.other_event}"


def money_of(entry: Payment) -> str:
    """Return $125.00, or $125.00 and $20.00 tip."""
    tip = f" and {display(entry.tip_cents, entry.currency)} tip" if entry.tip_cents else ""
    return f"{display(entry.amount_cents, entry.currency)}{tip}"
