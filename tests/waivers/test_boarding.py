from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest

from events import bookings
from events.errors import BadValue
from events.rows import CrewRole, Event, Patron, Status
from scc.staff import audit
from tests.builders import make_crew, make_event, make_party, make_person
from tests.conftest import RequestsMade
from tests.dynamo.faults import answers_lost, meanwhile
from tests.waivers.builders import make_signature, make_signer, sign
from tests.waivers.manifests import BOB, DANA, fresh, line_of, make_line, read
from waivers import acts, boarding, matching, signing, verifying
from waivers.boarding import BoatFull, CannotBoard, UnknownLine
from waivers.rows import LifeEvent, Role, State, Waiver

pytestmark = pytest.mark.usefixtures("table")


@pytest.fixture
def event(table: None) -> Event:
    return make_event(capacity=2)


@pytest.fixture
def party(event: Event) -> Patron:
    return make_party(event=event, size=2)


def lives_of(line: Waiver) -> list[str]:
    return [each.what for each in LifeEvent.listing(known={"waiver_id": line.record_id}, prefix="")]


def test_board_marks_the_line_and_counts_one(event: Event, party: Patron) -> None:
    line = make_line(event, of=party)

    head = boarding.board(event.slug, line.ulid, by=BOB)

    assert head.is_aboard
    assert line_of(line).aboard_by == "bob"
    assert fresh(event).aboard == 1
    assert lives_of(line) == ["boarded"]
    (entry,) = audit.history_of(line)
    assert (entry.recorded_by, entry.summary) == ("bob", f"Boarded: waiver {line.reference}")


def test_board_is_one_query_and_one_transaction(event: Event, party: Patron, requests_made: RequestsMade) -> None:
    line = make_line(event, of=party)
    read(event)

    with requests_made() as made:
        boarding.board(event.slug, line.ulid, by=BOB)

    assert made == {"Query": 1, "TransactWriteItems": 1}


def test_board_twice_counts_once(event: Event, party: Patron) -> None:
    line = make_line(event, of=party)
    boarding.board(event.slug, line.ulid, by=BOB)

    boarding.board(event.slug, line.ulid, by=DANA)

    assert fresh(event).aboard == 1
    assert line_of(line).aboard_by == "bob"
    assert lives_of(line) == ["boarded"]


def test_board_of_two_phones_at_once_counts_once(event: Event, party: Patron) -> None:
    line = make_line(event, of=party)

    with meanwhile("TransactWriteItems", lambda: boarding.board(event.slug, line.ulid, by=DANA)) as done:
        head = boarding.board(event.slug, line.ulid, by=BOB)

    assert done
    assert head.line.aboard_by == "dana"
    assert fresh(event).aboard == 1


def test_board_whose_answer_is_lost_counts_once(event: Event, party: Patron) -> None:
    line = make_line(event, of=party)

    with answers_lost("TransactWriteItems", times=1) as lost:
        boarding.board(event.slug, line.ulid, by=BOB)

    assert lost
    assert fresh(event).aboard == 1


def test_leave_takes_it_back(event: Event, party: Patron) -> None:
    line = make_line(event, of=party)
    boarding.board(event.slug, line.ulid, by=BOB)

    boarding.leave(event.slug, line.ulid, by=BOB)
    boarding.leave(event.slug, line.ulid, by=BOB)

    assert line_of(line).aboard_at is None
    assert line_of(line).aboard_by == ""
    assert fresh(event).aboard == 0
    assert lives_of(line) == ["boarded", "not aboard"]


