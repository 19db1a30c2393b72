"""A signature's request: read, judged, stored and answered."""

from __future__ import annotations

from dataclasses import replace

from django.http import HttpRequest, HttpResponse
from django.utils import translation

from scc.api import BadRequest
from scc.dynamo.errors import OutcomeUnknown, StoreUnavailable
from scc.mail import outbox
from scc.staff.origin import client_address
from scc.staff.throttle import Throttled
from waivers import bodies, kiosk, origins, personal_links, signing
from waivers.acts import Signer, Tie
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
    event = answer.event = signing.get_open_event(slug)
    signing.admit(event, address=client_address(request))
    form = WaiverForm(answer.data, event=event)
    if not form.is_valid():
        return answer.wrong(form)
    data = form.cleaned_data
    witness = kiosk.set_by(data["kiosk"]) if data["kiosk"] else ""
    tie, signer = _tied(slug, data["link"], form.signer())
    signed = signing.sign(
        event=event,
        signer=signer,
        signature=form.signature(),
        origin=bodies.origin_of(request, acts=data["acts"], later=data["later"], witness=witness),
        family=form.family(),
        care=form.care(),
        tie=tie,
        replace=data["replace"],
    )
    if signed.letter is not None:
        outbox.deliver(signed.letter)
    return answer.signed(signed)


def _tied(slug: str, link: str, signer: Signer) -> tuple[Tie | None, Signer]:
    """Return what the personal link names, and the signer in the role that it gives.

    One whose line was removed meanwhile ties to nothing: the signature counts all the same.
    """
    bearer = personal_links.read(slug, link) if link else None
    if bearer is None:
        return None, signer
    tie = personal_links.tie_of(bearer)
    return tie, replace(signer, role=Role.CREW) if tie.assignment_id else signer
