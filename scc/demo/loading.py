"""Writing the demo, through the same rules as everybody's work. Nobody is mailed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from django.contrib.auth.hashers import make_password
from ulid import ULID

from events import bookings, drafts, errors, revisions
from events.rows import Event, Patron, Person, Status, Vessel
from payments import ledger
from scc.demo import signatures
from scc.demo.season import BOATS, CREW, Departure, Paid, Party
from scc.dynamo.folding import fold
from scc.dynamo.units import Unit
from scc.staff import accounts, audit
from scc.staff.actors import SYSTEM, Actor
from scc.staff.models import User
from scc.staff.rows import Role
from waivers import publishing, texts

# What `make run` prints. The demo is for looking around on one's own machine.
PASSWORD = "ship-captain-crew"  # noqa: S105  # it is meant to be known
CAPTAIN = Actor("captain", "Alma Reyes")
DANA = Actor("dana", "Dana Whitfield")
BOB = Actor("bob", "Bob Halloran")
LOGINS = ((CAPTAIN, Role.OWNER), (DANA, Role.STAFF), (BOB, Role.CREW))

# The emulator is one process; more would wait for each other.
WRITERS = 4


class Loader:
    """Writes a season, and counts what it wrote."""

    def __init__(self, season: Sequence[Departure]) -> None:
        self.season = season
        self.counts: Counter[str] = Counter()
        self.vessels: dict[str, Vessel] = {}
        self.people: dict[str, Person] = {}

    def load(self, *, each: Callable[[], None]) -> None:
        """Write everything; `each` is called after each departure. Raises what the rules raise."""
        publishing.publish_shipped()
        self._add_vessels()
        self._add_people()
        self._add_staff()
        # What is asked for once is remembered by the process, for all writers.
        texts.current()
        with ThreadPoolExecutor(WRITERS) as writers:
            futures = [writers.submit(self._add, departure) for departure in self.season]
            try:
                for future in futures:
                    self.counts.update(future.result())
                    each()
            except BaseException:
                writers.shutdown(cancel_futures=True)
                raise

    def _add_staff(self) -> None:
        if User.objects.filter(pk=CAPTAIN.username).exists():
            return
        accounts.add_owner(
            username=CAPTAIN.username, name=CAPTAIN.name, email="captain@example.com", password=PASSWORD, by=SYSTEM
        )
        for actor, role in LOGINS[1:]:
            user = User(username=actor.username, name=actor.name, email=f"{actor.username}@example.com", role=role)
            user.password = make_password(PASSWORD)
            # Who sails too sees their own share of the tips.
            user.person_id = self.people[actor.name].ulid if actor.name in self.people else ""
            user.save()
        self.counts["logins"] = len(LOGINS)

    def _add_vessels(self) -> None:
        for boat in BOATS:
            vessel = drafts.new_vessel(name=boat.name, capacity=boat.capacity, home_port="Shelter Island")
            if Vessel.fetch(slug=vessel.slug) is None:
                bookings.add_vessel(vessel=vessel, by=CAPTAIN)
            self.vessels[boat.name] = vessel
        self.counts["vessels"] = len(BOATS)

    def _add_people(self) -> None:
        there = {person.name: person for person in Person.listing(known={}, index="gsi2")}
        for hand in CREW:
            if hand.name in there:
                self.people[hand.name] = there[hand.name]
                continue
            person = Person(
                ulid=str(ULID()), name=hand.name, folded_name=fold(hand.name), email=hand.email, role=hand.role.value
            )
            unit = Unit()
            unit.put(person)
            audit.record(unit, by=CAPTAIN, action="added", of=person, summary=f"Added {person}")
            unit.commit()
            self.people[hand.name] = person
        self.counts["people"] = len(CREW)

    def _add(self, departure: Departure) -> Counter[str]:
        counts: Counter[str] = Counter()
        event = self._event(departure)
        parties = [_party(event, party) for party in departure.parties]
        crew = [
            drafts.new_assignment(event=event, person=self.people[hand.name], role=hand.role.value)
            for hand in departure.crew
        ]
        try:
            bookings.add_event(event=event, revision=revisions.Revision(add_parties=parties, add_crew=crew), by=CAPTAIN)
        except errors.SlugTaken:
            counts["departures there already"] += 1
            return counts
        counts.update({"departures": 1, "parties": len(parties)})
        for party, row in zip(departure.parties, parties, strict=True):
            for number, paid in enumerate(party.paid):
                counts += _pay(event, row, paid, number)
            counts["waivers"] += signatures.sign(event, row, party.guests[: party.signed])
        if counts["waivers"]:
            # The captain signs first; the others when they are asked.
            signatures.sign_as_crew(event, crew[0])
            counts["waivers"] += 1
        _close(event, departure.status)
        return counts

    def _event(self, departure: Departure) -> Event:
        return drafts.new_event(
            slug=departure.slug,
            starts_at=departure.starts_at,
            ends_at=departure.ends_at,
            title=departure.title,
            vessel=self.vessels[departure.boat.name],
            departure_port=departure.departure_port,
            return_port=departure.return_port,
            price_cents=departure.price_cents,
            note=departure.note,
        )


def _party(event: Event, party: Party) -> Patron:
    return drafts.new_party(
        event=event,
        name=party.name,
        size=len(party.guests),
        email=party.email,
        phone=party.phone,
        head_price_cents=party.price_cents // len(party.guests),
        deposit_cents=party.deposit_cents,
        note=party.note,
    )


def _pay(event: Event, party: Patron, paid: Paid, number: int) -> Counter[str]:
    by = DANA if number % 2 else CAPTAIN
    recorded = ledger.record(
        event=event.slug,
        patron_name=party.name,
        patron_id=party.ulid,
        amount_cents=paid.cents,
        tip_cents=paid.tip_cents,
        method=paid.method,
        paid_at=paid.on,
        external_reference=paid.reference,
        note=paid.note,
        by=by,
        key=f"demo {party.ulid} {number}",
    )
    if not paid.voided:
        return Counter(payments=1)
    ledger.void(
        event=event.slug,
        reference=recorded.payment.reference,
        reason=paid.voided,
        by=CAPTAIN,
        key=f"demo {party.ulid} {number} void",
    )
    return Counter(payments=1, voids=1)


def _close(event: Event, status: Status) -> None:
    if status == Status.COMPLETED:
        bookings.complete(event=event, by=CAPTAIN)
    elif status == Status.CANCELLED:
        bookings.cancel(event=event, by=CAPTAIN)
