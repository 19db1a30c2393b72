"""Refunds that are made in Stripe: each is logged on its payment once it has reached the guest."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from payments import books, cards, ledger
from payments.cards import holding, notices, outcomes, provider
from payments.cards.notices import Refund, Refunded
from payments.cards.outcomes import STRIPE, Outcome
from payments.rows import Kind, Payment, Reference
from scc.dynamo.errors import StoreUnavailable

# For so long a refund may wait for its payment. Stripe tells within seconds, and again when we did not hear.
PATIENCE = timedelta(hours=1)
# What Stripe told so long ago may be otherwise by now, and what came of it may have been told before.
FRESH = timedelta(minutes=2)
FAILED = "The card did not take the refund"


class TooEarly(StoreUnavailable):
    """A refund whose payment is not here yet. Nothing was written."""


def give_back(refund: Refund, event_id: str) -> Outcome:
    """Log a refund that has reached the guest, on its payment; void it when it turns out that it did not."""
    if not refund.is_done and not refund.has_failed:
        return Outcome.IGNORED
    try:
        book = books.read(event_id)
    except ledger.UnknownEvent:
        return outcomes.hold(refund, f"There is no departure {event_id}.", event_id)
    booked = _of(book, Kind.REFUND, refund.id)
    is_booked = booked is not None and booked.reference not in book.voided
    if refund.has_failed:
        return _take_back(refund, booked) if booked is not None and is_booked else Outcome.IGNORED
    if is_booked:
        return Outcome.KNOWN
    refund = _as_it_is(refund)
    if not refund.is_done:
        return Outcome.IGNORED
    payment = _of(book, Kind.PAYMENT, refund.payment_id)
    if payment is None:
        return _without_payment(refund, event_id)
    if booked is None and (same := _logged_by_hand(book, payment, refund)):
        who = same.recorded_by_name or same.recorded_by
        return outcomes.hold(refund, f"{who} logged the same by hand, as {same.reference}.", event_id)
    return _refund(refund, payment, book.left_of(payment))


def take_all(refunded: Refunded) -> Outcome:
    event_id = _departure_in_ledger(refunded.payment_id) or refunded.event_id
    if not event_id:
        return Outcome.IGNORED
    refunds = refunded.refunds
    if refunds is None:
        refunds = [
            notices.read_refund(each, known_at=timezone.now()) for each in provider.refunds_of(refunded.payment_id)
        ]
    became = [give_back(refund, event_id) for refund in refunds]
    return became[0] if became else Outcome.IGNORED


def take(refund: Refund) -> Outcome:
    event_id = _departure_in_ledger(refund.payment_id) or holding.departure_of(refund.payment_id)
    if not event_id:
        # It may be of another business of the same account, or come before its payment.
        event_id = provider.metadata_of(refund.payment_id).get("event", "")
    return give_back(refund, event_id) if event_id else Outcome.IGNORED


def _as_it_is(refund: Refund) -> Refund:
    """Return the refund as it is by now. Stripe is asked where that was told a while ago.

    Events come in any order: that it failed may have been told, to no effect, before this one found its answer.
    """
    now = timezone.now()
    if now - refund.known_at < FRESH:
        return refund
    return notices.read_refund(provider.refund(refund.id), known_at=now)


def _departure_in_ledger(payment_id: str) -> str:
    """Return the departure whose ledger has this payment of Stripe's, or "". One Query."""
    known = {"method": cards.METHOD, "digest": Reference.digest_of(payment_id)}
    found = Reference.listing(known=known, limit=1, ahead=False)
    return str(found.rows[0].event_id) if found.rows else ""


def _of(book: books.Book, kind: Kind, stripe_id: str) -> Payment | None:
    """Return the entry of what Stripe calls so: the last that is not void, or else the last."""
    found = [each for each in book.entries if each.entry_kind == kind and each.external_reference == stripe_id]
    found.sort(key=lambda entry: (entry.reference not in book.voided, entry.sequence))
    return found[-1] if found else None


def _logged_by_hand(book: books.Book, payment: Payment, refund: Refund) -> Payment | None:
    """Return the refund of as much that someone logged as given back by card, None where there is none.

    It may be this one. What has Stripe's name of a refund is known by it.
    """
    taken = [each for each in book.taken_from(payment) if each.entry_kind == Kind.REFUND]
    nameless = [each for each in taken if each.method == cards.METHOD and not each.external_reference.startswith("re_")]
    return next((each for each in nameless if each.amount_cents + each.tip_cents == refund.amount), None)


def _refund(refund: Refund, payment: Payment, left: books.Left) -> Outcome:
    # Stripe knows of no tips: what is more than the rest of the price is the tip's, where it was logged apart.
    tip_cents = min(max(refund.amount - left.amount_cents, 0), left.tip_cents)
    try:
        recorded = ledger.refund(
            event=payment.event_id,
            reference=payment.reference,
            amount_cents=refund.amount - tip_cents,
            tip_cents=tip_cents,
            method=cards.METHOD,
            reason=f"Refunded in Stripe: {refund.reason}" if refund.reason else "Refunded in Stripe",
            external_reference=refund.id,
            paid_at=refund.at,
            key=f"stripe:{refund.id}",
            by=STRIPE,
        )
    except ledger.KeyReused:
        return Outcome.KNOWN
    except (ledger.Refused, ledger.BadEntry) as refused:
        return outcomes.hold(refund, f"The ledger does not take it: {refused}", payment.event_id)
    return outcomes.of(recorded)


def _take_back(refund: Refund, booked: Payment) -> Outcome:
    try:
        recorded = ledger.void(
            event=booked.event_id,
            reference=booked.reference,
            reason=FAILED,
            key=f"stripe:{refund.id}:failed",
            by=STRIPE,
        )
    except (ledger.KeyReused, ledger.Refused):
        return Outcome.KNOWN
    return outcomes.of(recorded)


def _without_payment(refund: Refund, event_id: str) -> Outcome:
    if timezone.now() - refund.at < PATIENCE and not holding.departure_of(refund.payment_id):
        raise TooEarly(f"the payment of {refund.id} is not here yet; nothing was written")
    return outcomes.hold(refund, f"Its payment {refund.payment_id} is not in the ledger of {event_id}.", event_id)
