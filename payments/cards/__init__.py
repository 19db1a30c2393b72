"""Cards through Stripe: a link by which a party pays its balance, and a webhook by which Stripe says what moved.

Behind two settings, both blank by default. No card number comes here: a guest types it on Stripe's own page. What
moved goes into the ledger as any payment does, with the method "card" and Stripe's name for it as the reference.
"""

from __future__ import annotations

from django.conf import settings

from payments.rows import Payment

# What the ledger calls it.
METHOD = "card"
# How Stripe names a payment, and the session of one that had no name.
_NAMES = ("pi_", "cs_")

# Stripe counts these in other units than hundredths: whole ones, or thousandths.
# https://docs.stripe.com/currencies#zero-decimal, #three-decimal and #special-cases
WHOLE = frozenset(
    (
        "BIF",
        "CLP",
        "DJF",
        "GNF",
        "ISK",
        "JPY",
        "KMF",
        "KRW",
        "MGA",
        "PYG",
        "RWF",
        "UGX",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
    )
)
THOUSANDTHS = frozenset(("BHD", "JOD", "KWD", "OMR", "TND"))


def is_on() -> bool:
    """Say whether cards are taken: the key alone would make links whose payments nobody hears of."""
    return bool(settings.SCC_STRIPE_KEY and settings.SCC_STRIPE_WEBHOOK_SECRETS)


def counts_in_cents(currency: str) -> bool:
    """Say whether Stripe counts `currency` in hundredths, as we do."""
    return currency not in WHOLE | THOUSANDTHS


def logs_refunds_of(payment: Payment) -> bool:
    """Say whether what is given back of `payment` in Stripe's dashboard is logged by itself."""
    return is_on() and payment.method == METHOD and payment.external_reference.startswith(_NAMES)
