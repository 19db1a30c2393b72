"""The ledger: the only place that moves money.

Entries are added, never edited or deleted. One transaction writes the entry, the departure's and the party's totals,
the audit entry, the receipt's letter and the request's key. It expects the departure's chain to end where it was read,
so the entries of one departure follow each other one by one, whoever writes them; who comes second links up anew.

A request's key is used once and for ever: the same request again gets the first answer, another one is refused.
`OutcomeUnknown` passes through: the entry may be stored, and the same key may be sent again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings

from events import turns
from events.rows import Event, Patron
from events.slugs import BadSlug, parse
from events.turns import DepartureBusy as LedgerBusy
from payments import drafts
from payments.drafts import BadEntry, Draft
from payments.keys import KeyReused, Recorded, Request
from payments.posting import Posting
from payments.rows import Kind, Origin, Payment
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
    "KeyReused",
    "LedgerBusy",
    "NotToBeVoided",
    "Recorded",
    "UnknownEvent",
    "UnknownReference",
    "record",
    "void",
]

# Seconds after which no further try starts; the function's own budget is thirty.
PATIENCE = 10.0
FIRST_PAUSE = 0.02
LONGEST_PAUSE = 1.0
NO_SUCH_PARTY = "No such party on this departure."

_ULID = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")


class UnknownEvent(LookupError):
    """No departure has this slug, or it is malformed: whoever asks is told the same."""

    def __init__(self) -> None:
        super().__init__("There is no such departure.")


class UnknownReference(LookupError):
    """No entry of the departure has this reference."""

    def __init__(self) -> None:
        super().__init__("The departure has no entry of this reference.")


class NotToBeVoided(Exception):
    """The entry is of a kind that is not voided, or something hangs on it. Says why."""


class AlreadyVoid(NotToBeVoided):
    """The entry is void; says who voided it and when."""


class AlreadyRefunded(NotToBeVoided):
    """Money was given back on the entry; that has to be voided first."""


@dataclass(frozen=True)
class _Page:
    """What a payment has to know of its departure."""

    event: Event
    party: Patron | None = None


@dataclass(frozen=True)
class _Book:
    """A departure's whole ledger."""

    event: Event
    entries: list[Payment]
    parties: dict[str, Patron]


@dataclass(frozen=True)
class _Posted:
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
    mail_receipt: bool = True,
    imported: bool = False,
) -> Recorded:
    """Add a payment. One read, unless the departure's row is given and no party named, and one TransactWriteItems.

    event: a slug, or the row as read just now. key: the request's own, of any length. patron_id: the party's.
    received_by: who took the money, `by` when it is left out. paid_at: now when left out; of a day, its noon at the
    dock. imported: marks the entry and mails nobody.
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
            origin=Origin.IMPORT if imported else Origin.STAFF,
        )
        request = Request.to(slug, key, draft, given_paid_at=paid_at, given_received_by=received_by)
        if ulid and page.party is None:
            posted = _answered_without_party(request)
        else:
            posted = _post_payment(page, draft, request, by=by, with_receipt=mail_receipt and not imported)
    return _delivered(posted)


def _answered_without_party(request: Request) -> _Posted:
    # A party whose payments are void may have left the manifest since this very request was answered.
    answered = request.answered()
    if answered is None:
        raise BadEntry({"patron_id": [NO_SUCH_PARTY]})
    return _Posted(answered)


def _post_payment(page: _Page, draft: Draft, request: Request, *, by: By, with_receipt: bool) -> _Posted:
    for _ in tries(seconds=PATIENCE, first_pause=FIRST_PAUSE, longest_pause=LONGEST_PAUSE):
        step = Posting(page.event, by=by, request=request)
        step.add(draft, party=page.party)
        if draft.patron_email and with_receipt:
            step.write_receipt(page.party)
        try:
            return _Posted(step.commit(), step.letter)
        except Conflict as conflict:
            answered = request.answered_in(conflict)
            if answered:
                return _Posted(answered)
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

    Raises UnknownEvent, UnknownReference, AlreadyVoid, AlreadyRefunded, NotToBeVoided, and what `record` raises.
    """
    with turns.taken(event, patience=PATIENCE):
        posted = _post_void(event, reference, reason=reason, note=note, by=by, key=key)
    return _delivered(posted)


