"""Letters, as stored."""

from __future__ import annotations

from datetime import datetime

from django.db.models import TextChoices
from pynamodb.attributes import UnicodeAttribute

from scc.dynamo.attributes import InstantAttribute, IntegerAttribute, TextAttribute
from scc.dynamo.rows import Row


class State(TextChoices):
    """Where a letter stands.

    "Sending" holds a lease: after it, whoever sent is taken for dead. "Replaced" had failed, and a copy of it went to
    another address. "Erased" was not sent when it was emptied; one that was sent stays so.
    """

    QUEUED = "queued", "Queued"
    SENDING = "sending", "Sending"
    SENT = "sent", "Sent"
    FAILED = "failed", "Failed"
    REPLACED = "replaced", "Replaced"
    ERASED = "erased", "Erased"


DUE = "due"


def queue_of(state: State, since: datetime) -> str:
    """Return the queue in which a letter of this state is found; one that is done with stands in none.

    Failed letters may stay for ever, so that theirs is one a year.
    """
    if state == State.FAILED:
        return f"failed-{since:%Y}"
    return DUE if state in (State.QUEUED, State.SENDING) else ""


class Letter(Row, discriminator="LETTER"):
    """One e-mail to one address, written in the transaction of the thing it speaks of.

    All letters about one thing are one item collection.
    """

    # LETTER#PAYMENT#2026-05-23.01JV... / 01JV...; by month LETTER#2026-05 / 2026-05-24T01:20:00.000Z#01JV...; in the
    # queue, until it is sent, at LETTER#due / 2026-05-24T01:21:00.000Z#01JV...
    ID = "{about}.{ulid}"
    KEYS = {
        "pk": "LETTER#{about}",
        "sk": "{ulid}",
        "gsi1pk": "LETTER#{month}",
        "gsi1sk": "{written_at}#{ulid}",
        "gsi2pk": "LETTER#{queue}",
        "gsi2sk": "{due_at}#{ulid}",
    }
    PERSONAL = frozenset({"to", "subject", "text", "html", "error"})

    ulid = UnicodeAttribute()
    # What sort of letter: "receipt", "waiver".
    purpose = UnicodeAttribute()
    # What it speaks of, as the audit trail names it: PAYMENT#2026-05-23.01JV...
    about = UnicodeAttribute()
    # These are empty once the letter was erased; see `scc.mail.erasing`.
    to = TextAttribute()
    subject = UnicodeAttribute()
    text = TextAttribute()
    html = TextAttribute()
    language = UnicodeAttribute(default="en")
    # What it brings, as `scc.mail.attachments` writes it, and until when it waits for that.
    attachments = TextAttribute()
    waits_until = InstantAttribute(null=True)

    written_at = InstantAttribute()
    month = UnicodeAttribute()
    state = UnicodeAttribute(default=State.QUEUED.value)
    queue = TextAttribute()
    # Queued: not before. Sending: the end of the lease. Failed: since when. Sent, replaced: nothing.
    due_at = InstantAttribute(null=True)
    attempts = IntegerAttribute(default=0)
    # Who took it, or who may have taken it and must be asked first the next time.
    provider = TextAttribute()
    message_id = TextAttribute()
    sent_at = InstantAttribute(null=True)
    # What was answered instead of taking it, on the last try: a line for each provider, with its code.
    error = TextAttribute()
    # When a copy of it was written last, and the copy's ulid; the copy is about the same thing.
    copied_at = InstantAttribute(null=True)
    copied_as = TextAttribute()

    # Whether this process may send it without asking the table: it wrote or claimed it just now.
    is_held = False
    # Whether it was written just now, and what it brings is still to be made.
    is_early = False

    def __str__(self) -> str:
        return f"{self.subject} to {self.to}"
