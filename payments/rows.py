"""The ledger, as stored. Entries are added; nothing here is ever changed or removed."""

from __future__ import annotations

import hashlib

from django.db.models import TextChoices
from pynamodb.attributes import BooleanAttribute, UnicodeAttribute

from scc.dynamo.attributes import DayAttribute, InstantAttribute, IntegerAttribute, TextAttribute
from scc.dynamo.rows import Row
from scc.money import display


class Kind(TextChoices):
    """What an entry does. The amount is above zero in each; the kind says which way it counts."""

    PAYMENT = "payment", "Payment"
    REFUND = "refund", "Refund"
    VOID = "void", "Void"
    TRANSFER = "transfer", "Transfer"


class Way(TextChoices):
    """Whether a transfer left this departure or came to it."""

    OUT = "out", "Out"
    IN = "in", "In"


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
    # The reference of the entry that this one voids, refunds, carries over or replaces.
    corrects = TextAttribute()
    # Of a void: the kind of what it takes back, so that which way it counts is known from it alone.
    undoes = TextAttribute()
    # Of a transfer: whether it left or came, the departure at its other end, and the entry there.
    way = TextAttribute()
    other_event = TextAttribute()
    other_reference = TextAttribute()
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
    # What was written with it: its letter's id, its audit entry's id, and the digest of its request's key.
    letter_id = TextAttribute()
    audit_id = TextAttribute()
    key_digest = TextAttribute()
    # Of an imported entry: what tells the line that it was, so that the same one is not carried twice.
    import_key = TextAttribute()
    # Half of the address of its receipt, known to whoever has the letter: 130 random bits.
    receipt_secret = TextAttribute()
    prev_hash = TextAttribute()
    hash = UnicodeAttribute()

    def __str__(self) -> str:
        amount = display(self.amount_cents, self.currency)
        return f"{Kind(self.entry_kind).label} {self.reference}, {amount}, {self.patron_name}"


class Tally(Row, discriminator="TALLY"):
    """What the entries moved that one person logged on one day, of one departure, one method and one day of payment.

    It moves in the transaction of each entry. A void counts below zero, on the day on which it was logged.
    """

    # TALLY#2026-05-23 / 2026-05-24#2026-05-23#cash#alice;
    # TALLY#2026 / 2026-05-24#2026-05-23#cash#alice; TALLYPAID#2026 / 2026-05-23#2026-05-23#cash#alice
    ID = "{event_id}#{recorded_on}#{paid_on}#{method}#{recorded_by}"
    KEYS = {
        "pk": "TALLY#{event_id}",
        "sk": "{recorded_on}#{paid_on}#{method}#{recorded_by}",
        "gsi1pk": "TALLY#{recorded_year}",
        "gsi1sk": "{recorded_on}#{event_id}#{method}#{recorded_by}",
        "gsi2pk": "TALLYPAID#{paid_year}",
        "gsi2sk": "{paid_on}#{event_id}#{method}#{recorded_by}",
    }
    PERSONAL = frozenset({"recorded_by"})

    event_id = UnicodeAttribute()
    # Days at the operator's dock: when it was logged, and when the money changed hands.
    recorded_on = DayAttribute()
    paid_on = DayAttribute()
    recorded_year = UnicodeAttribute()
    paid_year = UnicodeAttribute()
    method = UnicodeAttribute()
    recorded_by = UnicodeAttribute()
    received_cents = IntegerAttribute(default=0)
    refunded_cents = IntegerAttribute(default=0)
    tips_cents = IntegerAttribute(default=0)
    # How many entries.
    entries = IntegerAttribute(default=0)

    def __str__(self) -> str:
        return f"{self.event_id}, {self.method}, logged by {self.recorded_by} on {self.recorded_on}"


class PaymentMethod(Row, discriminator="METHOD"):
    """A method that the operator changed or added. It replaces its shipped namesake; see `payments.methods`."""

    # METHOD / venmo
    ID = "{code}"
    KEYS = {"pk": "METHOD", "sk": "{code}"}
    # Where guests send money may be someone's own address.
    PERSONAL = frozenset({"account"})

    # What entries hold: lower-case letters, digits and dashes.
    code = UnicodeAttribute()
    label = UnicodeAttribute()
    # Whether the other side's reference is: no, asked, needed.
    asks = UnicodeAttribute()
    is_cash = BooleanAttribute(default=False)
    order = IntegerAttribute(default=100)
    is_offered = BooleanAttribute(default=True)
    account = TextAttribute()
    hint = TextAttribute()

    def __str__(self) -> str:
        return f"Method {self.label}"


class Reference(Row, discriminator="REFERENCE"):
    """That an entry has this reference of the other side, by which the same one is found when it comes again."""

    # REFERENCE#venmo#2c26b46b68ffc68f... / 2026-05-23.01JV...
    ID = "{method}.{digest}.{entry_id}"
    KEYS = {"pk": "REFERENCE#{method}#{digest}", "sk": "{entry_id}"}
    PERSONAL = frozenset()

    method = UnicodeAttribute()
    # SHA-256 of the reference without spaces and case: it may hold anything, of any length.
    digest = UnicodeAttribute()
    entry_id = UnicodeAttribute()
    # The entry's own, for people: the departure and what the entry is called there.
    event_id = UnicodeAttribute()
    reference = UnicodeAttribute()
    recorded_at = InstantAttribute()

    @classmethod
    def of(cls, entry: Payment) -> Reference:
        """Return what is written with `entry`."""
        return cls(
            method=entry.method,
            digest=cls.digest_of(entry.external_reference),
            entry_id=entry.id,
            event_id=entry.event_id,
            reference=entry.reference,
            recorded_at=entry.recorded_at,
        )

    @staticmethod
    def digest_of(text: str) -> str:
        """Return the digest under which a reference is kept."""
        return hashlib.sha256("".join(text.split()).casefold().encode()).hexdigest()

    def __str__(self) -> str:
        return f"{self.method} reference of {self.reference} on {self.event_id}"


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
