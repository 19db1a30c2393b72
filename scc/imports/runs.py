"""Runs: what is imported from which file, by whom, as of when.

A file of which a run was begun and not ended is gone on with under the same run. What a run stores takes its moment
and its ids from the run and from the lines, so it is the same whether it ran through or was killed and begun again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone
from pynamodb.expressions.condition import Condition
from ulid import ULID

from scc import links
from scc.dynamo.errors import Conflict
from scc.dynamo.indexes import KEY_NAMES
from scc.dynamo.rows import Row
from scc.dynamo.units import Unit
from scc.imports.ids import digest_of
from scc.imports.lines import ImportFailed
from scc.imports.outcomes import Outcome
from scc.imports.rows import ImportFile, ImportRun, State
from scc.staff import audit, subjects
from scc.staff.actors import SYSTEM, Actor, By

UNENDED = (State.RUNNING, State.STOPPED, State.FAILED)


@dataclass(frozen=True)
class Run:
    """What those who carry lines know of the run.

    source: the file's name. moment: when what it stores is recorded. secret: the key for `links.derived_secret`, so
    that what is stored cannot be guessed, and is the same when it is stored again. coming: the departures, by slug,
    and the vessels that a dry run would have added before, for the lines that belong to them.
    """

    id: str
    source: str
    moment: datetime
    by: By
    secret: str = field(default="", repr=False)
    coming: dict[str, Row] = field(default_factory=dict, repr=False, compare=False)


def dry(source: str) -> Run:
    """Return a run that stores nothing, not even itself."""
    return Run("", source, now(), SYSTEM)


def of(row: ImportRun) -> Run:
    """Return the run that `row` keeps."""
    by = Actor(row.recorded_by, row.recorded_by_name)
    return Run(row.run_id or row.ulid, row.source, row.began_at if row.moment is None else row.moment, by, row.secret)


def digest_of_file(path: Path, what: str, options: Mapping[str, object]) -> str:
    """Return what names a file that is read in this way, whatever it is called. Raises OSError."""
    with path.open("rb") as file:
        return digest_of_bytes(hashlib.file_digest(file, "sha256").hexdigest(), what, options)


def digest_of_bytes(sha256: str, what: str, options: Mapping[str, object]) -> str:
    """Return what `digest_of_file` returns, of a file whose bytes have this SHA-256."""
    return digest_of(sha256, what, json.dumps(options, sort_keys=True))


def begin(*, what: str, source: str, digest: str, by: By = SYSTEM, options: Mapping[str, object]) -> ImportRun:
    """Return the run of the file `digest` that was begun and not ended, or a new one, stored.

    One that was begun in the admin is gone on with there; where its upload is gone, a new one takes its place. Two
    GetItem, and one TransactWriteItems. Raises ImportFailed, and what `Unit.commit` raises.
    """
    for _ in range(2):
        file, last = last_of(digest)
        if last is not None and last.state in UNENDED and not last.parts:
            return last
        row = new(what=what, source=source, by=by, digest=digest, options=json.dumps(options))
        unit = Unit()
        if last is not None and last.state in UNENDED:
            if not may_follow(last):
                raise ImportFailed(_elsewhere(last))
            for name_, value in follow(unit, last, row, by=by).items():
                setattr(row, name_, value)
        unit.put(row)
        name(unit, file, row)
        try:
            unit.commit()
        except Conflict:
            # Someone began it at the same moment: theirs it is.
            continue
        return row
    raise Conflict([])


def _elsewhere(row: ImportRun) -> str:
    page = f"{settings.SCC_SITE_URL}{subjects.page_of(audit.subject_of(row))}"
    return f"This very file was begun in the admin, and has not ended. Go on with it there: {page}"


def may_follow(other: ImportRun) -> bool:
    """Say whether another run may take the place of one that has not ended: a command's, or one whose upload is gone.

    One ListObjectsV2 at most. Raises StoreUnavailable.
    """
    # What guests see knows of kinds, and so of this, and goes without the bucket's client.
    from scc.imports import objects

    return not other.parts or (other.state != State.RUNNING and objects.are_gone(other.ulid))


def follow(unit: Unit, other: ImportRun, row: ImportRun, *, by: By) -> dict[str, Any]:
    """Let `row` go on with the lines of `other`, which has not ended, and return what `row` takes over of it."""
    sets = {"state": State.STOPPED.value, "queue": "", "taken_by": row.ulid}
    change(unit, other, sets | {"failure": "Gone on with by another import."}, expect=is_version(other))
    audit.record(unit, by=by, action="stopped", of=other, summary="Gone on with by another import.")
    run = of(other)
    return {"run_id": run.id, "moment": run.moment, "secret": run.secret}


def new(*, what: str, source: str, by: By, **more: Any) -> ImportRun:
    """Return a run that is not stored yet."""
    moment = now()
    return ImportRun(
        ulid=str(ULID.from_datetime(moment)),
        year=f"{timezone.localtime(moment):%Y}",
        what=what,
        source=source,
        began_at=moment,
        secret=more.pop("secret", "") or links.new_secret(),
        recorded_by=by.username,
        recorded_by_name=by.name,
        **more,
    )


def last_of(digest: str) -> tuple[ImportFile | None, ImportRun | None]:
    """Return what names the run of a file that was begun last, and that run. Two GetItem at most."""
    file = ImportFile.fetch(digest=digest)
    return file, ImportRun.fetch(ulid=file.run_id) if file else None


def name(unit: Unit, file: ImportFile | None, row: ImportRun) -> None:
    """Make `row` the run that its file is gone on with, on condition that `file` is still what names it."""
    if file is None:
        unit.put(ImportFile(digest=row.digest, run_id=row.ulid))
    else:
        unit.update(file, set={"run_id": row.ulid}, expect=ImportFile.run_id == file.run_id)


def change(unit: Unit, row: ImportRun, sets: Mapping[str, Any], *, expect: Condition | None = None) -> None:
    """Add a change of `row` to `unit`, with the keys that follow from it. Its version goes up by one."""
    wanted = ImportRun(**{each: getattr(row, each) for each in row.get_attributes() if each not in _OWN})
    for attribute, value in sets.items():
        setattr(wanted, attribute, value)
    wanted.stamp()
    moved = {each: getattr(wanted, each) for each in KEY_NAMES if getattr(wanted, each) != getattr(row, each)}
    unit.update(row, set={**sets, **moved}, add={"version": 1}, expect=expect)


_OWN = frozenset({"kind", "version", "unit", "expires_at", *KEY_NAMES})


def end(row: ImportRun, outcome: Outcome, *, state: State = State.DONE) -> None:
    """Keep how a run ended, with an audit entry. One TransactWriteItems. Raises what `Unit.commit` raises."""
    unit = Unit()
    sets = {"state": state.value, "ended_at": now(), "counts": json.dumps(outcome.counts), "failure": ""}
    change(unit, row, sets)
    audit.record(unit, by=of(row).by, action="imported", of=row, summary=f"{state.label}. {outcome}")
    unit.commit()


def is_version(row: Row) -> Condition:
    """Return the condition that the row is as it was read."""
    return Row.version == row.version


def now() -> datetime:
    """Return this moment, as stored: to the millisecond."""
    moment = timezone.now()
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
