"""What people decide of a run, and runs of the same file."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scc.dynamo.errors import Conflict
from scc.imports import decisions, jobs, objects, runs, uploads
from scc.imports.decisions import AlreadyGoing, Refused
from scc.imports.lines import ImportFailed
from scc.imports.rows import ImportRun, State
from scc.staff import audit
from tests.dynamo.faults import meanwhile
from tests.imports.kinds import Fees
from tests.imports.uploading import ALICE, arrived, carried, checked, drive, forget, now, uploaded, years

pytestmark = pytest.mark.usefixtures("table")

STRANGE = years().replace(b"capacity", b"Heads", 1)


def command_of(run: ImportRun) -> ImportRun:
    """Begin a command's run of the same file."""
    options = json.loads(run.options)
    digest = runs.digest_of_bytes(run.sha256, run.what, options)
    return runs.begin(what=run.what, source="season.csv", digest=digest, options=options)


def actions_of(run: ImportRun) -> list[str]:
    return [entry.action for entry in audit.history_of(run)]


@pytest.mark.parametrize("decide", [decisions.confirm, decisions.stop, decisions.go_on])
@pytest.mark.parametrize("state", list(State))
def test_nothing_is_decided_here_of_what_a_command_carries(decide: Any, state: State) -> None:
    row = runs.begin(what="legacy", source="table.json", digest="d", options={})
    row.update(actions=[ImportRun.state.set(state.value)])

    with pytest.raises(Refused):
        decide(now(row), by=ALICE)

    assert now(row).version == row.version


def test_end_forgets_why_an_earlier_try_failed() -> None:
    row = runs.begin(what="legacy", source="table.json", digest="d", options={})
    row.update(actions=[ImportRun.failure.set("It could not be read.")])

    runs.end(now(row), Fees().outcome())

    assert (now(row).state, now(row).failure) == (State.DONE, "")


@pytest.mark.parametrize("state", [State.STOPPED, State.FAILED])
def test_confirm_follows_an_upload_that_is_gone(state: State) -> None:
    first = decisions.confirm(checked(years()), by=ALICE)
    jobs.drive(first, seconds=0)
    now(first).update(actions=[ImportRun.state.set(state.value)])
    forget(first)

    second = decisions.confirm(checked(years()), by=ALICE)

    assert (runs.of(second).id, runs.of(second).moment) == (runs.of(first).id, runs.of(first).moment)
    assert runs.of(second).secret == first.secret
    assert (now(first).state, now(first).taken_by) == (State.STOPPED, second.ulid)
    assert actions_of(first)[0] == "stopped"
    assert not decisions.can_go_on(now(first))
    assert drive(second).state == State.DONE


def test_confirm_refuses_a_file_that_a_stopped_upload_can_go_on_with() -> None:
    first, second = checked(years()), checked(years())
    decisions.stop(decisions.confirm(first, by=ALICE), by=ALICE)

    with pytest.raises(AlreadyGoing):
        decisions.confirm(second, by=ALICE)


def test_confirm_refuses_a_file_that_is_gone() -> None:
    run = checked(years())
    forget(run)

    with pytest.raises(Refused, match="deleted, 30 days after"):
        decisions.confirm(run, by=ALICE)

    assert now(run).state == State.READY


def test_confirm_writes_over_no_end_of_a_command() -> None:
    run = checked(years())
    begun = command_of(run)

    with meanwhile("TransactWriteItems", lambda: runs.end(now(begun), Fees().outcome())), pytest.raises(Conflict):
        decisions.confirm(run, by=ALICE)

    assert now(begun).state == State.DONE


def test_a_command_leaves_what_was_begun_in_the_admin_there() -> None:
    run = decisions.confirm(checked(years()), by=ALICE)

    with pytest.raises(ImportFailed, match=f"Go on with it there: http.*/{run.ulid}/change/"):
        command_of(run)


def test_a_command_follows_an_upload_that_is_gone() -> None:
    run = decisions.stop(decisions.confirm(checked(years()), by=ALICE), by=ALICE)
    forget(run)

    begun = command_of(run)

    assert (runs.of(begun).id, runs.of(begun).moment, runs.of(begun).secret) == (run.ulid, run.began_at, run.secret)
    assert now(run).taken_by == begun.ulid
    assert command_of(run).ulid == begun.ulid


def test_a_command_begins_anew_what_was_carried_in_the_admin() -> None:
    run = carried(years())

    assert runs.of(command_of(run)).id != runs.of(run).id


@pytest.mark.parametrize("state", [State.UPLOADING, State.MAPPING, State.CHECKING, State.READY, State.RUNNING])
def test_what_is_left_has_an_entry_of_the_trail(state: State) -> None:
    run = in_state(state)

    left = decisions.stop(run, by=ALICE)

    assert (left.state, left.queue) == (State.STOPPED, "")
    [entry] = [entry for entry in audit.history_of(run) if entry.action == "stopped"]
    assert entry.recorded_by == "alice"


def in_state(state: State) -> ImportRun:
    match state:
        case State.UPLOADING:
            return uploads.begin(what="events", source="season.csv", size=9, by=ALICE)
        case State.MAPPING:
            return uploaded(STRANGE)
        case State.CHECKING:
            return uploaded(years())
        case State.READY:
            return checked(years())
        case _:
            return decisions.confirm(checked(years()), by=ALICE)


@pytest.mark.parametrize(
    ("state", "after"),
    [(State.MAPPING, State.MAPPING), (State.CHECKING, State.READY), (State.READY, State.READY)],
)
def test_what_was_left_is_gone_on_with(state: State, after: State) -> None:
    run = decisions.stop(in_state(state), by=ALICE)

    run = drive(decisions.go_on(run, by=ALICE))

    assert (run.state, run.failure) == (after, "")


def test_an_upload_that_is_left_is_not_gone_on_with() -> None:
    run = decisions.stop(in_state(State.UPLOADING), by=ALICE)

    assert not decisions.can_go_on(run)


def test_what_no_one_can_read_is_not_gone_on_with() -> None:
    run = drive(arrived(b"%PDF-1.7 nothing"))

    assert (run.state, decisions.can_go_on(run)) == (State.FAILED, False)
    assert actions_of(run) == ["failed"]


def test_go_on_refuses_what_is_gone() -> None:
    run = decisions.stop(decisions.confirm(checked(years()), by=ALICE), by=ALICE)
    forget(run)

    with pytest.raises(Refused, match="deleted, 30 days after"):
        decisions.go_on(run, by=ALICE)

    assert objects.are_gone(run.ulid)


def test_confirm_takes_up_what_a_command_had_begun() -> None:
    run = checked(years())
    digest = runs.digest_of_bytes(run.sha256, "events", json.loads(run.options))
    begun = runs.begin(what="events", source="season.csv", digest=digest, options=json.loads(run.options))

    confirmed = decisions.confirm(run, by=ALICE)

    assert runs.of(confirmed).id == begun.ulid
    assert runs.of(confirmed).moment == begun.began_at
    assert runs.of(confirmed).secret == begun.secret
    assert now(begun).state == State.STOPPED


def test_confirm_refuses_a_file_that_another_upload_carries() -> None:
    first, second = checked(years()), checked(years())
    decisions.confirm(first, by=ALICE)

    with pytest.raises(AlreadyGoing) as refused:
        decisions.confirm(second, by=ALICE)

    assert refused.value.other.ulid == first.ulid
    assert now(second).state == State.READY


def test_confirm_refuses_what_was_not_checked() -> None:
    with pytest.raises(Refused):
        decisions.confirm(uploaded(years()), by=ALICE)
