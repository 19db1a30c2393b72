"""Jobs: a run from the admin, carried step by step by whoever has time: its page, or the schedule.

The steps are to look into the file, to cut it into portions, and each portion: first to check it, and once somebody
has confirmed it, to carry it over. A step that is cut off is done again from its beginning by who takes the lease
next: what is stored already is found to be so, and counts as carried where the check had found it new.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.conf import settings
from pynamodb.expressions.condition import Condition

from scc.dynamo.errors import Conflict, StoreError
from scc.dynamo.units import Unit
from scc.imports import kinds, leases, portions, runs, uploads
from scc.imports.leases import GOING, Busy, Lease, cut_off
from scc.imports.lines import ImportFailed
from scc.imports.portions import CHECK, RUN, Tale
from scc.imports.rows import OPEN, ImportRun, State
from scc.staff import audit

__all__ = ["GOING", "MOST_TRIES", "PAGE_SECONDS", "Busy", "drive", "is_for_schedule", "waiting"]

# How long a page's request begins portions.
PAGE_SECONDS = 5.0
# What was cut off so often is not begun again by itself.
MOST_TRIES = 5


def drive(row: ImportRun, *, seconds: float, asked: Callable[[], bool] = lambda: False) -> ImportRun:
    """Do steps of a run, at least one, and begin none after `seconds` or when `asked` to stop.

    One TransactWriteItems to begin, and one for each step beside what the kind does. Returns the run as it is then.
    Raises Busy, StoreUnavailable, OutcomeUnknown: it is gone on with later.
    """
    until = time.monotonic() + seconds
    held = leases.claim(row)
    try:
        with held.kept():
            while _step(held, lambda: time.monotonic() < until and not asked()):
                pass
    except StoreError as exc:
        held.release(exc)
        raise
    return held.row


def is_for_schedule(row: ImportRun) -> bool:
    """Say whether what comes next would outlive the function that a page has, and is the schedule's."""
    is_large = not row.portions and uploads.is_large(row)
    return bool(settings.ON_LAMBDA) and (is_large or cut_off(row) > 0)


def _step(held: Lease, may_go_on: Callable[[], bool]) -> bool:
    """Do what is next, and count it. Returns whether there is more to do, and time."""
    row, begun = held.row, time.monotonic()
    if cut_off(row) > MOST_TRIES:
        return _failed(held, f"{_next_words(row)} was cut off {MOST_TRIES} times.")
    try:
        sets = _next(held)
    except ImportFailed as exc:
        return _failed(held, exc.in_page, tried=0)
    sets |= {"spent_ms": row.spent_ms + round((time.monotonic() - begun) * 1000)}
    goes_on = sets["state"] == row.state and may_go_on()
    end = runs.now() + leases.LEASE if goes_on else None
    sets |= {"lease": held.name if goes_on else "", "lease_until": end, "tried": int(goes_on), "unanswered": 0}
    return _count(held, sets) and goes_on


def _next_words(row: ImportRun) -> str:
    return f"Portion {row.portions_done + 1}" if row.portions else "Reading the file"


def _next(held: Lease) -> dict[str, Any]:
    """Do the next step, and return what it changes of the run."""
    row = held.row
    if not row.sha256:
        return uploads.look(row)
    if not row.portions:
        cut = portions.cut(row)
        return {"state": row.state, "portions": cut.portions, "groups": cut.groups, "lines": cut.lines}
    return _portion(held)


def _portion(held: Lease) -> dict[str, Any]:
    """Carry the next portion, or check it, keep what became of it, and return what that changes of the run."""
    row, number = held.row, held.row.portions_done + 1
    phase = RUN if row.state == State.RUNNING else CHECK
    is_again = row.tried > 1
    kept = portions.kept(row, phase, number) if is_again else ""
    if held.first is None:
        held.first = portions.first_of(row, phase, number - 1)
    groups = portions.groups_of(row, number)
    tale = Tale(kinds.get(row.what), portions.new_in_check(row, number) if is_again and phase == RUN else frozenset())
    _carry(row, groups, tale, dry_run=phase == CHECK)
    held.first = held.first.and_then(tale)
    while not portions.keep(row, phase, number, tale, held.first, over=kept):
        # Someone who came late, or whose lease this was before, has kept theirs.
        kept = portions.kept(row, phase, number)
        if not held.is_held():
            raise Busy
    return {
        "state": _state_after(row, number),
        "counts": json.dumps(_sum(json.loads(row.counts or "{}"), tale.counts)),
        "portions_done": number,
        "groups_done": row.groups_done + len(groups),
        "lines_done": row.lines_done + sum(len(lines) for _, lines, _ in groups),
        "again": row.again + (is_again and phase == RUN),
    }


def _carry(row: ImportRun, groups: list[portions.Group], tale: Tale, *, dry_run: bool) -> None:
    kind = kinds.get(row.what)
    run = runs.dry(row.source) if dry_run else runs.of(row)
    for _, _, around in groups:
        kind.know(around)

    def carry(group: portions.Group) -> None:
        name, lines, _ = group
        kind.carry(name, lines, run, tale, dry_run=dry_run)

    with ThreadPoolExecutor(kind.threads) as pool:
        # Asked for one by one, so that what a group raises is raised here, and the rest is not begun.
        for _ in pool.map(carry, groups):
            pass
    tale.sort()


def _state_after(row: ImportRun, number: int) -> str:
    if number < row.portions:
        return str(row.state)
    return State.DONE.value if row.state == State.RUNNING else State.READY.value


def _sum(counts: Mapping[str, Mapping[str, int]], more: Mapping[str, Mapping[str, int]]) -> dict[str, dict[str, int]]:
    return {
        sort: {what: counts.get(sort, {}).get(what, 0) + count for what, count in each.items()}
        for sort, each in more.items()
    }


def _count(held: Lease, sets: dict[str, Any]) -> bool:
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


def _count_what_was_stopped(held: Lease, sets: dict[str, Any], was: str) -> None:
    """Count what was done while someone stopped the run; the last portion ends it all the same."""
    if sets["state"] == was:
        sets = {**sets, "state": State.STOPPED.value, "queue": ""}
    sets |= {"lease": "", "lease_until": None, "tried": 0}
    try:
        _write(held, sets, expect=held.is_mine() & (ImportRun.state == State.STOPPED.value))
    except Conflict as exc:
        raise Busy from exc


def _write(held: Lease, sets: dict[str, Any], *, expect: Condition) -> None:
    unit = Unit()
    if sets["state"] == State.DONE:
        row = held.row
        told = kinds.get(row.what).outcome()
        told.counts = json.loads(sets["counts"])
        audit.record(unit, by=runs.of(row).by, action="imported", of=row, summary=f"{State.DONE.label}. {told}")
    held.write(unit, sets, expect=expect)


def _failed(held: Lease, why: str, **more: Any) -> bool:
    sets = {"state": State.FAILED.value, "queue": "", "failure": why, "ended_at": runs.now(), **more}
    unit = Unit()
    # Why may name what is in the file; the trail is kept for ever.
    audit.record(unit, by=runs.of(held.row).by, action="failed", of=held.row, summary="Failed. Its page says why.")
    try:
        held.write(unit, {**sets, "lease": "", "lease_until": None}, expect=held.is_mine())
    except Conflict as exc:
        raise Busy from exc
    return False


def waiting() -> list[ImportRun]:
    """Return the runs that go on by themselves, the oldest first. One Query.

    What was cut off comes last, so that a run that ends whoever works at it keeps no other waiting.
    """
    return sorted(ImportRun.listing(known={"queue": OPEN}, index="gsi2").rows, key=cut_off)
