"""Jobs: a run from the admin, carried portion by portion by whoever has time: its page, or the schedule.

Whoever works at a run holds its lease, and each portion is counted in one transaction that expects that the lease is
still theirs and that nobody has counted it before. So two drivers, two tabs or a page and the schedule, never both
count. A driver that dies leaves a lease that ends by itself, and its portion is done again from the beginning: what is
stored already is found to be so, and counts as carried where the check had found it new.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pynamodb.expressions.condition import Condition
from ulid import ULID

from scc.dynamo.errors import Conflict, StoreError
from scc.dynamo.units import Unit
from scc.imports import kinds, portions, runs
from scc.imports.lines import ImportFailed
from scc.imports.outcomes import Outcome
from scc.imports.portions import CHECK, RUN, First, Tale
from scc.imports.rows import OPEN, ImportRun, State
from scc.staff import audit

# A page's request is over after the function's 30 seconds, whatever it was at; a command's portion takes seconds.
PAGE_LEASE = timedelta(seconds=40)
COMMAND_LEASE = timedelta(minutes=2)
# How long a page's request begins portions.
PAGE_SECONDS = 5.0
# A portion that was cut off so often is not begun again by itself.
MOST_TRIES = 5

GOING = (State.CHECKING, State.RUNNING)


class Busy(Exception):
    """Someone else works at the run, or it does not go on any more."""


@dataclass
class _Lease:
    """Who works at a run, and how far they have brought it."""

    row: ImportRun
    name: str
    length: timedelta
    first: First | None = None

    @property
    def phase(self) -> str:
        return RUN if self.row.state == State.RUNNING else CHECK

    def is_mine(self) -> Condition:
        """Return the condition that nobody else has taken the run over, or counted what comes next."""
        same: Condition = (ImportRun.lease == self.name) & (ImportRun.edition == self.row.edition)
        same &= (ImportRun.portions_done == self.row.portions_done) & (ImportRun.portions == self.row.portions)
        return same

    def take(self, sets: Mapping[str, Any]) -> None:
        for name, value in sets.items():
            setattr(self.row, name, value)
        self.row.stamp()


def drive(
    row: ImportRun, *, seconds: float, lease: timedelta = PAGE_LEASE, asked: Callable[[], bool] = lambda: False
) -> ImportRun:
    """Carry portions of a run, at least one, and begin none after `seconds` or when `asked` to stop.

    One TransactWriteItems to begin, and one for each portion beside what the kind does. Returns the run as it is then.
    Raises Busy, StoreUnavailable, OutcomeUnknown: it is gone on with later.
    """
    until = time.monotonic() + seconds
    held = _claim(row, lease)
    try:
        while _step(held, lambda: time.monotonic() < until and not asked()):
            pass
    except StoreError:
        _release(held)
        raise
    return held.row


def _claim(row: ImportRun, length: timedelta) -> _Lease:
    now = runs.now()
    # What a command carries over is the command's alone.
    if not row.parts or row.state not in GOING or (row.lease_until is not None and row.lease_until > now):
        raise Busy
    held = _Lease(row, str(ULID()), length)
    sets = {"lease": held.name, "lease_until": now + length, "tried": row.tried + 1}
    free = ImportRun.lease_until.does_not_exist() | (ImportRun.lease_until <= now)
    unit = Unit()
    runs.change(unit, row, sets, expect=runs.is_version(row) & free)
    try:
        unit.commit()
    except Conflict as exc:
        raise Busy from exc
    held.take({**sets, "version": row.version + 1})
    return held


def _step(held: _Lease, may_go_on: Callable[[], bool]) -> bool:
    """Do what is next, and count it. Returns whether there is more to do, and time."""
    row, begun = held.row, time.monotonic()
    if row.tried > MOST_TRIES:
        return _failed(held, f"Portion {row.portions_done + 1} was cut off {MOST_TRIES} times.")
    try:
        sets = _portion(held) if row.portions else _cut(row)
    except ImportFailed as exc:
        return _failed(held, str(exc))
    sets |= {"spent_ms": row.spent_ms + round((time.monotonic() - begun) * 1000)}
    goes_on = sets["state"] == row.state and may_go_on()
    end = runs.now() + held.length if goes_on else None
    sets |= {"lease": held.name if goes_on else "", "lease_until": end, "tried": int(goes_on)}
    return _count(held, sets) and goes_on


def _cut(row: ImportRun) -> dict[str, Any]:
    cut = portions.cut(row)
    return {"state": row.state, "portions": cut.portions, "groups": cut.groups, "lines": cut.lines}


def _portion(held: _Lease) -> dict[str, Any]:
    """Carry the next portion, or check it, keep what became of it, and return what that changes of the run."""
    row, phase = held.row, held.phase
    number = row.portions_done + 1
    if held.first is None:
        held.first = portions.first_of(row, phase, number - 1)
    groups = portions.groups_of(row, number)
    is_again = phase == RUN and row.tried > 1
    kind = kinds.get(row.what)
    tale = Tale(kind, portions.new_in_check(row, number) if is_again else frozenset())
    run = runs.of(row) if phase == RUN else runs.dry(row.source)

    def carry(group: portions.Group) -> None:
        kind.carry(group[0], group[1], run, tale, dry_run=phase == CHECK)

    with ThreadPoolExecutor(kind.threads) as pool:
        # Asked for one by one, so that what a group raises is raised here, and the rest is not begun.
        for _ in pool.map(carry, groups):
            pass
    tale.sort()
    held.first = held.first.and_then(tale)
    portions.keep(row, phase, number, tale, held.first)
    return {
        "state": _state_after(row, number),
        "counts": json.dumps(_sum(json.loads(row.counts or "{}"), tale.counts)),
        "portions_done": number,
        "groups_done": row.groups_done + len(groups),
        "lines_done": row.lines_done + sum(len(lines) for _, lines in groups),
        "again": row.again + is_again,
    }


def _state_after(row: ImportRun, number: int) -> str:
    if number < row.portions:
        return str(row.state)
    return State.DONE.value if row.state == State.RUNNING else State.READY.value


def _sum(counts: Mapping[str, Mapping[str, int]], more: Mapping[str, Mapping[str, int]]) -> dict[str, dict[str, int]]:
    return {
        sort: {what: counts.get(sort, {}).get(what, 0) + count for what, count in each.items()}
        for sort, each in more.items()
    }


def _count(held: _Lease, sets: dict[str, Any]) -> bool:
    """Count what was done, if nobody else has. Returns whether the run goes on as it was."""
    was = held.row.state
    if sets["state"] != was:
        sets |= {"queue": ""}
    if sets["state"] == State.DONE:
        sets |= {"ended_at": runs.now()}
    try:
        _write(held, sets, expect=held.is_mine() & (ImportRun.state == was))
    except Conflict:
        _count_what_was_stopped(held, sets, was)
        return False
    return True


def _count_what_was_stopped(held: _Lease, sets: dict[str, Any], was: str) -> None:
    """Count what was done while someone stopped the run; the last portion ends it all the same."""
    if sets["state"] == was:
        sets = {**sets, "state": State.STOPPED.value, "queue": ""}
    sets |= {"lease": "", "lease_until": None, "tried": 0}
    try:
        _write(held, sets, expect=held.is_mine() & (ImportRun.state == State.STOPPED.value))
    except Conflict as exc:
        raise Busy from exc


def _write(held: _Lease, sets: dict[str, Any], *, expect: Condition) -> None:
    unit = Unit()
    runs.change(unit, held.row, sets, expect=expect)
    if sets["state"] == State.DONE:
        row = held.row
        told = Outcome(())
        told.counts = json.loads(sets["counts"])
        audit.record(unit, by=runs.of(row).by, action="imported", of=row, summary=f"{State.DONE.label}. {told}")
    unit.commit()
    held.take({**sets, "version": held.row.version + 1})


def _failed(held: _Lease, why: str) -> bool:
    sets = {"state": State.FAILED.value, "queue": "", "failure": why, "ended_at": runs.now(), "lease": ""}
    unit = Unit()
    runs.change(unit, held.row, {**sets, "lease_until": None}, expect=held.is_mine())
    # Why may name what is in the file; the trail is kept for ever.
    audit.record(unit, by=runs.of(held.row).by, action="failed", of=held.row, summary="Failed. Its page says why.")
    try:
        unit.commit()
    except Conflict as exc:
        raise Busy from exc
    held.take({**sets, "lease_until": None, "version": held.row.version + 1})
    return False


def _release(held: _Lease) -> None:
    """Let another driver in at once. How often the portion was begun stays."""
    unit = Unit()
    runs.change(unit, held.row, {"lease": "", "lease_until": None}, expect=held.is_mine())
    try:
        unit.commit()
    except StoreError:
        # The lease ends by itself.
        return


def waiting() -> list[ImportRun]:
    """Return the runs that go on by themselves, the oldest first. One Query."""
    return ImportRun.listing(known={"queue": OPEN}, index="gsi2").rows
