"""What may be done to a departure: its schedule, its manifest and its crew.

Every verb is one transaction: the rows it is about, the figures on the event that count them, and one audit entry.
Inside `transaction.atomic()` a verb joins its unit, and the errors that only the table can tell (Conflict) come at its
end; outside, they come from the verb, as the errors of this module where they are understood.

Capacity holds twice: of the event as it was read, for the words, and of the event as it is stored, as a condition of
the write, so that two parties added at once cannot overfill. As DynamoDB compares with constants alone, all that one
save adds and removes is summed before, and the capacity itself must be the one that was read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from django.conf import settings
from django.utils.text import slugify
from pynamodb.expressions.condition import Condition
from ulid import ULID

from events import calendar, rows, slugs
from scc.dynamo.errors import Conflict
from scc.dynamo.folding import fold
from scc.dynamo.rows import Row
from scc.dynamo.units import Unit, joined
from scc.staff import audit
from scc.staff.actors import By

LARGEST_CAPACITY = 9_999
# A million in the currency's whole units, as the ledger's largest entry.
LARGEST_CENTS = 100_000_000
LONGEST_VESSEL_SLUG = 60

Changes = Mapping[str, object]
R = TypeVar("R", bound=Row)

# What a verb may set; everything else on these rows is derived from it or counted.
EVENT_FIELDS = frozenset(
    {
        "starts_at", "ends_at", "title", "vessel_id", "vessel_name", "status", "capacity",
        "departure_port", "return_port", "price_cents", "note",
    }
)  # fmt: skip
PARTY_FIELDS = frozenset({"name", "size", "email", "phone", "price_cents", "deposit_cents", "note"})
CREW_FIELDS = frozenset({"person_id", "person_name", "role"})
# Written without being said in the audit entry: another attribute says it to people.
_UNSAID = frozenset({"vessel_id", "person_id"})


class BookingError(Exception):
    """Base of what this module refuses."""


class BadValue(BookingError):
    """A value that a departure or a party cannot have. `field` is the attribute's name."""

    def __init__(self, field: str, reason: str) -> None:
        self.field = field
        super().__init__(reason)


class NoSuchEvent(BookingError):
    """The departure is not there (any more)."""


class SlugTaken(BookingError):
    """Another departure has the slug."""


class EventFull(BookingError):
    """More heads than the departure has room for. `room` is what is left for them."""

    def __init__(self, event: rows.Event, *, heads: int) -> None:
        self.room = max(0, event.capacity - event.booked)
        if heads > 0:
            reason = f"room for {self.room} more, not for {heads}"
        else:
            reason = "more than it would hold"
        super().__init__(f"{event.slug} has {event.booked} booked of {event.capacity}: {reason}")


class PartyHasPayments(BookingError):
    """A party whose money is in the ledger stays on the manifest."""


class EventNotEmpty(BookingError):
    """The departure has parties, payments or waivers, and so cannot be deleted; it can be cancelled."""


@dataclass(frozen=True, kw_only=True)
class Revision:
    """What one save does to a departure: to its own fields, to its manifest, to its crew.

    Parties and assignments to add come from `new_party` and `new_assignment`.
    """

    fields: Changes = field(default_factory=dict)
    add_parties: Sequence[rows.Patron] = ()
    change_parties: Sequence[tuple[rows.Patron, Changes]] = ()
    remove_parties: Sequence[rows.Patron] = ()
    add_crew: Sequence[rows.CrewAssignment] = ()
    change_crew: Sequence[tuple[rows.CrewAssignment, Changes]] = ()
    remove_crew: Sequence[rows.CrewAssignment] = ()


# The schedule


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
        departure_port=departure_port or vessel.home_port,
        return_port=return_port or departure_port or vessel.home_port,
        price_cents=price_cents,
        currency=settings.SCC_CURRENCY,
        note=note,
    )
    _derive(event)
    _check_event(event)
    return event


def add_event(*, event: rows.Event, revision: Revision | None = None, by: By) -> None:
    """Put `event` on the schedule, with the parties and crew of `revision`. Figures of `event` are set.

    Raises SlugTaken, EventFull.
    """
    revision = revision or Revision()
    if _heads(revision) > event.capacity:
        raise EventFull(event, heads=_heads(revision))
    event.booked = _heads(revision)
    event.parties_cents = _cents(revision)
    event.crew_count = _hands(revision)
    said = [f"Scheduled {event}", *_said_of_manifest(revision)]
    try:
        with joined() as unit:
            unit.put(event)
            _write_parties(unit, event, revision, others=[])
            _write_crew(unit, event, revision, others=[])
            audit.record(unit, by=by, action="added", of=event, summary="; ".join(said))
    except Conflict as conflict:
        if conflict.failure_of(event) is None:
            raise
        raise SlugTaken(f"Another departure has the slug {event.slug}") from conflict


