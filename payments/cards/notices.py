"""What Stripe tells, read: https://docs.stripe.com/api/events.

Read are the members that Stripe has kept through its versions, and nothing is asked of the rest. What is none of ours,
as an account may serve other things too, is no notice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

Json = Mapping[str, object]

PAID = frozenset({"checkout.session.completed", "checkout.session.async_payment_succeeded"})
# Older endpoints know a refund's changes by the third name.
REFUND = frozenset({"refund.created", "refund.updated", "charge.refund.updated", "refund.failed"})
CHARGE = "charge.refunded"

# Beyond these nothing is an amount, or a time.
_MOST = 10**15
_LAST_SECOND = 10**11
_LONGEST = 200


@dataclass(frozen=True, kw_only=True)
class Paid:
    """A guest paid. Amounts are in Stripe's unit of the currency."""

    # Stripe's name for it: of the payment, or of the session that had none.
    id: str
    event_id: str
    party: str
    name: str
    email: str
    amount: int
    currency: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Refund:
    """Money goes back to a guest, went, or did not get there."""

    id: str
    payment_id: str
    amount: int
    currency: str
    status: str
    at: datetime
    reason: str
    # When it was so: an event may come long after, and behind later ones.
    known_at: datetime

    @property
    def has_failed(self) -> bool:
        return self.status in {"failed", "canceled"}

    @property
    def is_done(self) -> bool:
        return self.status == "succeeded"


@dataclass(frozen=True, kw_only=True)
class Refunded:
    """A payment of which money was given back. event_id: its departure, "" where that was not told."""

    payment_id: str
    event_id: str
    # What was given back, where that was told along.
    refunds: list[Refund] | None


Notice = Paid | Refund | Refunded


def read(event: Json) -> Notice | None:
    """Return what an event of Stripe's tells, None where that is nothing for the ledger."""
    kind, thing = _text(event.get("type")), _object(_object(event.get("data")).get("object"))
    if kind in PAID:
        return _paid(thing, at=_moment(event.get("created")))
    if kind in REFUND:
        refund = read_refund(thing, known_at=_moment(event.get("created")))
        return refund if refund.payment_id else None
    return _refunded(thing, known_at=_moment(event.get("created"))) if kind == CHARGE else None


def read_refund(thing: Json, *, known_at: datetime) -> Refund:
    """Return a refund as Stripe has it, or had it at `known_at`."""
    return Refund(
        id=_text(thing.get("id")),
        payment_id=_id(thing.get("payment_intent")),
        amount=_whole(thing.get("amount"), most=_MOST),
        currency=_text(thing.get("currency")).upper(),
        status=_text(thing.get("status")),
        at=_moment(thing.get("created")),
        reason=_text(thing.get("reason")).replace("_", " "),
        known_at=known_at,
    )


def _paid(session: Json, *, at: datetime) -> Paid | None:
    noted, guest = _object(session.get("metadata")), _object(session.get("customer_details"))
    if session.get("payment_status") != "paid" or not noted.get("event"):
        return None
    return Paid(
        id=_id(session.get("payment_intent")) or _id(session.get("id")),
        event_id=_text(noted.get("event")),
        party=_text(noted.get("party")),
        name=_text(noted.get("name")) or _text(guest.get("name")),
        email=_text(guest.get("email")),
        amount=_whole(session.get("amount_total"), most=_MOST),
        currency=_text(session.get("currency")).upper(),
        at=at,
    )


def _refunded(charge: Json, *, known_at: datetime) -> Refunded | None:
    payment = _id(charge.get("payment_intent"))
    if not payment:
        return None
    listed = _object(charge.get("refunds"))
    told = listed.get("data")
    is_whole = isinstance(told, list) and not listed.get("has_more")
    known = [read_refund(_object(each), known_at=known_at) for each in told] if isinstance(told, list) else []
    return Refunded(
        payment_id=payment,
        event_id=_text(_object(charge.get("metadata")).get("event")),
        refunds=known if is_whole else None,
    )


def _object(value: object) -> Json:
    return value if isinstance(value, Mapping) else {}


def _text(value: object) -> str:
    return value[:_LONGEST] if isinstance(value, str) else ""


def _id(value: object) -> str:
    """Return the id of a thing, which Stripe gives alone or with all of the thing."""
    return _text(_object(value).get("id") if isinstance(value, Mapping) else value)


def _whole(value: object, *, most: int) -> int:
    number = Decimal(value) if isinstance(value, int) else value
    if not isinstance(number, Decimal) or not 0 <= number <= most or number != number.to_integral_value():
        return 0
    return int(number)


def _moment(value: object) -> datetime:
    """Return a time of Stripe's, which counts seconds. Never later than now: its clock may be ahead of ours."""
    return min(datetime.fromtimestamp(_whole(value, most=_LAST_SECOND), UTC), datetime.now(UTC))
