"""Waivers and the texts that they were signed under, as stored.

A waiver is three items, written in one transaction: its line on the manifest (small, in the event's own collection),
its record (the evidence, in a partition of its own), and, once for all who saw it, the text as shown. Nothing of a
record is ever changed; what happens to it later is added beside it as a life event.

The record's evidence is two canonical documents (RFC 8785). `evidence` names nobody: what was signed, when, by which
acts, and the SHA-256 of `private`, which holds all that is the signer's own, and a random salt, so that its hash
tells nothing once it is erased. `record_sha256` is the hash of `evidence`; `chain_sha256` ties it to the record
before it on the same event.
"""

from __future__ import annotations

from django.db.models import TextChoices
from pynamodb.attributes import UnicodeAttribute

from scc.dynamo.attributes import DayAttribute, InstantAttribute, IntegerAttribute, TextAttribute
from scc.dynamo.rows import Row


class Role(TextChoices):
    """Who signs. Only guests count against the heads on the manifest."""

    GUEST = "guest", "Guest"
    CREW = "crew", "Crew"


class Method(TextChoices):
    """How the signature was given. Both count alike."""

    DRAWN = "drawn", "Drawn"
    TYPED = "typed", "Typed"


class TextStatus(TextChoices):
    """A draft may be edited and deleted; a published version never."""

    DRAFT = "draft", "Draft"
    PUBLISHED = "published", "Published"


class Waiver(Row, discriminator="WAIVER"):
    """A signed waiver's line on the manifest."""

    # EVENT#2026-05-23 / WAIVER#01JV...; WAIVER#2026-05 / 2026-05-23T18:15:00.000Z#01JV...;
    # WAIVER#2026 / ana lopez#01JV...
    ID = "{event_id}.{ulid}"
    KEYS = {
        "pk": "EVENT#{event_id}",
        "sk": "WAIVER#{ulid}",
        "gsi1pk": "WAIVER#{month}",
        "gsi1sk": "{signed_at}#{ulid}",
        "gsi2pk": "WAIVER#{year}",
        "gsi2sk": "{folded_name}#{ulid}",
    }
    PERSONAL = frozenset({"name", "folded_name"})

    event_id = UnicodeAttribute()
    # Made by the signer's page; it is the request's key too.
    ulid = UnicodeAttribute()
    # Of the signing, at the operator's dock: 2026-05 and 2026.
    month = UnicodeAttribute()
    year = UnicodeAttribute()
    name = UnicodeAttribute()
    folded_name = UnicodeAttribute()
    role = UnicodeAttribute(default=Role.GUEST.value)
    method = UnicodeAttribute()
    # The server's clock, when it received the signature.
    signed_at = InstantAttribute()
    # What one reads out on the dock: K7M4QX.
    reference = UnicodeAttribute()
    # en-1
    text_version = UnicodeAttribute()
    valid_from = DayAttribute()
    valid_until = DayAttribute()

    def __str__(self) -> str:
        return f"{self.name}, {Role(self.role).label.lower()}, {self.reference}"


class WaiverRecord(Row, discriminator="WAIVERRECORD"):
    """The evidence of one signature. Added, never changed."""

    # WAIVER#01JV... / RECORD
    ID = "{ulid}"
    KEYS = {"pk": "WAIVER#{ulid}", "sk": "RECORD"}
    PERSONAL = frozenset({"private"})

    ulid = UnicodeAttribute()
    event_id = UnicodeAttribute()
    reference = UnicodeAttribute()
    received_at = InstantAttribute()
    # Canonical JSON; see the module.
    evidence = UnicodeAttribute()
    private = UnicodeAttribute()
    record_sha256 = UnicodeAttribute()
    # The event's chain: which link this is (from 1), the link before it ("" for the first), and itself.
    chain_number = IntegerAttribute()
    chain_previous = TextAttribute()
    chain_sha256 = UnicodeAttribute()
    text_sha256 = UnicodeAttribute()
    retain_until = DayAttribute()
    # The second half of the receipt's link: 130 random bits.
    receipt_secret = UnicodeAttribute()

    def __str__(self) -> str:
        return f"Waiver {self.reference}"


