"""What can be set wrong about mail."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core import checks


@checks.register("mail")
def check_senders(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    """Senders are addresses, Gmail has its password, and a public site has a sender at all."""
    found: list[checks.CheckMessage] = [
        checks.Error(
            f"{name} is {getattr(settings, name)!r}, which is not an e-mail address.",
            hint="Set the bare address, such as crew@example.com. SCC_OPERATOR is the name beside it.",
            id="mail.E001",
        )
        for name in ("SES_SENDER_EMAIL", "GMAIL_SENDER_EMAIL")
        if getattr(settings, name) and not _is_address(getattr(settings, name))
    ]
    if settings.GMAIL_SENDER_EMAIL and not settings.GMAIL_APP_PASSWORD:
        found.append(
            checks.Error(
                "GMAIL_SENDER_EMAIL is set and GMAIL_APP_PASSWORD is not, so Gmail refuses every letter.",
                hint="Make an app password at https://myaccount.google.com/apppasswords and set it.",
                id="mail.E002",
            )
        )
    if settings.SCC_HTTPS and not (settings.SES_SENDER_EMAIL or settings.GMAIL_SENDER_EMAIL):
        found.append(
            checks.Warning(
                "No sender is set, so receipts and waivers' copies reach nobody.",
                hint="Set SES_SENDER_EMAIL to an address that Amazon SES has verified, or GMAIL_SENDER_EMAIL.",
                id="mail.W001",
            )
        )
    return found


def _is_address(text: str) -> bool:
    # Not at import: a function that starts cold sends no mail for it.
    from scc.mail.outbox import BadLetter, checked_address

    try:
        checked_address(text)
    except BadLetter:
        return False
    return True
