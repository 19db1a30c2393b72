"""Waivers from a file: carried once, as they came, marked as what they are."""

from __future__ import annotations

from datetime import UTC, date, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command

from events.rows import Event
from scc.dynamo.rows import Row
from scc.staff.actors import Actor
from scc.staff.rows import AuditEntry
from tests.builders import make_crew, make_event, make_party, make_person
from tests.waivers.builders import make_signature, make_signer, sign
from tests.waivers.importing import PIXEL, bare, line, run, stored, write
from tests.waivers.scenes import items
from waivers import acts, covers, documents, erasing, holding, manifest, matching, people, signing
from waivers.importing.lines import LARGEST_SIGNATURE
from waivers.rows import Signer, Waiver, WaiverRecord
from waivers.verifying import verify

pytestmark = pytest.mark.usefixtures("table")

DANA = Actor("dana", "Dana Drake")


def figures() -> tuple[int, int, str]:
    event = Event.fetch(slug="2026-05-23")
    assert event is not None
    return event.signed, event.waiver_count, event.waiver_head


def faults() -> list[str]:
    return [str(fault) for fault in verify("2026-05-23").faults]


def test_import_counts_a_waiver_on_its_departure(event: Event, file: Path) -> None:
    ended = run(write(file, line(), bare("Bo Bare")))

    assert (ended.code, ended.counts) == (0, {"read": 2, "carried": 2, "unchanged": 0, "reported": 0})
    ana = stored()["Ana López"]
    assert (ana.method, ana.channel, ana.counts, ana.secret) == ("imported", "import", True, "")
    assert ana.signed_at == datetime(2026, 5, 20, 18, 15, tzinfo=UTC)
    assert (ana.month, ana.age) == ("2026-05", 46)
    signed, count, head = figures()
    assert (signed, count, bool(head)) == (2, 2, True)
    assert faults() == []


def test_import_keeps_sealed_what_the_source_said(event: Event, file: Path) -> None:
    run(write(file, line(note="Swims", email="not an address")))

    record = WaiverRecord.fetch(ulid=stored()["Ana López"].ulid)
    assert record is not None
    private = documents.open_record(record)
    assert (private["email"], private["signature"], private["said"]["note"]) == ("not an address", PIXEL, "Swims")
    assert private["source"]["raw"].startswith("2026-05-23,Ana López,2026-05-20T18:15:00Z,not an address")
    assert "(the signature)" in private["source"]["raw"]
    assert "203.0.113.77" not in str(items())
    assert "Ana" not in record.evidence


def test_import_writes_to_nobody_and_names_nobody_in_the_trail(event: Event, file: Path) -> None:
    run(write(file, line()))

    kinds = {item["kind"]["S"] for item in items().values()}
    assert not kinds & {"LETTER", "PDFDUE", "WAIVERLIFE"}
    trail = [str(row.attribute_values) for row in Row.scan() if isinstance(row, AuditEntry)]
    assert trail
    assert not any("Ana" in entry or "ana@" in entry for entry in trail)


def test_import_of_the_same_file_adds_nothing(event: Event, file: Path) -> None:
    run(write(file, line(), bare("Bo Bare"), bare("Cy Numbered", external_id="17")))
    before = figures()

    ended = run(file)

    assert (ended.code, ended.counts["unchanged"]) == (0, 3)
    assert figures() == before


def test_import_fills_many_transactions(event: Event, file: Path) -> None:
    lines = [bare(f"Guest {number}", birth_date="1980-03-31") for number in range(70)]

    ended = run(write(file, *lines))

    assert ended.counts["carried"] == 70
    assert figures()[:2] == (70, 70)
    assert faults() == []


def test_dry_run_writes_nothing(event: Event, file: Path) -> None:
    before = items()

    ended = run(write(file, line(), bare("")), dry_run=True)

    assert (ended.counts["carried"], ended.counts["reported"]) == (1, 1)
    assert items() == before


