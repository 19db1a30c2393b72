"""A party that sails another day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from events.rows import Event, Patron
from payments import books, ledger
from scc.dynamo.rows import Row
from scc.mail.rows import Letter
from scc.staff.actors import Actor
from tests.builders import make_event, make_party
from tests.dynamo.faults import answers_lost

ALICE = Actor("alice", "Alice Archer")
SOON = datetime.now(UTC) + timedelta(days=3)


@pytest.fixture
def event(table: None) -> Event:
    return make_event()


@pytest.fixture
def other(table: None) -> Event:
    return make_event(slug="2026-05-24", date=SOON.date(), starts_at=SOON)


@pytest.fixture
def ana(event: Event) -> Patron:
    party = make_party(event=event)
    ledger.record(
        event=event.slug,
        patron_name=party.name,
        patron_id=party.ulid,
        amount_cents=12_500,
        tip_cents=500,
        method="card",
        by=ALICE,
    )
    return party


def path(party: Patron) -> str:
    return f"/dispatch/{party.event_id}/carry/{party.ulid}/"


def test_the_party_is_booked_there_with_its_credit_and_told(as_alice: Client, ana: Patron, other: Event) -> None:
    response = as_alice.post(path(ana), {"key": "k", "to": "by_hand", "slug": other.slug})

    assert (response.status_code, response.headers["Location"]) == (303, f"/dispatch/{other.slug}/#manifest")
    (booked,) = books.read(other.slug).parties.values()
    assert (booked.net_cents, booked.tips_cents) == (12_500, 500)
    (letter,) = (row for row in Row.scan() if isinstance(row, Letter))
    assert "now counts for another departure: $125.00 and $5.00 tip" in letter.text


def test_sent_twice_it_is_carried_once(as_alice: Client, ana: Patron, other: Event) -> None:
    for _ in range(2):
        as_alice.post(path(ana), {"key": "k", "to": "by_hand", "slug": other.slug})

    assert books.read(other.slug).event.received_cents == 12_500


def test_the_page_says_what_goes_along(as_alice: Client, ana: Patron, other: Event) -> None:
    page = as_alice.get(path(ana)).content.decode()

    assert "$125" in page
    assert "and $5 tip" in page
    assert "ana@example.com" in page


@pytest.mark.parametrize(
    ("given", "status", "said"),
    [
        ({}, 422, "Choose a departure."),
        ({"to": "by_hand"}, 422, "Write the departure&#x27;s address."),
        ({"to": "by_hand", "slug": "1999-01-01"}, 409, "There is no such departure."),
        ({"to": "by_hand", "slug": "../é"}, 409, "There is no such departure."),
        ({"to": "by_hand", "slug": "2026-05-23"}, 422, "Must be another departure."),
        ({"to": "by_hand", "slug": "2026-05-25"}, 409, "has 0 booked of 3"),
        ({"to": "2031-01-01"}, 422, "not one of the available choices"),
    ],
)
def test_what_cannot_be_is_said(as_alice: Client, ana: Patron, given: dict[str, str], status: int, said: str) -> None:
    make_event(slug="2026-05-25", capacity=3)

    response = as_alice.post(path(ana), {"key": "k", **given})

    assert response.status_code == status
    assert said in response.content.decode()
    assert books.read(ana.event_id).event.net_cents == 12_500


def test_a_lost_answer_says_so_and_is_sent_again(as_alice: Client, ana: Patron, other: Event) -> None:
    given = {"key": "k", "to": "by_hand", "slug": other.slug}
    with answers_lost("TransactWriteItems", times=100):
        response = as_alice.post(path(ana), given)

    assert response.status_code == 503
    assert "Not known whether it was carried over" in response.content.decode()
    assert as_alice.post(path(ana), given).status_code == 303
    assert books.read(other.slug).event.received_cents == 12_500


def test_who_may_not_give_money_back_may_not_carry_it_over(as_dana: Client, ana: Patron, other: Event) -> None:
    given = {"key": "k", "to": "by_hand", "slug": other.slug}

    assert as_dana.get(path(ana)).status_code == 403
    assert as_dana.post(path(ana), given).status_code == 403
    assert "Another day" not in as_dana.get(f"/dispatch/{ana.event_id}/").content.decode()
    assert books.read(other.slug).entries == []


def test_an_unknown_party_is_404(as_alice: Client, event: Event) -> None:
    assert as_alice.get(f"/dispatch/{event.slug}/carry/X/").status_code == 404
    assert as_alice.get("/dispatch/1999-01-01/carry/X/").status_code == 404
