"""The page on which a departure is called off."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from events.rows import Event, Patron, Status
from payments import books, ledger
from scc.dynamo.rows import Row
from scc.mail.rows import Letter
from scc.staff.actors import Actor
from tests.builders import make_event, make_party
from tests.conftest import RequestsMade

ALICE = Actor("alice", "Alice Archer")
PAGE = "/dispatch/2026-05-23/cancel/"


@pytest.fixture
def event(table: None) -> Event:
    return make_event()


@pytest.fixture
def other(table: None) -> Event:
    return make_event(slug="2026-05-24")


@pytest.fixture
def ana(event: Event) -> Patron:
    return with_money(event, "Ana López")


def with_money(event: Event, name: str, email: str = "ana@example.com") -> Patron:
    party = make_party(event=event, name=name, email=email)
    ledger.record(
        event=event.slug, patron_name=name, patron_id=party.ulid, amount_cents=12_500, method="card", by=ALICE
    )
    return party


def letters() -> list[Letter]:
    return [row for row in Row.scan() if isinstance(row, Letter)]


def choose(party: Patron, choice: str, **more: str) -> dict[str, str]:
    return {f"choice-{party.ulid}": choice, **{f"{name}-{party.ulid}": value for name, value in more.items()}}


def text_of(page: bytes) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.decode()))


def test_each_party_is_settled_as_was_chosen_with_one_letter_each(
    as_alice: Client, event: Event, other: Event, ana: Patron
) -> None:
    bo, cy = with_money(event, "Bo", "bo@example.com"), with_money(event, "Cy", "cy@example.com")
    choices = choose(ana, "carry", to=other.slug) | choose(bo, "refund", method="cash") | choose(cy, "leave")

    response = as_alice.post(PAGE, {"key": "k", **choices})

    assert response.status_code == 200
    book = books.read(event.slug)
    assert book.event.status == Status.CANCELLED
    assert [book.parties[party.ulid].net_cents for party in (ana, bo, cy)] == [0, 0, 12_500]
    assert [party.name for party in books.read(other.slug).parties.values()] == ["Ana López"]
    assert sorted(letter.to for letter in letters()) == ["ana@example.com", "bo@example.com", "cy@example.com"]


def test_sent_twice_it_is_done_once(as_alice: Client, event: Event, ana: Patron) -> None:
    choices = {"key": "k", **choose(ana, "refund", method="cash")}

    as_alice.post(PAGE, choices)
    as_alice.post(PAGE, choices)

    assert books.read(event.slug).event.refunded_cents == 12_500
    assert len(letters()) == 1


def test_what_cannot_be_done_for_one_party_is_said_and_the_others_are_done(
    as_alice: Client, event: Event, ana: Patron
) -> None:
    make_event(slug="2026-05-25", capacity=3)
    bo = with_money(event, "Bo", "bo@example.com")

    response = as_alice.post(
        PAGE, {"key": "k", **choose(ana, "carry", to="2026-05-25"), **choose(bo, "refund", method="cash")}
    )

    assert response.status_code == 409
    assert "Ana López : Not done 2026-05-25 has 0 booked of 3" in text_of(response.content)
    assert books.read(event.slug).parties[bo.ulid].net_cents == 0


def test_another_departure_is_named_by_its_address(as_alice: Client, event: Event, ana: Patron, other: Event) -> None:
    as_alice.post(PAGE, {"key": "k", **choose(ana, "carry", to="by_hand", slug=other.slug)})

    assert books.read(other.slug).event.received_cents == 12_500


def test_staff_may_cancel_and_tell_and_not_move_money(as_dana: Client, event: Event, ana: Patron, other: Event) -> None:
    response = as_dana.post(PAGE, {"key": "k", **choose(ana, "refund", method="cash")})

    book = books.read(event.slug)
    assert (book.event.status, book.event.refunded_cents) == (Status.CANCELLED, 0)
    assert "your role may not give money back" in text_of(response.content)
    assert "choice-" not in as_dana.get(PAGE).content.decode()


def test_crew_may_not_come_here(as_bob: Client, event: Event, ana: Patron) -> None:
    assert as_bob.get(PAGE).status_code == 403
    assert as_bob.post(PAGE, {"key": "k"}).status_code == 403
    assert books.read(event.slug).event.status == Status.SCHEDULED


def test_a_departure_without_parties_is_cancelled(as_alice: Client, event: Event) -> None:
    assert "Nobody is booked" in as_alice.get(PAGE).content.decode()

    as_alice.post(PAGE, {"key": "k"})

    assert books.read(event.slug).event.status == Status.CANCELLED


def test_one_that_has_sailed_is_not_cancelled(as_alice: Client, table: None) -> None:
    make_event(status=Status.COMPLETED)

    assert as_alice.post(PAGE, {"key": "k"}).status_code == 409
    assert books.read("2026-05-23").event.status == Status.COMPLETED


def test_money_without_a_party_is_pointed_out(as_alice: Client, event: Event) -> None:
    ledger.record(event=event.slug, patron_name="Walk-on", amount_cents=5_000, method="cash", by=ALICE)

    assert "$50 was logged without a party" in as_alice.get(PAGE).content.decode()


def test_an_unknown_departure_is_404(as_alice: Client) -> None:
    assert as_alice.get("/dispatch/1999-01-01/cancel/").status_code == 404


def test_the_page_makes_two_requests(
    as_alice: Client, event: Event, ana: Patron, other: Event, requests_made: RequestsMade
) -> None:
    as_alice.get(PAGE)

    with requests_made() as made:
        as_alice.get(PAGE)

    assert made == {"GetItem": 2, "Query": 2}
