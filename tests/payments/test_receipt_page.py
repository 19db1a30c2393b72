"""The receipt's page, under its unguessable address."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from events.rows import Status
from payments import books, ledger, receipts
from payments.rows import Payment
from scc.dynamo.rows import Row
from scc.logs import without_secrets
from scc.mail.rows import Letter
from scc.staff.actors import Actor
from tests.builders import make_event, make_party
from tests.conftest import RequestsMade

pytestmark = pytest.mark.usefixtures("table")

DANA = Actor("dana", "Dana Drake")


def paid(**changes: Any) -> Payment:
    facts: dict[str, Any] = {
        "event": "2026-05-23",
        "patron_name": "Ana López",
        "amount_cents": 12_500,
        "method": "cash",
        "by": DANA,
    }
    return ledger.record(**(facts | changes)).payment


def path_of(entry: Payment) -> str:
    return receipts.link_of(entry).removeprefix(settings.SCC_SITE_URL)


def page_of(entry: Payment) -> str:
    response = Client().get(path_of(entry))
    assert response.status_code == 200
    return response.content.decode()


def said_on(entry: Payment) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page_of(entry)))


def test_the_receipt_says_what_was_paid(requests_made: RequestsMade) -> None:
    party = make_party(event=make_event())
    entry = paid(patron_id=party.ulid, tip_cents=2_000)
    page_of(entry)

    with requests_made() as made:
        page = page_of(entry)

    assert made == {"GetItem": 1, "Query": 1}
    for words in (entry.reference, "$125.00", "$20.00 tip", "Ana López", "Cash", "Still to be paid", "$375.00"):
        assert words in page


def test_the_receipt_is_nobodys_to_keep_or_to_list() -> None:
    make_event()
    response = Client().get(path_of(paid()))

    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Robots-Tag"] == "noindex"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert not response.cookies


@pytest.mark.parametrize("change", ["last", "slug", "short", "upper", "nothing"])
def test_a_link_that_is_not_exact_opens_nothing(change: str) -> None:
    make_event()
    make_event(slug="2026-05-23-dawn")
    path = path_of(paid())
    wrong = {
        "last": path[:-1] + ("0" if path[-1] != "0" else "1"),
        "slug": path.replace("2026-05-23", "2026-05-23-dawn"),
        "short": path[:-1],
        "upper": path.upper().replace("/R/", "/r/"),
        "nothing": "/r/2026-05-23/x",
    }[change]

    assert Client().get(wrong).status_code == 404


def test_the_receipt_tells_what_came_of_it() -> None:
    make_event()
    entry = paid(tip_cents=1_000)
    for method, tip_cents in (("cash", 0), ("venmo", 500)):
        ledger.refund(
            event=entry.event_id,
            reference=entry.reference,
            amount_cents=2_500,
            tip_cents=tip_cents,
            method=method,
            external_reference="V-9" if tip_cents else "",
            reason="Weather",
            by=DANA,
        )

    page = said_on(entry)
    assert re.search(r"Since then Given back, Cash \w{3} .*?, \w{6} -\$25\.00 Given back, Venmo, V-9", page)
    assert "-$25.00 and $5.00 tip" in page


def test_a_refunds_own_page_says_why_and_asks_for_nothing() -> None:
    party = make_party(event=make_event())
    entry = paid(patron_id=party.ulid)
    given = ledger.refund(
        event=entry.event_id, reference=entry.reference, amount_cents=2_500, method="cash", reason="Weather", by=DANA
    ).payment

    page = said_on(given)
    assert f"Refund $25.00 Reference {given.reference} Given back to Ana López" in page
    assert "Reason Weather" in page
    assert "to be paid" not in page


def test_what_is_paid_in_full_says_so() -> None:
    party = make_party(event=make_event(), price_cents=12_500)

    assert "Paid in full." in said_on(paid(patron_id=party.ulid))


def test_credit_that_is_carried_over_is_told_at_both_ends_by_the_day() -> None:
    party = make_party(event=make_event(), price_cents=50_000)
    make_event(slug="2026-06-06-dawn")
    first = paid(patron_id=party.ulid)
    gone = ledger.transfer(event="2026-05-23", party_id=party.ulid, to_event="2026-06-06-dawn", by=DANA).payment
    (came,) = books.read("2026-06-06-dawn").entries

    assert re.search(r"Carried over to Sat 6 Jun 2026 .*?, \w{6} -\$125\.00", said_on(first))
    assert "Carried over to Sat 6 Jun 2026" in said_on(gone)
    assert "to be paid" not in said_on(gone)
    assert "Carried over from Sat 23 May 2026" in said_on(came)
    assert "Still to be paid $375.00" in said_on(came)


def test_a_corrected_receipt_says_that_no_money_moved() -> None:
    make_event()
    entry = paid()
    after = ledger.correct(
        event=entry.event_id, reference=entry.reference, patron_name="Ana", amount_cents=100, method="card", by=DANA
    ).payment

    assert "replaced by another. No money moved" in page_of(entry)
    assert f'Replaces</dt><dd class="num">{entry.reference}' in page_of(after)


def test_on_a_cancelled_departure_all_is_credit() -> None:
    event = make_event(status=Status.CANCELLED)
    party = make_party(event=event)

    page = page_of(paid(patron_id=party.ulid))

    assert "This departure is cancelled" in page
    assert "Your credit" in page


def test_the_letter_holds_the_link() -> None:
    make_event()
    entry = paid(patron_email="ana@example.com")

    (letter,) = (row for row in Row.scan() if isinstance(row, Letter))

    assert entry.letter_id == letter.id
    assert receipts.link_of(entry) in letter.text
    assert receipts.link_of(entry) in letter.html


def test_a_refund_is_told_by_letter() -> None:
    make_event()
    entry = paid(patron_email="ana@example.com")

    given = ledger.refund(
        event=entry.event_id, reference=entry.reference, amount_cents=2_500, method="cash", reason="Weather", by=DANA
    ).payment

    letters = {row.id: row for row in Row.scan() if isinstance(row, Letter)}
    assert "we gave you back $25.00 (Cash)" in letters[given.letter_id].text
    assert "Reason: Weather" in letters[given.letter_id].text
    assert "to be paid" not in letters[given.letter_id].text


def test_no_log_keeps_the_secret() -> None:
    assert without_secrets("GET /r/2026-05-23/01jvsecret?x=1") == "GET /r/2026-05-23/...?x=1"
