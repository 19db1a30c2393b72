"""The ledger, as stored. Entries are added; nothing here is ever changed or removed."""

from __future__ import annotations

from django.db.models import TextChoices
from pynamodb.attributes import UnicodeAttribute

from scc.dynamo.attributes import InstantAttribute, IntegerAttribute, TextAttribute
from scc.dynamo.rows import Row
from scc.money import display


class Kind(TextChoices):
    """What an entry does. The amount is above zero in each; the kind says which way it counts."""

    PAYMENT = "payment", "Payment"
    REFUND = "refund", "Refund"
    VOID = "void", "Void"
    TRANSFER = "transfer", "Transfer"


class Method(TextChoices):
    """How the money changed hands."""

    CASH = "cash", "Cash"
    CARD = "card", "Card"
    CHECK = "check", "Check"
    VENMO = "venmo", "Venmo"
    ZELLE = "zelle", "Zelle"
    OTHER = "other", "Other"


class Origin(TextChoices):
    """Where an entry came from."""

    STAFF = "staff", "Logged by staff"
    IMPORT = "import", "Imported"


class Payment(Row, discriminator="PAYMENT"):
    """One entry of a departure's ledger."""

    # EVENT#2026-05-23 / PAYMENT#01JV...
    # PAYMENT#2026-05 / 2026-05-24T01:15:00.000Z#01JV...; PAYMENT#2026-05 / ana lopez#01JV...
    ID = "{event_id}.{ulid}"
    KEYS = {
        "pk": "EVENT#{event_id}",
        "sk": "PAYMENT#{ulid}",
        "gsi1pk": "PAYMENT#{month}",
        "gsi1sk": "{recorded_at}#{ulid}",
        "gsi2pk": "PAYMENT#{month}",
        "gsi2sk": "{folded_name}#{ulid}",
    }
    PERSONAL = frozenset(
        {
            *("patron_name", "folded_name", "patron_email", "external_reference", "note", "reason"),
            *("recorded_by", "recorded_by_name", "received_by"),
        }
    )

    event_id = UnicodeAttribute()
    ulid = UnicodeAttribute()
    # The place in the departure's chain, from 1; see `payments.chain`.
    sequence = IntegerAttribute()
    # What staff and patrons call the entry, unique within its departure: K7MXQ4.
    reference = UnicodeAttribute()
    entry_kind = UnicodeAttribute(default=Kind.PAYMENT.value)
    # The reference of the entry that this one voids, refunds or replaces.
    corrects = TextAttribute()
    # The party's ulid; an entry without one counts for the departure alone.
    patron_id = TextAttribute()
    patron_name = UnicodeAttribute()
    folded_name = UnicodeAttribute()
    patron_email = TextAttribute()
    amount_cents = IntegerAttribute()
    tip_cents = IntegerAttribute(default=0)
    currency = UnicodeAttribute()
    method = UnicodeAttribute()
    # When the money changed hands, and when we were told of it.
    paid_at = InstantAttribute()
    recorded_at = InstantAttribute()
    # The month of `recorded_at` at the operator's dock, by which lists are kept: 2026-05.
    month = UnicodeAttribute()
    # Who typed it in, and who took the money, by their user names.
    recorded_by = UnicodeAttribute()
    recorded_by_name = TextAttribute()
    received_by = TextAttribute()
    origin = UnicodeAttribute(default=Origin.STAFF.value)
    # Why: of voids and refunds.
    reason = TextAttribute()
    note = TextAttribute()
    # What the other side calls it: a check's number, a Venmo transaction.
    external_reference = TextAttribute()
    prev_hash = TextAttribute()
    hash = UnicodeAttribute()

    def __str__(self) -> str:
        amount = display(self.amount_cents, self.currency)
        return f"{Kind(self.entry_kind).label} {self.reference}, {amount}, {self.patron_name}"


class Key(Row, discriminator="KEY"):
    """A request's key, used once and for ever, with what was asked and what was answered first."""

    # KEY#2026-05-23#2c26b46b68ffc68f... / META
    ID = "{scope}.{digest}"
    KEYS = {"pk": "KEY#{scope}#{digest}", "sk": "META"}
    # The first answer holds the entry.
    PERSONAL = frozenset({"answer"})

    # The departure's slug: each departure has keys of its own.
    scope = UnicodeAttribute()
    # SHA-256 of the key, which may be of any length and hold any character.
    digest = UnicodeAttribute()
    # SHA-256 of what was asked; the same key with another request is refused.
    fingerprint = UnicodeAttribute()
    entry_id = UnicodeAttribute()
    used_at = InstantAttribute()
    # JSON: the entry as stored, and the departure's totals right after it.
    answer = UnicodeAttribute()

    def __str__(self) -> str:
        return f"key of {self.entry_id}"
