"""Day closes, as stored. They are added; none is ever changed or removed."""

from __future__ import annotations

from pynamodb.attributes import UnicodeAttribute

from scc.dynamo.attributes import DayAttribute, InstantAttribute, IntegerAttribute, TextAttribute
from scc.dynamo.rows import Row


class DayClose(Row, discriminator="CLOSE"):
    """One close of a day: what was expected and what was counted, for each method, and the entries that it took."""

    # CLOSE / 000012; CLOSE#2026 / 2026-05-23#000012
    ID = "{place}"
    KEYS = {"pk": "CLOSE", "sk": "{place}", "gsi1pk": "CLOSE#{year}", "gsi1sk": "{day}#{place}"}
    PERSONAL = frozenset({"closed_by", "closed_by_name", "note"})

    # From 1, over all days. `place` is the same, as keys sort: 000012.
    number = IntegerAttribute()
    place = UnicodeAttribute()
    # The day that was closed, at the operator's dock, and its year.
    day = DayAttribute()
    year = UnicodeAttribute()
    # Closes reach back to this day: what was paid on an earlier one is in none.
    begins_on = DayAttribute()
    currency = UnicodeAttribute()
    closed_at = InstantAttribute()
    closed_by = UnicodeAttribute()
    closed_by_name = UnicodeAttribute()
    note = TextAttribute()
    # JSON: the figures of each method; see `payments.tills.Line`.
    lines = UnicodeAttribute()
    # The ulids of the entries that it took, with a space between them.
    entry_ids = TextAttribute()
    # Those that earlier closes took, and that the next one meets again where it looks.
    carried_ids = TextAttribute()
    # Entries were looked for among those logged from one moment to the other, both included; and the moment from which
    # the next close looks.
    read_from = InstantAttribute()
    read_until = InstantAttribute()
    open_from = InstantAttribute()
    # What was written with it: its audit entry's id, and the digest of its request's key.
    audit_id = UnicodeAttribute()
    key_digest = UnicodeAttribute()
    prev_hash = TextAttribute()
    hash = UnicodeAttribute()

    @staticmethod
    def place_of(number: int) -> str:
        """Return the close's number as keys sort."""
        return f"{number:06}"

    def __str__(self) -> str:
        return f"Day close {self.number}, {self.day:%-d %b %Y}"
