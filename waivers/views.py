"""The waiver's public pages."""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.template.loader import render_to_string
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from events import calendar
from events.rows import Event
from events.slugs import BadSlug, parse
from scc.api import BadRequest
from scc.caching import control, shared
from scc.dynamo.errors import OutcomeUnknown, StoreUnavailable
from scc.mail import outbox
from scc.staff.origin import client_address
from scc.staff.throttle import Throttled
from waivers import bodies, origins, signing, texts
from waivers.answers import Answer, form_page, not_found
from waivers.evidence import Evidence
from waivers.forms import WaiverForm

SHARED_SECONDS = 60

FOREIGN = "This did not come from our own page, so it was not taken. Open the departure's link and sign there."
TAKEN = "This page has signed for someone else already. Open it again to sign for the next person."
ALREADY = "A waiver with this name and date of birth is signed for this departure already, reference {reference}."


# The page is cached and holds no token; `origins` is in its place.
@shared(seconds=SHARED_SECONDS)
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def waiver(request: HttpRequest, slug: str) -> HttpResponse:
    # Set when a visitor brings a CSRF cookie that is none; the middleware would answer with a new one.
    request.META.pop("CSRF_COOKIE_NEEDS_UPDATE", None)
    return _sign(request, slug) if request.method == "POST" else _show(slug)


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
        page = form_page(event, departures=departures)
    elif departures:
        page = render_to_string("waivers/waiver_choose.html", {"departures": departures})
    else:
        return not_found()
    return HttpResponse(page, headers={"Cache-Control": control(SHARED_SECONDS)})


def _on(day: date, slug: str) -> tuple[Event | None, list[Event]]:
    """Return the departure whose address is the day itself, and all open ones of the day. One Query, mostly."""
    departures = calendar.on_day(day)
    own = next((event for event in departures if event.slug == slug), None)
    # One that was moved to another day keeps its address, and everyone has it already.
    return own or calendar.get_event(slug), [event for event in departures if event.is_open]


def _sign(request: HttpRequest, slug: str) -> HttpResponse:
    answer = Answer(request)
    if not origins.is_own(request):
        return answer.refused(403, FOREIGN)
    try:
        answer.data = bodies.read(request)
        return _sign_read(request, slug, answer)
    except BadRequest as exc:
        return answer.refused(exc.status, exc.detail, exc.headers)
    except signing.NotOpen:
        return answer.not_open()
    except Throttled as exc:
        return answer.throttled(exc)
    except signing.KeyTaken:
        return answer.refused(409, TAKEN)
    except signing.AlreadySigned as exc:
        return answer.refused(409, ALREADY.format(reference=exc.reference))
    except signing.TooLarge:
        return answer.refused(413, bodies.TOO_LARGE)
    except (OutcomeUnknown, StoreUnavailable) as exc:
        return answer.not_stored(exc)


def _sign_read(request: HttpRequest, slug: str, answer: Answer) -> HttpResponse:
    event = answer.event = signing.get_open_event(slug)
    signing.admit(event, address=client_address(request))
    form = WaiverForm(answer.data, event=event)
    if not form.is_valid():
        return answer.wrong(form)
    origin = bodies.origin_of(request, acts=form.cleaned_data["acts"])
    signed = signing.sign(event=event, signer=form.signer(), signature=form.signature(), origin=origin)
    if signed.letter is not None:
        outbox.deliver(signed.letter)
    return answer.signed(signed)


@require_safe
def receipt(request: HttpRequest, slug: str, link: str) -> HttpResponse:
    record = signing.receipt(slug, link)
    if record is None:
        return not_found()
    context = {"record": record, "evidence": Evidence(record), "text": texts.of(record.text_sha256), "slug": slug}
    page = render_to_string("waivers/receipt_show.html", context)
    # The address is the key to the page: no index lists it, and no other site learns it.
    return HttpResponse(page, headers={"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"})
