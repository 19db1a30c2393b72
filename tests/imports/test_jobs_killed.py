"""A run of which drivers are killed, stall, or are several at once, leaves the table of one that ran through."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command

from payments.verifying import verify
from scc.dynamo.rows import Row
from scc.dynamo.tables import create_table, delete_table
from scc.imports import decisions, jobs, objects, portions
from scc.imports.rows import ImportRun, State
from scc.staff import audit
from scc.staff.models import User
from tests.builders import make_event
from tests.imports import driving
from tests.imports.uploading import ALICE, checked, end_lease, now
from tests.people import client_of, make_user
from tests.soak import IS_SOAK, SEED

# The same points each time, few of them; with `make soak` more, and others.
POINTS = 20 if IS_SOAK else 5
# Before it takes the run.
BEFORE = (1, False)

Items = dict[tuple[str, str], dict[str, Any]]


@pytest.fixture(scope="module")
def confirmed() -> Items:
    """The table with a run that was confirmed, and nothing of it carried over."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(portions, "LINES", driving.LINES)
        create_table()
        make_user(username="alice", name="Alice Archer")
        for slug in driving.SIZES:
            make_event(slug=slug, capacity=100)
        run = decisions.confirm(checked(driving.payments(), what="payments", source="payments.csv"), by=ALICE)
        assert run.portions == len(driving.SIZES)
        found = stored()
        delete_table()
    return found


@pytest.fixture(scope="module")
def clean(confirmed: Items) -> dict[str, Any]:
    """What one driver that is left alone makes of it."""
    run = begin(confirmed)
    driving.carry(run.ulid)
    found = outcome_of(run)
    delete_table()
    return found


@pytest.fixture
def run(confirmed: Items, clean: dict[str, Any]) -> Iterator[ImportRun]:
    yield begin(confirmed)
    delete_table()


def begin(confirmed: Items) -> ImportRun:
    """Return the run, in a table of its own, and with nothing in the bucket of what became of its lines."""
    create_table()
    connection = Row._get_connection()
    for (pk, sk), item in confirmed.items():
        connection.put_item(pk, sk, attributes={name: item[name] for name in item if name not in {"pk", "sk"}})
    [run] = [row for row in Row.scan() if isinstance(row, ImportRun)]
    for name in objects.sizes(run.ulid, f"{run.edition}/run-"):
        objects._client().delete_object(Bucket=settings.SCC_MEDIA_BUCKET, Key=f"{objects.FOLDER}{run.ulid}/{name}")
    return run


@pytest.fixture(scope="module")
def start() -> Iterator[Any]:
    with driving.processes() as context:
        yield context


def stored() -> Items:
    """Return all items, without what says which unit of work wrote last."""
    items = Row._get_connection().scan()["Items"]
    return {(item["pk"]["S"], item["sk"]["S"]): {name: item[name] for name in item if name != "unit"} for item in items}


def carried() -> Items:
    """Return the items but those that tell how it went: of the run, its trail, and who looked at its page."""
    how = ("IMPORT#", "AUDIT#IMPORT#", "SESSION#", "USER#")
    return {key: item for key, item in stored().items() if not key[0].startswith(how)}


def outcome_of(run: ImportRun) -> dict[str, Any]:
    """Return what is told of a run, and what is stored of its lines."""
    row = now(run)
    reports = [portions.reports_of(row, "run", number) for number in range(1, row.portions + 1)]
    told = (row.state, row.counts, row.lines_done, row.groups_done, row.portions_done, row.queue, row.lease)
    ended = [entry.summary for entry in audit.history_of(row) if entry.action == "imported"]
    faults = [fault for slug in driving.SIZES for fault in verify(slug).faults]
    return {"items": carried(), "told": told, "reports": reports, "ended": ended, "faults": faults}


def points() -> list[tuple[int, bool]]:
    dice = Random(SEED)  # noqa: S311  # the same again from the same seed
    return [BEFORE, *((dice.randint(1, driving.TRANSACTIONS), dice.random() < 0.5) for _ in range(POINTS - 1))]


def ask_page(run: ImportRun) -> str:
    """Let the run's open page ask once, and return what it is shown."""
    alice = User.objects.get(username="alice")
    answer = client_of(alice).post(f"/admin/imports/importrun/{run.ulid}/drive/?part=progress")
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize(("at", "after"), points())
def test_a_run_whose_driver_was_killed_is_gone_on_with_by_the_page_and_the_schedule(
    at: int, after: bool, run: ImportRun, clean: dict[str, Any], start: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = start.Process(target=driving.carry_until_killed, args=(run.ulid, at, after))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    was = now(run)
    ask_page(run)
    assert (now(run).portions_done > was.portions_done) == ((at, after) == BEFORE), "one goes on where no lease lasts"

    end_lease(run)
    monkeypatch.setattr(jobs, "PAGE_SECONDS", 0)
    ask_page(run)
    call_command("runimports")

    assert outcome_of(run) == clean


@pytest.mark.parametrize("at", range(2, driving.TRANSACTIONS + 1))
def test_a_driver_that_stalls_and_wakes_late_counts_and_writes_nothing_twice(
    at: int, run: ImportRun, clean: dict[str, Any], start: Any
) -> None:
    here, there = start.Pipe()
    process = start.Process(target=driving.carry_and_stall, args=(run.ulid, at, there))
    process.start()
    # With its own end alone a child that dies says so.
    there.close()
    assert here.recv() == "here"

    end_lease(run)
    jobs.drive(now(run), seconds=0)
    here.send("go on")

    assert here.recv() == "busy"
    process.join()
    call_command("runimports")
    assert outcome_of(run) == clean


def test_pages_and_schedules_at_once_carry_each_line_once(run: ImportRun, clean: dict[str, Any], start: Any) -> None:
    tasks = [driving.carry_with_others] * 3
    processes = [start.Process(target=task, args=(run.ulid,)) for task in tasks]
    for process in processes:
        process.start()
    call_command("runimports")
    for process in processes:
        process.join()

    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert outcome_of(run) == clean
    assert clean["told"][0] == State.DONE
    assert len(clean["ended"]) == 1
    assert clean["faults"] == []
