"""A party's card link: made, shown to be scanned, and sent by mail."""

from __future__ import annotations

from typing import cast

from django import forms
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST
from ulid import ULID

from payments import ledger
from payments.cards import links, provider
from scc.dispatch import boards, posters
from scc.dispatch.access import allowed
from scc.mail import outbox
from scc.mail.rows import Letter
from scc.staff.actors import By

REFUSALS = (links.NotPayable, provider.StripeRefused, provider.StripeSilent)
NO_ADDRESS = "The party has no e-mail address."


class LetterForm(forms.Form):
    """The letter that is to be written: the ulid that it gets, so that one tap which comes twice writes once."""

    letter = forms.RegexField(r"^[0-9A-HJKMNP-TV-Z]{26}$", widget=forms.HiddenInput)


@require_http_methods(["GET", "HEAD", "POST"])
@allowed("payments.add_payment")
def show(request: HttpRequest, slug: str, ulid: str) -> HttpResponse:
    """Show what is to be paid; a POST makes the link."""
    bill = _get_bill_or_404(slug, ulid)
    if request.method != "POST":
        return _page(request, bill, refusal=links.why_not_payable(bill))
    try:
        return _page(request, bill, link=links.link_for(bill))
    except REFUSALS as exc:
        return _page(request, bill, refusal=exc)


@allowed("payments.add_payment")
@require_POST
def send(request: HttpRequest, slug: str, ulid: str) -> HttpResponse:
    """Send the link to the party. It is asked for anew, as a form may claim any; Stripe gives the same."""
    form = LetterForm(request.POST)
    if not form.is_valid():
        raise BadRequest("The form names no letter.")
    bill = _get_bill_or_404(slug, ulid)
    if not bill.party.email:
        return _page(request, bill, refusal=links.NotPayable(NO_ADDRESS))
    try:
        link = links.link_for(bill)
    except REFUSALS as exc:
        return _page(request, bill, refusal=exc)
    try:
        letter = links.send(bill, link, by=cast(By, request.user), ulid=form.cleaned_data["letter"])
    except outbox.SentAgainAlready as exc:
        return _page(request, bill, link=link, refusal=exc)
    return _page(request, bill, link=link, letter=letter)


def _page(
    request: HttpRequest,
    bill: links.Bill,
    *,
    link: str = "",
    letter: Letter | None = None,
    refusal: Exception | None = None,
) -> HttpResponse:
    context = {
        "bill": bill,
        "departure": boards.departure(bill.event),
        "link": link,
        "code": posters.code(link) if link else "",
        "letter": letter,
        "form": LetterForm(initial={"letter": str(ULID())}),
        "refusal": refusal,
        "may_try": not isinstance(refusal, links.NotPayable),
    }
    return render(request, "dispatch/card_link.html", context, status=_status(request, refusal))


def _status(request: HttpRequest, refusal: Exception | None) -> int:
    if refusal is None or request.method != "POST":
        return 200
    return 503 if isinstance(refusal, provider.StripeSilent) else 409


def _get_bill_or_404(slug: str, ulid: str) -> links.Bill:
    try:
        return links.read(slug, ulid)
    except (ledger.UnknownEvent, links.UnknownParty) as exc:
        raise Http404(str(exc)) from exc
