"""Refunds that are made in Stripe, and what becomes of them in the ledger."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from events.rows import Patron
from payments import ledger
from payments.rows import Kind, Payment
from scc.staff.actors import Actor
from tests.api.calls import assert_problem
from tests.builders import make_event
from tests.dynamo import faults
from tests.payments.cards.looks import (
    SLUG,
    assert_sound,
    at_once,
    entries,
    held,
    outcome,
    owed_by,
)
from tests.payments.cards.stripe_account import (
    PAYMENT,
    REFUND,
    Account,
    Json,
    charge_refunded,
    paid,
    refund,
    refunded,
    tell,
    told,
)

ALICE = Actor("alice", "Alice Archer")

pytestmark = pytest.mark.usefixtures("table")


@pytest.fixture
def payment(party: Patron) -> Payment:
    tell(told(party, at=timezone.now() - timedelta(days=1)))
    return entries()[0]


def by_hand(payment: Payment, amount: int, *, method: str = "card", reference: str = "") -> Payment:
    return ledger.refund(
        event=SLUG,
        reference=payment.reference,
        amount_cents=amount,
        method=method,
        reason="Weather",
        external_reference=reference,
        by=ALICE,
    ).payment


@pytest.mark.parametrize("kind", ["refund.created", "refund.updated", "charge.refund.updated"])
def test_a_refund_is_logged_on_its_payment(kind: str, payment: Payment, party: Patron) -> None:
    assert outcome(tell(refunded(kind))) == "booked"

    given = entries()[1]
    assert (given.entry_kind, given.corrects, given.amount_cents) == (Kind.REFUND, payment.reference, 50_000)
    assert (given.method, given.external_reference, given.recorded_by) == ("card", REFUND, "stripe")
    assert given.reason == "Refunded in Stripe: requested by customer"
    assert owed_by(party) == 50_000
    assert_sound()


def test_refunds_in_part_are_told_one_by_one(payment: Payment, party: Patron) -> None:
    tell(refunded(amount=10_000))

    assert outcome(tell(refunded(id="re_2", amount=15_000, reason=None))) == "booked"

    assert owed_by(party) == 25_000
    assert entries()[2].reason == "Refunded in Stripe"


def test_a_refund_told_in_every_way_is_one(payment: Payment) -> None:
    told_so = [refunded(), refunded("refund.updated"), charge_refunded(refund()), refunded()]

    outcomes = [outcome(tell(each)) for each in told_so]

    assert outcomes == ["booked", *["booked before"] * 3]
    assert len(entries()) == 2


def test_a_refund_told_in_every_way_at_once_is_one(payment: Payment) -> None:
    told_so = [refunded(), refunded("refund.updated"), charge_refunded(refund()), refunded()] * 4

    outcomes = at_once(16, lambda number: outcome(tell(told_so[number])))

    assert sorted(outcomes) == ["booked", *["booked before"] * 15]
    assert len(entries()) == 2
    assert held() == []
    assert_sound()


def test_a_charge_tells_all_its_refunds(payment: Payment, party: Patron) -> None:
    told_so = charge_refunded(refund(amount=1_000), refund(id="re_2", amount=2_000), refund(id="re_3", status="failed"))

    assert outcome(tell(told_so)) == "booked"

    assert owed_by(party) == 3_000


def test_a_charge_that_tells_no_refunds_has_stripe_asked(payment: Payment, party: Patron, stripe: Account) -> None:
    stripe.refunds = [refund(amount=1_000), refund(id="re_2", amount=2_000)]

    assert outcome(tell(charge_refunded())) == "booked"

    assert stripe.asked == ["GET /v1/refunds"]
    assert owed_by(party) == 3_000


def test_a_charge_that_tells_some_refunds_has_stripe_asked(payment: Payment, stripe: Account) -> None:
    stripe.refunds = [refund(amount=1_000), refund(id="re_2", amount=2_000)]
    some = {"object": "list", "data": [refund(amount=1_000)], "has_more": True}

    assert outcome(tell(charge_refunded(refunds=some))) == "booked"

    assert [entry.amount_cents for entry in entries()] == [50_000, 1_000, 2_000]


def test_a_refund_is_logged_when_it_has_arrived(payment: Payment) -> None:
    assert outcome(tell(refunded(status="pending"))) == "nothing for the ledger"
    assert len(entries()) == 1

    assert outcome(tell(refunded("refund.updated"))) == "booked"


@pytest.mark.parametrize("status", ["failed", "canceled"])
def test_a_refund_that_did_not_arrive_is_void(status: str, payment: Payment, party: Patron) -> None:
    tell(refunded())

    outcomes = [outcome(tell(refunded("refund.failed", status=status))) for _ in range(2)]

    assert outcomes == ["booked", "nothing for the ledger"]
    assert [entry.entry_kind for entry in entries()] == ["payment", "refund", "void"]
    assert owed_by(party) == 0


def test_a_refund_that_failed_at_once_was_none(payment: Payment) -> None:
    assert outcome(tell(refunded("refund.failed", status="failed"))) == "nothing for the ledger"

    assert len(entries()) == 1


def test_a_refund_that_staff_logged_under_stripes_name_is_known(payment: Payment) -> None:
    by_hand(payment, 10_000, reference=REFUND)

    assert outcome(tell(refunded(amount=10_000))) == "booked before"

    assert len(entries()) == 2


@pytest.mark.parametrize("amount", [10_000, 50_000])
def test_a_refund_that_may_be_logged_by_hand_is_held(amount: int, payment: Payment) -> None:
    logged = by_hand(payment, amount)

    assert outcome(tell(refunded(amount=amount))) == "held"

    assert [row.why for row in held()] == [f"Alice Archer logged the same by hand, as {logged.reference}."]
    assert len(entries()) == 2


@pytest.mark.parametrize(
    "other",
    [
        {"amount": 9_999},
        {"amount": 10_000, "method": "cash"},
        {"amount": 10_000, "reference": "re_another"},
    ],
)
def test_another_refund_that_is_logged_by_hand_holds_nothing(other: dict[str, Any], payment: Payment) -> None:
    by_hand(payment, **other)

    assert outcome(tell(refunded(amount=10_000))) == "booked"


def test_a_refund_is_logged_once_the_one_by_hand_is_void(payment: Payment) -> None:
    logged = by_hand(payment, 10_000)
    tell(refunded(amount=10_000))
    ledger.void(event=SLUG, reference=logged.reference, reason="Logged twice", by=ALICE)

    assert outcome(tell(refunded(amount=10_000))) == "booked"

    assert_sound()


def test_a_refund_that_was_void_before_one_by_hand_stays_known(payment: Payment) -> None:
    tell(refunded(amount=10_000))
    ledger.void(event=SLUG, reference=entries()[1].reference, reason="Logged twice", by=ALICE)
    by_hand(payment, 10_000)

    assert outcome(tell(refunded(amount=10_000))) == "booked before"

    assert held() == []


def test_a_refund_goes_to_the_payment_as_it_was_corrected(payment: Payment, party: Patron) -> None:
    corrected = ledger.correct(
        event=SLUG,
        reference=payment.reference,
        patron_name="Ana López",
        patron_id=party.ulid,
        amount_cents=45_000,
        tip_cents=5_000,
        method="card",
        external_reference=PAYMENT,
        by=ALICE,
    ).payment

    assert outcome(tell(refunded())) == "booked"

    given = entries()[-1]
    # What is more than the price is the tip's.
    assert (given.corrects, given.amount_cents, given.tip_cents) == (corrected.reference, 45_000, 5_000)
    assert_sound()


def test_a_refund_passes_by_what_is_void(payment: Payment) -> None:
    again = ledger.record(
        event=SLUG,
        patron_name="Ana López",
        amount_cents=50_000,
        method="card",
        external_reference=PAYMENT,
        by=ALICE,
    ).payment
    ledger.void(event=SLUG, reference=again.reference, reason="Logged twice", by=ALICE)

    assert outcome(tell(refunded())) == "booked"

    assert entries()[-1].corrects == payment.reference


def test_a_refund_finds_money_that_was_logged_by_hand(stripe: Account) -> None:
    make_event()
    tell(paid(metadata={"event": "2026-05-24"}))
    ledger.record(
        event=SLUG,
        patron_name="Ana López",
        amount_cents=50_000,
        method="card",
        external_reference=PAYMENT,
        by=ALICE,
    )

    assert outcome(tell(refunded())) == "booked"

    assert stripe.asked == []
    assert len(entries()) == 2


# By hand


IN_STRIPE = "Paid through Stripe: give it back there, and it is logged by itself."


def pages_of_refund(client: Client, payment: Payment) -> list[str]:
    paths = [f"/dispatch/{SLUG}/entry/{payment.reference}/refund/", f"/dispatch/{SLUG}/cancel/"]
    return [client.get(path).content.decode() for path in paths]


def test_the_pages_of_refunds_lead_to_stripe(payment: Payment, as_alice: Client) -> None:
    assert [IN_STRIPE in page for page in pages_of_refund(as_alice, payment)] == [True, True]


@pytest.mark.parametrize("changes", [{"method": "cash"}, {"external_reference": "Till 3"}])
def test_the_pages_of_other_refunds_do_not(changes: dict[str, str], party: Patron, as_alice: Client) -> None:
    facts: dict[str, Any] = {"method": "card", "external_reference": PAYMENT} | changes
    paid = ledger.record(
        event=SLUG, patron_id=party.ulid, patron_name="Ana López", amount_cents=100, by=ALICE, **facts
    ).payment

    assert [IN_STRIPE in page for page in pages_of_refund(as_alice, paid)] == [False, False]


def test_the_pages_of_refunds_do_not_while_cards_are_off(
    payment: Payment, as_alice: Client, settings: Settings
) -> None:
    settings.SCC_STRIPE_KEY = ""

    assert [IN_STRIPE in page for page in pages_of_refund(as_alice, payment)] == [False, False]


# Late


def late(**changes: Any) -> Json:
    """Return a refund's success, told again after an hour."""
    return refunded("refund.updated", told_at=timezone.now() - timedelta(hours=1), **changes)


