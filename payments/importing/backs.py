"""Money that is given back by a line of its own: as an entry, and whether it is one that is stored, edited since."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from events.rows import Event
from payments import drafts
from payments.drafts import Draft
from payments.importing import differences
from payments.importing.lines import Back, as_stored
from payments.rows import Origin, Payment, Reference


def draft_of(back: Back, payment: Payment, event: Event, *, key: str = "") -> Draft:
    """Return the refund of `payment` that a line says. Raises BadEntry."""
    draft = drafts.refund(
        payment,
        event,
        amount_cents=back.amount_cents,
        tip_cents=back.tip_cents,
        method=back.method or payment.method,
        reason=back.reason,
        note="",
        external_reference=back.reference,
        paid_at=back.paid_at or payment.paid_at,
    )
    return replace(draft, paid_at=as_stored(draft.paid_at), origin=Origin.IMPORT, import_key=key)


def edited(back: Back, draft: Draft, entry: Payment) -> list[str]:
    """Return the one thing in which a line's refund differs from a stored one that it may be; none where it is another.

    Refunds with references of their own are two, and so are those of two moments; a day may have been edited.
    """
    if Reference.digest_of(draft.external_reference) != Reference.digest_of(entry.external_reference):
        return []
    told = differences.of_refund(draft, entry)
    is_moment = isinstance(back.paid_at, datetime) and draft.paid_at != entry.paid_at
    return told if len(told) == 1 and not is_moment else []
