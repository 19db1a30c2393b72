"""What people decide of a run: to carry it over, to stop it, to go on."""

from __future__ import annotations

import json
from typing import Any

from pynamodb.expressions.condition import Condition

from scc.dynamo.units import Unit
from scc.imports import objects, runs
from scc.imports.objects import Gone
from scc.imports.rows import OPEN, ImportRun, State
from scc.imports.uploads import PROGRESS
from scc.staff import audit
from scc.staff.actors import By

STOPPABLE = (State.UPLOADING, State.MAPPING, State.CHECKING, State.READY, State.RUNNING)


class Refused(Exception):
    """What was asked cannot be done as the run is; says why."""


class AlreadyGoing(Refused):
    """The same file is carried over by another run."""

    def __init__(self, other: ImportRun) -> None:
        super().__init__("This very file is being carried over already, by another import.")
        self.other = other


def confirm(row: ImportRun, *, by: By) -> ImportRun:
    """Begin to carry over what was checked. Three GetItem at most, one TransactWriteItems, two ListObjectsV2 at most.

    A run of the same file that did not end, a command's or one whose upload is gone, is gone on with under its moment
    and its ids. Raises Refused, AlreadyGoing, Conflict, StoreUnavailable, OutcomeUnknown.
    """
    if row.state != State.READY:
        raise Refused("It is not to be confirmed: look how far it is.")
    _refuse_gone(row)
    digest = runs.digest_of_bytes(row.sha256, row.what, json.loads(row.options))
    file, other = runs.last_of(digest)
    unit = Unit()
    sets: dict[str, Any] = {}
    if other is not None and other.ulid != row.ulid and other.state in runs.UNENDED:
        if not runs.may_follow(other):
            raise AlreadyGoing(other)
        sets = runs.follow(unit, other, row, by=by)
    sets |= {"state": State.RUNNING.value, "queue": OPEN, "digest": digest, "confirmed_at": runs.now()}
    fresh = {each: 0 for each in PROGRESS if each not in {"lines", "groups", "portions"}}
    runs.change(unit, row, {**sets, **fresh, "checked": row.counts, "counts": ""}, expect=runs.is_version(row))
    row.digest = digest
    if file is None or file.run_id != row.ulid:
        runs.name(unit, file, row)
    audit.record(unit, by=by, action="confirmed", of=row, summary=f"{row.lines} lines to be carried over.")
    unit.commit()
    return again(row)


def stop(row: ImportRun, *, by: By) -> ImportRun:
    """Stop a run, or leave it: who works at it counts the portion that they are at, and begins no other.

    One TransactWriteItems, one GetItem. Raises Refused, Conflict.
    """
    if not row.parts:
        raise Refused("A command carries it over. Stop it where it runs, with Ctrl-C.")
    if row.state not in STOPPABLE:
        raise Refused("It has ended already.")
    unit = Unit()
    sets = {"state": State.STOPPED.value, "queue": "", "ended_at": runs.now()}
    runs.change(unit, row, sets, expect=_is_at(row, row.state))
    done = f" {row.lines_done} of {row.lines} lines are done." if row.lines else ""
    audit.record(unit, by=by, action="stopped", of=row, summary=f"Stopped.{done}")
    unit.commit()
    return again(row)


def go_on(row: ImportRun, *, by: By) -> ImportRun:
    """Go on with a run that stopped or failed, where it was. Raises Refused, Conflict, StoreUnavailable."""
    if not can_go_on(row):
        raise Refused("It cannot be gone on with.")
    _refuse_gone(row)
    unit = Unit()
    state = _state_to_go_on_in(row)
    sets: dict[str, Any] = {"state": state.value, "queue": OPEN if state != State.READY else "", "ended_at": None}
    if not row.portions:
        # It is looked at anew, and its columns are asked for where they do not fit.
        sets["sha256"] = ""
    sets |= {"failure": "", "tried": min(row.tried, 1), "unanswered": 0}
    runs.change(unit, row, sets, expect=runs.is_version(row))
    audit.record(unit, by=by, action="continued", of=row, summary=f"{row.lines_done} of {row.lines} lines are done.")
    unit.commit()
    return again(row)


def _state_to_go_on_in(row: ImportRun) -> State:
    if row.confirmed_at is not None:
        return State.RUNNING
    is_checked = row.portions and row.portions_done == row.portions
    return State.READY if is_checked else State.CHECKING


def can_go_on(row: ImportRun) -> bool:
    """Say whether a run that stands still may be gone on with: not what would fail again for what the file is."""
    is_sound = row.state == State.STOPPED or (row.state == State.FAILED and bool(row.portions or row.tried))
    return is_sound and row.uploaded_at is not None and not row.taken_by


def _refuse_gone(row: ImportRun) -> None:
    if objects.are_gone(row.ulid):
        raise Refused(str(Gone()))


def again(row: ImportRun) -> ImportRun:
    """Return the run as it is now. One GetItem."""
    return ImportRun.fetch(ulid=row.ulid) or row


def _is_at(row: ImportRun, state: str) -> Condition:
    same: Condition = (ImportRun.state == state) & (ImportRun.edition == row.edition)
    return same
