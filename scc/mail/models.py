"""Letters, as the admin shows them."""

from __future__ import annotations

from django.db import models

from scc.dynamo.models import DynamoModel
from scc.mail import rows


class Letter(DynamoModel):
    """An e-mail of the outbox. Nobody edits one: what was sent is what was sent."""

    ulid = models.CharField("letter", primary_key=True, editable=False)
    written_at = models.DateTimeField()
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
    attempts = models.IntegerField("tries")
    provider = models.CharField()
    message_id = models.CharField("provider's id")
    sent_at = models.DateTimeField(null=True)
    error = models.TextField("last error")

    row_class = rows.Letter

    class Meta(DynamoModel.Meta):
        ordering = ["-written_at"]
        permissions = [("send_letter", "Can send a letter again")]

    def __str__(self) -> str:
        return f"{self.subject} to {self.to}"
