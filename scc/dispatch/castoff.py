"""The cast-off page: who is aboard and who is missing, on a phone, also when the signal goes.

A service worker keeps the page as it was seen last, and what it is made of, and shows that when the network does not
answer; the page then says how old it is. Nothing else is served from what is kept. It names no emergency contact and no
medical note, only that there are some. What is kept ends with the departure's day, with signing out, and when someone
else signs in: `static/js/castoff-forget.js` and the worker see to it.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.views.decorators.http import require_safe

from events.rows import Event
from scc.dispatch import boards
from scc.dispatch.access import allowed
from scc.dispatch.manifest_views import VIEW, get_manifest_or_404, may
from waivers import validity

# Of the page's answer: until when it may be kept, in epoch seconds, and whose it is.
KEEP_UNTIL = "X-Keep-Until"
KEPT_FOR = "X-Kept-For"


@require_safe
@allowed(VIEW)
def show(request: HttpRequest, slug: str) -> HttpResponse:
    found = get_manifest_or_404(slug)
    now = timezone.now()
    context = {
        "manifest": found,
        "event": found.event,
        "departure": boards.departure(found.event),
        "contacts": sum(head.has_care for head in found.heads),
        "as_of": int(now.timestamp()),
        "as_of_words": f"{now.astimezone(found.event.zone):%H:%M}",
        "keep_until": keep_until(found.event),
        **may(request, found),
    }
    response = render(request, "dispatch/castoff.html", context)
    response.headers[KEEP_UNTIL] = str(keep_until(found.event))
    response.headers[KEPT_FOR] = _mark(request)
    return response


def keep_until(event: Event) -> int:
    """Return the end of the departure's last day, on its own clock, in epoch seconds."""
    after = validity.last_day(event) + timedelta(days=1)
    return int(datetime.combine(after, time(), event.zone).timestamp())


def _mark(request: HttpRequest) -> str:
    """Return what tells one user's pages from another's, and says nothing else."""
    return salted_hmac("scc.dispatch.castoff", request.user.get_username(), algorithm="sha256").hexdigest()[:16]


@require_safe
@allowed(VIEW)
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker. Its address is its scope: /dispatch/."""
    return render(request, "dispatch/worker.js", content_type="text/javascript; charset=utf-8")
