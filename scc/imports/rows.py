"""Runs of imports, as stored."""

from __future__ import annotations

from django.db.models import TextChoices
from pynamodb.attributes import UnicodeAttribute

from scc.dynamo.attributes import InstantAttribute, IntegerAttribute, TextAttribute
from scc.dynamo.rows import Row


class State(TextChoices):
    """How far a run is."""

    UPLOADING = "uploading", "Uploading"
    CHECKING = "checking", "Checking"
    READY = "ready", "To be confirmed"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    STOPPED = "stopped", "Stopped"
    FAILED = "failed", "Failed"


class ImportRun(Row, discriminator="IMPORT"):
    """One file that is carried over, once: by a command, or in portions from the admin."""

    # IMPORT#2c26b46b68ffc68f... / 01JV...; IMPORT#2026 / 2026-05-24T01:15:00.000Z#01JV...
    ID = "{digest}.{ulid}"
    KEYS = {"pk": "IMPORT#{digest}", "sk": "{ulid}", "gsi1pk": "IMPORT#{year}", "gsi1sk": "{began_at}#{ulid}"}
    # A file may be named after a guest.
    PERSONAL = frozenset({"source", "recorded_by", "recorded_by_name"})

    # SHA-256 of the file's bytes and of how it is read.
    digest = UnicodeAttribute()
    ulid = UnicodeAttribute()
    year = UnicodeAttribute()
    # What is imported: payments, or legacy.
    what = UnicodeAttribute()
    # The file's own name, without its folder.
    source = UnicodeAttribute()
    state = UnicodeAttribute(default=State.RUNNING.value)
    # The moment that what it stores is recorded at.
    began_at = InstantAttribute()
    ended_at = InstantAttribute(null=True)
    recorded_by = UnicodeAttribute()
    recorded_by_name = TextAttribute()
    # JSON: how the file is read (map, preset, set), and what became of its lines.
    options = TextAttribute()
    counts = TextAttribute()
    # Of a run in portions: how many groups are done of how many.
    groups_done = IntegerAttribute(default=0)
    groups = IntegerAttribute(default=0)

    def __str__(self) -> str:
        return f"Import of {self.what}"
