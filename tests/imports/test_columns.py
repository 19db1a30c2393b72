"""How the columns of a file become ours."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import pytest

from scc.imports.columns import Reading, known, reader
from scc.imports.lines import ImportFailed, Line
from scc.imports.tables_header import fold
from tests.imports.kinds import Fees

OURS = ("event", "patron_name", "amount", "note")


def read(cells: Mapping[str, str], reading: Reading | None = None) -> Line:
    """Return a line of a file with these cells as it is read."""
    return reader(Fees(), cells, reading or Reading())(Line(2, "raw", cells))


def refused(names: Sequence[str], reading: Reading | None = None) -> str:
    with pytest.raises(ImportFailed) as failed:
        reader(Fees(), names, reading or Reading())
    return str(failed.value)


# Names


@pytest.mark.parametrize("name", ["patron_name", "Patron Name", " PATRON-NAME ", "patron\u00a0name", "Guest", "name"])
def test_reader_takes_a_name_however_it_is_written(name: str) -> None:
    line = read({"event": "2026-05-23", name: "Ana", "Amount": "5"})

    assert line.cells == {"event": "2026-05-23", "patron_name": "Ana", "amount": "5"}


def test_reader_takes_columns_by_hand() -> None:
    by_hand = {"who?": "Patron name", "guest": "", "A=B": "note"}

    line = read({"event": "1", "Who?": "Ana", "Guest": "2", "amount": "5", "A=B": "x"}, Reading(by_hand))

    assert line.cells == {"event": "1", "patron_name": "Ana", "amount": "5", "note": "x"}


def test_reader_takes_what_every_line_says() -> None:
    line = read({"Guest": "Ana", "amount": "5"}, Reading(fixed={"Event": "2026-05-23"}))

    assert line.cells == {"event": "2026-05-23", "patron_name": "Ana", "amount": "5"}


def test_reader_takes_another_name_no_more_once_it_is_said_by_hand() -> None:
    said = refused(["event", "Who", "Guest", "amount"], Reading({"Who": "patron_name"}))

    assert "has unknown Guest" in said
    assert '--map "Guest="' in said


def test_reader_leaves_faults_as_they_are() -> None:
    fault = Line(7, "raw", fault="has 3 cells")

    assert reader(Fees(), OURS, Reading())(fault) is fault


def test_reader_reports_what_a_column_without_a_name_says() -> None:
    cells = {"event": "1", "(column B)": "", "patron_name": "Ana", "amount": "5"}

    assert "(column B)" not in read(cells).cells
    assert read({**cells, "(column B)": "x"}).fault == "says something in (column B), which has no name"
    assert read({**cells, "(column B)": "x"}, Reading({"(column B)": "note"})).cells["note"] == "x"


# Presets


def test_reader_converts_what_a_preset_says() -> None:
    cells = {"DAY": "2026-05-23", "Total": "$5", "State": "paid", "Till": "3"}

    line = read(cells, Reading(fixed={"patron_name": "Ana"}, preset="till"))

    assert line.cells == {"event": "2026-05-23", "amount": "5", "patron_name": "Ana"}


def test_reader_says_why_a_preset_cannot_take_a_line() -> None:
    line = read({"Day": "2026-05-23", "Total": "$5", "State": "open"}, Reading(preset="till"))

    assert (line.number, line.raw, line.fault) == (2, "raw", "is open, not paid")


# What does not fit


@pytest.mark.parametrize(
    ("names", "reading", "words"),
    [
        (
            ["event", "Skipper"],
            Reading(),
            ["lacks patron_name, amount", '--map "ITS NAME=patron_name"', "--set patron_name=VALUE", "event, Skipper"],
        ),
        ([*OURS, "colour"], Reading(), ["has unknown colour", '--map "colour="', "The columns are event,"]),
        ([*OURS[:2], "ammount"], Reading(), ['--map "ammount=amount"']),
        ([*OURS, "note"], Reading(), ["has twice note.", "a name of its own"]),
        ([*OURS, "Guest"], Reading(), ["has twice patron_name (patron_name, Guest)", '--map "Guest="']),
        (OURS, Reading(fixed={"event": "1"}), ["has twice event (event, what every line says)", '--map "event="']),
        ([], Reading(), ["The file is empty."]),
        (
            ["a", "b"],
            Reading(),
            ["has no header", "ours: event, patron_name", "The file's are a, b. Its first line must"],
        ),
        (OURS, Reading({"Nota": "note"}), ["has no column 'Nota' to map. Is 'note' meant?"]),
        (OURS, Reading({"note": "nota"}), ["--map: there is no column 'nota'. Is 'note' meant?"]),
        (OURS, Reading(fixed={"evnt": "1"}), ["--set: there is no column 'evnt'. Is 'event' meant?"]),
        (OURS, Reading(preset="square"), ["There is no preset 'square' for fees. Presets: till."]),
        (OURS[:1], Reading(preset="till"), ["is no export of the till: it lacks Day, Total, State."]),
        (["STATE", "Day"], Reading(preset="till"), ["is no export of the till: it lacks Total. It would have Day,"]),
    ],
)
def test_reader_says_what_does_not_fit_and_what_to_type(names: list[str], reading: Reading, words: list[str]) -> None:
    said = refused(names, reading)

    assert [each for each in words if each not in said] == []


# What names a header


def test_known_are_our_names_and_others() -> None:
    assert {fold("Patron name"), "guest", "name", "who"} <= known(Fees(), Reading({"Who": "patron_name"}))


def test_known_are_those_of_a_preset() -> None:
    assert known(Fees(), Reading(preset="till")) == {"day", "total", "state"}


def test_as_options_names_a_sheet_where_there_is_one() -> None:
    assert Reading().as_options() == {"map": {}, "set": {}, "preset": ""}
    assert Reading(sheet="2026").as_options()["sheet"] == "2026"


# Days


@pytest.mark.parametrize(("day_first", "day"), [(None, "5/6/2026"), (True, "5 Jun 2026"), (False, "6 May 2026")])
def test_reader_writes_days_as_it_is_told(day_first: bool | None, day: str) -> None:
    cells = {"event": "1", "guest": "Ana", "amount": "5", "paid_at": "5/6/2026", "note": "1/2/2026"}

    line = read(cells, Reading(day_first=day_first))

    assert (line.cells["paid_at"], line.cells["note"]) == (day, "1/2/2026")


def test_reader_reports_a_day_that_cannot_be_as_it_is_told() -> None:
    line = read({"event": "1", "guest": "Ana", "amount": "5", "paid_at": "5/23/2026"}, Reading(day_first=True))

    assert line.fault == "paid_at: '5/23/2026' has no month 23, where the day comes first"
    # Its money is counted where it is reported.
    assert line.cells["amount"] == "5"


def test_reader_leaves_days_to_a_preset() -> None:
    with pytest.raises(ImportFailed, match="knows how its days are written"):
        reader(Fees(), ["Day", "Total", "State"], Reading(preset="till", day_first=True))


@pytest.mark.parametrize(
    "reading",
    [Reading(), Reading({"a": "note"}, {"event": "1"}, "till", "May", day_first=False), Reading(day_first=True)],
)
def test_reading_is_kept_as_options(reading: Reading) -> None:
    assert Reading.of_options(json.loads(json.dumps(reading.as_options()))) == reading
