"""The rules of money, one test each, by number. What each means in full is tested where its module's tests are."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from ulid import ULID

from events import bookings, calendar
from events.rows import Event
from payments import books, closing, ledger, shares, tallies
from payments.closing_lines import lines_of
from payments.closing_rows import DayClose
from payments.ledger import AlreadyVoid, BadEntry, KeyReused, MoreThanIsLeft
from payments.rows import Payment
from payments.totals import Moved
from scc.dynamo.rows import Row
from scc.dynamo.units import Unit
from scc.mail import outbox
from scc.mail.rows import Letter, State
from scc.staff import audit
from scc.staff.actors import Actor
from scc.staff.rows import AuditEntry, Role
from tests.api.calls import caller, post
from tests.builders import make_event, make_party
from tests.mail.conftest import ses
from tests.mail.providers import Provider
from tests.payments.carrying import carried, line, new_run
from tests.people import make_user

__all__ = ["ses"]

pytestmark = pytest.mark.usefixtures("table")

DANA, ALICE = Actor("dana", "Dana Drake"), Actor("alice", "Alice Archer")
TODAY = calendar.today()
SLUG = TODAY.isoformat()


@pytest.fixture(autouse=True)
def event(table: None) -> Event:
    return make_event(date=TODAY)


def paid(cents: int = 12_500, **changes: Any) -> Payment:
    facts: dict[str, Any] = {"event": SLUG, "patron_name": "Ana López", "method": "cash", "by": DANA}
    return ledger.record(amount_cents=cents, **(facts | changes)).payment


def refund(entry: Payment, cents: int, **changes: Any) -> Payment:
    facts: dict[str, Any] = {"method": "cash", "reason": "Weather", "by": ALICE}
    return ledger.refund(event=SLUG, reference=entry.reference, amount_cents=cents, **(facts | changes)).payment


def void(entry: Payment) -> Payment:
    return ledger.void(event=SLUG, reference=entry.reference, reason="Logged twice", by=ALICE).payment


def stored(kind: type[Row]) -> list[Any]:
    return [row for row in Row.scan() if isinstance(row, kind)]


def at_once(act: Callable[[], object], times: int) -> list[object]:
    with ThreadPoolExecutor(times) as pool:
        return [task.result() for task in [pool.submit(act) for _ in range(times)]]


def close(day: date, cents: int) -> DayClose:
    till = closing.read(day).till
    assert till is not None
    return closing.close(day=day, counted={"cash": cents}, note="", seen=till.seen, by=ALICE, key=str(ULID()))


def test_rule_01_amounts_are_integer_cents_above_zero_tips_apart_in_one_currency() -> None:
    entry = paid(12_550, tip_cents=1_000)

    assert (entry.amount_cents, entry.tip_cents, entry.currency) == (12_550, 1_000, "USD")
    for wrong in ({"cents": 0}, {"cents": -1}, {"currency": "EUR"}):
        with pytest.raises(BadEntry):
            paid(**wrong)


def test_rule_02_entries_are_added_and_a_second_void_writes_nothing() -> None:
    entry = paid()
    before = entry.serialize()
    taken_back = void(entry)
    rows = len(list(Row.scan()))

    with pytest.raises(AlreadyVoid, match=r"^Already voided by Alice Archer on "):
        void(entry)

    assert taken_back.corrects == entry.reference
    assert len(list(Row.scan())) == rows
    assert books.read(SLUG).find(entry.reference).serialize() == before
    with pytest.raises(TypeError):
        Unit().delete(entry)


def test_rule_03_refunds_never_exceed_their_entry_and_count_at_once() -> None:
    entry = paid(10_000)

    def give() -> str:
        try:
            return refund(entry, 10_000).reference
        except MoreThanIsLeft:
            return ""

    assert sorted(map(bool, at_once(give, 2))) == [False, True]
    assert books.read(SLUG).event.refunded_cents == 10_000


def test_rule_04_one_key_is_one_entry_and_another_body_is_an_error() -> None:
    references = {recorded.reference for recorded in at_once(partial(paid, key="k"), 50)}  # type: ignore[attr-defined]  # entries

    assert len(references) == len(books.read(SLUG).entries) == 1
    with pytest.raises(KeyReused):
        paid(100, key="k")


def test_rule_05_a_look_alike_is_never_blocked(as_dana: Client) -> None:
    first, second = paid(key="a"), paid(key="b")

    shown = as_dana.get(f"/dispatch/{SLUG}/money/").json()["entries"]

    # What the form needs to point it out: the same patron, amount and method, and when.
    facts = [(each["patron_name"], each["amount"], each["method"]) for each in shown]
    assert facts == [("Ana López", "125.00", "cash")] * 2
    assert first.reference != second.reference


def test_rule_06_money_in_hand_is_always_recorded_and_is_credit(event: Event) -> None:
    party = make_party(event=event, price_cents=0)
    bookings.cancel(event=books.read(SLUG).event, by=ALICE)

    recorded = ledger.record(
        event=SLUG, patron_name="Ana", patron_id=party.ulid, amount_cents=100, method="cash", by=DANA
    )

    assert recorded.totals.balance_cents == -100


def test_rule_07_paid_and_recorded_are_two_things_and_neither_lies_ahead() -> None:
    entry = paid(paid_at=TODAY - timedelta(days=3), received_by="bob")

    assert entry.paid_at < entry.recorded_at
    assert (entry.received_by, entry.recorded_by) == ("bob", "dana")
    with pytest.raises(BadEntry, match="future"):
        paid(paid_at=timezone.now() + timedelta(hours=1))


def test_rule_08_screen_export_and_ledger_say_the_same_number(as_alice: Client) -> None:
    refund(paid(tip_cents=700), 2_500)
    void(paid(9_900))

    api = as_alice.get(f"/api/g/{SLUG}").json()["totals"]
    month = tallies.moved(tallies.recorded_between(TODAY.replace(day=1), TODAY))
    journal = b"".join(as_alice.get("/admin/payments/payment/export/journal/")).decode()
    sheet = as_alice.get(f"/dispatch/{SLUG}/").content.decode()

    assert (api["received"], api["refunded"], api["net"], api["tips"]) == ("125.00", "25.00", "100.00", "7.00")
    assert month == Moved(12_500, 2_500, 700)
    assert "All methods,125.00,25.00,100.00,7.00" in journal
    assert '<strong data-figure="net">$100</strong>' in sheet


def test_rule_09_taking_money_and_giving_it_back_are_two_rights() -> None:
    dana = make_user(username="dana", role=Role.STAFF)
    entry = paid()

    answer = post(
        caller(dana),
        f"/api/g/{SLUG}/payment/{entry.reference}/refund",
        {"amount": "1", "method": "cash", "reason": "Weather"},
    )

    # Every form, URL, action and bulk action: tests/payments/test_rights.py.
    assert answer.status_code == 403
    assert dana.has_perm("payments.add_payment")
    assert not dana.has_perm("payments.refund_payment")


def test_rule_10_each_change_writes_exactly_one_audit_entry_with_an_actor() -> None:
    entry = paid()
    refund(entry, 500)
    void(paid(100))

    told = [each for each in stored(AuditEntry) if each.subject.startswith("PAYMENT#")]

    assert sorted((each.action, each.recorded_by) for each in told) == [
        ("payment", "dana"),
        ("payment", "dana"),
        ("refund", "alice"),
        ("void", "alice"),
    ]
    with pytest.raises(TypeError):
        told[0].removal()


def test_rule_11_receipt_trouble_never_loses_or_repeats_a_payment(ses: Provider) -> None:
    ses.ses = [(400, "MessageRejected")]
    entry = paid(patron_email="ana@example.com")
    (letter,) = stored(Letter)

    assert letter.state == State.FAILED
    outbox.send_again(letter, by=ALICE)

    assert [each.ulid for each in books.read(SLUG).entries] == [entry.ulid]
    assert [each.action for each in audit.history_of(entry)] == ["sent again", "payment"]


def test_rule_12_a_close_is_fixed_and_what_comes_later_is_after_close_in_the_next() -> None:
    yesterday = TODAY - timedelta(days=1)
    paid(50_000, paid_at=yesterday)
    first = close(yesterday, 50_000)
    paid(2_000, paid_at=yesterday)

    second = close(TODAY, 2_000)

    (cash,) = (line for line in lines_of(second) if line.method == "cash")
    assert (first.number, second.number) == (1, 2)
    assert cash.after.received_cents == 2_000
    assert closing.read(yesterday).closes[0].hash == first.hash


def test_rule_13_shares_add_up_to_the_pool_and_are_the_same_again() -> None:
    weights = [("ana", 2), ("bob", 1), ("cy", 1)]

    split = shares.split(10_001, weights)

    assert sum(split.values()) == 10_001
    assert split == shares.split(10_001, weights)


def test_rule_14_an_import_adds_nothing_twice_and_mails_nobody() -> None:
    paid_at = datetime.combine(TODAY - timedelta(days=30), time(12), calendar.zone())
    sheet = [line(event=SLUG, paid_at=paid_at.isoformat(), patron_email="ana@example.com")]

    carried(*sheet, run=new_run())
    carried(*sheet, run=new_run())

    (entry,) = books.read(SLUG).entries
    assert (entry.origin, entry.paid_at) == ("import", paid_at)
    assert stored(Letter) == []


def test_rule_15_erasure_leaves_every_money_entry_and_total(event: Event) -> None:
    party = make_party(event=event)
    paid(patron_id=party.ulid)
    before = books.read(SLUG)

    bookings.erase_party(event=before.event, party=before.parties[party.ulid], by=ALICE)

    after = books.read(SLUG)
    assert [entry.serialize() for entry in after.entries] == [entry.serialize() for entry in before.entries]
    assert after.event.net_cents == before.event.net_cents == after.parties[party.ulid].net_cents
