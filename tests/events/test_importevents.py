from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import date, time
from pathlib import Path
from typing import Any

import pytest

from events import bookings, calendar, rows
from events.season import COLUMNS
from scc.staff import audit
from scc.staff.actors import SYSTEM
from tests.builders import make_event, make_vessel
from tests.commands import Ran
from tests.conftest import RequestsMade
from tests.dynamo.faults import answers_lost, connection_refused

pytestmark = pytest.mark.usefixtures("table")

SEASON = Path(__file__).parent.parent.parent / "examples" / "season-2026.csv"
HEADER = ",".join(COLUMNS)


class Import(Ran):
    """One run of the command."""

    def __init__(self, path: Path, *arguments: str) -> None:
        super().__init__("importevents", path, *arguments)


Write = Callable[..., Path]


@pytest.fixture
def csv_of(tmp_path: Path) -> Write:
    """Write a CSV of lines, each given by its cells that are not ordinary."""

    def write(*lines: dict[str, Any] | str, name: str = "season.csv") -> Path:
        path = tmp_path / name
        path.write_text(
            "\n".join([HEADER, *(each if isinstance(each, str) else line(**each) for each in lines)]) + "\n"
        )
        return path

    return write


def line(**cells: str) -> str:
    """Return a line of the CSV."""
    ordinary = {
        "date": "2026-05-23",
        "starts_at": "18:15",
        "ends_at": "21:15",
        "title": "Sunset sail",
        "vessel": "Dolphin",
        "capacity": "6",
        "status": "scheduled",
        "departure_port": "Shelter Island",
        "return_port": "Shelter Island",
        "price": "650.00",
    }
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow([{**ordinary, **cells}.get(column, "") for column in COLUMNS])
    return out.getvalue().rstrip()


def slugs_of(day: date) -> list[str]:
    return [event.slug for event in calendar.on_day(day)]


def everything() -> list[rows.Event]:
    return calendar.between(date(2026, 1, 1), date(2026, 12, 31)).rows


# The season


def test_importevents_carries_the_season(requests_made: RequestsMade) -> None:
    with requests_made() as made:
        run = Import(SEASON)

    assert (run.status, run.said) == (0, [])
    assert run.last_line == "events: 139 read, 139 carried, 0 unchanged, 0 reported; vessels: 2 carried"
    assert len(everything()) == 139
    assert slugs_of(date(2026, 5, 23)) == ["2026-05-23-catalina", "2026-05-23-morning", "2026-05-23"]
    # A list of the year's events, one of vessels, a write for each vessel, and one for each 25 departures. And the run:
    # whether the file's was begun, its beginning, its end.
    assert made == {"GetItem": 1, "Query": 2, "TransactWriteItems": 2 + 6 + 2}


def test_importevents_reads_a_line_as_it_is_meant() -> None:
    Import(SEASON)

    event = calendar.get_event("2026-05-23-catalina")

    assert event is not None
    assert str(event) == "Passage to Avalon, Sat 23 May 2026, 06:00"
    assert (event.vessel_id, event.vessel_name, event.capacity) == ("dolphin", "Dolphin", 6)
    assert (event.departure_port, event.return_port) == ("Shelter Island", "Avalon")
    assert (event.price_cents, event.currency) == (190_000, "USD")
    assert event.ends_at.astimezone(event.zone).time() == time(20)


def test_importevents_makes_vessels_as_large_as_their_largest_line() -> None:
    Import(SEASON)

    vessels = {vessel.name: vessel.capacity for vessel in rows.Vessel.listing(index="gsi2", known={})}
    assert vessels == {"Dolphin": 6, "Queen of San Diego": 12}


def test_importevents_writes_one_audit_entry_for_each_departure() -> None:
    Import(SEASON)

    entries = [entry for event in everything() for entry in audit.history_of(event)]
    assert len(entries) == 139
    assert {entry.recorded_by for entry in entries} == {SYSTEM.username}


