"""Waivers and the texts that they were signed under, as stored.

A signature is written in one transaction: its line on the manifest (small, in the event's own collection), its record
(the evidence, in a partition of its own), its signer's place, and, once for all who saw it, the text as shown. Nothing
of a record is ever changed but by erasure; what happens to a waiver later changes its line and is added beside the
record as a life event.

The record's evidence is two canonical documents (RFC 8785). `evidence` names nobody: what was signed, when, by which
acts, and the SHA-256 of the private document, which holds all that is the signer's own, and a random salt, so that its
hash tells nothing once it is erased. The private document is stored sealed, under a key of its own that lies outside
the table (`scc.sealing`). `record_sha256` is the hash of `evidence`; `chain_sha256` ties it to the record before it on
the same event.
"""

from __future__ import annotations

from django.db.models import TextChoices
from pynamodb.attributes import BinaryAttribute, BooleanAttribute, UnicodeAttribute

from scc.dynamo.attributes import DayAttribute, InstantAttribute, IntegerAttribute, TextAttribute
from scc.dynamo.rows import Row


class Role(TextChoices):
    """Who signs. Only guests count against the heads on the manifest."""

    GUEST = "guest", "Guest"
    CREW = "crew", "Crew"


class Method(TextChoices):
    """How the signature was given. Drawn and typed count alike; paper is kept by the operator.

    What was signed elsewhere and imported counts, and shows less: see `waivers.imported`.
    """

    DRAWN = "drawn", "Drawn"
    TYPED = "typed", "Typed"
    PAPER = "paper", "On paper"
    IMPORTED = "imported", "Imported"


class State(TextChoices):
    """Whether a waiver counts for its departure."""

    COUNTS = "counts", "Signed"
    REPLACED = "replaced", "Replaced"
    INVALID = "invalid", "Invalid"
    ERASED = "erased", "Erased"


class Channel(TextChoices):
    """How a signature reached us."""

    PAGE = "page", "Own phone"
    FORM = "form", "Own device, without a script"
    API = "api", "Program"
    KIOSK = "kiosk", "Kiosk"
    STAFF = "staff", "Staff"
    IMPORT = "import", "Import"


class Matched(TextChoices):
    """How a signature came to its place on the manifest."""

    NOBODY = "", "Not linked"
    LINK = "link", "By personal link"
    STAFF = "staff", "By staff"
    IMPORT = "import", "By name, when it was imported"


class Verified(TextChoices):
    """How the operator knows that it was this person's act."""

    NONE = "", "Not verified"
    LINK = "link", "Signed from a personal link"
    KNOWS = "knows", "Staff knows the person"
    ID = "id", "Staff saw an identity card or passport"


class TextStatus(TextChoices):
    """A draft may be edited and deleted; a published version never."""

    DRAFT = "draft", "Draft"
    PUBLISHED = "published", "Published"


class Validity(TextChoices):
    """How long a signature under a text counts."""

    EVENT = "event", "The departure only"
    SEASON = "season", "To the end of the season"
    YEAR = "year", "Twelve months"


class Offer(TextChoices):
    """Whether signers are shown a document in a language."""

    SHOWN = "shown", "Shown"
    WITHDRAWN = "withdrawn", "Withdrawn"


