"""Receipts: what they say, and that trouble with one never loses or repeats a payment."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail

from events.rows import Event
from payments import ledger
from payments.keys import Recorded
from payments.rows import Payment
from scc.dynamo.rows import Row
from scc.mail.rows import Letter
from scc.staff.actors import Actor
from tests.builders import make_event, make_party
from tests.mail.providers import ses_provider

DANA = Actor("dana", "Dana Drake")

pytestmark = pytest.mark.usefixtures("table")


def record(event: Event, **changes: Any) -> Recorded:
    facts: dict[str, Any] = {
        "patron_name": "Ana López",
        "amount_cents": 12_500,
        "method": "venmo",
        "patron_email": "ana@example.com",
        "by": DANA,
    }
    return ledger.record(event=event.slug, **(facts | changes))


def letter() -> Letter:
    (row,) = Row.scan(Letter.kind == Letter)
    assert isinstance(row, Letter)
    return row


def test_a_receipt_says_what_was_paid_and_what_is_left() -> None:
    event = make_event(title="Sunset & sail")
    party = make_party(event=event, price_cents=50_000)

    entry = record(event, patron_id=party.ulid, tip_cents=1_000).payment

    written = letter()
    assert written.subject == f"Receipt {entry.reference}: 2026-05-23"
    assert "Thank you, Ana López." in written.text
    assert "$125.00 (Venmo) and a tip of $10.00" in written.text
    assert "Sunset & sail, Saturday 23 May 2026, 18:15" in written.text
    assert "Still to be paid: $375.00" in written.text
    assert "Sunset &amp; sail" in written.html
    assert [message.to for message in mail.outbox] == [["ana@example.com"]]


def test_a_receipt_shows_credit() -> None:
    event = make_event()
    party = make_party(event=event, price_cents=10_000)

    record(event, patron_id=party.ulid)

    assert "Credit: $25.00" in letter().text


def test_a_receipt_says_that_it_is_paid_in_full_and_what_the_other_side_calls_it() -> None:
    event = make_event()
    party = make_party(event=event, price_cents=12_500)

    record(event, patron_id=party.ulid, external_reference="V-1")

    for part in (letter().text, letter().html):
        assert "(Venmo, V-1)" in part
        assert "It is paid in full." in part
        assert "to be paid" not in part


def test_a_letter_needs_nothing_from_outside() -> None:
    record(make_event())

    for outside in ("src=", "url(", "<link", "<script", "<style", "@import"):
        assert outside not in letter().html


def test_a_receipt_of_a_charter_has_the_charters_balance() -> None:
    record(make_event(price_cents=110_000))

    assert "Still to be paid: $975.00" in letter().text


def test_a_receipt_never_tells_what_others_owe() -> None:
    event = make_event(price_cents=110_000)
    make_party(event=event, price_cents=50_000)

    record(event)

    assert "to be paid" not in letter().text


def test_a_receipt_takes_a_name_as_text_not_as_html() -> None:
    record(make_event(), patron_name="<script>alert(1)</script> & Co {{ entry }}")

    written = letter()
    assert "<script>" not in written.html
    assert "<script>alert(1)</script> & Co {{ entry }}" in written.text


@pytest.mark.parametrize("answer", [(500, "InternalFailure"), (400, "MessageRejected"), (429, "TooMany"), (0, "")])
def test_trouble_with_the_letter_leaves_one_payment(
    answer: tuple[int, str], monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    event = make_event()
    settings.SES_SENDER_EMAIL = "crew@example.com"

    with ses_provider() as provider:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SESV2", f"http://127.0.0.1:{provider.port}")
        provider.ses = [answer]
        first = record(event, key="k")
        again = record(event, key="k")

    assert again.replayed
    assert again.payment.reference == first.payment.reference
    assert len(Payment.listing(known={"event_id": event.slug}).rows) == 1
    assert letter().state != "sent"
