"""The list of everyone aboard: to print, and to send ashore. Crew do so for the departures that they sail."""

from __future__ import annotations

from typing import cast

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe
from ulid import ULID

from scc.dispatch import boards
from scc.dispatch.access import allowed
from scc.dispatch.manifest_views import BOARD, VIEW, get_own_manifest_or_404, may
from scc.mail import outbox
from scc.staff.actors import By
from waivers import ashore
from waivers.manifest import Manifest


class AshoreForm(forms.Form):
    """Where to. Its letter's ulid is made with the form, so that one tap which comes twice sends once."""

    letter = forms.RegexField(r"^[0-9A-HJKMNP-TV-Z]{26}$", widget=forms.HiddenInput)
    to = forms.EmailField(
        label="E-mail address",
        max_length=254,
        error_messages={
            "required": "Write the address that keeps the list.",
            "invalid": "Write an e-mail address such as office@example.com.",
        },
        widget=forms.EmailInput(attrs={"class": "input", "autocomplete": "email"}),
    )


@require_safe
@allowed(VIEW)
def show(request: HttpRequest, slug: str) -> HttpResponse:
    found = get_own_manifest_or_404(request, slug)
    initial = {"letter": str(ULID())}
    if request.user.has_perm(BOARD):
        initial["to"] = ashore.last_address(found.event)
    return _page(request, found, AshoreForm(initial=initial), sent=request.GET.get("sent", "") == "1")


@allowed(BOARD)
@require_POST
def send(request: HttpRequest, slug: str) -> HttpResponse:
    found = get_own_manifest_or_404(request, slug)
    form = AshoreForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form, status=422)
    given = form.cleaned_data
    try:
        letter = ashore.send(found, to=given["to"], by=cast(By, request.user), ulid=given["letter"])
    except outbox.BadLetter as exc:
        form.add_error("to", str(exc))
        return _page(request, found, form, status=422)
    except outbox.SentAgainAlready:
        pass
    else:
        outbox.deliver(letter)
    return HttpResponseRedirect(f"{reverse('dispatch:manifest-print', args=[slug])}?sent=1", status=303)


def _page(
    request: HttpRequest, found: Manifest, form: AshoreForm, *, sent: bool = False, status: int = 200
) -> HttpResponse:
    context = {
        "list": ashore.listed(found),
        "event": found.event,
        "departure": boards.departure(found.event),
        "form": form,
        "sent": sent,
        **may(request, found),
    }
    return render(request, "dispatch/manifest_print.html", context, status=status)