def test_importevents_twice_changes_nothing(requests_made: RequestsMade) -> None:
    Import(SEASON)
    before = [event.serialize() for event in everything()]

    with requests_made() as made:
        run = Import(SEASON)

    assert run.status == 0
    assert run.last_line == "events: 139 read, 0 carried, 139 unchanged, 0 reported; vessels: 0 carried"
    # The lists, and what the run itself takes: looked for, stored, and ended.
    assert made == {"Query": 2, "GetItem": 2, "TransactWriteItems": 2}
    assert [event.serialize() for event in everything()] == before


def test_importevents_goes_on_where_it_stopped(csv_of: Write) -> None:
    text = SEASON.read_text().splitlines()
    Import(csv_of(*text[1:41]))

    run = Import(SEASON)

    assert run.last_line == "events: 139 read, 99 carried, 40 unchanged, 0 reported; vessels: 0 carried"
    assert len(everything()) == 139


def test_importevents_dry_run_counts_and_writes_nothing(requests_made: RequestsMade) -> None:
    with requests_made() as made:
        run = Import(SEASON, "--dry-run")

    assert run.last_line == (
        "events: 139 read, 139 carried, 0 unchanged, 0 reported; vessels: 2 carried (dry run: nothing was written)"
    )
    assert made == {"Query": 2}
    assert everything() == []


# Slugs


def test_importevents_gives_another_departure_of_a_date_its_time(csv_of: Write) -> None:
    path = csv_of({}, {"starts_at": "09:05", "ends_at": "12:00"}, {"vessel": "Queen"}, {"vessel": "Third"})

    run = Import(path)
    again = Import(path)

    assert run.status == 0
    assert sorted(slugs_of(date(2026, 5, 23))) == [
        "2026-05-23",
        "2026-05-23-0905",
        "2026-05-23-1815",
        "2026-05-23-1815-2",
    ]
    assert again.last_line == "events: 4 read, 0 carried, 4 unchanged, 0 reported; vessels: 0 carried"


def test_importevents_leaves_the_date_to_the_line_that_names_it(csv_of: Write) -> None:
    path = csv_of({"starts_at": "09:05", "ends_at": "12:00"}, {"slug": "2026-05-23"})

    Import(path)

    assert slugs_of(date(2026, 5, 23)) == ["2026-05-23-0905", "2026-05-23"]


def test_importevents_finds_its_own_in_any_order(csv_of: Write) -> None:
    lines: list[dict[str, Any]] = [{}, {"starts_at": "09:05", "ends_at": "12:00"}]
    Import(csv_of(*lines))

    run = Import(csv_of(*lines[::-1]))

    assert run.last_line == "events: 2 read, 0 carried, 2 unchanged, 0 reported; vessels: 0 carried"


def test_importevents_adds_to_a_date_that_the_admin_filled(csv_of: Write) -> None:
    make_event(slug="2026-05-23")

    Import(csv_of({}))

    assert slugs_of(date(2026, 5, 23)) == ["2026-05-23", "2026-05-23-1815"]


# What is stored is not overwritten


@pytest.mark.parametrize("slug", ["", "2026-05-23-sunset"])
@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        ({"price": "700.00"}, "price 700.00 here, 650.00 stored"),
        ({"title": "Moonlight sail"}, "title Moonlight sail here, Sunset sail stored"),
        ({"capacity": "5"}, "capacity 5 here, 6 stored"),
        ({"status": "cancelled"}, "status cancelled here, scheduled stored"),
        ({"ends_at": ""}, "ends nothing here, 2026-05-23 21:15 stored"),
        ({"starts_at": "18:30"}, "starts 2026-05-23 18:30 here, 2026-05-23 18:15 stored"),
    ],
)
def test_importevents_reports_an_edited_line_with_both_versions(
    slug: str, edit: dict[str, str], reason: str, csv_of: Write
) -> None:
    Import(csv_of({"slug": slug}))
    before = [event.serialize() for event in everything()]

    run = Import(csv_of({"slug": slug, **edit}))

    assert run.status == 3
    assert run.said == [f"line 2: {slug or '2026-05-23'} is stored otherwise: {reason}"]
    assert run.last_line == "events: 1 read, 0 carried, 0 unchanged, 1 reported; vessels: 0 carried"
    assert [event.serialize() for event in everything()] == before


