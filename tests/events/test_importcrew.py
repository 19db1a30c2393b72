"""Crew from a file: people found or added once, one assignment for each on a departure."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from events import bookings, drafts, revising
from events.importing import crew_lines
from events.importing.cells import is_same_phone
from events.revisions import Revision
from scc.staff import audit
from scc.staff.actors import Actor
from tests.builders import make_crew, make_event, make_person
from tests.commands import Ran
from tests.conftest import RequestsMade
from tests.dynamo.faults import answers_lost, meanwhile
from tests.events.importing import Said, crew_of, elsewhere, event_of, items, people, written

pytestmark = pytest.mark.usefixtures("table")

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
ALICE = Actor("alice", "Alice Archer")
BOB = {"name": "Bob Reyes", "role": "captain", "email": "bob@example.com"}
MIA = {"name": "Mia Chen", "role": "Deck hand", "phone": "619-555-0162"}

Import = Callable[..., Ran]


@pytest.fixture
def imported(tmp_path: Path) -> Import:
    """Import a file of crew, each given by its cells; of the departure of the day where it says none."""

    def run(*lines: Said, arguments: tuple[str, ...] = ()) -> Ran:
        said = [{"event": "2026-05-23", **line} for line in lines]
        return Ran("importcrew", written(tmp_path / "crew.csv", crew_lines.COLUMNS, said), *arguments)

    return run


def crew(slug: str = "2026-05-23") -> list[str]:
    return sorted(str(assignment) for assignment in crew_of(slug))


def test_importcrew_carries_the_example() -> None:
    Ran("importevents", EXAMPLES / "season-2026.csv")

    run = Ran("importcrew", EXAMPLES / "crew-2026.csv")

    assert (run.status, run.said) == (0, [])
    assert run.last_line == "crew: 9 read, 9 carried, 0 unchanged, 0 reported; people: 4 carried"
    assert crew() == ["Bob Reyes, captain", "Mia Chen, deckhand"]
    assert [person.name for person in people()] == ["Bob Reyes", "Dana Whitfield", "Mia Chen", "Sol Okafor"]


def test_importcrew_adds_who_is_nobody_yet(imported: Import) -> None:
    make_event()

    imported(MIA)

    (person,) = people()
    assert (person.name, person.role, person.phone, person.email) == ("Mia Chen", "deckhand", "619-555-0162", "")
    assert [(entry.action, entry.recorded_by) for entry in audit.history_of(person)] == [("added", "system")]
    assert [each.person_id for each in crew_of()] == [person.ulid]
    assert event_of().crew_count == 1


def test_importcrew_strict_adds_who_is_nobody_yet(imported: Import) -> None:
    make_event()

    run = imported(MIA, arguments=("--strict",))

    assert run.last_line == "crew: 1 read, 1 carried, 0 unchanged, 0 reported; people: 1 carried"
    assert [each.person_id for each in crew_of()] == [person.ulid for person in people()] != []


def test_importcrew_finds_someone_by_the_folded_name(imported: Import) -> None:
    make_event()
    bob = make_person(name="Bob Réyes", email="", phone="+1 (619) 555-0161")

    imported({"name": "bob  reyes", "role": "mate", "phone": "619.555.0161"})

    assert [(each.person_id, each.person_name, each.role) for each in crew_of()] == [(bob.ulid, "Bob Réyes", "mate")]
    assert len(people()) == 1


def test_importcrew_tells_two_of_a_name_apart(imported: Import) -> None:
    make_event()
    make_person(email="other@example.com")
    bob = make_person(email="BOB@example.com")

    imported(BOB)

    assert [each.person_id for each in crew_of()] == [bob.ulid]


@pytest.mark.parametrize(
    ("stored", "cells", "reason"),
    [
        (2, {"email": ""}, "name: 2 people are called Bob Reyes; give the phone or email that one of them has"),
        (2, {"email": "x@example.com"}, "name: 2 people are called Bob Reyes"),
        (1, {"email": "x@example.com"}, "name: Bob Reyes is stored with another phone or email"),
        (1, {"role": "cabin boy"}, "role: 'cabin boy' is none of captain, mate, deckhand, steward, guide"),
        (1, {"name": ""}, "name: is missing"),
        (1, {"event": "2026-05-24"}, "event: there is no departure 2026-05-24; import the departures first"),
    ],
)
def test_importcrew_reports_what_is_in_doubt(imported: Import, stored: int, cells: Said, reason: str) -> None:
    make_event()
    for number in range(stored):
        make_person(email=f"bob{number}@example.com" if stored > 1 else "bob@example.com")

    run = imported({**BOB, **cells}, MIA)

    assert run.status == 3
    assert run.said[0].startswith(f"line 2: {reason}")
    assert crew() == ["Mia Chen, deckhand"]


def test_importcrew_takes_the_usual_role_of_someone(imported: Import) -> None:
    make_event()
    make_person(role="mate")

    run = imported({"name": "Bob Reyes"}, {"name": "Mia Chen"})

    assert crew() == ["Bob Reyes, mate", "Mia Chen, deckhand"]
    assert run.said == ["line 3: guessed: no role is said: deckhand is taken"]


def test_importcrew_says_what_it_leaves_out(imported: Import) -> None:
    make_event()
    make_person(email="")

    run = imported(BOB)

    assert run.said == ["line 2: guessed: email: Bob Reyes is stored without one, and stays so; add it under People"]


def test_importcrew_writes_a_departure_at_once(imported: Import, requests_made: RequestsMade) -> None:
    make_event()

    with requests_made() as made:
        imported(BOB, MIA)

    assert made["TransactWriteItems"] == 1 + 2
    (entry,) = audit.history_of(event_of())
    assert (entry.action, entry.summary) == ("imported", "Imported 2 of the crew")


def test_importcrew_carries_more_than_a_transaction_takes(imported: Import) -> None:
    make_event()

    run = imported(*({"name": f"Hand {number}", "role": "deckhand"} for number in range(40)))

    assert run.last_line == "crew: 40 read, 40 carried, 0 unchanged, 0 reported; people: 40 carried"
    assert event_of().crew_count == 40


def test_importcrew_dry_run_writes_nothing(imported: Import) -> None:
    make_event()
    before = items()

    run = imported(BOB, MIA, arguments=("--dry-run",))

    assert run.last_line.startswith("crew: 2 read, 2 carried, 0 unchanged, 0 reported; people: 2 carried (dry run")
    assert items() == before


# Again


@pytest.mark.parametrize("number", [{}, {"external_id": "7"}])
def test_importcrew_twice_adds_nothing(imported: Import, number: Said) -> None:
    make_event()
    imported({**BOB, **number}, MIA)
    before = items()

    run = imported({**BOB, **number}, MIA)

    assert run.last_line == "crew: 2 read, 0 carried, 2 unchanged, 0 reported; people: 0 carried"
    assert items() == before


def test_importcrew_carries_a_line_once_when_its_answer_is_lost(imported: Import) -> None:
    make_event()

    with answers_lost("TransactWriteItems", times=1, after=1):
        run = imported(BOB)

    assert run.last_line == "crew: 1 read, 1 carried, 0 unchanged, 0 reported; people: 1 carried"
    assert event_of().crew_count == 1


def test_importcrew_has_someone_on_a_departure_once(imported: Import) -> None:
    event = make_event()
    make_crew(event=event, person=make_person())

    run = imported(BOB, {**BOB, "role": "mate"}, BOB)

    assert run.said == [
        "line 3: Bob Reyes is stored otherwise: role mate here, captain stored",
        "line 4: says the same as line 2",
    ]
    assert crew() == ["Bob Reyes, captain"]


@pytest.mark.parametrize("number", [{}, {"external_id": "7"}])
def test_importcrew_reports_an_edited_role_with_both_versions(imported: Import, number: Said) -> None:
    make_event()
    imported({**BOB, **number})

    run = imported({**BOB, **number, "role": "mate"})

    assert run.said == ["line 2: Bob Reyes is stored otherwise: role mate here, captain stored"]
    assert crew() == ["Bob Reyes, captain"]


def test_importcrew_reports_an_edited_name_with_both_versions(imported: Import) -> None:
    make_event()
    imported(BOB, MIA)

    run = imported({"name": "Rob Reyes", "role": "captain"}, MIA)

    assert run.said[0].startswith("line 2: Bob Reyes was carried as captain, and no line says so any more")
    assert imported({"name": "Rob Reyes", "role": "captain", "external_id": "8"}, MIA).status == 0


def test_importcrew_leaves_what_staff_changed(imported: Import) -> None:
    event = make_event()
    imported(BOB)
    (bob,) = crew_of()
    mate = drafts.changed_assignment(bob, person=make_person(name="Sol Okafor"), role="mate")
    revising.revise(event=event, revision=Revision(change_crew=[(bob, mate)]), by=ALICE)

    run = imported(BOB)

    assert (run.status, crew()) == (0, ["Sol Okafor, mate"])


@pytest.mark.parametrize("number", [{}, {"external_id": "7"}])
def test_importcrew_brings_back_nobody_who_was_taken_off(imported: Import, number: Said) -> None:
    event = make_event()
    imported({**BOB, **number})
    bookings.unassign(event=event, assignment=crew_of()[0], by=ALICE)

    run = imported({**BOB, **number})

    assert run.last_line.partition(";")[0].endswith("1 read, 0 carried, 1 unchanged, 0 reported")
    assert crew_of() == []


@pytest.mark.parametrize("number", [{}, {"external_id": "7"}])
def test_importcrew_brings_nobody_back_whose_line_was_edited(imported: Import, number: Said) -> None:
    event = make_event()
    imported({**BOB, **number})
    bookings.unassign(event=event, assignment=crew_of()[0], by=ALICE)

    run = imported({**BOB, **number, "role": "mate"})

    said = "line 2: someone of this line was taken off; if they do come, put them on by hand"
    assert (run.status, run.said, crew_of()) == (3, [said], [])


# While others write


def test_importcrew_finds_whom_someone_else_assigned_meanwhile(imported: Import) -> None:
    event, bob = make_event(), make_person()

    with meanwhile(
        "TransactWriteItems",
        lambda: bookings.assign(event=event, person=bob, role="captain", by=ALICE),
        after=1,
    ):
        run = imported(BOB, MIA)

    assert run.last_line == "crew: 2 read, 1 carried, 1 unchanged, 0 reported; people: 1 carried"
    assert (crew(), event_of().crew_count) == (["Bob Reyes, captain", "Mia Chen, deckhand"], 2)


def test_importcrew_adds_someone_once_whom_another_import_added_meanwhile(tmp_path: Path) -> None:
    make_event()
    path = written(tmp_path / "crew.csv", crew_lines.COLUMNS, [{"event": "2026-05-23", **BOB}])

    with meanwhile("TransactWriteItems", lambda: elsewhere("importcrew", path), after=1):
        run = Ran("importcrew", path)

    assert (len(people()), crew(), event_of().crew_count) == (1, ["Bob Reyes, captain"], 1)
    assert run.last_line == "crew: 1 read, 0 carried, 1 unchanged, 0 reported; people: 0 carried"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        *[("619-555-0161", "(619) 555 0161", True), ("+1 619 555 0161", "6195550161", True)],
        *[("619-555-0161", "619-555-0162", False), ("", "", False), ("0161", "619-555-0161", False)],
    ],
)
def test_is_same_phone(one: str, other: str, same: bool) -> None:
    assert is_same_phone(one, other) is same
