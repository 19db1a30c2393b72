"""Rules of the manifest, the crew and the schedule, against a real table."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, time, timedelta
from threading import Barrier
from typing import Any

import pytest

from events import bookings, drafts, errors, revising, rows
from events.errors import EventFull, EventNotEmpty, PartyHasPayments, SlugTaken
from events.revisions import Revision
from scc.dynamo.errors import Conflict
from scc.dynamo.rows import Row
from scc.dynamo.units import Unit
from scc.staff import audit
from scc.staff.actors import Actor
from tests.builders import make_crew, make_event, make_party, make_person, make_vessel
from tests.conftest import RequestsMade

ALICE = Actor("alice", "Alice Archer")
BOB = Actor("bob", "Bob Reyes")

pytestmark = pytest.mark.usefixtures("table")


def stored(event: rows.Event) -> rows.Event:
    found = rows.Event.fetch(slug=event.slug)
    assert found is not None
    return found


def summaries(event: rows.Event) -> list[str]:
    return [entry.summary for entry in audit.history_of(event)]


def in_partition(event: rows.Event) -> list[str]:
    return [row.sk.partition("#")[0] for row in Row.collection(f"EVENT#{event.slug}")]


def at_once(count: int, act: Callable[[int], Any]) -> list[Any]:
    """Return what each of `count` threads got from `act`, the errors among them, all started together."""
    barrier = Barrier(count)

    def one(number: int) -> Any:
        barrier.wait()
        try:
            return act(number)
        except (errors.BookingError, Conflict) as exc:
            return exc

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


# The schedule


def test_schedule_takes_the_next_free_slug_of_its_date(requests_made: RequestsMade) -> None:
    vessel = make_vessel()
    event = make_event(date=date(2026, 5, 23), starts=time(18, 15))
    with requests_made() as made:
        second = bookings.schedule(
            starts_at=event.starts_at - timedelta(hours=8), title="Morning", vessel=vessel, by=ALICE
        )

    assert second.slug == "2026-05-23-1015"
    assert made == {"BatchGetItem": 1, "TransactWriteItems": 1}


def test_schedule_stores_the_event_and_one_audit_entry() -> None:
    vessel = make_vessel()
    model = make_event(slug="2026-01-01")

    event = bookings.schedule(
        starts_at=model.starts_at, ends_at=model.ends_at, title="Sunset", vessel=vessel, price_cents=65_000, by=ALICE
    )

    assert stored(event).capacity == vessel.capacity
    assert stored(event).date == date(2026, 5, 23)
    assert stored(event).gsi1sk == "2026-05-24T01:15:00.000Z#2026-05-23"
    assert summaries(event) == ["Scheduled Sunset, Sat 23 May 2026, 18:15"]
    assert audit.history_of(event)[0].recorded_by == "alice"


def test_schedule_refuses_a_slug_that_is_taken() -> None:
    vessel = make_vessel()
    event = make_event(slug="2026-05-23-sunset")

    with pytest.raises(SlugTaken, match="2026-05-23-sunset"):
        bookings.schedule(starts_at=event.starts_at, title="Other", vessel=vessel, slug=event.slug, by=ALICE)

    assert stored(event).title == "Sunset sail"
    assert summaries(event) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": " "}, "title"),
        ({"capacity": 0}, "capacity"),
        ({"capacity": 10_000}, "capacity"),
        ({"price_cents": -1}, "price_cents"),
        ({"price_cents": 100_000_001}, "price_cents"),
        ({"status": "sunk"}, "status"),
    ],
)
def test_change_event_refuses_what_a_departure_cannot_be(changes: dict[str, object], field: str) -> None:
    event = make_event()

    with pytest.raises(errors.BadValue) as refused:
        bookings.change_event(event=event, changes=changes, by=ALICE)

    assert refused.value.field == field
    assert stored(event).version == 1


def test_change_event_refuses_to_set_a_figure() -> None:
    event = make_event()

    with pytest.raises(TypeError, match="booked"):
        bookings.change_event(event=event, changes={"booked": 0}, by=ALICE)


def test_change_event_says_what_changed() -> None:
    event = make_event()

    bookings.change_event(event=event, changes={"title": "Moonlight sail", "price_cents": 120_000}, by=ALICE)

    entry = audit.history_of(event)[0]
    assert entry.summary == "Changed price, title"
    assert entry.changed == {"price_cents": ("110000", "120000"), "title": ("Sunset sail", "Moonlight sail")}
    assert stored(event).folded_title == "moonlight sail"
    assert stored(event).gsi2sk == "moonlight sail#2026-05-23"


def test_change_event_writes_nothing_for_nothing(requests_made: RequestsMade) -> None:
    event = make_event()

    with requests_made() as made:
        bookings.change_event(event=event, changes={"title": event.title}, by=ALICE)

    assert made == {}
    assert summaries(event) == []


def test_change_event_of_the_second_of_two_is_a_conflict() -> None:
    event = make_event()
    seen_by_bob = stored(event)
    bookings.change_event(event=event, changes={"title": "Moonlight sail"}, by=ALICE)

    with pytest.raises(Conflict):
        bookings.change_event(event=seen_by_bob, changes={"note": "Cake"}, by=BOB)

    assert stored(event).note == ""
    assert len(summaries(event)) == 1


def test_change_event_leaves_room_for_a_payment_that_comes_meanwhile() -> None:
    event = make_event()
    payment = Unit()
    payment.update(event, add={"received_cents": 12_500})
    payment.commit()

    bookings.change_event(event=event, changes={"title": "Moonlight sail"}, by=ALICE)

    assert stored(event).received_cents == 12_500


def test_change_event_moves_the_crew_with_the_start() -> None:
    event = make_event()
    bob = make_person()
    make_crew(event=event, person=bob)
    starts_at = event.starts_at + timedelta(days=1)

    bookings.change_event(event=event, changes={"starts_at": starts_at, "ends_at": None}, by=ALICE)

    assigned = rows.CrewAssignment.listing(index="gsi1", known={"person_id": bob.ulid}).rows
    assert [each.gsi1sk for each in assigned] == ["2026-05-25T01:15:00.000Z#2026-05-23"]
    assert stored(event).date == date(2026, 5, 24)
    assert stored(event).slug == "2026-05-23"


def test_change_event_over_the_new_year_moves_parties_in_the_search() -> None:
    event = make_event(date=date(2026, 12, 31))
    make_party(event=event, name="Ana López")

    bookings.change_event(
        event=event, changes={"starts_at": event.starts_at + timedelta(days=1), "ends_at": None}, by=ALICE
    )

    found = rows.Patron.listing(index="gsi2", known={"year": "2027"}, prefix="ana").rows
    assert [party.name for party in found] == ["Ana López"]
    assert rows.Patron.listing(index="gsi2", known={"year": "2026"}, prefix="ana").rows == []


def test_change_event_of_the_start_meets_a_new_assignment() -> None:
    event = make_event()
    seen_before = stored(event)
    bookings.assign(event=event, person=make_person(), role="mate", by=ALICE)

    with pytest.raises(Conflict):
        bookings.change_event(
            event=seen_before, changes={"starts_at": event.starts_at + timedelta(hours=1), "ends_at": None}, by=BOB
        )


def test_cancel_hides_the_event_and_keeps_its_manifest() -> None:
    event = make_event()
    make_party(event=event)

    bookings.cancel(event=event, by=ALICE)

    assert not stored(event).is_open
    assert in_partition(event) == ["META", "PATRON"]
    assert audit.history_of(event)[0].action == "cancelled"


def test_delete_event_takes_its_crew_along() -> None:
    event = make_event()
    make_crew(event=event, person=make_person())

    bookings.delete_event(event=event, by=ALICE)

    assert in_partition(event) == []
    assert audit.history_of(event)[0].action == "deleted"


def test_delete_event_names_what_is_there() -> None:
    event = make_event()
    make_party(event=event)
    make_party(event=event, name="Zoë")

    with pytest.raises(EventNotEmpty, match="2 parties"):
        bookings.delete_event(event=event, by=ALICE)

    assert len(in_partition(event)) == 3


def test_delete_event_meets_a_payment_made_meanwhile() -> None:
    event = make_event()
    unit = Unit()
    unit.update(event, add={"ledger_count": 1})
    unit.commit()

    with pytest.raises(Conflict):
        bookings.delete_event(event=event, by=ALICE)

    assert in_partition(event) == ["META"]


# The manifest


def test_add_party_counts_its_heads_and_price() -> None:
    event = make_event(capacity=6)

    party = bookings.add_party(event=event, name="Ana López", size=4, price_cents=50_000, by=ALICE)

    assert (stored(event).booked, stored(event).parties_cents) == (4, 50_000)
    assert rows.Patron.fetch(event_id=event.slug, ulid=party.ulid) is not None
    assert summaries(event) == ["Added Ana López, party of 4"]


def test_add_party_does_not_invalidate_an_open_form_of_the_event() -> None:
    event = make_event()

    bookings.add_party(event=event, name="Ana López", by=ALICE)

    assert stored(event).version == event.version


def test_add_party_fills_the_last_place_and_no_more() -> None:
    event = make_event(capacity=4)
    bookings.add_party(event=event, name="Ana López", size=4, by=ALICE)

    with pytest.raises(EventFull, match=r"4 booked of 4: room for 0 more, not for 1") as full:
        bookings.add_party(event=stored(event), name="Zoë", size=1, by=ALICE)

    assert full.value.room == 0
    assert in_partition(event) == ["META", "PATRON"]


def test_add_party_is_held_by_the_stored_event_not_by_the_one_read() -> None:
    event = make_event(capacity=4)
    read_before = stored(event)
    bookings.add_party(event=event, name="Ana López", size=3, by=ALICE)

    with pytest.raises(EventFull, match="room for 1 more"):
        bookings.add_party(event=read_before, name="Zoë", size=2, by=BOB)

    assert stored(event).booked == 3


def test_add_party_meets_a_capacity_that_shrank() -> None:
    event = make_event(capacity=12)
    read_before = stored(event)
    bookings.change_event(event=event, changes={"capacity": 2}, by=ALICE)

    with pytest.raises(EventFull):
        bookings.add_party(event=read_before, name="Zoë", size=3, by=BOB)


def test_add_party_by_ten_at_once_never_overfills() -> None:
    event = make_event(capacity=6)

    got = at_once(10, lambda n: bookings.add_party(event=event, name=f"Party {n}", size=2, by=ALICE))

    assert sum(isinstance(each, rows.Patron) for each in got) == 3
    assert sum(isinstance(each, EventFull) for each in got) == 7
    assert stored(event).booked == 6
    assert in_partition(event) == ["META", "PATRON", "PATRON", "PATRON"]
    assert len(summaries(event)) == 3


def test_add_party_would_overfill_without_the_condition(monkeypatch: pytest.MonkeyPatch) -> None:
    event = make_event(capacity=6)
    unguarded = Unit.update

    def update(unit: Unit, row: Row, **said: Any) -> None:
        unguarded(unit, row, **{**said, "expect": None})

    monkeypatch.setattr(Unit, "update", update)

    at_once(10, lambda n: bookings.add_party(event=event, name=f"Party {n}", size=2, by=ALICE))

    assert stored(event).booked > 6


def test_add_party_to_a_departure_that_is_gone() -> None:
    event = make_event()
    bookings.delete_event(event=event, by=ALICE)

    with pytest.raises(errors.NoSuchEvent):
        bookings.add_party(event=event, name="Ana López", by=ALICE)

    assert in_partition(event) == []


def test_change_party_moves_the_figures_by_the_difference() -> None:
    event = make_event(capacity=12)
    party = make_party(event=event, size=4, price_cents=50_000)

    bookings.change_party(event=event, party=party, changes={"size": 6, "price_cents": 40_000}, by=ALICE)

    assert (stored(event).booked, stored(event).parties_cents) == (6, 40_000)
    assert summaries(event) == ["Changed price, size of Ana López, party of 4"]


def test_change_party_seen_before_another_change_is_a_conflict() -> None:
    event = make_event()
    party = make_party(event=event, size=4)
    bookings.change_party(event=event, party=party, changes={"size": 5}, by=ALICE)

    with pytest.raises(Conflict):
        bookings.change_party(event=event, party=party, changes={"size": 6}, by=BOB)

    assert stored(event).booked == 5


def test_add_party_per_head_costs_that_for_each() -> None:
    event = make_event()

    party = bookings.add_party(event=event, name="Ana López", size=4, head_price_cents=12_550, by=ALICE)

    assert (party.price_cents, party.head_price_cents) == (50_200, 12_550)
    assert stored(event).parties_cents == 50_200


@pytest.mark.parametrize(
    ("changes", "price", "per_head"),
    [
        ({"size": 6}, 60_000, 10_000),
        ({"head_price_cents": 12_000}, 48_000, 12_000),
        ({"size": 1, "head_price_cents": 12_000}, 12_000, 12_000),
        ({"price_cents": 35_000}, 35_000, 0),
        ({"price_cents": 40_000}, 40_000, 0),
        ({"head_price_cents": 0}, 40_000, 0),
        ({"price_cents": 0, "head_price_cents": 9_000}, 36_000, 9_000),
        ({"phone": "619"}, 40_000, 10_000),
    ],
)
def test_change_party_moves_what_it_owes_with_its_heads(
    changes: dict[str, object], price: int, per_head: int, requests_made: RequestsMade
) -> None:
    event = make_event()
    party = make_party(event=event, size=4, price_cents=40_000, head_price_cents=10_000)

    with requests_made() as made:
        bookings.change_party(event=event, party=party, changes=changes, by=ALICE)

    kept = rows.Patron.fetch(event_id=event.slug, ulid=party.ulid)
    assert kept is not None
    assert (kept.price_cents, kept.head_price_cents) == (price, per_head)
    assert stored(event).parties_cents == price
    assert made == {"TransactWriteItems": 1}


@pytest.mark.parametrize("changes", [{"name": "Ana"}, {"price_cents": 50_000}])
def test_change_party_leaves_a_price_for_the_party_as_it_is(changes: dict[str, object]) -> None:
    event = make_event()
    party = make_party(event=event, size=4, price_cents=50_000)

    bookings.change_party(event=event, party=party, changes={**changes, "size": 6}, by=ALICE)

    assert stored(event).parties_cents == 50_000


@pytest.mark.parametrize(
    ("values", "field", "reason"),
    [
        ({"price_cents": 50_000, "head_price_cents": 12_500}, "price_cents", "not both"),
        ({"head_price_cents": -1}, "head_price_cents", "Must be from 0"),
        ({"size": 9, "head_price_cents": 90_000_000}, "price_cents", "Must be from 0"),
        ({"price_cents": 50_000, "deposit_cents": 50_001}, "deposit_cents", r"more than the price, \$500\.00"),
        ({"size": 2, "head_price_cents": 5_000, "deposit_cents": 10_001}, "deposit_cents", "more than the price"),
        ({"deposit_cents": 1}, "deposit_cents", "more than the price"),
    ],
)
def test_add_party_refuses_prices_that_contradict_each_other(values: dict[str, Any], field: str, reason: str) -> None:
    event = make_event()

    with pytest.raises(errors.BadValue, match=reason) as refused:
        bookings.add_party(event=event, name="Ana López", **values, by=ALICE)

    assert refused.value.field == field
    assert in_partition(event) == ["META"]


def test_change_party_refuses_fewer_heads_than_the_deposit_is_worth() -> None:
    event = make_event()
    party = make_party(event=event, size=4, price_cents=40_000, head_price_cents=10_000, deposit_cents=20_000)

    with pytest.raises(errors.BadValue, match="The deposit"):
        bookings.change_party(event=event, party=party, changes={"size": 1}, by=ALICE)

    assert stored(event).booked == 4


def test_remove_party_gives_its_room_back() -> None:
    event = make_event(capacity=4)
    party = make_party(event=event, size=4)

    bookings.remove_party(event=event, party=party, by=ALICE)

    assert (stored(event).booked, stored(event).parties_cents) == (0, 0)
    assert in_partition(event) == ["META"]


def test_remove_party_refuses_one_with_payments() -> None:
    event = make_event()
    party = make_party(event=event, received_cents=12_500)

    with pytest.raises(PartyHasPayments, match="Ana López"):
        bookings.remove_party(event=event, party=party, by=ALICE)


def test_remove_party_meets_a_payment_made_meanwhile() -> None:
    event = make_event()
    party = make_party(event=event)
    payment = Unit()
    payment.update(party, add={"received_cents": 12_500})
    payment.commit()

    with pytest.raises(PartyHasPayments, match="Ana López"):
        bookings.remove_party(event=event, party=party, by=ALICE)

    assert stored(event).booked == 4


def test_join_manifest_adds_to_a_unit_with_the_partys_money() -> None:
    event = make_event(capacity=6)
    party = drafts.new_party(event=event, name="Ana López", size=4, price_cents=50_000)
    unit = Unit()

    bookings.join_manifest(unit, event=event, party=party)
    unit.update(event, set={"ledger_head": "abc"}, add={"received_cents": 12_500})
    unit.update(party, add={"received_cents": 12_500})
    unit.commit()

    assert (stored(event).booked, stored(event).parties_cents, stored(event).received_cents) == (4, 50_000, 12_500)
    assert [row.received_cents for row in rows.Patron.listing(known={"event_id": event.slug})] == [12_500]
    assert summaries(event) == []


def test_join_manifest_refuses_what_does_not_fit_by_what_was_read() -> None:
    event = make_event(capacity=4)
    unit = Unit()

    with pytest.raises(EventFull, match="not for 5"):
        bookings.join_manifest(unit, event=event, party=drafts.new_party(event=event, name="Zoë", size=5))

    assert len(unit) == 0


@pytest.mark.parametrize(("others", "is_full"), [(3, True), (2, False)])
def test_told_full_says_what_the_stored_departure_says(others: int, is_full: bool) -> None:
    event = make_event(capacity=4)
    unit = Unit()
    bookings.join_manifest(unit, event=event, party=drafts.new_party(event=event, name="Zoë", size=2))
    unit.update(event, expect=rows.Event.ledger_head.does_not_exist())
    bookings.add_party(event=event, name="Ana López", size=others, by=ALICE)
    payment = Unit()
    payment.update(event, set={"ledger_head": "abc"})
    payment.commit()

    with pytest.raises(Conflict) as conflict:
        unit.commit()

    full = revising.told_full(event, conflict.value, 2)
    assert (full is not None) is is_full
    assert stored(event).booked == others


# Crew


def test_assign_and_unassign_keep_the_count() -> None:
    event = make_event()
    bob = make_person()

    assignment = bookings.assign(event=event, person=bob, role="mate", by=ALICE)
    counted = stored(event).crew_count
    bookings.unassign(event=stored(event), assignment=assignment, by=ALICE)

    assert counted == 1
    assert stored(event).crew_count == 0
    assert summaries(event) == ["Unassigned Bob Reyes, mate", "Assigned Bob Reyes, mate"]


def test_assign_refuses_a_role_that_no_boat_has() -> None:
    event = make_event()

    with pytest.raises(errors.BadValue, match="parrot"):
        bookings.assign(event=event, person=make_person(), role="parrot", by=ALICE)


def test_assign_to_a_departure_that_was_moved_meanwhile() -> None:
    event = make_event()
    read_before = stored(event)
    bookings.change_event(event=event, changes={"starts_at": event.starts_at - timedelta(hours=1)}, by=ALICE)

    with pytest.raises(Conflict):
        bookings.assign(event=read_before, person=make_person(), role="mate", by=BOB)

    assert in_partition(event) == ["META"]


def test_assign_of_somebody_who_is_gone() -> None:
    event = make_event()
    bob = make_person()
    unit = Unit()
    unit.delete(bob)
    unit.commit()

    with pytest.raises(Conflict):
        bookings.assign(event=event, person=bob, role="mate", by=ALICE)

    assert in_partition(event) == ["META"]


# All at once


def test_revise_does_everything_in_one_transaction_with_one_entry(requests_made: RequestsMade) -> None:
    event = make_event(capacity=6)
    leaving = make_party(event=event, name="Zoë", size=4)
    revision = Revision(
        fields={"title": "Moonlight sail", "capacity": 8},
        add_parties=[drafts.new_party(event=event, name="Ana López", size=8)],
        remove_parties=[leaving],
        add_crew=[drafts.new_assignment(event=event, person=make_person(), role="captain")],
    )

    with requests_made() as made:
        revising.revise(event=event, revision=revision, by=ALICE)

    assert made == {"TransactWriteItems": 1}
    assert (stored(event).booked, stored(event).capacity, stored(event).crew_count) == (8, 8, 1)
    assert summaries(event) == [
        "Changed capacity, title; Added Ana López, party of 8; Assigned Bob Reyes, captain; Removed Zoë, party of 4"
    ]


def test_revise_refuses_several_parties_that_fit_one_by_one_but_not_together() -> None:
    event = make_event(capacity=6)
    read_before = stored(event)
    bookings.add_party(event=event, name="Zoë", size=2, by=ALICE)
    several = [drafts.new_party(event=event, name=f"Party {n}", size=2) for n in range(3)]

    with pytest.raises(EventFull, match="room for 4 more, not for 6"):
        revising.revise(event=read_before, revision=Revision(add_parties=several), by=BOB)

    assert stored(event).booked == 2


def test_revise_may_take_parties_off_an_overbooked_departure() -> None:
    event = make_event(capacity=6)
    make_party(event=event, size=6)
    leaving = make_party(event=event, size=2, name="Zoë")

    bookings.remove_party(event=event, party=leaving, by=ALICE)

    assert stored(event).booked == 6


def test_revise_refuses_a_capacity_below_what_is_booked() -> None:
    event = make_event(capacity=12)
    make_party(event=event, size=8)

    with pytest.raises(EventFull, match="8 booked of 6"):
        bookings.change_event(event=stored(event), changes={"capacity": 6}, by=ALICE)
