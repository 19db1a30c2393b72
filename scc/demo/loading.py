"""Writing the demo, through the same rules as everybody's work. Nobody is mailed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from math import sin
from random import Random

from django.contrib.auth.hashers import make_password
from ulid import ULID

from events import bookings, drafts, errors, revisions
from events.rows import Event, Patron, Person, Status, Vessel
from payments import ledger
from scc.demo.season import BOATS, CREW, Departure, Paid, Party
from scc.dynamo.folding import fold
from scc.dynamo.units import Unit
from scc.staff import accounts, audit
from scc.staff.actors import SYSTEM, Actor
from scc.staff.models import User
from scc.staff.rows import Role
from waivers import publishing, signing, texts
from waivers.strokes import Strokes

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
            for name in party.guests[: party.signed]:
                _sign(event, name)
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


def _sign(event: Event, name: str) -> None:
    """Sign as `name`: drawn by some, typed by others, as their name falls."""
    random = Random(name)  # noqa: S311  # a play, no secret
    drawn = random.random() < 0.7
    signature = signing.Signature(
        text=texts.current(),
        key=str(ULID()),
        typed="" if drawn else name,
        strokes=_scribble(random) if drawn else None,
    )
    born_on = date(random.randrange(1948, 2004), random.randrange(1, 13), random.randrange(1, 28))
    signed = signing.sign(
        event=event,
        signer=signing.Signer(name=name, born_on=born_on),
        signature=signature,
        origin=signing.Origin(address="192.0.2.7", user_agent="demo", languages="en"),
    )
    # The next link hangs on this one.
    event.waiver_count += 1
    event.waiver_head = signed.record.chain_sha256


def _scribble(random: Random) -> Strokes:
    """Return a signature as a finger draws it: loops from left to right, and a dash."""
    height, turns = random.uniform(500, 1100), random.uniform(4, 9)
    loops = tuple(
        (int(1200 + 70 * t + 350 * sin(t / 3)), int(2000 + height * sin(t * turns / 14)), 16 * t) for t in range(90)
    )
    dash = tuple((int(1500 + 500 * t), int(3000 - 20 * t), 1800 + 16 * t) for t in range(10))
    return Strokes((loops, dash))


def _close(event: Event, status: Status) -> None:
    if status == Status.COMPLETED:
        bookings.complete(event=event, by=CAPTAIN)
    elif status == Status.CANCELLED:
        bookings.cancel(event=event, by=CAPTAIN)
