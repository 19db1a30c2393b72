from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, time, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.test import Client

from events import bookings, calendar, rows
from scc.dynamo.rows import Row
from scc.dynamo.units import Unit
from scc.staff import audit
from scc.staff.actors import Actor
from scc.staff.models import User
from tests.builders import make_crew, make_event, make_party, make_person, make_vessel
from tests.conftest import RequestsMade
from tests.dynamo.test_admin import errors_of, form_of
from tests.people import client_of

pytestmark = pytest.mark.usefixtures("table")

LIST = "/admin/events/event/"
ADD = f"{LIST}add/"
CHANGE = f"{LIST}2026-05-23/change/"
DELETE = f"{LIST}2026-05-23/delete/"
OLGA = Actor("olga", "Olga Owner")


def filled(**fields: str) -> dict[str, str]:
    """Return what a browser sends for a new departure."""
    return {
        "title": "Sunset sail",
        "date": "2026-05-23",
        "starts": "18:15",
        "ends": "21:15",
        "vessel": "queen-of-san-diego",
        "slug": "",
        "capacity": "",
        "status": "scheduled",
        "price_cents": "1100.00",
        "crewassignment_set-TOTAL_FORMS": "0",
        "crewassignment_set-INITIAL_FORMS": "0",
        "patron_set-TOTAL_FORMS": "0",
        "patron_set-INITIAL_FORMS": "0",
        **fields,
    }


def party_inline(number: int, **fields: str) -> dict[str, str]:
    """Return what a browser sends for one more party."""
    cells = {"name": "Ana López", "size": "4", "price_cents": "500.00", "deposit_cents": "", **fields}
    cells |= {"event": "2026-05-23", "id": ""}
    return {f"patron_set-{number}-{name}": value for name, value in cells.items()}


def stored(slug: str = "2026-05-23") -> rows.Event:
    event = calendar.get_event(slug)
    assert event is not None
    return event


def inside(slug: str = "2026-05-23") -> list[str]:
    return [row.sk.partition("#")[0] for row in Row.collection(f"EVENT#{slug}")]


def changed(client: Client, **fields: str) -> Any:
    """Open the change form, change `fields`, save."""
    return client.post(CHANGE, form_of(client.get(CHANGE)) | fields)


# Adding


def test_add_is_one_read_and_one_transaction(as_alice: Client, requests_made: RequestsMade) -> None:
    make_vessel(capacity=12)

    with requests_made() as made:
        page = as_alice.post(ADD, filled())

    assert page.status_code == 302
    # The session and the user; the vessel and the slugs; everything.
    assert made == {"GetItem": 2, "BatchGetItem": 1, "TransactWriteItems": 1}


def test_add_stores_instants_cents_and_the_vessels_capacity(as_alice: Client) -> None:
    make_vessel(capacity=12)

    as_alice.post(ADD, filled(ends="01:00"))

    event = stored()
    assert event.starts_local.isoformat() == "2026-05-23T18:15:00-07:00"
    assert event.ends_at - event.starts_at == timedelta(hours=6, minutes=45)
    assert (event.price_cents, event.currency) == (110_000, "USD")
    assert (event.capacity, event.vessel_name) == (12, "Queen of San Diego")
    assert event.departure_port == "Shelter Island"


def test_add_with_inlines_is_one_transaction_and_one_audit_entry(as_alice: Client, requests_made: RequestsMade) -> None:
    make_vessel()
    bob = make_person()
    crew = {"crewassignment_set-TOTAL_FORMS": "1", "crewassignment_set-0-person": bob.ulid}
    crew |= {"crewassignment_set-0-role": "captain", "crewassignment_set-0-event": "", "crewassignment_set-0-id": ""}
    parties = {"patron_set-TOTAL_FORMS": "1", **party_inline(0)}

    with requests_made() as made:
        page = as_alice.post(ADD, filled() | crew | parties)

    assert page.status_code == 302
    assert made["TransactWriteItems"] == 1
    assert inside() == ["CREW", "META", "PATRON"]
    event = stored()
    assert (event.booked, event.parties_cents, event.crew_count) == (4, 50_000, 1)
    assert [entry.summary for entry in audit.history_of(event)] == [
        "Scheduled Sunset sail, Sat 23 May 2026, 18:15; Added Ana López, party of 4; Assigned Bob Reyes, captain"
    ]


