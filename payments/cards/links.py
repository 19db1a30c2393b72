"""Card links: a Payment Link of Stripe's for what a party has still to pay, good for one payment.

What is asked for stands in the link: an amount, once. Nothing of it is stored here; what comes of it the webhook tells.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string

from events.balances import balance_of
from events.rows import Event, Patron, Status
from payments import books, cards
from payments.cards import provider
from scc.dynamo.errors import Conflict
from scc.dynamo.units import Unit
from scc.mail import outbox
from scc.mail.rows import Letter
from scc.money import display
from scc.staff import audit
from scc.staff.actors import By

# What guests read on a link that was paid. Stripe takes 500 characters.
PAID = "This is paid already. If you think that it is not, please ask us."


class UnknownParty(LookupError):
    """The departure has no such party."""

    def __init__(self) -> None:
        super().__init__("There is no such party.")


class NotPayable(Exception):
    """Nothing is to be paid by card; says why."""


@dataclass(frozen=True)
class Bill:
    """What a party has still to pay, as its departure was read."""

    event: Event
    party: Patron
    # How many entries the ledger has of the party: after each, the same amount is another matter.
    entries: int

    @property
    def cents(self) -> int:
        return balance_of(self.party, self.event)

    @property
    def amount(self) -> str:
        return display(self.cents, self.event.currency)


def read(slug: str, ulid: str) -> Bill:
    """Return what the party `ulid` has still to pay. One Query. Raises UnknownEvent, UnknownParty."""
    book = books.read(slug)
    party = book.parties.get(ulid)
    if party is None:
        raise UnknownParty
    return Bill(book.event, party, entries=sum(entry.patron_id == ulid for entry in book.entries))


def link_for(bill: Bill) -> str:
    """Return the address at which the party pays its balance, once.

    Asked twice for the same within 24 hours, Stripe makes one link: so long it keeps the key of a request.
    https://docs.stripe.com/api/idempotent_requests

    Raises NotPayable, and what the provider raises: StripeRefused, StripeSilent.
    """
    if refusal := why_not_payable(bill):
        raise refusal
    params = _params(bill)
    return provider.make_link(params, key=_key(bill, params))


def why_not_payable(bill: Bill) -> NotPayable | None:
    """Return why a card can pay nothing of it, None where it can."""
    currency = bill.event.currency
    if not cards.is_on():
        return NotPayable("Cards are off: SCC_STRIPE_KEY and SCC_STRIPE_WEBHOOK_SECRETS are not set.")
    if bill.event.status == Status.CANCELLED:
        return NotPayable("The departure is cancelled, so nothing is to be paid.")
    if bill.cents <= 0:
        return NotPayable("Nothing is to be paid.")
    if currency != settings.SCC_CURRENCY or not cards.counts_in_cents(currency):
        return NotPayable(f"No card can be taken in {currency}.")
    return None


def send(bill: Bill, link: str, *, by: By, ulid: str) -> Letter:
    """Write a letter with the link to the party, send it, and return it. One TransactWriteItems, one audit entry.

    ulid: the letter's, made with the form that asks for it, so that one tap which comes twice writes once.
    Raises outbox.BadLetter when the party has no address, outbox.SentAgainAlready, and what `Unit.commit` raises.
    """
    unit = Unit()
    context = {"bill": bill, "link": link, "operator": settings.SCC_OPERATOR}
    letter = outbox.write(
        unit,
        kind="card-link",
        to=bill.party.email,
        subject=f"Pay by card: {bill.event}",
        text=render_to_string("emails/card_link.txt", context),
        html=render_to_string("emails/card_link.html", context),
        about=audit.subject_of(bill.party),
        ulid=ulid,
    )
    summary = f"Sent {bill.party.name} a card link for {bill.amount}"
    audit.record(unit, by=by, action="card-link", of=bill.party, summary=summary)
    try:
        unit.commit()
    except Conflict as exc:
        raise outbox.SentAgainAlready(f"A card link was sent to {bill.party.email} already.") from exc
    outbox.deliver(letter)
    return letter


def _params(bill: Bill) -> dict[str, Any]:
    """Return the link as Stripe takes it: https://docs.stripe.com/api/payment-link/create."""
    noted = {"event": bill.event.slug, "party": bill.party.ulid, "name": bill.party.name}
    return {
        "line_items": [
            {
                "price_data": {
                    "currency": bill.event.currency.lower(),
                    "unit_amount": bill.cents,
                    "product_data": {"name": str(bill.event)},
                },
                "quantity": 1,
            }
        ],
        # On the session that the webhook tells of, and on the payment, which its refunds are of.
        "metadata": noted,
        "payment_intent_data": {"metadata": noted, "description": f"{bill.party.name}: {bill.event}"},
        "restrictions": {"completed_sessions": {"limit": 1}},
        "inactive_message": PAID,
    }


def _key(bill: Bill, params: dict[str, Any]) -> str:
    # The last part, as Stripe refuses a key that comes with other values: a party that was renamed meanwhile.
    digest = hashlib.sha256(json.dumps(params, sort_keys=True).encode()).hexdigest()[:16]
    return f"card-link:{bill.event.slug}:{bill.party.ulid}:{bill.cents}:{bill.entries}:{digest}"
