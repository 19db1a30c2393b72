"""Departures, vessels, people, crew and parties, as stored."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import TextChoices
from pynamodb.attributes import UnicodeAttribute

from scc.dynamo.attributes import DayAttribute, InstantAttribute, IntegerAttribute, TextAttribute
from scc.dynamo.folding import fold
from scc.dynamo.rows import Row
from scc.dynamo.shapes import Upgrade

# 46 USC 30527 as of 2026. On a round trip to the same port a waiver may hold: Ehart v. Lahaina Divers (9th Cir. 2024).
PORTS_DIFFER = (
    "This trip ends at another port than it begins. A waiver of negligence is void on a voyage between ports of the "
    "United States (46 USC 30527). Ask your lawyer before you rely on it."
)


class Status(TextChoices):
    """Where a departure stands. Only a scheduled one takes signatures; a draft is hidden from guests."""

    DRAFT = "draft", "Draft"
    SCHEDULED = "scheduled", "Scheduled"
    CANCELLED = "cancelled", "Cancelled"
    COMPLETED = "completed", "Completed"


class Event(Row, discriminator="EVENT"):
    """One departure. Its figures move in the transaction of what they count."""

    # EVENT#2026-05-23-sunset / META; EVENT#2026 / 2026-05-24T01:15:00.000Z#2026-05-23-sunset;
    # EVENT#2026 / sunset sail#2026-05-23-sunset
    ID = "{slug}"
    KEYS = {
        "pk": "EVENT#{slug}",
        "sk": "META",
        "gsi1pk": "EVENT#{year}",
        "gsi1sk": "{starts_at}#{slug}",
        "gsi2pk": "EVENT#{year}",
        "gsi2sk": "{folded_title}#{slug}",
    }
    PERSONAL = frozenset()
    REMOVABLE = True

    slug = UnicodeAttribute()
    # The day in the event's own zone, and its year, by which lists are kept.
    date = DayAttribute()
    year = UnicodeAttribute()
    starts_at = InstantAttribute()
    ends_at = InstantAttribute(null=True)
    time_zone = UnicodeAttribute()
    title = UnicodeAttribute()
    folded_title = UnicodeAttribute()
    vessel_id = UnicodeAttribute()
    vessel_name = UnicodeAttribute()
    status = UnicodeAttribute(default=Status.SCHEDULED.value)
    capacity = IntegerAttribute()
    departure_port = TextAttribute()
    return_port = TextAttribute()
    # What the whole boat costs when it is chartered at one price; parties may have prices of their own.
    price_cents = IntegerAttribute(default=0)
    currency = UnicodeAttribute()
    note = TextAttribute()
    # The documents that guests and crew sign where they are others than the vessel's; see `waivers.boards`.
    guest_text = TextAttribute()
    crew_text = TextAttribute()

    # Heads on the manifest, and what their parties owe.
    booked = IntegerAttribute(default=0)
    parties_cents = IntegerAttribute(default=0)
    # How many crew are assigned.
    crew_count = IntegerAttribute(default=0)
    # What moved, as the ledger counts it: tips apart, voided entries in none.
    received_cents = IntegerAttribute(default=0)
    refunded_cents = IntegerAttribute(default=0)
    tips_cents = IntegerAttribute(default=0)
    # The event's hash chain of ledger entries: how many, and the hash of the last.
    ledger_count = IntegerAttribute(default=0)
    ledger_head = TextAttribute()
    # Guests' signatures that count, and the event's hash chain of waivers.
    signed = IntegerAttribute(default=0)
    waiver_count = IntegerAttribute(default=0)
    waiver_head = TextAttribute()
    # Guests who are aboard; crew do not count against the capacity. See `waivers.boarding`.
    aboard = IntegerAttribute(default=0)

    def __str__(self) -> str:
        return f"{self.title}, {self.starts_local:%a %-d %b %Y, %H:%M}"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def starts_local(self) -> datetime:
        """The start, on the dock's own clock."""
        return self.starts_at.astimezone(self.zone)

    @property
    def is_open(self) -> bool:
        """Whether guests see the departure and may sign for it."""
        return bool(self.status == Status.SCHEDULED)

    @property
    def returns_elsewhere(self) -> bool:
        """Whether it ends at another port than it begins at, as far as both are known."""
        return bool(self.departure_port and self.return_port and fold(self.departure_port) != fold(self.return_port))

    @property
    def port_warning(self) -> str:
        """What staff are told of such a trip, "" of others."""
        return PORTS_DIFFER if self.returns_elsewhere else ""

    @property
    def due_cents(self) -> int:
        """What the departure is owed: its parties' prices, or the charter's price while no party has one.

        Once it is cancelled nothing is due, and what was paid is credit.
        """
        return 0 if self.status == Status.CANCELLED else self.parties_cents or self.price_cents

    @property
    def net_cents(self) -> int:
        return self.received_cents - self.refunded_cents

    @property
    def balance_cents(self) -> int:
        """What is still to be paid; below zero it is credit."""
        return self.due_cents - self.net_cents


