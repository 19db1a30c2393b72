"""The webhook: where Stripe tells what moved. It has no session: whoever knows the signing secret is Stripe."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from payments import cards
from payments.cards import booking, notices, provider
from scc.api import BadRequest, answer
from scc.api.bodies import parse, read_body
from scc.api.endpoints import answered, check_method
from scc.api.problems import RETRY_AFTER

LIMIT = 256 * 1024
HEADER = "Stripe-Signature"


def _hear(request: HttpRequest) -> HttpResponse:
    """Answer an event of Stripe's: 200 when it is taken, held or nothing to us, 503 when it shall come again."""
    if not cards.is_on():
        raise BadRequest(404, "There is nothing at this address.")
    check_method(request, "POST")
    body = read_body(request, LIMIT)
    signature = request.headers.get(HEADER, "")
    if not provider.is_signed(body, signature, secrets=settings.SCC_STRIPE_WEBHOOK_SECRETS):
        raise BadRequest(400, f"The {HEADER} is none of Stripe's, or too old.")
    try:
        outcome = booking.take(notices.read(parse(body)))
    except (provider.StripeRefused, provider.StripeSilent) as exc:
        raise BadRequest(
            503, "Stripe could not be asked for the rest.", headers={"Retry-After": str(RETRY_AFTER)}
        ) from exc
    return answer({"outcome": outcome})


hear = answered(_hear, name="hear")
