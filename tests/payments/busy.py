"""A month in which everything happened that can happen to an entry."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.utils import timezone

from payments import books, ledger
from payments.rows import Payment
from scc.staff.actors import Actor
from tests.builders import make_event, make_party

ALICE = Actor("alice", "Alice Archer")
DANA = Actor("dana", "Dana Drake")
FIRST, SECOND = "2026-05-23", "2026-05-24"


def this_month() -> str:
    """Return the month in which whatever is logged now is kept."""
    return f"{timezone.localdate():%Y-%m}"


def pay(event: str = FIRST, **changes: Any) -> Payment:
    """Return a payment of $125.00 that Dana logged."""
    facts: dict[str, Any] = {"patron_name": "Ana López", "amount_cents": 12_500, "method": "cash", "by": DANA}
    return ledger.record(event=event, **(facts | changes)).payment


def refund(entry: Payment, **changes: Any) -> Payment:
    """Return a refund of $50.00 of `entry`, by Alice."""
    facts: dict[str, Any] = {"amount_cents": 5_000, "method": "cash", "reason": "Weather", "by": ALICE}
    return ledger.refund(event=entry.event_id, reference=entry.reference, **(facts | changes)).payment


def void(entry: Payment) -> Payment:
    """Return the void of `entry`, by Alice."""
    return ledger.void(event=entry.event_id, reference=entry.reference, reason="Logged twice", by=ALICE).payment


def make_month() -> None:
    """Log payments of two departures, a refund, voids of both, a correction and credit that is carried over."""
    first = make_event(slug=FIRST)
    make_event(slug=SECOND, date=date(2026, 5, 24))
    party = make_party(event=first, name="Kai Moreno")
    pay(tip_cents=1_000)
    refund(pay(method="card", amount_cents=20_000, tip_cents=1_500), tip_cents=500)
    void(refund(pay(method="venmo", external_reference="V-1"), amount_cents=700))
    void(pay(by=ALICE, tip_cents=300))
    wrong = pay(event=SECOND, patron_name="Bob Reyes", method="check", amount_cents=9_900)
    ledger.correct(
        event=SECOND,
        reference=wrong.reference,
        patron_name="Bob Reyes",
        amount_cents=9_000,
        method="cash",
        note="=1+1",
        by=ALICE,
    )
    pay(patron_name="Kai Moreno", patron_id=party.ulid, amount_cents=30_000, tip_cents=2_000)
    ledger.transfer(event=FIRST, party_id=party.ulid, to_event=SECOND, by=ALICE)


def entries() -> list[Payment]:
    """Return all that was logged, departure by departure, as the ledger has it."""
    return [entry for slug in (FIRST, SECOND) for entry in books.read(slug).entries]


def without_credit(listed: Iterable[Payment]) -> list[Payment]:
    return [entry for entry in listed if entry.method != "credit"]
