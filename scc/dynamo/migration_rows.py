"""How far a migration of rows is, as stored."""

from __future__ import annotations

from pynamodb.attributes import UnicodeAttribute

from scc.dynamo.attributes import InstantAttribute, IntegerAttribute, TextAttribute
from scc.dynamo.rows import Row


class Migration(Row, discriminator="MIGRATION"):
    """The last run of a migration."""

    # MIGRATION#PATRON-2 / META
    ID = "{name}"
    KEYS = {"pk": "MIGRATION#{name}", "sk": "META"}
    PERSONAL = frozenset()

    # The kinds and their shapes: PATRON-2.
    name = UnicodeAttribute()
    # Which run it is: places of another say nothing.
    run = UnicodeAttribute()
    segments = IntegerAttribute()
    began_at = InstantAttribute()
    ended_at = InstantAttribute(null=True)

    def __str__(self) -> str:
        return f"Migration {self.name}"


class MigrationPlace(Row, discriminator="MIGRATIONPLACE"):
    """Up to where a run has done one segment of the table, and what became of what was read there."""

    # MIGRATION#PATRON-2 / SEGMENT#03
    ID = "{name}.{segment}"
    KEYS = {"pk": "MIGRATION#{name}", "sk": "SEGMENT#{segment}"}
    # The keys of some item: a user's or a tally's have a user name in them.
    PERSONAL = frozenset({"after_pk", "after_sk"})

    name = UnicodeAttribute()
    # 03
    segment = UnicodeAttribute()
    run = UnicodeAttribute()
    # The last item that is done; none before the first page and at the end.
    after_pk = TextAttribute()
    after_sk = TextAttribute()
    ended_at = InstantAttribute(null=True)
    scanned = IntegerAttribute(default=0)
    read = IntegerAttribute(default=0)
    migrated = IntegerAttribute(default=0)
    unchanged = IntegerAttribute(default=0)
    reported = IntegerAttribute(default=0)

    def __str__(self) -> str:
        return f"Segment {self.segment} of {self.name}"
