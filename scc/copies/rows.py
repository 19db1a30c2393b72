"""The restore of this table, as stored."""

from __future__ import annotations

from django.db.models import TextChoices
from pynamodb.attributes import BooleanAttribute, UnicodeAttribute

from scc.dynamo.attributes import InstantAttribute, TextAttribute
from scc.dynamo.rows import Row


class State(TextChoices):
    """How far a restore is."""

    CLEARING = "clearing", "Begun"
    WRITING = "writing", "Writing"
    ERASING = "erasing", "Erasing"
    DONE = "done", "Done"


class Restore(Row, discriminator="RESTORE"):
    """From which export this table was restored: one a table. By it an unfinished restore knows its own."""

    # RESTORE / META
    ID = "restore"
    KEYS = {"pk": "RESTORE", "sk": "META"}
    PERSONAL = frozenset()

    # SHA-256 of the export's manifest, and its id.
    manifest = UnicodeAttribute()
    export = UnicodeAttribute()
    # SHA-256 of the list of who was erased since, as it was given.
    erased = UnicodeAttribute()
    state = UnicodeAttribute(default=State.CLEARING.value)
    # Whether keys are brought: not where the bucket had its own, which tells who was erased.
    brings_keys = BooleanAttribute()
    began_at = InstantAttribute()
    ended_at = InstantAttribute(null=True)
    # JSON: what became of what.
    counts = TextAttribute()

    def __str__(self) -> str:
        return f"Restore of {self.export}"