def test_importevents_reports_what_was_changed_in_the_admin_since(csv_of: Write) -> None:
    path = csv_of({})
    Import(path)
    bookings.cancel(event=everything()[0], by=SYSTEM)

    run = Import(path)

    assert run.said == ["line 2: 2026-05-23 is stored otherwise: status scheduled here, cancelled stored"]
    assert everything()[0].status == "cancelled"


def test_importevents_takes_a_boat_again_whose_departure_was_cancelled(csv_of: Write) -> None:
    Import(csv_of({}))
    bookings.cancel(event=everything()[0], by=SYSTEM)

    run = Import(csv_of({"starts_at": "18:30"}))

    assert run.status == 0
    assert slugs_of(date(2026, 5, 23)) == ["2026-05-23", "2026-05-23-1830"]


def test_importevents_takes_a_second_line_of_one_boat_as_it_would_have_the_first_time(csv_of: Write) -> None:
    lines: list[dict[str, Any]] = [{}, {"starts_at": "19:00"}]
    Import(csv_of(lines[0]))

    run = Import(csv_of(*lines))

    assert run.last_line == "events: 2 read, 1 carried, 1 unchanged, 0 reported; vessels: 0 carried"
    assert slugs_of(date(2026, 5, 23)) == ["2026-05-23", "2026-05-23-1900"]


def test_importevents_tells_a_line_with_a_slug_from_its_like_without(csv_of: Write) -> None:
    path = csv_of({"slug": "2026-05-23-charter"}, {})
    first = Import(path)

    second = Import(path)

    assert (first.status, second.status) == (0, 0)
    assert slugs_of(date(2026, 5, 23)) == ["2026-05-23", "2026-05-23-charter"]
    assert "2 unchanged" in second.last_line


def test_importevents_makes_a_departure_for_a_line_whose_like_has_a_slug(csv_of: Write) -> None:
    Import(csv_of({"slug": "2026-05-23-charter"}))

    run = Import(csv_of({"slug": "2026-05-23-charter"}, {}))

    assert run.last_line == "events: 2 read, 1 carried, 1 unchanged, 0 reported; vessels: 0 carried"
    assert slugs_of(date(2026, 5, 23)) == ["2026-05-23", "2026-05-23-charter"]


def test_importevents_names_a_slug_given_twice(csv_of: Write) -> None:
    path = csv_of(
        {"slug": "2026-05-23-sunset"}, {"slug": "2026-05-23-sunset", "starts_at": "09:30", "ends_at": "12:00"}
    )

    run = Import(path)

    assert run.status == 3
    assert run.said == ["line 3: says the same departure as line 2"]
    assert slugs_of(date(2026, 5, 23)) == ["2026-05-23-sunset"]


def test_importevents_names_a_line_given_twice(csv_of: Write) -> None:
    run = Import(csv_of({}, {}))

    assert run.said == ["line 3: says the same departure as line 2"]
    assert slugs_of(date(2026, 5, 23)) == ["2026-05-23"]


def test_importevents_uses_a_vessel_whatever_the_case_of_its_name(csv_of: Write) -> None:
    make_vessel(name="Élan", slug="elan", capacity=4)

    run = Import(csv_of({"vessel": "ELAN"}))

    assert run.last_line == "events: 1 read, 1 carried, 0 unchanged, 0 reported; vessels: 0 carried"
    assert everything()[0].vessel_name == "Élan"


