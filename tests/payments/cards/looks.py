"""What the table holds after Stripe told something."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from events.balances import balance_of
from events.rows import Event, Patron
from payments.cards.rows import Held
from payments.chain import verify_chain
from payments.rows import Payment
from payments.totals import Moved, count
from scc.dynamo.rows import Row
from scc.mail.rows import Letter

SLUG = "2026-05-23"


def outcome(answer: Any) -> str:
    """Return what became of it: the answer must be 200."""
    assert answer.status_code == 200, answer.content
    return str(answer.json()["outcome"])


def entries() -> list[Payment]:
    return sorted(Payment.listing(known={"event_id": SLUG}).rows, key=lambda entry: entry.sequence)


def letters() -> list[Letter]:
    return [row for row in Row.scan(Letter.kind == Letter) if isinstance(row, Letter)]


def held() -> list[Held]:
    return [row for row in Row.scan(Held.kind == Held) if isinstance(row, Held)]


def owed_by(party: Patron) -> int:
    stored = Patron.fetch(event_id=party.event_id, ulid=party.ulid)
    assert stored is not None
    return balance_of(stored, stored_event())


def stored_event() -> Event:
    event = Event.fetch(slug=SLUG)
    assert event is not None
    return event


def assert_sound() -> None:
    """Entries, chain and totals agree with each other."""
    event = stored_event()
    assert verify_chain(entries(), head=event.ledger_head, count=event.ledger_count) == []
    assert count(entries()) == Moved(event.received_cents, event.refunded_cents, event.tips_cents)


def at_once(number: int, act: Callable[[int], Any]) -> list[Any]:
    """Return what `number` threads got from `act`, all started together."""
    barrier = Barrier(number)

    def one(place: int) -> Any:
        barrier.wait()
        return act(place)

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(one, range(number)))