# What cannot be carried


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"name": ""}, "name is missing"),
        ({"name": "\u200b"}, "name: Must not be blank."),
        ({"event": "2026-05-24"}, "event: there is no departure 2026-05-24"),
        ({"event": "soon"}, "is no departure such as"),
        ({"event": ""}, "event: is missing"),
        ({"signed_at": "2999-05-20"}, "is in the future"),
        ({"signed_at": "yesterday"}, "is no day"),
        ({"birth_date": "2026-05-24"}, "is after the departure"),
        ({"birth_date": "5/6/1980"}, "may be month and day or day and month"),
        ({"role": "pirate"}, "'pirate' is neither guest nor crew"),
        ({"role": "crew", "guardian": "Mo Mother"}, "crew sign for themselves"),
        ({"note": "x" * 30_000}, "has 30,"),
        ({"external_id": "7" * 300}, "external_id: has 300 characters"),
    ],
)
def test_import_reports_a_line_that_it_cannot_carry(
    event: Event, file: Path, changes: dict[str, str], reason: str
) -> None:
    ended = run(write(file, line(**changes), bare("Bo Bare")))

    assert ended.code == 3
    assert (ended.counts["carried"], ended.counts["reported"]) == (1, 1)
    assert reason in ended.reports[0]


def test_import_takes_a_signature_as_large_as_there_is_room_for(event: Event, file: Path) -> None:
    # As large as a cell of a CSV may be; XLSX and the old tool's table may hold more.
    signature = PIXEL.ljust(130_000, "A")
    assert len(signature) < LARGEST_SIGNATURE

    ended = run(write(file, *(line(name=f"Guest {number}", signature=signature) for number in range(30))))

    assert ended.counts["carried"] == 30
    assert faults() == []


def test_import_reports_a_line_that_comes_twice(event: Event, file: Path) -> None:
    lines = [bare("Bo Bare"), bare("Bo Bare"), bare("Cy", external_id="7"), bare("Di", external_id="7")]

    ended = run(write(file, *lines))

    assert ended.reports == ["says the same as line 2", "external_id: line 4 has it, too"]


def test_import_reports_a_person_who_signs_twice(event: Event, file: Path) -> None:
    ended = run(write(file, line(external_id="1"), line(name="ANA LOPEZ", external_id="2")))

    assert ended.reports == ["is the same person as line 2, by name and date of birth, who signs once"]
    assert figures()[0] == 1


def test_import_reports_a_person_who_signed_here(event: Event, file: Path) -> None:
    here = sign(event=event, name="Ana López", born_on=date(1980, 3, 31))

    ended = run(write(file, line()))

    assert ended.reports == [f"has signed for this departure already: waiver {here.reference}"]


# Again, and edited


def test_import_reports_an_edited_line_with_both_versions(event: Event, file: Path) -> None:
    run(write(file, line(external_id="17")))

    ended = run(write(file, line(external_id="17", phone="", email="eva@example.com")))

    reference = stored()["Ana López"].reference
    assert ended.reports == [
        f"{reference}: email eva@example.com here, ana@example.com stored; phone nothing here, +1 619 555 0142 stored"
    ]
    assert ended.counts["reported"] == 1


@pytest.mark.parametrize("changes", [{"name": "Ana Lopez-Diaz"}, {"signed_at": "2026-05-20T18:16:00Z"}, {"email": ""}])
def test_import_takes_a_line_that_differs_in_one_thing_for_edited(
    event: Event, file: Path, changes: dict[str, str]
) -> None:
    run(write(file, line(), bare("Bo Bare")))

    ended = run(write(file, line(**changes), bare("Bo Bare")))

    assert (ended.counts["reported"], ended.counts["unchanged"]) == (1, 1)
    assert "stored" in ended.reports[0]


def test_import_takes_two_names_beside_nothing_for_two_people(event: Event, file: Path) -> None:
    run(write(file, bare("Ana", signed_at="")))

    ended = run(write(file, bare("Ben", signed_at="")))

    assert ended.counts["carried"] == 1


