"""Refunds, corrections and transfers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from events.rows import Event, Patron, Status
from payments import books, ledger, methods, moves, tallies
from payments.ledger import (
    AlreadyRefunded,
    AlreadyVoid,
    BadEntry,
    EventFull,
    KeyReused,
    MoreThanIsLeft,
    NothingLeft,
    NotToBeRefunded,
    NotToBeVoided,
)
from payments.methods import Asks
from payments.refusals import TooManyEntries
from payments.rows import Kind, Payment, PaymentMethod, Tally
from payments.totals import Moved, count, each_moved, moved_by
from scc.dynamo.rows import Row
from scc.dynamo.units import Unit
from scc.mail.rows import Letter
from scc.staff import audit
from scc.staff.actors import Actor
from tests.builders import DAY, make_event, make_party
from tests.conftest import RequestsMade

pytestmark = pytest.mark.usefixtures("table")

DANA = Actor("dana", "Dana Drake")
ALICE = Actor("alice", "Alice Archer")


def paid(**changes: Any) -> Payment:
    facts: dict[str, Any] = {
        "event": "2026-05-23",
        "patron_name": "Ana López",
        "amount_cents": 12_500,
        "method": "cash",
        "by": DANA,
    }
    return ledger.record(**(facts | changes)).payment


def refund(entry: Payment, **changes: Any) -> ledger.Recorded:
    facts: dict[str, Any] = {"amount_cents": 5_000, "method": "cash", "reason": "Weather", "by": ALICE}
    return ledger.refund(event=entry.event_id, reference=entry.reference, **(facts | changes))


def correct(entry: Payment, **changes: Any) -> ledger.Recorded:
    facts: dict[str, Any] = {"patron_name": entry.patron_name, "amount_cents": 12_500, "method": "card", "by": ALICE}
    return ledger.correct(event=entry.event_id, reference=entry.reference, **(facts | changes))


def void(entry: Payment) -> ledger.Recorded:
    return ledger.void(event=entry.event_id, reference=entry.reference, reason="Logged twice", by=ALICE)


def stored(slug: str = "2026-05-23") -> books.Book:
    return books.read(slug)


def assert_sound(slug: str = "2026-05-23") -> None:
    book = stored(slug)
    figures = Moved(book.event.received_cents, book.event.refunded_cents, book.event.tips_cents)
    tallied = Tally.listing(known={"event_id": slug})
    assert count(book.entries) == figures == tallies.moved(tallied)
    assert sum(tally.entries for tally in tallied) == len(book.entries)
    # Each entry says by itself what it moves, a void too.
    assert [moved_by(entry) for entry in book.entries] == [moved for _, moved in each_moved(book.entries)]


def test_refund_gives_a_part_back_and_says_why() -> None:
    make_event()

    recorded = refund(paid(), note="Came late")

    given = recorded.payment
    assert (given.entry_kind, given.amount_cents, given.method) == (Kind.REFUND, 5_000, "cash")
    assert (given.reason, given.note) == ("Weather", "Came late")
    assert (recorded.totals.received_cents, recorded.totals.refunded_cents) == (12_500, 5_000)
    assert_sound()


def test_refund_never_gives_more_than_is_left() -> None:
    make_event()
    entry = paid()
    refund(entry, amount_cents=12_000)

    with pytest.raises(MoreThanIsLeft, match=r"^\$5\.00 is left of "):
        refund(entry, amount_cents=501)
    refund(entry, amount_cents=500)
    with pytest.raises(MoreThanIsLeft):
        refund(entry, amount_cents=1)
    assert stored().event.refunded_cents == 12_500


def test_refund_gives_the_tip_back_apart() -> None:
    make_event()
    entry = paid(tip_cents=2_000)

    with pytest.raises(MoreThanIsLeft, match="tip"):
        refund(entry, tip_cents=2_001)
    refund(entry, tip_cents=1_500)

    assert (stored().event.tips_cents, stored().event.refunded_cents) == (500, 5_000)
    assert_sound()


def test_a_refund_that_is_voided_is_left_again() -> None:
    make_event()
    entry = paid()
    void(refund(entry, amount_cents=12_500).payment)

    refund(entry, amount_cents=12_500)

    assert stored().left_of(entry).amount_cents == 0
    assert_sound()


def test_refund_refuses_what_never_came_in() -> None:
    make_event()
    entry = paid()
    given = refund(entry).payment
    with pytest.raises(NotToBeRefunded, match="is a refund"):
        refund(given)
    void(given)
    void(entry)
    with pytest.raises(AlreadyVoid, match="by Alice Archer"):
        refund(entry)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"amount_cents": 0}, "amount"),
        ({"amount_cents": -1}, "amount"),
        ({"tip_cents": -1}, "tip"),
        ({"method": "gold"}, "method"),
        ({"reason": " "}, "reason"),
    ],
)
def test_refund_refuses_bad_values_and_writes_nothing(changes: dict[str, Any], field: str) -> None:
    make_event()
    entry = paid()

    with pytest.raises(BadEntry) as refused:
        refund(entry, **changes)

    assert list(refused.value.errors) == [field]
    assert len(stored().entries) == 1


def test_the_same_key_refunds_once_and_another_body_is_refused() -> None:
    make_event()
    entry = paid()

    first, again = refund(entry, key="k"), refund(entry, key="k")

    assert (again.payment.reference, again.replayed) == (first.payment.reference, True)
    with pytest.raises(KeyReused):
        refund(entry, key="k", amount_cents=4_000)
    assert stored().event.refunded_cents == 5_000


def test_a_whole_refund_sent_again_gets_its_answer(requests_made: RequestsMade) -> None:
    make_event()
    entry = paid()
    first = refund(entry, key="k", amount_cents=12_500)

    assert refund(entry, key="k", amount_cents=12_500).payment.id == first.payment.id


def test_correct_voids_and_adds_in_one_transaction(requests_made: RequestsMade) -> None:
    make_event()
    entry = paid(tip_cents=1_000, external_reference="x")

    with requests_made() as made:
        recorded = correct(entry, amount_cents=11_000)

    after = recorded.payment
    assert made == {"Query": 1, "TransactWriteItems": 1}
    assert (after.entry_kind, after.corrects, after.method) == (Kind.PAYMENT, entry.reference, "card")
    assert [each.entry_kind for each in stored().entries] == ["payment", "void", "payment"]
    assert (stored().event.received_cents, stored().event.tips_cents) == (11_000, 0)
    assert after.paid_at == stored().find(entry.reference).paid_at
    assert_sound()


def test_correct_moves_the_money_to_another_party() -> None:
    event = make_event()
    ana, bo = make_party(event=event), make_party(event=event, name="Bo", email="")
    entry = paid(patron_id=ana.ulid)

    correct(entry, patron_name="Bo", patron_id=bo.ulid)

    parties = stored().parties
    assert (parties[ana.ulid].received_cents, parties[bo.ulid].received_cents) == (0, 12_500)


def test_correct_keeps_the_party_of_the_same_name() -> None:
    event = make_event()
    ana = make_party(event=event)
    entry = paid(patron_id=ana.ulid)

    assert correct(entry).payment.patron_id == ana.ulid
    assert stored().parties[ana.ulid].received_cents == 12_500


def test_correct_keeps_the_party_when_its_name_is_mended_and_drops_it_when_told() -> None:
    event = make_event()
    ana = make_party(event=event)
    entry = paid(patron_id=ana.ulid, patron_name="Ana Lopes")

    mended = correct(entry, patron_name="Ana López").payment
    dropped = correct(mended, patron_id="").payment

    assert (mended.patron_id, dropped.patron_id) == (ana.ulid, "")
    assert stored().parties[ana.ulid].received_cents == 0


@pytest.mark.parametrize("party", ["\ud800", "01JV", "01JVXXXXXXXXXXXXXXXXXXXXXX"])
def test_correct_refuses_a_party_that_is_none(party: str) -> None:
    make_event()
    entry = paid()

    with pytest.raises(BadEntry, match="No such party"):
        correct(entry, patron_id=party)


def test_a_corrected_receipt_says_what_its_own_party_owes() -> None:
    event = make_event()
    ana, bo = make_party(event=event), make_party(event=event, name="Bo", email="bo@example.com")
    entry = paid(patron_id=ana.ulid)

    after = correct(entry, patron_name="Bo", patron_id=bo.ulid, patron_email="bo@example.com").payment

    letters = {row.id: row for row in Row.scan() if isinstance(row, Letter)}
    assert "Still to be paid: $375.00" in letters[after.letter_id].text


def test_a_request_is_answered_by_its_key_whatever_the_method_asks_since() -> None:
    make_event()
    first = paid(method="venmo", key="k")
    method_asks("venmo", Asks.NEEDED)

    assert paid(method="venmo", key="k").id == first.id
    with pytest.raises(BadEntry, match="Venmo needs one"):
        paid(method="venmo", key="l")


def method_asks(code: str, asks: Asks) -> None:
    unit = Unit()
    unit.put(PaymentMethod(code=code, label=methods.label(code), asks=asks.value, order=1, is_offered=True))
    unit.commit()
    methods.forget()


def test_a_tip_that_is_left_alone_says_what_to_do() -> None:
    make_event()
    entry = paid(tip_cents=2_000)
    refund(entry, amount_cents=12_500)

    with pytest.raises(MoreThanIsLeft, match=r"Only the tip of \$20\.00 is left .* void the refund"):
        refund(entry, amount_cents=1, tip_cents=2_000)


def test_correct_refuses_what_is_void_or_refunded() -> None:
    make_event()
    refunded, voided = paid(), paid()
    given = refund(refunded).payment
    void(voided)

    with pytest.raises(AlreadyRefunded):
        correct(refunded)
    with pytest.raises(AlreadyVoid):
        correct(voided)
    with pytest.raises(NotToBeVoided, match="only payments are corrected"):
        correct(given)


def test_correct_writes_one_audit_entry_about_what_was_wrong() -> None:
    make_event()
    entry = paid()

    correct(entry, amount_cents=10_000)

    told = audit.history_of(entry)
    assert [each.action for each in told] == ["corrected", "payment"]
    assert "amount $125.00 is $100.00, method cash is card" in told[0].summary


def carry(party: Patron, to: Event, **changes: Any) -> ledger.Recorded:
    return ledger.transfer(
        **{"event": party.event_id, "party_id": party.ulid, "to_event": to.slug, "by": ALICE, **changes}
    )


def carried_pair() -> tuple[Patron, Event]:
    event = make_event(status=Status.CANCELLED)
    other = make_event(slug="2026-05-24", date=DAY.replace(day=24))
    return make_party(event=event), other


def test_transfer_books_the_party_and_carries_its_credit_in_one_transaction(requests_made: RequestsMade) -> None:
    party, other = carried_pair()
    paid(patron_id=party.ulid, tip_cents=1_000)
    paid(patron_id=party.ulid, amount_cents=20_000)

    with requests_made() as made:
        carry(party, other)

    # The second says what became of the letter.
    assert made == {"Query": 2, "TransactWriteItems": 2}
    there = stored(other.slug)
    (booked,) = there.parties.values()
    assert (booked.name, booked.received_cents, booked.tips_cents) == ("Ana López", 32_500, 1_000)
    assert (there.event.booked, there.event.parties_cents) == (4, 50_000)
    left = stored().parties[party.ulid]
    assert (left.net_cents, left.tips_cents) == (0, 0)
    assert_sound()
    assert_sound(other.slug)


def test_transfer_names_both_ends() -> None:
    party, other = carried_pair()
    paid(patron_id=party.ulid)

    gone = carry(party, other).payment

    (come,) = stored(other.slug).entries
    assert (gone.way, gone.other_event, gone.other_reference) == ("out", other.slug, come.reference)
    assert (come.way, come.other_event, come.other_reference) == ("in", party.event_id, gone.reference)


def test_transfer_carries_only_what_is_left_and_only_once() -> None:
    party, other = carried_pair()
    refund(paid(patron_id=party.ulid), amount_cents=2_500)

    carry(party, other)

    assert stored(other.slug).event.received_cents == 10_000
    with pytest.raises(NothingLeft):
        carry(party, other)


def test_what_was_carried_is_not_given_back_where_it_came_from() -> None:
    party, other = carried_pair()
    entry = paid(patron_id=party.ulid)
    carry(party, other)

    with pytest.raises(MoreThanIsLeft):
        refund(entry, amount_cents=1)
    with pytest.raises(AlreadyRefunded, match="carried over to 2026-05-24"):
        void(entry)
    (come,) = stored(other.slug).entries
    refund(come, amount_cents=12_500)


def test_transfer_to_who_is_booked_there_already_books_nobody() -> None:
    party, other = carried_pair()
    there = make_party(event=other)
    paid(patron_id=party.ulid)

    carry(party, other)

    assert list(stored(other.slug).parties) == [there.ulid]
    assert stored(other.slug).parties[there.ulid].received_cents == 12_500


def test_what_comes_later_is_carried_to_the_party_that_was_booked_then() -> None:
    event = make_event(status=Status.CANCELLED)
    other = make_event(slug="2026-05-24", date=DAY.replace(day=24))
    party = make_party(event=event, email="")
    paid(patron_id=party.ulid)
    carry(party, other)
    paid(patron_id=party.ulid, amount_cents=5_000)

    carry(party, other)

    (booked,) = stored(other.slug).parties.values()
    assert booked.received_cents == 17_500


def test_carried_back_it_is_the_first_party_s() -> None:
    event = make_event()
    other = make_event(slug="2026-05-24", date=DAY.replace(day=24))
    party = make_party(event=event, email="")
    paid(patron_id=party.ulid)
    carry(party, other)
    (there,) = stored(other.slug).parties.values()

    carry(there, event)

    assert list(stored().parties) == [party.ulid]
    assert stored().parties[party.ulid].net_cents == 12_500
    assert_sound()


def test_transfer_refuses_a_full_departure_and_writes_nothing() -> None:
    party, _ = carried_pair()
    small = make_event(slug="2026-05-25", date=DAY.replace(day=25), capacity=3)
    paid(patron_id=party.ulid)
    before = len(list(Row.scan()))

    with pytest.raises(EventFull):
        carry(party, small)

    assert len(list(Row.scan())) == before


@pytest.mark.parametrize("status", [Status.CANCELLED, Status.COMPLETED])
def test_transfer_refuses_a_departure_that_does_not_sail(status: Status) -> None:
    party, _ = carried_pair()
    gone = make_event(slug="2026-05-25", date=DAY.replace(day=25), status=status)
    paid(patron_id=party.ulid)

    with pytest.raises(BadEntry, match=f"is {status.value}"):
        carry(party, gone)
    with pytest.raises(BadEntry, match="another departure"):
        carry(party, stored().event)


def test_more_entries_than_one_transaction_takes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moves, "MOST_ENTRIES", 1)
    party, other = carried_pair()
    paid(patron_id=party.ulid)
    paid(patron_id=party.ulid)

    with pytest.raises(TooManyEntries, match="has 2 payments; 1 go at once"):
        carry(party, other)


def test_as_many_as_one_transaction_takes_are_carried_over() -> None:
    party, other = carried_pair()
    for number in range(moves.MOST_ENTRIES):
        paid(patron_id=party.ulid, amount_cents=100 + number, paid_at=DAY - timedelta(days=number))

    carry(party, other, key="k")

    assert len(stored(other.slug).entries) == moves.MOST_ENTRIES
    assert_sound()


def test_the_same_key_carries_once() -> None:
    party, other = carried_pair()
    paid(patron_id=party.ulid)

    first, again = carry(party, other, key="k"), carry(party, other, key="k")

    assert (again.payment.id, again.replayed) == (first.payment.id, True)


def test_money_on_a_cancelled_departure_is_credit() -> None:
    event = make_event(status=Status.CANCELLED)
    party = make_party(event=event)

    recorded = ledger.record(
        event=event, patron_name="Ana", amount_cents=100, method="cash", by=DANA, patron_id=party.ulid
    )

    assert (recorded.totals.due_cents, recorded.totals.balance_cents) == (0, -100)
