"""The ledger in the admin."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client

from payments import ledger
from payments.models import Payment as PaymentModel
from payments.rows import Payment
from scc.dynamo.rows import Row
from scc.staff import audit
from scc.staff.actors import Actor
from tests.builders import make_event
from tests.conftest import RequestsMade
from tests.dynamo import faults
from tests.dynamo.test_admin import errors_of, form_of

LIST = "/admin/payments/payment/"
ADD = "/admin/payments/payment/add/"
DANA = Actor("dana", "Dana Drake")
FILLED = {"event": "2026-05-23", "patron_name": "Ana López", "amount": "125.00", "tip": "10", "method": "cash"}


@pytest.fixture(autouse=True)
def event(table: None) -> None:
    make_event()


def logged(**changes: Any) -> Payment:
    facts: dict[str, Any] = {"patron_name": "Ana López", "amount_cents": 12_500, "method": "cash", "by": DANA}
    return ledger.record(event="2026-05-23", **(facts | changes)).payment


def entries() -> list[Payment]:
    return Payment.listing(known={"event_id": "2026-05-23"}).rows


def change_page(entry: Payment) -> str:
    return f"{LIST}{entry.id}/change/"


def said(response: Any) -> str:
    return " ".join(str(message) for message in response.context["messages"])


def test_add_logs_a_payment_in_four_requests(as_dana: Client, requests_made: RequestsMade) -> None:
    data = form_of(as_dana.get(ADD)) | FILLED

    with requests_made() as made:
        response = as_dana.post(ADD, data)

    assert response.status_code == 302
    # The session and its user; the departure; everything else.
    assert made == {"GetItem": 3, "TransactWriteItems": 1}
    (entry,) = entries()
    assert (entry.patron_name, entry.amount_cents, entry.tip_cents) == ("Ana López", 12_500, 1_000)
    assert (entry.recorded_by, entry.received_by) == ("dana", "dana")
    assert [(each.action, each.recorded_by) for each in audit.history_of(entry)] == [("payment", "dana")]


def test_a_form_sent_twice_logs_once_and_says_so(as_dana: Client) -> None:
    data = form_of(as_dana.get(ADD)) | FILLED
    as_dana.post(ADD, data)

    response = as_dana.post(ADD, data, follow=True)

    (entry,) = entries()
    assert f"Logged already, reference {entry.reference}." in said(response)


def test_a_form_sent_again_with_other_values_is_refused(as_dana: Client) -> None:
    data = form_of(as_dana.get(ADD)) | FILLED
    as_dana.post(ADD, data)

    response = as_dana.post(ADD, data | {"amount": "126.00"})

    (entry,) = entries()
    assert entry.reference in str(errors_of(response)["__all__"])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("amount", "0"),
        ("amount", "-1"),
        ("amount", "NaN"),
        ("amount", "1e400"),
        ("amount", ""),
        ("amount", "1.001"),
        ("tip", "-1"),
        ("patron_name", "\u200b"),
        ("patron_name", "A" * 201),
        ("patron_email", "nobody"),
        ("method", "bitcoin"),
        ("paid_on", "2999-01-01"),
        ("paid_on", "tomorrow"),
        ("event", "2026-05-24"),
        ("event", "nonsense"),
        ("external_reference", "x" * 201),
        ("key", ""),
    ],
)
def test_add_names_the_field_that_is_wrong_and_writes_nothing(as_dana: Client, field: str, value: str) -> None:
    data = form_of(as_dana.get(ADD)) | FILLED | {field: value}
    before = sorted((row.pk, row.sk) for row in Row.scan())

    response = as_dana.post(ADD, data)

    assert response.status_code == 200
    assert list(errors_of(response)) == [field]
    assert sorted((row.pk, row.sk) for row in Row.scan()) == before


def test_a_lost_answer_in_the_form_counts_once(as_dana: Client) -> None:
    data = form_of(as_dana.get(ADD)) | FILLED

    with faults.answers_lost("TransactWriteItems", times=1000):
        unknown = as_dana.post(ADD, data)
    settled = as_dana.post(ADD, data, follow=True)

    assert unknown.status_code == 503
    assert "Logged already" in said(settled)
    assert len(entries()) == 1


def test_add_offers_the_departures_of_these_days(as_dana: Client) -> None:
    make_event(date=date.today(), title="Moonrise")  # noqa: DTZ011  # the day of the test's own clock

    page = as_dana.get(ADD).content.decode()

    assert '<datalist id="departures">' in page
    assert "Moonrise" in page


def test_the_list_is_two_queries(as_dana: Client, requests_made: RequestsMade) -> None:
    entry = logged()

    with requests_made() as made:
        response = as_dana.get(LIST)

    assert entry.reference in response.content.decode()
    # The session and its user; the page; the month's tallies.
    assert made == {"GetItem": 2, "Query": 2}


@pytest.mark.parametrize(
    ("query", "seen"),
    [
        ("", {"Ana", "Bob"}),
        ("?method=card", {"Bob"}),
        ("?q=bo", {"Bob"}),
        ("?q=ANA L", {"Ana"}),
        ("?month=2020-01", set()),
        ("?entry_kind=void", set()),
    ],
)
def test_the_list_is_filtered_and_searched(as_dana: Client, query: str, seen: set[str]) -> None:
    logged(patron_name="Ana López")
    logged(patron_name="Bob Reyes", method="card")

    response = as_dana.get(LIST + query)

    assert response.status_code == 200
    assert {payment.patron_name.split()[0] for payment in response.context["cl"].result_list} == seen


def test_the_list_finds_a_reference(as_dana: Client) -> None:
    logged()
    entry = logged(patron_name="Bob Reyes")

    response = as_dana.get(LIST, {"q": entry.reference.lower()})

    assert [payment.reference for payment in response.context["cl"].result_list] == [entry.reference]


def test_an_entry_is_shown_and_not_changed(as_alice: Client) -> None:
    entry = logged(note="thanks")
    before = Payment.fetch(event_id=entry.event_id, ulid=entry.ulid)
    assert before is not None

    page = as_alice.get(change_page(entry))
    changed = as_alice.post(change_page(entry), FILLED | {"amount": "1.00"})
    deleted = as_alice.post(f"{LIST}{entry.id}/delete/", {"post": "yes"})

    assert "thanks" in page.content.decode()
    assert 'name="_save"' not in page.content.decode()
    assert (changed.status_code, deleted.status_code) == (403, 403)
    assert [each.serialize() for each in entries()] == [before.serialize()]


def test_no_action_removes_entries(as_alice: Client) -> None:
    entry = logged()

    as_alice.post(LIST, {"action": "delete_selected", "_selected_action": [entry.id], "post": "yes"})

    assert len(entries()) == 1


def test_the_model_itself_writes_nothing() -> None:
    obj = PaymentModel.from_row(logged())

    with pytest.raises(TypeError):
        obj.save()
    with pytest.raises(TypeError):
        obj.delete()

    assert len(entries()) == 1


@pytest.mark.parametrize("path", [LIST, ADD])
def test_crew_see_no_money(as_bob: Client, path: str) -> None:
    assert as_bob.get(path).status_code == 403


def test_the_history_of_an_entry_says_who_logged_it(as_alice: Client) -> None:
    entry = logged()

    page = as_alice.get(f"{LIST}{entry.id}/history/")

    assert f"Logged {entry.reference}" in page.content.decode()