@pytest.mark.parametrize(
    ("typed", "slug"),
    [
        ("", "2026-05-23-1815"),
        ("sunset", "2026-05-23-sunset"),
        ("2026-05-23-sunset", "2026-05-23-sunset"),
        ("80s-party", "2026-05-23-80s-party"),
    ],
)
def test_add_takes_a_slug_a_word_or_nothing(typed: str, slug: str, as_alice: Client) -> None:
    make_vessel()
    make_event()

    as_alice.post(ADD, filled(slug=typed))

    assert stored(slug).title == "Sunset sail"


@pytest.mark.parametrize(
    ("fields", "field", "reason"),
    [
        ({"slug": "2026-05-23"}, "slug", "Another departure has 2026-05-23."),
        ({"slug": "2026-05-24-sunset"}, "slug", "Must begin with the departure's date, 2026-05-23."),
        ({"slug": "Sunset"}, "slug", "A slug's suffix is"),
        ({"title": "\u200b"}, "title", "Must not be blank."),
        ({"title": "x" * 201}, "title", "at most 200 characters"),
        ({"date": "2026-02-30"}, "date", "Enter a valid date."),
        ({"date": "0001-01-01"}, "date", "Must be from 1970-01-01"),
        ({"date": "2026-03-08", "starts": "02:30"}, "starts", "does not exist on 2026-03-08"),
        ({"ends": "18:15"}, "ends", "It ends at the time at which it starts"),
        ({"capacity": "0"}, "capacity", "Must be from 1 to 9999."),
        ({"capacity": "99999999999999999999"}, "capacity", "Must be from 1 to 9999."),
        ({"price_cents": "-1"}, "price_cents", "Must not be below zero."),
        ({"price_cents": "1.005"}, "price_cents", "at most two decimals"),
        ({"price_cents": "1e400"}, "price_cents", "Must be an amount"),
        ({"vessel": "titanic"}, "vessel", "This vessel is not there any more."),
        ({"vessel": ""}, "vessel", "This field is required."),
        ({"note": "x" * 2001}, "note", "at most 2000 characters"),
    ],
)
def test_add_says_on_the_field_what_is_wrong(fields: dict[str, str], field: str, reason: str, as_alice: Client) -> None:
    make_vessel()
    make_event()

    page = as_alice.post(ADD, filled(**fields))

    assert page.status_code == 200
    assert errors_of(page).keys() == {field}
    assert reason in errors_of(page)[field][0]
    assert [event.slug for event in calendar.between(date(2026, 1, 1), date(2026, 12, 31))] == ["2026-05-23"]


def test_add_refuses_more_heads_than_fit(as_alice: Client) -> None:
    make_vessel(capacity=6)
    parties = {"patron_set-TOTAL_FORMS": "2", **party_inline(0), **party_inline(1)}

    page = as_alice.post(ADD, filled() | parties)

    assert "2026-05-23 has 0 booked of 6: room for 6 more, not for 8" in str(errors_of(page)["__all__"])
    assert calendar.get_event("2026-05-23") is None


def test_add_says_what_is_wrong_with_a_party(as_alice: Client) -> None:
    make_vessel()
    parties = {"patron_set-TOTAL_FORMS": "1", **party_inline(0, name="\u2800", size="0", email="ana", price_cents="x")}

    page = as_alice.post(ADD, filled() | parties)

    errors = page.context["inline_admin_formsets"][1].formset.errors[0]
    assert errors.keys() >= {"email", "price_cents"}
    assert calendar.get_event("2026-05-23") is None


# Changing


def test_change_is_one_read_and_one_transaction(as_alice: Client, requests_made: RequestsMade) -> None:
    make_event()
    data = form_of(as_alice.get(CHANGE)) | {"title": "Moonlight sail"}

    with requests_made() as made:
        page = as_alice.post(CHANGE, data)

    assert page.status_code == 302
    assert made == {"GetItem": 3, "TransactWriteItems": 1}
    assert stored().title == "Moonlight sail"
    assert [entry.summary for entry in audit.history_of(stored())] == ["Changed title"]