class Vessel(Row, discriminator="VESSEL"):
    """A boat. A departure keeps the name that its vessel had when it was scheduled, also after the boat is renamed."""

    # VESSEL#queen-of-san-diego / META; VESSEL / queen of san diego#queen-of-san-diego
    ID = "{slug}"
    KEYS = {"pk": "VESSEL#{slug}", "sk": "META", "gsi2pk": "VESSEL", "gsi2sk": "{folded_name}#{slug}"}
    PERSONAL = frozenset()

    slug = UnicodeAttribute()
    name = UnicodeAttribute()
    folded_name = UnicodeAttribute()
    capacity = IntegerAttribute()
    home_port = TextAttribute()
    note = TextAttribute()

    def __str__(self) -> str:
        return self.name


class Person(Row, discriminator="PERSON"):
    """Someone who crews."""

    # PERSON#01JV... / META; PERSON / ana lopez#01JV...
    ID = "{ulid}"
    KEYS = {"pk": "PERSON#{ulid}", "sk": "META", "gsi2pk": "PERSON", "gsi2sk": "{folded_name}#{ulid}"}
    PERSONAL = frozenset({"name", "folded_name", "email", "phone", "note"})
    REMOVABLE = True

    ulid = UnicodeAttribute()
    name = UnicodeAttribute()
    folded_name = UnicodeAttribute()
    email = TextAttribute()
    phone = TextAttribute()
    # What this person usually does aboard.
    role = TextAttribute()
    note = TextAttribute()

    def __str__(self) -> str:
        return self.name


class CrewRole(TextChoices):
    CAPTAIN = "captain", "Captain"
    MATE = "mate", "Mate"
    DECKHAND = "deckhand", "Deckhand"
    STEWARD = "steward", "Steward"
    GUIDE = "guide", "Guide"


class TipWeight(Row, discriminator="TIPWEIGHT"):
    """How many shares of the tips a role gets. A role without one has what ships; see `events.tips`."""

    # TIPWEIGHT / captain
    ID = "{role}"
    KEYS = {"pk": "TIPWEIGHT", "sk": "{role}"}
    PERSONAL = frozenset()

    role = UnicodeAttribute()
    # A whole number; 0 is no share.
    weight = IntegerAttribute()

    def __str__(self) -> str:
        return f"Tip weight of the {CrewRole(self.role).label.lower()}"


class CrewAssignment(Row, discriminator="CREW"):
    """Someone who crews one departure, named as they were when they were assigned."""

    # EVENT#2026-05-23 / CREW#01JV...; CREW#<person's ulid> / 2026-05-24T01:15:00.000Z
    ID = "{event_id}.{ulid}"
    KEYS = {
        "pk": "EVENT#{event_id}",
        "sk": "CREW#{ulid}",
        "gsi1pk": "CREW#{person_id}",
        "gsi1sk": "{starts_at}#{event_id}",
    }
    PERSONAL = frozenset({"person_name"})
    REMOVABLE = True

    event_id = UnicodeAttribute()
    ulid = UnicodeAttribute()
    person_id = UnicodeAttribute()
    person_name = UnicodeAttribute()
    role = UnicodeAttribute()
    starts_at = InstantAttribute()
    # When the letter was written that tells this person of the departure: one, ever.
    reminded_at = InstantAttribute(null=True)
    # When the last one was written that asks them to sign: one a day at most.
    asked_at = InstantAttribute(null=True)
    # Of one from a file: marks of the line's own number there, if any, of all that it said, and of the name.
    import_key = TextAttribute()
    import_digest = TextAttribute()
    import_names = TextAttribute()

    def __str__(self) -> str:
        return f"{self.person_name}, {CrewRole(self.role).label.lower()}"


