"""Letters, as the admin shows them."""

from __future__ import annotations

from typing import ClassVar, cast

from django.db import models

from scc.dynamo.models import DynamoModel, IdField
from scc.mail import rows


class Letter(DynamoModel):
    """An e-mail of the outbox. Nobody edits one: what was sent is what was sent."""

    id = IdField()
    ulid = models.CharField()
    written_at = models.DateTimeField("written")
    month = models.CharField()
    queue = models.CharField()
    due_at = models.DateTimeField("next try", null=True)
    state = models.CharField(choices=rows.State.choices)
    purpose = models.CharField("kind")
    about = models.CharField("speaks of")
    to = models.EmailField()
    subject = models.CharField()
    text = models.TextField()
    html = models.TextField("HTML")
    language = models.CharField()
    attachments = models.TextField()
    waits_until = models.DateTimeField("waits for attachments until", null=True)
    attempts = models.IntegerField("tries")
    provider = models.CharField()
    message_id = models.CharField("provider's id")
    sent_at = models.DateTimeField("sent", null=True)
    error = models.TextField("refusals")
    copied_at = models.DateTimeField("sent again", null=True)
    copied_as = models.CharField("the copy")

    row_class: ClassVar[type[rows.Letter]] = rows.Letter

    class Meta(DynamoModel.Meta):
        ordering = ["-written_at"]
        permissions = [("send_letter", "Can send a letter again")]

    @property
    def letter(self) -> rows.Letter:
        """The letter as it was read."""
        return cast(rows.Letter, self.stored_row)

    def __str__(self) -> str:
        return f"{self.subject} to {self.to}"
