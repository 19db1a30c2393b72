"""Runs: what is imported from which file, by whom, as of when.

A file of which a run was begun and not ended is gone on with under the same run. What a run stores takes its moment
and its ids from the run and from the lines, so it is the same whether it ran through or was killed and begun again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.utils import timezone
from ulid import ULID

from scc.dynamo.units import Unit
from scc.imports.ids import digest_of
from scc.imports.outcomes import Outcome
from scc.imports.rows import ImportRun, State
from scc.staff import audit
from scc.staff.actors import SYSTEM, Actor, By

UNENDED = (State.RUNNING, State.STOPPED, State.FAILED)


@dataclass(frozen=True)
class Run:
    """What those who carry lines know of the run. source: the file's name. moment: when what it stores is recorded."""

    id: str
    source: str
    moment: datetime
    by: By


def dry(source: str) -> Run:
    """Return a run that stores nothing, not even itself."""
    return Run("", source, _now(), SYSTEM)


def of(row: ImportRun) -> Run:
    """Return the run that `row` keeps."""
    return Run(row.ulid, row.source, row.began_at, Actor(row.recorded_by, row.recorded_by_name))


def digest_of_file(path: Path, what: str, options: Mapping[str, object]) -> str:
    """Return what names a file that is read in this way, whatever it is called. Raises OSError."""
    with path.open("rb") as file:
        return digest_of(hashlib.file_digest(file, "sha256").hexdigest(), what, json.dumps(options, sort_keys=True))


def begin(*, what: str, source: str, digest: str, by: By = SYSTEM, options: Mapping[str, object]) -> ImportRun:
    """Return the run of the file `digest` that was begun and not ended, or a new one, stored.

    One Query, and one TransactWriteItems. Raises what `Unit.commit` raises.
    """
    last = next(iter(ImportRun.listing(known={"digest": digest}, forward=False, limit=1)), None)
    if last is not None and last.state in UNENDED:
        return last
    now = _now()
    row = ImportRun(
        digest=digest,
        ulid=str(ULID.from_datetime(now)),
        year=f"{timezone.localtime(now):%Y}",
        what=what,
        source=source,
        began_at=now,
        recorded_by=by.username,
        recorded_by_name=by.name,
        options=json.dumps(options),
    )
    unit = Unit()
    unit.put(row)
    unit.commit()
    return row


def end(row: ImportRun, outcome: Outcome, *, state: State = State.DONE) -> None:
    """Keep how a run ended, with an audit entry. One TransactWriteItems. Raises what `Unit.commit` raises."""
    unit = Unit()
    unit.update(row, set={"state": state.value, "ended_at": _now(), "counts": json.dumps(outcome.counts)})
    audit.record(unit, by=of(row).by, action="imported", of=row, summary=f"{state.label}. {outcome}")
    unit.commit()


def _now() -> datetime:
    now = timezone.now()
    # As stored, to the millisecond.
    return now.replace(microsecond=now.microsecond // 1000 * 1000)