def folded_email(address: str) -> str:
    """Return an address as it is searched: nobody means another mailbox by another case."""
    return address.casefold()


class Patron(Row, discriminator="PATRON"):
    """A party on the manifest: who booked, how many they are, and what they owe and have paid."""

    # EVENT#2026-05-23 / PATRON#01JV...; PATRON#ana@example.com / 2026-05-23#01JV...; PATRON#2026 / ana lopez#01JV...
    ID = "{event_id}.{ulid}"
    KEYS = {
        "pk": "EVENT#{event_id}",
        "sk": "PATRON#{ulid}",
        "gsi1pk": "PATRON#{folded_email}",
        "gsi1sk": "{event_id}#{ulid}",
        "gsi2pk": "PATRON#{year}",
        "gsi2sk": "{folded_name}#{ulid}",
    }
    PERSONAL = frozenset({"name", "folded_name", "email", "folded_email", "phone", "note"})
    REMOVABLE = True
    UPGRADES = (
        # Parties are found by their address: docs/migrations.md.
        Upgrade(reads=("email",), gives=lambda party: {"folded_email": folded_email(party["email"])}),
    )

    event_id = UnicodeAttribute()
    ulid = UnicodeAttribute()
    # The event's year.
    year = UnicodeAttribute()
    name = UnicodeAttribute()
    folded_name = UnicodeAttribute()
    size = IntegerAttribute(default=1)
    email = TextAttribute()
    folded_email = TextAttribute()
    phone = TextAttribute()
    # What the party pays in all; with a price per head, that times its size.
    price_cents = IntegerAttribute(default=0)
    head_price_cents = IntegerAttribute(default=0)
    # What of it is asked for in advance.
    deposit_cents = IntegerAttribute(default=0)
    note = TextAttribute()
    # When the letter was written that tells the party of the departure, and the one that it is off: one of each, ever.
    reminded_at = InstantAttribute(null=True)
    told_cancelled_at = InstantAttribute(null=True)
    # When the last letter was written that asks those of the party who have not signed to do so: one a day at most.
    asked_at = InstantAttribute(null=True)
    # As the ledger counts it; see `Event`.
    received_cents = IntegerAttribute(default=0)
    refunded_cents = IntegerAttribute(default=0)
    tips_cents = IntegerAttribute(default=0)
    # Of one from a file: marks of the line's own number there, if any, of all that it said, and of the name. Once it is
    # erased, from a file or not, of the name that it had besides, one after the other: see `events.gone`.
    import_key = TextAttribute()
    import_digest = TextAttribute()
    import_names = TextAttribute()

    def __str__(self) -> str:
        return f"{self.name}, party of {self.size}" if self.size != 1 else self.name

    @property
    def net_cents(self) -> int:
        return self.received_cents - self.refunded_cents


class TakenOff(Row, discriminator="TAKENOFF"):
    """What stays of a party or an assignment from a file that staff took off, or its file would bring it back."""

    # EVENT#2026-05-23 / TAKENOFF#01JV...
    ID = "{event_id}.{ulid}"
    KEYS = {"pk": "EVENT#{event_id}", "sk": "TAKENOFF#{ulid}"}
    PERSONAL = frozenset()
    # With the departure.
    REMOVABLE = True

    event_id = UnicodeAttribute()
    # That of what was taken off.
    ulid = UnicodeAttribute()
    import_key = TextAttribute()
    import_digest = TextAttribute()
    import_names = TextAttribute()

    def __str__(self) -> str:
        return "Taken off since it was imported"
