"""The same person twice in a file of waivers, written in two ways."""

from __future__ import annotations

from pathlib import Path

import pytest

from events.rows import Event
from tests.builders import make_event, make_party
from tests.legacy.commands import Backfill, item, written
from tests.waivers.builders import sign
from tests.waivers.importing import bare, line, run, stored, write
from waivers.verifying import verify

pytestmark = pytest.mark.usefixtures("table")

LATER = "2026-05-20T19:15:00Z"
LATEST = "2026-05-20T20:15:00Z"
BY_SIGNING = "is the same person as line 2, by name and time of signing, who signs once"
BY_EMAIL = "is the same person as line 2, by name and e-mail address, who signs once"
SAME_NAME = "has the same name as line 2, and may be the same person"


def test_import_reports_a_person_who_is_written_in_other_ways(event: Event, file: Path) -> None:
    ana, loud = bare("Ana López", email="a@b.co"), bare("ANA  LOPEZ")
    write(file, ana, loud, bare("Ana López", email="A@B.co ", signed_at=LATER))

    first, again = run(file), run(file)

    assert (first.counts["carried"], first.reports) == (1, [BY_SIGNING, BY_EMAIL])
    assert (again.counts["carried"], again.counts["unchanged"]) == (0, 1)
    assert again.reports == first.reports
    assert list(stored()) == ["Ana López"]
    assert verify(event.slug).faults == []


@pytest.mark.parametrize(
    ("one", "other", "what"),
    [
        ({"phone": "+1 619 555 0142"}, {"phone": "(619) 555-0142", "signed_at": LATER}, "telephone"),
        ({"birth_date": "1980-03-31"}, {"birth_date": "3/31/1980", "signed_at": LATER}, "date of birth"),
        ({"birth_date": "1980-03-31", "external_id": "1"}, {"birth_date": "1980-03-31"}, "date of birth"),
        ({"guardian": "Mo Mother"}, {"guardian": "MO MOTHER"}, "time of signing"),
    ],
)
def test_import_reports_a_person_by_what_both_lines_say(
    event: Event, file: Path, one: dict[str, str], other: dict[str, str], what: str
) -> None:
    ended = run(write(file, bare("Ana", **one), bare("Ana", **other)))

    assert ended.reports == [f"is the same person as line 2, by name and {what}, who signs once"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({}, {"signed_at": LATER}),
        ({"email": "a@b.co"}, {"email": "c@d.co", "signed_at": LATER}),
        ({"email": "none"}, {"email": "none", "signed_at": LATER}),
        ({"phone": "none"}, {"phone": "none", "signed_at": LATER}),
        ({"signed_at": ""}, {"signed_at": "", "note": "Swims"}),
        ({"email": "a@b.co", "birth_date": "1980-03-31"}, {"email": "a@b.co", "birth_date": "2014-08-19"}),
        ({"guardian": "Mo Mother"}, {"guardian": "Fay Father"}),
        # A parent signs for a child of the same name.
        ({"email": "a@b.co"}, {"email": "a@b.co", "guardian": "Ana"}),
        ({"external_id": "1"}, {"external_id": "2"}),
        ({"external_id": "1"}, {"signed_at": "2026-05-20T18:15:00Z", "email": "a@b.co"}),
    ],
)
def test_import_carries_two_of_one_name_and_tells(
    event: Event, file: Path, one: dict[str, str], other: dict[str, str]
) -> None:
    write(file, bare("Ana", **one), bare("ANA", **other))

    ended, again = run(file), run(file)

    assert (ended.counts["carried"], ended.reports) == (2, [])
    assert [text for text in ended.guesses if "same name" in text] == [SAME_NAME]
    assert again.counts["unchanged"] == 2


def test_import_takes_none_for_two_who_contradict_each_other(event: Event, file: Path) -> None:
    son, father = bare("Ana", birth_date="2014-08-19"), bare("Ana", birth_date="1980-03-31")
    write(file, bare("ANA"), son, father)

    ended, again = run(file), run(file)

    # The first may be either of them, and is taken for one.
    assert (ended.counts["carried"], ended.reports) == (2, [BY_SIGNING])
    assert (again.counts["unchanged"], again.reports) == (2, [BY_SIGNING])


def test_import_reports_a_line_before_the_one_that_is_stored(event: Event, file: Path) -> None:
    run(write(file, bare("Ana", email="a@b.co")))

    ended = run(write(file, bare("ANA", note="Swims"), bare("Ana", email="a@b.co")))

    assert ended.counts["unchanged"] == 1
    assert ended.reports == ["is the same person as line 3, by name and time of signing, who signs once"]


def test_import_reports_a_line_like_one_of_who_signed_here(event: Event, file: Path) -> None:
    here = sign(event=event, name="Ana López")

    ended = run(write(file, bare("ANA LOPEZ", email="ana@example.com"), line(signed_at=LATER)))

    assert ended.reports == [
        "is the same person as line 3, by name and e-mail address, who signs once",
        f"has signed for this departure already: waiver {here.reference}",
    ]


def test_import_links_a_person_whom_the_file_has_twice(event: Event, file: Path) -> None:
    party = make_party(event=event, name="Ana")

    run(write(file, bare("Ana"), bare("ANA")))

    assert stored()["Ana"].patron_id == party.ulid


def test_import_holds_apart_who_signs_for_two_departures(event: Event, file: Path) -> None:
    make_event(slug="2026-05-24")

    ended = run(write(file, bare("Ana"), bare("ANA", event="2026-05-24")))

    assert (ended.counts["carried"], ended.guesses) == (2, [])


def test_backfilllegacy_reports_a_person_who_is_written_in_other_ways(tmp_path: Path) -> None:
    at, email = "2026-05-20T17:00:00Z", "a@b.co"
    signed = [{"name": "Ana", "signed_at": at}, {"name": "ANA", "signed_at": at}]
    signed += [{"name": "Ana", "signed_at": at, "email": email}]
    signed += [{"name": "Ana", "signed_at": LATER, "email": email}, {"name": "Ana", "signed_at": LATEST}]
    path, report = written(tmp_path / "t.jsonl", item(waivers=signed)), tmp_path / "report.csv"

    first, again = Backfill(path), Backfill(path, "--report", report)

    assert "waivers: 5 read, 2 carried, 0 unchanged, 3 reported" in first.last_line
    assert "waivers: 5 read, 0 carried, 2 unchanged, 3 reported" in again.last_line
    place = "is the same person as 2026-05-23 waivers"
    told = report.read_text()
    assert told.count(f"{place}[0], by name and time of signing") == 2
    assert told.count(f"{place}[2], by name and e-mail address") == 1
