"""Why entries are taken back. The ledger takes any words; our own forms offer these, and a note for the rest."""

from __future__ import annotations

from django.db.models import TextChoices


class VoidReason(TextChoices):
    """Why an entry should never have been."""

    TWICE = "Logged twice", "Logged twice"
    AMOUNT = "Wrong amount", "Wrong amount"
    METHOD = "Wrong method", "Wrong method"
    PARTY = "Wrong party or departure", "Wrong party or departure"
    BOUNCED = "Did not arrive", "Did not arrive (check bounced, transfer missing)"
    OTHER = "Other", "Other"


class RefundReason(TextChoices):
    """Why money is given back."""

    WEATHER = "Weather", "Weather"
    CANCELLED = "Departure cancelled", "Departure cancelled"
    GUEST = "Guest cancelled", "Guest cancelled"
    FEWER = "Fewer people came", "Fewer people came"
    OVERPAID = "Paid too much", "Paid too much"
    GOODWILL = "Goodwill", "Goodwill"
    OTHER = "Other", "Other"


# Of the void that comes before a corrected payment.
CORRECTED = "Corrected"