# Bad lines


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"date": "2026-02-30"}, "date: '2026-02-30' is a day that there is not"),
        ({"date": "soon"}, "date: 'soon' is no day such as 2026-05-23"),
        ({"date": "2026-05-23 18:15"}, "date: '2026-05-23 18:15' says a time, too; a day alone belongs here"),
        ({"date": ""}, "date: is missing"),
        ({"starts_at": "6"}, "starts_at: '6' is no time such as 18:15"),
        ({"starts_at": "18:15:30"}, "starts_at: '18:15:30' is no time such as 18:15; leave its seconds out"),
        ({"ends_at": "2026-05-24 01:15"}, "ends_at: '2026-05-24 01:15' is of another day than the date"),
        ({"starts_at": "24:00"}, "starts_at: '24:00' is no time such as 18:15"),
        ({"starts_at": ""}, "starts_at: is missing"),
        ({"ends_at": "18:15"}, "It ends at the time at which it starts"),
        ({"date": "2026-03-08", "starts_at": "02:30"}, "02:30 does not exist on 2026-03-08"),
        ({"title": ""}, "title: is missing"),
        ({"title": "\u200b"}, "title: Must not be blank."),
        ({"title": "x" * 201}, "title: Must be at most 200 characters"),
        ({"vessel": " "}, "vessel: is missing"),
        ({"capacity": "0"}, "capacity: '0' is no number"),
        ({"capacity": "-4"}, "capacity: '-4' is no number"),
        ({"capacity": "4.5"}, "capacity: '4.5' is no number"),
        ({"capacity": "²"}, "capacity: '²' is no number"),
        ({"capacity": ""}, "capacity: is missing"),
        ({"status": "sunk"}, "status: 'sunk' is none of draft, scheduled, cancelled, completed"),
        ({"price": "-1.00"}, "price: '-1.00' is not from 0 to 1,000,000.00"),
        ({"price": "1.005"}, "price: '1.005' may be 1005 or 1.005"),
        ({"price": "NaN"}, "price: 'NaN' is no amount such as 1250.00"),
        ({"price": "9" * 39}, "is more than 1,000,000.00"),
        ({"slug": "sunset"}, "'sunset' is no slug"),
        ({"slug": "2026-05-24-sunset"}, "slug: 2026-05-24-sunset does not begin with the date, 2026-05-23"),
    ],
)
def test_importevents_names_a_bad_line_and_carries_the_others(
    cells: dict[str, str], reason: str, csv_of: Write
) -> None:
    run = Import(csv_of({"date": "2026-06-01"}, cells, {"date": "2026-06-02"}))

    assert run.status == 3
    assert len(run.said) == 1
    assert run.said[0].startswith("line 3: ")
    assert reason in run.said[0]
    assert run.last_line == "events: 3 read, 2 carried, 0 unchanged, 1 reported; vessels: 1 carried"
    assert [event.slug for event in everything()] == ["2026-06-01", "2026-06-02"]


@pytest.mark.parametrize(
    "cells",
    [
        *({"date": text} for text in ("5/23/2026", "23.05.2026", "May 23, 2026", "20260523", "2026-05-23 00:00:00")),
        {"starts_at": "6:15 PM", "ends_at": "9:15 pm"},
        {"starts_at": "18:15:00", "ends_at": "21:15:00"},
        {"starts_at": "2026-05-23 18:15", "ends_at": "2026-05-23T21:15:00-07:00"},
        *({"price": text} for text in ("$650", "650", "650,00 USD")),
        {"capacity": "6.0", "status": "Scheduled"},
    ],
)
def test_importevents_takes_what_other_programs_write(cells: dict[str, str], csv_of: Write) -> None:
    Import(csv_of({}))

    run = Import(csv_of(cells))

    assert run.last_line == "events: 1 read, 0 carried, 1 unchanged, 0 reported; vessels: 0 carried"


