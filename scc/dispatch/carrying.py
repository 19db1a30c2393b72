"""A party that sails another day: all that is left of what it paid goes with it, as credit."""

from __future__ import annotations

import secrets
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from events.rows import Patron
from payments import books, ledger
from payments.books import Book
from scc.dispatch import boards, settling
from scc.dispatch.access import allowed
from scc.dispatch.departures import short
from scc.dynamo.errors import OutcomeUnknown, StoreUnavailable
from scc.middleware import RETRY_AFTER
from scc.staff.actors import By

BY_HAND = "by_hand"
UNKNOWN = "Not known whether it was carried over. Send again: nothing can be counted twice."
UNAVAILABLE = "Not carried over: the records do not answer. Send again in a moment."


class CarryForm(forms.Form):
    """Where to. Its key is made with the form, so that a form sent twice carries once."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=100)
    to = forms.ChoiceField(label="Which departure", error_messages={"required": "Choose a departure."})
    slug = forms.CharField(
        label="Its address, such as 2026-05-23", required=False, max_length=80, widget=forms.TextInput
    )

    def __init__(self, *args: Any, goals: list[settling.Goal], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [(goal.event.slug, str(goal)) for goal in goals]
        to = cast(forms.ChoiceField, self.fields["to"])
        to.choices = [("", "Choose a departure"), *offered, (BY_HAND, "Another, by its address")]
        for name in ("to", "slug"):
            self.fields[name].widget.attrs["class"] = "input"

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("to") == BY_HAND and not given.get("slug", "").strip():
            raise ValidationError({"slug": "Write the departure's address."})
        return given

    @property
    def goal(self) -> str:
        """The slug that was chosen or written."""
        given = self.cleaned_data
        return str(given["slug"].strip() if given["to"] == BY_HAND else given["to"])


@require_http_methods(["GET", "HEAD", "POST"])
@allowed("payments.refund_payment")
def carry(request: HttpRequest, slug: str, ulid: str) -> HttpResponse:
    """Ask where to; a POST carries over, and leads to the other departure."""
    book, party = _get_party_or_404(slug, ulid)
    goals = [goal for goal in settling.goals(book.event) if goal.room >= party.size]
    if request.method != "POST":
        return _page(request, book, party, CarryForm(goals=goals, initial={"key": secrets.token_urlsafe(16)}))
    form = CarryForm(request.POST, goals=goals)
    if not form.is_valid():
        return _page(request, book, party, form, status=422)
    return _act(request, book, party, form)


def _act(request: HttpRequest, book: Book, party: Patron, form: CarryForm) -> HttpResponse:
    try:
        ledger.transfer(
            event=book.event.slug,
            party_id=party.ulid,
            to_event=form.goal,
            by=cast(By, request.user),
            key=form.cleaned_data["key"],
        )
    except ledger.BadEntry as exc:
        form.add_error("to", [text for texts in exc.errors.values() for text in texts])
        return _page(request, book, party, form, status=422)
    except (ledger.Refused, ledger.EventFull, ledger.KeyReused, ledger.UnknownEvent) as exc:
        form.add_error("to", str(exc))
        return _page(request, book, party, form, status=409)
    except (OutcomeUnknown, StoreUnavailable) as exc:
        form.add_error(None, UNKNOWN if isinstance(exc, OutcomeUnknown) else UNAVAILABLE)
        response = _page(request, book, party, form, status=503)
        response.headers["Retry-After"] = str(RETRY_AFTER)
        return response
    return HttpResponseRedirect(reverse("dispatch:sheet", args=[form.goal]) + "#manifest", status=303)


def _page(request: HttpRequest, book: Book, party: Patron, form: CarryForm, *, status: int = 200) -> HttpResponse:
    listed = book.left_of_party(party.ulid)
    tip_cents = sum(left.tip_cents for _, left in listed)
    context = {
        "event": book.event,
        "departure": boards.departure(book.event),
        "party": party,
        "left": short(sum(left.amount_cents for _, left in listed), book.event.currency) if listed else "",
        "tip": short(tip_cents, book.event.currency) if tip_cents else "",
        "form": form,
    }
    return render(request, "dispatch/carry.html", context, status=status)


def _get_party_or_404(slug: str, ulid: str) -> tuple[Book, Patron]:
    try:
        book = books.read(slug)
    except ledger.UnknownEvent as exc:
        raise Http404(slug) from exc
    party = book.parties.get(ulid)
    if party is None:
        raise Http404(ulid)
    return book, party
