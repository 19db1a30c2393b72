"""The close of a day: looked at, made, and the entries behind it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import cast

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from events import calendar
from events.clock import LAST_DAY
from payments import closing
from payments.closing import BadClose, Standing
from payments.closing_rows import DayClose
from payments.drafts import FIRST_DAY
from payments.refusals import Refused
from payments.tills import Entry
from scc.dispatch import closes
from scc.dispatch.access import allowed
from scc.dispatch.close_forms import CloseForm
from scc.dispatch.departures import day_words
from scc.dynamo.errors import OutcomeUnknown, StoreUnavailable
from scc.middleware import RETRY_AFTER
from scc.staff.actors import By

UNKNOWN = "Not known whether the day was closed. Send again: nothing can be closed twice."
UNAVAILABLE = "Not closed: the records do not answer. What you counted is kept; send again in a moment."
NOT_YET = "Not closed yet. Look at this first."


@require_safe
@allowed("payments.view_payment")
def choose(request: HttpRequest) -> HttpResponse:
    """Go to the close of a day: of `?day=`, or of today."""
    text = request.GET.get("day", "")
    return redirect("dispatch:close", text if _parsed(text) else calendar.today().isoformat())


@require_http_methods(["GET", "HEAD", "POST"])
def close(request: HttpRequest, day: str) -> HttpResponse:
    return _act(request, day) if request.method == "POST" else _look(request, day)


@allowed("payments.view_payment")
def _look(request: HttpRequest, day: str) -> HttpResponse:
    return _page(request, closing.read(_day_or_404(day)))


@allowed("payments.close_day")
def _act(request: HttpRequest, day: str) -> HttpResponse:
    form = CloseForm.sent(request.POST)
    on = _day_or_404(day)
    if not form.is_valid():
        return _wrong(request, on, form)
    try:
        given = form.cleaned_data
        made = closing.close(
            day=on,
            counted=form.counted(),
            note=given["note"],
            seen=given["seen"],
            key=given["key"],
            by=cast(By, request.user),
        )
    except BadClose as exc:
        return _wrong(request, on, form, exc.errors)
    except Refused as exc:
        return _page(request, closing.read(on), form, words=str(exc), status=409)
    except (OutcomeUnknown, StoreUnavailable) as exc:
        return _unanswered(request, on, form, exc)
    return _to(made)


def _to(made: DayClose) -> HttpResponse:
    place = reverse("dispatch:close", args=[made.day.isoformat()])
    return HttpResponseRedirect(f"{place}#close-{made.number}", status=303)


def _wrong(
    request: HttpRequest, day: date, form: CloseForm, errors: Mapping[str, list[str]] | None = None
) -> HttpResponse:
    standing = closing.read(day)
    if errors is None and standing.till is not None:
        # All that is wrong is said at once.
        errors = closing.miscounted(standing.till, form.counted())
    return _page(request, standing, form, errors=errors or {}, words=NOT_YET, status=422)


def _unanswered(
    request: HttpRequest, day: date, form: CloseForm, exc: OutcomeUnknown | StoreUnavailable
) -> HttpResponse:
    try:
        standing = closing.read(day)
    except StoreUnavailable:
        # Which of the two it was must not be lost: the one says that nothing was written.
        raise exc from None
    if made := closing.made_with(form.cleaned_data["key"], standing.closes):
        return _to(made)
    words = UNKNOWN if isinstance(exc, OutcomeUnknown) else UNAVAILABLE
    response = _page(request, standing, form, words=words, status=503)
    response.headers["Retry-After"] = str(RETRY_AFTER)
    return response


def _page(
    request: HttpRequest,
    standing: Standing,
    sent: CloseForm | None = None,
    *,
    errors: Mapping[str, list[str]] | None = None,
    words: str = "",
    status: int = 200,
) -> HttpResponse:
    page = closes.page_of(standing, sent)
    if errors and page.open is not None:
        page.open.form.refuse(errors)
    context = {"page": page, "words": words, "closes_days": request.user.has_perm("payments.close_day")}
    return render(request, "dispatch/close.html", context, status=status)


@require_safe
@allowed("payments.view_payment")
def open_entries(request: HttpRequest, day: str) -> HttpResponse:
    """Show the entries that a close of the day would take now."""
    standing = closing.read(_day_or_404(day))
    if standing.till is None:
        raise Http404(day)
    return _entries(request, standing.day, standing.till.entries)


@require_safe
@allowed("payments.view_payment")
def entries(request: HttpRequest, day: str, number: int) -> HttpResponse:
    """Show the entries that a close took."""
    found = closing.find(number)
    if found is None or found.day != _day_or_404(day):
        raise Http404(f"{day}/{number}")
    return _entries(request, found.day, closing.entries_of(found), number=number)


def _entries(request: HttpRequest, day: date, listed: list[Entry], *, number: int = 0) -> HttpResponse:
    words = day_words(day, calendar.today())
    context = {"day": day, "words": words, "number": number, "groups": closes.groups_of(listed)}
    return render(request, "dispatch/close_entries.html", context)


def _day_or_404(text: str) -> date:
    day = _parsed(text)
    if day is None:
        raise Http404(text)
    return day


def _parsed(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    # One address a day; Python reads further forms of it. And room for the days around.
    return day if day.isoformat() == text and FIRST_DAY < day < LAST_DAY else None
