"""Who sees which share of a departure's tips."""

from __future__ import annotations

import pytest
from django.test import Client

from events import bookings, tips
from events.rows import CrewRole, Event, Person
from events.rows import TipWeight as Weight
from payments import ledger
from scc.dispatch import sheets
from scc.dispatch import tips as shown_tips
from scc.dynamo.units import Unit
from scc.staff.actors import Actor
from scc.staff.models import User
from tests.builders import make_crew, make_event, make_person
from tests.conftest import RequestsMade
from tests.people import client_of

ALICE = Actor("alice", "Alice Archer")
SHEET = "/dispatch/2026-05-23/"


@pytest.fixture
def event(table: None) -> Event:
    return make_event()


def tip(event: Event, cents: int) -> str:
    """Log a payment with a tip, and return its reference."""
    recorded = ledger.record(
        event=event.slug, patron_name="Ana", amount_cents=100, tip_cents=cents, method="cash", by=ALICE
    )
    return recorded.payment.reference


def weigh(**weights: int) -> None:
    unit = Unit()
    for role, weight in weights.items():
        unit.put(Weight(role=role, weight=weight))
    unit.commit()
    tips.forget()


def crewed(event: Event) -> list[Person]:
    """Put a captain and a deckhand aboard; return them."""
    people = [make_person(name="Bob Reyes"), make_person(name="Maya Dell")]
    make_crew(event=event, person=people[1], role=CrewRole.DECKHAND)
    make_crew(event=event, person=people[0], role=CrewRole.CAPTAIN)
    return people


def tied(user: User, person: Person) -> Client:
    """Say that `user` is `person`, and return a browser in which they are logged in."""
    user.person_id = person.ulid
    user.save()
    return client_of(user)


def told(event: Event) -> list[tuple[str, str, str]]:
    sheet = sheets.read(event.slug)
    assert sheet is not None
    return [(each.name, each.counts, each.amount) for each in shown_tips.of(sheet.event, sheet.assignments).shares]


def test_shares_are_the_tips_by_weight_the_captain_first(event: Event) -> None:
    crewed(event)
    weigh(captain=2)
    tip(event, 9_001)

    assert told(event) == [("Bob Reyes", "2 shares", "$60.01"), ("Maya Dell", "1 share", "$30")]


def test_a_tip_that_is_taken_back_shrinks_the_shares(event: Event) -> None:
    crewed(event)
    tip(event, 4_000)
    reference = tip(event, 1_000)

    ledger.void(event=event.slug, reference=reference, reason="Logged twice", by=ALICE)

    assert [amount for _, _, amount in told(event)] == ["$20", "$20"]


def test_a_tip_that_is_given_back_shrinks_the_shares(event: Event) -> None:
    crewed(event)
    reference = tip(event, 4_000)

    ledger.refund(
        event=event.slug,
        reference=reference,
        amount_cents=100,
        tip_cents=1_000,
        method="cash",
        reason="Asked",
        by=ALICE,
    )

    assert [amount for _, _, amount in told(event)] == ["$15", "$15"]


def test_one_person_with_two_tasks_has_one_share(event: Event) -> None:
    bob, _ = crewed(event)
    make_crew(event=event, person=bob, role=CrewRole.GUIDE)
    tip(event, 1_000)

    assert told(event) == [("Bob Reyes", "1 share", "$5"), ("Maya Dell", "1 share", "$5")]


def test_sheet_names_each_share_to_who_sees_money(event: Event, as_dana: Client) -> None:
    crewed(event)
    tip(event, 6_500)

    page = as_dana.get(SHEET).content.decode()

    part = page.partition('id="tips"')[2].partition("</section>")[0]
    assert "$65</strong> to share" in part
    assert part.count("$32.50") == 2
    assert "Your share" not in page


@pytest.mark.parametrize(
    ("crew", "cents", "weights", "said"),
    [
        (True, 0, {}, "None came in yet."),
        (False, 500, {}, "Nobody is on the crew yet to share them."),
        (True, 500, {"captain": 0, "deckhand": 0}, "No role of this crew has a share of the tips."),
    ],
)
def test_sheet_says_why_there_are_no_shares(
    crew: bool, cents: int, weights: dict[str, int], said: str, event: Event, as_dana: Client
) -> None:
    if crew:
        crewed(event)
    weigh(**weights) if weights else None
    if cents:
        tip(event, cents)

    assert said in as_dana.get(SHEET).content.decode()


def test_crew_see_their_own_share_and_no_other_money(event: Event, bob: User) -> None:
    person, _ = crewed(event)
    weigh(captain=2)
    tip(event, 9_000)

    page = tied(bob, person).get(SHEET).content.decode()

    assert "Your share of the tips: <strong" in page
    assert page.count("$") == 1
    assert "$60<" in page


def test_crew_of_a_departure_without_tips_are_told_so(event: Event, bob: User) -> None:
    person, _ = crewed(event)

    page = tied(bob, person).get(SHEET).content.decode()

    assert "Nothing came in yet." in page
    assert "$" not in page


@pytest.mark.parametrize("is_tied", [True, False])
def test_crew_see_nothing_of_a_departure_that_they_do_not_crew(is_tied: bool, event: Event, bob: User) -> None:
    crewed(event)
    tip(event, 9_000)
    client = tied(bob, make_person(name="Someone Else")) if is_tied else client_of(bob)

    page = client.get(SHEET).content.decode()

    assert "tips" not in page.lower()
    assert "$" not in page


def test_crew_who_left_the_boat_see_no_share_any_more(event: Event, bob: User) -> None:
    person = make_person()
    assignment = make_crew(event=event, person=person)
    tip(event, 9_000)
    bookings.unassign(event=event, assignment=assignment, by=ALICE)

    assert "Your share" not in tied(bob, person).get(SHEET).content.decode()


@pytest.mark.parametrize("who", ["bob", "dana"])
def test_sheet_with_tips_asks_one_request_beside_session_and_user(
    who: str, event: Event, bob: User, dana: User, requests_made: RequestsMade
) -> None:
    person, _ = crewed(event)
    tip(event, 9_000)
    client = tied({"bob": bob, "dana": dana}[who], person)
    client.get(SHEET)

    with requests_made() as made:
        client.get(SHEET)

    assert made == {"Query": 1, "GetItem": 2}


def test_money_answers_shares_to_the_page_that_logged_a_tip(event: Event, as_dana: Client) -> None:
    crewed(event)
    tip(event, 1_001)

    answer = as_dana.get(f"{SHEET}money/").json()["tips"]

    assert answer["pool"] == "$10.01"
    assert [(share["name"], share["amount"]) for share in answer["shares"]] == [
        ("Bob Reyes", "$5"),
        ("Maya Dell", "$5.01"),
    ]
