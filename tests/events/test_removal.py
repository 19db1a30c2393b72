"""Removal by expiry, as departures and the admin use it: the web function may delete nothing but sessions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
from django.test import Client, RequestFactory

from events import bookings, errors, rows
from payments import ledger
from payments.drafts import BadEntry
from scc.dynamo.checks import kinds
from scc.dynamo.errors import Conflict
from scc.dynamo.models import DynamoModel
from scc.dynamo.rows import Row
from scc.dynamo.units import Unit
from scc.staff.actors import Actor
from scc.staff.models import User
from scc.staff.urls import site
from tests.builders import make_crew, make_event, make_party, make_person, make_vessel
from tests.conftest import RequestsMade
from tests.dynamo.faults import answers_lost, bodies_of, meanwhile
from tests.dynamo.test_admin import form_of
from tests.waivers.test_texts import make_draft
from waivers.rows import WaiverText

ALICE = Actor("alice", "Alice Archer")
EVENT = "/admin/events/event/2026-05-23/"

pytestmark = pytest.mark.usefixtures("table")


def inside() -> list[str]:
    return [row.sk.partition("#")[0] for row in Row.collection("EVENT#2026-05-23")]


def left_in_the_table() -> list[str]:
    return sorted(row.sk.partition("#")[0] for row in Row.scan() if row.pk == "EVENT#2026-05-23")


def stored() -> rows.Event:
    event = rows.Event.fetch(slug="2026-05-23")
    assert event is not None
    return event


# Departures


def test_a_slug_is_free_as_soon_as_its_departure_is_deleted(requests_made: RequestsMade) -> None:
    vessel = make_vessel()
    event = make_event()
    make_crew(event=event, person=make_person())
    bookings.delete_event(event=event, by=ALICE)

    with requests_made() as made:
        again = bookings.schedule(starts_at=event.starts_at, title="Moonrise", vessel=vessel, by=ALICE)

    assert again.slug == "2026-05-23"
    assert made == {"BatchGetItem": 1, "TransactWriteItems": 1}
    assert (stored().title, stored().crew_count, stored().is_removed) == ("Moonrise", 0, False)
    # The old assignment waits for DynamoDB, in the new departure's partition, and is not seen there.
    assert inside() == ["META"]
    assert left_in_the_table() == ["CREW", "META"]


def test_a_departure_is_empty_again_when_its_parties_were_removed() -> None:
    event = make_event()
    party = make_party(event=event)
    bookings.remove_party(event=event, party=party, by=ALICE)

    bookings.delete_event(event=stored(), by=ALICE)

    assert inside() == []
    assert left_in_the_table() == ["META", "PATRON"]


def taken_off(event: rows.Event, count: int) -> None:
    """Leave `event` as though so many from a file had been taken off it."""
    for first in range(0, count, 100):
        unit = Unit()
        for number in range(first, min(count, first + 100)):
            unit.put(rows.TakenOff(event_id=event.slug, ulid=f"{number}", import_digest="2c26", import_names="fcde"))
        unit.commit()


def test_a_departure_is_deleted_however_many_were_taken_off_it(as_alice: Client) -> None:
    event = make_event()
    make_crew(event=event, person=make_person())
    taken_off(event, 250)

    as_alice.post(f"{EVENT}delete/", {"post": "yes"})

    assert inside() == []


def test_delete_event_goes_on_where_it_ended() -> None:
    event = make_event()
    taken_off(event, 250)

    with pytest.raises(KeyboardInterrupt), meanwhile("TransactWriteItems", stop, after=2):
        bookings.delete_event(event=event, by=ALICE)
    left = Counter(inside())
    bookings.delete_event(event=event, by=ALICE)

    assert left == {"META": 1, "TAKENOFF": 98}
    assert inside() == []


def stop() -> None:
    raise KeyboardInterrupt


def test_delete_event_forgets_no_more_once_someone_joins() -> None:
    event = make_event()
    taken_off(event, 250)

    with (
        pytest.raises(Conflict),
        meanwhile("TransactWriteItems", lambda: bookings.add_party(event=event, name="Noor", by=ALICE), after=1),
    ):
        bookings.delete_event(event=event, by=ALICE)

    assert Counter(inside()) == {"META": 1, "PATRON": 1, "TAKENOFF": 151}


def test_a_deleted_departure_is_on_no_list() -> None:
    event = make_event()
    bookings.delete_event(event=event, by=ALICE)

    assert rows.Event.listing(index="gsi1", known={"year": "2026"}).rows == []
    assert rows.Event.listing(index="gsi2", known={"year": "2026"}).rows == []


def test_delete_event_meets_its_own_lost_answer() -> None:
    event = make_event()

    with answers_lost("TransactWriteItems", times=3):
        bookings.delete_event(event=event, by=ALICE)

    assert inside() == []


def test_a_payment_does_not_bring_a_deleted_departure_back() -> None:
    event = make_event()
    bookings.delete_event(event=event, by=ALICE)

    with pytest.raises(ledger.UnknownEvent):
        ledger.record(event=event, patron_name="Ana", amount_cents=12_500, method="cash", by=ALICE)

    assert left_in_the_table() == ["META"]
    assert inside() == []


# Parties and crew


def test_a_removed_party_takes_no_payment() -> None:
    event = make_event()
    party = make_party(event=event)
    bookings.remove_party(event=event, party=party, by=ALICE)

    with pytest.raises(BadEntry):
        ledger.record(
            event=event.slug, patron_name="Ana", amount_cents=12_500, method="cash", patron_id=party.ulid, by=ALICE
        )

    assert inside() == ["META"]


def test_a_removed_party_is_removed_once() -> None:
    event = make_event()
    party = make_party(event=event, size=4)
    bookings.remove_party(event=event, party=party, by=ALICE)

    with pytest.raises(Conflict):
        bookings.remove_party(event=event, party=party, by=ALICE)

    assert stored().booked == 0


def test_what_someone_was_unassigned_from_is_not_on_their_list() -> None:
    event = make_event()
    bob = make_person()
    bookings.unassign(event=event, assignment=make_crew(event=event, person=bob), by=ALICE)

    assert rows.CrewAssignment.listing(index="gsi1", known={"person_id": bob.ulid}).rows == []


def test_a_move_leaves_removed_crew_where_it_was() -> None:
    event = make_event()
    gone = make_crew(event=event, person=make_person())
    bookings.unassign(event=event, assignment=gone, by=ALICE)

    bookings.change_event(event=stored(), changes={"starts_at": event.starts_at.replace(hour=3)}, by=ALICE)

    assert inside() == ["META"]


def test_a_party_cannot_join_a_deleted_departure() -> None:
    event = make_event()
    bookings.delete_event(event=event, by=ALICE)

    with pytest.raises(errors.NoSuchEvent):
        bookings.add_party(event=event, name="Zoë", by=ALICE)


# What may be removed at all


def test_nothing_of_money_waivers_or_the_trail_is_removable() -> None:
    ours = [kind for kind in kinds() if not kind.__module__.startswith("tests.")]

    removable = {str(Row.kind.get_discriminator(kind)) for kind in ours if kind.REMOVABLE}

    # Of waivers what says that a PDF is still to be made, and whose place on a departure it is: both end.
    of_waivers = {"PDFDUE", "SIGNER"}
    assert removable == {"CREW", "EVENT", "PATRON", "PERSON", "TAKENOFF", "USER", "WAIVERTEXT"} | of_waivers


def test_all_that_the_admin_lets_an_owner_delete_is_removable(alice: User) -> None:
    request = RequestFactory().get("/")
    request.user = alice
    admins = [*site._registry.values()]
    inlines = [inline for each in admins for inline in each.get_inline_instances(request)]

    deletable = [each.model for each in (*admins, *inlines) if each.has_delete_permission(request)]

    assert deletable
    assert [model for model in deletable if not (issubclass(model, DynamoModel) and model.row_class.REMOVABLE)] == []


def delete_event(client: Client) -> object:
    make_crew(event=make_event(), person=make_person())
    return client.post(f"{EVENT}delete/", {"post": "yes"})


def remove_inlines(client: Client) -> object:
    event = make_event(vessel=make_vessel())
    make_party(event=event)
    make_crew(event=event, person=make_person())
    ticked = {"patron_set-0-DELETE": "on", "crewassignment_set-0-DELETE": "on"}
    return client.post(f"{EVENT}change/", form_of(client.get(f"{EVENT}change/")) | ticked)


def delete_person(client: Client) -> object:
    return client.post(f"/admin/events/person/{make_person().ulid}/delete/", {"post": "yes"})


def delete_draft(client: Client) -> object:
    return client.post(f"/admin/waivers/waivertext/{make_draft().ulid}/delete/", {"post": "yes"})


@pytest.mark.parametrize("delete", [delete_event, remove_inlines, delete_person, delete_draft])
def test_the_admin_deletes_by_updates(
    delete: Callable[[Client], object], as_alice: Client, requests_made: RequestsMade
) -> None:
    with requests_made() as made, bodies_of("TransactWriteItems") as sent:
        answer = delete(as_alice)

    verbs = {verb for body in sent for write in body["TransactItems"] for verb in write}
    assert answer.status_code == 302  # type: ignore[attr-defined]  # a response
    assert verbs <= {"Put", "Update", "ConditionCheck"}
    assert made["DeleteItem"] == 0
    left = [row for row in Row.scan() if row.is_removed]
    assert left
    assert all(row.gsi1pk is None and row.gsi2pk is None for row in left)
    assert list(WaiverText.listing(index="gsi1", known={})) == []


def test_a_unit_removes_no_payment(alice: User) -> None:
    event = make_event()
    entry = ledger.record(event=event, patron_name="Ana", amount_cents=12_500, method="cash", by=alice).payment

    with pytest.raises(TypeError, match="Payment is not removable"):
        Unit().delete(entry)
