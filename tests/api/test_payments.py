"""Logging payments through the API."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.test import Client

from events.rows import Event
from payments import ledger
from payments.rows import Payment
from scc.dynamo.rows import Row
from scc.staff.models import User
from tests.api.calls import CASH, PAYMENT, assert_problem, caller, everything, post
from tests.api.schema import faults_of
from tests.builders import make_event, make_party
from tests.conftest import RequestsMade
from tests.dynamo import faults


@pytest.fixture
def event(methods_known: None) -> Event:
    return make_event(price_cents=110_000)


@pytest.fixture
def dana_calls(dana: User, event: Event) -> Client:
    return caller(dana)


@pytest.fixture
def alice_calls(alice: User, event: Event) -> Client:
    return caller(alice)


def entries() -> list[Payment]:
    return Payment.listing(known={"event_id": "2026-05-23"}).rows


def test_a_payment_is_answered_with_its_reference_and_the_totals(dana_calls: Client) -> None:
    response = post(dana_calls, PAYMENT, {**CASH, "tip": "10", "note": "thanks", "reference": "check 7"})

    body = response.json()
    assert response.status_code == 201
    assert response["Cache-Control"] == "no-store"
    assert faults_of(body, "Recorded") == []
    assert body["payment"]["amount"] == "125.00"
    assert body["payment"]["external_reference"] == "check 7"
    assert body["payment"]["logged_by"] == "dana"
    assert body["totals"] == {
        "received": "125.00",
        "refunded": "0.00",
        "net": "125.00",
        "tips": "10.00",
        "due": "1100.00",
        "balance": "975.00",
    }
    assert entries()[0].reference == body["reference"]


def test_a_payment_costs_two_requests_beside_authentication(dana_calls: Client, requests_made: RequestsMade) -> None:
    with requests_made() as made:
        response = post(dana_calls, PAYMENT, CASH, key="k")

    assert response.status_code == 201
    # The token and its user; the event; the entry with all that moves with it.
    assert made == {"GetItem": 2 + 1, "TransactWriteItems": 1}


def test_a_replay_costs_no_more(dana_calls: Client, requests_made: RequestsMade) -> None:
    post(dana_calls, PAYMENT, CASH, key="k")

    with requests_made() as made:
        response = post(dana_calls, PAYMENT, CASH, key="k")

    assert response["Idempotent-Replayed"] == "true"
    assert made == {"GetItem": 2 + 1, "TransactWriteItems": 1}


def test_the_same_request_gets_the_first_answer(dana_calls: Client) -> None:
    first = post(dana_calls, PAYMENT, CASH, key="k")
    post(dana_calls, PAYMENT, CASH)

    again = post(dana_calls, PAYMENT, dict(reversed(CASH.items())), key="k")

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert again["Idempotent-Replayed"] == "true"
    assert not first.has_header("Idempotent-Replayed")
    assert len(entries()) == 2


def test_a_number_and_the_same_amount_as_text_are_the_same_request(dana_calls: Client) -> None:
    post(dana_calls, PAYMENT, CASH, key="k")

    again = post(dana_calls, PAYMENT, b'{"patron_name": "Ana L\xc3\xb3pez", "amount": 125, "method": "cash"}', key="k")

    assert again.status_code == 200


def test_the_same_key_with_another_body_is_refused(dana_calls: Client) -> None:
    post(dana_calls, PAYMENT, CASH, key="k")

    assert_problem(post(dana_calls, PAYMENT, {**CASH, "amount": "125.01"}, key="k"), 409)

    assert len(entries()) == 1


def test_fifty_equal_posts_at_once_make_one_entry(dana_calls: Client) -> None:
    def send(_: int) -> Any:
        client = Client(headers={"Authorization": dana_calls.defaults["HTTP_AUTHORIZATION"]})
        return post(client, PAYMENT, CASH, key="k")

    with ThreadPoolExecutor(50) as pool:
        responses = list(pool.map(send, range(50)))

    assert sorted({response.status_code for response in responses}) == [200, 201]
    assert len({response.json()["reference"] for response in responses}) == 1
    assert len(entries()) == 1


def test_a_payment_of_a_party(dana_calls: Client, event: Event) -> None:
    party = make_party(event=event)

    response = post(dana_calls, PAYMENT, {**CASH, "patron_id": party.ulid, "patron_email": "ana@example.com"})

    assert response.status_code == 201
    assert entries()[0].patron_id == party.ulid


@pytest.mark.parametrize("paid_at", ["2026-05-01T18:15:00Z", "2026-05-01T11:15:00-07:00", "2026-05-01", None])
def test_a_payment_may_say_when_it_was_paid(dana_calls: Client, paid_at: str | None) -> None:
    assert post(dana_calls, PAYMENT, {**CASH, "paid_at": paid_at}).status_code == 201


# What is refused. Each leaves the table as it was.


@pytest.mark.parametrize(
    "amount",
    [
        b"0",
        b'"0"',
        b'"0.00"',
        b"-1",
        b'"-1"',
        b'"NaN"',
        b'"Infinity"',
        b"1e400",
        b'"1e400"',
        b"1e-400",
        b"true",
        b"null",
        b"[]",
        b"[125]",
        b"{}",
        b'"125.001"',
        b"125.001",
        b"125.000",
        b"9" * 39,
        b'"' + b"9" * 39 + b'"',
        b"9" * 5000,
        b"1000000.01",
        b'""',
        b'" 125"',
        b'"1,100.00"',
        b'"$5"',
        b'"\\uff11\\uff12"',
        b'"\\u0000"',
        b'"\\ud800"',
    ],
)
def test_an_amount_that_is_none_is_refused(dana_calls: Client, amount: bytes) -> None:
    before = everything()

    body = b'{"patron_name": "Ana", "method": "cash", "amount": ' + amount + b"}"
    problem = assert_problem(post(dana_calls, PAYMENT, body, key="k"), 422)

    assert list(problem["errors"]) == ["amount"]
    assert everything() == before


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("patron_name", ""),
        ("patron_name", "   "),
        ("patron_name", "\u200b\u200d\ufeff"),
        ("patron_name", "\u3164"),
        ("patron_name", None),
        ("patron_name", 7),
        ("patron_name", ["Ana"]),
        ("patron_name", {"name": "Ana"}),
        ("patron_name", "A" * 201),
        ("patron_name", "A" * 60_000),
        ("patron_name", "Ana\0"),
        ("patron_name", "\ud800"),
        ("method", "bitcoin"),
        ("method", ""),
        ("method", None),
        ("method", True),
        ("method", "CASH"),
        ("method", "\ud800"),
        ("tip", "-1"),
        ("tip", "1.001"),
        ("tip", True),
        ("tip", []),
        ("patron_email", "nobody"),
        ("patron_email", "ana@example.com\r\nBcc: all@example.com"),
        ("patron_email", 7),
        ("patron_id", "nobody"),
        ("patron_id", "2026-05-24.01JV0000000000000000000000"),
        ("patron_id", "\ud800"),
        ("patron_id", []),
        ("note", "x" * 2001),
        ("note", "\0"),
        ("note", False),
        ("reference", "x" * 201),
        ("reference", {}),
        ("paid_at", "tomorrow"),
        ("paid_at", "2999-01-01"),
        ("paid_at", "2999-01-01T00:00:00Z"),
        ("paid_at", "0001-01-01T00:00:00+14:00"),
        ("paid_at", "9999-12-31T23:59:59-12:00"),
        ("paid_at", "2026-02-30"),
        ("paid_at", "2026-05-23T18:15:00"),
        ("paid_at", "2026-05-23T24:15:00Z"),
        ("paid_at", "2026-W20-1"),
        ("paid_at", "\ud800"),
        ("paid_at", 1779500000),
        ("currency", "USD"),
        ("amount_cents", 100),
        ("\ud800", "x"),
        ("", "x"),
    ],
)
def test_a_field_that_cannot_be_taken_is_named(dana_calls: Client, field: str, value: object) -> None:
    before = everything()

    problem = assert_problem(post(dana_calls, PAYMENT, {**CASH, field: value}, key="k"), 422)

    assert list(problem["errors"]) == [field]
    assert everything() == before


def test_all_that_is_missing_is_said_at_once(dana_calls: Client) -> None:
    problem = assert_problem(post(dana_calls, PAYMENT, {}), 422)

    assert sorted(problem["errors"]) == ["amount", "method", "patron_name"]


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, b""),
        (400, b"{"),
        (400, b"amount=125"),
        (400, b'{"patron_name": "\xff", "amount": "1", "method": "cash"}'),
        (400, b'{"patron_name": "Ana", "amount": "1", "amount": "2", "method": "cash"}'),
        (400, b'{"patron_name": "Ana", "amount": NaN, "method": "cash"}'),
        (400, b"[" * 50_000),
        (413, b'{"patron_name": "' + b"A" * 1_048_576 + b'"}'),
        (413, b" " * 65_537),
        (422, b"[]"),
        (422, b'[{"patron_name": "Ana", "amount": "1", "method": "cash"}]'),
        (422, b"null"),
        (422, b'{"patron_name": "Ana", "amount": 1e9999999999999999999999, "method": "cash"}'),
    ],
)
def test_a_body_that_cannot_be_taken_is_refused(dana_calls: Client, status: int, body: bytes) -> None:
    before = everything()

    assert_problem(post(dana_calls, PAYMENT, body), status)

    assert everything() == before


def test_a_body_of_just_64_kib_is_read(dana_calls: Client) -> None:
    body = json.dumps(CASH).encode().ljust(65_536)

    assert post(dana_calls, PAYMENT, body).status_code == 201


@pytest.mark.parametrize(
    "content_type",
    ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/json; charset=latin-1"],
)
def test_another_content_type_is_refused(dana_calls: Client, content_type: str) -> None:
    before = everything()

    assert_problem(post(dana_calls, PAYMENT, CASH, content_type=content_type), 415)

    assert everything() == before


@pytest.mark.parametrize("length", ["abc", "-5", "1e3", "\u0663", "9" * 30])
def test_an_odd_length_is_refused(dana_calls: Client, length: str) -> None:
    response = dana_calls.post(PAYMENT, CASH, "application/json", CONTENT_LENGTH=length)

    assert_problem(response, 400)


def test_a_compressed_body_is_refused(dana_calls: Client) -> None:
    assert_problem(post(dana_calls, PAYMENT, CASH, headers={"Content-Encoding": "gzip"}), 415)


@pytest.mark.parametrize("key", ["", " ", "k" * 256, "ключ", "a\tb", "a\x7fb", "é"])
def test_a_key_that_cannot_be_taken_is_refused(dana_calls: Client, key: str) -> None:
    before = everything()

    problem = assert_problem(post(dana_calls, PAYMENT, CASH, key=key), 422)

    assert list(problem["errors"]) == ["Idempotency-Key"]
    assert everything() == before


@pytest.mark.parametrize("key", ["k", "k" * 255, "a b", "KEY#2026-05-23#x", "~"])
def test_a_printable_key_is_taken(dana_calls: Client, key: str) -> None:
    assert post(dana_calls, PAYMENT, CASH, key=key).status_code == 201
    assert post(dana_calls, PAYMENT, CASH, key=key).status_code == 200


@pytest.mark.parametrize(
    "slug",
    [
        "2026-05-24",
        "2026-05-23-other",
        "nonsense",
        "2026-02-30",
        "EVENT%232026-05-23",
        "2026-05-23%00",
        "%ff",
        "..",
        "x" * 3000,
    ],
)
def test_an_unknown_event_and_a_malformed_one_get_the_same_404(dana_calls: Client, slug: str) -> None:
    before = everything()

    problem = assert_problem(post(dana_calls, f"/api/g/{slug}/payment", CASH), 404)

    assert problem["detail"] == "There is no such departure."
    assert everything() == before


# Who may


def test_a_stranger_is_refused(event: Event, as_charlie: Client) -> None:
    before = everything()

    response = post(as_charlie, PAYMENT, CASH)

    assert_problem(response, 401)
    assert response["WWW-Authenticate"].startswith("Bearer")
    assert everything() == before


@pytest.mark.parametrize("authorization", ["Bearer", "Bearer ", "Bearer x", "Basic YWxpY2U6eA==", "x", "Bearer é\x80"])
def test_a_bad_token_is_refused(event: Event, as_dana: Client, authorization: str) -> None:
    # Also in a browser whose session would do.
    response = post(as_dana, PAYMENT, CASH, headers={"Authorization": authorization})

    assert_problem(response, 401)
    assert "invalid_token" in response["WWW-Authenticate"]


def test_crew_may_not_log_money(event: Event, bob: User) -> None:
    client = caller(bob)
    before = everything()

    assert_problem(post(client, PAYMENT, CASH), 403)

    assert everything() == before


def test_a_session_needs_djangos_header(event: Event, dana: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(dana)
    client.cookies["csrftoken"] = "a" * 32
    before = everything()

    assert_problem(post(client, PAYMENT, CASH), 403)
    assert everything() == before
    assert post(client, PAYMENT, CASH, headers={"X-CSRFToken": "a" * 32}).status_code == 201


def test_a_session_with_a_huge_form_is_refused_unread(event: Event, dana: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(dana)
    form = b"a=" + b"x" * 2_000_000

    assert_problem(post(client, PAYMENT, form, content_type="application/x-www-form-urlencoded"), 415)


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE"])
def test_another_method_is_refused(dana_calls: Client, method: str) -> None:
    response = dana_calls.generic(method, PAYMENT)

    assert response.status_code == 405
    assert response["Allow"] == "POST"


# The table in trouble


def test_no_answer_is_503_and_the_same_key_settles_it(dana_calls: Client) -> None:
    with faults.answers_lost("TransactWriteItems", times=1000):
        unknown = post(dana_calls, PAYMENT, CASH, key="k")
    settled = post(dana_calls, PAYMENT, CASH, key="k")

    assert "same key" in assert_problem(unknown, 503)["detail"]
    assert unknown["Retry-After"]
    assert (settled.status_code, settled["Idempotent-Replayed"]) == (200, "true")
    assert len(entries()) == 1


@pytest.mark.parametrize("operation", ["GetItem", "TransactWriteItems"])
def test_a_table_that_is_not_there_is_503(dana_calls: Client, operation: str) -> None:
    before = everything()

    with faults.connection_refused(operation, times=1000):
        response = post(dana_calls, PAYMENT, CASH, key="k")

    assert_problem(response, 503)
    assert response["Retry-After"]
    assert everything() == before


def test_a_departure_that_everyone_writes_to_is_503(dana_calls: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "tries", lambda **_: iter(()))

    response = post(dana_calls, PAYMENT, CASH)

    assert_problem(response, 503)
    assert response["Retry-After"]


# Voids


def void_path(reference: str, slug: str = "2026-05-23") -> str:
    return f"/api/g/{slug}/payment/{reference}/void"


def test_a_void_takes_an_entry_out_of_the_totals(alice_calls: Client) -> None:
    reference = post(alice_calls, PAYMENT, CASH).json()["reference"]

    response = post(alice_calls, void_path(reference), {"reason": "Typed twice"})

    body = response.json()
    assert response.status_code == 201
    assert faults_of(body, "Recorded") == []
    assert (body["payment"]["kind"], body["payment"]["corrects"]) == ("void", reference)
    assert body["totals"]["received"] == "0.00"


def test_a_second_void_says_who_was_first(alice_calls: Client) -> None:
    reference = post(alice_calls, PAYMENT, CASH).json()["reference"]
    post(alice_calls, void_path(reference), {"reason": "Typed twice"}, key="v")

    assert post(alice_calls, void_path(reference), {"reason": "Typed twice"}, key="v").status_code == 200
    problem = assert_problem(post(alice_calls, void_path(reference), {"reason": "Typed twice"}), 409)

    assert "Already voided by Alice Archer" in problem["detail"]


@pytest.mark.parametrize("reference", ["K7MXQ4", "x", "%00", "%ff", "x" * 3000])
def test_a_void_of_nothing_is_404(alice_calls: Client, reference: str) -> None:
    assert_problem(post(alice_calls, void_path(reference), {"reason": "Typed twice"}), 404)


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "\u200b"}, {"reason": "x" * 501}, {"reason": 7}])
def test_a_void_needs_a_reason(alice_calls: Client, body: object) -> None:
    reference = post(alice_calls, PAYMENT, CASH).json()["reference"]

    problem = assert_problem(post(alice_calls, void_path(reference), body), 422)

    assert list(problem["errors"]) == ["reason"]
    assert len(entries()) == 1


def test_staff_may_take_money_and_not_void(dana_calls: Client) -> None:
    reference = post(dana_calls, PAYMENT, CASH).json()["reference"]

    assert_problem(post(dana_calls, void_path(reference), {"reason": "Typed twice"}), 403)

    assert len(entries()) == 1


def test_no_row_of_another_kind_is_touched_by_a_payment(dana_calls: Client) -> None:
    before = everything()

    post(dana_calls, PAYMENT, CASH, key="k")

    new = [row for row in Row.scan() if (row.pk, row.sk) not in before]
    assert sorted(type(row).__name__ for row in new) == ["AuditEntry", "Key", "Payment", "Tally"]


# Refunds and corrections


def refund_path(reference: str) -> str:
    return f"/api/g/2026-05-23/payment/{reference}/refund"


def correct_path(reference: str) -> str:
    return f"/api/g/2026-05-23/payment/{reference}/correct"


REFUND = {"amount": "25.00", "method": "cash", "reason": "Weather"}


def logged(client: Client) -> str:
    return str(post(client, PAYMENT, CASH).json()["reference"])


def test_a_refund_is_an_entry_that_names_the_one_it_corrects(alice_calls: Client) -> None:
    reference = logged(alice_calls)

    response = post(alice_calls, refund_path(reference), REFUND)

    body = response.json()
    assert (response.status_code, body["payment"]["kind"], body["payment"]["corrects"]) == (201, "refund", reference)
    assert (body["payment"]["amount"], body["totals"]["received"]) == ("25.00", "125.00")
    assert (body["totals"]["refunded"], body["totals"]["net"]) == ("25.00", "100.00")


def test_a_refund_beyond_what_is_left_is_409_and_writes_nothing(alice_calls: Client) -> None:
    reference = logged(alice_calls)
    post(alice_calls, refund_path(reference), REFUND)
    before = everything()

    problem = assert_problem(post(alice_calls, refund_path(reference), REFUND | {"amount": "100.01"}), 409)

    assert "$100.00 is left" in problem["detail"]
    assert everything() == before


def test_a_refund_with_the_same_key_counts_once(alice_calls: Client) -> None:
    reference = logged(alice_calls)

    answers = [post(alice_calls, refund_path(reference), REFUND | {"amount": "125.00"}, key="r") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 200]
    assert answers[1].headers["Idempotent-Replayed"] == "true"
    assert answers[0].json() == answers[1].json()
    assert_problem(post(alice_calls, refund_path(reference), REFUND, key="r"), 409)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"amount": "0"}, "amount"),
        ({"amount": "25.001"}, "amount"),
        ({"amount": None}, "amount"),
        ({"method": "gold"}, "method"),
        ({"method": None}, "method"),
        ({"reason": ""}, "reason"),
        ({"tip": "-1"}, "tip"),
        ({"paid_at": "tomorrow"}, "paid_at"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_refund_says_which_field_is_wrong(alice_calls: Client, change: dict[str, object], field: str) -> None:
    reference = logged(alice_calls)

    problem = assert_problem(post(alice_calls, refund_path(reference), REFUND | change), 422)

    assert list(problem["errors"]) == [field]


def test_a_correction_voids_and_adds_and_keeps_the_total_right(alice_calls: Client) -> None:
    reference = logged(alice_calls)

    response = post(alice_calls, correct_path(reference), CASH | {"amount": "100.00", "method": "card"})

    body = response.json()
    assert (response.status_code, body["payment"]["kind"], body["payment"]["corrects"]) == (201, "payment", reference)
    assert (body["totals"]["received"], body["totals"]["refunded"]) == ("100.00", "0.00")
    assert_problem(post(alice_calls, correct_path(reference), CASH), 409)


def test_a_correction_with_the_same_key_counts_once(alice_calls: Client) -> None:
    reference = logged(alice_calls)
    body = CASH | {"method": "card"}

    answers = [post(alice_calls, correct_path(reference), body, key="c") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 200]
    assert answers[0].json()["reference"] == answers[1].json()["reference"]


@pytest.mark.parametrize("path", [refund_path, correct_path])
def test_what_names_no_entry_is_404(alice_calls: Client, path: Callable[[str], str]) -> None:
    body = REFUND if path is refund_path else CASH

    assert_problem(post(alice_calls, path("QQQQQQ"), body), 404)
    assert_problem(post(alice_calls, path("x").replace("2026-05-23", "1999-01-01"), body), 404)


@pytest.mark.parametrize(("path", "body"), [(refund_path, REFUND), (correct_path, CASH)])
def test_staff_may_take_money_and_not_give_it_back(dana_calls: Client, path: Any, body: dict[str, object]) -> None:
    reference = logged(dana_calls)
    before = everything()

    assert_problem(post(dana_calls, path(reference), body), 403)

    assert everything() == before
