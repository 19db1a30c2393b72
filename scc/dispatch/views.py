"""The board, the event sheet and what its dialog asks for."""

from __future__ import annotations

from typing import cast

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from events import calendar
from payments import cards, changes, methods
from scc.dispatch import boards, posters, sheets, tips
from scc.dispatch.access import allowed
from scc.dispatch.departures import day_words
from scc.dispatch.wording import choices
from scc.staff.models import User


@require_safe
@allowed("events.view_event")
def board(request: HttpRequest) -> HttpResponse:
    before = request.GET.get("before", "")
    try:
        shown = boards.past(before) if before else boards.coming(request.GET.get("after", ""))
    except calendar.BadCursor as exc:
        raise Http404(str(exc)) from exc
    return render(
        request,
        "dispatch/board.html",
        {"board": shown, "today_words": day_words(shown.today, shown.today), **_may(request)},
    )


@require_safe
@allowed("events.view_event")
def sheet(request: HttpRequest, slug: str) -> HttpResponse:
    found = _get_sheet_or_404(slug)
    link = posters.waiver_link(slug)
    context = {"sheet": found, "link": link, "code": posters.code(link), **_tips(request, found), **_may(request)}
    return render(request, "dispatch/sheet.html", context)


@require_safe
@allowed("payments.view_payment")
def money(request: HttpRequest, slug: str) -> HttpResponse:
    return JsonResponse(sheets.money(_get_sheet_or_404(slug), now=timezone.now()))


@require_safe
@allowed("events.view_event")
def poster(request: HttpRequest, slug: str) -> HttpResponse:
    event = calendar.get_event(slug)
    if event is None:
        raise Http404(slug)
    link = posters.waiver_link(slug)
    departure = boards.departure(event)
    context = {"departure": departure, "link": link, "code": posters.code(link)}
    return render(request, "dispatch/poster.html", context)


def _get_sheet_or_404(slug: str) -> sheets.Sheet:
    found = sheets.read(slug)
    if found is None:
        raise Http404(slug)
    return found


def _tips(request: HttpRequest, sheet: sheets.Sheet) -> dict[str, object]:
    """Return everyone's share of the tips for who sees money, and for others their own."""
    if request.user.has_perm("payments.view_payment"):
        return {"tips": tips.of(sheet.event, sheet.assignments)}
    return {"own_share": tips.own(sheet.event, sheet.assignments, cast(User, request.user).person_id)}


def _may(request: HttpRequest) -> dict[str, object]:
    """Return what the templates ask: who may see money and log it, and by which methods."""
    return {
        "sees_money": request.user.has_perm("payments.view_payment"),
        "logs_money": request.user.has_perm("payments.add_payment"),
        "takes_cards": cards.is_on(),
        "changes_money": any(request.user.has_perm(change.permission) for change in changes.ALL),
        "carries_money": request.user.has_perm("payments.refund_payment"),
        "changes_events": request.user.has_perm("events.change_event"),
        "adds_events": request.user.has_perm("events.add_event"),
        "sees_evidence": request.user.has_perm("waivers.view_evidence"),
        "sets_kiosk": request.user.has_perm("waivers.change_kioskpin"),
        "choices": choices(methods.offered()),
        "zone": settings.SCC_TIME_ZONE,
    }
