"""The rules of the ledger, against a real table."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import UTC, date, datetime, timedelta
from threading import Barrier
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.utils import timezone
from pynamodb.connection import Connection

from events import bookings, turns
from events.balances import balance_of
from events.rows import Event, Patron, Status
from payments import ledger
from payments.chain import verify_chain
from payments.drafts import BadEntry
from payments.keys import KeyReused, Recorded
from payments.rows import Key, Kind, Payment
from payments.totals import Moved, count
from scc.dynamo.errors import OutcomeUnknown
from scc.dynamo.rows import Row
from scc.mail.rows import Letter
from scc.staff import audit
from scc.staff.actors import Actor
from tests.builders import make_event, make_party
from tests.conftest import RequestsMade
from tests.dynamo import faults

KIRITIMATI = ZoneInfo("Pacific/Kiritimati")
ALICE = Actor("alice", "Alice Archer")
DANA = Actor("dana", "Dana Diaz")

# A condition that always holds.
ANYTHING = Row.pk.exists() | Row.pk.does_not_exist()
# How a transaction is sent.
WITH_TOKEN = Connection.transact_write_items
# Botocore's own tries of one request, which all carry one token: see Row.Meta.
TRIES_OF_THE_CLIENT = 3

pytestmark = pytest.mark.usefixtures("methods_known")


def record(event: str | Event = "2026-05-23", **changes: Any) -> Recorded:
    facts: dict[str, Any] = {"patron_name": "Ana López", "amount_cents": 12_500, "method": "cash", "by": DANA}
    return ledger.record(event=event, **(facts | changes))


def void(reference: str, **changes: Any) -> Recorded:
    facts: dict[str, Any] = {"event": "2026-05-23", "reason": "Typed twice", "by": ALICE}
    return ledger.void(reference=reference, **(facts | changes))


def stored_event(slug: str = "2026-05-23") -> Event:
    event = Event.fetch(slug=slug)
    assert event is not None
    return event


def entries_of(slug: str = "2026-05-23") -> list[Payment]:
    entries = Payment.listing(known={"event_id": slug}).rows
    return sorted(entries, key=lambda entry: entry.sequence)


def everything() -> list[tuple[str, str]]:
    return sorted((row.pk, row.sk) for row in Row.scan())


def at_once(number: int, act: Callable[[int], Any]) -> list[Any]:
    """Return what `number` threads got from `act`, all started together."""
    barrier = Barrier(number)

    def one(place: int) -> Any:
        barrier.wait()
        return act(place)

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(one, range(number)))


def assert_sound(slug: str = "2026-05-23") -> None:
    """Entries, chain and totals agree with each other."""
    event, entries = stored_event(slug), entries_of(slug)
    assert verify_chain(entries, head=event.ledger_head, count=event.ledger_count) == []
    assert count(entries) == Moved(event.received_cents, event.refunded_cents, event.tips_cents)


def without_token(connection: Connection, **request: Any) -> Any:
    return WITH_TOKEN(connection, **request | {"client_request_token": None})


# What one entry writes


def test_record_writes_entry_totals_audit_and_key_in_one_transaction(requests_made: RequestsMade) -> None:
    make_event()

    with requests_made() as made:
        recorded = record(key="one", tip_cents=1_000)

    assert made == {"GetItem": 1, "TransactWriteItems": 1}
    (entry,) = entries_of()
    assert entry.reference == recorded.payment.reference
    assert (entry.amount_cents, entry.tip_cents, entry.currency) == (12_500, 1_000, "USD")
    assert audit.history_of(entry)[0].summary.startswith(f"Logged {entry.reference}, $125.00 and $10.00 tip")
    assert [row.sk for row in Row.scan(Key.kind == Key)] == ["META"]
    assert_sound()


def test_record_reads_nothing_when_the_event_is_at_hand(requests_made: RequestsMade) -> None:
    event = make_event()

    with requests_made() as made:
        record(event)

    assert made == {"TransactWriteItems": 1}


def test_record_gives_the_totals_right_after_the_entry() -> None:
    make_event(price_cents=110_000)
    record(amount_cents=10_000)

    totals = record(amount_cents=12_500, tip_cents=500).totals

    assert (totals.received_cents, totals.tips_cents) == (22_500, 500)
    assert (totals.due_cents, totals.balance_cents) == (110_000, 87_500)


def test_record_moves_the_party_that_paid(requests_made: RequestsMade) -> None:
    party = make_party(event=make_event(), price_cents=50_000)

    with requests_made() as made:
        record(patron_id=party.ulid)

    stored = Patron.fetch(event_id="2026-05-23", ulid=party.ulid)
    assert stored is not None
    assert balance_of(stored, stored_event()) == 37_500
    assert made == {"BatchGetItem": 1, "TransactWriteItems": 1}


def test_record_takes_the_partys_long_id_too() -> None:
    party = make_party(event=make_event())

    assert record(patron_id=party.id).payment.patron_id == party.ulid


@pytest.mark.parametrize("patron_id", ["01JVNOSUCHPARTY00000000000", "x", "é" * 26, "2026-05-24.01JV"])
def test_record_refuses_a_party_that_is_not_on_the_departure(patron_id: str) -> None:
    make_event()
    before = everything()

    with pytest.raises(BadEntry) as refused:
        record(patron_id=patron_id)

    assert list(refused.value.errors) == ["patron_id"]
    assert everything() == before


def test_record_never_moves_a_party_of_another_departure() -> None:
    make_event()
    other = make_party(event=make_event(slug="2026-05-23-sunset"))

    with pytest.raises(BadEntry):
        record(patron_id=other.ulid)
    with pytest.raises(BadEntry):
        record(patron_id=other.id)

    assert entries_of() == []


def test_two_departures_keep_their_money_apart() -> None:
    make_event()
    make_event(slug="2026-05-23-sunset")

    record("2026-05-23", amount_cents=100, key="same")
    record("2026-05-23-sunset", amount_cents=900, key="same")

    assert [entry.amount_cents for entry in entries_of("2026-05-23")] == [100]
    assert [entry.amount_cents for entry in entries_of("2026-05-23-sunset")] == [900]
    assert_sound("2026-05-23")
    assert_sound("2026-05-23-sunset")


# What can be recorded


@pytest.mark.parametrize("slug", ["2026-05-24", "nonsense", "", "2026-05-23#", "2026-02-30", "x" * 3000, "\0"])
def test_record_knows_no_event_that_is_not_there(slug: str) -> None:
    make_event()
    before = everything()

    with pytest.raises(ledger.UnknownEvent):
        record(slug)

    assert everything() == before


def test_record_takes_money_on_a_cancelled_departure() -> None:
    make_event(status=Status.CANCELLED.value)

    record()

    assert stored_event().received_cents == 12_500


def test_record_takes_money_from_a_party_that_owes_nothing() -> None:
    party = make_party(event=make_event(), price_cents=0)

    record(patron_id=party.ulid)

    stored = Patron.fetch(event_id="2026-05-23", ulid=party.ulid)
    assert stored is not None
    assert balance_of(stored, stored_event()) == -12_500


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("amount", {"amount_cents": 0}),
        ("amount", {"amount_cents": -1}),
        ("amount", {"amount_cents": 100_000_001}),
        ("tip", {"tip_cents": -1}),
        ("tip", {"tip_cents": 100_000_001}),
        ("method", {"method": "bitcoin"}),
        ("method", {"method": ""}),
        ("patron_name", {"patron_name": "  "}),
        ("patron_name", {"patron_name": "\u200b\u2060"}),
        ("patron_name", {"patron_name": "\u3164"}),
        ("patron_name", {"patron_name": "A" * 201}),
        ("patron_name", {"patron_name": "Ana\0"}),
        ("patron_name", {"patron_name": "\ud800"}),
        ("patron_email", {"patron_email": "not an address"}),
        ("patron_email", {"patron_email": "ana@example.com\nBcc: all@example.com"}),
        ("note", {"note": "x" * 2001}),
        ("reference", {"external_reference": "x" * 201}),
        ("currency", {"currency": "EUR"}),
        ("paid_at", {"paid_at": datetime(1999, 12, 31, tzinfo=UTC)}),
        ("paid_at", {"paid_at": datetime.max.replace(tzinfo=UTC)}),
        ("paid_at", {"paid_at": datetime.min.replace(tzinfo=UTC)}),
        ("paid_at", {"paid_at": date.max}),
        ("paid_at", {"paid_at": date.min}),
    ],
)
def test_record_refuses_what_cannot_be_and_writes_nothing(field: str, changes: dict[str, Any]) -> None:
    make_event()
    before = everything()

    with pytest.raises(BadEntry) as refused:
        record(**changes)

    assert list(refused.value.errors) == [field]
    assert everything() == before


def test_record_says_everything_that_is_wrong_at_once() -> None:
    make_event()

    with pytest.raises(BadEntry) as refused:
        record(amount_cents=0, patron_name="", method="gold")

    assert sorted(refused.value.errors) == ["amount", "method", "patron_name"]


def test_record_refuses_a_departure_in_another_currency() -> None:
    make_event(currency="MXN")

    with pytest.raises(BadEntry, match="MXN is another currency"):
        record()


def test_record_keeps_when_it_was_paid_apart_from_when_it_was_recorded() -> None:
    make_event()
    yesterday = timezone.now() - timedelta(days=1)

    entry = record(paid_at=yesterday, received_by="bob").payment

    assert entry.paid_at == yesterday
    assert entry.recorded_at > yesterday
    assert (entry.received_by, entry.recorded_by) == ("bob", "dana")


def test_record_refuses_tomorrow_and_takes_a_clock_that_is_a_little_ahead() -> None:
    make_event()
    now = timezone.now()

    with pytest.raises(BadEntry):
        record(paid_at=now + timedelta(minutes=10))
    entry = record(paid_at=now + timedelta(seconds=30)).payment

    assert entry.paid_at <= entry.recorded_at


def test_record_takes_a_day_as_the_event_has_it() -> None:
    # At 20:00 UTC it is tomorrow already at Kiritimati (UTC+14).
    make_event(time_zone=KIRITIMATI)
    there = timezone.now().astimezone(KIRITIMATI).date()

    assert record(paid_at=there).payment.paid_at <= timezone.now()
    with pytest.raises(BadEntry):
        record(paid_at=there + timedelta(days=1))


def test_record_stores_a_name_as_it_is_seen() -> None:
    make_event()

    entry = record(patron_name=" A\u200bna  Lo\u0301pez\u202e ").payment

    assert entry.patron_name == "Ana López"


# Keys


def test_record_answers_the_same_request_with_the_first_answer(requests_made: RequestsMade) -> None:
    make_event()
    first = record(key="k", tip_cents=100)
    record(amount_cents=99, key="other")

    with requests_made() as made:
        again = record(key="k", tip_cents=100, by=ALICE)

    assert again.replayed
    assert not first.replayed
    assert (again.payment.id, again.payment.hash) == (first.payment.id, first.payment.hash)
    assert again.totals == first.totals
    assert made == {"GetItem": 1, "TransactWriteItems": 1}
    assert len(entries_of()) == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"amount_cents": 12_501},
        {"patron_name": "Bob"},
        {"method": "card"},
        {"tip_cents": 1},
        {"note": "cash box"},
        {"external_reference": "1234"},
        {"paid_at": datetime(2026, 5, 1, tzinfo=UTC)},
        {"received_by": "bob"},
    ],
)
def test_record_refuses_another_request_with_a_used_key(changes: dict[str, Any]) -> None:
    make_event()
    record(key="k")

    with pytest.raises(KeyReused):
        record(key="k", **changes)

    assert len(entries_of()) == 1


def test_record_without_a_key_is_a_new_payment_each_time() -> None:
    make_event()

    references = {record().payment.reference for _ in range(2)}

    assert len(references) == 2
    assert_sound()


def test_a_key_never_expires() -> None:
    make_event()
    record(key="k")

    (key,) = Row.scan(Key.kind == Key)

    assert "expires_at" not in key.serialize()


def test_record_answers_the_same_request_when_its_party_is_gone() -> None:
    party = make_party(event=make_event())
    first = record(patron_id=party.ulid, key="k").payment
    void(first.reference)
    bookings.remove_party(event=stored_event(), party=party, by=ALICE)

    again = record(patron_id=party.ulid, key="k")

    assert again.replayed
    assert again.payment.reference == first.reference
    assert len(entries_of()) == 2


def test_a_request_is_known_again_by_what_was_asked_alone() -> None:
    make_event()
    record(key="k", tip_cents=500, paid_at=date(2026, 5, 1))

    (key,) = (row for row in Row.scan() if isinstance(row, Key))

    # A release that reckons it in another way refuses the requests of the one before: facts that come to be are left
    # out while they are empty.
    asked = {
        "amount_cents": 12_500,
        "currency": "USD",
        "kind": "payment",
        "method": "cash",
        "origin": "staff",
        "paid_at": "2026-05-01",
        "patron_name": "Ana López",
        "tip_cents": 500,
    }
    text = json.dumps(asked, ensure_ascii=False, separators=(",", ":"))
    assert key.fingerprint == hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize("by_turns", [True, False])
def test_fifty_equal_requests_at_once_make_one_entry(by_turns: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not by_turns:
        monkeypatch.setattr("events.turns.taken", lambda slug, patience: nullcontext())
    make_event()

    answers = at_once(50, lambda _: record(key="k"))

    assert len({answer.payment.reference for answer in answers}) == 1
    assert [answer.replayed for answer in answers].count(False) == 1
    assert len(entries_of()) == 1
    assert_sound()


@pytest.mark.parametrize("by_turns", [True, False])
def test_sixteen_writers_on_one_departure_lose_nothing(by_turns: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    # Without turns they meet at the table, as those of several processes do.
    if not by_turns:
        monkeypatch.setattr("events.turns.taken", lambda slug, patience: nullcontext())
    make_event()

    answers = at_once(16, lambda place: record(key=f"k{place}", amount_cents=100 + place))

    assert len({answer.payment.reference for answer in answers}) == 16
    assert [entry.sequence for entry in entries_of()] == list(range(1, 17))
    assert stored_event().received_cents == sum(range(100, 116))
    assert_sound()


def test_fifty_threads_of_one_process_need_one_try_each(requests_made: RequestsMade) -> None:
    make_event()

    with requests_made() as made:
        at_once(50, lambda place: record(key=f"k{place}"))

    assert made == {"GetItem": 50, "TransactWriteItems": 50}
    assert_sound()


def test_a_writer_who_comes_second_links_up_anew(requests_made: RequestsMade) -> None:
    stale = make_event()
    first = record().payment

    with requests_made() as made:
        second = record(stale).payment

    assert second.prev_hash == first.hash
    assert made == {"TransactWriteItems": 2}
    assert_sound()


def test_a_turn_that_does_not_come_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    make_event()
    monkeypatch.setattr(ledger, "PATIENCE", 0.01)

    with turns.taken("2026-05-23", patience=1), pytest.raises(ledger.LedgerBusy):
        record()

    assert entries_of() == []
    record()


def test_writers_on_one_party_lose_nothing() -> None:
    party = make_party(event=make_event())

    at_once(8, lambda place: record(key=f"k{place}", amount_cents=100, patron_id=party.ulid))

    stored = Patron.fetch(event_id="2026-05-23", ulid=party.ulid)
    assert stored is not None
    assert stored.received_cents == 800
    assert_sound()


# Lost answers, conflicts, and what holds them

CONFLICT = b"""{"__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
 "Message": "Transaction cancelled", "CancellationReasons": [{"Code": "TransactionConflict", "Message": "ongoing"}]}"""


def test_record_counts_once_when_the_answer_is_lost() -> None:
    make_event()

    with faults.answers_lost("TransactWriteItems", times=1) as lost:
        recorded = record()

    assert lost
    assert [entry.reference for entry in entries_of()] == [recorded.payment.reference]
    assert_sound()


def test_without_token_and_conditions_a_lost_answer_counts_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    # The guards off: the retry is a second payment, though there is one entry.
    make_event()
    monkeypatch.setattr(Connection, "transact_write_items", without_token)
    monkeypatch.setattr("scc.dynamo.writes.Write.condition", lambda write: ANYTHING)
    monkeypatch.setattr(Row, "is_free", lambda: ANYTHING)

    with faults.answers_lost("TransactWriteItems", times=TRIES_OF_THE_CLIENT):
        record()

    assert len(entries_of()) == 1
    assert stored_event().received_cents == 25_000


def test_record_is_unknown_when_no_answer_comes_and_the_same_key_settles_it() -> None:
    make_event()

    with faults.answers_lost("TransactWriteItems", times=1000), pytest.raises(OutcomeUnknown):
        record(key="k")
    answer = record(key="k")

    assert answer.replayed
    assert len(entries_of()) == 1
    assert_sound()


def test_record_tries_again_after_a_transaction_conflict() -> None:
    make_event()

    with faults.answered("TransactWriteItems", CONFLICT, times=2) as given:
        record()

    assert len(given) == 2
    assert len(entries_of()) == 1
    assert_sound()


def test_record_gives_up_when_the_chain_never_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    make_event()
    monkeypatch.setattr(ledger, "PATIENCE", 0.0)
    stale = stored_event()
    record()
    monkeypatch.setattr(ledger, "_read_after", lambda conflict, page: page)

    with pytest.raises(ledger.LedgerBusy):
        record(stale)

    assert len(entries_of()) == 1


def test_totals_by_a_bare_update_count_a_lost_answer_twice() -> None:
    # Why totals never move by a bare ADD: the guard off.
    event = make_event()

    with faults.answers_lost("UpdateItem", times=1):
        Row._get_connection().update_item(event.pk, range_key=event.sk, actions=[Event.received_cents.add(100)])

    assert stored_event().received_cents == 200


def test_entries_without_the_expected_chain_end_fork_it(monkeypatch: pytest.MonkeyPatch) -> None:
    # The guard off: two writers that read the same end both hang on it.
    make_event()
    stale = stored_event()
    monkeypatch.setattr("payments.posting.ends_at", lambda head: ANYTHING)

    record(stale)
    record(stale)

    assert verify_chain(entries_of())


# Receipts


def test_record_mails_a_receipt(mailoutbox: list[mail.EmailMessage]) -> None:
    party = make_party(event=make_event(), price_cents=50_000)

    entry = record(patron_id=party.ulid, patron_email="ana@example.com").payment

    (letter,) = Row.scan(Letter.kind == Letter)
    assert isinstance(letter, Letter)
    assert letter.about == f"PAYMENT#{entry.id}"
    assert entry.reference in letter.subject
    assert "$125.00" in letter.text
    assert "Still to be paid: $375.00" in letter.text


def test_record_mails_nobody_without_an_address() -> None:
    make_event()

    record()

    assert list(Row.scan(Letter.kind == Letter)) == []


# Voids


def test_void_takes_an_entry_out_of_every_total(requests_made: RequestsMade) -> None:
    party = make_party(event=make_event())
    entry = record(patron_id=party.ulid, tip_cents=500).payment

    with requests_made() as made:
        voided = void(entry.reference.lower())

    assert made == {"Query": 1, "TransactWriteItems": 1}
    assert (voided.payment.entry_kind, voided.payment.corrects) == (Kind.VOID, entry.reference)
    assert voided.totals.received_cents == voided.totals.tips_cents == 0
    stored = Patron.fetch(event_id="2026-05-23", ulid=party.ulid)
    assert stored is not None
    assert (stored.received_cents, stored.tips_cents) == (0, 0)
    assert len(entries_of()) == 2
    assert_sound()


def test_void_leaves_the_entry_as_it_was() -> None:
    make_event()
    entry = record().payment

    void(entry.reference)

    assert entries_of()[0].serialize() == entry.serialize()


def test_a_second_void_says_who_was_first_and_writes_nothing() -> None:
    make_event()
    entry = record().payment
    void(entry.reference)
    before = everything()

    with pytest.raises(ledger.AlreadyVoid, match="Already voided by Alice Archer on"):
        void(entry.reference, by=DANA)

    assert everything() == before


def test_two_voids_at_once_count_once() -> None:
    make_event()
    entry = record().payment

    def try_to_void(_: int) -> Any:
        try:
            return void(entry.reference)
        except ledger.AlreadyVoid as exc:
            return exc

    answers = at_once(8, try_to_void)

    assert sum(isinstance(answer, Recorded) for answer in answers) == 1
    assert_sound()


def test_void_answers_the_same_request_with_the_first_answer() -> None:
    make_event()
    entry = record().payment
    first = void(entry.reference, key="v")

    again = void(entry.reference, key="v")

    assert again.replayed
    assert again.payment.reference == first.payment.reference


def test_void_refuses_a_payments_key() -> None:
    make_event()
    entry = record(key="k").payment

    with pytest.raises(KeyReused):
        void(entry.reference, key="k")

    assert len(entries_of()) == 1


def test_void_needs_a_reason() -> None:
    make_event()
    entry = record().payment

    with pytest.raises(BadEntry) as refused:
        void(entry.reference, reason=" ")

    assert list(refused.value.errors) == ["reason"]


def test_void_of_a_void_is_refused() -> None:
    make_event()
    voided = void(record().payment.reference).payment

    with pytest.raises(ledger.NotToBeVoided):
        void(voided.reference)


@pytest.mark.parametrize("reference", ["", "K7MXQ4", "\ud800", "x" * 3000])
def test_void_knows_no_entry_that_is_not_there(reference: str) -> None:
    make_event()
    record()

    with pytest.raises(ledger.UnknownReference):
        void(reference)


def test_void_knows_no_entry_of_another_departure() -> None:
    make_event()
    make_event(slug="2026-05-23-sunset")
    entry = record("2026-05-23-sunset").payment

    with pytest.raises(ledger.UnknownReference):
        void(entry.reference, event="2026-05-23")


def test_each_entry_has_one_audit_entry_with_its_actor() -> None:
    make_event()
    entry = record(key="k").payment
    record(key="k")
    voided = void(entry.reference).payment

    told = audit.history_of(entry)
    assert [(e.recorded_by, e.action) for e in told] == [("alice", "void"), ("dana", "payment")]
    assert [entry.audit_id, voided.audit_id] == [told[1].id, told[0].id]
