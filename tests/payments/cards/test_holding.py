"""Card money that no ledger can take: it is kept, told of, and settled by someone."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from events.rows import Patron
from payments import ledger
from payments.cards import holding
from payments.cards.rows import Held, State
from payments.rows import Payment
from scc.dynamo.errors import Conflict
from scc.staff import audit
from scc.staff.actors import Actor
from scc.staff.models import User
from scc.staff.rows import Role
from tests.api.calls import everything
from tests.builders import make_event
from tests.payments.cards.looks import SLUG, at_once, entries, held, letters, outcome
from tests.payments.cards.stripe_account import PAYMENT, Json, paid, tell, told
from tests.people import make_user

ALICE = Actor("alice", "Alice Archer")
DANA = Actor("dana", "Dana Drake")
LIST = "/admin/cards/heldpayment/"

pytestmark = pytest.mark.usefixtures("table")


@pytest.fixture
def lost() -> Held:
    """A payment for a departure that is not there."""
    tell(paid())
    (row,) = held()
    return row


def settle(client: Client, *rows: Held) -> Any:
    ids = [row.stripe_id for row in rows]
    return client.post(LIST, {"action": "settle", "_selected_action": ids}, follow=True)


def states() -> list[str]:
    return [row.state for row in held()]


def test_a_payment_for_no_departure_is_held(lost: Held) -> None:
    assert (lost.stripe_id, lost.payment_id, lost.what) == (PAYMENT, PAYMENT, "payment")
    assert (lost.event_id, lost.patron_name) == (SLUG, "Ana López")
    assert (lost.amount, lost.currency, lost.state) == (50_000, "USD", State.HELD)
    assert lost.why == f"There is no departure {SLUG}."
    (entry,) = audit.history_of(lost)
    assert (entry.recorded_by, entry.action) == ("stripe", "held")
    assert entry.summary == f"Card payment of $500.00, Ana López is held: There is no departure {SLUG}."


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"currency": "eur"}, "It is in EUR, and the ledger is in USD."),
        ({"currency": None}, "It is in no currency, and the ledger is in USD."),
        ({"amount_total": 0}, "The ledger does not take it: amount: Must be above zero."),
        ({"amount_total": None}, "The ledger does not take it: amount: Must be above zero."),
        ({"amount_total": 1.5}, "The ledger does not take it: amount: Must be above zero."),
        ({"amount_total": 10**11}, "The ledger does not take it: amount: The most is 1,000,000.00."),
    ],
)
def test_what_the_ledger_does_not_take_is_held(changes: Json, why: str, party: Patron) -> None:
    assert outcome(tell(told(party, **changes))) == "held"

    assert [row.why for row in held()] == [why]
    assert entries() == []


def test_a_departure_in_another_currency_is_held() -> None:
    make_event(currency="EUR")

    assert outcome(tell(paid())) == "held"

    assert held()[0].why == "The ledger does not take it: currency: Must be USD; EUR is another currency."


@pytest.mark.parametrize("slug", ["nonsense", "x" * 3000, "2026-02-30", "\u0000", "a#b"])
def test_a_departure_that_cannot_be_is_held(slug: str) -> None:
    assert outcome(tell(paid(metadata={"event": slug}))) == "held"

    assert len(held()) == 1


def test_what_is_held_is_held_once() -> None:
    body = json.dumps(paid()).encode()
    tell(body)
    before = everything()

    assert [outcome(tell(body)) for _ in range(2)] == ["held", "held"]

    assert everything() == before


def test_what_is_told_at_once_is_held_once() -> None:
    body = json.dumps(paid()).encode()

    outcomes = at_once(16, lambda _: outcome(tell(body)))

    assert set(outcomes) == {"held"}
    assert len(held()) == len(letters()) == 1


def test_a_departure_that_came_back_takes_what_is_told_again(lost: Held) -> None:
    make_event()

    assert outcome(tell(paid())) == "booked"


def log_by_hand(slug: str) -> Payment:
    return ledger.record(
        event=slug,
        patron_name="Ana López",
        amount_cents=50_000,
        method="card",
        external_reference=PAYMENT,
        by=DANA,
    ).payment


@pytest.mark.parametrize("where", [SLUG, "2026-05-24"])
def test_what_was_logged_by_hand_is_known_when_it_is_told_again(where: str, lost: Held) -> None:
    for slug in (SLUG, "2026-05-24"):
        make_event(slug=slug)
    log_by_hand(where)
    before = everything()

    assert outcome(tell(paid())) == "booked before"

    assert everything() == before


def test_what_was_logged_by_hand_and_is_void_is_booked_when_it_is_told_again(lost: Held) -> None:
    make_event()
    by_hand = log_by_hand(SLUG)
    ledger.void(event=SLUG, reference=by_hand.reference, reason="Logged twice", by=DANA)

    assert outcome(tell(paid())) == "booked"


def test_the_owners_are_told() -> None:
    for number in range(2):
        make_user(username=f"owner{number}", email="alice@example.com")
    make_user(username="away", email="away@example.com", active=False)
    make_user(username="dana", email="dana@example.com", role=Role.STAFF)

    tell(paid())

    (letter,) = letters()
    assert (letter.to, letter.subject) == ("alice@example.com", "Please settle: payment of $500.00 by card")
    assert f"For: {SLUG}\nWhy: There is no departure {SLUG}.\nIn Stripe: {PAYMENT}\n" in letter.text
    assert "http://127.0.0.1:8000/admin/cards/heldpayment/" in letter.text


def test_where_no_owner_has_an_address_our_own_is_told(alice: User, settings: Settings) -> None:
    alice.email = ""
    alice.save()

    tell(paid())

    assert [letter.to for letter in letters()] == [settings.DEFAULT_FROM_EMAIL]


def test_letters_are_left_to_the_sweeper(alice: User, mailoutbox: list[Any]) -> None:
    tell(paid())

    assert mailoutbox == []
    assert [letter.state for letter in letters()] == ["queued"]


@pytest.mark.parametrize(
    ("currency", "amount", "said"),
    [("jpy", 50_000, "JPY 50,000"), ("kwd", 5_120, "KWD 5.120"), ("eur", 50_000, "€500.00")],
)
def test_money_is_shown_in_its_own_unit(currency: str, amount: int, said: str) -> None:
    tell(paid(currency=currency, amount_total=amount))

    assert held()[0].money == said


# Settled


def test_settle_keeps_who_and_when(lost: Held) -> None:
    holding.settle(lost, by=ALICE)

    (row,) = held()
    assert (row.state, row.settled_by) == (State.SETTLED, "alice")
    assert row.settled_at is not None
    assert [entry.action for entry in audit.history_of(row)] == ["settled", "held"]


def test_what_is_settled_stays_so_when_it_is_told_again(lost: Held) -> None:
    holding.settle(lost, by=ALICE)

    tell(paid())

    assert states() == ["settled"]


def test_settle_refuses_what_is_settled(lost: Held) -> None:
    holding.settle(lost, by=ALICE)
    before = everything()

    with pytest.raises(holding.AlreadySettled, match="is settled already, by alice"):
        holding.settle(held()[0], by=ALICE)

    assert everything() == before


def test_who_settles_second_changes_nothing(lost: Held) -> None:
    (also_read,) = held()
    holding.settle(lost, by=ALICE)

    with pytest.raises(Conflict):
        holding.settle(also_read, by=DANA)

    assert [row.settled_by for row in held()] == ["alice"]


def test_the_list_shows_what_is_to_be_settled(lost: Held, as_dana: Client) -> None:
    page = as_dana.get(LIST).content.decode()

    assert f"There is no departure {SLUG}." in page
    assert "$500.00" in page

    settled = settle(as_dana, lost).content.decode()

    assert "1 card payment settled." in settled
    assert states() == ["settled"]
    assert "$500.00" not in as_dana.get(LIST).content.decode()
    assert "$500.00" in as_dana.get(f"{LIST}?state=settled").content.decode()


def test_one_is_shown_with_its_history(lost: Held, as_dana: Client) -> None:
    page = as_dana.get(f"{LIST}{PAYMENT}/change/")

    assert page.status_code == 200
    assert "Ana López" in page.content.decode()
    assert "is held" in as_dana.get(f"{LIST}{PAYMENT}/history/").content.decode()


def test_crew_see_and_settle_nothing(lost: Held, as_bob: Client) -> None:
    assert as_bob.get(LIST).status_code == 403
    settle(as_bob, lost)

    assert states() == ["held"]


def test_nobody_adds_changes_or_deletes_one(lost: Held, as_alice: Client) -> None:
    before = everything()

    assert as_alice.get(f"{LIST}add/").status_code == 403
    assert as_alice.post(f"{LIST}{PAYMENT}/change/", {"state": "settled"}).status_code == 403
    assert as_alice.post(f"{LIST}{PAYMENT}/delete/", {"post": "yes"}).status_code == 403

    assert {key: row for key, row in everything().items() if key[0].startswith("HELD")} == {
        key: row for key, row in before.items() if key[0].startswith("HELD")
    }
