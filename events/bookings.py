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
from scc.dynamo.units import MOST_WRITES, Unit, joined
from scc.money import MOST_CENTS, display
from scc.staff import audit
from scc.staff.actors import By
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
        "departure_port", "return_port", "price_cents", "note",
    }
)  # fmt: skip
PARTY_FIELDS = frozenset({"name", "size", "email", "phone", "price_cents", "deposit_cents", "note"})
# What the audit entry says of a change; the ids behind the names say nothing to people.
_SAID = (EVENT_FIELDS - {"vessel_id"}) | PARTY_FIELDS | {"person_name", "role"}


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
        reason = f"room for {self.room} more, not for {heads}" if heads > 0 else "more than it would hold"
        super().__init__(f"{event.slug} has {event.booked} booked of {event.capacity}: {reason}")


class PartyHasPayments(BookingError):
    """A party whose money is in the ledger stays on the manifest."""


class TooMuchAtOnce(BookingError):
    """More parties and crew in one save than one transaction takes."""


class EventNotEmpty(BookingError):
    """The departure has parties, payments or waivers, and so cannot be deleted; it can be cancelled."""


@dataclass(frozen=True, kw_only=True)
class Revision:
    """What one save does to a departure: to its own fields, to its manifest, to its crew.

    What is added comes from `new_party` and `new_assignment`; what is changed is a pair of the row as it was read and
    of `changed_party` or `changed_assignment`.
    """

    fields: Changes = field(default_factory=dict)
    add_parties: Sequence[rows.Patron] = ()
    change_parties: Sequence[tuple[rows.Patron, rows.Patron]] = ()
    remove_parties: Sequence[rows.Patron] = ()
    add_crew: Sequence[rows.CrewAssignment] = ()
    change_crew: Sequence[tuple[rows.CrewAssignment, rows.CrewAssignment]] = ()
    remove_crew: Sequence[rows.CrewAssignment] = ()

    @property
    def heads(self) -> int:
        """How many more will be aboard."""
        changed = sum(after.size - before.size for before, after in self.change_parties)
        return sum(p.size for p in self.add_parties) + changed - sum(p.size for p in self.remove_parties)

    @property
    def cents(self) -> int:
        """How much more the parties owe."""
        changed = sum(after.price_cents - before.price_cents for before, after in self.change_parties)
        added = sum(party.price_cents for party in self.add_parties)
        return added + changed - sum(party.price_cents for party in self.remove_parties)

    @property
    def hands(self) -> int:
        """How many more will crew."""
        return len(self.add_crew) - len(self.remove_crew)


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
        departure_port=departure_port,
        return_port=return_port,
        price_cents=price_cents,
        currency=settings.SCC_CURRENCY,
        note=note,
    )
    return tidy_event(event)


def add_event(*, event: rows.Event, revision: Revision | None = None, by: By) -> None:
    """Put `event` on the schedule, with the parties and crew of `revision`. Figures of `event` are set.

    Raises SlugTaken, EventFull.
    """
    revision = revision or Revision()
    if revision.heads > event.capacity:
        raise EventFull(event, heads=revision.heads)
    event.booked = revision.heads
    event.parties_cents = revision.cents
    event.crew_count = revision.hands
    said = [f"Scheduled {event}", *_said_of_revision(revision)]
    try:
        with joined() as unit:
            unit.put(event)
            _write_parties(unit, event, revision, others=[])
            _write_crew(unit, event, revision, others=[])
            audit.record(unit, by=by, action="added", of=event, summary="; ".join(said))
            _check_size(unit)
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
    _, taken = look_up(slugs.candidates(local.date(), local.time()))
    return slugs.next_free(local.date(), local.time(), taken)


def look_up(wanted: Sequence[str], *, vessel_id: str = "") -> tuple[rows.Vessel | None, set[str]]:
    """Return the vessel, and which of the slugs `wanted` are taken. One BatchGetItem for both."""
    keys = [rows.Event.keys_for(slug=slug) for slug in wanted]
    if vessel_id:
        keys.append(rows.Vessel.keys_for(slug=vessel_id))
    found = Row.fetch_many(keys).values()
    vessel = next((row for row in found if isinstance(row, rows.Vessel)), None)
    return vessel, {row.slug for row in found if isinstance(row, rows.Event)}


def changed_event(event: rows.Event, changes: Changes) -> rows.Event:
    """Return `event` with `changes` (names of EVENT_FIELDS), not stored yet. Raises BadValue."""
    return tidy_event(_with(event, _allowed(changes, EVENT_FIELDS)))


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
        size=size,
        email=email,
        phone=phone,
        price_cents=price_cents,
        deposit_cents=deposit_cents,
        note=note,
    )
    return tidy_party(party)


def changed_party(party: rows.Patron, changes: Changes) -> rows.Patron:
    """Return `party` with `changes` (names of PARTY_FIELDS), not stored yet. Raises BadValue."""
    return tidy_party(_with(party, _allowed(changes, PARTY_FIELDS)))


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
    revise(event=event, revision=Revision(change_parties=[(party, changed_party(party, changes))]), by=by)


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
    return tidy_assignment(assignment)


