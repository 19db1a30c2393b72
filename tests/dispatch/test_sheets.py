"""The event sheet's figures, and what the log-payment form is told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from events import bookings
from events.rows import CrewRole, Event, Patron
from payments import ledger
from scc.dispatch import sheets
from scc.staff.actors import Actor
from scc.staff.models import User
from tests.builders import make_crew, make_event, make_party, make_person
from tests.conftest import RequestsMade
from tests.waivers.manifests import make_line
from waivers.rows import State

ALICE = Actor("alice", "Alice Archer")


@pytest.fixture
def event(methods_known: None) -> Event:
    return make_event()


def pay(event: Event, party: Patron, cents: int, method: str = "cash") -> str:
    recorded = ledger.record(
        event=event.slug, patron_name=party.name, patron_id=party.ulid, amount_cents=cents, method=method, by=ALICE
    )
    return recorded.payment.reference


def read(event: Event) -> sheets.Sheet:
    sheet = sheets.read(event.slug)
    assert sheet is not None
    return sheet


def test_read_is_one_query(event: Event, requests_made: RequestsMade) -> None:
    party = make_party(event=event)
    make_crew(event=event, person=make_person())
    pay(event, party, 10_000)

    with requests_made() as made:
        sheet = read(event)

    assert made == {"Query": 1}
    assert (len(sheet.parties), len(sheet.crew), len(sheet.entries)) == (1, 1, 1)


@pytest.mark.parametrize("slug", ["2026-05-24", "nonsense", "", "META"])
def test_read_returns_none_for_no_departure(table: None, slug: str) -> None:
    assert sheets.read(slug) is None


def test_read_of_a_malformed_slug_asks_nothing(table: None, requests_made: RequestsMade) -> None:
    with requests_made() as made:
        sheets.read("x" * 3000)

    assert made == {}


def test_sheet_page_asks_one_request_beside_session_and_user(
    event: Event, as_alice: Client, requests_made: RequestsMade
) -> None:
    make_party(event=event)

    with requests_made() as made:
        response = as_alice.get("/dispatch/2026-05-23/")

    assert response.status_code == 200
    assert made == {"Query": 1, "GetItem": 2}


@pytest.mark.parametrize(
    ("price", "paid", "standing"),
    [
        (50_000, 0, "unpaid"),
        (50_000, 10_000, "deposit"),
        (50_000, 50_000, "paid"),
        (50_000, 60_000, "credit"),
        (0, 0, ""),
        (0, 100, "credit"),
    ],
)
def test_standing_is_computed(price: int, paid: int, standing: str) -> None:
    party = sheets.Party(Patron(price_cents=price, received_cents=paid), Event(currency="USD"))

    assert party.standing == standing


def test_a_cancelled_departure_asks_nothing_of_its_parties(event: Event) -> None:
    make_party(event=event, name="Ana")
    pay(event, make_party(event=event, name="Zoe"), 10_000)
    bookings.cancel(event=event, by=ALICE)

    sheet = read(event)

    assert [(party.state.word, party.balance) for party in sheet.parties] == [
        ("Nothing due", "$0"),
        ("Credit", "-$100"),
    ]
    assert (sheet.departure.due, sheet.departure.credit) == ("$0", "$100")


def test_sheet_shows_a_price_per_head_and_the_deposit_that_is_due(event: Event, as_alice: Client) -> None:
    party = make_party(event=event, size=4, price_cents=40_000, head_price_cents=10_000, deposit_cents=8_000)
    pay(event, party, 3_000)

    page = as_alice.get("/dispatch/2026-05-23/").content.decode()
    (told,) = as_alice.get("/dispatch/2026-05-23/money/").json()["parties"]

    assert "$100 each" in page
    assert ">Deposit due $50<" in page
    assert (told["deposit"], told["deposit_due"]) == ("50.00", "Deposit due $50")


def test_void_entry_is_marked_and_counts_for_nothing(event: Event) -> None:
    party = make_party(event=event)
    reference = pay(event, party, 10_000)
    ledger.void(event=event.slug, reference=reference, reason="Typed twice", by=ALICE, key=None)

    sheet = read(event)

    assert [(entry.what, entry.voided) for entry in sheet.entries] == [(f"Void of {reference}", False), ("Cash", True)]
    assert sheet.entries[0].amount == "-$100"
    assert sheet.departure.paid == "$0"
    assert sheet.parties[0].standing == "unpaid"


def test_entries_are_newest_first(event: Event) -> None:
    party = make_party(event=event)
    first, second = pay(event, party, 10_000), pay(event, party, 5_000)

    sheet = read(event)

    assert [entry.payment.reference for entry in sheet.entries] == [second, first]


def test_captain_comes_first_and_parties_by_name(event: Event) -> None:
    make_crew(event=event, person=make_person(name="Maya Dell"), role=CrewRole.DECKHAND)
    make_crew(event=event, person=make_person(name="Bob Reyes"), role=CrewRole.CAPTAIN)
    for name in ("Zoe", "Élan", "Ana"):
        make_party(event=event, name=name, size=1)

    sheet = read(event)

    assert [hand.assignment.person_name for hand in sheet.crew] == ["Bob Reyes", "Maya Dell"]
    assert [party.patron.name for party in sheet.parties] == ["Ana", "Élan", "Zoe"]


def test_money_has_the_last_three_entries_of_each_party(event: Event) -> None:
    ana, bea = make_party(event=event, name="Ana", size=1), make_party(event=event, name="Bea", size=1)
    for cents in (100, 200, 300, 400):
        pay(event, ana, cents)
    pay(event, bea, 500)
    later = timezone.now() + sheets.LOOK_ALIKE + timedelta(seconds=1)

    told = sheets.money(read(event), now=later)

    assert [entry["amount"] for entry in told["entries"]] == ["5.00", "4.00", "3.00", "2.00"]


def test_money_has_every_entry_of_the_last_minutes(event: Event) -> None:
    ana = make_party(event=event)
    for cents in (100, 200, 300, 400):
        pay(event, ana, cents)

    told = sheets.money(read(event), now=timezone.now())

    assert len(told["entries"]) == 4


def test_money_answers_balance_and_standing(event: Event, alice: User, as_alice: Client) -> None:
    party = make_party(event=event, price_cents=50_000)
    pay(event, party, 12_550)

    answer = as_alice.get("/dispatch/2026-05-23/money/").json()

    (told,) = answer["parties"]
    assert (told["id"], told["balance"], told["standing"]) == (party.ulid, "374.50", "deposit")
    assert answer["currency"] == "USD"


def test_sheet_shows_the_guests_link_and_its_code(event: Event, as_alice: Client) -> None:
    shown = as_alice.get("/dispatch/2026-05-23/").content.decode()

    assert "/g/2026-05-23/waiver" in shown
    assert 'class="code"' in shown


def test_sheet_escapes_what_people_typed(event: Event, as_alice: Client) -> None:
    make_party(event=event, name="<script>alert(1)</script>", note="<b>bold</b>")

    shown = as_alice.get("/dispatch/2026-05-23/").content.decode()

    assert "<script>alert" not in shown
    assert "<b>bold" not in shown


def test_read_lists_signatures_that_count_and_names_no_restricted_signer(table: None) -> None:
    event = make_event()
    make_line(event, name="Ana López", restricted=True)
    make_line(event, name="Bea", state=State.REPLACED.value)

    found = sheets.read(event.slug)

    assert found is not None
    assert [signature.name for signature in found.signatures] == ["Restricted"]
