"""What happens in the demo: the weeks around a day on two boats. Nothing here is written or read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from events.clock import instant
from events.rows import CrewRole, Status
from payments import methods
from scc.demo.names import Families, address

DAYS_BEFORE, DAYS_BEHIND = 14, 28
WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY = 2, 3, 4, 5, 6
# Sunset at Shelter Island in the middle of each month, less an hour and a half, to the quarter.
SUNSET_SAILS = (
    time(15, 30), time(16, 0), time(17, 15), time(17, 45), time(18, 15), time(18, 30),
    time(18, 30), time(18, 0), time(17, 15), time(16, 45), time(15, 15), time(15, 15),
)  # fmt: skip
EVENING = "Sunset sail"
# One party in so many, where it has paid in full, has an entry that was typed wrong.
SLIPS_EVERY = 7
HEAD_CENTS = 9_500
CHARTER_CENTS = 180_000
NOTES = ("Vegetarian for two", "Celebrating an anniversary", "One uses a cane: hand at the gangway", "", "", "", "")


@dataclass(frozen=True)
class Boat:
    name: str
    capacity: int


QUEEN = Boat("Queen of San Diego", 12)
BONITA = Boat("Bonita", 6)
BOATS = (QUEEN, BONITA)


@dataclass(frozen=True)
class Hand:
    """Someone who crews."""

    name: str
    role: CrewRole
    email: str


CREW = (
    Hand("Alma Reyes", CrewRole.CAPTAIN, "alma@example.com"),
    Hand("Bob Halloran", CrewRole.MATE, "bob@example.com"),
    Hand("Keoni Makoa", CrewRole.DECKHAND, "keoni@example.com"),
    Hand("Tomás Vidal", CrewRole.CAPTAIN, "tomas@example.com"),
    Hand("Ingrid Sjöberg", CrewRole.STEWARD, "ingrid@example.com"),
    Hand("Mei Tanaka", CrewRole.GUIDE, "mei@example.com"),
)


@dataclass(frozen=True, kw_only=True)
class Paid:
    """Money that a party handed over."""

    cents: int
    method: str
    on: date
    tip_cents: int = 0
    reference: str = ""
    note: str = ""
    # Why it was taken back; "" stands.
    voided: str = ""


@dataclass(frozen=True, kw_only=True)
class Party:
    guests: tuple[str, ...]
    email: str
    phone: str
    price_cents: int
    deposit_cents: int
    note: str = ""
    paid: tuple[Paid, ...] = ()
    # How many of the guests have signed.
    signed: int = 0

    @property
    def name(self) -> str:
        return self.guests[0]


@dataclass(frozen=True, kw_only=True)
class Departure:
    slug: str
    starts_at: datetime
    ends_at: datetime
    title: str
    boat: Boat
    departure_port: str = "Shelter Island"
    return_port: str = "Shelter Island"
    price_cents: int = 0
    status: Status = Status.SCHEDULED
    note: str = ""
    crew: tuple[Hand, ...] = ()
    parties: tuple[Party, ...] = field(default=())


def season(day: date, zone: ZoneInfo) -> list[Departure]:
    """Return the departures around `day`, the earliest first; always the same for the same day."""
    random = Random(day.toordinal())  # noqa: S311  # a play, no secret
    families = Families(random)
    charter, cancelled, full = (_next(day, weekday) for weekday in (THURSDAY, WEDNESDAY, SATURDAY))
    departures = []
    for departure in _schedule(day, charter, zone):
        on = departure.starts_at.astimezone(zone).date()
        if departure.price_cents:
            manifest = [_charterer(families, day)]
        else:
            # By the evening the day's first boats are as good as done.
            days_left = (on - day).days - (on == day and departure.title != EVENING)
            room = _taken(random, departure.boat, days_left, full=on == full and departure.boat == QUEEN)
            manifest = list(_manifest(random, families, room, days_left, day))
        status = Status.COMPLETED if on < day else Status.CANCELLED if on == cancelled else Status.SCHEDULED
        note = "Called off: small craft advisory." if on == cancelled else departure.note
        departures.append(
            replace(departure, parties=tuple(manifest), status=status, note=note, crew=_crew(departure.boat))
        )
    return departures


def _next(day: date, weekday: int) -> date:
    return day + timedelta(days=(weekday - day.weekday()) % 7 or 7)


def _schedule(day: date, charter: date, zone: ZoneInfo) -> Iterator[Departure]:
    for offset in range(-DAYS_BEFORE, DAYS_BEHIND + 1):
        on = day + timedelta(days=offset)
        weekend = on.weekday() in {SATURDAY, SUNDAY}
        sailings = []
        if weekend or not offset:
            sailings.append(_departure(on, time(9, 30), 3, "Morning sail", BONITA, zone))
        if not offset:
            sailings.append(
                replace(
                    _departure(on, time(11, 0), 3, "Whale watch", QUEEN, zone),
                    return_port="Harbor Island",
                    note="Takes on guests of the hotel at Harbor Island on the way back.",
                )
            )
        if on == charter:
            sailings.append(
                replace(_departure(on, time(13, 0), 4, "Private charter", QUEEN, zone), price_cents=CHARTER_CENTS)
            )
        elif weekend or not offset or on.weekday() in {WEDNESDAY, FRIDAY}:
            sailings.append(_departure(on, SUNSET_SAILS[on.month - 1], 3, EVENING, QUEEN, zone))
        # The first of a day takes the day itself.
        for number, sailing in enumerate(sailings):
            suffix = f"-{sailing.title.lower().split()[0]}" if number else ""
            yield replace(sailing, slug=f"{on.isoformat()}{suffix}")


def _departure(on: date, starts: time, hours: int, title: str, boat: Boat, zone: ZoneInfo) -> Departure:
    starts_at = instant(on, starts, zone)
    return Departure(slug="", starts_at=starts_at, ends_at=starts_at + timedelta(hours=hours), title=title, boat=boat)


def _crew(boat: Boat) -> tuple[Hand, ...]:
    return CREW[:3] + CREW[4:5] if boat == QUEEN else CREW[3:4] + CREW[5:]


def _taken(random: Random, boat: Boat, days_left: int, *, full: bool) -> int:
    """Return how many places are booked: the sooner it sails, the more."""
    share = random.uniform(0.6, 0.95) if days_left < 5 else random.uniform(0.15, 0.7)
    return boat.capacity if full else max(1, round(boat.capacity * share))


def _manifest(random: Random, families: Families, taken: int, days_left: int, day: date) -> Iterator[Party]:
    """Give parties that take so many places."""
    room = taken
    while room:
        size = min(room, random.choice((1, 2, 2, 2, 3, 4, 5)))
        room -= size
        guests = tuple(families.family(size))
        price = size * HEAD_CENTS
        party = Party(
            guests=guests,
            email=address(guests[0], random.randrange(1000)),
            phone=f"619-555-01{random.randrange(100):02}",
            price_cents=price,
            deposit_cents=price // 5,
            note=random.choice(NOTES),
        )
        paid = _money(random, party, days_left, day)
        if not days_left and room + size == taken:
            # There is always something to collect this evening.
            paid = paid[:1] or (_payment(random, party.deposit_cents, day),)
        elif len(paid) == 2 and families.drawn % SLIPS_EVERY == 0:
            paid = (paid[0], _slip(paid[1]), paid[1])
        yield replace(party, paid=paid, signed=_signed(random, size, days_left))


def _charterer(families: Families, day: date) -> Party:
    guests = tuple(families.family(10))
    paid = Paid(
        cents=CHARTER_CENTS // 2,
        method="check",
        on=day - timedelta(days=9),
        reference="check 1042",
        note="Half on booking, the rest on the day",
    )
    return Party(
        guests=guests,
        email=address(guests[0], 1),
        phone="619-555-0142",
        # The charter has one price, on the departure.
        price_cents=0,
        deposit_cents=0,
        note="A company's outing; invoice to follow.",
        paid=(paid,),
    )


def _signed(random: Random, size: int, days_left: int) -> int:
    if days_left < 0:
        return size if random.random() < 0.95 else size - 1
    if days_left <= 2:
        return random.choice((size, size, size, size - 1, 0))
    return random.choice((0, 0, 1)) if days_left < 10 else 0


def _money(random: Random, party: Party, days_left: int, day: date) -> tuple[Paid, ...]:
    """Return what the party has handed over by `day`: a deposit on booking, the rest around the day of sailing."""
    booked_on = day - timedelta(days=random.randrange(3, 20))
    deposit = replace(_payment(random, party.deposit_cents, booked_on), note="Deposit")
    if days_left > 2:
        return random.choice(((), (deposit,), (deposit,), (deposit,)))
    if days_left >= 0 and random.random() < (0.6 if days_left else 0.35):
        return random.choice(((deposit,), (deposit,), ()))
    sailed_on = day + timedelta(days=min(days_left, 0))
    rest = _payment(random, party.price_cents - party.deposit_cents, sailed_on)
    tip = random.choice((0, 0, 1_000, 2_000, 2_500, 4_000))
    if random.random() < 0.05:
        # Some round up, and have credit.
        rest = replace(rest, cents=rest.cents + 500)
    return deposit, replace(rest, tip_cents=tip)


def _slip(paid: Paid) -> Paid:
    """Return the entry as it was typed at first, wrong, and taken back."""
    wrong = "cash" if paid.method != "cash" else "card"
    return replace(paid, method=wrong, reference="", voided=f"Wrong method: it was {methods.label(paid.method)}.")


def _payment(random: Random, cents: int, on: date) -> Paid:
    method = random.choices([method.code for method in methods.SHIPPED], weights=(5, 8, 2, 4, 3, 1))[0]
    number = random.randrange(1000, 9999)
    references = {
        "card": f"terminal {number}",
        "check": f"check {number}",
        "venmo": f"@guest-{number}",
        "zelle": f"Zelle {number}{number % 89:02}",
        "other": "gift voucher",
    }
    return Paid(cents=cents, method=method, on=on, reference=references.get(method, ""))
