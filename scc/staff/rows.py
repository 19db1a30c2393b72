"""Who may come in and what was done, as stored."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from django.db.models import TextChoices
from pynamodb.attributes import BooleanAttribute, UnicodeAttribute

from scc.dynamo.attributes import InstantAttribute, IntegerAttribute, TextAttribute
from scc.dynamo.rows import Row


def kind_of(row_class: type[Row]) -> str:
    """Return the word by which the table knows a kind of row: `EVENT`."""
    return str(Row.kind.get_discriminator(row_class))


class Role(TextChoices):
    """What a user of the staff is. `roles` says what each may do."""

    OWNER = "owner", "Owner"
    STAFF = "staff", "Staff"
    CREW = "crew", "Crew"


class User(Row, discriminator="USER"):
    """Someone of the staff who may log in."""

    # USER#alice / META; USER / alice archer#alice
    ID = "{username}"
    KEYS = {"pk": "USER#{username}", "sk": "META", "gsi2pk": "USER", "gsi2sk": "{folded_name}#{username}"}
    PERSONAL = frozenset({"username", "name", "folded_name", "email"})
    REMOVABLE = True

    # Casefolded, as `models.normal_username` gives it.
    username = UnicodeAttribute()
    name = UnicodeAttribute()
    folded_name = UnicodeAttribute()
    email = TextAttribute()
    role = UnicodeAttribute(default=Role.CREW.value)
    active = BooleanAttribute(default=True)
    # Django's encoded hash, `bcrypt_sha256$$2b$12$...`
    password = UnicodeAttribute()
    created_at = InstantAttribute(null=True)
    # The id of the person of the crew who this is: they see their own share of the tips.
    person_id = TextAttribute()

    def __str__(self) -> str:
        return f"{self.name} ({self.username})"

    @property
    def is_active_owner(self) -> bool:
        return bool(self.active and self.role == Role.OWNER)


class Owners(Row, discriminator="OWNERS"):
    """How many active owners there are. Written first with the first of them, and never below one again."""

    # OWNERS / META
    ID = "owners"
    KEYS = {"pk": "OWNERS", "sk": "META"}
    PERSONAL = frozenset()

    owners = IntegerAttribute(default=0)

    def __str__(self) -> str:
        return f"{self.owners} owners"


class AuditEntry(Row, discriminator="AUDIT"):
    """What someone did to one thing. Added with it in one transaction, never changed.

    It names who did it and what it was done to as they were called then.
    """

    # AUDIT#EVENT#2026-05-23 / 01JV...; AUDIT#2026-05 / 2026-05-23T18:15:00.000Z#01JV...; AUDIT#2026#alice / 01JV...
    ID = "{subject}.{ulid}"
    KEYS = {
        "pk": "AUDIT#{subject}",
        "sk": "{ulid}",
        "gsi1pk": "AUDIT#{month}",
        "gsi1sk": "{recorded_at}#{ulid}",
        "gsi2pk": "AUDIT#{year}#{recorded_by}",
        "gsi2sk": "{ulid}",
    }
    PERSONAL = frozenset({"recorded_by", "recorded_by_name", "subject_name", "summary", "differences"})

    # Made from `recorded_at`, so that it sorts by time.
    ulid = UnicodeAttribute()
    recorded_at = InstantAttribute()
    # Of `recorded_at`, on the operator's calendar: 2026-05 and 2026.
    month = UnicodeAttribute()
    year = UnicodeAttribute()
    recorded_by = UnicodeAttribute()
    recorded_by_name = UnicodeAttribute()
    # One word: added, changed, removed, payment, void, signed-in...
    action = UnicodeAttribute()
    # The kind and id of the row that it speaks of: EVENT#2026-05-23.
    subject = UnicodeAttribute()
    subject_name = UnicodeAttribute()
    summary = TextAttribute()
    # As JSON, what each field was and became: {"title": ["Sunset sail", "Moonlight sail"]}
    differences = TextAttribute()

    def __str__(self) -> str:
        return f"{self.subject_name}: {self.summary or self.action}"

    @property
    def changed(self) -> dict[str, tuple[str | None, str | None]]:
        """Each field that changed: what it was, what it became."""
        pairs = json.loads(self.differences) if self.differences else {}
        return {name: (before, after) for name, (before, after) in pairs.items()}


class Throttle(Row, discriminator="THROTTLE"):
    """How often something was tried within one window of time."""

    # THROTTLE#login#5994471abb01112afcc18159f6cc74b4#5919512 / META
    ID = "{scope}.{digest}.{window}"
    KEYS = {"pk": "THROTTLE#{scope}#{digest}#{window}", "sk": "META"}
    PERSONAL = frozenset()

    scope = UnicodeAttribute()
    # The first half of the SHA-256 of who tries: no name or address is kept, and no key is too long.
    digest = UnicodeAttribute()
    # Which window since 1970.
    window = UnicodeAttribute()
    tries = IntegerAttribute(default=0)
    expires_at = IntegerAttribute()

    def __str__(self) -> str:
        return f"{self.scope}: {self.tries} tries"


class ApiToken(Row, discriminator="TOKEN"):
    """A bearer token of the API. The token itself is not kept."""

    # TOKEN#9f86d081884c7d65... / META
    ID = "{digest}"
    KEYS = {"pk": "TOKEN#{digest}", "sk": "META"}
    PERSONAL = frozenset({"username"})

    # SHA-256 of the token, in hex.
    digest = UnicodeAttribute()
    username = UnicodeAttribute()
    # What the session would hold: the token ends when the password changes.
    auth_hash = UnicodeAttribute()
    issued_at = InstantAttribute()
    expires_at = IntegerAttribute()

    def __str__(self) -> str:
        return f"token of {self.username}, until {datetime.fromtimestamp(self.expires_at, UTC):%Y-%m-%d %H:%M} UTC"