def schedule(
    *,
    starts_at: datetime,
    title: str,
    vessel: rows.Vessel,
    by: By,
    slug: str = "",
    ends_at: datetime | None = None,
    capacity: int | None = None,
    status: str = rows.Status.SCHEDULED.value,
    departure_port: str = "",
    return_port: str = "",
    price_cents: int = 0,
    note: str = "",
) -> rows.Event:
    """Add a departure and return it. Without a slug it takes the next free one of its date.

    Raises SlugTaken, BadValue, and slugs.BadSlug. One read when no slug is given, one write.
    """
    event = new_event(
        starts_at=starts_at,
        title=title,
        vessel=vessel,
        slug=slug or free_slug(starts_at),
        ends_at=ends_at,
        capacity=capacity,
        status=status,
        departure_port=departure_port,
        return_port=return_port,
        price_cents=price_cents,
        note=note,
    )
    add_event(event=event, by=by)
    return event


def free_slug(starts_at: datetime) -> str:
    """Return the next free slug for a departure at `starts_at`. One BatchGetItem. Raises slugs.BadSlug."""
    local = starts_at.astimezone(calendar.zone())
    wanted = slugs.candidates(local.date(), local.time())
    found = rows.Event.fetch_many([rows.Event.keys_for(slug=slug) for slug in wanted])
    return slugs.next_free(local.date(), local.time(), {event.slug for event in found.values()})


def change_event(*, event: rows.Event, changes: Changes, by: By) -> rows.Event:
    """Set `changes` (names of EVENT_FIELDS) of `event` and return it as it is then. See `revise`."""
    return revise(event=event, revision=Revision(fields=changes), by=by)


def cancel(*, event: rows.Event, by: By) -> rows.Event:
    """Call the departure off: guests no longer see it. Manifest, payments and waivers stay. See `revise`."""
    return revise(
        event=event, revision=Revision(fields={"status": rows.Status.CANCELLED.value}), by=by, action="cancelled"
    )


def complete(*, event: rows.Event, by: By) -> rows.Event:
    """Say that the departure has sailed. See `revise`."""
    return revise(
        event=event, revision=Revision(fields={"status": rows.Status.COMPLETED.value}), by=by, action="completed"
    )


def delete_event(*, event: rows.Event, by: By) -> None:
    """Remove a departure that nobody has booked, paid or signed for, with its crew's assignments.

    Raises EventNotEmpty with what is there. One Query and one write.
    """
    inside = [row for row in Row.collection(rows.Event.keys_for(slug=event.slug)[0]) if not isinstance(row, rows.Event)]
    crew = [row for row in inside if isinstance(row, rows.CrewAssignment)]
    if len(crew) < len(inside):
        raise EventNotEmpty(f"{event.slug} has {contents(inside)}; cancel it instead")
    still_empty = (
        (rows.Event.booked == 0)
        & (rows.Event.ledger_count == 0)
        & (rows.Event.waiver_count == 0)
        & (rows.Event.crew_count == len(crew))
    )
    with joined() as unit:
        unit.delete(event, expect=still_empty)
        for assignment in crew:
            unit.delete(assignment)
        audit.record(unit, by=by, action="deleted", of=event, summary=f"Deleted {event}")


def contents(inside: Sequence[Row]) -> str:
    """Return what an event holds, in words: `"2 parties, 1 payment"`."""
    words = {
        "PATRON": ("party", "parties"),
        "PAYMENT": ("ledger entry", "ledger entries"),
        "WAIVER": ("waiver", "waivers"),
        "CREW": ("crew assignment", "crew assignments"),
    }
    counts = Counter(str(row.sk).partition("#")[0] for row in inside)
    named = [(*words.get(kind, (kind.lower(), kind.lower())), count) for kind, count in sorted(counts.items())]
    return ", ".join(f"{count} {one if count == 1 else many}" for one, many, count in named)


# The manifest


def new_party(
    *,
    event: rows.Event,
    name: str,
    size: int = 1,
    email: str = "",
    phone: str = "",
    price_cents: int = 0,
    deposit_cents: int = 0,
    note: str = "",
) -> rows.Patron:
    """Return a party for the manifest of `event`, not stored yet. Raises BadValue."""
    party = rows.Patron(
        event_id=event.slug,
        ulid=str(ULID()),
        year=event.year,
        name=name,
        folded_name=fold(name),
        size=size,
        email=email,
        phone=phone,
        price_cents=price_cents,
        deposit_cents=deposit_cents,
        note=note,
    )
    _check_party(party)
    return party