def test_change_of_nothing_writes_nothing(as_alice: Client, requests_made: RequestsMade) -> None:
    make_event(ends_at=None)
    data = form_of(as_alice.get(CHANGE))

    with requests_made() as made:
        as_alice.post(CHANGE, data)

    assert made["TransactWriteItems"] == 0
    assert stored().version == 1


def test_change_keeps_seconds_that_the_form_does_not_show(as_alice: Client) -> None:
    event = make_event(starts=time(18, 15, 30))

    changed(as_alice, title="Moonlight sail")

    assert stored().starts_at == event.starts_at


def test_change_of_the_start_moves_everything_that_sorts_by_it(as_alice: Client) -> None:
    event = make_event()
    bob = make_person()
    make_crew(event=event, person=bob)

    changed(as_alice, date="2027-01-02", starts="10:00", ends="12:00")

    assert stored().year == "2027"
    assert [each.slug for each in calendar.on_day(date(2027, 1, 2))] == ["2026-05-23"]
    crewed = rows.CrewAssignment.listing(index="gsi1", known={"person_id": bob.ulid}).rows
    assert [each.gsi1sk for each in crewed] == ["2027-01-02T18:00:00.000Z#2026-05-23"]


def test_change_to_another_vessel_takes_its_name(as_alice: Client) -> None:
    make_event()
    make_vessel(name="Dolphin", slug="dolphin")

    changed(as_alice, vessel="dolphin")

    assert (stored().vessel_id, stored().vessel_name) == ("dolphin", "Dolphin")


def test_an_event_keeps_the_name_that_its_vessel_had(as_alice: Client) -> None:
    make_vessel()
    make_event()
    vessel = "/admin/events/vessel/queen-of-san-diego/change/"
    as_alice.post(vessel, form_of(as_alice.get(vessel)) | {"name": "King of San Diego"})

    changed(as_alice, title="Moonlight sail")

    assert stored().vessel_name == "Queen of San Diego"


def test_change_with_inlines_is_one_transaction(as_alice: Client, requests_made: RequestsMade) -> None:
    event = make_event(capacity=12)
    make_party(event=event, name="Ana López", size=4)
    leaving = make_party(event=event, name="Zoë", size=4)
    page = as_alice.get(CHANGE)
    data = form_of(page) | {"title": "Moonlight sail", "patron_set-0-size": "6", "patron_set-TOTAL_FORMS": "3"}
    data |= {"patron_set-1-DELETE": "on"} | party_inline(2, name="Bo", size="6")

    with requests_made() as made:
        page = as_alice.post(CHANGE, data)

    assert page.status_code == 302
    assert made["TransactWriteItems"] == 1
    assert made.total() <= 6
    assert stored().booked == 12
    assert rows.Patron.fetch(event_id=event.slug, ulid=leaving.ulid) is None
    assert [entry.summary for entry in audit.history_of(stored())] == [
        "Changed title; Added Bo, party of 6; Changed size of Ana López, party of 4; Removed Zoë, party of 4"
    ]


def party_now(event: rows.Event) -> rows.Patron:
    (party,) = rows.Patron.listing(known={"event_id": event.slug})
    return party


@pytest.mark.parametrize(("priced", "price"), [("head", 200_000), ("party", 50_000)])
def test_change_adds_a_party_at_a_price_for_all_or_for_each(as_alice: Client, priced: str, price: int) -> None:
    event = make_event()

    changed(as_alice, **{"patron_set-TOTAL_FORMS": "1"}, **party_inline(0, priced=priced))

    assert party_now(event).price_cents == price
    assert stored().parties_cents == price


def test_change_shows_a_price_per_head_and_keeps_it(as_alice: Client) -> None:
    event = make_event()
    make_party(event=event, size=4, price_cents=40_000, head_price_cents=10_000)
    form = form_of(as_alice.get(CHANGE))

    as_alice.post(CHANGE, form | {"patron_set-0-size": "5"})

    assert (form["patron_set-0-price_cents"], form["patron_set-0-priced"]) == ("100.00", "head")
    assert (party_now(event).head_price_cents, stored().parties_cents) == (10_000, 50_000)


