"""Day closes, as the admin shows them. They are written by `payments.closing` alone."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.urls import reverse

from payments.closing_rows import DayClose as Row
from scc.dynamo.models import DynamoModel


class DayClose(DynamoModel):
    """A close of a day."""

    place = models.CharField(primary_key=True, editable=False, default=None)
    number = models.IntegerField()
    day = models.DateField()
    begins_on = models.DateField("closes reach back to")
    currency = models.CharField()
    closed_at = models.DateTimeField("closed")
    closed_by = models.CharField()
    closed_by_name = models.CharField("name then")
    note = models.TextField()
    lines = models.TextField()
    entry_ids = models.TextField("entries")
    prev_hash = models.CharField("hash of the close before")
    hash = models.CharField()

    row_class: ClassVar[type[Row]] = Row

    class Meta(DynamoModel.Meta):
        app_label = "payments"
        ordering = ("-place",)
        verbose_name = "day close"

    def __str__(self) -> str:
        return str(self.stored_row)

    def get_absolute_url(self) -> str:
        """Return the address of its slip."""
        return reverse("dispatch:close", args=[self.day.isoformat()])
