"""Two at once: what the transaction's condition decides, and what happens without it.

Threads of one process take turns, so the turns are taken away here: as if the two were in different processes.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial

import pytest
from pynamodb.expressions.condition import Condition

from events.rows import Event, Patron
from payments import books, ledger, posting
from payments.books import Book
from payments.ledger import Recorded
from payments.rows import Payment
from payments.totals import Moved, count
from scc.staff.actors import Actor
from tests.builders import DAY, make_event, make_party

pytestmark = pytest.mark.usefixtures("table")

ALICE, DANA = Actor("alice", "Alice Archer"), Actor("dana", "Dana Drake")
SLUG, OTHER = "2026-05-23", "2026-05-24"
# A departure for each few rounds: what is read grows with what it holds.
ROUNDS, ROUNDS_EACH = 200, 10
RACERS = "racer"

Act = Callable[[], Recorded]


@pytest.fixture(autouse=True)
def _no_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("events.turns.taken", _nobody_waits)


@contextmanager
def _nobody_waits(slug: str, *, patience: float) -> Iterator[None]:
    yield


@pytest.fixture
def reads_meet(monkeypatch: pytest.MonkeyPatch) -> threading.Barrier:
    """Let two who race go on only when both have read the departure, the first time."""
    barrier = threading.Barrier(2)
    first = threading.local()

    def read(slug: str) -> Book:
        book = books_read(slug)
        races = threading.current_thread().name.startswith(RACERS)
        if races and slug == SLUG and not getattr(first, "met", False):
            first.met = True
            barrier.wait(timeout=10)
        return book

    books_read = books.read
    monkeypatch.setattr("payments.books.read", read)
    return barrier


def paid(patron_id: str = "", *, slug: str = SLUG) -> Payment:
    return ledger.record(
        event=slug, patron_name="Ana López", patron_id=patron_id, amount_cents=10_000, method="cash", by=DANA
    ).payment


def refund(entry: Payment, cents: int = 10_000) -> Recorded:
    return ledger.refund(
        event=entry.event_id, reference=entry.reference, amount_cents=cents, method="cash", reason="Weather", by=ALICE
    )


def void(entry: Payment) -> Recorded:
    return ledger.void(event=SLUG, reference=entry.reference, reason="Logged twice", by=ALICE)


def both(first: Act, second: Act) -> list[object]:
    """Do both at once and return what each gave, or why it was refused."""
    start = threading.Barrier(2)

    def go(act: Act) -> object:
        start.wait(timeout=10)
        try:
            return act()
        except ledger.Refused as refused:
            return type(refused).__name__

    # Threads of their own each time: what a thread has met is kept by the thread.
    with ThreadPoolExecutor(2, thread_name_prefix=RACERS) as pool:
        return [task.result() for task in [pool.submit(go, first), pool.submit(go, second)]]


def refusals(outcomes: list[object]) -> list[str]:
    return [outcome for outcome in outcomes if isinstance(outcome, str)]


def assert_sound(slug: str = SLUG) -> Book:
    book = books.read(slug)
    event = book.event
    assert count(book.entries) == Moved(event.received_cents, event.refunded_cents, event.tips_cents)
    assert all(book.left_of(entry).amount_cents >= 0 for entry in book.entries)
    return book


def test_of_two_full_refunds_at_once_exactly_one_stands_200_rounds() -> None:
    for number in range(ROUNDS // ROUNDS_EACH):
        slug = make_event(slug=f"{SLUG}-{number}").slug
        for _ in range(ROUNDS_EACH):
            act = partial(refund, paid(slug=slug))

            assert refusals(both(act, act)) == ["MoreThanIsLeft"]
        book = assert_sound(slug)
        assert book.event.refunded_cents == book.event.received_cents == ROUNDS_EACH * 10_000


def test_who_reads_at_the_same_moment_is_decided_by_the_chains_end(reads_meet: threading.Barrier) -> None:
    make_event()
    entry = paid()

    outcomes = both(lambda: refund(entry), lambda: refund(entry))

    assert refusals(outcomes) == ["MoreThanIsLeft"]
    assert_sound()


def test_with_every_guard_off_both_refunds_stand(
    reads_meet: threading.Barrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_event()
    entry = paid()
    monkeypatch.setattr(posting, "ends_at", _anything)

    outcomes = both(lambda: refund(entry), lambda: refund(entry))

    # What the guards are for: $200.00 left the drawer of $100.00, and two entries share one place in the chain.
    assert refusals(outcomes) == []
    book = books.read(SLUG)
    assert book.event.refunded_cents == 20_000
    assert [each.sequence for each in book.entries] == [1, 2, 2]


def _anything(head: str) -> Condition:
    return Event.slug.exists()


def test_of_two_voids_at_once_one_stands(reads_meet: threading.Barrier) -> None:
    make_event()
    entry = paid()

    assert refusals(both(lambda: void(entry), lambda: void(entry))) == ["AlreadyVoid"]
    assert assert_sound().event.received_cents == 0


def test_of_a_void_and_a_refund_at_once_one_stands(reads_meet: threading.Barrier) -> None:
    make_event()
    entry = paid()

    outcomes = refusals(both(lambda: void(entry), lambda: refund(entry)))

    assert outcomes in (["AlreadyVoid"], ["AlreadyRefunded"])
    assert_sound()


def test_two_parts_that_are_more_than_the_whole_do_not_both_stand(reads_meet: threading.Barrier) -> None:
    make_event()
    entry = paid()

    assert refusals(both(lambda: refund(entry, 6_000), lambda: refund(entry, 6_000))) == ["MoreThanIsLeft"]


def test_two_parts_that_fit_both_stand(reads_meet: threading.Barrier) -> None:
    make_event()
    entry = paid()

    assert refusals(both(lambda: refund(entry, 4_000), lambda: refund(entry, 6_000))) == []
    assert assert_sound().left_of(entry).amount_cents == 0


@pytest.fixture
def party(table: None) -> Patron:
    make_event(slug=OTHER, date=DAY.replace(day=24))
    return make_party(event=make_event(), email="")


def carry(party: Patron) -> Recorded:
    return ledger.transfer(event=SLUG, party_id=party.ulid, to_event=OTHER, by=ALICE)


def test_of_a_refund_and_a_transfer_at_once_one_stands(party: Patron, reads_meet: threading.Barrier) -> None:
    entry = paid(party.ulid)

    outcomes = refusals(both(lambda: refund(entry), lambda: carry(party)))

    assert outcomes in (["MoreThanIsLeft"], ["NothingLeft"])
    assert assert_sound().event.net_cents + assert_sound(OTHER).event.net_cents in (0, 10_000)


def test_of_two_transfers_at_once_one_stands(party: Patron, reads_meet: threading.Barrier) -> None:
    paid(party.ulid)

    assert refusals(both(lambda: carry(party), lambda: carry(party))) == ["NothingLeft"]
    assert assert_sound(OTHER).event.received_cents == 10_000
    assert len(books.read(OTHER).parties) == 1