def add_party(
    *,
    event: rows.Event,
    name: str,
    by: By,
    size: int = 1,
    email: str = "",
    phone: str = "",
    price_cents: int = 0,
    deposit_cents: int = 0,
    note: str = "",
) -> rows.Patron:
    """Put a party on the manifest and return it. Raises EventFull, NoSuchEvent, BadValue."""
    party = new_party(
        event=event,
        name=name,
        size=size,
        email=email,
        phone=phone,
        price_cents=price_cents,
        deposit_cents=deposit_cents,
        note=note,
    )
    revise(event=event, revision=Revision(add_parties=[party]), by=by)
    return party


def change_party(*, event: rows.Event, party: rows.Patron, changes: Changes, by: By) -> None:
    """Set `changes` (names of PARTY_FIELDS) of `party`.

    Raises EventFull, BadValue, and Conflict when someone else changed the party meanwhile.
    """
    revise(event=event, revision=Revision(change_parties=[(party, changes)]), by=by)


def remove_party(*, event: rows.Event, party: rows.Patron, by: By) -> None:
    """Take a party off the manifest. Raises PartyHasPayments when money of it is in the ledger."""
    revise(event=event, revision=Revision(remove_parties=[party]), by=by)


# The crew


def new_assignment(*, event: rows.Event, person: rows.Person, role: str) -> rows.CrewAssignment:
    """Return an assignment to `event`, not stored yet. Raises BadValue."""
    assignment = rows.CrewAssignment(
        event_id=event.slug,
        ulid=str(ULID()),
        person_id=person.ulid,
        person_name=person.name,
        role=role,
        starts_at=event.starts_at,
    )
    _check_assignment(assignment)
    return assignment


def assign(*, event: rows.Event, person: rows.Person, role: str, by: By) -> rows.CrewAssignment:
    """Put `person` on the crew of `event` and return the assignment. Raises NoSuchEvent, BadValue."""
    assignment = new_assignment(event=event, person=person, role=role)
    revise(event=event, revision=Revision(add_crew=[assignment]), by=by)
    return assignment


def unassign(*, event: rows.Event, assignment: rows.CrewAssignment, by: By) -> None:
    """Take someone off the crew of `event`."""
    revise(event=event, revision=Revision(remove_crew=[assignment]), by=by)


# All of it at once


def revise(*, event: rows.Event, revision: Revision, by: By, action: str = "changed") -> rows.Event:
    """Do all of `revision` to `event`, as it was read, and return it as it is then. Nothing is written for nothing.

    A change of the start moves the assignments of the crew, and of the year the parties, in the same transaction;
    that costs one Query. Raises EventFull, PartyHasPayments, BadValue, NoSuchEvent, and Conflict when someone else
    changed the same meanwhile.
    """
    after = _with(event, _allowed(revision.fields, EVENT_FIELDS))
    _derive(after)
    _check_event(after)
    heads, cents = _heads(revision), _cents(revision)
    if after.booked + heads > after.capacity and (heads > 0 or after.capacity < event.capacity):
        raise EventFull(after, heads=heads)
    _refuse_paid(revision.remove_parties)
    sets = _difference(event, after)
    said = [*_said_of_fields(event, after, sets), *_said_of_manifest(revision)]
    if not said:
        return event
    others = _others(event, revision) if after.starts_at != event.starts_at else []
    with _telling(after, revision), joined() as unit:
        _write_event(unit, event, after, sets, revision)
        _write_parties(unit, after, revision, others)
        _write_crew(unit, after, revision, others)
        audit.record(
            unit, by=by, action=action, of=event, summary="; ".join(said), changes=_said_changes(event, after, sets)
        )
    after.booked += heads
    after.parties_cents += cents
    after.crew_count += _hands(revision)
    return after


