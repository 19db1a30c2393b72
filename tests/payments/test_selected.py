"""Several entries, voided or given back from the admin's list."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.test import Client

from payments import books, ledger
from payments.rows import Kind, Payment
from scc.staff.actors import Actor
from tests.builders import make_event
from tests.conftest import RequestsMade
from tests.dynamo import faults

LIST = "/admin/payments/payment/"
SLUG = "2026-05-23"
DANA = Actor("dana", "Dana Drake")
VOID = {"reason": "Logged twice"}
REFUND = {"reason": "Weather", "method": "cash"}


@pytest.fixture(autouse=True)
def _events(table: None) -> None:
    make_event()
    make_event(slug="2026-05-24")


def paid(**changes: Any) -> Payment:
    facts: dict[str, Any] = {"patron_name": "Ana López", "amount_cents": 12_500, "method": "cash", "by": DANA}
    return ledger.record(**({"event": SLUG} | facts | changes)).payment


def ask(client: Client, action: str, *entries: Payment) -> Any:
    """Choose entries and the action."""
    chosen = {ACTION_CHECKBOX_NAME: [entry.id for entry in entries], "action": action, "index": "0"}
    return client.post(LIST, chosen)


def answers_of(page: Any, **said: str) -> dict[str, Any]:
    """Return what a browser would send for the question on `page`."""
    lines = page.context["lines"]
    return {
        "action": page.context["action"],
        "confirmed": "yes",
        "key": page.context["form"]["key"].value(),
        ACTION_CHECKBOX_NAME: [line.entry.id for line in lines],
        **{line.left_name: line.left_text for line in lines},
        **said,
    }


def said(answer: Any) -> str:
    return " ".join(str(message) for message in answer.context["messages"])


def test_void_asks_why_and_voids_each(as_alice: Client) -> None:
    one, other = paid(), paid(event="2026-05-24")
    question = ask(as_alice, "void_entries", one, other)
    assert len(books.read(SLUG).entries) == 1

    answer = as_alice.post(LIST, answers_of(question, **VOID), follow=True)

    assert "Voided: " in said(answer)
    for entry in (one, other):
        assert books.read(entry.event_id).voided[entry.reference].reason == "Logged twice"


def test_refund_gives_back_what_is_left_of_each(as_alice: Client) -> None:
    one, other = paid(tip_cents=2_000), paid()
    ledger.refund(event=SLUG, reference=one.reference, amount_cents=5_000, method="cash", reason="Weather", by=DANA)
    question = ask(as_alice, "refund_entries", one, other)
    assert "$75.00 and $20.00 tip" in question.content.decode()

    as_alice.post(LIST, answers_of(question, **REFUND))

    book = books.read(SLUG)
    given = {(entry.amount_cents, entry.tip_cents) for entry in book.entries if entry.entry_kind == Kind.REFUND}
    assert given == {(5_000, 0), (7_500, 2_000), (12_500, 0)}
    assert book.left_of(one).amount_cents == book.left_of(other).amount_cents == 0


def test_what_cannot_be_changed_is_left_out_and_says_why(as_alice: Client) -> None:
    one, gone = paid(), paid()
    ledger.void(event=SLUG, reference=gone.reference, reason="Logged twice", by=DANA)

    question = ask(as_alice, "void_entries", one, gone)

    assert [line.entry.id for line in question.context["lines"]] == [one.id]
    assert "Already voided by Dana Drake" in question.content.decode()


def test_nothing_is_asked_where_nothing_can_be_changed(as_alice: Client) -> None:
    gone = paid()
    ledger.void(event=SLUG, reference=gone.reference, reason="Logged twice", by=DANA)

    question = ask(as_alice, "void_entries", gone)

    assert "None of the chosen entries can be voided." in question.content.decode()


def test_answer_that_is_sent_twice_acts_once(as_alice: Client) -> None:
    question = ask(as_alice, "refund_entries", paid(), paid())
    data = answers_of(question, **REFUND)
    as_alice.post(LIST, data)

    again = as_alice.post(LIST, data, follow=True)

    assert "Refunded: " in said(again)
    assert len(books.read(SLUG).entries) == 4


def test_lost_answer_is_made_good_by_sending_again(as_alice: Client) -> None:
    question = ask(as_alice, "void_entries", paid(), paid())
    data = answers_of(question, **VOID)

    with faults.answers_lost("TransactWriteItems", times=1000):
        assert as_alice.post(LIST, data).status_code == 503
    as_alice.post(LIST, data)

    assert len(books.read(SLUG).entries) == 4


def test_one_that_someone_changed_meanwhile_keeps_none_of_the_others_back(as_alice: Client) -> None:
    one, other = paid(), paid()
    question = ask(as_alice, "refund_entries", one, other)
    ledger.refund(event=SLUG, reference=one.reference, amount_cents=1, method="cash", reason="Weather", by=DANA)

    answer = as_alice.post(LIST, answers_of(question, **REFUND), follow=True)

    assert f"Not refunded. {one.reference}: $124.99 is left" in said(answer)
    assert f"Refunded: {other.reference}." in said(answer)


@pytest.mark.parametrize(
    ("action", "answers", "field"),
    [
        ("void_entries", {"reason": ""}, "reason"),
        ("void_entries", {"reason": "Other"}, "note"),
        ("refund_entries", REFUND | {"method": ""}, "method"),
        ("refund_entries", REFUND | {"method": "gold"}, "method"),
    ],
)
def test_question_is_asked_again_where_it_is_not_answered(
    action: str, answers: dict[str, str], field: str, as_alice: Client
) -> None:
    question = ask(as_alice, action, paid())

    again = as_alice.post(LIST, answers_of(question, **answers))

    assert list(again.context["form"].errors) == [field]
    assert len(books.read(SLUG).entries) == 1


def test_amount_that_was_tampered_with_is_never_more_than_is_left(as_alice: Client) -> None:
    entry = paid()
    question = ask(as_alice, "refund_entries", entry)

    for left in ("99999999.0", "0.0", "-1.0", "x"):
        as_alice.post(LIST, answers_of(question, **REFUND, **{f"left-{entry.id}": left}))

    assert len(books.read(SLUG).entries) == 1


def test_correct_leads_to_the_entrys_form_one_at_a_time(as_alice: Client) -> None:
    one, other = paid(), paid()

    alone, both = ask(as_alice, "correct_entry", one), ask(as_alice, "correct_entry", one, other)

    assert alone.headers["Location"] == f"/dispatch/{SLUG}/entry/{one.reference}/correct/"
    assert "Correct one entry at a time" in said(as_alice.get(both.headers["Location"]))


def test_more_than_a_page_of_changes_is_refused(as_alice: Client) -> None:
    entries = [paid(amount_cents=100) for _ in range(21)]

    answer = ask(as_alice, "void_entries", *entries)

    assert "Choose 20 entries at most." in said(as_alice.get(answer.headers["Location"]))


def test_an_entrys_page_in_the_admin_is_two_requests(as_alice: Client, requests_made: RequestsMade) -> None:
    entry = paid()

    with requests_made() as made:
        page = as_alice.get(f"{LIST}{entry.id}/change/")

    assert made == {"GetItem": 3, "Query": 1}
    shown = page.content.decode()
    for change in ("void", "refund", "correct"):
        assert f"/dispatch/{SLUG}/entry/{entry.reference}/{change}/" in shown


def test_an_entrys_page_in_the_admin_offers_what_the_ledger_allows(as_alice: Client) -> None:
    entry = paid()
    ledger.refund(event=SLUG, reference=entry.reference, amount_cents=1, method="cash", reason="Weather", by=DANA)

    shown = as_alice.get(f"{LIST}{entry.id}/change/").content.decode()

    assert f"/{entry.reference}/refund/" in shown
    assert f"/{entry.reference}/void/" not in shown
