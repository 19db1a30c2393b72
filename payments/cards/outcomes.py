"""What becomes of what Stripe tells, and who it is that tells it."""

from __future__ import annotations

from enum import StrEnum

from payments.cards import holding
from payments.cards.notices import Paid, Refund
from payments.keys import Recorded
from scc.staff.actors import Actor

STRIPE = Actor("stripe", "Stripe")


class Outcome(StrEnum):
    """What became of what Stripe told."""

    BOOKED = "booked"
    KNOWN = "booked before"
    HELD = "held"
    IGNORED = "nothing for the ledger"


def hold(notice: Paid | Refund, why: str, event_id: str = "") -> Outcome:
    """Hold what no ledger takes. why: a sentence. event_id: the departure, where a refund's is known."""
    holding.hold(notice, why=why, event_id=event_id, by=STRIPE)
    return Outcome.HELD


def of(recorded: Recorded) -> Outcome:
    """Return what the ledger's answer comes to."""
    return Outcome.KNOWN if recorded.replayed else Outcome.BOOKED
