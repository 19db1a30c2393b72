"""One entry's page: what it says, its letters, and what the sheet says of it."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail
from django.test import Client

from events.rows import Event
from payments import books, ledger, methods
from payments.rows import Payment, PaymentMethod
from scc.dispatch import sheets
from scc.dynamo.rows import Row
from scc.dynamo.units import Unit
from scc.mail import outbox
from scc.mail.rows import Letter
from scc.staff import audit
from scc.staff.actors import Actor
from tests.builders import make_event, make_party
from tests.conftest import RequestsMade

SLUG = "2026-05-23"
DANA = Actor("dana", "Dana Drake")
ALICE = Actor("alice", "Alice Archer")


@pytest.fixture(autouse=True)
def event(table: None) -> Event:
    return make_event()


def paid(**changes: Any) -> Payment:
    facts: dict[str, Any] = {"patron_name": "Ana López", "amount_cents": 12_500, "method": "cash", "by": DANA}
    return ledger.record(event=SLUG, **(facts | changes)).payment


def refund(entry: Payment, **changes: Any) -> Payment:
    facts: dict[str, Any] = {"amount_cents": 5_000, "method": "cash", "reason": "Weather", "by": ALICE}
    return ledger.refund(event=SLUG, reference=entry.reference, **(facts | changes)).payment


def void(entry: Payment) -> Payment:
    return ledger.void(event=SLUG, reference=entry.reference, reason="Logged twice", by=ALICE).payment


def correct(entry: Payment, **changes: Any) -> Payment:
    facts: dict[str, Any] = {"patron_name": entry.patron_name, "amount_cents": 12_500, "method": "card", "by": ALICE}
    return ledger.correct(event=SLUG, reference=entry.reference, **(facts | changes)).payment


def page_of(entry: Payment) -> str:
    return f"/dispatch/{SLUG}/entry/{entry.reference}/"


def shown(client: Client, entry: Payment, query: str = "") -> str:
    text = client.get(page_of(entry) + query).content.decode()
    return " ".join(text.split())


def letters() -> list[Letter]:
    return [row for row in Row.scan() if isinstance(row, Letter)]


def offer(code: str, **facts: Any) -> None:
    """Store a method of payment."""
    unit = Unit()
    unit.put(PaymentMethod(code=code, label=code.capitalize(), asks="asked", is_offered=True, **facts))
    unit.commit()
    methods.forget()


def test_page_says_everything_in_plain_words(as_dana: Client) -> None:
    entry = paid(tip_cents=2_000, method="venmo", external_reference="3F-99", note="At the gate")

    said = shown(as_dana, entry)

    for words in (f"Payment {entry.reference}", "$125", "$20 tip", "Ana López", "Venmo", "3F-99", "At the gate"):
        assert words in said
    assert "by Dana Drake" in said


def test_page_is_two_queries(as_dana: Client, requests_made: RequestsMade) -> None:
    entry = paid(patron_email="ana@example.com")

    with requests_made() as made:
        as_dana.get(page_of(entry))

    assert made == {"GetItem": 2, "Query": 2}


def test_reference_is_found_in_any_case(as_dana: Client) -> None:
    entry = paid()

    assert as_dana.get(page_of(entry).lower()).status_code == 200


@pytest.mark.parametrize("place", [f"{SLUG}/entry/NNNNNN/", "2026-05-24/entry/NNNNNN/", "x/entry/%00/"])
@pytest.mark.parametrize("rest", ["", "void/", "refund/", "correct/"])
def test_unknown_entry_is_a_404(place: str, rest: str, as_alice: Client) -> None:
    assert as_alice.get(f"/dispatch/{place}{rest}").status_code == 404


def test_crew_see_no_entry(as_bob: Client) -> None:
    assert as_bob.get(page_of(paid())).status_code == 403


def test_page_names_what_was_done_since_and_what_is_left(as_alice: Client) -> None:
    entry = paid(tip_cents=2_000)
    given = refund(entry, tip_cents=500, note="Came late")

    said = shown(as_alice, entry)

    assert page_of(given) in said
    assert "Weather" in said
    assert "Came late" in said
    assert "$75 and $15 tip" in said
    assert "Refunded in part" in said
    assert page_of(entry) in shown(as_alice, given)


def test_page_of_a_void_entry_offers_nothing_and_says_why(as_alice: Client) -> None:
    entry = paid()
    void(entry)

    said = shown(as_alice, entry)

    assert f"{page_of(entry)}void/" not in said
    assert f"{page_of(entry)}refund/" not in said
    assert said.count("Already voided by Alice Archer") == 1


def test_page_of_a_refunded_entry_says_what_stands_in_the_way(as_alice: Client) -> None:
    entry = paid()
    refund(entry)

    said = shown(as_alice, entry)

    assert f"{page_of(entry)}refund/" in said
    assert f"{page_of(entry)}void/" not in said
    assert f"Cannot be corrected or voided: Money was given back on {entry.reference}; void the refund first." in said


def test_page_of_a_corrected_entry_leads_to_what_took_its_place(as_alice: Client) -> None:
    entry = paid()
    after = correct(entry)

    before, new = shown(as_alice, entry), shown(as_alice, after)

    assert "Corrected" in before
    assert page_of(after) in before
    assert "Takes the place of" in new
    assert page_of(entry) in new


def test_address_of_what_was_done_says_only_what_the_ledger_says(as_alice: Client) -> None:
    entry, other = paid(), paid()
    given, others = refund(entry), refund(other)

    assert f"The refund is {given.reference}." in shown(as_alice, entry, f"?did={given.reference}")
    assert "The refund is" not in shown(as_alice, entry, f"?did={others.reference}")
    assert "The refund is" not in shown(as_alice, entry, "?did=NNNNNN")


def test_page_escapes_what_people_typed(as_alice: Client) -> None:
    entry = paid(patron_name="<script>alert(1)</script>", note="<b>bold</b>", external_reference="<i>x</i>")

    said = shown(as_alice, entry)

    assert "<script>alert" not in said
    assert "<b>bold" not in said
    assert "<i>x" not in said


# The guest's payment


def test_page_asks_the_guest_for_the_money_with_our_reference(as_dana: Client) -> None:
    offer("venmo", account="@queen-sd")
    entry = paid(method="venmo", tip_cents=2_050)

    said = shown(as_dana, entry)

    link = f"https://venmo.com/queen-sd?txn=pay&amp;amount=145.50&amp;note={entry.reference}%20{SLUG}"
    assert link in said
    assert f'data-copy="{entry.reference} {SLUG}"' in said
    assert 'class="code"' in said


def test_page_gives_the_memo_where_there_is_no_link(as_dana: Client) -> None:
    offer("zelle", account="pay@queen.example")
    entry = paid(method="zelle")

    said = shown(as_dana, entry)

    assert "pay@queen.example" in said
    assert f'data-copy="{entry.reference} {SLUG}"' in said
    assert 'class="code"' not in said


def test_page_asks_for_nothing_that_is_void_or_goes_to_no_account(as_dana: Client) -> None:
    cash = paid()
    offer("venmo", account="@queen-sd")
    gone = paid(method="venmo")
    void(gone)

    assert "data-ask" not in shown(as_dana, cash)
    assert "data-ask" not in shown(as_dana, gone)


# Letters


def receipt_form(client: Client, of: Payment, **changes: str) -> dict[str, str]:
    form = client.get(page_of(of)).context["receipt_form"]
    return {name: str(form[name].value()) for name in form.fields} | changes


def test_page_tells_what_became_of_its_letters(as_dana: Client) -> None:
    entry = paid(patron_email="ana@example.com")

    said = shown(as_dana, entry)

    assert "To ana@example.com" in said
    assert "took it" in said
    assert "Send the receipt again" in said


def test_receipt_sent_again_is_a_letter_and_an_audit_entry_and_no_payment(
    as_dana: Client, requests_made: RequestsMade
) -> None:
    entry = paid(patron_email="ana@example.com")
    data = receipt_form(as_dana, entry)

    with requests_made() as made:
        answer = as_dana.post(f"{page_of(entry)}receipt/", data)

    assert answer.status_code == 303
    # Session and user, the letter; what was sent again; what became of it.
    assert made["GetItem"] == 3
    assert made["TransactWriteItems"] == 2
    assert len(letters()) == len(mail.outbox) == 2
    assert len(books.read(SLUG).entries) == 1
    assert [each.action for each in audit.history_of(entry)] == ["sent again", "payment"]


def test_receipt_goes_to_another_address(as_dana: Client) -> None:
    entry = paid(patron_email="ana@example.com")

    as_dana.post(f"{page_of(entry)}receipt/", receipt_form(as_dana, entry, to="bo@example.com"))

    assert mail.outbox[-1].to == ["bo@example.com"]


def test_receipt_of_an_entry_without_an_address_is_written_to_the_one_that_is_given(as_dana: Client) -> None:
    entry = paid()
    assert "there was no address" in shown(as_dana, entry)

    answer = as_dana.post(f"{page_of(entry)}receipt/", receipt_form(as_dana, entry, to="ana@example.com"))

    assert answer.status_code == 303
    (letter,) = outbox.letters_about(audit.subject_of(entry))
    assert (letter.to, letter.purpose) == ("ana@example.com", "receipt")
    assert entry.reference in letter.subject
    assert [each.action for each in audit.history_of(entry)] == ["sent", "payment"]
    assert "Sent to ana@example.com." in as_dana.get(answer.headers["Location"]).content.decode()


def test_first_receipt_that_is_sent_twice_is_one_letter(as_dana: Client) -> None:
    entry = paid()
    data = receipt_form(as_dana, entry, to="ana@example.com")
    as_dana.post(f"{page_of(entry)}receipt/", data)

    again = as_dana.post(f"{page_of(entry)}receipt/", data)

    assert again.status_code == 409
    assert "was sent just now" in again.content.decode()
    assert len(letters()) == 1


def test_receipt_sent_again_twice_is_one_letter_more(as_dana: Client) -> None:
    entry = paid(patron_email="ana@example.com")
    data = receipt_form(as_dana, entry)
    as_dana.post(f"{page_of(entry)}receipt/", data)

    again = as_dana.post(f"{page_of(entry)}receipt/", data)

    assert again.status_code == 409
    assert len(letters()) == 2


@pytest.mark.parametrize("to", ["", "nobody", "a@b.example\nBcc: c@d.example"])
def test_receipt_needs_an_address(as_dana: Client, to: str) -> None:
    entry = paid()

    answer = as_dana.post(f"{page_of(entry)}receipt/", receipt_form(as_dana, entry, to=to))

    assert answer.status_code == 422
    assert letters() == []


def test_void_entry_has_no_receipt_to_send(as_dana: Client) -> None:
    entry = paid()
    data = receipt_form(as_dana, entry, to="ana@example.com")
    void(entry)

    answer = as_dana.post(f"{page_of(entry)}receipt/", data)

    assert answer.status_code == 409
    assert letters() == []
    assert "Send the receipt" not in shown(as_dana, entry)


def test_letter_of_another_entry_is_a_404(as_dana: Client) -> None:
    entry, other = paid(patron_email="ana@example.com"), paid(patron_email="ana@example.com")
    data = receipt_form(as_dana, entry, entry=other.ulid)

    assert as_dana.post(f"{page_of(entry)}receipt/", data).status_code == 404


def test_crew_send_no_receipt(as_dana: Client, as_bob: Client) -> None:
    entry = paid()
    data = receipt_form(as_dana, entry, to="ana@example.com")

    assert as_bob.post(f"{page_of(entry)}receipt/", data).status_code == 403
    assert letters() == []


# The sheet


def lines() -> list[tuple[str, str, bool]]:
    sheet = sheets.read(SLUG)
    assert sheet is not None
    return [(line.what, line.amount, line.voided) for line in sheet.entries]


def test_sheet_folds_the_void_of_a_corrected_payment() -> None:
    entry = paid()
    correct(entry, amount_cents=11_000)

    assert lines() == [(f"Card, corrects {entry.reference}", "$110", False), ("Cash", "$125", True)]


def test_sheet_shows_a_void_and_what_it_moves_back() -> None:
    entry = paid()
    given = refund(entry)
    void(given)

    assert lines() == [
        (f"Void of {given.reference}", "$50", False),
        (f"Refund of {entry.reference}, cash", "-$50", True),
        ("Cash", "$125", False),
    ]


def test_sheet_shows_credit_by_the_way_that_it_went() -> None:
    other = make_event(slug="2026-05-24")
    party = make_party(event=make_event(slug=f"{SLUG}-x"))
    ledger.record(
        event=party.event_id, patron_name=party.name, patron_id=party.ulid, amount_cents=100, method="cash", by=DANA
    )
    ledger.transfer(event=party.event_id, party_id=party.ulid, to_event=other.slug, by=ALICE)

    gone, come = sheets.read(party.event_id), sheets.read(other.slug)

    assert gone is not None
    assert come is not None
    assert (gone.entries[0].what, gone.entries[0].amount) == ("Credit carried over to 2026-05-24", "-$1")
    assert (come.entries[0].what, come.entries[0].amount) == (f"Credit from {party.event_id}", "$1")


def test_sheets_lines_lead_to_their_pages(as_alice: Client, as_dana: Client) -> None:
    entry = paid()
    sheet = f"/dispatch/{SLUG}/"

    owners, staffs = (" ".join(client.get(sheet).content.decode().split()) for client in (as_alice, as_dana))

    assert f'href="{page_of(entry)}">Change' in owners
    assert f'href="{page_of(entry)}">Open' in staffs