def changed_assignment(
    assignment: rows.CrewAssignment, *, person: rows.Person | None = None, role: str
) -> rows.CrewAssignment:
    """Return `assignment` with another role, and another person when one is given. Raises BadValue."""
    whom = {"person_id": person.ulid, "person_name": person.name} if person is not None else {}
    return tidy_assignment(_with(assignment, {**whom, "role": role}))


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
    after = changed_event(event, revision.fields)
    heads = revision.heads
    if after.booked + heads > after.capacity and (heads > 0 or after.capacity < event.capacity):
        raise EventFull(after, heads=heads)
    _refuse_paid(revision.remove_parties)
    sets = _difference(event, after)
    changed = _said_of(_said_changes(event, after))
    said = [*([f"Changed {changed}"] if changed else []), *_said_of_revision(revision)]
    if not sets and not said:
        return event
    others = _others(event, revision) if after.starts_at != event.starts_at else []
    with _telling(after, revision), joined() as unit:
        _write_event(unit, event, after, sets, revision)
        _write_parties(unit, after, revision, others)
        _write_crew(unit, after, revision, others)
        audit.record(
            unit,
            by=by,
            action=action,
            of=event,
            summary="; ".join(said),
            changes=_all_changes(event, after, revision),
        )
        _check_size(unit)
    after.version += 1 if sets else 0
    after.booked += heads
    after.parties_cents += revision.cents
    after.crew_count += revision.hands
    return after


def _write_event(unit: Unit, event: rows.Event, after: rows.Event, sets: Changes, revision: Revision) -> None:
    heads, hands = revision.heads, revision.hands
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
    figures = {"booked": heads, "parties_cents": revision.cents, "crew_count": hands}
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
    for before, after in revision.change_parties:
        _update(unit, before, _with(after, {"year": event.year}))
    for other in others:
        if isinstance(other, rows.Patron):
            _update(unit, other, _with(other, {"year": event.year}))


def _write_crew(unit: Unit, event: rows.Event, revision: Revision, others: Sequence[Row]) -> None:
    for assignment in revision.add_crew:
        assignment.starts_at = event.starts_at
        unit.check(rows.Person.at(assignment.person_id))
        unit.put(assignment)
    for assignment in revision.remove_crew:
        unit.delete(assignment)
    for before, after in revision.change_crew:
        _update(unit, before, _with(after, {"starts_at": event.starts_at}))
    for other in others:
        if isinstance(other, rows.CrewAssignment):
            _update(unit, other, _with(other, {"starts_at": event.starts_at}))


def _check_size(unit: Unit) -> None:
    if len(unit) > MOST_WRITES:
        raise TooMuchAtOnce(f"This changes {len(unit)} things; {MOST_WRITES} go at once. Save it in two steps.")


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


# Values


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
    _check_cents("price_cents", party.price_cents)
    _check_cents("deposit_cents", party.deposit_cents)
    return party


def tidy_assignment(assignment: rows.CrewAssignment) -> rows.CrewAssignment:
    """Check and return `assignment`. Raises BadValue."""
    if assignment.role not in rows.CrewRole.values:
        raise BadValue("role", f"{assignment.role!r} is none of {', '.join(rows.CrewRole.values)}.")
    return assignment


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


def _said_of(changes: Mapping[str, Any]) -> str:
    return ", ".join(name.removesuffix("_cents").replace("_", " ") for name in changes)


def _said_changes(row: R, after: R) -> dict[str, tuple[object, object]]:
    return {name: (getattr(row, name), getattr(after, name)) for name in sorted(_SAID & _difference(row, after).keys())}


def _said_of_revision(revision: Revision) -> list[str]:
    pairs: list[tuple[Row, Row]] = [*revision.change_parties, *revision.change_crew]
    return [
        *(f"Added {party}" for party in revision.add_parties),
        *(f"Assigned {assignment}" for assignment in revision.add_crew),
        *(f"Changed {said} of {before}" for before, after in pairs if (said := _said_of(_said_changes(before, after)))),
        *(f"Removed {party}" for party in revision.remove_parties),
        *(f"Unassigned {assignment}" for assignment in revision.remove_crew),
    ]


def _all_changes(event: rows.Event, after: rows.Event, revision: Revision) -> dict[str, tuple[object, object]]:
    said = _said_changes(event, after)
    pairs: list[tuple[Row, Row]] = [*revision.change_parties, *revision.change_crew]
    for row, changed in pairs:
        said.update({f"{name} of {row}": values for name, values in _said_changes(row, changed).items()})
    return said


# What only the table can tell


@contextmanager
def _telling(event: rows.Event, revision: Revision) -> Iterator[None]:
    """Turn a Conflict into the error of this module that it means."""
    try:
        yield
    except Conflict as conflict:
        failure = conflict.failure_of(event)
        if failure is not None:
            _tell_of_event(failure.stored, revision.heads, conflict)
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
    vessel = rows.Vessel(name=name, capacity=capacity, home_port=home_port)
    with _naming("name"):
        vessel.name = clean_name(name)
    _check_heads("capacity", capacity)
    vessel.folded_name = fold(vessel.name)
    vessel.slug = vessel_slug(vessel.name)
    return vessel


def vessel_slug(name: str) -> str:
    """Return a slug for a vessel's name; a name without Latin letters gets one that says nothing."""
    return slugify(name)[:LONGEST_VESSEL_SLUG].strip("-") or str(ULID()).lower()


def add_vessel(*, vessel: rows.Vessel, by: By) -> None:
    """Add `vessel`. Raises SlugTaken when another has its slug."""
    try:
        with joined() as unit:
            unit.put(vessel)
            audit.record(unit, by=by, action="added", of=vessel, summary=f"Added {vessel}")
    except Conflict as conflict:
        raise SlugTaken(f"Another vessel has the slug {vessel.slug}") from conflict