def test_importevents_says_which_century_it_took(csv_of: Write) -> None:
    run = Import(csv_of({"date": "5/23/26"}))

    assert (run.status, run.said) == (0, ["line 2: guessed: the year 26 is taken as 2026"])
    assert slugs_of(date(2026, 5, 23)) == ["2026-05-23"]


def test_importevents_tells_days_apart_however_they_are_written(csv_of: Write) -> None:
    run = Import(csv_of({}, {"date": "5/23/2026"}), "--dry-run")

    assert run.last_line.startswith("events: 2 read, 1 carried, 0 unchanged, 1 reported")


@pytest.mark.parametrize(("option", "day"), [("--day-first", date(2026, 6, 5)), ("--month-first", date(2026, 5, 6))])
def test_importevents_takes_days_as_it_is_told(option: str, day: date, csv_of: Write) -> None:
    run = Import(csv_of({"date": "05/06/2026"}), option)

    assert run.status == 0
    assert slugs_of(day) == [f"{day}"]


def test_importevents_takes_columns_by_other_names(tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    header = HEADER.replace("vessel", "Boat").replace("starts_at", "Start time").replace("title", "Trip")
    path.write_text(f"{header}\n{line()}\n")

    assert Import(path).status == 0


def test_importevents_names_everything_that_is_wrong_with_a_line(csv_of: Write) -> None:
    run = Import(csv_of({"date": "soon", "capacity": "many", "price": "cheap"}))

    assert run.said[0].count(";") == 2


def test_importevents_strict_writes_nothing_when_a_line_is_bad(csv_of: Write) -> None:
    run = Import(csv_of({}, {"capacity": "0", "date": "2026-06-01"}), "--strict")

    assert run.status == 1
    assert run.failure == "Nothing was written, as 1 of 2 lines is bad."
    assert run.said[0].startswith("line 3: capacity")
    assert run.last_line == "events: 1 read, 0 carried, 0 unchanged, 1 reported; vessels: 0 carried"
    assert everything() == []
    assert rows.Vessel.listing(index="gsi2", known={}).rows == []


def test_importevents_strict_carries_what_has_no_fault() -> None:
    assert Import(SEASON, "--strict").status == 0
    assert len(everything()) == 139


def test_importevents_writes_a_report_and_a_summary(csv_of: Write, tmp_path: Path) -> None:
    path = csv_of({}, {"capacity": "0", "title": 'The "big", one', "date": "2026-06-01"})
    report, summary = tmp_path / "report.csv", tmp_path / "summary.json"

    run = Import(path, "--report", str(report), "--summary", str(summary))

    assert run.status == 3
    raw = path.read_text().splitlines()[2]
    assert list(csv.reader(report.read_text().splitlines())) == [
        ["place", "reason", "raw"],
        ["line 3", "capacity: '0' is no number from 1 to 9999", raw],
    ]
    assert json.loads(summary.read_text()) == {
        "events": {"read": 2, "carried": 1, "unchanged": 0, "reported": 1},
        "vessels": {"read": 1, "carried": 1, "unchanged": 0, "reported": 0},
    }


def test_importevents_reports_a_slug_that_somebody_took_meanwhile(csv_of: Write) -> None:
    # Listed under another year, where the import does not look.
    make_event(slug="2026-05-23-sunset", date=date(2027, 1, 1))

    run = Import(csv_of({"slug": "2026-05-23-sunset"}, {"date": "2026-06-01"}))

    assert run.status == 3
    assert run.said == ["line 2: Another departure has the slug 2026-05-23-sunset"]
    assert [event.slug for event in everything()] == ["2026-06-01"]


# The table


def test_importevents_counts_a_batch_once_whose_answer_was_lost() -> None:
    with answers_lost("TransactWriteItems", times=3):
        run = Import(SEASON)

    assert run.last_line == "events: 139 read, 139 carried, 0 unchanged, 0 reported; vessels: 2 carried"
    assert len(everything()) == 139


def test_importevents_says_what_to_do_when_the_table_does_not_answer() -> None:
    with connection_refused("Query", times=100):
        run = Import(SEASON)

    assert run.status == 1
    assert "Run it again" in run.failure
    assert run.last_line == "events: 0 read, 0 carried, 0 unchanged, 0 reported; vessels: 0 carried"


# The file


def test_importevents_takes_a_byte_order_mark_and_windows_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "excel.csv"
    path.write_bytes(b"\xef\xbb\xbf" + f"{HEADER}\r\n{line(title='Élan')}\r\n\r\n".encode())

    run = Import(path)

    assert run.last_line == "events: 1 read, 1 carried, 0 unchanged, 0 reported; vessels: 1 carried"
    assert everything()[0].title == "Élan"


def test_importevents_reads_windows_1252_and_semicolons_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "latin.csv"
    path.write_bytes(f"{HEADER}\n{line(title='Élan')}\n".replace(",", ";").encode("cp1252"))

    run = Import(path)

    assert (run.status, run.said) == (0, ["latin.csv: Windows-1252, separated by semicolons"])
    assert everything()[0].title == "Élan"


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (HEADER.replace(",capacity", "").replace(",price", ""), "lacks capacity, price"),
        (f"{HEADER},colour", "has unknown colour"),
        (f"{HEADER},title", "has twice title"),
        ("", "has no header"),
    ],
)
def test_importevents_refuses_other_columns_by_name(header: str, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "columns.csv"
    path.write_text(f"{header}\n{line()}\n")

    run = Import(path)

    assert run.status == 1
    assert reason in run.failure


def test_importevents_needs_no_slug_column(tmp_path: Path) -> None:
    path = tmp_path / "no-slug.csv"
    path.write_text(f"{HEADER.removeprefix('slug,')}\n{line().removeprefix(',')}\n")

    assert Import(path).status == 0
    assert slugs_of(date(2026, 5, 23)) == ["2026-05-23"]


def test_importevents_of_a_file_that_is_not_there(tmp_path: Path) -> None:
    run = Import(tmp_path / "nothing.csv")

    assert run.status == 1
    assert "cannot be read" in run.failure


def test_importevents_does_not_begin_without_its_report(tmp_path: Path) -> None:
    run = Import(SEASON, "--report", str(tmp_path / "nowhere" / "report.csv"))

    assert run.status == 1
    assert "cannot be written" in run.failure
    assert everything() == []


def test_importevents_does_not_lose_lines_behind_an_open_quote(csv_of: Write) -> None:
    broken = line(date="2026-06-01").replace("Sunset", '"Sunset')

    run = Import(csv_of({}, broken, {"date": "2026-06-02"}))

    assert run.status == 3
    assert run.said[0].startswith("line 3: has ")
    assert [event.slug for event in everything()] == ["2026-05-23", "2026-06-02"]


def test_importevents_takes_line_breaks_inside_quotes(csv_of: Write) -> None:
    run = Import(csv_of(line(title="Sunset\nsail"), {"date": "2026-06-02", "capacity": "0"}))

    assert everything()[0].title == "Sunset sail"
    assert run.said[0].startswith("line 4: capacity")


def test_importevents_names_a_line_with_too_few_cells(csv_of: Write) -> None:
    run = Import(csv_of(",2026-05-23,18:15", {"date": "2026-06-02"}))

    perhaps = "a line that was cut off, or a line break without quotes, perhaps"
    assert run.said == [f"line 2: has 3 cells, the header 11; {perhaps}"]
    assert len(everything()) == 1


def test_importevents_of_a_cell_beyond_all_measure(csv_of: Write) -> None:
    run = Import(csv_of({"title": "x" * 200_000}, {"date": "2026-06-02"}))

    assert run.status == 3
    assert run.said[0].startswith("line 2: ")
    assert len(everything()) == 1
