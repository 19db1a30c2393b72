"""All that one save does to a departure: its own fields, its manifest and its crew, in one transaction.

Capacity holds twice: of the event as it was read, for the words, and of the event as it is stored, as a condition of
the write, so that two parties added at once cannot overfill. As DynamoDB compares with constants alone, all that one
save adds and removes is summed before, and the capacity itself must be the one that was read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from pynamodb.expressions.condition import Condition

from events import gone, rows
from events.drafts import Changes, R, changed_event, edited
from events.errors import BadValue, EventFull, NoSuchEvent, PartyHasPayments, TooMuchAtOnce
from events.revisions import PLAIN, Noted, Revision, all_changes, difference, said_of, said_of_fields
from scc.dynamo.errors import Conflict
from scc.dynamo.rows import Row
from scc.dynamo.units import MOST_WRITES, Unit, joined
from scc.staff import audit
from scc.staff.actors import By


def revise(
    *, event: rows.Event, revision: Revision, by: By, action: str = "changed", noted: Noted = PLAIN
) -> rows.Event:
    """Do all of `revision` to `event`, as it was read, and return it as it is then. Nothing is written for nothing.

    A change of the start moves the assignments of the crew, and of the year the parties, in the same transaction;
    that costs one Query. Raises EventFull, PartyHasPayments, BadValue, NoSuchEvent, and Conflict when someone else
    changed the same meanwhile.
    """
    after = changed_event(event, revision.fields)
    heads = revision.heads
    if after.booked + heads > after.capacity and (heads > 0 or after.capacity < event.capacity):
        raise EventFull(after, heads=heads)
    if after.capacity < min(event.capacity, event.aboard):
        raise BadValue("capacity", f"{event.aboard} guests are aboard already.")
    refuse_paid(revision.remove_parties)
    sets = difference(event, after)
    said = [*said_of_fields(event, after), *said_of(revision)]
    if not sets and not said:
        return event
    others = _others(event, revision) if after.starts_at != event.starts_at else []
    with _telling(after, revision), joined() as unit:
        write_event(unit, event, after, sets, revision)
        write_parties(unit, after, revision, others)
        write_crew(unit, after, revision, others)
        audit.record(
            unit,
            by=by,
            action=action,
            of=event,
            changes=all_changes(event, after, revision),
            **noted.entry("; ".join(said)),
        )
        check_size(unit)
    after.version += 1 if sets else 0
    after.booked += heads
    after.parties_cents += revision.cents
    after.crew_count += revision.hands
    return after


def write_event(unit: Unit, event: rows.Event, after: rows.Event, sets: Changes, revision: Revision) -> None:
    """Add to `unit` what `sets` and `revision` make of `event`, which is `after` then, and what that expects."""
    heads, hands = revision.heads, revision.hands
    expects: list[Condition] = []
    if sets:
        expects.append(rows.Event.version == event.version)
    if heads > 0 or "capacity" in sets:
        expects.append(rows.Event.booked <= after.capacity - heads)
    if after.capacity < event.capacity:
        expects.append(rows.Event.aboard.does_not_exist() | (rows.Event.aboard <= after.capacity))
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


def write_parties(unit: Unit, event: rows.Event, revision: Revision, others: Sequence[Row]) -> None:
    """Add to `unit` what becomes of parties. others: those that move with the departure."""
    for party in revision.add_parties:
        party.year = event.year
        unit.put(party)
    for party in revision.remove_parties:
        unpaid = (rows.Patron.received_cents == 0) & (rows.Patron.refunded_cents == 0) & (rows.Patron.tips_cents == 0)
        unit.delete(party, expect=(rows.Patron.version == party.version) & unpaid)
        gone.remember(unit, party)
    for before, after in revision.change_parties:
        change_row(unit, before, edited(after, {"year": event.year}))
    for other in others:
        if isinstance(other, rows.Patron):
            change_row(unit, other, edited(other, {"year": event.year}))


def write_crew(unit: Unit, event: rows.Event, revision: Revision, others: Sequence[Row]) -> None:
    """Add to `unit` what becomes of the crew. others: those that move with the departure."""
    for assignment in revision.add_crew:
        assignment.starts_at = event.starts_at
        unit.check(rows.Person.at(assignment.person_id))
        unit.put(assignment)
    for assignment in revision.remove_crew:
        unit.delete(assignment)
        gone.remember(unit, assignment)
    for before, after in revision.change_crew:
        change_row(unit, before, edited(after, {"starts_at": event.starts_at}))
    for other in others:
        if isinstance(other, rows.CrewAssignment):
            change_row(unit, other, edited(other, {"starts_at": event.starts_at}))


def check_size(unit: Unit) -> None:
    """Raise TooMuchAtOnce where one transaction does not take `unit`."""
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


def change_row(unit: Unit, row: R, changed: R) -> None:
    """Add to `unit` what makes `row`, as it was read, into `changed`."""
    sets = difference(row, changed)
    if sets:
        unit.update(row, set={**sets, "version": row.version + 1}, expect=Row.version == row.version)


def refuse_paid(parties: Sequence[rows.Patron]) -> None:
    """Raise PartyHasPayments when money of one of `parties` is in the ledger."""
    for party in parties:
        if party.received_cents or party.refunded_cents or party.tips_cents:
            raise PartyHasPayments(f"{party} has payments in the ledger; refund or void them first")


# What only the table can tell


@contextmanager
def _telling(event: rows.Event, revision: Revision) -> Iterator[None]:
    """Turn a Conflict into the error of ours that it means."""
    try:
        yield
    except Conflict as conflict:
        failure = conflict.failure_of(event)
        if failure is not None and failure.stored is None:
            raise NoSuchEvent("The departure is no longer there") from conflict
        full = told_full(event, conflict, revision.heads)
        if full is not None:
            raise full from conflict
        for party in revision.remove_parties:
            failure = conflict.failure_of(party)
            if failure is not None and isinstance(failure.stored, rows.Patron):
                refuse_paid([failure.stored])
        raise


def told_full(event: rows.Event, conflict: Conflict, heads: int) -> EventFull | None:
    """Return what `conflict` says of `event`: that by now it has no room for `heads` more, or None."""
    failure = conflict.failure_of(event)
    stored = failure.stored if failure is not None else None
    if isinstance(stored, rows.Event) and heads > 0 and stored.booked + heads > stored.capacity:
        return EventFull(stored, heads=heads)
    return None
