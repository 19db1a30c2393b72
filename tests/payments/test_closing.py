"""The rules of day closes, against a real table. Rule 12 of the house's money rules, and what follows from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ulid import ULID

from events import calendar
from events.rows import Event
from payments import closing, ledger, tills
from payments.closing import BadClose, FiguresChanged, NotToBeClosed, SentBefore
from payments.closing_lines import Line, lines_of
from payments.closing_rows import DayClose
from payments.rows import Payment
from payments.totals import moved_by
from scc.dynamo.errors import OutcomeUnknown
from scc.dynamo.folding import fold
from scc.dynamo.rows import Row
from scc.staff import audit
from scc.staff.actors import Actor
from tests.builders import make_event, make_party
from tests.conftest import RequestsMade
from tests.dynamo import faults
from tests.payments import carrying
from tests.payments.test_ledger import TRIES_OF_THE_CLIENT, at_once

ALICE = Actor("alice", "Alice Archer")
DANA = Actor("dana", "Dana Diaz")
TODAY = calendar.today()
YESTERDAY = TODAY - timedelta(days=1)
SLUG = TODAY.isoformat()

pytestmark = pytest.mark.usefixtures("table")


@pytest.fixture
def event(table: None) -> Event:
    return make_event(date=TODAY)


def pay(cents: int = 10_000, method: str = "cash", **changes: Any) -> Payment:
    facts: dict[str, Any] = {"event": SLUG, "patron_name": "Ana López", "by": DANA}
    return ledger.record(amount_cents=cents, method=method, **(facts | changes)).payment


def void(entry: Payment) -> Payment:
    return ledger.void(event=SLUG, reference=entry.reference, reason="Typed twice", by=ALICE).payment


def refund(entry: Payment, cents: int, method: str = "cash") -> Payment:
    given_back = ledger.refund(
        event=SLUG, reference=entry.reference, amount_cents=cents, method=method, reason="Weather", by=ALICE
    )
    return given_back.payment


def noon(day: date) -> datetime:
    return datetime.combine(day, time(12), calendar.zone()).astimezone(UTC)


def seen(day: date) -> str:
    till = closing.read(day).till
    assert till is not None
    return till.seen


def close(day: date = TODAY, *, counted: Mapping[str, int] | None = None, **changes: Any) -> DayClose:
    facts: dict[str, Any] = {"note": "", "by": ALICE, "key": str(ULID()), "counted": counted or {"cash": 0}}
    return closing.close(day=day, **(facts | {"seen": changes.pop("seen", None) or seen(day)} | changes))


def line(close: DayClose, method: str = "cash") -> Line:
    return next(line for line in lines_of(close) if line.method == method)


def closes() -> list[DayClose]:
    return DayClose.listing(known={}).rows


def store(*, paid_on: date, recorded_at: datetime, cents: int = 10_000, **attributes: Any) -> Payment:
    """Store an entry as it stands, as if it had been logged then."""
    entry = Payment(
        event_id=SLUG,
        ulid=str(ULID.from_datetime(recorded_at)),
        sequence=1,
        reference="K7MXQ4",
        patron_name="Ana López",
        folded_name=fold("Ana López"),
        amount_cents=cents,
        currency="USD",
        method="cash",
        paid_at=noon(paid_on),
        recorded_at=recorded_at,
        month=f"{recorded_at.astimezone(calendar.zone()):%Y-%m}",
        recorded_by="dana",
        hash="-",
        **attributes,
    ).stamp()
    entry.save()
    return entry


# Expected, counted, difference


@pytest.mark.usefixtures("event")
def test_expected_is_what_was_received_with_tips_less_what_was_given_back() -> None:
    paid = pay(50_000, tip_cents=2_000)
    pay(30_000, "card")
    refund(paid, 12_000)

    closed = close(counted={"cash": 39_500})

    cash = line(closed)
    assert (cash.day.received_cents, cash.day.tips_cents, cash.day.refunded_cents) == (50_000, 2_000, 12_000)
    assert (cash.expected_cents, cash.counted_cents, cash.difference_cents) == (40_000, 39_500, -500)
    assert (line(closed, "card").expected_cents, line(closed, "card").counted_cents) == (30_000, None)


@pytest.mark.usefixtures("event")
def test_payment_and_its_void_cancel_out_in_one_close() -> None:
    void(pay(50_000, tip_cents=1_000))

    closed = close()

    assert line(closed).expected_cents == 0
    assert len(closed.entry_ids.split()) == 2


@pytest.mark.usefixtures("event")
def test_void_of_a_refund_counts_as_money_that_stayed() -> None:
    paid = pay(50_000)
    void(refund(paid, 20_000))

    assert line(close()).expected_cents == 50_000


def test_credit_carried_over_is_in_no_close(event: Event) -> None:
    other = make_event(date=TODAY, slug=f"{SLUG}-late")
    party = make_party(event=event).ulid
    pay(50_000, patron_id=party)
    ledger.transfer(event=SLUG, party_id=party, to_event=other.slug, by=ALICE)

    closed = close()

    assert line(closed).expected_cents == 50_000
    assert {each.method for each in lines_of(closed)} == {"cash", "card", "check", "venmo", "zelle", "other"}
    assert len(closed.entry_ids.split()) == 1


def test_day_without_entries_is_closed_with_zeros() -> None:
    closed = close(counted={"cash": 0}, note="Nobody sailed.")

    assert (closed.number, closed.entry_ids, closed.note) == (1, "", "Nobody sailed.")
    assert {each.expected_cents for each in lines_of(closed)} == {0}


@pytest.mark.usefixtures("event")
def test_what_counts_as_cash_must_be_counted() -> None:
    pay()

    with pytest.raises(BadClose) as refused:
        close(counted={"card": 0})

    assert refused.value.errors == {"cash": ["Count it: 0 when there is none."]}
    assert closes() == []


@pytest.mark.parametrize(
    ("counted", "note", "field"),
    [({"cash": 0, "gold": 5}, "", "gold"), ({"cash": 10**9}, "", "cash"), ({"cash": 0}, "x" * 2001, "note")],
)
def test_values_that_no_close_can_have_are_refused(counted: dict[str, int], note: str, field: str) -> None:
    with pytest.raises(BadClose) as refused:
        close(counted=counted, note=note)

    assert refused.value.errors.keys() == {field}
    assert closes() == []


def test_more_may_have_gone_out_than_came_in() -> None:
    assert line(close(counted={"cash": -5_000})).difference_cents == -5_000


# Numbered and fixed


def test_closes_are_numbered_and_hang_together() -> None:
    first, second = close(YESTERDAY), close(TODAY)

    assert [each.number for each in closes()] == [1, 2]
    assert second.prev_hash == first.hash
    assert closing.verify(closes()) == []


def test_verify_finds_a_close_that_was_changed_or_left_out() -> None:
    for days in (3, 2, 1):
        close(TODAY - timedelta(days=days))
    first, second, third = closes()
    second.note = "Never written"

    assert [str(fault) for fault in closing.verify([first, second, third])] == ["entry 2 (close 2): was changed"]
    assert [fault.sequence for fault in closing.verify([first, third])] == [3]


@pytest.mark.usefixtures("event")
def test_later_entries_leave_a_close_as_it_was() -> None:
    paid = pay(50_000)
    closed = close(counted={"cash": 50_000})

    void(paid)
    pay(7_000)

    (stored,) = closing.read(TODAY).closes
    assert stored.lines == closed.lines
    assert line(stored).expected_cents == 50_000


@pytest.mark.usefixtures("event")
def test_close_is_one_transaction_with_its_audit_entry(requests_made: RequestsMade) -> None:
    pay(50_000)
    shown = seen(TODAY)

    with requests_made() as made:
        closed = close(counted={"cash": 49_500}, seen=shown)

    assert made == {"Query": 2, "TransactWriteItems": 1}
    (entry,) = audit.history_of(closed)
    assert entry.id == closed.audit_id
    assert entry.summary.endswith("$500.00 expected, Cash $5.00 short")


# Later entries show as "after close" in the next


@pytest.mark.usefixtures("event")
def test_entry_of_a_closed_day_is_after_close_in_the_next() -> None:
    pay(50_000, paid_at=YESTERDAY)
    close(YESTERDAY, counted={"cash": 50_000})
    late = pay(2_000, paid_at=YESTERDAY)
    pay(1_000)

    closed = close(TODAY, counted={"cash": 3_000})

    cash = line(closed)
    assert (cash.after.received_cents, cash.after.entries) == (2_000, 1)
    assert (cash.day.received_cents, cash.expected_cents, cash.difference_cents) == (1_000, 3_000, 0)
    assert late.ulid in closed.entry_ids


@pytest.mark.usefixtures("event")
def test_void_of_what_was_closed_takes_it_back_after_close() -> None:
    paid = pay(50_000, tip_cents=1_000, paid_at=YESTERDAY)
    close(YESTERDAY, counted={"cash": 51_000})
    void(paid)

    assert line(close(TODAY)).after.expected_cents == -51_000


@pytest.mark.usefixtures("event")
def test_correction_moves_money_between_methods_after_close() -> None:
    paid = pay(50_000)
    close(TODAY, counted={"cash": 0})
    ledger.correct(
        event=SLUG, reference=paid.reference, patron_name="Ana López", amount_cents=50_000, method="card", by=ALICE
    )

    closed = close(TODAY)

    assert line(closed).after.expected_cents == -50_000
    assert line(closed, "card").after.expected_cents == 50_000


@pytest.mark.usefixtures("event")
def test_same_day_is_closed_again_when_entries_came() -> None:
    pay(50_000)
    close(counted={"cash": 50_000})
    assert closing.read(TODAY).till is None

    pay(2_000)
    again = close(counted={"cash": 2_000})

    assert (again.number, again.day) == (2, TODAY)
    assert (line(again).after.received_cents, line(again).day.entries) == (2_000, 0)


@pytest.mark.usefixtures("event")
def test_same_day_is_not_closed_again_when_nothing_came() -> None:
    pay(50_000)
    shown = seen(TODAY)
    close(counted={"cash": 50_000})

    with pytest.raises(NotToBeClosed, match="Nothing was logged for it since"):
        close(seen=shown)


@pytest.mark.usefixtures("event")
def test_day_that_was_closed_too_often_is_left_to_the_next() -> None:
    for _ in range(closing.MOST_OF_A_DAY):
        pay(100)
        close()
    pay(100)

    standing = closing.read(TODAY)

    assert (len(standing.closes), standing.till) == (closing.MOST_OF_A_DAY, None)
    assert "closed 5 times" in standing.why_not


@pytest.mark.usefixtures("event")
def test_days_that_were_not_closed_are_apart() -> None:
    close(TODAY - timedelta(days=3))
    pay(2_000, paid_at=TODAY - timedelta(days=2))
    pay(1_000)

    cash = line(close(TODAY))

    assert (cash.earlier.expected_cents, cash.day.expected_cents, cash.after.entries) == (2_000, 1_000, 0)


@pytest.mark.usefixtures("event")
def test_entry_is_not_taken_again_by_the_close_after_the_next() -> None:
    pay(2_000, paid_at=TODAY - timedelta(days=3))
    first = close(TODAY - timedelta(days=3))

    second, third = close(YESTERDAY), close(TODAY)

    # It was logged today, and so where each of them looks.
    assert line(first).entries == 1
    assert second.carried_ids == third.carried_ids == first.entry_ids
    assert line(second).entries == line(third).entries == 0


@pytest.mark.usefixtures("event")
def test_what_is_paid_on_a_later_day_waits_for_its_own_close() -> None:
    pay(2_000)

    assert line(close(YESTERDAY)).entries == 0
    assert line(close(TODAY)).day.expected_cents == 2_000


# Where closes begin


@pytest.mark.usefixtures("event")
def test_first_close_leaves_history_out() -> None:
    old = pay(99_000, paid_at=TODAY - timedelta(days=200))
    pay(1_000)

    assert line(close()).expected_cents == 1_000

    void(old)
    pay(500, paid_at=TODAY - timedelta(days=90))
    standing = closing.read(TODAY)
    assert standing.till is None


@pytest.mark.usefixtures("event")
def test_what_is_left_out_is_told() -> None:
    pay(99_000, paid_at=TODAY - timedelta(days=200))

    till = closing.read(TODAY).till

    assert till is not None
    assert [entry.amount_cents for entry in till.left_out] == [99_000]
    assert till.entries == []


@pytest.mark.usefixtures("event")
def test_imported_entry_counts_by_the_day_on_which_it_was_paid() -> None:
    close(YESTERDAY)
    sheet = carrying.line(event=SLUG, amount="10", paid_at=YESTERDAY.isoformat())
    carrying.carried(sheet, run=carrying.new_run())

    assert line(close(TODAY)).after.expected_cents == 1_000


@pytest.mark.usefixtures("event")
def test_closes_begin_anew_after_four_weeks_without_one() -> None:
    long_ago = TODAY - timedelta(days=60)
    close(long_ago)
    store(paid_on=TODAY - timedelta(days=30), recorded_at=noon(TODAY - timedelta(days=30)))
    pay(1_000)

    closed = close(TODAY)

    assert closed.begins_on == TODAY
    assert line(closed).entries == 1
    standing = closing.read(TODAY - timedelta(days=30))
    assert (standing.closes, standing.covered_by) == ([], None)


@pytest.mark.usefixtures("event")
def test_days_left_behind_can_be_closed_step_by_step() -> None:
    first = close(TODAY - timedelta(days=50))
    reach = tills.reach_of(first)
    store(paid_on=reach, recorded_at=noon(reach), cents=700)
    store(paid_on=reach, recorded_at=noon(TODAY - timedelta(days=1)), cents=30)

    second = close(reach)
    third = close(TODAY)

    assert (second.begins_on, third.begins_on) == (first.day, first.day)
    assert line(second).day.expected_cents == 700
    # Logged later than the second one had looked, so it shows in the third.
    assert line(third).after.expected_cents == 30


def test_close_looks_through_two_months_at_most() -> None:
    last = DayClose(open_from=datetime(2026, 1, 31, 20, tzinfo=UTC), day=date(2026, 1, 31), begins_on=date(2026, 1, 1))
    day = tills.reach_of(last)

    window = tills.window_for(day, last=last, now=datetime(2026, 9, 1, tzinfo=UTC))

    assert day == date(2026, 2, 27)
    assert window.last_day == last.day
    assert (window.low.month, window.high.month) == (1, 2)


def test_where_closes_look_never_goes_back() -> None:
    """One who closes by a clock that is behind does not bring back what was taken."""
    now = datetime(2026, 5, 23, 20, tzinfo=UTC)
    first = tills.window_for(date(2026, 5, 23), last=None, now=now)
    last = DayClose(open_from=first.next_low, day=first.day, begins_on=first.day)

    for clock in (now - timedelta(minutes=5), now - timedelta(hours=5)):
        window = tills.window_for(first.day, last=last, now=clock)
        assert window.low <= window.high
        assert window.next_low >= first.next_low


def test_read_over_the_turn_of_a_month_is_one_query_more(requests_made: RequestsMade) -> None:
    first = TODAY.replace(day=1)
    last_month = first - timedelta(days=1)
    close(last_month - timedelta(days=1))
    store(paid_on=last_month, recorded_at=noon(last_month), cents=700)
    store(paid_on=last_month, recorded_at=noon(first) - timedelta(hours=11), cents=30)

    with requests_made() as made:
        till = closing.read(last_month).till

    assert made["Query"] == 3
    assert till is not None
    assert sorted(entry.amount_cents for entry in till.entries) == [30, 700]


# Which days


def test_day_to_come_is_not_closed() -> None:
    tomorrow = TODAY + timedelta(days=1)
    assert "has not come yet" in closing.read(tomorrow).why_not

    with pytest.raises(NotToBeClosed, match="has not come yet"):
        close(tomorrow, seen="1-")


@pytest.mark.usefixtures("event")
def test_days_do_not_go_back() -> None:
    close(TODAY - timedelta(days=3))
    close(TODAY)

    with pytest.raises(NotToBeClosed, match="days do not go back"):
        close(YESTERDAY, seen="3-")
    with pytest.raises(NotToBeClosed, match="Closes begin with"):
        close(TODAY - timedelta(days=9), seen="3-")

    assert len(closes()) == 2


@pytest.mark.usefixtures("event")
def test_day_that_was_passed_over_says_which_close_has_its_money(requests_made: RequestsMade) -> None:
    close(TODAY - timedelta(days=3))
    closed = close(TODAY)

    with requests_made() as made:
        standing = closing.read(YESTERDAY)

    assert made == {"Query": 2}
    assert standing.covered_by is not None
    assert standing.covered_by.number == closed.number
    assert closing.read(TODAY - timedelta(days=9)).covered_by is None


def test_day_before_the_last_shows_its_own_closes() -> None:
    first = close(YESTERDAY)
    close(TODAY)

    standing = closing.read(YESTERDAY)

    assert [each.number for each in standing.closes] == [first.number]
    assert standing.till is None


# Once, whoever sends it and however often


@pytest.mark.usefixtures("event")
def test_same_key_again_is_the_same_close() -> None:
    pay(50_000)
    sent: dict[str, Any] = {"counted": {"cash": 50_000}, "key": "one", "seen": seen(TODAY)}
    first = close(**sent)

    again = close(**sent)

    assert again.number == first.number
    assert len(closes()) == 1


@pytest.mark.usefixtures("event")
@pytest.mark.parametrize("change", [{"counted": {"cash": 1}}, {"note": "Other"}])
def test_same_key_with_other_figures_is_refused(change: dict[str, Any]) -> None:
    sent: dict[str, Any] = {"counted": {"cash": 0}, "key": "one", "seen": seen(TODAY)}
    first = close(**sent)

    with pytest.raises(SentBefore) as refused:
        close(**(sent | change))

    assert refused.value.close.number == first.number
    assert len(closes()) == 1


@pytest.mark.usefixtures("event")
def test_entry_that_came_meanwhile_stops_the_close() -> None:
    shown = seen(TODAY)
    pay(50_000)

    with pytest.raises(FiguresChanged, match="Entries were logged since"):
        close(seen=shown)

    assert closes() == []


@pytest.mark.usefixtures("event")
def test_who_was_faster_is_told() -> None:
    pay(50_000)
    shown = seen(TODAY)
    close(by=DANA, counted={"cash": 50_000})
    pay(100)

    with pytest.raises(FiguresChanged, match=r"Dana Diaz closed .*, as close 1\."):
        close(seen=shown)


ROUNDS = 20


@pytest.mark.usefixtures("event")
def test_of_two_at_once_one_closes_and_the_other_is_told() -> None:
    for number in range(1, ROUNDS + 1):
        day = TODAY - timedelta(days=ROUNDS - number)
        shown = seen(day)

        outcomes = at_once(2, lambda place, day=day, shown=shown: outcome(day, shown, key=f"{shown}{place}"))  # type: ignore[misc]

        assert sorted(outcomes) == [f"close {number}", "told"]
    assert len(closes()) == ROUNDS


def outcome(day: date, shown: str, *, key: str) -> str:
    try:
        return f"close {close(day, seen=shown, key=key).number}"
    except (FiguresChanged, NotToBeClosed):
        # The latter where the other one was done before this one had looked.
        return "told"


@pytest.mark.usefixtures("event")
def test_one_form_sent_twice_at_once_closes_once() -> None:
    for number in range(1, ROUNDS + 1):
        day = TODAY - timedelta(days=ROUNDS - number)
        shown = seen(day)

        sent = at_once(2, lambda _, day=day, shown=shown: close(day, key=shown, seen=shown))  # type: ignore[misc]

        assert [each.number for each in sent] == [number, number]
    assert len(closes()) == ROUNDS
    assert closing.verify(closes()) == []


# Faults at the wire


@pytest.mark.usefixtures("event")
def test_lost_answer_is_found_out_by_itself() -> None:
    pay(50_000)
    shown = seen(TODAY)

    with faults.answers_lost("TransactWriteItems", times=TRIES_OF_THE_CLIENT), faults.tokens_forgotten():
        closed = close(seen=shown, counted={"cash": 50_000})

    assert [each.number for each in closes()] == [closed.number]
    assert len(audit.history_of(closed)) == 1


@pytest.mark.usefixtures("event")
def test_outcome_that_stays_unknown_is_settled_by_the_same_key() -> None:
    pay(50_000)
    sent: dict[str, Any] = {"counted": {"cash": 50_000}, "key": "one", "seen": seen(TODAY)}
    with faults.answers_lost("TransactWriteItems", times=1000), pytest.raises(OutcomeUnknown):
        close(**sent)

    assert close(**sent).number == 1
    assert len(closes()) == 1


@pytest.mark.usefixtures("event")
def test_close_that_never_arrived_is_made_by_the_same_key() -> None:
    pay(50_000)
    sent: dict[str, Any] = {"counted": {"cash": 50_000}, "key": "one", "seen": seen(TODAY)}
    with faults.connection_refused("TransactWriteItems", times=1000), pytest.raises(OutcomeUnknown):
        close(**sent)
    assert closes() == []

    assert close(**sent).number == 1


# Each entry in one close

steps = st.lists(
    st.one_of(
        st.tuples(st.just("pay"), st.integers(0, 6), st.integers(1, 50_000)),
        st.tuples(st.just("void"), st.integers(0, 30), st.just(0)),
        st.tuples(st.just("refund"), st.integers(0, 30), st.integers(1, 5_000)),
        # So many days on from the last one that was closed.
        st.tuples(st.just("close"), st.integers(0, 2), st.just(0)),
    ),
    max_size=20,
)


@given(steps=steps)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_entry_is_in_one_close_and_the_sums_are_the_ledgers(steps: list[tuple[str, int, int]]) -> None:
    clear()
    make_event(date=TODAY)
    begins_on = TODAY - timedelta(days=6)
    close(begins_on)

    for step in [*steps, ("close", 6, 0)]:
        take(*step)

    entries = [row for row in Row.collection(f"EVENT#{SLUG}") if isinstance(row, Payment)]
    taken = Counter(" ".join(each.entry_ids for each in closes()).split())
    assert taken == {entry.ulid: 1 for entry in entries}
    assert summed() == Counter({"cash": sum(moved_by(entry).net_cents for entry in entries)})
    assert closing.verify(closes()) == []


def take(what: str, number: int, cents: int) -> None:
    """Do one step, as far as the rules let it be done."""
    if what == "pay":
        pay(cents, paid_at=TODAY - timedelta(days=number))
        return
    if what == "close":
        day = min(closes()[-1].day + timedelta(days=number), TODAY)
        if closing.read(day).till is not None:
            close(day)
        return
    entries = [row for row in Row.collection(f"EVENT#{SLUG}") if isinstance(row, Payment)]
    try:
        if entries and what == "void":
            void(entries[number % len(entries)])
        elif entries:
            refund(entries[number % len(entries)], cents)
    except ledger.Refused:
        pass


def summed() -> Counter[str]:
    total: Counter[str] = Counter({"cash": 0})
    for each in closes():
        for found in lines_of(each):
            if found.expected_cents:
                total[found.method] += found.expected_cents
    return total


def clear() -> None:
    with Row.batch_write() as batch:
        for row in Row.scan():
            batch.delete(row)
