"""Leases: who works at a run. One at a time, for as long as they live.

Whoever works at a run renews its lease while they are at a step, however long that takes. A driver that dies renews
nothing, so its lease ends by itself and another goes on. Each step is counted in one transaction that expects that the
lease is still theirs and that nobody has counted the step before.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pynamodb.expressions.condition import Condition
from ulid import ULID

from scc.dynamo.errors import Conflict, OutcomeUnknown, StoreError, StoreUnavailable
from scc.dynamo.units import Unit
from scc.imports import runs
from scc.imports.portions import First
from scc.imports.rows import ImportRun, State

# Longer than a page's function lives, so that nobody goes on with what it may still be at.
LEASE = timedelta(seconds=40)
# How often a lease is renewed while it lasts.
_RENEWALS = 3

GOING = (State.CHECKING, State.RUNNING)


class Busy(Exception):
    """Someone else works at the run, or it does not go on any more."""


@dataclass
class Lease:
    """Who works at a run, and how far they have brought it."""

    row: ImportRun
    name: str
    first: First | None = None

    def is_mine(self) -> Condition:
        """Return the condition that nobody else has taken the run over, or counted what comes next."""
        row = self.row
        same: Condition = (ImportRun.lease == self.name) & (ImportRun.edition == row.edition)
        same &= (ImportRun.portions_done == row.portions_done) & (ImportRun.portions == row.portions)
        return same

    def is_held(self) -> bool:
        """Say whether the lease is still theirs. One GetItem."""
        found = ImportRun.fetch(ulid=self.row.ulid)
        return found is not None and found.lease == self.name

    def write(self, unit: Unit, sets: Mapping[str, Any], *, expect: Condition) -> None:
        """Change the run with `unit`. One TransactWriteItems. Raises what `Unit.commit` raises."""
        runs.change(unit, self.row, sets, expect=expect)
        unit.commit()
        self._take(sets)

    def _take(self, sets: Mapping[str, Any]) -> None:
        for name, value in sets.items():
            setattr(self.row, name, value)
        self.row.version += 1
        self.row.stamp()

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Renew the lease as long as this lasts."""
        done = threading.Event()
        keeper = threading.Thread(target=self._renew_until, args=[done], daemon=True)
        keeper.start()
        try:
            yield
        finally:
            done.set()
            keeper.join()

    def _renew_until(self, done: threading.Event) -> None:
        while not done.wait(LEASE.total_seconds() / _RENEWALS):
            unit = Unit()
            unit.update(self.row, set={"lease_until": runs.now() + LEASE}, expect=ImportRun.lease == self.name)
            try:
                unit.commit()
            except Conflict:
                # Another has it by now; what is done here will not be counted.
                return
            except StoreError:
                continue

    def release(self, why: StoreError) -> None:
        """Let another driver in at once. A try that a busy table ended was not cut off, and is not held against it."""
        is_refused = isinstance(why, StoreUnavailable | OutcomeUnknown)
        sets = {"lease": "", "lease_until": None, "unanswered": self.row.unanswered + is_refused}
        try:
            self.write(Unit(), sets, expect=self.is_mine())
        except StoreError:
            # The lease ends by itself.
            return


def claim(row: ImportRun) -> Lease:
    """Take a run that nobody works at. One TransactWriteItems. Raises Busy, StoreUnavailable, OutcomeUnknown."""
    now = runs.now()
    # What a command carries over is the command's alone.
    if not row.parts or row.state not in GOING or (row.lease_until is not None and row.lease_until > now):
        raise Busy
    held = Lease(row, str(ULID()))
    sets = {"lease": held.name, "lease_until": now + LEASE, "tried": row.tried + 1}
    free = ImportRun.lease_until.does_not_exist() | (ImportRun.lease_until <= now)
    try:
        held.write(Unit(), sets, expect=runs.is_version(row) & free)
    except Conflict as exc:
        raise Busy from exc
    return held


def cut_off(row: ImportRun) -> int:
    """Return how often what comes next was begun and cut off: by a crash, a kill, or a function's time limit."""
    return max(0, row.tried - row.unanswered)
