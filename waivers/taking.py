"""A signature's request: read, judged, stored and answered."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from scc.api import BadRequest
from scc.dynamo.errors import OutcomeUnknown, StoreUnavailable
from scc.mail import outbox
from scc.staff.origin import client_address
from scc.staff.throttle import Throttled
from waivers import bodies, origins, signing
from waivers.answers import Answer
from waivers.forms import WaiverForm

FOREIGN = "This did not come from our own page, so it was not taken. Open the departure's link and sign there."
TAKEN = "This page has signed for someone else already. Open it again to sign for the next person."
ALREADY = "A waiver with this name and date of birth is signed for this departure already, reference {reference}."


def take(request: HttpRequest, slug: str) -> HttpResponse:
    """Answer a POST of the waiver's page: store the signature, or say why not."""
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