def test_change_makes_a_price_per_head_one_for_the_party(as_alice: Client) -> None:
    event = make_event()
    make_party(event=event, size=4, price_cents=40_000, head_price_cents=10_000)

    changed(as_alice, **{"patron_set-0-priced": "party", "patron_set-0-price_cents": "350"})

    assert (party_now(event).head_price_cents, stored().parties_cents) == (0, 35_000)
    assert audit.history_of(stored())[0].summary == "Changed head price, price of Ana López, party of 4"


def test_change_says_beside_the_deposit_that_it_is_too_much(as_alice: Client) -> None:
    event = make_event()
    make_party(event=event, size=4, price_cents=40_000, head_price_cents=10_000)

    page = changed(as_alice, **{"patron_set-0-deposit_cents": "400.01"})

    (found,) = page.context["inline_admin_formsets"][1].formset.errors
    assert found == {"deposit_cents": ["The deposit must not be more than the price, $400.00."]}
    assert party_now(event).deposit_cents == 0


def test_change_keeps_payments_that_come_meanwhile(as_alice: Client) -> None:
    event = make_event()
    party = make_party(event=event)
    data = form_of(as_alice.get(CHANGE)) | {"title": "Moonlight sail", "patron_set-0-size": "5"}
    payment = Unit()
    payment.update(event, add={"received_cents": 12_500})
    payment.update(party, add={"received_cents": 12_500})
    payment.commit()

    page = as_alice.post(CHANGE, data)

    assert page.status_code == 302
    assert (stored().received_cents, stored().booked) == (12_500, 5)
    kept = rows.Patron.fetch(event_id=event.slug, ulid=party.ulid)
    assert kept is not None
    assert (kept.received_cents, kept.size) == (12_500, 5)


def test_change_refuses_to_remove_a_party_with_payments(as_alice: Client) -> None:
    event = make_event()
    make_party(event=event, received_cents=12_500)

    page = changed(as_alice, **{"patron_set-0-DELETE": "on"})

    assert "Ana López, party of 4 has payments in the ledger" in str(errors_of(page)["__all__"])
    assert inside() == ["META", "PATRON"]


def test_change_refuses_parties_that_do_not_fit(as_alice: Client) -> None:
    event = make_event(capacity=6)
    make_party(event=event, size=4)

    page = changed(as_alice, **{"patron_set-TOTAL_FORMS": "2"}, **party_inline(1, name="Zoë", size="3"))

    assert "2026-05-23 has 4 booked of 6: room for 2 more, not for 3" in str(errors_of(page)["__all__"])
    assert "Zoë" in page.content.decode()
    assert stored().booked == 4


def test_change_by_eight_at_once_never_overfills(as_alice: Client) -> None:
    make_event(capacity=6)
    alice = User.objects.get(pk="alice")
    form = form_of(as_alice.get(CHANGE)) | {"patron_set-TOTAL_FORMS": "1"}
    barrier = Barrier(8)

    def save(number: int) -> int:
        client = client_of(alice)
        barrier.wait()
        return client.post(CHANGE, form | party_inline(0, name=f"Party {number}", size="2")).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(save, range(8)))

    assert statuses == [200] * 5 + [302] * 3
    assert stored().booked == 6
    assert inside() == ["META", *["PATRON"] * 3]


def test_change_tells_the_second_who_changed_what(as_alice: Client) -> None:
    event = make_event()
    data = form_of(as_alice.get(CHANGE)) | {"title": "Moonlight sail", "note": "Cake"}
    bookings.change_event(event=event, changes={"title": "Private charter", "capacity": 10}, by=OLGA)

    page = as_alice.post(CHANGE, data)

    errors = errors_of(page)
    assert "Olga Owner changed this after you opened it" in str(errors["__all__"])
    assert "Now: Private charter" in str(errors["title"])
    assert (stored().title, stored().note, stored().capacity) == ("Private charter", "", 10)


def test_change_saved_again_is_meant(as_alice: Client) -> None:
    event = make_event()
    data = form_of(as_alice.get(CHANGE)) | {"title": "Moonlight sail"}
    bookings.change_event(event=event, changes={"title": "Private charter"}, by=OLGA)
    page = as_alice.post(CHANGE, data)

    page = as_alice.post(CHANGE, form_of(page))

    assert page.status_code == 302
    assert stored().title == "Moonlight sail"


