"""The list of everyone aboard, which stays ashore: to print, and to send to an address before departure.

46 CFR 185.502 asks small passenger vessels on some voyages for a list of crew and passengers that is kept ashore. It
names people, and so does the letter with it: that is about the departure, of the purpose `PURPOSE`, by which erasure
finds it. The audit trail says how many were on it, and names nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone

from events.rows import CrewRole, Event
from scc.dynamo.errors import Conflict
from scc.dynamo.units import Unit
from scc.mail import outbox
from scc.mail.rows import Letter
from scc.staff import audit
from scc.staff.actors import By
from waivers.manifest import ADULT_AT, Hand, Head, Manifest

PURPOSE = "manifest"


@dataclass(frozen=True)
class Passenger:
    """A guest on the list, with the party they are of."""

    head: Head
    party: str

    @property
    def group(self) -> str:
        """Adult, or a minor with their age; "" where no age is known."""
        age = self.head.line.age
        if self.head.is_minor:
            return f"Minor, {age}" if age is not None else "Minor"
        return "Adult" if age is not None and age >= ADULT_AT else ""


@dataclass(frozen=True)
class Unnamed:
    """Heads of a party who have not signed, and of whom no name is known."""

    party: str
    heads: int


@dataclass(frozen=True)
class List:
    """Who is or is to be aboard, as known at a moment."""

    manifest: Manifest
    at: datetime

    @property
    def event(self) -> Event:
        return self.manifest.event

    @property
    def time(self) -> str:
        """The moment, on the departure's own clock, with its zone."""
        return moment(self.at, self.event)

    @property
    def leaves(self) -> str:
        return moment(self.event.starts_at, self.event)

    @property
    def captains(self) -> str:
        hands = self.manifest.crew
        is_captain = CrewRole.CAPTAIN.value
        return ", ".join(hand.name for hand in hands if any(each.role == is_captain for each in hand.assignments))

    @property
    def crew(self) -> list[Hand]:
        return self.manifest.crew

    @property
    def passengers(self) -> list[Passenger]:
        """Guests who have signed, by name; those without a place on the manifest too, as they may be aboard."""
        listed = [Passenger(head, party.patron.name) for party in self.manifest.parties for head in party.heads]
        listed += [Passenger(loose.head, "") for loose in self.manifest.loose if loose.head.is_guest]
        return sorted(listed, key=lambda passenger: passenger.head.line.folded_name)

    @property
    def unnamed(self) -> list[Unnamed]:
        return [Unnamed(party.patron.name, party.missing) for party in self.manifest.parties if party.missing]

    @property
    def people(self) -> int:
        """How many are aboard, crew and guests."""
        return self.manifest.aboard + self.manifest.crew_aboard


def moment(at: datetime, event: Event) -> str:
    """Return Sat 23 May 2026, 18:15 PDT, on the clock of the departure."""
    return f"{at.astimezone(event.zone):%a %-d %b %Y, %H:%M %Z}"


def listed(manifest: Manifest) -> List:
    """Return the list as of now."""
    return List(manifest, timezone.now())


def last_address(event: Event) -> str:
    """Return where the list of `event` was sent the last time, "" for nowhere yet. One Query."""
    letters = outbox.letters_about(audit.subject_of(event))
    return next((letter.to for letter in letters if letter.purpose == PURPOSE), "")


def send(manifest: Manifest, *, to: str, by: By, ulid: str) -> Letter:
    """Write the letter with the list to the address `to`, and return it, for `outbox.deliver`. One TransactWriteItems.

    ulid: the letter's, made with the form, so that one tap which comes twice sends once.
    Raises outbox.BadLetter, outbox.SentAgainAlready, and what `Unit.commit` raises.
    """
    event = manifest.event
    unit = Unit()
    unit.check(event)
    context = {"list": listed(manifest), "event": event, "by": by.name, "operator": settings.SCC_OPERATOR}
    letter = outbox.write(
        unit,
        kind=PURPOSE,
        to=to,
        subject=f"Manifest: {event}",
        text=render_to_string("emails/manifest.txt", context),
        html=render_to_string("emails/manifest.html", context),
        about=audit.subject_of(event),
        ulid=ulid,
    )
    people = f"{manifest.aboard} guests and {manifest.crew_aboard} of the crew aboard"
    audit.record(unit, by=by, action="sent ashore", of=event, summary=f"Sent the manifest ashore: {people}")
    try:
        unit.commit()
    except Conflict as exc:
        if exc.failure_of(letter) is None:
            raise
        raise outbox.SentAgainAlready("The manifest was sent just now.") from exc
    return letter
