"""The page on which a departure is called off."""

from __future__ import annotations

import json
import math
import re
import time
from collections.abc import Mapping
from typing import Any

import pytest
from django.test import Client

from events import bookings
from events.rows import Event, Patron, Status
from payments import books, ledger, methods
from payments.rows import PaymentMethod
from scc.dispatch import settling
from scc.dynamo.rows import Row
from scc.dynamo.units import Unit
from scc.mail.rows import Letter
from scc.staff.actors import Actor
from tests.builders import make_event, make_party
from tests.conftest import RequestsMade
from tests.dynamo.faults import answered, answers_lost, meanwhile
from tests.people import client_of, make_user

ALICE = Actor("alice", "Alice Archer")
PAGE = "/dispatch/2026-05-23/cancel/"
# What DynamoDB says where another transaction is at work.
BUSY = json.dumps(
    {
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "CancellationReasons": [{"Code": "TransactionConflict", "Message": "..."}],
    }
).encode()


@pytest.fixture
def event(table: None) -> Event:
    return make_event()


@pytest.fixture
def other(table: None) -> Event:
    return make_event(slug="2026-05-24")


@pytest.fixture
def ana(event: Event) -> Patron:
    return with_money(event, "Ana López")


def with_money(event: Event, name: str, email: str = "ana@example.com", **changes: Any) -> Patron:
    party = make_party(event=event, name=name, email=email, **changes)
    pay(party)
    return party


def pay(party: Patron, cents: int = 12_500) -> None:
    name, ulid = party.name, party.ulid
    ledger.record(event=party.event_id, patron_name=name, patron_id=ulid, amount_cents=cents, method="card", by=ALICE)


def letters() -> list[Letter]:
    return [row for row in Row.scan() if isinstance(row, Letter)]


def choose(party: Patron, choice: str, **more: str) -> dict[str, str]:
    return {f"choice-{party.ulid}": choice, **{f"{name}-{party.ulid}": value for name, value in more.items()}}


def hidden(client: Client) -> dict[str, str]:
    """Return what the form of the page says by itself: its key, and what it shows of each party."""
    return dict(re.findall(r'<input type="hidden" name="(key|seen-\w+)" value="([^"]*)"', page(client)))


def page(client: Client) -> str:
    return client.get(PAGE).content.decode()


def send(client: Client, *choices: Mapping[str, str], **more: str) -> Any:
    """Send the form as it is shown now."""
    return client.post(PAGE, hidden(client) | {name: value for each in choices for name, value in each.items()} | more)


