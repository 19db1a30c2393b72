"""A departure that is called off, party by party."""

from __future__ import annotations

import pytest

from events import bookings
from events.errors import EventFull
from events.rows import Event, Patron
from payments import books, cancelling, ledger
from payments.cancelling import AlreadyTold, Choice, NotCancelled, Settlement
from payments.ledger import BadEntry, NothingLeft
from payments.rows import Payment
from scc.dynamo.errors import OutcomeUnknown
from scc.dynamo.rows import Row
from scc.mail.rows import Letter
from scc.staff import audit
from scc.staff.actors import Actor
from tests.builders import DAY, make_event, make_party
from tests.dynamo.faults import answers_lost

pytestmark = pytest.mark.usefixtures("table")

ALICE = Actor("alice", "Alice Archer")
OTHER = "2026-05-24"


@pytest.fixture
def party(table: None) -> Patron:
    """A party of four that paid $125.00 and a tip on a departure that is off; another departure is to sail."""
    event = make_event()
    make_event(slug=OTHER, date=DAY.replace(day=24))
    party = make_party(event=event)
    paid(event, party)
    bookings.cancel(event=stored().event, by=ALICE)
    return party


def paid(event: Event, party: Patron) -> Payment:
    return ledger.record(
        event=event.slug,
        patron_name=party.name,
        patron_id=party.ulid,
        amount_cents=12_500,
        tip_cents=1_000,
        method="card",
        by=ALICE,
    ).payment


def stored(slug: str = "2026-05-23") -> books.Book:
    return books.read(slug)


def settle(party: Patron, choice: Choice, **more: str) -> None:
    cancelling.settle(event=party.event_id, settlement=Settlement(party.ulid, choice, **more), by=ALICE)


def letters() -> list[Letter]:
    return [row for row in Row.scan() if isinstance(row, Letter)]


def test_settle_carries_the_credit_over_with_one_letter(party: Patron) -> None:
    settle(party, Choice.CARRY, to_event=OTHER)

    (booked,) = stored(OTHER).parties.values()
    assert (booked.name, booked.net_cents, booked.tips_cents) == ("Ana López", 12_500, 1_000)
    (letter,) = letters()
    assert letter.to == "ana@example.com"
    assert "is cancelled" in letter.text
    assert "$125.00 and $10.00 tip, now counts for another departure" in letter.text


def test_settle_gives_all_back_with_one_letter(party: Patron) -> None:
    paid(stored().event, party)

    settle(party, Choice.REFUND, method="card")

    assert (stored().event.net_cents, stored().event.tips_cents) == (0, 0)
    refunds = [entry for entry in stored().entries if entry.entry_kind == "refund"]
    (letter,) = letters()
    assert "We give you back $250.00 and $20.00 tip (Card)" in letter.text
    assert {entry.letter_id for entry in refunds} == {letter.id}


def test_settle_leaves_the_money_and_tells_once(party: Patron) -> None:
    settle(party, Choice.LEAVE)

    assert stored().event.net_cents == 12_500
    (letter,) = letters()
    assert "We keep the $125.00 that you paid as your credit" in letter.text
    with pytest.raises(AlreadyTold):
        settle(party, Choice.LEAVE)
    assert len(letters()) == 1


def test_what_was_left_is_given_back_later(party: Patron) -> None:
    settle(party, Choice.LEAVE)

    settle(party, Choice.REFUND, method="cash")

    assert stored().event.net_cents == 0
    assert len(letters()) == 2


def test_settle_writes_one_audit_entry_about_the_party(party: Patron) -> None:
    settle(party, Choice.REFUND, method="card")

    assert [entry.action for entry in audit.history_of(stored().parties[party.ulid])] == ["refund"]


def test_settle_twice_moves_nothing_twice(party: Patron) -> None:
    settle(party, Choice.REFUND, method="card")

    with pytest.raises(NothingLeft):
        settle(party, Choice.REFUND, method="card")
    with pytest.raises(NothingLeft):
        settle(party, Choice.CARRY, to_event=OTHER)


def test_a_lost_answer_settles_once(party: Patron) -> None:
    choice = Settlement(party.ulid, Choice.REFUND, method="card")
    with answers_lost("TransactWriteItems", times=100), pytest.raises(OutcomeUnknown):
        cancelling.settle(event=party.event_id, settlement=choice, by=ALICE, key="k")

    cancelling.settle(event=party.event_id, settlement=choice, by=ALICE, key="k")

    assert stored().event.refunded_cents == 12_500


def test_settle_refuses_what_cannot_be(party: Patron) -> None:
    make_event(slug="2026-05-25", date=DAY.replace(day=25), capacity=3)

    with pytest.raises(EventFull):
        settle(party, Choice.CARRY, to_event="2026-05-25")
    with pytest.raises(BadEntry, match="method"):
        settle(party, Choice.REFUND, method="gold")
    with pytest.raises(BadEntry, match="party"):
        settle(Patron(event_id=party.event_id, ulid="X"), Choice.LEAVE)
    with pytest.raises(NotCancelled):
        settle(make_party(event=stored(OTHER).event), Choice.LEAVE)
    assert letters() == []
