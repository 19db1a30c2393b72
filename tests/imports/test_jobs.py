"""Runs in portions: what is counted, whoever drives them and wherever they are cut off."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from events.rows import Event
from scc.dynamo.errors import StoreUnavailable
from scc.dynamo.rows import Row
from scc.imports import decisions, jobs, kinds, leases, objects, portions, progress, runs
from scc.imports.portions import First, Tale
from scc.imports.progress import Part
from scc.imports.rows import ImportRun, State
from scc.staff import audit
from tests.dynamo.faults import connection_refused, meanwhile
from tests.imports.uploading import (
    ALICE,
    BAD,
    Killed,
    carried,
    checked,
    counts_of,
    drive,
    end_lease,
    is_busy,
    killed,
    now,
    season_of,
    uploaded,
    years,
)

pytestmark = pytest.mark.usefixtures("table", "small_portions")


def events() -> dict[str, Any]:
    """Return what is stored of departures, but for what differs with each try."""
    return {row.slug: (row.title, row.starts_at, row.vessel_name) for row in Row.scan() if isinstance(row, Event)}


def test_a_check_stores_nothing() -> None:
    run = checked(years())

    assert (run.state, run.portions, run.groups, run.lines) == (State.READY, 3, 3, 6)
    assert counts_of(run) == {"read": 6, "carried": 6, "unchanged": 0, "reported": 0}
    assert events() == {}


def test_a_run_carries_every_portion() -> None:
    run = carried(years())

    assert (run.state, run.portions_done, run.groups_done, run.lines_done) == (State.DONE, 3, 3, 6)
    assert counts_of(run) == {"read": 6, "carried": 6, "unchanged": 0, "reported": 0}
    assert len(events()) == 6
    assert (run.queue, run.lease) == ("", "")
    assert audit.history_of(run)[0].summary.startswith("Done. events: 6 read, 6 carried")


def test_the_same_file_again_adds_nothing() -> None:
    carried(years())

    run = carried(years())

    assert counts_of(run) == {"read": 6, "carried": 0, "unchanged": 6, "reported": 0}
    assert len(events()) == 6


def test_what_is_not_carried_is_reported_and_holds_nothing_back() -> None:
    run = carried(season_of({}, BAD, {"date": "2025-05-23"}))

    assert counts_of(run) == {"read": 3, "carried": 2, "unchanged": 0, "reported": 1}
    [(number, place, reason, raw)] = portions.first_of(run, "run", run.portions_done).reports
    assert (number, place, reason) == (3, "line 3", "date: '23 May' is no day such as 2026-05-23")
    assert raw.startswith(",23 May,")


def test_a_second_driver_is_refused() -> None:
    run = uploaded(years())

    with meanwhile("TransactWriteItems", lambda: jobs.drive(now(run), seconds=0)):
        assert is_busy(run)

    assert now(run).portions == 3


def test_a_driver_that_lost_its_lease_counts_nothing() -> None:
    run = decisions.confirm(checked(years()), by=ALICE)
    claimed = leases.claim(now(run))
    end_lease(run)
    jobs.drive(now(run), seconds=0)

    with pytest.raises(jobs.Busy):
        jobs._count(claimed, jobs._portion(claimed) | {"lease": "", "lease_until": None, "tried": 0})

    assert (now(run).portions_done, now(run).lines_done, counts_of(now(run))["read"]) == (1, 2, 2)
    assert counts_of(drive(run)) == {"read": 6, "carried": 6, "unchanged": 0, "reported": 0}


def calls_of_a_run() -> int:
    """Return how many calls a whole run makes, in one drive."""
    # The vessel is there from here on.
    carried(years(2018, 2018))
    run = decisions.confirm(checked(years(2020, 2021)), by=ALICE)
    with killed(-1, stored=False) as made:
        jobs.drive(run, seconds=60)
    return len(made)


@pytest.mark.parametrize("stored", [False, True], ids=["never sent", "stored"])
def test_a_run_is_gone_on_with_wherever_it_was_cut_off(stored: bool) -> None:
    for at in range(calls_of_a_run()):
        first = 2022 + 2 * at
        run = decisions.confirm(checked(years(first, first + 1)), by=ALICE)
        with pytest.raises(Killed), killed(at, stored=stored):
            jobs.drive(run, seconds=60)
        end_lease(run)

        run = drive(run)

        assert run.state == State.DONE, at
        assert counts_of(run) == {"read": 4, "carried": 4, "unchanged": 0, "reported": 0}, at
        assert len([slug for slug in events() if slug.startswith((str(first), str(first + 1)))]) == 4, at
        assert [entry.action for entry in audit.history_of(run)].count("imported") == 1, at


def test_a_table_that_does_not_answer_lets_the_next_driver_in_at_once() -> None:
    run = decisions.confirm(checked(years()), by=ALICE)
    assert now(run).tried == 0

    with connection_refused("Query", times=50), pytest.raises(StoreUnavailable):
        jobs.drive(run, seconds=60)

    assert (now(run).lease, now(run).tried) == ("", 1)
    assert counts_of(drive(run))["carried"] == 6


def test_a_table_that_does_not_answer_is_not_held_against_a_portion(settings: Any) -> None:
    run = decisions.confirm(checked(years()), by=ALICE)
    settings.ON_LAMBDA = True
    for _ in range(jobs.MOST_TRIES + 1):
        with connection_refused("Query", times=50), pytest.raises(StoreUnavailable):
            jobs.drive(now(run), seconds=60)

    # The page goes on with it, too.
    assert not jobs.is_for_schedule(now(run))
    run = drive(run)
    assert (run.state, run.again, counts_of(run)["carried"]) == (State.DONE, 1, 6)


def test_a_portion_that_is_always_cut_off_fails_and_may_be_tried_again() -> None:
    run = decisions.confirm(checked(years()), by=ALICE)
    for _ in range(jobs.MOST_TRIES):
        found = now(run)
        with pytest.raises(Killed), killed(1, stored=False):
            jobs.drive(found, seconds=60)
        end_lease(run)

    run = jobs.drive(now(run), seconds=60)

    assert (run.state, run.failure) == (State.FAILED, f"Portion 1 was cut off {jobs.MOST_TRIES} times.")
    assert counts_of(drive(decisions.go_on(now(run), by=ALICE)))["carried"] == 6


def test_a_lease_is_renewed_while_a_step_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "LEASE", timedelta(seconds=0.6))
    run = decisions.confirm(checked(years()), by=ALICE)
    busy: list[bool] = []

    def outlast() -> None:
        """Wait until the lease was renewed twice: longer than it would have lasted."""
        renewed = {now(run).lease_until}
        while len(renewed) < 3 or runs.now() < min(filter(None, renewed)):
            renewed.add(now(run).lease_until)
        busy.append(is_busy(now(run)))

    with meanwhile("Query", outlast):
        jobs.drive(now(run), seconds=0)

    assert busy == [True]
    assert (now(run).portions_done, now(run).lease, now(run).tried) == (1, "", 0)


def test_who_comes_late_keeps_nothing() -> None:
    run = decisions.confirm(checked(season_of({}, BAD)), by=ALICE)
    late = leases.claim(now(run))
    end_lease(run)
    ended = drive(run)
    kept = portions.kept(ended, "run", 1)

    with pytest.raises(jobs.Busy):
        jobs._portion(late)

    assert portions.kept(ended, "run", 1) == kept
    assert counts_of(now(run)) == {"read": 2, "carried": 1, "unchanged": 0, "reported": 1}


def test_who_holds_the_lease_keeps_theirs_over_what_came_late() -> None:
    run = decisions.confirm(checked(season_of({}, BAD)), by=ALICE)
    portions.keep(run, "run", 1, Tale(kinds.get("events")), First(), over="")

    ended = drive(run)

    assert len(portions.first_of(ended, "run", 1).carried) == 1


def test_stop_lets_a_portion_be_counted_and_begins_no_other() -> None:
    run = decisions.confirm(checked(years()), by=ALICE)

    with meanwhile("Query", lambda: decisions.stop(now(run), by=ALICE)):
        jobs.drive(run, seconds=60)

    stopped = now(run)
    assert (stopped.state, stopped.portions_done, counts_of(stopped)["carried"]) == (State.STOPPED, 1, 2)
    assert is_busy(stopped)
    assert counts_of(drive(decisions.go_on(stopped, by=ALICE)))["carried"] == 6


def test_runimports_goes_on_with_what_nobody_is_at() -> None:
    run = uploaded(years())
    out = StringIO()

    call_command("runimports", stdout=out)

    assert out.getvalue() == "Imports: 6 lines in 1 imports, 0 left to others.\n"
    assert now(run).state == State.READY
    decisions.confirm(now(run), by=ALICE)
    call_command("runimports", "--seconds", "40", stdout=out)
    assert (now(run).state, len(events())) == (State.DONE, 6)


def test_runimports_leaves_what_someone_is_at() -> None:
    run = uploaded(years())
    leases.claim(now(run))
    out = StringIO()

    call_command("runimports", stdout=out)

    assert out.getvalue() == "Imports: 0 lines in 0 imports, 1 left to others.\n"


def test_runimports_goes_on_with_the_others_when_one_is_cut_short() -> None:
    first, second = uploaded(years()), uploaded(years(2030, 2032))
    out = StringIO()

    # All tries of the first one's Query; the second one's comes through.
    with (
        connection_refused("Query", times=3, after=1),
        pytest.raises(CommandError, match="1 imports were cut short"),
    ):
        call_command("runimports", stdout=out)

    assert (now(first).state, now(second).state) == (State.CHECKING, State.READY)
    assert out.getvalue() == "Imports: 6 lines in 1 imports, 0 left to others.\n"


def test_runimports_begins_last_what_was_cut_off() -> None:
    first, second = uploaded(years()), uploaded(years(2030, 2032))
    found = now(first)
    with pytest.raises(Killed), killed(1, stored=False):
        jobs.drive(found, seconds=60)
    end_lease(first)

    assert [run.ulid for run in jobs.waiting()] == [second.ulid, first.ulid]


def test_runimports_says_that_it_goes_on_when_the_table_does_not_answer() -> None:
    with connection_refused("Query", times=50), pytest.raises(CommandError, match="goes on with the next run"):
        call_command("runimports")


def test_a_file_that_is_gone_fails_with_words() -> None:
    run = checked(years())
    objects._client().delete_object(Bucket=settings.SCC_MEDIA_BUCKET, Key=f"uploads/{run.ulid}/1/lines-0001")

    run = drive(decisions.confirm(run, by=ALICE))

    assert (run.state, run.failure) == (State.FAILED, str(objects.Gone()))


def test_report_parts_fit_into_an_answer() -> None:
    megabyte = 1024 * 1024

    assert progress.report_parts([]) == []
    assert progress.report_parts([megabyte, megabyte, 2 * megabyte, 9 * megabyte, 1]) == [
        Part(range(1, 3)),
        Part(range(3, 4)),
        *(Part(range(4, 5), share, 3) for share in range(3)),
        Part(range(5, 6)),
    ]


@pytest.mark.parametrize(("count", "shares"), [(7, 3), (1, 3), (0, 2), (6, 3)])
def test_part_gives_each_line_of_a_portion_once(count: int, shares: int) -> None:
    lines = list(range(count))

    assert [each for share in range(shares) for each in Part(range(1, 2), share, shares).of(lines)] == lines


def test_drive_leaves_a_command_its_own_run() -> None:
    row = runs.begin(what="legacy", source="table.json", digest="d", options={})

    with pytest.raises(jobs.Busy):
        jobs.drive(row, seconds=0)

    stored = ImportRun.fetch(ulid=row.ulid)
    assert stored is not None
    assert stored.state == State.RUNNING
