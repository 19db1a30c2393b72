"""Card money that no ledger can take is held: it is kept, listed in the admin, and the owners are told by mail.

Stripe took it, so it cannot be refused, and asking Stripe to tell of it again would change nothing. Someone logs it by
hand where it belongs, or gives it back in Stripe's dashboard, and then says that it is settled.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone

from payments.cards.notices import Paid, Refund
from payments.cards.rows import Held, State, What
from scc.dynamo.errors import Conflict
from scc.dynamo.rows import Row
from scc.dynamo.units import Unit
from scc.mail import outbox
from scc.staff import audit
from scc.staff.actors import By
from scc.staff.rows import User

logger = logging.getLogger(__name__)

# A transaction has room for more; who has more owners than this has told enough of them.
MOST_TOLD = 20


class AlreadySettled(Exception):
    """Someone settled it before."""


def hold(notice: Paid | Refund, *, why: str, by: By, event_id: str = "") -> None:
    """Keep what `notice` tells, once and for ever, with an audit entry, and write to the owners.

    why: a sentence. event_id: the departure, where a refund's is known. One Query of the users and one
    TransactWriteItems. The letters are sent by the outbox's sweeper: Stripe does not wait for them.
    Raises what `Unit.commit` raises, but for Conflict: then it is held already.
    """
    held = _of_payment(notice) if isinstance(notice, Paid) else _of_refund(notice, event_id)
    held.held_at, held.why = timezone.now(), why
    unit = Unit()
    unit.put(held)
    audit.record(unit, by=by, action="held", of=held, summary=f"{held} is held: {why}")
    for address in _told():
        _write(unit, held, to=address)
    try:
        unit.commit()
    except Conflict:
        return
    logger.warning("held %s of Stripe's: see /admin/cards/heldpayment/", held.stripe_id)


def departure_of(stripe_id: str) -> str:
    """Return the departure that a held payment was for, settled or not; "" where none is held. One GetItem."""
    held = Held.fetch(stripe_id=stripe_id)
    return held.event_id if held is not None else ""


def settle(held: Held, *, by: By) -> None:
    """Say that someone has seen to it. One TransactWriteItems, one audit entry.

    Raises AlreadySettled, and Conflict when someone settles it at the same moment.
    """
    if held.state == State.SETTLED:
        raise AlreadySettled(f"{held} is settled already, by {held.settled_by}.")
    sets = {
        "state": State.SETTLED.value,
        "gsi1pk": f"HELD#{State.SETTLED.value}",
        "settled_by": by.username,
        "settled_at": timezone.now(),
        "version": held.version + 1,
    }
    unit = Unit()
    unit.update(held, set=sets, expect=Row.version == held.version)
    audit.record(unit, by=by, action="settled", of=held, summary=f"Settled: {held}")
    unit.commit()


def _of_payment(paid: Paid) -> Held:
    return Held(
        stripe_id=paid.id,
        what=What.PAYMENT.value,
        payment_id=paid.id,
        event_id=paid.event_id,
        patron_id=paid.party,
        patron_name=paid.name,
        amount=paid.amount,
        currency=paid.currency,
        moved_at=paid.at,
    )


def _of_refund(refund: Refund, event_id: str) -> Held:
    return Held(
        stripe_id=refund.id,
        what=What.REFUND.value,
        payment_id=refund.payment_id,
        event_id=event_id,
        amount=refund.amount,
        currency=refund.currency,
        moved_at=refund.at,
    )


def _told() -> Iterable[str]:
    """Return whom to tell: the owners who have an address, or the one that our letters come from."""
    owners = [user for user in User.listing(known={}, index="gsi2") if user.is_active_owner and user.email]
    addresses = dict.fromkeys(owner.email for owner in owners)
    return list(addresses)[:MOST_TOLD] or [settings.DEFAULT_FROM_EMAIL]


def _write(unit: Unit, held: Held, *, to: str) -> None:
    context = {"held": held, "site": settings.SCC_SITE_URL, "operator": settings.SCC_OPERATOR}
    outbox.write(
        unit,
        kind="card-held",
        to=to,
        subject=f"Please settle: {held.what} of {held.money} by card",
        text=render_to_string("emails/card_held.txt", context),
        about=audit.subject_of(held),
    )
