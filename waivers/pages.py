"""The waiver's page.

It is the same bytes for everyone and may be kept by caches for a minute. So nothing here asks who is there: templates
are rendered without the request, whose context would offer the session and the user.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.template.loader import render_to_string

from events.rows import Event
from waivers import texts
from waivers.rows import Role


def not_found() -> HttpResponse:
    """Return the one answer for what is unknown, hidden, closed or malformed."""
    return HttpResponse(render_to_string("404.html"), status=404)


def form_page(
    event: Event, *, departures: list[Event] | None = None, text: texts.Text | None = None, **more: Any
) -> str:
    """Return the page on which `event` is signed for. departures: those among which a visitor may have to choose."""
    is_one_of_several = any(each.slug != event.slug for each in departures or [])
    context = {
        "event": event,
        "day": event.date.isoformat(),
        "departures": departures if is_one_of_several else None,
        "text": text or texts.current(),
        "roles": Role.choices,
        "values": {},
        "errors": {},
    }
    return render_to_string("waivers/waiver_sign.html", context | more)
