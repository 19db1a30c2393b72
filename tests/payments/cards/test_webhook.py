"""What Stripe tells, signed as Stripe signs it, and what becomes of it in the ledger."""

from __future__ import annotations

import json
import logging
import random
import time
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from events import bookings, turns
from events.rows import Patron, Status
from payments import ledger, methods
from scc import lambda_handler
from scc.staff import audit
from scc.staff.actors import Actor
from tests.api.calls import assert_problem, everything
from tests.builders import make_event, make_party
from tests.conftest import RequestsMade
from tests.dynamo import faults
from tests.payments.cards.looks import (
    SLUG,
    assert_sound,
    at_once,
    entries,
    held,
    letters,
    outcome,
    owed_by,
    stored_event,
)
from tests.payments.cards.stripe_account import (
    KEY,
    NEXT,
    PAYMENT,
    SECRET,
    WEBHOOK,
    Json,
    charge_refunded,
    event,
    paid,
    refunded,
    signature,
    tell,
    told,
)
from tests.test_lambda_handler import make_request

ALICE = Actor("alice", "Alice Archer")

pytestmark = pytest.mark.usefixtures("table")


# Payments


def test_a_payment_is_logged_as_stripe_told_it(party: Patron) -> None:
    at = datetime(2026, 5, 1, 17, 30, tzinfo=UTC)

    assert outcome(tell(told(party, at=at))) == "booked"

    (entry,) = entries()
    assert (entry.amount_cents, entry.currency, entry.method) == (50_000, "USD", "card")
    assert (entry.patron_id, entry.patron_name, entry.patron_email) == (party.ulid, "Ana López", "ana@example.com")
    assert (entry.external_reference, entry.paid_at) == (PAYMENT, at)
    assert (entry.recorded_by, entry.recorded_by_name, entry.received_by) == ("stripe", "Stripe", "stripe")
    assert owed_by(party) == 0
    assert [letter.to for letter in letters()] == ["ana@example.com"]
    assert [each.recorded_by for each in audit.history_of(entry)] == ["stripe"]
    assert_sound()


def test_a_payment_costs_two_reads_and_a_transaction(party: Patron, requests_made: RequestsMade) -> None:
    methods.every()

    with requests_made() as made:
        tell(told(party, customer_details=None))

    assert made == {"Query": 1, "BatchGetItem": 1, "TransactWriteItems": 1}


def test_a_payment_that_is_on_its_way_is_logged_when_it_arrives(party: Patron) -> None:
    assert outcome(tell(told(party, payment_status="unpaid"))) == "nothing for the ledger"
    assert entries() == []

    assert outcome(tell(told(party, kind="checkout.session.async_payment_succeeded"))) == "booked"

    assert len(entries()) == 1


def test_both_events_of_one_payment_are_one_entry(party: Patron) -> None:
    tell(told(party, at=timezone.now() - timedelta(hours=1)))

    assert outcome(tell(told(party, kind="checkout.session.async_payment_succeeded"))) == "booked before"

    assert len(entries()) == len(letters()) == 1


def test_a_replay_changes_nothing(party: Patron) -> None:
    body = json.dumps(told(party)).encode()
    tell(body)
    before = everything()

    assert outcome(tell(body)) == "booked before"

    assert everything() == before


def test_fifty_copies_at_once_are_one_entry(party: Patron) -> None:
    body = json.dumps(told(party)).encode()

    outcomes = at_once(50, lambda _: outcome(tell(body)))

    assert sorted(outcomes) == ["booked", *["booked before"] * 49]
    assert len(entries()) == len(letters()) == 1
    assert_sound()


def test_both_events_at_once_are_one_entry(party: Patron) -> None:
    kinds = ["checkout.session.completed", "checkout.session.async_payment_succeeded"]
    bodies = [told(party, kind=kinds[number % 2], at=timezone.now() - timedelta(hours=number)) for number in range(8)]

    outcomes = at_once(8, lambda number: outcome(tell(bodies[number])))

    assert outcomes.count("booked") == 1
    assert len(entries()) == 1
    assert_sound()


def test_a_payment_without_an_intent_goes_by_its_session(party: Patron) -> None:
    tell(told(party, payment_intent=None))

    assert entries()[0].external_reference.startswith("cs_test_")


def test_two_payments_of_one_party_are_two_entries(party: Patron) -> None:
    tell(told(party))

    assert outcome(tell(told(party, payment_intent="pi_another"))) == "booked"

    assert owed_by(party) == -50_000


def test_a_party_that_left_keeps_no_payment_from_the_departure(party: Patron) -> None:
    body = json.dumps(told(party)).encode()
    bookings.remove_party(event=stored_event(), party=party, by=ALICE)

    assert [outcome(tell(body)) for _ in range(2)] == ["booked", "booked before"]

    (entry,) = entries()
    assert (entry.patron_id, entry.patron_name, entry.amount_cents) == ("", "Ana López", 50_000)
    assert_sound()


