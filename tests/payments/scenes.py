"""A ledger in which everything has happened once, and raw writes that no rule of ours would make."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from events import calendar
from events.rows import Event, Patron, Status
from payments import cancelling, closing, ledger
from payments.cancelling import Choice, Settlement
from payments.rows import Payment
from scc.dynamo.rows import Row
from scc.staff.actors import Actor
from tests.builders import DAY, make_event, make_party

ALICE = Actor("alice", "Alice Archer")
DANA = Actor("dana", "Dana Drake")
HERE, THERE = "2026-05-23", "2026-05-24"


@dataclass
class Scene:
    """Two departures, and the entries by what became of them."""

    here: Event
    there: Event
    entries: dict[str, Payment]

    def __getitem__(self, name: str) -> Payment:
        return self.entries[name]


def play(*, here: str = HERE, there: str = THERE) -> Scene:
    """Do everything that moves money, and return what came of it."""
    one = make_event(slug=here, capacity=50)
    other = make_event(slug=there, date=DAY + timedelta(days=1), capacity=50)
    ana, bo = make_party(event=one), make_party(event=one, name="Bo", email="")
    cy = make_party(event=one, name="Cy", email="cy@example.com")
    entries = {
        "paid": _paid(here, tip_cents=2_000, external_reference="Check 12", method="check", key="paid"),
        "voided": _paid(here, key="voided"),
        "refunded": _paid(here, tip_cents=1_000, patron_id=ana.ulid, patron_email="ana@example.com", key="refunded"),
        "wrong": _paid(here, patron_name="Bo", patron_id=bo.ulid, key="wrong"),
        "carried": _paid(here, patron_id=ana.ulid, tip_cents=300, key="carried"),
        "keyless": _paid(here),
    }
    acts: dict[str, Any] = {"event": here, "by": ALICE}
    entries["void"] = ledger.void(reference=entries["voided"].reference, reason="Twice", key="void", **acts).payment
    back: dict[str, Any] = {"reference": entries["refunded"].reference, "method": "cash", "reason": "Weather", **acts}
    mistaken = ledger.refund(amount_cents=500, key="mistaken", **back).payment
    entries["mistaken"] = mistaken
    entries["refund void"] = ledger.void(reference=mistaken.reference, reason="Twice", key="unrefund", **acts).payment
    entries["refund"] = ledger.refund(amount_cents=2_500, tip_cents=400, key="refund", **back).payment
    right: dict[str, Any] = {"patron_name": "Bo", "amount_cents": 11_000, "method": "card", "key": "right"}
    entries["right"] = ledger.correct(reference=entries["wrong"].reference, **right, **acts).payment
    entries["out"] = ledger.transfer(party_id=ana.ulid, to_event=there, key="transfer", **acts).payment
    entries["in"] = _entry(there, entries["out"].other_reference)
    _paid(here, patron_id=cy.ulid, key="cy")
    _call_off(one)
    cancelling.settle(event=here, settlement=Settlement(cy.ulid, Choice.REFUND, method="cash"), by=ALICE, key="settle")
    _close()
    return Scene(one, other, entries)


def _paid(slug: str, **changes: Any) -> Payment:
    facts: dict[str, Any] = {"patron_name": "Ana López", "amount_cents": 12_500, "method": "cash", "by": DANA}
    return ledger.record(event=slug, **(facts | changes)).payment


def _close() -> None:
    day = calendar.today()
    till = closing.read(day).till
    assert till is not None
    counted = {line.method: line.expected_cents for line in till.lines() if line.is_cash}
    closing.close(day=day, counted=counted, note="", seen=till.seen, by=ALICE, key=till.seen)


def _call_off(event: Event) -> None:
    change(event, Event.status.set(Status.CANCELLED.value))


def _entry(slug: str, reference: str) -> Payment:
    entries = Payment.listing(known={"event_id": slug})
    return next(entry for entry in entries if entry.reference == reference)


def entries_of(slug: str) -> list[Payment]:
    return sorted(Payment.listing(known={"event_id": slug}), key=lambda entry: entry.sequence)


def party_of(slug: str, name: str) -> Patron:
    return next(party for party in Patron.listing(known={"event_id": slug}) if party.name == name)


# Raw writes


def change(row: Row, *actions: Any) -> None:
    """Change an item as nothing of ours would."""
    pk, sk = _place(row)
    Row._get_connection().update_item(pk, range_key=sk, actions=list(actions))


def take_away(row: Row) -> None:
    """Take an item out of the table."""
    pk, sk = _place(row)
    Row._get_connection().delete_item(pk, range_key=sk)


def put(row: Row) -> None:
    """Put an item over whatever is there."""
    row.stamp()
    Row._get_connection().put_item(row.pk, row.sk, attributes=_attributes(row))


def _place(row: Row) -> tuple[str, str]:
    if row.pk is None:
        row.stamp()
    return row.pk, row.sk


def _attributes(row: Row) -> dict[str, Any]:
    return {name: value for name, value in row.serialize().items() if name not in {"pk", "sk"}}
