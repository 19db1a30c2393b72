"""What Stripe tells, put into the ledger: each payment once, and each refund once, however often it is told.

The ledger's keys see to that, for ever. Money that moved is never refused for good: what no ledger can take is held
(`payments.cards.holding`). An answer that is not yes makes Stripe tell it again for three days, so it is kept for what
will be otherwise then: a table that does not answer, and a refund that came before its payment.
https://docs.stripe.com/webhooks#retries
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from enum import StrEnum

from django.conf import settings
from django.utils import timezone

from payments import books, cards, ledger
from payments.cards import holding, notices, provider
from payments.cards.notices import Notice, Paid, Refund, Refunded
from payments.rows import Kind, Payment, Reference
from scc.dynamo.errors import StoreUnavailable
from scc.staff.actors import Actor
from scc.text import BadText, clean_email, clean_name

STRIPE = Actor("stripe", "Stripe")
# What an entry says where nobody told a name.
NAMELESS = "Card payment"
# For so long a refund may wait for its payment. Stripe tells within seconds, and again when we did not hear.
PATIENCE = timedelta(hours=1)
FAILED = "The card did not take the refund"


class Outcome(StrEnum):
    """What became of what Stripe told."""

    BOOKED = "booked"
    KNOWN = "booked before"
    HELD = "held"
    IGNORED = "nothing for the ledger"


class TooEarly(StoreUnavailable):
    """A refund whose payment is not here yet. Nothing was written."""


def take(notice: Notice | None) -> Outcome:
    """Put what Stripe told into the ledger.

    Raises StoreUnavailable (nothing was written), OutcomeUnknown, StripeRefused and StripeSilent: told again, it is
    taken once.
    """
    if isinstance(notice, Paid):
        return book(notice)
    if isinstance(notice, Refund):
        return _give_back(notice)
    if isinstance(notice, Refunded):
        return _give_back_all(notice)
    return Outcome.IGNORED


# Payments


def book(paid: Paid) -> Outcome:
    """Log a payment, or hold it where no ledger takes it."""
    if paid.currency != settings.SCC_CURRENCY or not cards.counts_in_cents(paid.currency):
        return _held(paid, f"It is in {paid.currency or 'no currency'}, and the ledger is in {settings.SCC_CURRENCY}.")
    try:
        return _record(paid)
    except ledger.UnknownEvent:
        return _held(paid, f"There is no departure {paid.event_id}.")
    except ledger.BadEntry as refused:
        return _held(paid, f"The ledger does not take it: {refused}")


def _record(paid: Paid) -> Outcome:
    try:
        return _record_of(paid, party=paid.party)
    except ledger.BadEntry as refused:
        if list(refused.errors) != ["patron_id"]:
            raise
    # The party left the manifest since it got its link: the money is the departure's all the same.
    return _record_of(paid, party="")


def _record_of(paid: Paid, *, party: str) -> Outcome:
    try:
        recorded = ledger.record(
            event=paid.event_id,
            patron_id=party,
            # What a guest typed on Stripe's page stops no payment.
            patron_name=_cleaned(clean_name, paid.name) or NAMELESS,
            patron_email=_cleaned(clean_email, paid.email),
            amount_cents=paid.amount,
            method=cards.METHOD,
            external_reference=paid.id,
            paid_at=paid.at,
            key=f"stripe:{paid.id}",
            by=STRIPE,
        )
    except ledger.KeyReused:
        # The same payment, told another way: by its other event, or before its party left.
        return Outcome.KNOWN
    return _outcome(recorded)


# Refunds


def give_back(refund: Refund, event_id: str) -> Outcome:
    """Log a refund that has reached the guest, on its payment; void it when it turns out that it did not."""
    if not refund.is_done and not refund.has_failed:
        return Outcome.IGNORED
    try:
        ledger_of_event = books.read(event_id)
    except ledger.UnknownEvent:
        return _held(refund, f"There is no departure {event_id}.", event_id)
    booked = _of(ledger_of_event, Kind.REFUND, refund.id)
    is_booked = booked is not None and booked.reference not in ledger_of_event.voided
    if refund.has_failed:
        return _take_back(refund, booked) if booked is not None and is_booked else Outcome.IGNORED
    if is_booked:
        return Outcome.KNOWN
    payment = _of(ledger_of_event, Kind.PAYMENT, refund.payment_id)
    if payment is None:
        return _without_payment(refund, event_id)
    return _refund(refund, payment, ledger_of_event.left_of(payment))


def _give_back_all(refunded: Refunded) -> Outcome:
    event_id = _departure_in_ledger(refunded.payment_id) or refunded.event_id
    if not event_id:
        return Outcome.IGNORED
    refunds = refunded.refunds
    if refunds is None:
        refunds = [notices.read_refund(each) for each in provider.refunds_of(refunded.payment_id)]
    outcomes = [give_back(refund, event_id) for refund in refunds]
    return outcomes[0] if outcomes else Outcome.IGNORED


def _give_back(refund: Refund) -> Outcome:
    event_id = _departure_in_ledger(refund.payment_id) or holding.departure_of(refund.payment_id)
    if not event_id:
        # It may be of another business of the same account, or come before its payment.
        event_id = provider.metadata_of(refund.payment_id).get("event", "")
    return give_back(refund, event_id) if event_id else Outcome.IGNORED


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
        return _held(refund, f"The ledger does not take it: {refused}", payment.event_id)
    return _outcome(recorded)


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
    return _outcome(recorded)


def _without_payment(refund: Refund, event_id: str) -> Outcome:
    if timezone.now() - refund.at < PATIENCE and not holding.departure_of(refund.payment_id):
        raise TooEarly(f"the payment of {refund.id} is not here yet; nothing was written")
    return _held(refund, f"Its payment {refund.payment_id} is not in the ledger of {event_id}.", event_id)


# Both


def _held(notice: Paid | Refund, why: str, event_id: str = "") -> Outcome:
    holding.hold(notice, why=why, event_id=event_id, by=STRIPE)
    return Outcome.HELD


def _outcome(recorded: ledger.Recorded) -> Outcome:
    return Outcome.KNOWN if recorded.replayed else Outcome.BOOKED


def _cleaned(clean: Callable[[str], str], text: str) -> str:
    """Return what `clean` makes of `text`, "" where it cannot be taken."""
    try:
        return clean(text)
    except BadText:
        return ""