@pytest.mark.parametrize("party_id", ["", "x", "01JVNOSUCHPARTY00000000000"])
def test_a_payment_of_nobody_on_the_manifest_is_the_departures(party_id: str) -> None:
    make_event()

    assert outcome(tell(paid(metadata={"event": SLUG, "party": party_id}))) == "booked"

    # The name that the guest typed on Stripe's page.
    assert [(entry.patron_id, entry.patron_name) for entry in entries()] == [("", "ANA LOPEZ")]


def test_a_cancelled_departure_takes_what_was_paid() -> None:
    party = make_party(event=make_event(status=Status.CANCELLED.value))

    assert outcome(tell(told(party))) == "booked"


@pytest.mark.parametrize("guest", [None, {"email": "ana@", "name": "\u200b"}, {"email": None, "name": "x" * 900}])
def test_what_a_guest_typed_stops_no_payment(guest: Json | None) -> None:
    make_event()

    assert outcome(tell(paid(metadata={"event": SLUG, "name": ""}, customer_details=guest))) == "booked"

    (entry,) = entries()
    assert (entry.patron_name in {"Card payment", "x" * 200}, entry.patron_email, letters()) == (True, "", [])


def test_a_clock_that_is_ahead_stops_no_payment(party: Patron) -> None:
    assert outcome(tell(told(party, at=timezone.now() + timedelta(hours=3)))) == "booked"

    assert entries()[0].paid_at <= timezone.now()


# What is nothing for the ledger


@pytest.mark.parametrize(
    "other",
    [
        event("customer.created", {"object": "customer", "id": "cus_1"}),
        event("payment_intent.succeeded", {"object": "payment_intent", "id": PAYMENT, "metadata": {"event": SLUG}}),
        event("issuing_authorization.created", {"object": "issuing.authorization", "id": "iauth_1"}),
        paid(metadata={}),
        paid(metadata=None),
        paid(metadata={"order": "17"}),
        paid(payment_status="no_payment_required", amount_total=0),
        refunded(payment_intent=None),
        charge_refunded(metadata={}),
        charge_refunded(payment_intent=None),
        {"id": "evt_1", "object": "v2.core.event", "type": "v1.billing.meter.error_report_triggered"},
        {"type": ["checkout.session.completed"], "data": "x"},
        {},
    ],
    ids=lambda other: str(other.get("type")),
)
def test_what_is_not_ours_is_taken_and_forgotten(other: Json) -> None:
    make_event()
    before = everything()

    assert outcome(tell(other)) == "nothing for the ledger"

    assert everything() == before


# Who tells


FORGED = {
    "empty": "",
    "time alone": "t=1",
    "signature alone": "v1=abc",
    "no values": "t=,v1=",
    "not a time": "t=x,v1=y",
    "no names": "garbage",
    "commas": ",,,",
    "an equals sign": "=",
    "a time of 5,000 digits": f"t={'9' * 5000},v1={'0' * 64}",
    "zeros": f"t={int(time.time())},v1={'0' * 64}",
    "not ASCII": f"t={int(time.time())},v1=\u00e9{'0' * 63}",
    "another scheme": f"t={int(time.time())},v0={'0' * 64}",
    "of another body": signature(b"{}"),
}


@pytest.mark.parametrize("header", FORGED.values(), ids=FORGED)
def test_a_forged_signature_is_refused(header: str, party: Patron, requests_made: RequestsMade) -> None:
    with requests_made() as made:
        assert_problem(tell(told(party), header=header), 400)

    assert made == {}


@pytest.mark.parametrize("secret", ["whsec_wrong", "", SECRET.upper(), KEY])
def test_another_secret_is_refused(secret: str, party: Patron) -> None:
    assert_problem(tell(told(party), secret=secret), 400)

    assert entries() == []


def test_a_body_that_was_changed_is_refused(party: Patron) -> None:
    body = json.dumps(told(party)).encode()

    assert_problem(tell(body.replace(b"50000", b"50"), header=signature(body)), 400)

    assert entries() == []


def test_a_time_that_was_changed_is_refused(party: Patron) -> None:
    body = json.dumps(told(party)).encode()
    old = signature(body, at=time.time() - 3600)

    assert_problem(tell(body, header=f"t={int(time.time())},{old.partition(',')[2]}"), 400)


def test_an_old_message_is_refused(party: Patron) -> None:
    assert_problem(tell(told(party), at=time.time() - 301), 400)

    assert outcome(tell(told(party), at=time.time() - 290)) == "booked"


def test_both_secrets_are_taken_while_they_are_changed(party: Patron, settings: Settings) -> None:
    settings.SCC_STRIPE_WEBHOOK_SECRETS = [NEXT, SECRET]

    assert outcome(tell(told(party), secret=SECRET)) == "booked"
    assert outcome(tell(told(party), secret=NEXT)) == "booked before"

    settings.SCC_STRIPE_WEBHOOK_SECRETS = [NEXT]
    assert_problem(tell(told(party), secret=SECRET), 400)


@pytest.mark.parametrize(("key", "secrets"), [("", []), (KEY, []), ("", [SECRET])])
def test_without_both_settings_there_is_no_such_address(
    key: str, secrets: list[str], party: Patron, settings: Settings
) -> None:
    settings.SCC_STRIPE_KEY, settings.SCC_STRIPE_WEBHOOK_SECRETS = key, secrets

    assert_problem(tell(told(party)), 404)
    assert_problem(Client().get(WEBHOOK), 404)

    assert entries() == []