@pytest.mark.parametrize("status", ["failed", "canceled", "pending"])
def test_a_refund_that_is_told_late_and_failed_meanwhile_is_none(
    status: str, payment: Payment, stripe: Account
) -> None:
    tell(refunded("refund.failed", status=status))
    stripe.refunds = [refund(status=status)]

    assert outcome(tell(late())) == "nothing for the ledger"

    assert (len(entries()), held()) == (1, [])
    assert stripe.asked == [f"GET /v1/refunds/{REFUND}"]


def test_a_refund_that_is_told_late_and_stands_is_booked(payment: Payment, stripe: Account) -> None:
    stripe.refunds = [refund()]

    assert [outcome(tell(late())) for _ in range(2)] == ["booked", "booked before"]

    # What is in the ledger is asked for no more.
    assert stripe.asked == [f"GET /v1/refunds/{REFUND}"]


def test_a_charge_that_tells_its_refunds_late_has_stripe_asked(payment: Payment, stripe: Account) -> None:
    stripe.refunds = [refund(status="failed")]
    body = charge_refunded(refund()) | {"created": int((timezone.now() - timedelta(hours=1)).timestamp())}

    assert outcome(tell(body)) == "nothing for the ledger"

    assert len(entries()) == 1


@pytest.mark.parametrize("status", [0, 401, 500])
def test_a_refund_that_is_told_late_waits_for_stripes_answer(status: int, payment: Payment, stripe: Account) -> None:
    stripe.refunds = [refund()]
    stripe.trouble = [(status, {"type": "api_error", "message": "no"})] * 2

    assert_problem(tell(late()), 503)
    assert (len(entries()), held()) == (1, [])
    stripe.trouble.clear()

    assert outcome(tell(late())) == "booked"


