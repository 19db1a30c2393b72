"""The ledger as the admin knows it. It is written by `payments.ledger` alone."""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn

from django.db import models

from payments import rows
from payments.rows import Kind, Origin
from scc.dynamo.models import DynamoModel, IdField
from scc.money import display


class Payment(DynamoModel):
    """An entry of the ledger."""

    # What the form asks for is editable, and nothing else is.
    id = IdField()
    event_id = models.CharField("departure", editable=False)
    ulid = models.CharField(editable=False)
    month = models.CharField(editable=False)
    sequence = models.IntegerField("number in the departure's chain", editable=False)
    reference = models.CharField(editable=False)
    entry_kind = models.CharField("kind", choices=Kind.choices, editable=False)
    corrects = models.CharField(editable=False)
    patron_id = models.CharField("party", editable=False)
    patron_name = models.CharField("patron")
    folded_name = models.CharField(editable=False)
    patron_email = models.CharField("e-mail")
    amount_cents = models.IntegerField("amount", editable=False)
    tip_cents = models.IntegerField("tip", editable=False)
    currency = models.CharField(editable=False)
    method = models.CharField()
    paid_at = models.DateTimeField("paid", editable=False)
    recorded_at = models.DateTimeField("logged", editable=False)
    recorded_by = models.CharField("logged by", editable=False)
    recorded_by_name = models.CharField("name then", editable=False)
    received_by = models.CharField()
    origin = models.CharField(choices=Origin.choices, editable=False)
    reason = models.CharField(editable=False)
    note = models.TextField()
    external_reference = models.CharField("their reference")
    prev_hash = models.CharField("hash of the entry before", editable=False)
    hash = models.CharField(editable=False)

    row_class: ClassVar[type[rows.Payment]] = rows.Payment

    class Meta(DynamoModel.Meta):
        ordering = ("-recorded_at",)
        # Beside Django's own: each way of taking money back is a right of its own.
        permissions = (
            ("void_payment", "Can void an entry"),
            ("refund_payment", "Can give money back"),
            ("correct_payment", "Can correct an entry"),
            ("close_day", "Can close a day"),
        )

    # Whether the form that this came of had been sent before.
    was_logged_before = False

    def __str__(self) -> str:
        amount = display(self.amount_cents, self.currency)
        return f"{Kind(self.entry_kind).label} {self.reference}, {amount}, {self.patron_name}"

    def become(self, row: rows.Payment) -> None:
        """Take the values of `row`, which the ledger wrote."""
        self.__dict__.update(Payment.from_row(row).__dict__)

    def save(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("an entry is written by payments.ledger")

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("an entry is kept")
