"""A departure that is called off, party by party."""

from __future__ import annotations

import pytest

from events import bookings, reminders
from events.errors import EventFull
from events.rows import Event, Patron, Status
from payments import books, cancelling, ledger, receipts
from payments.cancelling import AlreadyTold, Changed, Choice, NotCancelled, Settlement, mark_of
from payments.ledger import BadEntry, KeyReused, NothingLeft
from payments.refusals import TooManyEntries
from payments.rows import Payment
from scc.dynamo.errors import Conflict, OutcomeUnknown
from scc.dynamo.rows import Row
from scc.mail.rows import Letter
from scc.staff import audit
from scc.staff.actors import Actor
from tests.builders import DAY, make_event, make_party
from tests.dynamo.faults import answers_lost, meanwhile
from waivers.personal_links import address_of

pytestmark = pytest.mark.usefixtures("table")

ALICE = Actor("alice", "Alice Archer")
DANA = Actor("dana", "Dana Drake")
OTHER = "2026-05-24"
WRITES = "TransactWriteItems"


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
    assert "We keep the $125.00 and $10.00 tip that you paid as your credit" in letter.text
    with pytest.raises(AlreadyTold):
        settle(party, Choice.LEAVE)
    assert len(letters()) == 1


@pytest.mark.parametrize(
    ("choice", "more", "said"),
    [
        (Choice.REFUND, {"method": "cash"}, "We give you back $125.00 and $10.00 tip (Cash)."),
        (Choice.CARRY, {"to_event": OTHER}, "What you paid, $125.00 and $10.00 tip, now counts for another departure"),
    ],
)
def test_who_was_told_before_gets_a_letter_about_the_money_alone(
    party: Patron, choice: Choice, more: dict[str, str], said: str
) -> None:
    settle(party, Choice.LEAVE)

    settle(party, choice, **more)

    assert stored().event.net_cents == 0
    told, settled = sorted(letters(), key=lambda letter: letter.ulid)
    assert told.subject.startswith("Cancelled: Sunset sail")
    assert settled.subject.startswith("Your money for Sunset sail")
    assert "is cancelled" not in settled.text
    assert said in settled.text


def test_settle_says_in_the_first_letter_that_it_is_off_and_in_no_other(party: Patron) -> None:
    leave = Settlement(party.ulid, Choice.LEAVE)
    with meanwhile(WRITES, lambda: cancelling.settle(event=party.event_id, settlement=leave, by=DANA)):
        settle(party, Choice.REFUND, method="cash")

    assert sorted(letter.subject.partition(" S")[0] for letter in letters()) == ["Cancelled:", "Your money for"]


def test_settle_tells_who_paid_nothing_that_nothing_is_owed(party: Patron) -> None:
    bo = make_party(event=stored().event, name="Bo", size=1, email="bo@example.com")

    settle(bo, Choice.LEAVE)

    assert "is cancelled.\n\nYou owe nothing for it.\n" in letters()[0].text


def test_settle_writes_with_the_receipt_of_what_it_moved(party: Patron) -> None:
    settle(party, Choice.CARRY, to_event=OTHER)

    (letter,) = letters()
    (came,) = stored(OTHER).entries
    assert f"Reference: {came.reference}" in letter.text
    assert receipts.link_of(came) in letter.text
    assert receipts.link_of(came) in letter.html


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


# What others do meanwhile


def test_settle_moves_only_what_was_looked_at(party: Patron) -> None:
    seen = mark_of(stored(), party.ulid)
    paid(stored().event, party)

    with pytest.raises(Changed):
        settle(party, Choice.REFUND, method="card", seen=seen)
    assert stored().event.refunded_cents == 0

    settle(party, Choice.REFUND, method="card", seen=mark_of(stored(), party.ulid))
    assert stored().event.net_cents == 0


def test_settle_under_one_key_never_says_that_it_gave_back_what_came_in_later(party: Patron) -> None:
    def give_back() -> None:
        seen = mark_of(stored(), party.ulid)
        settlement = Settlement(party.ulid, Choice.REFUND, method="card", seen=seen)
        cancelling.settle(event=party.event_id, settlement=settlement, by=ALICE, key="k")

    give_back()
    paid(stored().event, party)

    with pytest.raises(KeyReused):
        give_back()


def test_settle_carries_nothing_to_a_departure_that_is_called_off_meanwhile(party: Patron) -> None:
    with (
        meanwhile(WRITES, lambda: bookings.cancel(event=stored(OTHER).event, by=DANA)),
        pytest.raises(BadEntry, match="is cancelled"),
    ):
        settle(party, Choice.CARRY, to_event=OTHER)

    assert (stored().event.net_cents, stored(OTHER).event.net_cents) == (12_500, 0)
    assert letters() == []


def test_settle_carries_nothing_to_a_departure_that_fills_up_meanwhile(party: Patron) -> None:
    with (
        meanwhile(WRITES, lambda: make_party(event=stored(OTHER).event, name="Big group", size=9)),
        pytest.raises(EventFull),
    ):
        settle(party, Choice.CARRY, to_event=OTHER)

    assert stored().event.net_cents == 12_500


