"""What all commands share that import a file, seen on the one for departures."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from events import calendar
from events.management.commands.importevents import Command
from scc.dynamo.rows import Row
from scc.imports import reporting
from scc.imports.endings import AGAIN, reports
from scc.imports.lines import Line
from scc.imports.outcomes import SHOWN
from scc.imports.rows import ImportRun, State
from scc.staff import audit
from tests.commands import Ran
from tests.dynamo.faults import connection_refused, meanwhile
from tests.imports.kinds import Fees
from tests.imports.uploading import season_of

pytestmark = pytest.mark.usefixtures("table")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Import(Ran):
    """One run of the command."""

    def __init__(self, path: Path, *arguments: str, out: io.StringIO | None = None) -> None:
        super().__init__("importevents", path, *arguments, out=out)


Season = Callable[..., Path]


@pytest.fixture
def season(tmp_path: Path) -> Season:
    """Write a season of so many departures, the last of which are bad, changed before it is written."""

    def write(*, good: int = 1, bad: int = 0, change: Callable[[str], bytes] = str.encode) -> Path:
        days = [{"date": f"20{26 + number // 28}-05-{number % 28 + 1:02}"} for number in range(good)]
        worse = [{"date": f"2026-06-{number % 28 + 1:02}", "capacity": "many"} for number in range(bad)]
        path = tmp_path / "season.csv"
        path.write_bytes(change(season_of(*days, *worse).decode()))
        return path

    return write


def runs_stored() -> list[ImportRun]:
    return [row for row in Row.scan() if isinstance(row, ImportRun)]


# What is said of the file


def test_import_says_how_a_file_is_read_that_is_not_plain(season: Season) -> None:
    path = season(change=lambda text: text.replace(",", ";").replace("Sunset", "Été").encode("cp1252"))

    run = Import(path)

    assert run.said == ["season.csv: Windows-1252, separated by semicolons"]
    assert calendar.get_event("2026-05-01") is not None


def test_import_says_that_a_file_has_no_lines(season: Season) -> None:
    run = Import(season(good=0))

    assert (run.status, run.said) == (0, ["season.csv: has no lines below its header"])


def test_import_says_what_days_show_of_their_order(season: Season) -> None:
    path = season(
        good=3, change=lambda text: text.replace("2026-05-01", "13/5/2026").replace("2026-05-02", "2/5/2026").encode()
    )

    first = Import(path)
    second = Import(path, "--day-first")

    assert first.status == 3
    assert first.said[0].endswith("'13/5/2026' (line 2) has the day first. Type --day-first to read all of them so.")
    assert (second.status, second.said) == (0, [])
    assert len(calendar.between(date(2026, 5, 2), date(2026, 5, 13)).rows) == 3


def test_import_takes_columns_by_hand(season: Season) -> None:
    path = season(change=lambda text: text.replace("title,", "what=where,").encode())

    assert "lacks title" in Import(path).failure
    assert Import(path, "--map", "what=where=title").status == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--map", "title"], "--map takes NAME=VALUE, such as \"Guest=patron_name\", not 'title'."),
        (["--set", "=2026-05-23"], "--set takes NAME=VALUE, such as \"event=2026-05-23\", not '=2026-05-23'."),
        (["--map", "a=title", "--map", "a=note"], "--map names 'a' twice."),
        (["--preset", "till"], "There is no preset 'till' for events."),
        (["--sheet", "May"], "has no sheets"),
    ],
)
def test_import_says_what_is_wrong_with_an_option(arguments: list[str], words: str, season: Season) -> None:
    run = Import(season(), *arguments)

    assert run.status == 1
    assert words in run.failure
    assert runs_stored() == []


# A dry run


def test_import_dry_run_shows_some_that_would_be_carried_and_all_that_are_bad(season: Season) -> None:
    run = Import(season(good=25, bad=30), "--dry-run")

    assert run.status == 3
    assert run.shown[0].startswith("line 2   carried   ")
    assert run.shown[SHOWN] == "...                and 5 more"
    assert run.shown[SHOWN + 1] == "line 27  reported  capacity: 'many' is no number from 1 to 9999"
    assert len(run.shown) == SHOWN + 1 + 30
    assert run.last_line.endswith("(dry run: nothing was written)")
    assert (run.said, list(Row.scan())) == ([], [])


def test_import_dry_run_draws_a_table_on_a_terminal(season: Season) -> None:
    run = Import(season(bad=1), "--dry-run", out=Terminal())

    assert "Would be" in run.shown[0]
    assert "carried" in run.shown[1]
    assert "line 3" in run.shown[2]
    assert run.last_line.endswith("(dry run: nothing was written)")


# Strict


def test_import_strict_says_how_many_are_bad_and_writes_nothing(season: Season) -> None:
    run = Import(season(good=2, bad=3), "--strict")

    assert (run.status, run.failure) == (1, "Nothing was written, as 3 of 5 lines are bad.")
    assert run.last_line == "events: 3 read, 0 carried, 0 unchanged, 3 reported; vessels: 0 carried"
    assert list(Row.scan()) == []


# Reports


def test_import_writes_what_was_not_carried(season: Season, tmp_path: Path) -> None:
    path = season(bad=SHOWN + 5)
    report, summary = tmp_path / "report.csv", tmp_path / "summary.json"

    run = Import(path, "--report", str(report), "--summary", str(summary))

    with report.open(newline="") as file:
        first, *lines = csv.reader(file)
    assert first == ["place", "reason", "raw"]
    assert lines[0] == ["line 3", "capacity: 'many' is no number from 1 to 9999", path.read_text().splitlines()[2]]
    assert len(lines) == SHOWN + 5
    # The screen has the first, and says where the others are.
    assert len(run.said) == SHOWN + 1
    assert run.said[-1] == f"... and 5 more: {report}"
    assert json.loads(summary.read_text()) == {
        "events": {"read": SHOWN + 6, "carried": 1, "unchanged": 0, "reported": SHOWN + 5},
        "vessels": {"read": 1, "carried": 1, "unchanged": 0, "reported": 0},
    }


def test_import_says_all_that_was_not_carried_where_no_file_is_named(season: Season) -> None:
    assert len(Import(season(bad=SHOWN + 5)).said) == SHOWN + 5


@pytest.mark.parametrize("option", ["--report", "--guesses", "--summary"])
def test_import_writes_no_report_over_the_file(option: str, season: Season) -> None:
    path = season()
    before = path.read_bytes()

    with pytest.raises(CommandError, match="is the file that is imported"):
        call_command("importevents", str(path), option, str(path))

    assert path.read_bytes() == before


def test_import_writes_no_two_reports_over_each_other(season: Season, tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    twice = ["--report", str(tmp_path / "told"), "--summary", str(tmp_path / "here" / ".." / "told")]

    with pytest.raises(CommandError, match="--report and --summary are the same file"):
        call_command("importevents", str(season()), *twice)

    assert not (tmp_path / "told").exists()
    assert Import(season(), "--report", os.devnull, "--summary", os.devnull).status == 0


def test_reports_are_written_however_it_ends(tmp_path: Path) -> None:
    report, summary = tmp_path / "report.csv", tmp_path / "summary.json"
    outcome = Fees().outcome()

    def carry() -> None:
        with reports(outcome, {"report": report, "summary": summary, "guesses": None}):
            outcome.report("fees", Line(2, "raw"), "is bad", cents=5)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        carry()

    assert report.read_text().splitlines() == ["place,reason,raw", "line 2,is bad,raw"]
    assert json.loads(summary.read_text())["fees"]["cents_reported"] == 5


@pytest.mark.parametrize("sign", "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
def test_reports_hold_no_formulas(sign: str) -> None:
    formula = f'{sign}HYPERLINK("x")'
    file = io.StringIO(newline="")

    reporting.write(file, [(formula, formula, formula), ("line 3", "is bad", '"=1",-1')])

    lines = list(csv.reader(io.StringIO(file.getvalue(), newline="")))
    assert lines == [[f"'{formula}"] * 3, ["line 3", "is bad", '"=1",-1']]


# The run


def test_import_keeps_its_run_and_one_audit_entry(season: Season) -> None:
    Import(season(good=2, bad=1))

    (run,) = runs_stored()
    entries = audit.history_of(run)
    assert (run.state, run.source, run.what) == (State.DONE, "season.csv", "events")
    assert [entry.action for entry in entries] == ["imported"]
    assert "3 read, 2 carried, 0 unchanged, 1 reported" in entries[0].summary


def test_import_stopped_by_ctrl_c_is_gone_on_with(season: Season) -> None:
    path = season(good=60)

    with meanwhile("TransactWriteItems", lambda: os.kill(os.getpid(), signal.SIGINT), after=1):
        first = Import(path)
    stopped = [run.state for run in runs_stored()]
    second = Import(path)

    assert (first.status, first.failure) == (1, f"Stopped. {AGAIN}")
    assert stopped == [State.STOPPED]
    assert second.status == 0
    assert [run.state for run in runs_stored()] == [State.DONE]
    assert len(calendar.between(date(2026, 1, 1), date(2028, 12, 31)).rows) == 60


class Pressed(Command):
    """Asked to stop with each line that it reads."""

    def _lines(self, *arguments: Any) -> Iterator[Line]:
        for line in super()._lines(*arguments):
            os.kill(os.getpid(), signal.SIGTERM)
            yield line


def test_import_stopped_while_it_reads_says_so(season: Season) -> None:
    with pytest.raises(CommandError, match=r"Stopped\. Run it again to go on"):
        call_command(Pressed(stdout=io.StringIO()), str(season(good=3)))

    assert runs_stored() == []


def test_import_stopped_before_it_carries_says_so(season: Season) -> None:
    with meanwhile("TransactWriteItems", lambda: os.kill(os.getpid(), signal.SIGTERM)):
        run = Import(season(good=3))

    assert (run.status, run.failure) == (1, f"Stopped. {AGAIN}")
    assert [run.state for run in runs_stored()] == [State.STOPPED]
    assert calendar.get_event("2026-05-01") is None


def test_import_says_what_to_do_when_the_table_is_gone_midway(season: Season) -> None:
    path = season(good=30)

    with connection_refused("TransactWriteItems", times=1000):
        run = Import(path)

    assert run.status == 1
    assert run.failure.endswith(AGAIN)
    assert Import(path).status == 0


def test_again_is_what_was_typed(tmp_path: Path) -> None:
    command = Command(stderr=io.StringIO())

    with pytest.raises(SystemExit):
        command.run_from_argv(["./manage.py", "importevents", str(tmp_path / "no such.csv"), "--map", "A=title"])

    assert command.again == f"{AGAIN} Type: manage.py importevents '{tmp_path}/no such.csv' --map A=title"
