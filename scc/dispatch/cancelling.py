"""Calling a departure off: what becomes of each party's money is asked for all of them on one page."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from events import bookings, calendar
from events.errors import BookingError
from events.rows import Event, Patron, Status
from payments import books, cancelling, ledger, methods
from payments.books import Book
from payments.cancelling import Choice, Settlement
from payments.reasons import RefundReason
from payments.rows import Kind
from scc.dispatch import boards
from scc.dispatch.access import allowed
from scc.dispatch.departures import day_words, short
from scc.dynamo.errors import Conflict, OutcomeUnknown, StoreUnavailable
from scc.staff.actors import By

# How far ahead another departure is offered, and how many. Any other can be had by its address.
OFFERED_AHEAD = timedelta(days=90)
MOST_OFFERED = 60
BY_HAND = "by_hand"


@dataclass(frozen=True)
class Outcome:
    """What came of one party's settlement."""

    name: str
    words: str
    is_done: bool


@dataclass(frozen=True)
class Line:
    """A party on the page."""

    party: Patron
    book: Book
    near: Sequence[Goal] = ()

    @property
    def goals(self) -> list[Goal]:
        """The departures that have room for the party."""
        return [goal for goal in self.near if goal.room >= self.party.size]

    @property
    def left_cents(self) -> int:
        return sum(left.amount_cents for _, left in self.book.left_of_party(self.party.ulid))

    @property
    def tip_cents(self) -> int:
        return sum(left.tip_cents for _, left in self.book.left_of_party(self.party.ulid))

    @property
    def left(self) -> str:
        return short(self.left_cents, self.book.event.currency)

    @property
    def tip(self) -> str:
        return short(self.tip_cents, self.book.event.currency) if self.tip_cents else ""

    @property
    def method(self) -> str:
        """The method by which most of it came."""
        paid = [entry for entry, _ in self.book.left_of_party(self.party.ulid) if entry.entry_kind == Kind.PAYMENT]
        return max(paid, key=lambda entry: entry.amount_cents).method if paid else ""

    @property
    def is_told(self) -> bool:
        return self.party.told_cancelled_at is not None

    @property
    def is_open(self) -> bool:
        """Whether anything is left to do: money, or a letter."""
        return self.left_cents > 0 or bool(self.party.email and not self.is_told)


@dataclass(frozen=True)
class Goal:
    """A departure to which credit may be carried over."""

    event: Event

    @property
    def room(self) -> int:
        return max(0, self.event.capacity - self.event.booked)

    def __str__(self) -> str:
        when = f"{day_words(self.event.date, calendar.today())}, {self.event.starts_local:%H:%M}"
        return f"{when}, {self.event.title} (room for {self.room})"


@require_http_methods(["GET", "HEAD", "POST"])
@allowed("events.change_event")
def cancel(request: HttpRequest, slug: str) -> HttpResponse:
    """Show what is to be decided; a POST calls the departure off and does what was decided."""
    book = _get_book_or_404(slug)
    if request.method != "POST":
        return _page(request, book)
    try:
        event = _called_off(book.event, by=cast(By, request.user))
    except (BookingError, Conflict) as exc:
        words = "Someone changed the departure at the same moment." if isinstance(exc, Conflict) else str(exc)
        return _page(request, _get_book_or_404(slug), refusal=f"Not cancelled. {words} Look again.", status=409)
    outcomes = [_settled(request, event, Line(party, book)) for party in book.parties.values()]
    done = [outcome for outcome in outcomes if outcome is not None]
    status = 200 if all(outcome.is_done for outcome in done) else 409
    return _page(request, _get_book_or_404(slug), outcomes=done, status=status)


def _called_off(event: Event, *, by: By) -> Event:
    if event.status == Status.CANCELLED:
        return event
    if event.status == Status.COMPLETED:
        raise BookingError("It has sailed.")
    return bookings.cancel(event=event, by=by)


