"""Stripe itself, through its own package: what we ask it, and whether a message is its own.

The package is imported with the first question and not before: it takes a third of a second, and no page but those of
cards needs it. Its answer is one of three: yes; no, with a reason; or none, after which the same may be asked again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings

if TYPE_CHECKING:
    from stripe import StripeClient

# Someone waits: with the one retry, which carries the same key, it is under twenty seconds.
CONNECT_SECONDS = 2.0
READ_SECONDS = 7.0
RETRIES = 1
# Seconds between a message's being signed and its coming here. https://docs.stripe.com/webhooks#replay-attacks
TOLERANCE = 300
# Stripe's longest list; nobody gives one payment back in more pieces.
MOST_REFUNDS = 100
# Its addresses, where they are not its own: for tests.
BASE_ADDRESSES: Mapping[str, str] = {}


class StripeRefused(Exception):
    """A definite no, which the same question would get again; says why, for whoever asked."""


class StripeSilent(Exception):
    """No answer, or not now. What was asked may be done; asking the same again does it no second time."""

    def __init__(self) -> None:
        super().__init__("Stripe does not answer. Wait a moment, then try again: it makes one link, not two.")


def is_signed(body: bytes, signature: str, *, secrets: Sequence[str]) -> bool:
    """Say whether Stripe signed `body` with one of `secrets`, within the last five minutes."""
    from stripe import SignatureVerificationError, WebhookSignature

    # Stripe's package meets both with errors of other kinds.
    if not signature.isascii() or not _is_text(body):
        return False
    for secret in secrets:
        try:
            WebhookSignature.verify_header(body, signature, secret, TOLERANCE)
        except SignatureVerificationError:
            continue
        return True
    return False


def make_link(params: Mapping[str, Any], *, key: str) -> str:
    """Return the address of a Payment Link. key: with the same, the same link. Raises StripeRefused, StripeSilent."""
    with _client() as client:
        link = client.v1.payment_links.create(params=cast(Any, params), options={"idempotency_key": key})
    return str(link.url)


def metadata_of(payment_intent: str) -> Mapping[str, str]:
    """Return what was noted on a payment when it was asked for. Raises StripeRefused, StripeSilent."""
    with _client() as client:
        intent = client.v1.payment_intents.retrieve(payment_intent).to_dict()
    return {**intent.get("metadata", {})}


def refund(refund_id: str) -> Mapping[str, Any]:
    """Return a refund as Stripe has it now. Raises StripeRefused, StripeSilent."""
    with _client() as client:
        return client.v1.refunds.retrieve(refund_id).to_dict()


def refunds_of(payment_intent: str) -> list[Mapping[str, Any]]:
    """Return what was given back of a payment, as Stripe has it. Raises StripeRefused, StripeSilent."""
    with _client() as client:
        page = client.v1.refunds.list(params={"payment_intent": payment_intent, "limit": MOST_REFUNDS})
    return [refund.to_dict() for refund in page.data]


@contextmanager
def _client() -> Iterator[StripeClient]:
    import stripe

    # It would write a name for this machine into somebody's home, and send it along.
    stripe.enable_telemetry = False
    http = stripe.RequestsClient(timeout=(CONNECT_SECONDS, READ_SECONDS))
    try:
        yield stripe.StripeClient(
            settings.SCC_STRIPE_KEY,
            base_addresses=cast(Any, BASE_ADDRESSES),
            max_network_retries=RETRIES,
            http_client=http,
        )
    except stripe.StripeError as exc:
        raise _answer(exc) from exc
    finally:
        http.close()  # type: ignore[no-untyped-call]  # it has no types


def _answer(exc: Exception) -> StripeRefused | StripeSilent:
    import stripe

    if isinstance(exc, stripe.AuthenticationError | stripe.PermissionError):
        # Its own words hold a part of the key.
        return StripeRefused("Stripe does not take our key. An owner has to see to SCC_STRIPE_KEY.")
    if isinstance(exc, stripe.InvalidRequestError):
        return StripeRefused(f"Stripe refused: {exc.user_message}")
    return StripeSilent()


def _is_text(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True
