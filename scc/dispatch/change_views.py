"""The pages that void, refund or correct an entry: how is asked for, and done."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from payments import changes, ledger
from payments.change_forms import ChangeForm
from payments.changes import Change
from payments.keys import Recorded
from payments.rows import Kind
from scc.dispatch import entries
from scc.dispatch.access import allowed
from scc.dispatch.entries import Page
from scc.dispatch.entry_views import get_page_or_404
from scc.dispatch.wording import choices
from scc.dynamo.errors import OutcomeUnknown, StoreUnavailable
from scc.middleware import RETRY_AFTER
from scc.staff.actors import By

REFUSALS = (ledger.BadEntry, ledger.Refused, ledger.KeyReused)
UNKNOWN = "Not known whether it was {done}: send again (nothing can be counted twice)."
UNAVAILABLE = "Not {done}: the records do not answer. What you typed is kept; send again in a moment."

View = Callable[[HttpRequest, str, str], HttpResponse]


def changing(change: Change) -> View:
    """Return the view that asks how, and does it: 303 to the entry's page, or the form with what stands in the way."""

    @require_http_methods(["GET", "HEAD", "POST"])
    @allowed(change.permission)
    def view(request: HttpRequest, slug: str, reference: str) -> HttpResponse:
        if request.method == "POST":
            return _act(request, change, slug, reference)
        page = get_page_or_404(slug, reference)
        form = change.form(initial=change.form.initial_of(page.book, page.payment))
        return _ask(request, change, page, form)

    # By which `manage.py routes` names it.
    view.__name__ = view.__qualname__ = change.code
    return view


def _act(request: HttpRequest, change: Change, slug: str, reference: str) -> HttpResponse:
    form = change.form(request.POST)
    if not form.is_valid():
        return _ask(request, change, get_page_or_404(slug, reference), form, status=422)
    try:
        recorded = form.send(event=slug, reference=reference, by=cast(By, request.user))
    except (ledger.UnknownEvent, ledger.UnknownReference) as exc:
        raise Http404(str(exc)) from exc
    except REFUSALS as exc:
        return _refused(request, change, get_page_or_404(slug, reference), form, exc)
    except (OutcomeUnknown, StoreUnavailable) as exc:
        return _unanswered(request, change, (slug, reference), form, exc)
    return HttpResponseRedirect(_result(reference, recorded), status=303)


def _ask(
    request: HttpRequest, change: Change, page: Page, form: ChangeForm, *, status: int = 200, unknown: bool = False
) -> HttpResponse:
    form.show_with(page.book, page.payment)
    context = {
        "page": page,
        "event": page.event,
        "change": change,
        "form": form,
        # What may have been done is asked for again under its key, whatever the ledger shows by now.
        "why_not": None if unknown else change.why_not(page.book, page.payment),
        "unknown": unknown,
        "choices": choices(form.methods),
    }
    return render(request, f"dispatch/entry_{change.code}.html", context, status=status)


def _refused(request: HttpRequest, change: Change, page: Page, form: ChangeForm, exc: Exception) -> HttpResponse:
    form.show_with(page.book, page.payment)
    form.refuse(exc)
    return _ask(request, change, page, form, status=422 if isinstance(exc, ledger.BadEntry) else 409)


def _unanswered(
    request: HttpRequest,
    change: Change,
    place: tuple[str, str],
    form: ChangeForm,
    exc: OutcomeUnknown | StoreUnavailable,
) -> HttpResponse:
    unknown = isinstance(exc, OutcomeUnknown)
    try:
        page = entries.find(*place)
    except StoreUnavailable:
        # Which of the two it was must not be lost: the one says that nothing was written.
        raise exc from None
    form.add_error(None, (UNKNOWN if unknown else UNAVAILABLE).format(done=change.done))
    response = _ask(request, change, page, form, status=503, unknown=unknown)
    response.headers["Retry-After"] = str(RETRY_AFTER)
    return response


def _result(reference: str, recorded: Recorded) -> str:
    """Return the entry's page with what was done; a corrected payment's is the new one's."""
    done = recorded.payment
    about = done.reference if done.entry_kind == Kind.PAYMENT else reference.upper()
    place = reverse("dispatch:entry", args=[done.event_id, about])
    return f"{place}?did={done.reference}{'&again' if recorded.replayed else ''}"


void, refund, correct = changing(changes.VOID), changing(changes.REFUND), changing(changes.CORRECT)
