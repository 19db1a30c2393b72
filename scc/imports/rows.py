"""Runs of imports, as stored."""

from __future__ import annotations

from django.db.models import TextChoices
from pynamodb.attributes import UnicodeAttribute

from scc.dynamo.attributes import InstantAttribute, IntegerAttribute, TextAttribute
from scc.dynamo.rows import Row


class State(TextChoices):
    """How far a run is."""

    UPLOADING = "uploading", "Uploading"
    MAPPING = "mapping", "Columns to be chosen"
    CHECKING = "checking", "Checking"
    READY = "ready", "To be confirmed"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    STOPPED = "stopped", "Stopped"
    FAILED = "failed", "Failed"


# The queue of runs that go on by themselves: by their page, and by the schedule.
OPEN = "open"


class ImportRun(Row, discriminator="IMPORT"):
    """One file that is carried over, once: by a command, or in portions from the admin."""

    # IMPORT#01JV... / RUN; IMPORT#2026 / 2026-05-24T01:15:00.000Z#01JV...; while it goes on, IMPORT#open / 01JV...
    ID = "{ulid}"
    KEYS = {
        "pk": "IMPORT#{ulid}",
        "sk": "RUN",
        "gsi1pk": "IMPORT#{year}",
        "gsi1sk": "{began_at}#{ulid}",
        "gsi2pk": "IMPORT#{queue}",
        "gsi2sk": "{ulid}",
    }
    # A file may be named after a guest, and why it failed may say what stands in it.
    PERSONAL = frozenset({"source", "failure", "recorded_by", "recorded_by_name"})

    ulid = UnicodeAttribute()
    year = UnicodeAttribute()
    # SHA-256 of the file's bytes and of how it is read; "" until that is settled.
    digest = TextAttribute()
    # What is imported: payments, or legacy.
    what = UnicodeAttribute()
    # The file's own name, without its folder.
    source = UnicodeAttribute()
    state = UnicodeAttribute(default=State.RUNNING.value)
    queue = TextAttribute()
    began_at = InstantAttribute()
    confirmed_at = InstantAttribute(null=True)
    ended_at = InstantAttribute(null=True)
    # When every slice of the upload was here.
    uploaded_at = InstantAttribute(null=True)
    # Whose moment and id what it stores takes, where an earlier run of the same file began and did not end.
    run_id = TextAttribute()
    moment = InstantAttribute(null=True)
    # The later run of the same file that took this one's moment and id.
    taken_by = TextAttribute()
    recorded_by = UnicodeAttribute()
    recorded_by_name = TextAttribute()
    # From which the secrets of what it stores are derived: those of receipts' addresses. Of an earlier run, its secret.
    secret = UnicodeAttribute()
    # JSON: how the file is read (map, preset, set); what a dry run counted; what became of the lines.
    options = TextAttribute()
    checked = TextAttribute()
    counts = TextAttribute()
    # Why it failed, in words.
    failure = TextAttribute()

    # The upload: bytes, slices, when the file was changed last as the browser says it, SHA-256 of all bytes.
    size = IntegerAttribute(default=0)
    parts = IntegerAttribute(default=0)
    stamp_of_file = TextAttribute()
    sha256 = TextAttribute()

    # Which reading of the file it is: each has objects of its own in the bucket.
    edition = IntegerAttribute(default=1)
    # How much there is, and how much of it is done, of the check or of the run.
    lines = IntegerAttribute(default=0)
    lines_done = IntegerAttribute(default=0)
    groups = IntegerAttribute(default=0)
    groups_done = IntegerAttribute(default=0)
    portions = IntegerAttribute(default=0)
    portions_done = IntegerAttribute(default=0)
    # How often the portion that is next was begun, and how many portions were done again in all.
    tried = IntegerAttribute(default=0)
    again = IntegerAttribute(default=0)
    # How many of those tries ended because the table or the bucket did not answer.
    unanswered = IntegerAttribute(default=0)
    # Milliseconds that someone worked at it.
    spent_ms = IntegerAttribute(default=0)
    # Who works at it, until when at most.
    lease = TextAttribute()
    lease_until = InstantAttribute(null=True)

    def __str__(self) -> str:
        return f"Import of {self.what}"


class ImportFile(Row, discriminator="IMPORTFILE"):
    """Which run of a file was begun last, so that two at once are one."""

    # IMPORTFILE#2c26b46b68ffc68f... / FILE
    ID = "{digest}"
    KEYS = {"pk": "IMPORTFILE#{digest}", "sk": "FILE"}
    PERSONAL = frozenset()

    digest = UnicodeAttribute()
    run_id = UnicodeAttribute()

    def __str__(self) -> str:
        return "Imported file"
