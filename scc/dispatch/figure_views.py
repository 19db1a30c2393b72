"""The figures: a page of all, and each as a page of its own or, with `?part=`, as what goes into another page."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from events import calendar
from events.clock import FIRST_DAY, LAST_DAY
from scc.dispatch import figures
from scc.dispatch.access import allowed
from scc.dispatch.departures import Departure

# Departures that a chart names on the staff's index, where it is one thing of many.
INDEX_LINES = 6


@require_safe
@allowed("events.view_event")
def every(request: HttpRequest) -> HttpResponse:
    return render(request, "dispatch/figures.html")


@require_safe
@allowed("payments.view_payment")
def income(request: HttpRequest) -> HttpResponse:
    found = figures.income(_day_or_404(request, "until"))
    return _render(request, "income", {"income": found})


@require_safe
@allowed("payments.view_payment")
def balances(request: HttpRequest) -> HttpResponse:
    found = figures.balances(_year_or_404(request), most=_most(request))
    return _render(request, "balances", {"balances": found, "lines": _lines(request, found)})


@require_safe
@allowed("events.view_event")
def unsigned(request: HttpRequest) -> HttpResponse:
    found = figures.unsigned(_day_or_404(request, "from"), most=_most(request))
    return _render(request, "unsigned", {"unsigned": found, "lines": _lines(request, found)})


def _render(request: HttpRequest, name: str, context: dict[str, object]) -> HttpResponse:
    is_part = _is_part(request)
    template = f"dispatch/_figure_{name}.html" if is_part else f"dispatch/figure_{name}.html"
    return render(request, template, {**context, "is_part": is_part, "currency": settings.SCC_CURRENCY})


def _most(request: HttpRequest) -> int:
    return INDEX_LINES if request.GET.get("part") == "index" else figures.MOST_LINES


def _lines(request: HttpRequest, found: figures.Lines) -> list[Departure]:
    """Return the lines of the table: those of the chart, and on a page of its own all of them."""
    return found.shown if _is_part(request) else found.departures


def _is_part(request: HttpRequest) -> bool:
    return "part" in request.GET


def _day_or_404(request: HttpRequest, name: str) -> date:
    """Return the day that the address gives, today where it gives none."""
    text = request.GET.get(name, "")
    return _checked(text) if text else calendar.today()


def _year_or_404(request: HttpRequest) -> int:
    text = request.GET.get("year", "")
    return _checked(f"{text}-01-01").year if text else calendar.today().year


def _checked(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as exc:
        raise Http404(text) from exc
    # Room for the weeks before, and for the days behind.
    if not FIRST_DAY + figures.WEEKS * figures.WEEK <= day <= LAST_DAY - figures.WEEK:
        raise Http404(text)
    return day
