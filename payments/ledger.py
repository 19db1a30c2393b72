"""The ledger: the only place that moves money.

Entries are added, never edited or deleted. One transaction writes the entry, the departure's and the party's totals,
the tally of its day, the audit entry, the receipt's letter and the request's key. It expects the departure's chain to
end where it was read, so the entries of one departure follow each other one by one, whoever writes them; who comes
second links up anew, and so what was read of earlier entries holds: an entry is voided once, and never more is given
back than is left of it.

A request's key is used once and for ever: the same request again gets the first answer, another one is refused.
`OutcomeUnknown` passes through: the entry may be stored, and the same key may be sent again.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.conf import settings

from events import turns
from events.errors import EventFull
from events.rows import Event, Patron
from events.turns import DepartureBusy as LedgerBusy
from payments import books, drafts, emails, moves, summaries
from payments.books import Book
from payments.drafts import BadEntry, Draft
from payments.keys import KeyReused, Recorded, Request
from payments.posting import Posting
from payments.refusals import (
    AlreadyRefunded,
    AlreadyVoid,
    MoreThanIsLeft,
    NothingLeft,
    NotToBeRefunded,
    NotToBeVoided,
    Refused,
    UnknownEvent,
    UnknownReference,
)
from payments.rows import Origin, Payment
from scc.dynamo.errors import Conflict
from scc.dynamo.rows import Row
from scc.dynamo.tries import tries
from scc.mail import outbox
from scc.mail.rows import Letter
from scc.staff.actors import By

__all__ = [
    "AlreadyRefunded",
    "AlreadyVoid",
    "BadEntry",
    "EventFull",
    "KeyReused",
    "LedgerBusy",
    "MoreThanIsLeft",
    "NotToBeRefunded",
    "NotToBeVoided",
    "NothingLeft",
    "Recorded",
    "Refused",
    "UnknownEvent",
    "UnknownReference",
    "correct",
    "record",
    "refund",
    "transfer",
    "void",
]

# Seconds after which no further try starts; the function's own budget is thirty.
PATIENCE = 10.0
FIRST_PAUSE = 0.02
LONGEST_PAUSE = 1.0
NO_SUCH_PARTY = "No such party on this departure."

_ULID = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")


@dataclass(frozen=True)
class _Page:
    """What a payment has to know of its departure."""

    event: Event
    party: Patron | None = None


@dataclass(frozen=True)
class Change:
    """What a request is about to write, and what the audit entry says of it."""

    step: Posting
    action: str
    summary: str


@dataclass(frozen=True)
class Posted:
    """What was written, or answered before, and the letter that is to go out."""

    answer: Recorded
    letter: Letter | None = None


def record(
    *,
    event: str | Event,
    patron_name: str,
    amount_cents: int,
    method: str,
    by: By,
    key: str | None = None,
    tip_cents: int = 0,
    patron_id: str = "",
    patron_email: str = "",
    received_by: str = "",
    note: str = "",
    external_reference: str = "",
    paid_at: datetime | date | None = None,
    currency: str = "",
) -> Recorded:
    """Add a payment. One read, unless the departure's row is given and no party named, and one TransactWriteItems.

    event: a slug, or the row as read just now. method: the code of one that is offered. key: the request's own, of any
    length. patron_id: the party's. received_by: who took the money, `by` when it is left out. paid_at: now when left
    out; of a day, its noon at the dock.
    A departure may be cancelled and a party may owe nothing: money in hand can always be recorded.
    Raises UnknownEvent, BadEntry, KeyReused, LedgerBusy, StoreUnavailable (nothing was written) and OutcomeUnknown.
    """
    slug = event if isinstance(event, str) else event.slug
    ulid = patron_id.removeprefix(f"{slug}.")
    with turns.taken(slug, patience=PATIENCE):
        page = _read_for_payment(event, ulid)
        draft = drafts.payment(
            page.event,
            patron_name=patron_name,
            amount_cents=amount_cents,
            method=method,
            tip_cents=tip_cents,
            patron_id=ulid,
            patron_email=patron_email,
            received_by=received_by or by.username,
            note=note,
            external_reference=external_reference,
            paid_at=paid_at,
            currency=currency or settings.SCC_CURRENCY,
            origin=Origin.STAFF,
        )
        request = Request.to(slug, key, draft, given_paid_at=paid_at, given_received_by=received_by)
        if refusal := drafts.lacking(draft) or _without_party(page, ulid):
            posted = answered_or(refusal, request)
        else:
            posted = _post_payment(page, draft, request, by=by)
    return delivered(posted)


def _without_party(page: _Page, ulid: str) -> BadEntry | None:
    # A party whose payments are void may have left the manifest since this very request was answered.
    return BadEntry({"patron_id": [NO_SUCH_PARTY]}) if ulid and page.party is None else None


def _post_payment(page: _Page, draft: Draft, request: Request, *, by: By) -> Posted:
    mailed = bool(draft.patron_email)
    for _ in tries(seconds=PATIENCE, first_pause=FIRST_PAUSE, longest_pause=LONGEST_PAUSE):
        step = Posting(by=by, request=request, mailed=mailed)
        entry = step.add(page.event, draft, party=page.party)
        if mailed:
            _write_receipt(step, page.event, entry, page.party)
        try:
            return Posted(step.commit(action="payment", summary=summaries.logged(entry)), step.letter)
        except Conflict as conflict:
            answered = request.answered_in(conflict)
            if answered:
                return Posted(answered)
            page = _read_after(conflict, page)
    raise LedgerBusy(f"too many write to {page.event.slug} at once; nothing was written")


def void(
    *,
    event: str,
    reference: str,
    reason: str,
    by: By,
    key: str | None = None,
    note: str = "",
) -> Recorded:
    """Take an entry back: it counts in no total any more. One Query of the departure and one TransactWriteItems.

    reason: any words; see `payments.reasons` for those that forms offer.
    Raises UnknownEvent, UnknownReference, AlreadyVoid, AlreadyRefunded, NotToBeVoided, and what `record` raises.
    """

    def prepare() -> Change | Posted:
        book = books.read(event)
        entry = book.find(reference)
        draft = drafts.void(entry, reason=reason, note=note)
        request = Request.to(event, key, draft)
        if refusal := book.why_not_void(entry):
            return answered_or(refusal, request)
        step = Posting(by=by, request=request, about=entry)
        taken_back = step.add(book.event, draft, party=book.parties.get(entry.patron_id), undoes=entry)
        return Change(step, "void", summaries.voided(taken_back))

    return post(prepare, on=[event])


def refund(
    *,
    event: str,
    reference: str,
    amount_cents: int,
    method: str,
    reason: str,
    by: By,
    key: str | None = None,
    tip_cents: int = 0,
    note: str = "",
    external_reference: str = "",
    paid_at: datetime | date | None = None,
    mail: bool = True,
) -> Recorded:
    """Give money of an entry back, in part or whole. It counts from the moment in which it is recorded.

    amount_cents: above zero, at most what is left of the entry. tip_cents: of the entry's tip, likewise.
    method: how it is given back. mail: whether the patron gets a letter, where the entry has an address.
    One Query of the departure and one TransactWriteItems. Raises UnknownEvent, UnknownReference, AlreadyVoid,
    MoreThanIsLeft, NotToBeRefunded, and what `record` raises.
    """

    def prepare() -> Change | Posted:
        book = books.read(event)
        entry = book.find(reference)
        draft = drafts.refund(
            entry,
            book.event,
            amount_cents=amount_cents,
            tip_cents=tip_cents,
            method=method,
            reason=reason,
            note=note,
            external_reference=external_reference,
            paid_at=paid_at,
        )
        request = Request.to(event, key, draft, given_paid_at=paid_at)
        refusal = book.why_not_refund(entry, amount_cents=amount_cents, tip_cents=tip_cents) or drafts.lacking(draft)
        if refusal:
            return answered_or(refusal, request)
        mailed = mail and bool(entry.patron_email)
        step = Posting(by=by, request=request, mailed=mailed, about=entry)
        party = book.parties.get(entry.patron_id)
        given = step.add(book.event, draft, party=party)
        if mailed:
            _write_receipt(step, book.event, given, party)
        return Change(step, "refund", summaries.refunded(given))

    return post(prepare, on=[event])


def correct(
    *,
    event: str,
    reference: str,
    patron_name: str,
    amount_cents: int,
    method: str,
    by: By,
    key: str | None = None,
    tip_cents: int = 0,
    patron_id: str | None = None,
    patron_email: str = "",
    received_by: str = "",
    note: str = "",
    external_reference: str = "",
    paid_at: datetime | date | None = None,
) -> Recorded:
    """Put a payment right: void it and add what it should have been, in one transaction. No money moves.

    What is left out stays as it was of: paid_at, received_by, and the party; a patron_id of "" is no party. All else is
    as for `record`, whole. The answer's entry is the new one. One Query of the departure and one TransactWriteItems.
    Raises what `void` and `record` raise.
    """

    def prepare() -> Change | Posted:
        book = books.read(event)
        entry = book.find(reference)
        party_id = str(entry.patron_id) if patron_id is None else patron_id.removeprefix(f"{event}.")
        if party_id and not _ULID.fullmatch(party_id):
            raise BadEntry({"patron_id": [NO_SUCH_PARTY]})
        draft = drafts.payment(
            book.event,
            patron_name=patron_name,
            amount_cents=amount_cents,
            method=method,
            tip_cents=tip_cents,
            patron_id=party_id,
            patron_email=patron_email,
            received_by=received_by or entry.received_by,
            note=note,
            external_reference=external_reference,
            paid_at=paid_at or entry.paid_at,
            currency=entry.currency,
            origin=Origin.STAFF,
        )
        draft = replace(draft, corrects=entry.reference)
        request = Request.to(event, key, draft, given_paid_at=paid_at, given_received_by=received_by)
        gone = BadEntry({"patron_id": [NO_SUCH_PARTY]}) if party_id and party_id not in book.parties else None
        if refusal := book.why_not_correct(entry) or drafts.lacking(draft) or gone:
            return answered_or(refusal, request)
        return _correction(book, entry, draft, request, by=by)

    return post(prepare, on=[event])


def _correction(book: Book, entry: Payment, draft: Draft, request: Request, *, by: By) -> Change:
    mailed = bool(draft.patron_email)
    step = Posting(by=by, request=request, mailed=mailed, about=entry)
    undone = drafts.void_of_corrected(entry)
    step.add(book.event, undone, party=book.parties.get(entry.patron_id), undoes=entry, leads=False)
    party = book.parties.get(draft.patron_id)
    after = step.add(book.event, draft, party=party)
    if mailed:
        _write_receipt(step, book.event, after, party)
    return Change(step, "corrected", summaries.corrected(entry, after))


def transfer(*, event: str, party_id: str, to_event: str, by: By, key: str | None = None, note: str = "") -> Recorded:
    """Carry all that is left of a party's payments over to another departure, as credit there, in one transaction.

    The party is booked on `to_event`, at its old price, unless a party of the same name and address is there. The
    answer's entry is the first that left `event`. Two Queries and one TransactWriteItems.
    Raises UnknownEvent, NothingLeft, EventFull, BadEntry (`party_id`, `to_event`), and what `record` raises.
    """
    ulid = party_id.removeprefix(f"{event}.")

    def prepare() -> Change | Posted:
        book, other = books.read(event), books.read(to_event)
        party = book.parties.get(ulid)
        if party is None:
            raise BadEntry({"party_id": [NO_SUCH_PARTY]})
        request = Request.of(event, key, {"kind": "transfer", "patron_id": ulid, "to": to_event, "note": note})
        if not book.left_of_party(ulid):
            return answered_or(NothingLeft(f"Nothing is left of what {party.name} paid."), request)
        step = Posting(by=by, request=request, mailed=bool(party.email), about=party)
        gone = moves.carry_over(step, book, other, party, note=note)
        cents = sum(entry.amount_cents for entry in gone)
        if party.email:
            content = emails.carried_over(gone, book.event, other.event)
            step.write(content, kind="transfer", to=party.email)
        return Change(step, "transfer", summaries.carried(gone[0], cents))

    return post(prepare, on=[event, to_event])


# How a request is written


def post(prepare: Callable[[], Change | Posted], *, on: list[str], deliver: bool = True) -> Recorded:
    """Write what `prepare` gives, anew each time that someone was faster, and deliver its letter.

    prepare: reads, and returns what is to be written, or what this request was answered before. on: the slugs of the
    departures that it writes to. deliver: whether to send the letter at once; the sweeper does it otherwise.
    Raises what `prepare` raises, LedgerBusy, and what `Unit.commit` raises.
    """
    with ExitStack() as turn:
        # In one order, so that two who write to the same two departures do not wait for each other.
        for slug in sorted(set(on)):
            turn.enter_context(turns.taken(slug, patience=PATIENCE))
        posted = _posted(prepare, on)
    return delivered(posted) if deliver else posted.answer


def _posted(prepare: Callable[[], Change | Posted], on: list[str]) -> Posted:
    for _ in tries(seconds=PATIENCE, first_pause=FIRST_PAUSE, longest_pause=LONGEST_PAUSE):
        change = prepare()
        if isinstance(change, Posted):
            return change
        step = change.step
        try:
            return Posted(step.commit(action=change.action, summary=change.summary), step.letter)
        except Conflict as conflict:
            answered = step.request.answered_in(conflict)
            if answered:
                return Posted(answered)
            _expect_contention(conflict)
    raise LedgerBusy(f"too many write to {' and '.join(on)} at once; nothing was written")


def answered_or(refusal: Refused | BadEntry, request: Request) -> Posted:
    """Return what this request was answered before, or raise `refusal`. One GetItem."""
    # What stands in the way may be this very request, whose answer was lost.
    answered = request.answered()
    if answered is None:
        raise refusal
    return Posted(answered)


def delivered(posted: Posted) -> Recorded:
    """Send the letter, if there is one, and return the answer."""
    # After the turn: a slow provider keeps nobody from the ledger. What goes wrong stays with the letter.
    if posted.letter is not None:
        outbox.deliver(posted.letter)
    return posted.answer


def _write_receipt(step: Posting, event: Event, entry: Payment, party: Patron | None) -> None:
    content = emails.receipt(entry, event, balance_cents=step.balance_of(event, party))
    step.write(content, kind="receipt", to=entry.patron_email)


# What a payment reads


def _read_for_payment(event: str | Event, patron_ulid: str) -> _Page:
    """Return the page, without a party where none is named, or the one that is named is not there."""
    if not patron_ulid:
        return _Page(event if isinstance(event, Event) else _event(event))
    slug = books.checked(event if isinstance(event, str) else event.slug)
    if not _ULID.fullmatch(patron_ulid):
        raise BadEntry({"patron_id": [NO_SUCH_PARTY]})
    places = [Event.keys_for(slug=slug), Patron.keys_for(event_id=slug, ulid=patron_ulid)]
    found = Row.fetch_many(places)
    row, party = (found.get(place) for place in places)
    if not isinstance(row, Event):
        raise UnknownEvent
    return _Page(row, party if isinstance(party, Patron) else None)


def _read_after(conflict: Conflict, page: _Page) -> _Page:
    """Return the page as it is now. The table sends the departure's row along with its refusal."""
    _expect_contention(conflict)
    if page.party is not None:
        page = _read_for_payment(page.event.slug, page.party.ulid)
        if page.party is None:
            raise BadEntry({"patron_id": [NO_SUCH_PARTY]})
        return page
    failure = conflict.failure_of(page.event)
    if failure is None or not isinstance(failure.stored, Event):
        raise UnknownEvent
    return _Page(failure.stored)


def _expect_contention(conflict: Conflict) -> None:
    # Anything else that is not as expected would be no better at the next try.
    if not all(isinstance(failure.row, Event | Patron) for failure in conflict.failures):
        raise conflict


def _event(slug: str) -> Event:
    event = Event.fetch(slug=books.checked(slug))
    if event is None:
        raise UnknownEvent
    return event