def test_a_refund_of_another_business_is_forgotten(stripe: Account) -> None:
    stripe.metadata[PAYMENT] = {"order": "17"}

    assert outcome(tell(refunded())) == "nothing for the ledger"

    assert held() == []


def test_a_refund_before_its_payment_is_told_again(stripe: Account, party: Patron) -> None:
    stripe.metadata[PAYMENT] = {"event": SLUG, "party": party.ulid}

    assert_problem(tell(refunded()), 503)
    tell(told(party))

    assert outcome(tell(refunded())) == "booked"
    assert held() == []


def test_a_refund_whose_payment_never_came_is_held(stripe: Account, party: Patron) -> None:
    stripe.metadata[PAYMENT] = {"event": SLUG, "party": party.ulid}

    assert outcome(tell(refunded(at=timezone.now() - timedelta(hours=2)))) == "held"

    (row,) = held()
    assert row.why == f"Its payment {PAYMENT} is not in the ledger of {SLUG}."
    assert (row.what, row.stripe_id, row.payment_id, row.event_id) == ("refund", REFUND, PAYMENT, SLUG)


def test_a_refund_of_held_money_is_held(stripe: Account) -> None:
    tell(paid(currency="eur"))
    make_event()

    assert outcome(tell(refunded())) == "held"

    assert stripe.asked == []
    assert sorted(row.what for row in held()) == ["payment", "refund"]


def test_a_refund_is_told_again_when_stripe_cannot_be_asked(stripe: Account) -> None:
    stripe.trouble = [(401, {"type": "invalid_request_error", "message": "Invalid API Key provided: sk_test_***key"})]

    answer = tell(refunded())

    assert assert_problem(answer, 503)["detail"] == "Stripe could not be asked for the rest."
    assert answer.headers["Retry-After"]


@pytest.mark.parametrize("amount", [50_001, 0])
def test_a_refund_that_the_payment_does_not_allow_is_held(amount: int, payment: Payment) -> None:
    assert outcome(tell(refunded(amount=amount))) == "held"

    assert held()[0].why.startswith("The ledger does not take it: ")
    assert len(entries()) == 1


def test_a_refund_of_a_void_payment_is_held(payment: Payment) -> None:
    ledger.void(event=SLUG, reference=payment.reference, reason="Logged twice", by=ALICE)

    assert outcome(tell(refunded())) == "held"

    assert "Already voided by Alice Archer" in held()[0].why


def test_a_refund_of_an_unknown_departure_is_held(stripe: Account) -> None:
    stripe.metadata[PAYMENT] = {"event": "nonsense"}

    assert outcome(tell(refunded())) == "held"

    assert held()[0].why == "There is no departure nonsense."


@pytest.mark.usefixtures("impatient")
def test_a_lost_answer_to_a_refund_counts_once(payment: Payment) -> None:
    body = json.dumps(refunded()).encode()

    with faults.answers_lost("TransactWriteItems", times=1000):
        assert_problem(tell(body), 503)

    assert outcome(tell(body)) == "booked before"
    assert len(entries()) == 2
    assert_sound()
