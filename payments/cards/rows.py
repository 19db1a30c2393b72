"""Card money that no ledger could take, as stored."""

from __future__ import annotations

from django.db.models import TextChoices
from pynamodb.attributes import UnicodeAttribute

from payments.cards import THOUSANDTHS, WHOLE
from scc.dynamo.attributes import InstantAttribute, IntegerAttribute, TextAttribute
from scc.dynamo.rows import Row
from scc.money import display


class State(TextChoices):
    """Whether someone still has to see to it."""

    HELD = "held", "To be settled"
    SETTLED = "settled", "Settled"


class What(TextChoices):
    """Which way the money went."""

    PAYMENT = "payment", "Payment"
    REFUND = "refund", "Refund"


class Held(Row, discriminator="HELD"):
    """What Stripe told of and no departure's ledger could take, until someone has settled it by hand."""

    # At HELD#pi_3MtwBwLk / META; by state at HELD#held / 2026-05-24T01:15:00.000Z#pi_3MtwBwLk
    ID = "{stripe_id}"
    KEYS = {
        "pk": "HELD#{stripe_id}",
        "sk": "META",
        "gsi1pk": "HELD#{state}",
        "gsi1sk": "{held_at}#{stripe_id}",
    }
    PERSONAL = frozenset({"patron_name", "settled_by"})

    # Of the payment, or of the refund.
    stripe_id = UnicodeAttribute()
    what = UnicodeAttribute(default=What.PAYMENT.value)
    # Which payment of Stripe's it is, or is given back of.
    payment_id = UnicodeAttribute()
    # What it was for, as far as that was told: a departure's slug, a party's ulid.
    event_id = TextAttribute()
    patron_id = TextAttribute()
    patron_name = TextAttribute()
    # In Stripe's unit of the currency, which may be another than the operator's.
    amount = IntegerAttribute()
    currency = TextAttribute()
    moved_at = InstantAttribute()
    held_at = InstantAttribute()
    # Why no ledger took it, in words.
    why = UnicodeAttribute()
    state = UnicodeAttribute(default=State.HELD.value)
    settled_by = TextAttribute()
    settled_at = InstantAttribute(null=True)

    def __str__(self) -> str:
        name = f", {self.patron_name}" if self.patron_name else ""
        return f"Card {self.what} of {self.money}{name}"

    @property
    def money(self) -> str:
        """The amount, for people."""
        if self.currency in WHOLE:
            return f"{self.currency} {self.amount:,}"
        if self.currency in THOUSANDTHS:
            return f"{self.currency} {self.amount // 1000:,}.{self.amount % 1000:03d}"
        return display(self.amount, self.currency)
