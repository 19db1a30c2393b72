"""A signature's request: read, judged, stored and answered."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import translation

from scc.api import BadRequest
from scc.dynamo.errors import OutcomeUnknown, StoreUnavailable
from scc.mail import outbox
from scc.staff.origin import client_address
from scc.staff.throttle import Throttled
from waivers import bodies, kiosk, origins, personal_links, signing
from waivers.answers import Answer
from waivers.forms import WaiverForm
from waivers.languages import wanted
from waivers.parts import TooLarge
from waivers.rows import Role


def take(request: HttpRequest, slug: str) -> HttpResponse:
    """Answer a POST of the waiver's page: store the signature, or say why not."""
    answer = Answer(request)
    if not origins.is_own(request):
        return answer.foreign()
    try:
        answer.data = bodies.read(request)
    except BadRequest as exc:
        return answer.refused(exc.status, exc.detail, exc.headers)
    with translation.override(wanted(answer.data.get("language"))):
        return _take_read(request, slug, answer)


def _take_read(request: HttpRequest, slug: str, answer: Answer) -> HttpResponse:
    try:
        return _sign(request, slug, answer)
    except signing.NotOpen:
        return answer.not_open()
    except Throttled as exc:
        return answer.throttled(exc)
    except signing.KeyTaken:
        return answer.taken()
    except signing.AlreadySigned as exc:
        return answer.already(exc.reference)
    except TooLarge:
        return answer.refused(413, bodies.TOO_LARGE)
    except kiosk.NoKiosk:
        return answer.locked()
    except (OutcomeUnknown, StoreUnavailable) as exc:
        return answer.not_stored(exc)


def _sign(request: HttpRequest, slug: str, answer: Answer) -> HttpResponse:
    late = bool(answer.data.get("later"))
    event = answer.event = signing.get_open_event(slug, late=late)
    signing.admit(event, address=client_address(request))
    tie = personal_links.tie(slug, str(answer.data.get("link", "")), name=str(answer.data.get("name", "")))
    # The link says which text the signer was to be shown, so it is asked before the form is read.
    form = WaiverForm(answer.data, event=event, role=Role.CREW if tie and tie.assignment_id else None)
    if not form.is_valid():
        return answer.wrong(form)
    data = form.cleaned_data
    pin_by = kiosk.set_by(data["kiosk"]) if data["kiosk"] else ""
    signed = signing.sign(
        event=event,
        signer=form.signer(),
        signature=form.signature(),
        origin=bodies.origin_of(request, acts=data["acts"], later=data["later"], kiosk_pin_by=pin_by),
        family=form.family(),
        care=form.care(),
        tie=tie,
        replace=data["replace"],
    )
    if signed.letter is not None:
        outbox.deliver(signed.letter)
    return answer.signed(signed)
