"""Files that come in slices: what is taken, how they are looked at and cut, and by whom."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from scc.imports import jobs, objects, portions, uploads
from scc.imports.columns import Reading
from scc.imports.rows import State
from scc.imports.uploads import BadUpload
from tests.imports.uploading import (
    ALICE,
    arrived,
    counts_of,
    drive,
    season_of,
    uploaded,
    years,
)

pytestmark = pytest.mark.usefixtures("table", "small_portions")


def test_finish_checks_a_file_whose_columns_fit() -> None:
    run = uploaded(years())

    assert (run.state, run.queue) == (State.CHECKING, "open")
    assert uploads.head_of(run).names[:3] == ["slug", "date", "starts_at"]


def test_finish_asks_for_columns_that_do_not_fit() -> None:
    run = uploaded(years().replace(b"capacity", b"Heads"))

    assert (run.state, run.queue) == (State.MAPPING, "")
    assert "--" not in uploads.fault_of(run, uploads.head_of(run), uploads.reading_of(run))
    assert "lacks capacity" in uploads.fault_of(run, uploads.head_of(run), uploads.reading_of(run))


def test_finish_asks_for_a_column_that_is_called_as_an_option_is() -> None:
    run = uploaded(years().replace(b"capacity", b"capacity,--", 1))

    assert run.state == State.MAPPING
    assert uploads.fault_of(run, uploads.head_of(run), uploads.reading_of(run)) == "The file has unknown --."


def test_choose_reads_the_file_by_what_was_chosen() -> None:
    run = uploaded(years().replace(b"capacity", b"Heads"))

    run = drive(uploads.choose(run, Reading(by_hand={"Heads": "capacity"})))

    assert run.state == State.READY
    assert counts_of(run) == {"read": 6, "carried": 6, "unchanged": 0, "reported": 0}


def test_a_file_that_is_no_table_fails_under_its_own_name() -> None:
    run = uploaded(b"%PDF-1.7 nothing")

    assert (run.state, run.queue) == (State.FAILED, "")
    assert run.failure.startswith("season.csv is a PDF")


def test_a_whole_upload_is_not_read_within_its_request() -> None:
    with_slices = calls_to_the_bucket(lambda: arrived(years()))

    assert "GetObject" not in with_slices
    assert "PutObject" in with_slices


def calls_to_the_bucket(act: Callable[[], object]) -> list[str]:
    made: list[str] = []
    events = objects._client().meta.events
    note = lambda event_name, **_: made.append(event_name.rpartition(".")[2])  # noqa: E731
    events.register_first("before-send.s3", note)
    try:
        act()
    finally:
        events.unregister("before-send.s3", note)
    return made


@pytest.mark.parametrize(("source", "size", "is_left"), [("a.csv", 9, False), ("a.csv", 9 << 20, True)])
def test_a_large_file_is_read_by_the_schedule(settings: Any, source: str, size: int, is_left: bool) -> None:
    run = uploads.begin(what="payments", source=source, size=size, by=ALICE)

    assert not jobs.is_for_schedule(run)
    settings.ON_LAMBDA = True
    assert jobs.is_for_schedule(run) == is_left


@pytest.mark.parametrize(("megabytes", "is_left"), [(0.2, False), (0.3, True)])
def test_a_workbook_is_read_by_the_schedule_sooner(settings: Any, megabytes: float, is_left: bool) -> None:
    settings.ON_LAMBDA = True
    run = uploads.begin(what="payments", source="a.XLSX", size=int(megabytes * 1024**2), by=ALICE)

    assert jobs.is_for_schedule(run) == is_left
    # Its portions are as those of any file.
    run.sha256, run.portions = "0" * 64, 1
    assert not jobs.is_for_schedule(run)


def test_what_fails_says_no_option_of_a_command() -> None:
    run = uploaded(years().replace(b"capacity", b"Heads", 1))
    run = drive(uploads.choose(run, Reading(by_hand={"Heads": "capacity", "gone": "price"})))

    assert run.state == State.FAILED
    assert "The file has no column 'gone' to map." in run.failure
    assert "--" not in run.failure


def test_a_file_with_no_lines_fails() -> None:
    run = drive(uploaded(years().splitlines()[0] + b"\n"))

    assert (run.state, run.failure) == (State.FAILED, "The file has no lines behind its header.")


def test_a_file_with_too_many_lines_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portions, "MOST_LINES", 5)

    assert drive(uploaded(years())).failure.startswith("The file has more than 5 lines.")


@pytest.mark.parametrize(
    ("source", "size", "what", "words"),
    [
        ("season.pdf", 10, "events", "no CSV and no XLSX"),
        ("", 10, "events", "blank"),
        ("a\0.csv", 10, "events", "not text"),
        ("season.csv", 0, "events", "empty"),
        ("season.csv", uploads.MOST_BYTES + 1, "events", "are taken here"),
        ("season.csv", 10, "ships", "Choose what the file holds"),
    ],
)
def test_begin_refuses(source: str, size: int, what: str, words: str) -> None:
    with pytest.raises(BadUpload, match=words):
        uploads.begin(what=what, source=source, size=size, by=ALICE)


def test_begin_keeps_no_folder_of_a_name() -> None:
    assert uploads.begin(what="events", source="C:\\me\\../season.CSV", size=1, by=ALICE).source == "season.CSV"


def test_take_refuses_what_is_no_slice() -> None:
    run = uploads.begin(what="events", source="season.csv", size=uploads.SLICE + 1, by=ALICE)

    for number, data in [(0, b"x"), (3, b"x"), (1, b"x"), (2, b"xx")]:
        with pytest.raises(BadUpload):
            uploads.take(run, number, data)

    assert uploads.missing(run) == [1, 2]


def test_a_slice_again_is_the_same() -> None:
    data = years()
    run = uploads.begin(what="events", source="season.csv", size=len(data), by=ALICE)

    for _ in range(2):
        uploads.take(run, 1, data)

    assert uploads.missing(run) == []
    with uploads.opened(run) as (table, _):
        assert len(list(table.lines())) == 6


def test_portions_have_whole_groups_in_the_order_of_the_file() -> None:
    run = drive(uploaded(season_of({"date": "2027-01-01"}, {"date": "2025-01-01"}, {"date": "2027-01-02"})))

    cut = [portions.groups_of(run, number) for number in (1, 2)]

    assert [[(group, [line.number for line in lines]) for group, lines, _ in groups] for groups in cut] == [
        [("2027", [2, 4])],
        [("2025", [3])],
    ]