class LifeEvent(Row, discriminator="WAIVERLIFE"):
    """Something that happened to a waiver after it was signed."""

    # WAIVER#01JV... / LIFE#2026-05-23T18:15:00.000Z#01JW...
    ID = "{waiver_id}.{ulid}"
    KEYS = {"pk": "WAIVER#{waiver_id}", "sk": "LIFE#{happened_at}#{ulid}"}
    PERSONAL = frozenset({"recorded_by_name"})

    waiver_id = UnicodeAttribute()
    ulid = UnicodeAttribute()
    # "mailed"
    what = UnicodeAttribute()
    happened_at = InstantAttribute()
    recorded_by = UnicodeAttribute()
    recorded_by_name = TextAttribute()
    note = TextAttribute()

    def __str__(self) -> str:
        return f"{self.what}, {self.happened_at:%Y-%m-%d %H:%M} UTC"


class TextSnapshot(Row, discriminator="TEXT"):
    """A text exactly as it was shown, once for all who signed it."""

    # TEXT#9f86d081... / TEXT
    ID = "{sha256}"
    KEYS = {"pk": "TEXT#{sha256}", "sk": "TEXT"}
    PERSONAL = frozenset()

    # Of `text` in UTF-8.
    sha256 = UnicodeAttribute()
    text = UnicodeAttribute()
    language = UnicodeAttribute()
    number = IntegerAttribute()
    consent_version = IntegerAttribute()

    def __str__(self) -> str:
        return f"{self.language}-{self.number}"


class WaiverText(Row, discriminator="WAIVERTEXT"):
    """A version of the waiver's text: a draft, or published for good."""

    # WAIVERTEXT#01JV... / META; WAIVERTEXT / 2026-05-23T18:15:00.000Z#01JV...
    ID = "{ulid}"
    KEYS = {
        "pk": "WAIVERTEXT#{ulid}",
        "sk": "META",
        "gsi1pk": "WAIVERTEXT",
        "gsi1sk": "{created_at}#{ulid}",
    }
    PERSONAL = frozenset()
    REMOVABLE = True

    ulid = UnicodeAttribute()
    created_at = InstantAttribute()
    language = UnicodeAttribute(default="en")
    status = UnicodeAttribute(default=TextStatus.DRAFT.value)
    title = UnicodeAttribute()
    # Headings and paragraphs; `waivers.texts` has the format.
    body = UnicodeAttribute()
    # What the signer ticks: consent to sign electronically, being of age, agreement.
    consent = UnicodeAttribute()
    adult = UnicodeAttribute()
    assent = UnicodeAttribute()
    # Given by publishing; 0 and "" in a draft.
    number = IntegerAttribute(default=0)
    consent_version = IntegerAttribute(default=0)
    sha256 = TextAttribute()
    published_at = InstantAttribute(null=True)
    published_by = TextAttribute()

    def __str__(self) -> str:
        return f"{self.title}, {self.language}-{self.number}" if self.number else f"{self.title}, draft"


class CurrentText(Row, discriminator="CURRENTTEXT"):
    """Which published text signers are shown, one row for each language."""

    # WAIVERTEXT#CURRENT / en
    ID = "{language}"
    KEYS = {"pk": "WAIVERTEXT#CURRENT", "sk": "{language}"}
    PERSONAL = frozenset()

    language = UnicodeAttribute()
    text_id = UnicodeAttribute()
    sha256 = UnicodeAttribute()
    number = IntegerAttribute()
    # Counted up when the words of the consent change.
    consent = UnicodeAttribute()
    consent_version = IntegerAttribute()

    def __str__(self) -> str:
        return f"{self.language}-{self.number}"