class Waiver(Row, discriminator="WAIVER"):
    """A waiver's line on the manifest of a departure.

    Every change of a line is a life event of its record (`waivers.lives`), from which `verifywaivers` makes it anew.
    """

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
    PERSONAL = frozenset({"name", "folded_name", "age", "guardian"})

    event_id = UnicodeAttribute()
    # Made by the signer's page; it is the request's key too.
    ulid = UnicodeAttribute()
    # The record that covers this line: its own, or that of an earlier waiver which is still valid.
    record_id = UnicodeAttribute()
    # The first of those signed in the same act: a guardian's children are one act.
    leader = UnicodeAttribute()
    # Of the signing, at the operator's dock: 2026-05 and 2026.
    month = UnicodeAttribute()
    year = UnicodeAttribute()
    name = UnicodeAttribute()
    folded_name = TextAttribute()
    # In years, on the day of the departure. None where it is not known, or erased.
    age = IntegerAttribute(null=True)
    # Who signed for a minor.
    guardian = TextAttribute()
    role = UnicodeAttribute(default=Role.GUEST.value)
    method = UnicodeAttribute()
    channel = UnicodeAttribute()
    # The server's clock, when it received the signature. Of what was imported, what its source said.
    signed_at = InstantAttribute()
    # What one reads out on the dock: K7M4QX.
    reference = UnicodeAttribute()
    # waiver-en-1
    text_version = UnicodeAttribute()
    document = UnicodeAttribute()
    language = UnicodeAttribute()
    valid_from = DayAttribute()
    valid_until = DayAttribute()
    retain_until = DayAttribute()
    # Whether there is a box with the emergency contact, and whether it tells of a medical condition.
    has_care = BooleanAttribute(default=False)
    has_medical = BooleanAttribute(default=False)
    # The last day of that box; None where there is none, or no more.
    care_until = DayAttribute(null=True)
    # The second half of the receipt's link, 130 random bits; "" once the link is revoked.
    secret = TextAttribute()

    state = UnicodeAttribute(default=State.COUNTS.value)
    # The party or the crew assignment that it belongs to, and how that was found; or a guest who came without one.
    patron_id = TextAttribute()
    assignment_id = TextAttribute()
    matched = TextAttribute()
    walk_on = BooleanAttribute(default=False)
    verified = TextAttribute()
    aboard_at = InstantAttribute(null=True)
    aboard_by = TextAttribute()
    # Kept past its day, for a claim; and neither shown nor used, at the person's wish.
    hold = BooleanAttribute(default=False)
    restricted = BooleanAttribute(default=False)
    # When an owner asked for its erasure, which `erasewaivers` does.
    erasure_asked_at = InstantAttribute(null=True)
    # Of what was imported, once it is erased: a keyed hash of the name, so that no line of a file brings it back.
    name_mark = TextAttribute()

    def __str__(self) -> str:
        return f"{self.name}, {Role(self.role).label.lower()}, {self.reference}"

    @property
    def counts(self) -> bool:
        return bool(self.state == State.COUNTS)

    @property
    def is_minor(self) -> bool:
        return bool(self.guardian)

    @property
    def is_imported(self) -> bool:
        return bool(self.method == Method.IMPORTED)

    @property
    def has_own_record(self) -> bool:
        return bool(self.record_id == self.ulid)


class WaiverRecord(Row, discriminator="WAIVERRECORD"):
    """The evidence of one signature. Added, never changed but by erasure, which takes `sealed` off."""

    # WAIVER#01JV... / RECORD
    ID = "{ulid}"
    KEYS = {"pk": "WAIVER#{ulid}", "sk": "RECORD"}
    PERSONAL = frozenset({"sealed"})

    ulid = UnicodeAttribute()
    event_id = UnicodeAttribute()
    reference = UnicodeAttribute()
    received_at = InstantAttribute()
    # Canonical JSON; see the module.
    evidence = UnicodeAttribute()
    # The private document under the key `key_id`; None once erased.
    sealed = BinaryAttribute(legacy_encoding=False, null=True)
    key_id = UnicodeAttribute()
    record_sha256 = UnicodeAttribute()
    # The event's chain: which link this is (from 1), the link before it ("" for the first), and itself.
    chain_number = IntegerAttribute()
    chain_previous = TextAttribute()
    chain_sha256 = UnicodeAttribute()
    # "" of what was imported: nothing says which text was signed.
    text_sha256 = TextAttribute()
    retain_until = DayAttribute()
    erased_at = InstantAttribute(null=True)
    erased_by = TextAttribute()

    def __str__(self) -> str:
        return f"Waiver {self.reference}"


class WaiverCare(Row, discriminator="WAIVERCARE"):
    """Emergency contact and medical notes of one signer: apart from the evidence, with a shorter life."""

    # WAIVER#01JV... / CARE
    ID = "{ulid}"
    KEYS = {"pk": "WAIVER#{ulid}", "sk": "CARE"}
    PERSONAL = frozenset({"sealed"})

    ulid = UnicodeAttribute()
    event_id = UnicodeAttribute()
    # None once erased.
    sealed = BinaryAttribute(legacy_encoding=False, null=True)
    key_id = UnicodeAttribute()
    keep_until = DayAttribute()

    def __str__(self) -> str:
        return f"Care of {self.ulid}"