def _write_event(unit: Unit, event: rows.Event, after: rows.Event, sets: Changes, revision: Revision) -> None:
    heads, hands = _heads(revision), _hands(revision)
    expects: list[Condition] = []
    if sets:
        expects.append(rows.Event.version == event.version)
    if heads > 0 or "capacity" in sets:
        expects.append(rows.Event.booked <= after.capacity - heads)
    if heads > 0 and "capacity" not in sets:
        expects.append(rows.Event.capacity == event.capacity)
    if after.starts_at != event.starts_at:
        # Who joins the crew or the manifest meanwhile would keep the old keys.
        expects += [rows.Event.crew_count == event.crew_count, rows.Event.booked == event.booked]
    elif revision.add_crew or revision.add_parties:
        expects.append(rows.Event.starts_at == event.starts_at)
    figures = {"booked": heads, "parties_cents": _cents(revision), "crew_count": hands}
    add = {name: amount for name, amount in figures.items() if amount}
    if not sets and not add and not expects:
        unit.check(event)
        return
    unit.update(event, set={**sets, "version": event.version + 1} if sets else {}, add=add)
    for expected in expects:
        unit.update(event, expect=expected)


def _write_parties(unit: Unit, event: rows.Event, revision: Revision, others: Sequence[Row]) -> None:
    for party in revision.add_parties:
        party.year = event.year
        unit.put(party)
    for party in revision.remove_parties:
        unpaid = (rows.Patron.received_cents == 0) & (rows.Patron.refunded_cents == 0) & (rows.Patron.tips_cents == 0)
        unit.delete(party, expect=(rows.Patron.version == party.version) & unpaid)
    for party, changes in revision.change_parties:
        changed = _with(party, {**_allowed(changes, PARTY_FIELDS), "year": event.year})
        changed.folded_name = fold(changed.name)
        _check_party(changed)
        _update(unit, party, changed)
    for other in others:
        if isinstance(other, rows.Patron):
            _update(unit, other, _with(other, {"year": event.year}))


def _write_crew(unit: Unit, event: rows.Event, revision: Revision, others: Sequence[Row]) -> None:
    for assignment in revision.add_crew:
        assignment.starts_at = event.starts_at
        unit.put(assignment)
    for assignment in revision.remove_crew:
        unit.delete(assignment)
    for assignment, changes in revision.change_crew:
        changed = _with(assignment, {**_allowed(changes, CREW_FIELDS), "starts_at": event.starts_at})
        _check_assignment(changed)
        _update(unit, assignment, changed)
    for other in others:
        if isinstance(other, rows.CrewAssignment):
            _update(unit, other, _with(other, {"starts_at": event.starts_at}))


def _others(event: rows.Event, revision: Revision) -> list[Row]:
    """Return what the event's partition holds beside the rows that `revision` writes itself."""
    written: list[Row] = [*revision.remove_parties, *revision.remove_crew]
    written += [party for party, _ in revision.change_parties]
    written += [assignment for assignment, _ in revision.change_crew]
    ours = {row.id for row in written}
    return [
        row
        for row in Row.collection(rows.Event.keys_for(slug=event.slug)[0])
        if isinstance(row, rows.Patron | rows.CrewAssignment) and row.id not in ours
    ]


def _update(unit: Unit, row: R, changed: R) -> None:
    sets = _difference(row, changed)
    if sets:
        unit.update(row, set={**sets, "version": row.version + 1}, expect=Row.version == row.version)


# Figures


def _heads(revision: Revision) -> int:
    changed = sum(int(str(changes.get("size", party.size))) - party.size for party, changes in revision.change_parties)
    return sum(p.size for p in revision.add_parties) + changed - sum(p.size for p in revision.remove_parties)


def _cents(revision: Revision) -> int:
    changed = sum(
        int(str(changes.get("price_cents", party.price_cents))) - party.price_cents
        for party, changes in revision.change_parties
    )
    added = sum(party.price_cents for party in revision.add_parties)
    return added + changed - sum(party.price_cents for party in revision.remove_parties)


def _hands(revision: Revision) -> int:
    return len(revision.add_crew) - len(revision.remove_crew)


# Values


def _derive(event: rows.Event) -> None:
    """Set what follows from other attributes of `event`."""
    event.date = event.starts_local.date()
    event.year = f"{event.date:%Y}"
    event.folded_title = fold(event.title)


def _check_event(event: rows.Event) -> None:
    if not event.folded_title:
        raise BadValue("title", "A departure needs a title")
    if event.status not in rows.Status.values:
        raise BadValue("status", f"{event.status!r} is none of {', '.join(rows.Status.values)}")
    if not 0 < event.capacity <= LARGEST_CAPACITY:
        raise BadValue("capacity", f"A capacity is from 1 to {LARGEST_CAPACITY}")
    if event.ends_at is not None and event.ends_at <= event.starts_at:
        raise BadValue("ends_at", "A departure ends after it starts")
    _check_cents("price_cents", event.price_cents)


