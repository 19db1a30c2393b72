"""What a party owes, and how it stands. Computed each time from its price and from what moved, never chosen."""

from __future__ import annotations

from django.db.models import TextChoices

from events.rows import Event, Patron, Status


class Standing(TextChoices):
    """How a party stands with the departure."""

    UNPAID = "unpaid", "Unpaid"
    # Something came in, and something is still to be paid.
    DEPOSIT = "deposit", "Deposit"
    PAID = "paid", "Paid"
    # More came in than is due: someone has to give it back, or carry it over.
    CREDIT = "credit", "Credit"
    # Nothing is asked, and nothing came in.
    NO_PRICE = "", "No price"


def due_of(party: Patron, event: Event) -> int:
    """Return what `party` has to pay for `event` in all, in cents: its price, and nothing once it is cancelled."""
    return 0 if event.status == Status.CANCELLED else party.price_cents


def balance_of(party: Patron, event: Event) -> int:
    """Return what `party` has still to pay for `event`, in cents; below zero it is credit."""
    return due_of(party, event) - party.net_cents


def balance_of_payer(party: Patron | None, event: Event) -> int | None:
    """Return what whoever paid has still to pay, in cents, or None where that is not known to be one payer's alone.

    party: None for who is on no manifest; a charter that is priced as a whole is then paid by one.
    """
    if party is not None:
        return balance_of(party, event)
    return event.balance_cents if event.price_cents and not event.parties_cents else None


def deposit_due(party: Patron, event: Event) -> int:
    """Return what is still missing of the deposit, in cents. After the departure nothing is asked in advance."""
    if event.status == Status.COMPLETED:
        return 0
    return max(0, min(party.deposit_cents, due_of(party, event)) - party.net_cents)


def standing_of(party: Patron, event: Event) -> Standing:
    """Return how `party` stands with `event`. A party that nothing is asked of, and that paid nothing, has no price."""
    balance = balance_of(party, event)
    if balance < 0:
        return Standing.CREDIT
    if not due_of(party, event):
        return Standing.NO_PRICE
    if balance == 0:
        return Standing.PAID
    return Standing.DEPOSIT if party.net_cents > 0 else Standing.UNPAID