class WaiverPdf(Row, discriminator="WAIVERPDF"):
    """That the PDF of a waiver was made, and what it is."""

    # WAIVER#01JV... / PDF
    ID = "{ulid}"
    KEYS = {"pk": "WAIVER#{ulid}", "sk": "PDF"}
    PERSONAL = frozenset()

    ulid = UnicodeAttribute()
    # Of the PDF itself; what is stored is sealed with the record's key.
    sha256 = UnicodeAttribute()
    size = IntegerAttribute()
    made_at = InstantAttribute()
    # Where it lies in the bucket.
    name = UnicodeAttribute()

    def __str__(self) -> str:
        return self.name


class PdfDue(Row, discriminator="PDFDUE"):
    """A waiver whose PDF is still to be made."""

    # PDFDUE / 01JV...
    ID = "{ulid}"
    KEYS = {"pk": "PDFDUE", "sk": "{ulid}"}
    PERSONAL = frozenset()
    REMOVABLE = True

    ulid = UnicodeAttribute()
    event_id = UnicodeAttribute()

    def __str__(self) -> str:
        return self.ulid


class LifeEvent(Row, discriminator="WAIVERLIFE"):
    """Something that happened to a waiver after it was signed. Added, never changed."""

    # WAIVER#01JV... / LIFE#2026-05-23T18:15:00.000Z#01JW...
    ID = "{waiver_id}.{ulid}"
    KEYS = {"pk": "WAIVER#{waiver_id}", "sk": "LIFE#{happened_at}#{ulid}"}
    PERSONAL = frozenset({"recorded_by", "recorded_by_name"})

    # Of the record; `line_id` names the line that changed.
    waiver_id = UnicodeAttribute()
    ulid = UnicodeAttribute()
    line_id = UnicodeAttribute()
    # "viewed"
    what = UnicodeAttribute()
    happened_at = InstantAttribute()
    recorded_by = UnicodeAttribute()
    recorded_by_name = TextAttribute()
    note = TextAttribute()
    # What it set on the line, as canonical JSON: {"state": "replaced"}; a receipt's secret by its hash.
    changes = UnicodeAttribute(default="{}")
    # Which version of the line this made, so that none of its changes is lost unseen. None where it changed nothing.
    line_version = IntegerAttribute(null=True)
    # Of all of the above; see `waivers.lives`.
    sha256 = UnicodeAttribute()

    def __str__(self) -> str:
        return f"{self.what}, {self.happened_at:%Y-%m-%d %H:%M} UTC"


class Signer(Row, discriminator="SIGNER"):
    """That someone's waiver covers a departure: one a person and departure.

    A person is a name and a date of birth, of which only a keyed hash is here.
    """

    # SIGNER#2c26... / 2026-05-23
    ID = "{digest}.{event_id}"
    KEYS = {"pk": "SIGNER#{digest}", "sk": "{event_id}"}
    PERSONAL = frozenset()
    REMOVABLE = True

    digest = UnicodeAttribute()
    event_id = UnicodeAttribute()
    waiver_id = UnicodeAttribute()
    record_id = UnicodeAttribute()
    # The event on which that record was signed.
    record_event_id = UnicodeAttribute()
    reference = UnicodeAttribute()
    document = UnicodeAttribute()
    text_version = UnicodeAttribute()
    text_number = IntegerAttribute()
    language = UnicodeAttribute()
    role = UnicodeAttribute()
    # Of its text: a signature for one departure covers no other, whatever its days.
    validity = UnicodeAttribute()
    valid_from = DayAttribute()
    valid_until = DayAttribute()
    signed_at = InstantAttribute()

    def __str__(self) -> str:
        return f"{self.reference} on {self.event_id}"


class KioskPin(Row, discriminator="KIOSKPIN"):
    """The PIN that makes a device of ours the kiosk: its hash alone."""

    # KIOSK / PIN
    ID = "{name}"
    KEYS = {"pk": "KIOSK", "sk": "{name}"}
    PERSONAL = frozenset({"set_by"})

    name = UnicodeAttribute(default="PIN")
    hashed = UnicodeAttribute()
    set_at = InstantAttribute()
    set_by = UnicodeAttribute()

    def __str__(self) -> str:
        return "Kiosk's PIN"


class TextSnapshot(Row, discriminator="TEXT"):
    """A text exactly as it was shown, once for all who signed it."""

    # TEXT#9f86d081... / TEXT
    ID = "{sha256}"
    KEYS = {"pk": "TEXT#{sha256}", "sk": "TEXT"}
    PERSONAL = frozenset()

    # Of `text` in UTF-8. What follows stands in the text's second line, too.
    sha256 = UnicodeAttribute()
    text = UnicodeAttribute()
    document = UnicodeAttribute()
    language = UnicodeAttribute()
    number = IntegerAttribute()
    consent_version = IntegerAttribute()
    validity = UnicodeAttribute()
    season_ends = TextAttribute()

    def __str__(self) -> str:
        return f"{self.document}-{self.language}-{self.number}"


