"""A guest, or someone of the crew, who signed on paper: staff say so, with the sheet in their hand.

So do crew, for a departure that they sail, on the day.
"""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods
from ulid import ULID

from events.rows import CrewAssignment, Patron
from scc.dispatch import boards
from scc.dispatch.access import allowed
from scc.dispatch.manifest_views import MATCH, get_own_manifest_or_404
from scc.staff.actors import By
from scc.text import LONGEST_NAME, BadText, clean_line, clean_name
from waivers import matching, papers
from waivers.manifest import ADULT_AT, Manifest

OLDEST = 120


class PaperForm(forms.Form):
    """What staff read off the sheet. Its key is made with the form, so that a form sent twice is one signature."""

    key = forms.RegexField(r"^[0-7][0-9A-HJKMNP-TV-Z]{25}$", widget=forms.HiddenInput)
    name = forms.CharField(
        label="Name, as on the paper",
        max_length=LONGEST_NAME,
        error_messages={"required": "Write who signed, or for whom a guardian did."},
        widget=forms.TextInput(attrs={"class": "input", "autocomplete": "off"}),
    )
    age = forms.IntegerField(
        label="Age",
        required=False,
        min_value=0,
        max_value=OLDEST,
        help_text="Needed for a minor.",
        widget=forms.NumberInput(attrs={"class": "input", "inputmode": "numeric"}),
    )
    guardian = forms.CharField(
        label="Guardian who signed",
        required=False,
        max_length=LONGEST_NAME,
        help_text="For a minor only: a minor does not sign.",
        widget=forms.TextInput(attrs={"class": "input", "autocomplete": "off"}),
    )
    seen = forms.BooleanField(
        label="I have the signed paper in my hand. It is kept.",
        error_messages={"required": "Tick this once you hold the signed paper."},
    )

    def clean_name(self) -> str:
        return _clean(clean_name, self.cleaned_data["name"])

    def clean_guardian(self) -> str:
        return _clean(clean_line, self.cleaned_data["guardian"])

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        age, guardian = given.get("age"), given.get("guardian", "")
        if age is not None and age < ADULT_AT and not guardian and "guardian" in given:
            raise ValidationError({"guardian": "A guardian signs for a minor. Write who did."})
        if guardian and "age" in given and (age is None or age >= ADULT_AT):
            raise ValidationError({"age": f"Write the minor's age, below {ADULT_AT}; or leave the guardian out."})
        return given

    def sheet(self) -> papers.Sheet:
        given = self.cleaned_data
        return papers.Sheet(given["name"], given["age"], given["guardian"])


def _clean(clean: Any, text: str) -> str:
    try:
        return str(clean(text))
    except BadText as exc:
        raise ValidationError(str(exc)) from exc


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(MATCH)
def paper(request: HttpRequest, slug: str, key: str) -> HttpResponse:
    """Ask what the paper says; a POST stores it. `key` names the party or the place in the crew."""
    found = get_own_manifest_or_404(request, slug)
    place = get_place_or_404(found, key)
    if request.method != "POST":
        name = place.name if isinstance(place, Patron) and place.size == 1 else ""
        name = place.person_name if isinstance(place, CrewAssignment) else name
        return _page(request, found, place, PaperForm(initial={"key": str(ULID()), "name": name}))
    form = PaperForm(request.POST)
    if not form.is_valid():
        return _page(request, found, place, form, status=422)
    try:
        given = form.cleaned_data["key"]
        line = papers.record(found.event, place, form.sheet(), key=given, by=cast(By, request.user))
    except matching.CannotMatch as exc:
        form.add_error(None, str(exc))
        return _page(request, found, place, form, status=409)
    return HttpResponseRedirect(f"{reverse('dispatch:manifest', args=[slug])}#l-{line.ulid}", status=303)


def get_place_or_404(found: Manifest, key: str) -> Patron | CrewAssignment:
    place = found.place(key)
    if place is None:
        raise Http404(key)
    return place


def _page(
    request: HttpRequest, found: Manifest, place: Patron | CrewAssignment, form: PaperForm, *, status: int = 200
) -> HttpResponse:
    departure = boards.departure(found.event)
    context = {"event": found.event, "departure": departure, "place": place, "form": form}
    return render(request, "dispatch/paper.html", context, status=status)