@pytest.mark.parametrize("body", [b"", b"not JSON", b"\xff\xfe", b'{"a": 1, "a": 2}'])
def test_a_body_that_is_no_json_is_refused(body: bytes) -> None:
    assert_problem(tell(body), 400)


def test_a_body_that_is_no_object_is_refused() -> None:
    assert_problem(tell(b"[]"), 422)


def test_a_body_over_256_kib_is_refused(party: Patron) -> None:
    body = json.dumps(told(party)).encode()
    limit = 256 * 1024

    assert_problem(tell(body.ljust(limit + 1)), 413)
    assert outcome(tell(body.ljust(limit))) == "booked"


def test_only_a_post_is_heard(party: Patron) -> None:
    refused = Client().get(WEBHOOK)

    assert_problem(refused, 405)
    assert refused.headers["Allow"] == "POST"


def test_a_session_is_neither_needed_nor_read(party: Patron, as_alice: Client, requests_made: RequestsMade) -> None:
    body = json.dumps(told(party, customer_details=None)).encode()
    client = Client(enforce_csrf_checks=True)
    client.cookies = as_alice.cookies
    # Asked for once a minute.
    methods.every()

    with requests_made() as made:
        answer = client.generic(
            "POST", WEBHOOK, body, "application/json", headers={"Stripe-Signature": signature(body)}
        )

    assert outcome(answer) == "booked"
    assert made == {"Query": 1, "BatchGetItem": 1, "TransactWriteItems": 1}
    assert not answer.cookies


def test_a_message_comes_through_the_function_as_it_was_signed(party: Patron, settings: Settings) -> None:
    settings.SCC_ORIGIN_SECRETS, settings.SCC_SITE_URL = ["the-origins"], "https://crew.example.com"
    settings.ALLOWED_HOSTS = ["crew.example.com"]
    # What JSON's writers do not agree on: spaces, and letters that are not ASCII.
    body = json.dumps(told(party), indent=1, ensure_ascii=False).encode()
    headers = {
        "x-origin-verify": "the-origins",
        "content-type": "application/json",
        "stripe-signature": signature(body),
    }

    answer = lambda_handler.web(make_request(WEBHOOK, method="POST", headers=headers, body=body), None)

    assert (answer["statusCode"], json.loads(answer["body"])) == (200, {"outcome": "booked"})


def test_nothing_of_the_secrets_is_said(party: Patron, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        answers = [tell(told(party)), tell(told(party), header="t=1,v1=2"), tell(paid(metadata={"event": "x"}))]

    said = caplog.text + "".join(answer.content.decode() for answer in answers)
    assert KEY not in said
    assert SECRET not in said


# The table's troubles. Whatever is not 200, Stripe tells again.


@pytest.mark.usefixtures("impatient")
def test_a_lost_answer_counts_once(party: Patron) -> None:
    body = json.dumps(told(party)).encode()

    with faults.answers_lost("TransactWriteItems", times=1000):
        unknown = tell(body)

    assert_problem(unknown, 503)
    assert unknown.headers["Retry-After"]
    assert outcome(tell(body)) == "booked before"
    assert len(entries()) == len(letters()) == 1


def test_a_table_that_does_not_answer_is_asked_again(party: Patron) -> None:
    body = json.dumps(told(party)).encode()

    with faults.connection_refused("BatchGetItem", times=1000):
        assert_problem(tell(body), 503)
    assert entries() == []

    assert outcome(tell(body)) == "booked"


def test_a_busy_ledger_is_asked_again(party: Patron, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "PATIENCE", 0.0)

    with turns.taken(SLUG, patience=1.0):
        assert_problem(tell(told(party)), 503)

    assert entries() == []


@pytest.mark.usefixtures("impatient")
def test_an_unknown_outcome_of_holding_is_held_once() -> None:
    body = json.dumps(paid()).encode()

    with faults.answers_lost("TransactWriteItems", times=1000):
        assert_problem(tell(body), 503)

    assert outcome(tell(body)) == "held"
    assert len(held()) == len(letters()) == 1


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.usefixtures("impatient")
def test_told_until_it_is_heard_everything_is_logged_once(seed: int, party: Patron) -> None:
    chance = random.Random(seed)  # noqa: S311
    bodies = [json.dumps(told(party, payment_intent=f"pi_{number}", amount_total=100)).encode() for number in range(6)]
    operations = ["TransactWriteItems", "BatchGetItem"]

    waiting = bodies * 2
    while waiting:
        body = waiting.pop(chance.randrange(len(waiting)))
        fault = chance.choice([faults.answers_lost, faults.connection_refused])
        with fault(chance.choice(operations), times=chance.choice([0, 1, 3, 1000])):
            answer = tell(body)
        if answer.status_code != 200:
            waiting.append(body)

    assert [entry.amount_cents for entry in entries()] == [100] * 6
    assert len({entry.external_reference for entry in entries()}) == 6
    assert_sound()