class WaiverText(Row, discriminator="WAIVERTEXT"):
    """A version of a document in one language: a draft, or published for good."""

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
    # "waiver" ships; an operator may have others, such as "crew-agreement".
    document = UnicodeAttribute(default="waiver")
    language = UnicodeAttribute(default="en")
    status = UnicodeAttribute(default=TextStatus.DRAFT.value)
    title = UnicodeAttribute()
    # Headings and Markdown; `waivers.wording` has the format.
    body = UnicodeAttribute()
    # What the signer ticks: consent to sign electronically, being of age, agreement; and, where the text has them, the
    # guardian's right to sign for a child, and having had the safety orientation.
    consent = UnicodeAttribute()
    adult = UnicodeAttribute()
    authority = TextAttribute()
    assent = UnicodeAttribute()
    orientation = TextAttribute()
    button = UnicodeAttribute(default="I agree and sign")
    validity = UnicodeAttribute(default=Validity.EVENT.value)
    # The season's last day, in any year: 10-31.
    season_ends = TextAttribute()
    # Given by publishing; 0 and "" in a draft.
    number = IntegerAttribute(default=0)
    consent_version = IntegerAttribute(default=0)
    sha256 = TextAttribute()
    published_at = InstantAttribute(null=True)
    published_by = TextAttribute()
    # The ulid of the version before this one.
    follows = TextAttribute()

    @property
    def text_version(self) -> str:
        """waiver-en-1; "" in a draft."""
        return f"{self.document}-{self.language}-{self.number}" if self.number else ""

    def __str__(self) -> str:
        return f"{self.title}, {self.text_version or 'draft'}"


class CurrentText(Row, discriminator="CURRENTTEXT"):
    """Which published text signers are shown, one row for each document and language."""

    # WAIVERTEXT#CURRENT / waiver#en
    ID = "{document}.{language}"
    KEYS = {"pk": "WAIVERTEXT#CURRENT", "sk": "{document}#{language}"}
    PERSONAL = frozenset()

    document = UnicodeAttribute()
    language = UnicodeAttribute()
    text_id = UnicodeAttribute()
    sha256 = UnicodeAttribute()
    title = UnicodeAttribute()
    number = IntegerAttribute()
    # The lowest number whose signatures count: publishing raises it where everyone must sign again.
    least = IntegerAttribute(default=1)
    # Counted up when the words of the consent change.
    consent = UnicodeAttribute()
    consent_version = IntegerAttribute()
    state = UnicodeAttribute(default=Offer.SHOWN.value)

    def __str__(self) -> str:
        return f"{self.document}-{self.language}-{self.number}"


class TextChoice(Row, discriminator="TEXTCHOICE"):
    """Which document is shown to whom: by default, or aboard a vessel. A departure's own choice stands in its row."""

    # Such as WAIVERTEXT#CURRENT / CHOICE#vessel:queen-of-san-diego#guest
    ID = "{scope}.{role}"
    KEYS = {"pk": "WAIVERTEXT#CURRENT", "sk": "CHOICE#{scope}#{role}"}
    PERSONAL = frozenset()

    # "default", or "vessel:" and the vessel's slug.
    scope = UnicodeAttribute()
    role = UnicodeAttribute()
    # "": none of its own.
    document = TextAttribute()

    def __str__(self) -> str:
        return f"Text of {self.role}s, {self.scope}"


class TextCount(Row, discriminator="TEXTCOUNT"):
    """How often a version was signed: its sum is over 16 rows, so that departures hardly wait for each other."""

    # WAIVERTEXT#COUNT / waiver-en-1#07
    ID = "{text_version}.{shard}"
    KEYS = {"pk": "WAIVERTEXT#COUNT", "sk": "{text_version}#{shard}"}
    PERSONAL = frozenset()

    text_version = UnicodeAttribute()
    # By the departure: 00 to 15.
    shard = UnicodeAttribute()
    signed = IntegerAttribute(default=0)

    def __str__(self) -> str:
        return f"{self.text_version}, {self.signed} signed"