def _settled(request: HttpRequest, event: Event, line: Line) -> Outcome | None:
    if not line.is_open:
        return None
    settlement = _asked(request, line)
    name = line.party.name
    try:
        if settlement.choice != Choice.LEAVE and not request.user.has_perm("payments.refund_payment"):
            return Outcome(name, "left as it is: your role may not give money back.", is_done=False)
        cancelling.settle(
            event=event.slug, settlement=settlement, by=cast(By, request.user), key=f"{_key(request)}:{line.party.ulid}"
        )
    except ledger.BadEntry as exc:
        return Outcome(name, " ".join(text for texts in exc.errors.values() for text in texts), is_done=False)
    except (ledger.Refused, ledger.KeyReused, ledger.EventFull, ledger.UnknownEvent) as exc:
        return Outcome(name, str(exc), is_done=False)
    except (OutcomeUnknown, StoreUnavailable):
        return Outcome(name, "not known whether it was done; see below, and send it again.", is_done=False)
    return Outcome(name, _said(settlement, line), is_done=True)


def _asked(request: HttpRequest, line: Line) -> Settlement:
    """Return what the form says of one party. What it does not say is left as it is."""
    ulid = line.party.ulid
    given = request.POST.get(f"choice-{ulid}", "")
    choice = Choice(given) if given in Choice.values and line.left_cents else Choice.LEAVE
    goal = request.POST.get(f"to-{ulid}", "")
    reason = request.POST.get("reason", "").strip() or RefundReason.WEATHER.value
    return Settlement(
        ulid,
        choice,
        to_event=(request.POST.get(f"slug-{ulid}", "").strip() if goal in {"", BY_HAND} else goal),
        method=request.POST.get(f"method-{ulid}", ""),
        reason=reason,
    )


def _said(settlement: Settlement, line: Line) -> str:
    letter = ", letter written" if line.party.email else ", no e-mail address: tell them"
    if settlement.choice == Choice.CARRY:
        return f"{line.left} carried over to {settlement.to_event}{letter}."
    if settlement.choice == Choice.REFUND:
        return f"{line.left} given back, {methods.label(settlement.method).lower()}{letter}."
    return f"told{letter}." if not line.left_cents else f"{line.left} left as credit{letter}."


def _key(request: HttpRequest) -> str:
    return request.POST.get("key", "")[:100]


def _page(
    request: HttpRequest,
    book: Book,
    *,
    outcomes: Iterable[Outcome] = (),
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    near = _goals(book.event)
    parties = sorted(book.parties.values(), key=lambda party: str(party.folded_name))
    lines = [Line(party, book, near) for party in parties]
    loose = [entry for entry in book.entries if not entry.patron_id and book.left_of(entry).amount_cents]
    context = {
        "event": book.event,
        "departure": boards.departure(book.event),
        "open_lines": [line for line in lines if line.is_open],
        "closed_lines": [line for line in lines if not line.is_open],
        "loose": short(sum(book.left_of(entry).amount_cents for entry in loose), book.event.currency) if loose else "",
        "by_hand": BY_HAND,
        "methods": methods.offered(),
        "reasons": RefundReason,
        "moves_money": request.user.has_perm("payments.refund_payment"),
        "sees_money": request.user.has_perm("payments.view_payment"),
        "outcomes": list(outcomes),
        "refusal": refusal,
        "key": _key(request) or secrets.token_urlsafe(16),
    }
    return render(request, "dispatch/cancel.html", context, status=status)


def _goals(event: Event) -> list[Goal]:
    """Return the departures of this year that are to sail. One Query, so near its end those of the next are typed."""
    today = calendar.today()
    last = min(today + OFFERED_AHEAD, today.replace(month=12, day=31))
    near = calendar.between(today, last, limit=MOST_OFFERED)
    now = timezone.now()
    return [Goal(each) for each in near if each.is_open and each.starts_at > now and each.slug != event.slug]


def _get_book_or_404(slug: str) -> Book:
    try:
        return books.read(slug)
    except ledger.UnknownEvent as exc:
        raise Http404(slug) from exc
