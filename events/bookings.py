"""What may be done to a departure: its schedule, its manifest and its crew.

Every verb is one transaction: the rows it is about, the figures on the event that count them, and one audit entry.
Inside `transaction.atomic()` a verb joins its unit, and the errors that only the table can tell (Conflict) come at its
end; outside, they come from the verb, as those of `events.errors` where they are understood.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from events import calendar, gone, rows, slugs
from events.drafts import (
    Changes,
    changed_party,
    edited,
    new_assignment,
    new_event,
    new_party,
)
from events.errors import EventFull, EventNotEmpty, SlugTaken, TooMuchAtOnce
from events.revising import change_row, check_size, refuse_paid, revise, write_crew, write_event, write_parties
from events.revisions import PLAIN, Noted, Revision, difference, said_of
from scc.dynamo.errors import Conflict
from scc.dynamo.folding import fold
from scc.dynamo.rows import Row
from scc.dynamo.units import MOST_WRITES, Unit, joined
from scc.staff import audit
from scc.staff.actors import By

# The schedule


def add_event(*, event: rows.Event, revision: Revision | None = None, by: By, noted: Noted = PLAIN) -> None:
    """Put `event` on the schedule, with the parties and crew of `revision`. Figures of `event` are set.

    Raises SlugTaken, EventFull.
    """
    revision = revision or Revision()
    if revision.heads > event.capacity:
        raise EventFull(event, heads=revision.heads)
    event.booked = revision.heads
    event.parties_cents = revision.cents
    event.crew_count = revision.hands
    said = [f"Scheduled {event}", *said_of(revision)]
    try:
        with joined() as unit:
            unit.put(event)
            write_parties(unit, event, revision, others=[])
            write_crew(unit, event, revision, others=[])
            audit.record(unit, by=by, action="added", of=event, **noted.entry("; ".join(said)))
            check_size(unit)
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

    Raises EventNotEmpty with what is there, and TooMuchAtOnce with more crew than one transaction takes. One Query and
    one write; where many were taken off, others before that forget most of them, while the departure is still there.
    """
    stored = Row.collection(rows.Event.keys_for(slug=event.slug)[0])
    taken_off = [row for row in stored if isinstance(row, rows.TakenOff)]
    inside = [row for row in stored if not isinstance(row, rows.Event | rows.TakenOff)]
    crew = [row for row in inside if isinstance(row, rows.CrewAssignment)]
    if len(crew) < len(inside):
        raise EventNotEmpty(f"{event.slug} has {contents(inside)}; cancel it instead")
    still_empty = (
        (rows.Event.booked == 0)
        & (rows.Event.ledger_count == 0)
        & (rows.Event.waiver_count == 0)
        # On paper, or by an earlier waiver, one signs without a link of the chain.
        & (rows.Event.signed == 0)
        & (rows.Event.crew_count == len(crew))
    )
    room = MOST_WRITES - 2 - len(crew)
    if room < 0:
        raise TooMuchAtOnce(f"{event.slug} has {len(crew)} of the crew. Take some of them off it before.")
    gone.forget(taken_off[room:], while_so=(event, still_empty))
    with joined() as unit:
        unit.delete(event, expect=still_empty)
        for row in (*crew, *taken_off[:room]):
            unit.delete(row)
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


def add_party(
    *,
    event: rows.Event,
    name: str,
    by: By,
    size: int = 1,
    email: str = "",
    phone: str = "",
    price_cents: int = 0,
    head_price_cents: int = 0,
    deposit_cents: int = 0,
    note: str = "",
) -> rows.Patron:
    """Put a party on the manifest and return it. The prices are as in `new_party`.

    Raises EventFull, NoSuchEvent, BadValue.
    """
    party = new_party(
        event=event,
        name=name,
        size=size,
        email=email,
        phone=phone,
        price_cents=price_cents,
        head_price_cents=head_price_cents,
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


def erase_party(*, event: rows.Event, party: rows.Patron, by: By) -> None:
    """Forget who `party` is: its name, address, telephone and note. Nothing is written for one that is erased already.

    Size, prices and figures stay, so does every entry of the ledger, and what `gone` keeps of the name. The audit entry
    does not say who it was.
    Raises Conflict when someone else changed the party meanwhile, and StoreUnavailable.
    """
    forgotten = {"name": gone.ERASED, "folded_name": fold(gone.ERASED), "email": "", "phone": "", "note": ""}
    if not difference(party, edited(party, forgotten)):
        return
    erased = edited(party, {**forgotten, "import_names": gone.names_of(party)})
    heads = "a guest" if party.size == 1 else f"a party of {party.size}"
    with joined() as unit:
        unit.check(event)
        change_row(unit, party, erased)
        audit.record(unit, by=by, action="erased", of=event, summary=f"Erased who {heads} was")


def join_manifest(unit: Unit, *, event: rows.Event, party: rows.Patron) -> None:
    """Add to `unit` what puts `party`, of `drafts.new_party`, on the manifest of `event` as it was read.

    The unit's audit entry and its commit are the caller's; `revising.told_full` says what its Conflict means. `update`
    of the party joins that unit when it only adds to figures, as of money that comes with the party. Raises EventFull.
    """
    if event.booked + party.size > event.capacity:
        raise EventFull(event, heads=party.size)
    joining = Revision(add_parties=[party])
    write_event(unit, event, event, {}, joining)
    write_parties(unit, event, joining, others=[])


def leave_manifest(unit: Unit, *, event: rows.Event, party: rows.Patron) -> None:
    """Add to `unit` what takes `party` off the manifest of `event`, as both were read.

    The unit's audit entry and its commit are the caller's. Raises PartyHasPayments.
    """
    refuse_paid([party])
    leaving = Revision(remove_parties=[party])
    write_event(unit, event, event, {}, leaving)
    write_parties(unit, event, leaving, others=[])


# The crew


def assign(*, event: rows.Event, person: rows.Person, role: str, by: By) -> rows.CrewAssignment:
    """Put `person` on the crew of `event` and return the assignment. Raises NoSuchEvent, BadValue."""
    assignment = new_assignment(event=event, person=person, role=role)
    revise(event=event, revision=Revision(add_crew=[assignment]), by=by)
    return assignment


def unassign(*, event: rows.Event, assignment: rows.CrewAssignment, by: By) -> None:
    """Take someone off the crew of `event`."""
    revise(event=event, revision=Revision(remove_crew=[assignment]), by=by)


# Vessels


def add_vessel(*, vessel: rows.Vessel, by: By, noted: Noted = PLAIN) -> None:
    """Add `vessel`. Raises SlugTaken when another has its slug."""
    try:
        with joined() as unit:
            unit.put(vessel)
            audit.record(unit, by=by, action="added", of=vessel, **noted.entry(f"Added {vessel}"))
    except Conflict as conflict:
        raise SlugTaken(f"Another vessel has the slug {vessel.slug}") from conflict


# Who crews


def add_person(*, person: rows.Person, by: By, noted: Noted = PLAIN) -> None:
    """Add someone who crews. Raises Conflict when there is someone with that ulid."""
    with joined() as unit:
        unit.put(person)
        audit.record(unit, by=by, action="added", of=person, **noted.entry(f"Added {person}"))
