"""The waiver's public pages.

Most requests open the page, and on a cold function everyone in line waits for its imports: what takes a signature, or
shows its receipt, is imported where it is called.
"""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.template.loader import render_to_string
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from events import calendar
from events.rows import Event
from events.slugs import BadSlug, parse
from scc.caching import control, shared
from waivers.pages import choice_page, empty_page, not_found

SHARED_SECONDS = 60
# The address is the key to the page: no index lists it, and no other site learns it.
_SECRET = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}


# The page is cached and holds no token; `origins` is in its place.
@shared(seconds=SHARED_SECONDS)
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def waiver(request: HttpRequest, slug: str) -> HttpResponse:
    # Set when a visitor brings a CSRF cookie that is none; the middleware would answer with a new one.
    request.META.pop("CSRF_COOKIE_NEEDS_UPDATE", None)
    if request.method != "POST":
        return _show(slug)
    from waivers.taking import take

    return take(request, slug)


@csrf_exempt
def without_slash(request: HttpRequest, **names: str) -> HttpResponse:
    """Send on to the address without the slash; a POST stays one."""
    return HttpResponsePermanentRedirect(request.path.rstrip("/"), preserve_request=True)


def _show(slug: str) -> HttpResponse:
    try:
        day, suffix = parse(slug).date, parse(slug).suffix
    except BadSlug:
        return not_found()
    event, departures = (calendar.get_event(slug), []) if suffix else _on(day, slug)
    if event is not None and event.is_open:
        page = empty_page(event, departures=departures)
    elif departures:
        page = choice_page(departures)
    else:
        return not_found()
    return HttpResponse(page, headers={"Cache-Control": control(SHARED_SECONDS)})


def _on(day: date, slug: str) -> tuple[Event | None, list[Event]]:
    """Return the departure whose address is the day itself, and all open ones of the day. One Query, mostly."""
    departures = calendar.on_day(day)
    own = next((event for event in departures if event.slug == slug), None)
    # One that was moved to another day keeps its address, and everyone has it already.
    return own or calendar.get_event(slug), [event for event in departures if event.is_open]


@csrf_exempt
@require_POST
def lookup(request: HttpRequest, slug: str, what: str) -> HttpResponse:
    """Answer what the page asks beside signing."""
    from waivers import lookups

    ask = {"link": lookups.whose_link, "known": lookups.still_valid, "join": lookups.join, "kiosk": lookups.unlock}
    return ask[what](request, slug)


@require_safe
def receipt(request: HttpRequest, slug: str, link: str) -> HttpResponse:
    """Show the receipt, in the language in which was signed."""
    from waivers import receipts

    found = receipts.find(slug, link)
    if found is None:
        return not_found()
    with translation.override(found.line.language):
        shown = receipts.show(found)
        context = {"shown": shown, "line": found.line, "text": shown.text, "slug": slug, "link": link}
        page = render_to_string("waivers/receipt_show.html", context)
    return HttpResponse(page, headers=_SECRET)


@require_safe
def receipt_pdf(request: HttpRequest, slug: str, link: str) -> HttpResponse:
    """Give the PDF away, to be kept. Until it is made there is none."""
    from waivers import printed, receipts

    found = receipts.find(slug, link)
    data = receipts.pdf_of(found) if found is not None else None
    if found is None or data is None:
        return not_found()
    name = printed.file_name(found.line.reference)
    headers = {**_SECRET, "Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(data, content_type="application/pdf", headers=headers)