@pytest.mark.parametrize("choice", list(Choice))
def test_settle_does_nothing_once_the_departure_sails_again(party: Patron, choice: Choice) -> None:
    sails = {"status": Status.SCHEDULED.value}
    with (
        meanwhile(WRITES, lambda: bookings.change_event(event=stored().event, changes=sails, by=DANA)),
        pytest.raises(NotCancelled),
    ):
        settle(party, choice, to_event=OTHER, method="card")

    assert stored().event.net_cents == 12_500
    assert letters() == []


def test_settle_says_that_a_party_left_the_manifest(party: Patron) -> None:
    cy = make_party(event=stored().event, name="Cy", size=1, email="cy@example.com")

    with (
        meanwhile(WRITES, lambda: bookings.remove_party(event=stored().event, party=cy, by=DANA)),
        pytest.raises(BadEntry, match="No such party"),
    ):
        settle(cy, Choice.LEAVE)

    assert letters() == []


def test_settle_tells_what_is_kept_when_the_letter_is_written(party: Patron) -> None:
    def give_some_back() -> None:
        # The turn is this thread's alone where nothing is posted: as another process would.
        ledger.refund(
            event=party.event_id,
            reference=stored().entries[0].reference,
            amount_cents=2_500,
            method="cash",
            reason="Goodwill",
            by=DANA,
        )

    with meanwhile(WRITES, give_some_back):
        settle(party, Choice.LEAVE)

    assert "We keep the $100.00 and $10.00 tip that you paid as your credit" in letters()[0].text


# Parties as they come


def test_settle_joins_the_same_party_on_the_other_departure(party: Patron) -> None:
    there = make_party(event=stored(OTHER).event, name="ana lopez", size=2)

    settle(party, Choice.CARRY, to_event=OTHER)

    assert list(stored(OTHER).parties) == [there.ulid]
    assert stored(OTHER).event.booked == 2
    assert stored(OTHER).parties[there.ulid].net_cents == 12_500


def test_settle_gives_back_what_earlier_refunds_left(party: Patron) -> None:
    ledger.refund(
        event=party.event_id,
        reference=stored().entries[0].reference,
        amount_cents=10_000,
        tip_cents=400,
        method="cash",
        reason="Fewer people came",
        by=ALICE,
    )

    settle(party, Choice.REFUND, method="cash")

    last = stored().entries[-1]
    assert (last.amount_cents, last.tip_cents) == (2_500, 600)
    assert (stored().event.net_cents, stored().event.tips_cents) == (0, 0)


def test_settle_moves_forty_payments_at_once_and_no_more(party: Patron) -> None:
    event = stored().event
    for _ in range(40):
        ledger.record(event=event, patron_name="Bo", amount_cents=100, method="cash", by=ALICE, patron_id=party.ulid)
        event = stored().event

    with pytest.raises(TooManyEntries, match="41 payments"):
        settle(party, Choice.CARRY, to_event=OTHER)
    with pytest.raises(TooManyEntries):
        settle(party, Choice.REFUND, method="check", external_reference="4711")

    first = stored().entries[0]
    ledger.void(event=event.slug, reference=first.reference, reason="Logged twice", by=ALICE)
    settle(party, Choice.CARRY, to_event=OTHER)
    assert stored(OTHER).event.net_cents == 4_000
    assert len(letters()) == 1


def test_settle_refunds_forty_payments_with_a_reference_each(party: Patron) -> None:
    for _ in range(39):
        paid(stored().event, party)

    settle(party, Choice.REFUND, method="check", external_reference="4711")

    assert stored().event.net_cents == 0
    assert {entry.external_reference for entry in stored().entries[40:]} == {"4711"}


@pytest.mark.parametrize(("choice", "left"), [(Choice.CARRY, 0), (Choice.REFUND, 0), (Choice.LEAVE, 12_500)])
def test_settle_needs_no_address(party: Patron, choice: Choice, left: int) -> None:
    bo = make_party(event=stored().event, name="Bo", size=1, email="")
    paid(stored().event, bo)

    settle(bo, choice, to_event=OTHER, method="card")

    assert stored().parties[bo.ulid].net_cents == left
    assert stored().parties[bo.ulid].told_cancelled_at is None
    assert letters() == []


def test_settle_gives_back_whatever_the_address_is(party: Patron) -> None:
    bo = make_party(event=stored().event, name="Bo", size=1, email="nobody")
    paid(stored().event, bo)

    with pytest.raises(BadEntry, match="The party's email: Must be an e-mail address"):
        settle(bo, Choice.CARRY, to_event=OTHER)
    settle(bo, Choice.REFUND, method="card")

    assert stored().parties[bo.ulid].net_cents == 0
    assert letters() == []


def test_a_carried_party_is_reminded_of_its_new_departure_and_not_of_the_old_one(party: Patron) -> None:
    settle(party, Choice.CARRY, to_event=OTHER)

    assert [reminder.name for reminder in reminders.of(stored(OTHER).event)] == ["Ana López"]
    with pytest.raises(Conflict):
        reminders.write(reminders.of(before_it_was_off(party))[0], link_of=address_of, by=ALICE)


def before_it_was_off(party: Patron) -> Event:
    event = stored().event
    event.version -= 1
    return event