def _check_party(party: rows.Patron) -> None:
    if not party.folded_name:
        raise BadValue("name", "A party needs a name")
    if not 0 < party.size <= LARGEST_CAPACITY:
        raise BadValue("size", f"A party is from 1 to {LARGEST_CAPACITY} heads")
    _check_cents("price_cents", party.price_cents)
    _check_cents("deposit_cents", party.deposit_cents)


def _check_assignment(assignment: rows.CrewAssignment) -> None:
    if assignment.role not in rows.CrewRole.values:
        raise BadValue("role", f"{assignment.role!r} is none of {', '.join(rows.CrewRole.values)}")


def _check_cents(field: str, cents: int) -> None:
    if not 0 <= cents <= LARGEST_CENTS:
        raise BadValue(field, f"A price is from 0 to {LARGEST_CENTS // 100}")


def _refuse_paid(parties: Sequence[rows.Patron]) -> None:
    for party in parties:
        if party.received_cents or party.refunded_cents or party.tips_cents:
            raise PartyHasPayments(f"{party} has payments in the ledger; refund or void them first")


def _allowed(changes: Changes, fields: frozenset[str]) -> Changes:
    strange = changes.keys() - fields
    if strange:
        raise TypeError(f"{sorted(strange)} cannot be set; {sorted(fields)} can")
    return changes


def _with(row: R, values: Changes) -> R:
    copy = type(row).from_raw_data(row.serialize())
    for name, value in values.items():
        setattr(copy, name, value)
    return copy


def _difference(row: R, changed: R) -> dict[str, Any]:
    """Return what must be SET to make `row` into `changed`, keys included; None removes."""
    changed.stamp()
    names = [name for name in changed.get_attributes() if name not in {"kind", "pk", "sk", "version", "unit"}]
    return {name: getattr(changed, name) for name in names if getattr(row, name) != getattr(changed, name)}


# Words


def _said_of_fields(event: rows.Event, after: rows.Event, sets: Changes) -> list[str]:
    names = [name.removesuffix("_cents").replace("_", " ") for name in _said_changes(event, after, sets)]
    return [f"Changed {', '.join(names)}"] if names else []


def _said_changes(event: rows.Event, after: rows.Event, sets: Changes) -> dict[str, tuple[object, object]]:
    said = EVENT_FIELDS - _UNSAID
    return {name: (getattr(event, name), getattr(after, name)) for name in sorted(said & sets.keys())}


def _said_of_manifest(revision: Revision) -> list[str]:
    return [
        *(f"Added {party}" for party in revision.add_parties),
        *(f"Changed {party}: {_names(changes)}" for party, changes in revision.change_parties if changes),
        *(f"Removed {party}" for party in revision.remove_parties),
        *(f"Assigned {assignment}" for assignment in revision.add_crew),
        *(f"Changed {assignment}: {_names(changes)}" for assignment, changes in revision.change_crew if changes),
        *(f"Unassigned {assignment}" for assignment in revision.remove_crew),
    ]


def _names(changes: Changes) -> str:
    return ", ".join(name.removesuffix("_cents").replace("_", " ") for name in changes if name not in _UNSAID)


# What only the table can tell


@contextmanager
def _telling(event: rows.Event, revision: Revision) -> Iterator[None]:
    """Turn a Conflict into the error of this module that it means."""
    try:
        yield
    except Conflict as conflict:
        failure = conflict.failure_of(event)
        if failure is not None:
            _tell_of_event(failure.stored, _heads(revision), conflict)
        for party in revision.remove_parties:
            failure = conflict.failure_of(party)
            if failure is not None and isinstance(failure.stored, rows.Patron):
                _refuse_paid([failure.stored])
        raise


def _tell_of_event(stored: Row | None, heads: int, conflict: Conflict) -> None:
    if stored is None:
        raise NoSuchEvent("The departure is no longer there") from conflict
    if isinstance(stored, rows.Event) and heads > 0 and stored.booked + heads > stored.capacity:
        raise EventFull(stored, heads=heads) from conflict


# Vessels


def new_vessel(*, name: str, capacity: int, home_port: str = "") -> rows.Vessel:
    """Return a vessel, not stored yet; its slug is made from its name. Raises BadValue."""
    folded = fold(name)
    if not folded:
        raise BadValue("name", "A vessel needs a name")
    if not 0 < capacity <= LARGEST_CAPACITY:
        raise BadValue("capacity", f"A capacity is from 1 to {LARGEST_CAPACITY}")
    slug = slugify(name)[:LONGEST_VESSEL_SLUG].strip("-") or str(ULID()).lower()
    return rows.Vessel(slug=slug, name=name, folded_name=folded, capacity=capacity, home_port=home_port)