def test_change_tells_of_a_party_that_somebody_changed(as_alice: Client) -> None:
    event = make_event()
    party = make_party(event=event, size=4)
    data = form_of(as_alice.get(CHANGE)) | {"patron_set-0-size": "6"}
    bookings.change_party(event=event, party=party, changes={"size": 2}, by=OLGA)

    page = as_alice.post(CHANGE, data)

    assert page.status_code == 200
    assert "Now: 2" in str(page.context["inline_admin_formsets"][1].formset.errors)
    assert stored().booked == 2


def test_change_says_when_it_is_too_much_at_once(as_alice: Client) -> None:
    make_event(capacity=500)
    parties = [party_inline(number, size="1") for number in range(101)]

    page = changed(as_alice, **{"patron_set-TOTAL_FORMS": "101"}, **{k: v for each in parties for k, v in each.items()})

    assert page.status_code == 200
    assert "Save it in two steps" in str(errors_of(page)["__all__"])
    assert inside() == ["META"]


# Deleting


def test_delete_takes_the_crew_along(as_alice: Client) -> None:
    event = make_event()
    make_crew(event=event, person=make_person())

    page = as_alice.post(DELETE, {"post": "yes"})

    assert page.status_code == 302
    assert inside() == []
    assert [entry.action for entry in audit.history_of(event)] == ["deleted"]


def test_delete_is_refused_with_what_is_there(as_alice: Client) -> None:
    event = make_event()
    make_party(event=event)

    asked = as_alice.get(DELETE).content.decode()
    tried = as_alice.post(DELETE, {"post": "yes"})

    assert "1 party" in asked
    assert "1 party" in tried.content.decode()
    assert inside() == ["META", "PATRON"]


def test_a_person_who_crews_is_not_deleted(as_alice: Client) -> None:
    bob = make_person()
    make_crew(event=make_event(), person=bob)

    page = as_alice.post(f"/admin/events/person/{bob.ulid}/delete/", {"post": "yes"})

    assert "2026-05-23: Bob Reyes, captain" in page.content.decode()
    assert rows.Person.fetch(ulid=bob.ulid) is not None


def test_a_vessel_is_not_deleted(as_alice: Client) -> None:
    make_vessel()

    assert as_alice.post("/admin/events/vessel/queen-of-san-diego/delete/", {"post": "yes"}).status_code == 403


# Lists


def test_list_is_one_query_of_the_year(as_alice: Client, requests_made: RequestsMade) -> None:
    make_event(slug="2026-05-24", date=date(2026, 5, 24), title="Second")
    make_party(event=make_event(title="First"), size=4)
    make_event(slug="2025-05-23", date=date(2025, 5, 23), title="Last year's")

    with requests_made() as made:
        page = as_alice.get(LIST, {"year": "2026"})

    assert [event.title for event in page.context["cl"].result_list] == ["First", "Second"]
    assert made == {"GetItem": 2, "Query": 1}
    text = page.content.decode()
    assert "4 / 12" in text
    assert "$0.00 / $500.00" in text
    assert 'href="/dispatch/2026-05-23/"' in text


def test_list_searches_by_the_beginning_of_the_title(as_alice: Client, requests_made: RequestsMade) -> None:
    make_event(title="Élan regatta")
    make_event(slug="2026-05-24", title="Sunset sail")

    with requests_made() as made:
        page = as_alice.get(LIST, {"year": "2026", "q": "ELAN"})

    assert [event.title for event in page.context["cl"].result_list] == ["Élan regatta"]
    assert made == {"GetItem": 2, "Query": 1}


def test_list_filters_by_status(as_alice: Client) -> None:
    make_event()
    make_event(slug="2026-05-24", status="cancelled")

    page = as_alice.get(LIST, {"year": "2026", "status__exact": "cancelled"})

    assert [event.slug for event in page.context["cl"].result_list] == ["2026-05-24"]


def test_actions_cancel_and_complete(as_alice: Client) -> None:
    make_event()
    make_event(slug="2026-05-24")

    for action, slug in (("cancel", "2026-05-23"), ("complete", "2026-05-24")):
        as_alice.post(f"{LIST}?year=2026", {"action": action, "_selected_action": [slug]})

    assert (stored().status, stored("2026-05-24").status) == ("cancelled", "completed")
    assert [entry.action for entry in audit.history_of(stored())] == ["cancelled"]


# Who


