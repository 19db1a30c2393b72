"""The kiosk's PIN, and where its page is for today's departures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_http_methods

from events import calendar
from scc.dispatch import boards, posters
from scc.dispatch.access import allowed
from scc.dispatch.departures import Departure, moment_words
from scc.dynamo.errors import Conflict
from scc.staff.actors import By
from waivers import kiosk
from waivers.rows import KioskPin

MEANWHILE = "Someone else set another PIN just now. Set it again if yours is to hold."


class PinForm(forms.Form):
    """The PIN, twice, as nobody can look it up later."""

    pin = forms.CharField(
        label="New PIN",
        max_length=kiosk.LONGEST,
        help_text=f"{kiosk.SHORTEST} to {kiosk.LONGEST} digits. Devices that were opened with the last one close.",
        error_messages={"required": "Write the PIN."},
        widget=forms.PasswordInput(attrs={"class": "input", "inputmode": "numeric", "autocomplete": "off"}),
    )
    again = forms.CharField(
        label="The same again",
        max_length=kiosk.LONGEST,
        error_messages={"required": "Write the PIN again."},
        widget=forms.PasswordInput(attrs={"class": "input", "inputmode": "numeric", "autocomplete": "off"}),
    )

    def clean_again(self) -> str:
        again = str(self.cleaned_data["again"])
        if self.cleaned_data.get("pin", again) != again:
            raise forms.ValidationError("The two are not the same.")
        return again


@dataclass(frozen=True)
class Door:
    """A departure of today, and its kiosk's address."""

    departure: Departure

    @property
    def link(self) -> str:
        return f"{posters.waiver_link(self.departure.event.slug)}?kiosk"

    @property
    def code(self) -> SafeString:
        return posters.code(self.link)


@require_http_methods(["GET", "HEAD", "POST"])
@allowed("waivers.change_kioskpin")
def kiosks(request: HttpRequest) -> HttpResponse:
    """Show the kiosk's addresses; a POST sets the PIN."""
    if request.method != "POST":
        return _page(request, PinForm())
    form = PinForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    try:
        kiosk.set_pin(form.cleaned_data["pin"], by=cast(By, request.user))
    except kiosk.BadPin as exc:
        form.add_error("pin", str(exc))
        return _page(request, form, status=422)
    except Conflict:
        form.add_error(None, MEANWHILE)
        return _page(request, form, status=409)
    messages.info(request, "The PIN is set.")
    return HttpResponseRedirect(reverse("dispatch:kiosk"), status=303)


def _page(request: HttpRequest, form: PinForm, *, status: int = 200) -> HttpResponse:
    today = calendar.today()
    row = KioskPin.fetch(name="PIN")
    context = {
        "form": form,
        "pin": row,
        "set_words": moment_words(row.set_at.astimezone(calendar.zone()), today) if row else "",
        "doors": [Door(boards.departure(event)) for event in calendar.on_day(today) if event.is_open],
    }
    return render(request, "dispatch/kiosk.html", context, status=status)