def test_import_knows_a_line_again_that_was_given_a_number(event: Event, file: Path) -> None:
    run(write(file, line(), bare("Bo Bare")))

    ended = run(write(file, line(external_id="1"), bare("Bo Bare", external_id="2")))

    assert ended.counts["unchanged"] == 2


def test_import_knows_a_line_again_whose_number_was_left_out(event: Event, file: Path) -> None:
    run(write(file, line(external_id="1")))

    ended = run(write(file, line()))

    assert ended.counts["unchanged"] == 1


def test_import_leaves_what_staff_decided(event: Event, file: Path) -> None:
    run(write(file, line(external_id="1"), bare("Bo Bare"), bare("Cy Gone")))
    holding.invalidate(stored()["Ana López"], reason="Signed for another day.", by=DANA)
    erasing.erase(stored()["Cy Gone"].ulid, why="Asked.", by=DANA)
    before = items()

    ended = run(file)

    assert (ended.code, ended.counts["unchanged"]) == (0, 3)
    waivers = {key: item for key, item in items().items() if item["kind"]["S"].startswith("WAIVER")}
    assert waivers == {key: item for key, item in before.items() if item["kind"]["S"].startswith("WAIVER")}


@pytest.mark.parametrize("number", [{}, {"external_id": "1"}])
@pytest.mark.parametrize("changes", [{"phone": ""}, {"phone": "", "email": "", "name": "ana lopez"}])
def test_import_brings_nobody_back_whose_line_was_edited(
    event: Event, file: Path, changes: dict[str, str], number: dict[str, str]
) -> None:
    run(write(file, line(**number), bare("Bo Bare")))
    erasing.erase(stored()["Ana López"].ulid, why="Asked.", by=DANA)

    ended = run(write(file, line(**number, **changes), bare("Bo Bare")))

    assert ended.reports == ["someone of this line was erased; if they do come, have them sign"]
    assert sorted(stored()) == ["Bo Bare", "Erased"]
    assert faults() == []


# On the manifest


def test_import_links_to_the_one_place_of_that_name(event: Event, file: Path) -> None:
    party = make_party(event=event, name="Ana Lopez", size=2)
    hand = make_crew(event=event, person=make_person(name="Bo Bare"))

    ended = run(write(file, line(), bare("Bo Bare"), bare("Cy Loose")))

    lines = stored()
    assert (lines["Ana López"].patron_id, lines["Ana López"].matched) == (party.ulid, "import")
    assert (lines["Bo Bare"].assignment_id, lines["Bo Bare"].role) == (hand.ulid, "crew")
    assert lines["Cy Loose"].matched == ""
    assert [text for text in ended.guesses if "linked" in text] == [
        "linked to Ana Lopez, party of 2, by the name alone",
        "linked to the crew, by the name alone",
    ]
    found = manifest.read(event.slug)
    assert found is not None
    assert (found.signed, figures()[0]) == (1, 2)
    assert [loose.head.name for loose in found.loose] == ["Cy Loose"]
    assert faults() == []


def test_import_links_no_namesake(event: Event, file: Path) -> None:
    make_party(event=event, name="Ana López")
    make_party(event=event, name="Bo Bare")
    make_party(event=event, name="Bo Bare")

    namesake = bare("ana lopez", signed_at="2026-05-21T18:15:00Z")
    run(write(file, bare("Ana López"), namesake, bare("Bo Bare")))

    assert {each.matched for each in stored().values()} == {""}


def test_staff_may_link_an_imported_waiver_to_the_crew(event: Event, file: Path) -> None:

    hand = make_crew(event=event, person=make_person(name="Bob Reyes"))
    run(write(file, bare("Robert Reyes")))
    found = manifest.read(event.slug)
    assert found is not None

    matching.link(found, stored()["Robert Reyes"].ulid, f"c{hand.ulid}", by=DANA)

    assert stored()["Robert Reyes"].role == "crew"
    assert figures()[0] == 0
    assert faults() == []