def said(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_each_party_is_settled_as_was_chosen_with_one_letter_each(
    as_alice: Client, event: Event, other: Event, ana: Patron
) -> None:
    bo, cy = with_money(event, "Bo", "bo@example.com"), with_money(event, "Cy", "cy@example.com")
    choices = choose(ana, "carry", to=other.slug), choose(bo, "refund", method="cash"), choose(cy, "leave")

    response = send(as_alice, *choices)

    assert response.status_code == 200
    book = books.read(event.slug)
    assert book.event.status == Status.CANCELLED
    assert [book.parties[party.ulid].net_cents for party in (ana, bo, cy)] == [0, 0, 12_500]
    assert [party.name for party in books.read(other.slug).parties.values()] == ["Ana López"]
    assert sorted(letter.to for letter in letters()) == ["ana@example.com", "bo@example.com", "cy@example.com"]


def test_sent_twice_it_is_done_once(as_alice: Client, event: Event, ana: Patron) -> None:
    form = hidden(as_alice) | choose(ana, "refund", method="cash")

    assert [as_alice.post(PAGE, form).status_code for _ in range(2)] == [200, 200]

    assert books.read(event.slug).event.refunded_cents == 12_500
    assert len(letters()) == 1


def test_what_cannot_be_done_for_one_party_is_said_and_the_others_are_done(
    as_alice: Client, event: Event, ana: Patron
) -> None:
    make_event(slug="2026-05-25", capacity=3)
    bo = with_money(event, "Bo", "bo@example.com")

    response = send(as_alice, choose(ana, "carry", to="2026-05-25"), choose(bo, "refund", method="cash"))

    assert response.status_code == 409
    assert "Not done Ana López : 2026-05-25 has 0 booked of 3" in said(response)
    assert "Done Bo : $125 given back, cash. Letter written." in said(response)
    assert books.read(event.slug).parties[bo.ulid].net_cents == 0


def test_another_departure_is_named_by_its_address(as_alice: Client, event: Event, ana: Patron, other: Event) -> None:
    send(as_alice, choose(ana, "carry", to="by_hand", slug=other.slug))

    assert books.read(other.slug).event.received_cents == 12_500


def test_staff_may_cancel_and_tell_and_not_move_money(as_dana: Client, event: Event, ana: Patron, other: Event) -> None:
    response = send(as_dana, choose(ana, "refund", method="cash"))

    book = books.read(event.slug)
    assert (book.event.status, book.event.refunded_cents) == (Status.CANCELLED, 0)
    assert "Left as it is: your role may not give money back" in said(response)
    assert letters() == []
    assert 'name="choice-' not in page(as_dana)

    assert send(as_dana).status_code == 200
    assert "We keep the $125.00" in letters()[0].text
    assert "Every party with an e-mail address is told." in said(as_dana.get(PAGE))
    assert "Ana López told by letter, $125 left" in said(as_dana.get(PAGE))


def test_staff_are_not_asked_to_send_what_only_an_owner_settles(as_dana: Client, event: Event) -> None:
    with_money(event, "Bo", email="")

    response = send(as_dana)

    assert response.status_code == 200
    assert "Bo no e-mail address" in said(response)
    assert "Still to settle" not in said(response)


def test_crew_may_not_come_here(as_bob: Client, event: Event, ana: Patron) -> None:
    assert as_bob.get(PAGE).status_code == 403
    assert as_bob.post(PAGE, {"key": "k"}).status_code == 403
    assert "cancel" not in as_bob.get(f"/dispatch/{event.slug}/").content.decode()
    assert books.read(event.slug).event.status == Status.SCHEDULED


def test_a_departure_without_parties_is_cancelled(as_alice: Client, event: Event) -> None:
    assert "Nobody is booked" in page(as_alice)

    as_alice.post(PAGE, {"key": "k"})

    assert books.read(event.slug).event.status == Status.CANCELLED


def test_one_that_has_sailed_is_not_cancelled(as_alice: Client, table: None) -> None:
    make_event(status=Status.COMPLETED)

    assert as_alice.post(PAGE, {"key": "k"}).status_code == 409
    assert books.read("2026-05-23").event.status == Status.COMPLETED


def test_money_without_a_party_is_pointed_out(as_alice: Client, event: Event) -> None:
    ledger.record(event=event.slug, patron_name="Walk-on", amount_cents=5_000, method="cash", by=ALICE)

    assert "$50 was logged without a party" in page(as_alice)


def test_an_unknown_departure_is_404(as_alice: Client) -> None:
    assert as_alice.get("/dispatch/1999-01-01/cancel/").status_code == 404


def test_the_page_makes_two_requests(
    as_alice: Client, event: Event, ana: Patron, other: Event, requests_made: RequestsMade
) -> None:
    as_alice.get(PAGE)

    with requests_made() as made:
        as_alice.get(PAGE)

    assert made == {"GetItem": 2, "Query": 2}


# What is missing, forged, or not what it was


@pytest.mark.parametrize(
    ("choice", "more", "fault"),
    [
        ("carry", {}, "Choose another departure."),
        ("carry", {"to": "by_hand"}, "Choose another departure."),
        ("carry", {"to": "2026-05-23"}, "Choose another departure."),
        ("refund", {}, "Choose how it is given back."),
        ("refund", {"method": "gold"}, "Choose how it is given back."),
        ("refund", {"method": "credit"}, "Choose how it is given back."),
        ("", {}, "Choose what becomes of the money."),
        ("burn", {}, "Choose what becomes of the money."),
    ],
)
def test_nothing_is_done_before_all_is_chosen(
    as_alice: Client, event: Event, ana: Patron, choice: str, more: dict[str, str], fault: str
) -> None:
    bo = with_money(event, "Bo", "bo@example.com")

    response = send(as_alice, choose(ana, choice, **more), choose(bo, "refund", method="venmo", reference="V-1"))

    assert response.status_code == 422
    assert f"Ana López: {fault}" in said(response)
    book = books.read(event.slug)
    assert (book.event.status, book.event.refunded_cents, letters()) == (Status.SCHEDULED, 0, [])
    # What was typed is there.
    assert re.search(r'value="venmo"[^>]*selected', response.content.decode())
    assert 'value="V-1"' in response.content.decode()


def test_a_method_that_needs_a_reference_is_not_chosen_without(as_alice: Client, event: Event, ana: Patron) -> None:
    unit = Unit()
    unit.put(PaymentMethod(code="wire", label="Wire", asks="needed", hint="The bank's number."))
    unit.commit()
    methods.forget()

    assert "Wire needs a reference. The bank&#x27;s number." in said(
        send(as_alice, choose(ana, "refund", method="wire"))
    )
    assert send(as_alice, choose(ana, "refund", method="wire", reference="W-7")).status_code == 200
    assert books.read(event.slug).entries[-1].external_reference == "W-7"


@pytest.mark.parametrize("slug", ["1999-01-01", "nonsense", "../admin", "2026-05-24\0", "x" * 5000])
def test_a_departure_that_there_is_none_of_is_said(as_alice: Client, event: Event, ana: Patron, slug: str) -> None:
    response = send(as_alice, choose(ana, "carry", to="by_hand", slug=slug))

    assert response.status_code == 409
    assert "Not done Ana López : There is no such departure." in said(response)
    assert books.read(event.slug).event.net_cents == 12_500


def test_a_party_that_the_form_did_not_show_is_left_untold(as_alice: Client, event: Event, ana: Patron) -> None:
    form = hidden(as_alice) | choose(ana, "leave")
    bo = with_money(event, "Bo", "bo@example.com")

    response = as_alice.post(PAGE, form | choose(bo, "refund", method="cash"))

    assert "Not done Bo : Not on the form that you sent." in said(response)
    assert [letter.to for letter in letters()] == ["ana@example.com"]
    assert books.read(event.slug).event.refunded_cents == 0


def test_a_party_that_paid_meanwhile_is_looked_at_again(as_alice: Client, event: Event, ana: Patron) -> None:
    form = hidden(as_alice) | choose(ana, "refund", method="cash")
    pay(ana)

    response = as_alice.post(PAGE, form)

    assert "Not done Ana López : What Ana López paid is not what it was when you looked." in said(response)
    assert "Paid $250" in said(response)
    assert books.read(event.slug).event.refunded_cents == 0


@pytest.mark.parametrize("key", ["", "k", "k" * 5000, "\0", "\ud7ff€"])
def test_any_key_settles_once(as_alice: Client, event: Event, ana: Patron, key: str) -> None:
    form = hidden(as_alice) | choose(ana, "refund", method="cash") | {"key": key}

    assert [as_alice.post(PAGE, form).status_code for _ in range(2)] == [200, 200]

    assert books.read(event.slug).event.refunded_cents == 12_500
    assert len(letters()) == 1


def test_a_key_that_is_another_ones_moves_nothing(as_alice: Client, event: Event, ana: Patron) -> None:
    key = f"k:{ana.ulid}"
    ledger.record(event=event.slug, patron_name="Bo", amount_cents=100, method="cash", by=ALICE, key=key)

    response = send(as_alice, choose(ana, "refund", method="cash"), key="k")

    assert "Not done Ana López : Sent before with other values" in said(response)
    assert books.read(event.slug).event.refunded_cents == 0


@pytest.mark.parametrize("reason", ["x" * 501, "\u200b", "\0"])
def test_a_reason_that_is_none_moves_nothing(as_alice: Client, event: Event, ana: Patron, reason: str) -> None:
    response = send(as_alice, choose(ana, "refund", method="cash"), reason=reason)

    assert (response.status_code, books.read(event.slug).event.refunded_cents) == (409, 0)


def test_who_was_told_and_is_left_again_is_not_spoken_of(as_alice: Client, event: Event, ana: Patron) -> None:
    bo = with_money(event, "Bo", "bo@example.com")
    send(as_alice, choose(ana, "leave"), choose(bo, "leave"))

    response = send(as_alice, choose(ana, "leave"), choose(bo, "refund", method="cash"))

    assert response.status_code == 200
    assert "Done Bo : $125 given back" in said(response)
    assert "Ana López : " not in said(response)
    assert sorted(letter.to for letter in letters()) == ["ana@example.com", "bo@example.com", "bo@example.com"]


def test_who_has_no_address_is_named_with_the_telephone(as_alice: Client, event: Event) -> None:
    make_party(event=event, name="Cy", size=1, email="", phone="+1 619 555 0100")

    assert "Cy +1 619 555 0100" in said(as_alice.get(PAGE))
    assert "Cy no e-mail address: +1 619 555 0100" in said(send(as_alice))


# Runs that stop half-way, and two at once


def test_a_run_that_the_table_leaves_in_doubt_is_sent_again(as_alice: Client, event: Event, ana: Patron) -> None:
    bo, cy = with_money(event, "Bo", "bo@example.com"), with_money(event, "Cy", "cy@example.com")
    form = hidden(as_alice)
    for party in (ana, bo, cy):
        form |= choose(party, "refund", method="cash")
    bookings.cancel(event=books.read(event.slug).event, by=ALICE)

    with answers_lost("TransactWriteItems", times=100, after=1):
        response = as_alice.post(PAGE, form)

    assert response.status_code == 409
    assert "Done Ana López" in said(response)
    assert "Not known Bo : Not known whether it was done." in said(response)
    assert "Not known Cy : Not begun" in said(response)
    assert f'name="key" value="{form["key"]}"' in response.content.decode()

    assert as_alice.post(PAGE, form).status_code == 200
    assert books.read(event.slug).event.refunded_cents == 37_500
    assert sorted(letter.to for letter in letters()) == ["ana@example.com", "bo@example.com", "cy@example.com"]


def test_a_table_that_is_away_is_said_and_begins_nothing_more(as_alice: Client, event: Event, ana: Patron) -> None:
    bo = with_money(event, "Bo", "bo@example.com")
    bookings.cancel(event=books.read(event.slug).event, by=ALICE)
    form = hidden(as_alice) | choose(ana, "refund", method="cash") | choose(bo, "refund", method="cash")

    with answered("TransactWriteItems", BUSY, times=1000):
        response = as_alice.post(PAGE, form)

    assert "Not known Ana López : The records do not answer." in said(response)
    assert "Not known Bo : Not begun" in said(response)
    assert as_alice.post(PAGE, form).status_code == 200


def test_a_run_that_takes_too_long_is_gone_on_with(
    as_alice: Client, event: Event, ana: Patron, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = hidden(as_alice) | choose(ana, "refund", method="cash")
    with monkeypatch.context() as patch:
        patch.setattr(settling, "PATIENCE", 0)
        assert "Not known Ana López : Not begun" in said(as_alice.post(PAGE, form))

    assert as_alice.post(PAGE, form).status_code == 200
    assert books.read(event.slug).event.refunded_cents == 12_500


def test_an_answer_lost_while_it_is_called_off_is_503_and_sent_again(
    as_alice: Client, event: Event, ana: Patron
) -> None:
    form = hidden(as_alice) | choose(ana, "refund", method="cash")
    with answers_lost("TransactWriteItems", times=100):
        assert as_alice.post(PAGE, form).status_code == 503

    assert as_alice.post(PAGE, form).status_code == 200
    assert books.read(event.slug).event.refunded_cents == 12_500


def test_two_who_call_it_off_at_once_settle_each_party_once(as_alice: Client, event: Event, ana: Patron) -> None:
    bo = with_money(event, "Bo", "bo@example.com")
    form = hidden(as_alice) | choose(ana, "refund", method="cash") | choose(bo, "leave")
    client = client_of(make_user(username="ada"))

    with meanwhile("TransactWriteItems", lambda: client.post(PAGE, form | {"key": "another"})):
        response = as_alice.post(PAGE, form)

    assert "Not done Ana López : Nothing is left of what Ana López paid." in said(response)
    assert "Done Bo : Bo was told already." in said(response)
    assert books.read(event.slug).event.refunded_cents == 12_500
    assert len(letters()) == 2


def test_a_departure_that_is_changed_meanwhile_is_not_called_off(as_alice: Client, event: Event, ana: Patron) -> None:
    form = hidden(as_alice) | choose(ana, "refund", method="venmo")
    stored, title = books.read(event.slug).event, {"title": "Whale watch"}

    with meanwhile("TransactWriteItems", lambda: bookings.change_event(event=stored, changes=title, by=ALICE)):
        response = as_alice.post(PAGE, form)

    assert response.status_code == 409
    assert "Not cancelled Someone changed the departure at the same moment. Look again." in said(response)
    assert re.search(r'value="venmo"[^>]*selected', response.content.decode())
    assert books.read(event.slug).event.status == Status.SCHEDULED


def test_thirty_parties_are_settled_well_within_the_functions_time(
    as_alice: Client, table: None, requests_made: RequestsMade, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The emulator's time is not the table's; what counts is ours, and how often the table is asked.
    monkeypatch.setattr(settling, "PATIENCE", math.inf)
    event, other = make_event(capacity=200), make_event(slug="2026-05-24", capacity=200)
    parties = [with_money(event, f"Party {number}", f"p{number}@example.com", size=2) for number in range(30)]
    form = hidden(as_alice)
    for number, party in enumerate(parties):
        ways = choose(party, "carry", to=other.slug), choose(party, "refund", method="cash"), choose(party, "leave")
        form |= ways[number % 3]

    started = time.process_time()
    with requests_made() as made:
        response = as_alice.post(PAGE, form)

    assert response.status_code == 200
    assert time.process_time() - started < 4
    assert made == {"GetItem": 2, "Query": 4 + 10 * 2 + 10 + 10, "TransactWriteItems": 1 + 30}
    assert len(letters()) == 30
    assert books.read(event.slug).event.net_cents == 125_000


# What the pages say after


def test_the_board_the_sheet_and_the_figures_show_what_is_left_as_credit(
    as_alice: Client, event: Event, other: Event, ana: Patron
) -> None:
    bo = with_money(event, "Bo", "bo@example.com")
    send(as_alice, choose(ana, "carry", to=other.slug), choose(bo, "leave"))

    sheet = said(as_alice.get(f"/dispatch/{event.slug}/"))
    assert "Cancelled" in sheet
    assert "Settle with parties" in sheet
    assert re.search(r"Bo 4 .* Credit \$125 of \$0 -\$125", sheet)
    assert re.search(r"Ana López 4 .* Nothing due \$0 of \$0 \$0", sheet)
    assert "to sign" not in sheet
    assert "/waiver" not in sheet
    there = said(as_alice.get(f"/dispatch/{other.slug}/"))
    assert re.search(r"Ana López 4 .* Deposit \$125 of \$500 \$375", there)
    balances = as_alice.get("/dispatch/figures/balances/").content.decode()
    assert (f"/{event.slug}/" in balances, f"/{other.slug}/" in balances) == (False, True)
    board = said(as_alice.get("/dispatch/?before=today"))
    assert "Cancelled" in board
    assert "Credit $125" in board
