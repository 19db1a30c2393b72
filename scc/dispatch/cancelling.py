"""Calling a departure off: what becomes of each party's money is asked for all of them on one page."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import cast

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from events import bookings
from events.errors import BookingError
from events.rows import Event, Status
from payments import books, ledger, methods
from payments.books import Book
from payments.reasons import RefundReason
from scc.dispatch import boards, settling
from scc.dispatch.access import allowed
from scc.dispatch.departures import short
from scc.dispatch.settling import BY_HAND, Outcome
from scc.dynamo.errors import Conflict
from scc.staff.actors import By

LONGEST_KEY = 100


@require_http_methods(["GET", "HEAD", "POST"])
@allowed("events.change_event")
def cancel(request: HttpRequest, slug: str) -> HttpResponse:
    """Show what is to be decided; a POST calls the departure off and does what was decided."""
    book = _get_book_or_404(slug)
    if request.method != "POST":
        return _page(request, book)
    return _act(request, book)


def _act(request: HttpRequest, book: Book) -> HttpResponse:
    lines = settling.lines(book, settling.goals(book.event), request.POST)
    if _moves_money(request) and any(line.fault for line in lines):
        return _page(request, book, status=422)
    try:
        _call_off(book.event, by=cast(By, request.user))
    except (BookingError, Conflict) as exc:
        words = "Someone changed the departure at the same moment." if isinstance(exc, Conflict) else str(exc)
        return _page(request, _get_book_or_404(book.event.slug), refusal=f"{words} Look again.", status=409)
    outcomes = settling.settle(
        lines,
        reason=request.POST.get("reason", "").strip(),
        by=cast(By, request.user),
        key=_key(request),
        moves_money=_moves_money(request),
    )
    status = 200 if all(outcome.is_done for outcome in outcomes) else 409
    return _page(request, _get_book_or_404(book.event.slug), outcomes=outcomes, status=status)


def _call_off(event: Event, *, by: By) -> None:
    """Cancel `event`, where nobody did it before. Raises BookingError, and Conflict when someone changed it."""
    if event.status == Status.CANCELLED:
        return
    if event.status == Status.COMPLETED:
        raise BookingError("It has sailed.")
    try:
        bookings.cancel(event=event, by=by)
    except Conflict:
        # Two people may call it off at once; what they decide for the parties is settled one by one.
        if books.read(event.slug).event.status != Status.CANCELLED:
            raise


def _page(
    request: HttpRequest,
    book: Book,
    *,
    outcomes: Sequence[Outcome] | None = None,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    near = settling.goals(book.event)
    lines = settling.lines(book, near, request.POST if request.method == "POST" else None, without=_done(outcomes))
    moves_money = _moves_money(request)
    open_lines = [line for line in lines if line.is_open(moves_money=moves_money)]
    context = {
        "event": book.event,
        "departure": boards.departure(book.event),
        "open_lines": open_lines,
        "closed_lines": [line for line in lines if line not in open_lines],
        "decided": [line for line in open_lines if line.left_cents],
        "near": near,
        "loose": _loose(book),
        "by_hand": BY_HAND,
        "methods": methods.offered(),
        "reasons": RefundReason,
        "reason": request.POST.get("reason", ""),
        "moves_money": moves_money,
        "sees_money": request.user.has_perm("payments.view_payment"),
        "is_faulty": status == 422,
        "is_sent": outcomes is not None,
        "outcomes": outcomes,
        "refusal": refusal,
        "key": _next_key(request, outcomes),
    }
    return render(request, "dispatch/cancel.html", context, status=status)


def _done(outcomes: Sequence[Outcome] | None) -> set[str]:
    """Return the parties of which the form starts anew."""
    return {outcome.line.party.ulid for outcome in outcomes or () if outcome.is_done}


def _loose(book: Book) -> str:
    """Return what is left of money that belongs to no party, "" when nothing is."""
    cents = sum(book.left_of(entry).amount_cents for entry in book.entries if not entry.patron_id)
    return short(cents, book.event.currency) if cents else ""


def _moves_money(request: HttpRequest) -> bool:
    return request.user.has_perm("payments.refund_payment")


def _key(request: HttpRequest) -> str:
    # Without one, what is sent twice is known by what is left: nothing is, the second time.
    return request.POST.get("key", "")[:LONGEST_KEY] or secrets.token_urlsafe(16)


def _next_key(request: HttpRequest, outcomes: Sequence[Outcome] | None) -> str:
    """Return the key of the form: the old one for as long as it is not known what came of it."""
    is_settled = outcomes is not None and all(outcome.is_known for outcome in outcomes)
    return secrets.token_urlsafe(16) if is_settled else _key(request)


def _get_book_or_404(slug: str) -> Book:
    try:
        return books.read(slug)
    except ledger.UnknownEvent as exc:
        raise Http404(slug) from exc
