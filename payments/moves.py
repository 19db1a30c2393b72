"""Money of a whole party: given back, or carried over to another departure, entry by entry.

Each entry is given back or carried over by one of its own, so that what is left of it is known whatever comes later.
"""

from __future__ import annotations

from functools import partial

from events import bookings
from events import drafts as event_drafts
from events.errors import BadValue
from events.rows import Event, Patron, Status
from payments import drafts
from payments.books import Book, Left
from payments.drafts import BadEntry
from payments.posting import Posting
from payments.refusals import TooManyEntries
from payments.rows import Payment, Way

# Two entries each, and a dozen items for all of them together, stay within one transaction.
MOST_ENTRIES = 40


def carry_over(step: Posting, book: Book, other: Book, party: Patron, *, note: str) -> list[Payment]:
    """Add to `step` what carries all that is left of `party` from one departure to the other; return what left.

    The party is booked there, unless it is there already. Raises BadEntry, TooManyEntries, EventFull.
    """
    _check_goal(book.event, other.event)
    # It is not called off meanwhile.
    step.unit.update(other.event, expect=Event.status == other.event.status)
    there, is_new = _party_there(other, book, party)
    if is_new:
        bookings.join_manifest(step.unit, event=other.event, party=there)
    return [
        _carry_one(step, book.event, other.event, entry, left, party, there, note)
        for entry, left in _left_of(book, party)
    ]


def _carry_one(
    step: Posting, event: Event, other: Event, entry: Payment, left: Left, party: Patron, there: Patron, note: str
) -> Payment:
    carried = partial(drafts.transfer, entry, amount_cents=left.amount_cents, tip_cents=left.tip_cents, note=note)
    # Each side names the other's entry; what both will be called is known before.
    out_reference, in_reference = step.next_reference(event), step.next_reference(other)
    going = carried(way=Way.OUT, other_event=other.slug, other_reference=in_reference, patron_id=party.ulid)
    coming = carried(way=Way.IN, other_event=event.slug, other_reference=out_reference, patron_id=there.ulid)
    gone = step.add(event, going, party=party)
    step.add(other, coming, party=there, leads=False)
    return gone


def _check_goal(event: Event, other: Event) -> None:
    if other.slug == event.slug:
        raise BadEntry({"to_event": ["Must be another departure."]})
    if other.status in (Status.CANCELLED, Status.COMPLETED):
        raise BadEntry({"to_event": [f"{other.slug} is {other.status}; choose one that is to sail."]})
    if other.currency != event.currency:
        raise BadEntry({"to_event": [f"{other.slug} takes {other.currency}, not {event.currency}."]})


def _party_there(other: Book, book: Book, party: Patron) -> tuple[Patron, bool]:
    """Return the same party on the other departure, and whether it has yet to be booked there."""
    mine = {entry.reference for entry in book.entries if entry.patron_id == party.ulid}
    for entry in other.entries:
        # It came from there, or went there, before.
        if entry.other_event == book.event.slug and entry.other_reference in mine and entry.patron_id in other.parties:
            return other.parties[entry.patron_id], False
    for there in other.parties.values():
        known_by = (there.email and there.email == party.email) or (there.phone and there.phone == party.phone)
        if there.folded_name == party.folded_name and known_by:
            return there, False
    return _booked_like(party, other.event), True


def _booked_like(party: Patron, event: Event) -> Patron:
    try:
        return event_drafts.new_party(
            event=event,
            name=party.name,
            size=party.size,
            email=party.email,
            phone=party.phone,
            price_cents=0 if party.head_price_cents else party.price_cents,
            head_price_cents=party.head_price_cents,
            deposit_cents=party.deposit_cents,
            note=party.note,
        )
    except BadValue as exc:
        # What came from older books may be none that a party can be booked with.
        raise BadEntry({"party_id": [f"The party's {exc.field}: {exc}"]}) from exc


def give_back(
    step: Posting, book: Book, party: Patron, *, method: str, reason: str, note: str, external_reference: str = ""
) -> list[Payment]:
    """Add to `step` what gives all that is left of `party` back, by one method; return the refunds.

    Raises BadEntry, TooManyEntries.
    """
    return [
        step.add(
            book.event,
            drafts.refund(
                entry,
                book.event,
                amount_cents=left.amount_cents,
                tip_cents=left.tip_cents,
                method=method,
                reason=reason,
                note=note,
                external_reference=external_reference,
                paid_at=None,
            ),
            party=party,
        )
        for entry, left in _left_of(book, party)
    ]


def _left_of(book: Book, party: Patron) -> list[tuple[Payment, Left]]:
    listed = book.left_of_party(party.ulid)
    if len(listed) > MOST_ENTRIES:
        raise TooManyEntries(f"{party.name} has {len(listed)} payments; {MOST_ENTRIES} go at once. Refund single ones.")
    return listed