def _post_void(slug: str, reference: str, *, reason: str, note: str, by: By, key: str | None) -> _Posted:
    for _ in tries(seconds=PATIENCE, first_pause=FIRST_PAUSE, longest_pause=LONGEST_PAUSE):
        book = _read_whole(slug)
        entry = _find(book, reference)
        draft = drafts.void(entry, reason=reason, note=note)
        request = Request.to(slug, key, draft)
        refusal = _why_not_void(book, entry)
        if refusal is not None:
            # It may be void by this very request, whose answer was lost.
            answered = request.answered()
            if answered:
                return _Posted(answered)
            raise refusal
        step = Posting(book.event, by=by, request=request)
        step.add(draft, party=book.parties.get(entry.patron_id), undoes=entry)
        try:
            return _Posted(step.commit(), step.letter)
        except Conflict as conflict:
            answered = request.answered_in(conflict)
            if answered:
                return _Posted(answered)
            _expect_contention(conflict)
    raise LedgerBusy(f"too many write to {slug} at once; nothing was written")


def _delivered(posted: _Posted) -> Recorded:
    # After the turn: a slow provider keeps nobody from the ledger. What goes wrong stays with the letter.
    if posted.letter is not None:
        outbox.deliver(posted.letter)
    return posted.answer


def _read_for_payment(event: str | Event, patron_ulid: str) -> _Page:
    """Return the page, without a party where none is named, or the one that is named is not there."""
    if not patron_ulid:
        return _Page(event if isinstance(event, Event) else _event(event))
    slug = _checked(event if isinstance(event, str) else event.slug)
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
    event = Event.fetch(slug=_checked(slug))
    if event is None:
        raise UnknownEvent
    return event


def _checked(slug: str) -> str:
    try:
        return str(parse(slug))
    except BadSlug as exc:
        raise UnknownEvent from exc


def _read_whole(slug: str) -> _Book:
    # The departure's own row comes before its entries, so it is never newer than they are: what slips in between
    # moves the chain's end, and the transaction sees it.
    rows = Row.collection(Event.keys_for(slug=_checked(slug))[0])
    event = next((row for row in rows if isinstance(row, Event)), None)
    if event is None:
        raise UnknownEvent
    return _Book(
        event,
        entries=[row for row in rows if isinstance(row, Payment)],
        parties={row.ulid: row for row in rows if isinstance(row, Patron)},
    )


def _find(book: _Book, reference: str) -> Payment:
    wanted = reference.upper()
    for entry in book.entries:
        if entry.reference == wanted:
            return entry
    raise UnknownReference


def _why_not_void(book: _Book, entry: Payment) -> NotToBeVoided | None:
    if entry.entry_kind not in (Kind.PAYMENT, Kind.REFUND):
        return NotToBeVoided(f"{entry.reference} is a {entry.entry_kind}; only payments and refunds are voided.")
    voided = {each.corrects: each for each in book.entries if each.entry_kind == Kind.VOID}
    if entry.reference in voided:
        by = voided[entry.reference]
        at = by.recorded_at.astimezone(book.event.zone)
        return AlreadyVoid(f"Already voided by {by.recorded_by_name or by.recorded_by} on {at:%-d %b %Y at %H:%M}.")
    refunds = [e for e in book.entries if e.entry_kind == Kind.REFUND and e.corrects == entry.reference]
    if any(refund.reference not in voided for refund in refunds):
        return AlreadyRefunded(f"Money was given back on {entry.reference}; void the refund first.")
    return None
