"""The personal link of a party, or of someone of the crew: to scan at the dock, or to copy."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from scc.dispatch import boards, posters
from scc.dispatch.access import allowed
from scc.dispatch.manifest_views import VIEW, get_manifest_or_404
from scc.dispatch.paper_views import get_place_or_404
from waivers import personal_links


@require_safe
@allowed(VIEW)
def show(request: HttpRequest, slug: str, key: str) -> HttpResponse:
    found = get_manifest_or_404(slug)
    place = get_place_or_404(found, key)
    link = personal_links.address_of(place)
    context = {
        "event": found.event,
        "departure": boards.departure(found.event),
        "name": personal_links.name_of(place),
        "place": place,
        "party": next((party for party in found.parties if party.patron.ulid == place.ulid), None),
        "link": link,
        "code": posters.code(link),
    }
    return render(request, "dispatch/guest_link.html", context)
