"""Held card money, as the admin shows it. It is written by `payments.cards.holding` alone."""

from __future__ import annotations

from django.db import models

from payments.cards import rows
from scc.dynamo.models import DynamoModel


class HeldPayment(DynamoModel):
    """What Stripe told of and no departure's ledger could take."""

    stripe_id = models.CharField("Stripe's id", primary_key=True, editable=False)
    what = models.CharField("kind", choices=rows.What.choices)
    payment_id = models.CharField("Stripe's payment")
    event_id = models.CharField("departure")
    patron_id = models.CharField("party")
    patron_name = models.CharField("patron")
    amount = models.IntegerField()
    currency = models.CharField()
    moved_at = models.DateTimeField("paid")
    held_at = models.DateTimeField("told")
    why = models.TextField("why it is held")
    state = models.CharField(choices=rows.State.choices)
    settled_by = models.CharField()
    settled_at = models.DateTimeField(null=True)

    row_class = rows.Held

    class Meta(DynamoModel.Meta):
        verbose_name = "held card payment"
        ordering = ["-held_at"]
        permissions = [("settle_heldpayment", "Can say that held card money is settled")]

    def __str__(self) -> str:
        return str(self.stored_row)