def test_crew_sees_the_departure_and_no_money(bob: User) -> None:
    event = make_event(price_cents=123_400)
    make_party(event=event, price_cents=56_700, deposit_cents=8_900)
    as_bob = client_of(bob)

    shown = as_bob.get(LIST, {"year": "2026"}).content.decode() + as_bob.get(CHANGE).content.decode()

    assert "Ana López" in shown
    assert "18:15" in shown
    for amount in ("1,234", "1234", "123400", "567", "56700", "$"):
        assert amount not in shown


def test_crew_changes_nothing(bob: User, as_alice: Client) -> None:
    make_event()
    data = form_of(as_alice.get(CHANGE)) | {"title": "Mutiny"}
    as_bob = client_of(bob)

    assert as_bob.post(CHANGE, data).status_code == 403
    assert as_bob.post(ADD, filled()).status_code == 403
    assert stored().title == "Sunset sail"


def test_staff_may_add_and_change_but_not_delete(dana: User) -> None:
    make_vessel()
    as_dana = client_of(dana)

    added = as_dana.post(ADD, filled())
    renamed = changed(as_dana, title="Moonlight sail")
    deleted = as_dana.post(DELETE, {"post": "yes"})

    assert (added.status_code, renamed.status_code, deleted.status_code) == (302, 302, 403)
    assert stored().title == "Moonlight sail"


# Vessels and people


def test_a_vessel_gets_its_slug_from_its_name(as_alice: Client, requests_made: RequestsMade) -> None:
    with requests_made() as made:
        page = as_alice.post("/admin/events/vessel/add/", {"name": " Élan  II ", "capacity": "8"})

    assert page.status_code == 302
    assert made == {"GetItem": 2, "TransactWriteItems": 1}
    vessel = rows.Vessel.fetch(slug="elan-ii")
    assert vessel is not None
    assert (vessel.name, vessel.folded_name) == ("Élan II", "elan ii")


def test_a_vessel_of_the_same_name_is_refused(as_alice: Client) -> None:
    make_vessel()

    page = as_alice.post("/admin/events/vessel/add/", {"name": "Queen of San Diego", "capacity": "8"})

    assert page.status_code == 200
    assert "one like this already" in str(errors_of(page))


@pytest.mark.parametrize(
    ("kind", "fields", "field"),
    [
        ("vessel", {"name": "\u200b", "capacity": "8"}, "name"),
        ("vessel", {"name": "Dolphin", "capacity": "0"}, "capacity"),
        ("vessel", {"name": "Dolphin", "capacity": "99999999999999999999"}, "capacity"),
        ("person", {"name": "\u3164"}, "name"),
        ("person", {"name": "Bob", "email": "bob"}, "email"),
        ("person", {"name": "Bob", "role": "parrot"}, "role"),
    ],
)
def test_what_a_vessel_or_a_person_cannot_be(kind: str, fields: dict[str, str], field: str, as_alice: Client) -> None:
    page = as_alice.post(f"/admin/events/{kind}/add/", fields)

    assert errors_of(page).keys() == {field}


def test_a_person_in_any_script(as_alice: Client) -> None:
    page = as_alice.post("/admin/events/person/add/", {"name": "さくら 山田", "role": "mate", "phone": "+81 3 1234"})

    assert page.status_code == 302
    people = rows.Person.listing(index="gsi2", known={}).rows
    assert [person.name for person in people] == ["さくら 山田"]


def test_a_filter_named_twice_is_refused(as_alice: Client) -> None:
    page = as_alice.get(f"{LIST}?status__exact=scheduled&status__exact=cancelled")

    assert page.status_code == 302
    assert page.headers["Location"].endswith("?e=1")


@pytest.mark.parametrize(("port", "told"), [("Avalon", True), ("shelter island", False)])
def test_saving_warns_of_another_port(as_alice: Client, port: str, told: bool) -> None:
    make_vessel()
    ports = {"departure_port": "Shelter Island", "return_port": port}

    added = as_alice.post(ADD, filled(**ports), follow=True)
    changed = as_alice.post(CHANGE, form_of(as_alice.get(CHANGE)) | {"title": "Moonrise"}, follow=True)

    assert ("46 USC 30527" in added.text) is told
    assert ("46 USC 30527" in changed.text) is told
