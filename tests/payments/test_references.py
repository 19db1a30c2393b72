"""The same reference of the other side, given twice."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from payments import ledger, references
from payments.rows import Payment
from scc.staff.actors import Actor
from tests.builders import make_event
from tests.conftest import RequestsMade

DANA = Actor("dana", "Dana Drake")
PAGE = "/dispatch/references/"


@pytest.fixture(autouse=True)
def _event(table: None) -> None:
    make_event()


def paid(**changes: Any) -> Payment:
    facts: dict[str, Any] = {
        "patron_name": "Ana López",
        "amount_cents": 12_500,
        "method": "venmo",
        "external_reference": "3F 99",
        "by": DANA,
    }
    return ledger.record(event="2026-05-23", **(facts | changes)).payment


@pytest.mark.parametrize("text", ["3F 99", "3f99", " 3 F 9 9 "])
def test_seen_finds_it_whatever_its_spaces_and_case(text: str, requests_made: RequestsMade) -> None:
    entry = paid()

    with requests_made() as made:
        found = references.seen("venmo", text)

    assert made == {"Query": 1}
    assert [references.where(row) for row in found] == [f"{entry.reference} of 2026-05-23"]


@pytest.mark.parametrize(
    ("method", "text"), [("zelle", "3F99"), ("venmo", "3F98"), ("venmo", ""), ("venmo", "x" * 999), ("", "3F99")]
)
def test_seen_finds_no_other(method: str, text: str) -> None:
    paid()

    assert references.seen(method, text) == []


def test_standing_finds_payments_that_are_not_void() -> None:
    entry, gone = paid(), paid()
    ledger.void(event="2026-05-23", reference=gone.reference, reason="Logged twice", by=DANA)
    ledger.refund(
        event="2026-05-23",
        reference=entry.reference,
        amount_cents=100,
        method="venmo",
        external_reference="3F 99",
        reason="Weather",
        by=DANA,
    )
    paid(external_reference="3F 98")

    assert [found.id for found in references.standing("venmo", "3f99")] == [entry.id]
    assert references.standing("zelle", "3f99") == []


def test_seen_asks_nothing_for_what_is_no_reference(requests_made: RequestsMade) -> None:
    with requests_made() as made:
        references.seen("venmo", "a\0b")
        references.seen("venmo", " ")

    assert made == {}


def test_seen_finds_refunds_too() -> None:
    entry = paid(external_reference="")
    ledger.refund(
        event="2026-05-23",
        reference=entry.reference,
        amount_cents=100,
        method="check",
        reason="Weather",
        external_reference="1001",
        by=DANA,
    )

    assert len(references.seen("check", "1001")) == 1


def test_page_answers_where_it_is(as_dana: Client) -> None:
    entry = paid()

    answer = as_dana.post(PAGE, {"method": "venmo", "reference": "3f99"})

    assert answer.json() == {"seen": [{"id": entry.id, "where": f"{entry.reference} of 2026-05-23"}]}


def test_page_is_for_who_sees_money(as_bob: Client, as_charlie: Client) -> None:
    assert as_bob.post(PAGE).status_code == 403
    assert as_charlie.post(PAGE).status_code == 302
