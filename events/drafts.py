"""Departures, parties, crew and vessels before they are stored: cleaned, checked, with what follows from them.

Nothing here asks the table. `events.bookings` stores what comes from here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import TypeVar

from django.conf import settings
from django.utils.text import slugify
from ulid import ULID

from events import rows, slugs
from events.errors import BadValue
from scc.dynamo.folding import fold
from scc.dynamo.rows import Row
from scc.money import MOST_CENTS, display
from scc.text import BadText, clean_email, clean_line, clean_name, clean_note

LARGEST_CAPACITY = 9_999
LONGEST_PHONE = 40
LONGEST_VESSEL_SLUG = 60

Changes = Mapping[str, object]
R = TypeVar("R", bound=Row)

# What a verb may set; everything else on these rows is derived from it or counted.
EVENT_FIELDS = frozenset(
    {
        "starts_at", "ends_at", "title", "vessel_id", "vessel_name", "status", "capacity",
        "departure_port", "return_port", "price_cents", "note", "guest_text", "crew_text",
    }
)  # fmt: skip
PARTY_FIELDS = frozenset({"name", "size", "email", "phone", "price_cents", "head_price_cents", "deposit_cents", "note"})


def new_event(
    *,
    starts_at: datetime,
    title: str,
    vessel: rows.Vessel,
    slug: str,
    ends_at: datetime | None = None,
    capacity: int | None = None,
    status: str = rows.Status.SCHEDULED.value,
    departure_port: str = "",
    return_port: str = "",
    price_cents: int = 0,
    note: str = "",
) -> rows.Event:
    """Return a departure in the operator's zone, not stored yet. Without a capacity it has its vessel's.

    Raises BadValue, and slugs.BadSlug.
    """
    slugs.parse(slug)
    event = rows.Event(
        slug=slug,
        starts_at=starts_at,
        ends_at=ends_at,
        time_zone=settings.SCC_TIME_ZONE,
        title=title,
        vessel_id=vessel.slug,
        vessel_name=vessel.name,
        status=status,
        capacity=vessel.capacity if capacity is None else capacity,
        departure_port=departure_port,
        return_port=return_port,
        price_cents=price_cents,
        currency=settings.SCC_CURRENCY,
        note=note,
    )
    return tidy_event(event)


def changed_event(event: rows.Event, changes: Changes) -> rows.Event:
    """Return `event` with `changes` (names of EVENT_FIELDS), not stored yet. Raises BadValue."""
    return tidy_event(edited(event, _allowed(changes, EVENT_FIELDS)))


def tidy_event(event: rows.Event) -> rows.Event:
    """Clean what was typed, set what follows from it, and return `event`. Raises BadValue."""
    with _naming("title"):
        event.title = clean_name(event.title)
    with _naming("departure_port"):
        event.departure_port = clean_line(event.departure_port)
    with _naming("return_port"):
        event.return_port = clean_line(event.return_port)
    with _naming("note"):
        event.note = clean_note(event.note)
    event.date = event.starts_local.date()
    event.year = f"{event.date:%Y}"
    event.folded_title = fold(event.title)
    if event.status not in rows.Status.values:
        raise BadValue("status", f"{event.status!r} is none of {', '.join(rows.Status.values)}.")
    _check_heads("capacity", event.capacity)
    if event.ends_at is not None and event.ends_at <= event.starts_at:
        raise BadValue("ends_at", "A departure ends after it starts.")
    _check_cents("price_cents", event.price_cents)
    return event


def new_party(
    *,
    event: rows.Event,
    name: str,
    size: int = 1,
    email: str = "",
    phone: str = "",
    price_cents: int = 0,
    head_price_cents: int = 0,
    deposit_cents: int = 0,
    note: str = "",
    ulid: str = "",
) -> rows.Patron:
    """Return a party for the manifest of `event`, not stored yet. Raises BadValue.

    price_cents: for the party as a whole; or head_price_cents: for each of its heads. ulid: its own, where it has to
    be the same when it is made again.
    """
    _check_one_price(price_cents, head_price_cents)
    party = rows.Patron(
        event_id=event.slug,
        ulid=ulid or str(ULID()),
        year=event.year,
        name=name,
        size=size,
        email=email,
        phone=phone,
        price_cents=price_cents,
        head_price_cents=head_price_cents,
        deposit_cents=deposit_cents,
        note=note,
    )
    return tidy_party(party)


def changed_party(party: rows.Patron, changes: Changes) -> rows.Patron:
    """Return `party` with `changes` (names of PARTY_FIELDS), not stored yet. Raises BadValue.

    A price for the party as a whole takes the place of one per head, and the other way round.
    """
    _check_one_price(changes.get("price_cents"), changes.get("head_price_cents"))
    whole = {"head_price_cents": 0} if "price_cents" in changes else {}
    return tidy_party(edited(party, {**whole, **_allowed(changes, PARTY_FIELDS)}))


def tidy_party(party: rows.Patron) -> rows.Patron:
    """Clean what was typed, set what follows from it, and return `party`. Raises BadValue."""
    with _naming("name"):
        party.name = clean_name(party.name)
    with _naming("email"):
        party.email = clean_email(party.email)
    with _naming("phone"):
        party.phone = clean_line(party.phone, limit=LONGEST_PHONE)
    with _naming("note"):
        party.note = clean_note(party.note)
    party.folded_name = fold(party.name)
    _check_heads("size", party.size)
    _check_cents("head_price_cents", party.head_price_cents)
    if party.head_price_cents:
        party.price_cents = party.head_price_cents * party.size
    _check_cents("price_cents", party.price_cents)
    _check_cents("deposit_cents", party.deposit_cents)
    if party.deposit_cents > party.price_cents:
        price = display(party.price_cents, settings.SCC_CURRENCY)
        raise BadValue("deposit_cents", f"The deposit must not be more than the price, {price}.")
    return party


def new_assignment(*, event: rows.Event, person: rows.Person, role: str, ulid: str = "") -> rows.CrewAssignment:
    """Return an assignment to `event`, not stored yet; ulid as in `new_party`. Raises BadValue."""
    assignment = rows.CrewAssignment(
        event_id=event.slug,
        ulid=ulid or str(ULID()),
        person_id=person.ulid,
        person_name=person.name,
        role=role,
        starts_at=event.starts_at,
    )
    return tidy_assignment(assignment)


def changed_assignment(
    assignment: rows.CrewAssignment, *, person: rows.Person | None = None, role: str
) -> rows.CrewAssignment:
    """Return `assignment` with another role, and another person when one is given. Raises BadValue."""
    whom: dict[str, object] = {}
    if person is not None:
        # Whoever was reminded or asked, it was not this person.
        whom = {"person_id": person.ulid, "person_name": person.name, "reminded_at": None, "asked_at": None}
    return tidy_assignment(edited(assignment, {**whom, "role": role}))


def tidy_assignment(assignment: rows.CrewAssignment) -> rows.CrewAssignment:
    """Check and return `assignment`. Raises BadValue."""
    if assignment.role not in rows.CrewRole.values:
        raise BadValue("role", f"{assignment.role!r} is none of {', '.join(rows.CrewRole.values)}.")
    return assignment


def new_person(*, name: str, email: str = "", phone: str = "", role: str = "", ulid: str = "") -> rows.Person:
    """Return someone who crews, not stored yet; ulid as in `new_party`. Raises BadValue."""
    person = rows.Person(ulid=ulid or str(ULID()), name=name, email=email, phone=phone, role=role)
    with _naming("name"):
        person.name = clean_name(name)
    with _naming("email"):
        person.email = clean_email(email)
    with _naming("phone"):
        person.phone = clean_line(phone, limit=LONGEST_PHONE)
    person.folded_name = fold(person.name)
    return person


def new_vessel(*, name: str, capacity: int, home_port: str = "", ulid: str = "") -> rows.Vessel:
    """Return a vessel, not stored yet; its slug is made from its name, or is `ulid` when that says nothing.

    Raises BadValue.
    """
    vessel = rows.Vessel(name=name, capacity=capacity, home_port=home_port)
    with _naming("name"):
        vessel.name = clean_name(name)
    _check_heads("capacity", capacity)
    vessel.folded_name = fold(vessel.name)
    vessel.slug = vessel_slug(vessel.name, ulid=ulid)
    return vessel


def vessel_slug(name: str, *, ulid: str = "") -> str:
    """Return a slug for a vessel's name; a name without Latin letters gets one that says nothing, such as `ulid`."""
    return slugify(name)[:LONGEST_VESSEL_SLUG].strip("-") or (ulid or str(ULID())).lower()


def _allowed(changes: Changes, fields: frozenset[str]) -> Changes:
    strange = changes.keys() - fields
    if strange:
        raise TypeError(f"{sorted(strange)} cannot be set; {sorted(fields)} can")
    return changes


def _check_one_price(price_cents: object, head_price_cents: object) -> None:
    if price_cents and head_price_cents:
        raise BadValue("price_cents", "Give a price for the party or one per head, not both.")


@contextmanager
def _naming(field: str) -> Iterator[None]:
    try:
        yield
    except BadText as exc:
        raise BadValue(field, str(exc)) from exc


def _check_heads(field: str, heads: int) -> None:
    if not 0 < heads <= LARGEST_CAPACITY:
        raise BadValue(field, f"Must be from 1 to {LARGEST_CAPACITY}.")


def _check_cents(field: str, cents: int) -> None:
    if not 0 <= cents <= MOST_CENTS:
        raise BadValue(field, f"Must be from 0 to {display(MOST_CENTS)}.")


def edited(row: R, values: Changes) -> R:
    """Return a copy of `row` with `values`."""
    copy = type(row).from_raw_data(row.serialize())
    for name, value in values.items():
        setattr(copy, name, value)
    return copy