def test_board_is_refused_when_the_boat_is_full(event: Event) -> None:
    party = make_party(event=event, size=3)
    lines = [make_line(event, of=party, name=name) for name in ("Ana", "Bea", "Cy")]
    for line in lines[:2]:
        boarding.board(event.slug, line.ulid, by=BOB)

    with pytest.raises(BoatFull, match="2 aboard, and it may carry 2 guests"):
        boarding.board(event.slug, lines[2].ulid, by=BOB)

    assert fresh(event).aboard == 2
    assert line_of(lines[2]).aboard_at is None


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_board_for_the_last_place_takes_the_first_of_two(event: Event, order: tuple[int, int]) -> None:
    party = make_party(event=event, size=3)
    one, *two = [make_line(event, of=party, name=name) for name in ("Ana", "Bea", "Cy")]
    boarding.board(event.slug, one.ulid, by=BOB)
    quick, slow = two[order[0]], two[order[1]]

    first = meanwhile("TransactWriteItems", lambda: boarding.board(event.slug, quick.ulid, by=DANA))
    with first, pytest.raises(BoatFull):
        boarding.board(event.slug, slow.ulid, by=BOB)

    assert fresh(event).aboard == 2
    assert line_of(quick).aboard_at is not None
    assert line_of(slow).aboard_at is None


def test_board_of_many_at_once_fills_the_boat_and_no_more() -> None:
    event = make_event(capacity=4)
    party = make_party(event=event, size=8)
    lines = [make_line(event, of=party, name=f"Guest {number}") for number in range(8)]

    def try_one(line: Waiver) -> bool:
        try:
            return boarding.board(event.slug, line.ulid, by=BOB).is_aboard
        except BoatFull:
            return False

    with ThreadPoolExecutor(8) as pool:
        boarded = list(pool.map(try_one, lines))

    assert sum(boarded) == 4
    assert fresh(event).aboard == 4
    assert [line_of(line).aboard_at is not None for line in lines] == boarded


def test_board_meets_a_capacity_that_is_lowered_meanwhile(event: Event, party: Patron) -> None:
    lines = [make_line(event, of=party, name=name) for name in ("Ana", "Bea")]
    boarding.board(event.slug, lines[0].ulid, by=BOB)
    alone = fresh(event)

    def lower() -> None:
        bookings.change_party(event=alone, party=stored_party(party), changes={"size": 1}, by=DANA)
        bookings.change_event(event=fresh(event), changes={"capacity": 1}, by=DANA)

    with meanwhile("TransactWriteItems", lower), pytest.raises(BoatFull):
        boarding.board(event.slug, lines[1].ulid, by=BOB)

    assert fresh(event).aboard == 1


def stored_party(party: Patron) -> Patron:
    found = Patron.fetch(event_id=party.event_id, ulid=party.ulid)
    assert found is not None
    return found


def test_capacity_is_not_lowered_below_who_is_aboard(event: Event) -> None:
    party = make_party(event=event, size=1)
    for name in ("Ana", "Bea"):
        line = make_line(event, of=party, name=name)
        boarding.board(event.slug, line.ulid, by=BOB)

    with pytest.raises(BadValue, match="2 guests are aboard already"):
        bookings.change_event(event=fresh(event), changes={"capacity": 1}, by=DANA)


def test_crew_do_not_count_against_the_capacity() -> None:
    event = make_event(capacity=1)
    guest = make_line(event, of=make_party(event=event, size=1))
    boarding.board(event.slug, guest.ulid, by=BOB)
    captain = make_crew(event=event, person=make_person(), role=CrewRole.CAPTAIN)
    crew = make_line(event, of=captain, name="Bob Reyes", role=Role.CREW)

    boarding.board(event.slug, crew.ulid, by=BOB)

    found = read(event)
    assert (found.aboard, found.crew_aboard, found.event.aboard) == (1, 1, 1)


def test_nobody_boards_without_a_signature_that_counts(event: Event, party: Patron) -> None:
    replaced = make_line(event, of=party, name="Ana", state=State.REPLACED.value)
    ended = make_line(event, of=party, name="Bea", valid_until=date(2026, 5, 1))

    with pytest.raises(UnknownLine):
        boarding.board(event.slug, replaced.ulid, by=BOB)
    with pytest.raises(CannotBoard, match=r"Bea cannot board\. Valid to 1 May 2026 only: must sign again\."):
        boarding.board(event.slug, ended.ulid, by=BOB)

    assert fresh(event).aboard == 0


