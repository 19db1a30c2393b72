"""The pages that void, refund and correct."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail
from django.test import Client

from events.rows import Event, Patron
from payments import books, ledger, methods
from payments.books import Book
from payments.rows import Payment, PaymentMethod
from scc.dynamo.units import Unit
from scc.staff.actors import Actor
from tests.builders import make_event, make_party
from tests.conftest import RequestsMade
from tests.dynamo import faults

SLUG = "2026-05-23"
DANA = Actor("dana", "Dana Drake")
CHANGES = ["void", "refund", "correct"]
VOID = {"reason": "Logged twice"}
REFUND = {"reason": "Weather", "amount": "50.00"}
CORRECT = {"amount": "110.00", "method": "card"}
SAID = {"void": VOID, "refund": REFUND, "correct": CORRECT}


@pytest.fixture(autouse=True)
def event(table: None) -> Event:
    return make_event()


@pytest.fixture
def ana(event: Event) -> Patron:
    return make_party(event=event, email="")


@pytest.fixture
def entry(ana: Patron) -> Payment:
    return paid(patron_id=ana.ulid, tip_cents=2_000)


def paid(**changes: Any) -> Payment:
    facts: dict[str, Any] = {"patron_name": "Ana López", "amount_cents": 12_500, "method": "cash", "by": DANA}
    return ledger.record(event=SLUG, **(facts | changes)).payment


def book() -> Book:
    return books.read(SLUG)


def page_of(entry: Payment, change: str) -> str:
    return f"/dispatch/{SLUG}/entry/{entry.reference}/{change}/"


def form_of(client: Client, page: str) -> dict[str, str]:
    """Return what a browser would send for the form of `page`, unchanged."""
    form = client.get(page).context["form"]
    data: dict[str, str] = {}
    for field in form:
        value = field.value()
        if value is False or value is None:
            value = ""
        data[field.html_name] = "on" if value is True else str(value)
        if field.field.show_hidden_initial:
            data[field.html_initial_name] = str(value)
    return data


def send(client: Client, entry: Payment, change: str, **changes: str) -> Any:
    page = page_of(entry, change)
    return client.post(page, form_of(client, page) | SAID[change] | changes)


def errors_of(answer: Any) -> dict[str, list[str]]:
    return dict(answer.context["form"].errors)


@pytest.mark.parametrize("change", CHANGES)
def test_form_is_one_query(change: str, entry: Payment, as_alice: Client, requests_made: RequestsMade) -> None:
    with requests_made() as made:
        answer = as_alice.get(page_of(entry, change))

    assert answer.status_code == 200
    assert made == {"GetItem": 2, "Query": 1}


@pytest.mark.parametrize("change", CHANGES)
def test_sending_is_two_requests_and_leads_to_what_was_done(
    change: str, entry: Payment, as_alice: Client, requests_made: RequestsMade
) -> None:
    data = form_of(as_alice, page_of(entry, change)) | SAID[change]

    with requests_made() as made:
        answer = as_alice.post(page_of(entry, change), data)

    assert answer.status_code == 303
    assert made == {"GetItem": 2, "Query": 1, "TransactWriteItems": 1}
    last = book().entries[-1]
    about = last.reference if change == "correct" else entry.reference
    assert answer.headers["Location"] == f"/dispatch/{SLUG}/entry/{about}/?did={last.reference}"


def test_void_keeps_why(entry: Payment, as_alice: Client) -> None:
    answer = send(as_alice, entry, "void", note="Twice at the gate")

    void = book().voided[entry.reference]
    assert (void.reason, void.note, void.recorded_by) == ("Logged twice", "Twice at the gate", "alice")
    said = as_alice.get(answer.headers["Location"]).content.decode()
    assert f"The void is {void.reference}." in said


def test_refund_is_filled_in_with_what_is_left_and_how_it_came(entry: Payment, as_alice: Client) -> None:
    send(as_alice, entry, "refund", tip="5")

    form = form_of(as_alice, page_of(entry, "refund"))

    assert (form["amount"], form["tip"], form["method"]) == ("75.00", "15.00", "cash")
    assert "$75 and $15 tip" in as_alice.get(page_of(entry, "refund")).content.decode()


def test_refund_gives_a_part_and_its_tip_back(entry: Payment, as_alice: Client) -> None:
    send(as_alice, entry, "refund", tip="5", method="check", external_reference="1001", note="Came late")

    given = book().entries[-1]
    assert (given.amount_cents, given.tip_cents, given.method) == (5_000, 500, "check")
    assert (given.external_reference, given.reason, given.note) == ("1001", "Weather", "Came late")


def test_refund_sends_a_letter_unless_it_is_not_to(as_alice: Client) -> None:
    entry = paid(patron_email="ana@example.com")
    data = form_of(as_alice, page_of(entry, "refund")) | REFUND
    assert data.pop("mail") == "on"
    as_alice.post(page_of(entry, "refund"), data)
    assert len(mail.outbox) == 1

    send(as_alice, entry, "refund")

    assert len(mail.outbox) == 2
    assert mail.outbox[-1].subject.startswith("Refund")


def test_correct_is_filled_in_with_the_entry_and_says_that_no_money_moves(ana: Patron, as_alice: Client) -> None:
    entry = paid(patron_id=ana.ulid, tip_cents=2_000, external_reference="x", note="y", patron_email="ana@example.com")

    form = form_of(as_alice, page_of(entry, "correct"))

    assert (form["patron_name"], form["patron_id"], form["amount"]) == ("Ana López", ana.ulid, "125.00")
    assert (form["tip"], form["method"], form["external_reference"]) == ("20.00", "cash", "x")
    assert (form["note"], form["patron_email"]) == ("y", "ana@example.com")
    assert "No money moves." in as_alice.get(page_of(entry, "correct")).content.decode()


def test_correct_keeps_what_was_not_touched(entry: Payment, as_alice: Client) -> None:
    send(as_alice, entry, "correct")

    after = book().entries[-1]
    assert (after.amount_cents, after.method, after.corrects) == (11_000, "card", entry.reference)
    assert (after.patron_id, after.tip_cents, after.received_by) == (entry.patron_id, 2_000, "dana")
    assert after.paid_at == book().find(entry.reference).paid_at


def test_correct_moves_a_payment_to_another_party_and_day(event: Event, entry: Payment, as_alice: Client) -> None:
    bo = make_party(event=event, name="Bo Bell", size=1)

    send(as_alice, entry, "correct", patron_name="Bo Bell", patron_id=bo.ulid, paid_on="2026-05-01")

    after = book().entries[-1]
    assert (after.patron_name, after.patron_id) == ("Bo Bell", bo.ulid)
    assert after.paid_at.astimezone(event.zone).date().isoformat() == "2026-05-01"
    assert (book().parties[entry.patron_id].received_cents, book().parties[bo.ulid].received_cents) == (0, 11_000)


def test_correct_of_nothing_is_refused(entry: Payment, as_alice: Client) -> None:
    page = page_of(entry, "correct")

    answer = as_alice.post(page, form_of(as_alice, page) | {"amount": "125"})

    assert answer.status_code == 422
    assert errors_of(answer) == {"__all__": ["Nothing is different. Change what was wrong."]}
    assert len(book().entries) == 1


def test_correct_takes_a_payment_off_its_party(entry: Payment, as_alice: Client) -> None:
    send(as_alice, entry, "correct", patron_id="")

    assert (book().entries[-1].patron_id, book().entries[-1].patron_name) == ("", "Ana López")
    assert book().parties[entry.patron_id].received_cents == 0


@pytest.mark.parametrize(
    ("change", "field", "value"),
    [
        ("void", "reason", ""),
        ("void", "reason", "Because"),
        ("void", "reason", "Other"),
        ("void", "key", ""),
        ("refund", "amount", "0"),
        ("refund", "amount", "-1"),
        ("refund", "amount", ""),
        ("refund", "amount", "1,000"),
        ("refund", "tip", "x"),
        ("refund", "method", "bitcoin"),
        ("refund", "method", ""),
        ("refund", "reason", ""),
        ("refund", "external_reference", "x" * 201),
        ("correct", "patron_name", "\u200b"),
        ("correct", "patron_id", "01KS9V3R4T5W6X7Y8Z9A0B1C2D"),
        ("correct", "amount", "1.001"),
        ("correct", "method", "gold"),
        ("correct", "paid_on", "2999-01-01"),
        ("correct", "paid_on", "tomorrow"),
        ("correct", "patron_email", "nobody"),
        ("correct", "note", "x" * 2001),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(
    change: str, field: str, value: str, entry: Payment, as_alice: Client
) -> None:
    answer = send(as_alice, entry, change, **{field: value})

    assert answer.status_code == 422
    # Other has no words; the field for them is at fault.
    at_fault = "note" if value == "Other" else field
    assert list(errors_of(answer)) == [at_fault]
    assert answer.context["form"][field].value() == value
    said = answer.content.decode()
    assert f'href="#change-{at_fault}"' in said
    assert f'id="change-{at_fault}_error"' in said or field == "key"
    assert len(book().entries) == 1


def test_method_that_needs_a_reference_is_not_taken_without(entry: Payment, as_alice: Client) -> None:
    unit = Unit()
    unit.put(PaymentMethod(code="check", label="Check", asks="needed", is_offered=True))
    unit.commit()
    methods.forget()

    assert list(errors_of(send(as_alice, entry, "refund", method="check"))) == ["external_reference"]
    assert send(as_alice, entry, "refund", method="check", external_reference="1001").status_code == 303


@pytest.mark.parametrize("change", CHANGES)
def test_form_sent_twice_acts_once_and_says_so(change: str, entry: Payment, as_alice: Client) -> None:
    data = form_of(as_alice, page_of(entry, change)) | SAID[change]
    first = as_alice.post(page_of(entry, change), data)
    there = len(book().entries)

    again = as_alice.post(page_of(entry, change), data)

    assert again.headers["Location"] == f"{first.headers['Location']}&again"
    assert "nothing was counted twice" in as_alice.get(again.headers["Location"]).content.decode()
    assert len(book().entries) == there


def test_form_sent_again_with_other_values_is_refused_and_gets_another_key(entry: Payment, as_alice: Client) -> None:
    data = form_of(as_alice, page_of(entry, "refund")) | REFUND | {"tip": ""}
    as_alice.post(page_of(entry, "refund"), data)

    answer = as_alice.post(page_of(entry, "refund"), data | {"amount": "20.00"})

    assert answer.status_code == 409
    assert f"logged as {book().entries[-1].reference}" in answer.content.decode()
    assert len(book().entries) == 2
    key = answer.context["form"]["key"].value()
    assert as_alice.post(page_of(entry, "refund"), data | {"amount": "20.00", "key": key}).status_code == 303


def test_void_by_someone_faster_is_said(entry: Payment, as_alice: Client) -> None:
    data = form_of(as_alice, page_of(entry, "void")) | VOID
    ledger.void(event=SLUG, reference=entry.reference, reason="Logged twice", by=DANA)

    answer = as_alice.post(page_of(entry, "void"), data)

    assert answer.status_code == 409
    assert "Already voided by Dana Drake" in answer.content.decode()
    assert len(book().entries) == 2


@pytest.mark.parametrize(("sums", "field"), [({"amount": "100.00"}, "amount"), ({"tip": "20.00"}, "tip")])
def test_refund_by_someone_faster_is_said_with_what_is_left(
    sums: dict[str, str], field: str, entry: Payment, as_alice: Client
) -> None:
    data = form_of(as_alice, page_of(entry, "refund")) | REFUND | {"tip": ""} | sums
    ledger.refund(
        event=SLUG,
        reference=entry.reference,
        amount_cents=5_000,
        tip_cents=500,
        method="cash",
        reason="Weather",
        by=DANA,
    )

    answer = as_alice.post(page_of(entry, "refund"), data)

    assert answer.status_code == 409
    assert list(errors_of(answer)) == [field]
    assert "$75 and $15 tip" in answer.content.decode()
    assert answer.context["form"]["amount"].value() == data["amount"]
    assert len(book().entries) == 2


@pytest.mark.parametrize("change", CHANGES)
def test_page_says_why_it_cannot_be_done(change: str, entry: Payment, as_alice: Client) -> None:
    ledger.void(event=SLUG, reference=entry.reference, reason="Logged twice", by=DANA)

    said = as_alice.get(page_of(entry, change)).content.decode()

    assert "Already voided by Dana Drake" in said
    assert "data-change-submit" not in said


@pytest.mark.parametrize("change", CHANGES)
def test_lost_answer_keeps_the_key_and_counts_once(change: str, entry: Payment, as_alice: Client) -> None:
    data = form_of(as_alice, page_of(entry, change)) | SAID[change]

    with faults.answers_lost("TransactWriteItems", times=1000):
        unknown = as_alice.post(page_of(entry, change), data)

    assert unknown.status_code == 503
    assert unknown.headers["Retry-After"]
    assert "Not known whether it was" in unknown.content.decode()
    assert unknown.context["form"]["key"].value() == data["key"]
    there = len(book().entries)
    assert as_alice.post(page_of(entry, change), data).headers["Location"].endswith("&again")
    assert len(book().entries) == there


def test_table_that_is_not_reached_is_said_and_keeps_what_was_typed(entry: Payment, as_alice: Client) -> None:
    data = form_of(as_alice, page_of(entry, "refund")) | REFUND

    with faults.connection_refused("TransactWriteItems", times=1000):
        answer = as_alice.post(page_of(entry, "refund"), data)

    assert answer.status_code == 503
    assert answer.context["form"]["amount"].value() == "50.00"
    assert len(book().entries) == 1


def test_page_escapes_what_people_typed(as_alice: Client) -> None:
    entry = paid(patron_name="<script>alert(1)</script>", note='"><script>alert(2)</script>')

    for change in CHANGES:
        assert "<script>alert" not in as_alice.get(page_of(entry, change)).content.decode()
