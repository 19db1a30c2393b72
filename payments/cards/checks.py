"""What can be set wrong about cards. No message shows a value: both settings are secrets."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core import checks

from payments import cards

# A secret key, or one that may do only what it is ticked for.
_KEYS = ("sk_", "rk_")
_SIGNING = "whsec_"


@checks.register("cards")
def check_stripe(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    """Key and webhook secrets are set together and are what they should be; the currency is one that fits."""
    key, secrets = settings.SCC_STRIPE_KEY, settings.SCC_STRIPE_WEBHOOK_SECRETS
    found: list[checks.CheckMessage] = []
    if bool(key) != bool(secrets):
        found.append(_lonely("SCC_STRIPE_KEY" if key else "SCC_STRIPE_WEBHOOK_SECRETS"))
    if key and not key.startswith(_KEYS):
        found.append(
            checks.Error(
                "SCC_STRIPE_KEY is no secret key of Stripe's.",
                hint="It begins with sk_ or rk_; the publishable key (pk_) is another. See docs/stripe.md.",
                id="cards.E002",
            )
        )
    if not all(secret.startswith(_SIGNING) for secret in secrets):
        found.append(
            checks.Error(
                "SCC_STRIPE_WEBHOOK_SECRETS holds something that is no signing secret of a webhook.",
                hint="Each begins with whsec_; Stripe shows it with the webhook's endpoint. See docs/stripe.md.",
                id="cards.E003",
            )
        )
    if cards.is_on() and not cards.counts_in_cents(settings.SCC_CURRENCY):
        found.append(
            checks.Error(
                f"Stripe does not count {settings.SCC_CURRENCY} in hundredths, so no card can be taken in it.",
                hint="Leave SCC_STRIPE_KEY and SCC_STRIPE_WEBHOOK_SECRETS blank.",
                id="cards.E004",
            )
        )
    return found


def _lonely(name: str) -> checks.CheckMessage:
    return checks.Error(
        f"{name} is set alone, so cards are off.",
        hint="Set SCC_STRIPE_KEY and SCC_STRIPE_WEBHOOK_SECRETS together, or neither. See docs/stripe.md.",
        id="cards.E001",
    )