def test_imported_waiver_covers_no_other_departure(event: Event, file: Path) -> None:
    other = make_event(date=date(2026, 5, 24))
    run(write(file, line()))

    assert covers.found(other, "Ana López", date(1980, 3, 31)) is None
    assert covers.found(event, "Ana López", date(1980, 3, 31)) is not None


def test_who_signs_anew_replaces_an_imported_waiver(event: Event, file: Path) -> None:
    run(write(file, line()))

    again: dict[str, Any] = {"signer": make_signer(), "signature": make_signature(), "origin": acts.Origin()}
    current = Event.fetch(slug=event.slug)
    assert current is not None
    with pytest.raises(signing.AlreadySigned):
        signing.sign(event=current, **again)
    signing.sign(event=current, replace=True, **again)

    assert figures()[:2] == (1, 2)
    assert faults() == []


# How long it is kept


@pytest.mark.parametrize(
    ("changes", "until"),
    [
        ({"birth_date": "1980-03-31"}, date(2030, 5, 23)),
        # Of whom nobody knows the age: the latest that it may be, but for who is said to be an adult.
        ({"birth_date": ""}, date(2048, 5, 23)),
        ({"birth_date": "", "role": "captain"}, date(2048, 5, 23)),
        ({"birth_date": "", "role": " Adult"}, date(2030, 5, 23)),
        ({"birth_date": "", "role": "adult", "guardian": "Mo Mother"}, date(2048, 5, 23)),
        ({"birth_date": "2017-12-03", "guardian": "Mo Mother"}, date(2039, 12, 3)),
        ({"birth_date": "2017-12-03"}, date(2039, 12, 3)),
        ({"birth_date": "", "guardian": "Mo Mother"}, date(2048, 5, 23)),
    ],
)
def test_import_keeps_a_waiver_until_its_day(event: Event, file: Path, changes: dict[str, str], until: date) -> None:
    run(write(file, line(**changes)))

    ana = stored()["Ana López"]
    record = WaiverRecord.fetch(ulid=ana.ulid)
    assert record is not None
    assert (ana.retain_until, record.retain_until) == (until, until)
    assert faults() == []


def test_import_takes_the_start_where_nothing_says_when(event: Event, file: Path) -> None:
    ended = run(write(file, bare("Bo Bare", signed_at="")))

    assert ended.guesses == ["no signed_at: taken as the start of the departure"]
    assert stored()["Bo Bare"].signed_at == event.starts_at


def test_import_makes_a_place_where_the_date_of_birth_is_known(event: Event, file: Path) -> None:
    run(write(file, line(), bare("Bo Bare")))

    places = [row for row in Row.scan() if isinstance(row, Signer)]
    assert [place.digest for place in places] == [people.digest("Ana López", date(1980, 3, 31))]
    assert isinstance(stored()["Bo Bare"], Waiver)


def test_the_example_is_carried_whole(tmp_path: Path) -> None:
    examples = settings.BASE_DIR / "examples"
    for command in ("importevents", "importpatrons", "importcrew"):
        name = {"importevents": "season", "importpatrons": "parties", "importcrew": "crew"}[command]
        call_command(command, str(examples / f"{name}-2026.csv"), stdout=StringIO(), stderr=StringIO())
    file = tmp_path / "waivers-2026.csv"
    file.write_bytes((examples / file.name).read_bytes())

    ended = run(file)

    assert (ended.code, ended.counts["carried"]) == (0, 7)
    assert [text for text in ended.guesses if "linked" in text] == [
        "linked to Ana López, party of 4, by the name alone",
        "linked to the crew, by the name alone",
        "linked to Noor Rahman, party of 2, by the name alone",
        "linked to Tom Becker, party of 4, by the name alone",
    ]
