"""What Stripe tells, put into the ledger: each payment once, and each refund once, however often it is told.

The ledger's keys see to that, for ever. Money that moved is never refused for good: what no ledger can take is held
(`payments.cards.holding`). An answer that is not yes makes Stripe tell it again for three days, so it is kept for what
will be otherwise then: a table that does not answer, and a refund that came before its payment.
https://docs.stripe.com/webhooks#retries
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings

from payments import cards, ledger, references
from payments.cards import outcomes, refunding
from payments.cards.notices import Notice, Paid, Refund, Refunded
from payments.cards.outcomes import STRIPE, Outcome
from scc.text import BadText, clean_email, clean_name

# What an entry says where nobody told a name.
NAMELESS = "Card payment"


def take(notice: Notice | None) -> Outcome:
    """Put what Stripe told into the ledger.

    Raises StoreUnavailable (nothing was written), OutcomeUnknown, StripeRefused and StripeSilent: told again, it is
    taken once.
    """
    if isinstance(notice, Paid):
        return book(notice)
    if isinstance(notice, Refund):
        return refunding.take(notice)
    if isinstance(notice, Refunded):
        return refunding.take_all(notice)
    return Outcome.IGNORED


def book(paid: Paid) -> Outcome:
    """Log a payment, or hold it where no ledger takes it."""
    if paid.currency != settings.SCC_CURRENCY or not cards.counts_in_cents(paid.currency):
        told = paid.currency or "no currency"
        return outcomes.hold(paid, f"It is in {told}, and the ledger is in {settings.SCC_CURRENCY}.")
    if references.standing(cards.METHOD, paid.id):
        # Also what was held, and then logged by hand.
        return Outcome.KNOWN
    try:
        return _record(paid)
    except ledger.UnknownEvent:
        return outcomes.hold(paid, f"There is no departure {paid.event_id}.")
    except ledger.BadEntry as refused:
        return outcomes.hold(paid, f"The ledger does not take it: {refused}")


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
    return outcomes.of(recorded)


def _cleaned(clean: Callable[[str], str], text: str) -> str:
    """Return what `clean` makes of `text`, "" where it cannot be taken."""
    try:
        return clean(text)
    except BadText:
        return ""