def test_nobody_boards_without_a_place_on_the_manifest(event: Event) -> None:
    line = make_line(event, name="Cy")

    with pytest.raises(CannotBoard, match=r"Cy has no place on the manifest\. Link the signature"):
        boarding.board(event.slug, line.ulid, by=BOB)


def test_who_is_found_by_name_boards(event: Event) -> None:
    make_party(event=event, name="Ana López", size=1)
    line = make_line(event, name="Ana Lopez")

    assert boarding.board(event.slug, line.ulid, by=BOB).is_aboard


@pytest.mark.parametrize("status", [Status.CANCELLED, Status.DRAFT])
def test_nobody_boards_what_does_not_sail(status: Status) -> None:
    event = make_event(capacity=2)
    line = make_line(event, of=make_party(event=event))
    bookings.change_event(event=fresh(event), changes={"status": status.value}, by=DANA)

    with pytest.raises(CannotBoard, match="nobody boards it"):
        boarding.board(event.slug, line.ulid, by=BOB)


@pytest.mark.parametrize("slug", ["2026-05-23", "2026-05-24", "nonsense"])
def test_an_unknown_line_is_said(event: Event, slug: str) -> None:
    with pytest.raises(UnknownLine):
        boarding.board(slug, "01KR0A1B2C3D4E5F6G7H8J9KMN", by=BOB)


# Who signs anew


def faults_of(event: Event) -> list[str]:
    return [fault.text for fault in verifying.verify(event.slug).faults]


def sign_anew(event: Event, *, name: str = "Ana López", role: Role = Role.GUEST) -> Waiver:
    return signing.sign(
        event=fresh(event),
        signer=make_signer(name=name, role=role),
        signature=make_signature(),
        origin=acts.Origin(),
        replace=True,
    ).line


def test_who_signs_anew_keeps_the_place_and_stays_aboard(event: Event, party: Patron) -> None:
    before = make_line(event, name="Ana López")
    matching.link(read(event), before.ulid, f"p{party.ulid}", by=DANA)
    boarding.board(event.slug, before.ulid, by=BOB)

    line = sign_anew(event)

    found = read(event)
    assert [head.line.ulid for head in found.parties[0].heads] == [line.ulid]
    assert (found.aboard, found.event.aboard, found.event.signed) == (1, 1, 1)
    boarding.leave(event.slug, line.ulid, by=BOB)
    assert fresh(event).aboard == 0
    assert faults_of(event) == []


def test_who_signs_anew_while_checked_in_stays_aboard(event: Event, party: Patron) -> None:
    before = make_line(event, name="Ana López")
    matching.link(read(event), before.ulid, f"p{party.ulid}", by=DANA)

    def check_in() -> None:
        boarding.board(event.slug, before.ulid, by=BOB)

    # Between what the second try reads and what it writes.
    with meanwhile("BatchGetItem", check_in):
        line = sign_anew(event)

    assert line_of(line).aboard_at is not None
    assert fresh(event).aboard == 1
    assert faults_of(event) == []


def test_a_guest_who_signs_anew_as_crew_no_longer_counts_as_a_guest_aboard(event: Event, party: Patron) -> None:
    before = make_line(event, name="Ana López")
    matching.link(read(event), before.ulid, f"p{party.ulid}", by=DANA)
    boarding.board(event.slug, before.ulid, by=BOB)

    line = sign_anew(event, role=Role.CREW)

    assert line_of(line).aboard_at is None
    assert (fresh(event).aboard, fresh(event).signed) == (0, 0)


def test_the_trail_of_a_boarding_names_no_signer(event: Event, party: Patron) -> None:
    line = sign(event=fresh(event), name="Ana López").line
    boarding.board(event.slug, make_line(event, of=party, name="Zoë Quill").ulid, by=BOB)

    entries = [*audit.latest_by("bob"), *audit.history_of(line)]

    assert entries
    assert not any("Quill" in f"{entry.summary}{entry.subject_name}{entry.differences}" for entry in entries)
