"""Runs of a migration: begun, gone on with, ended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from ulid import ULID

from scc.dynamo.migration_rows import Migration, MigrationPlace
from scc.dynamo.migrations import name_of
from scc.dynamo.rows import Row
from scc.dynamo.units import Unit

SEGMENTS = 4


def name(kinds: Sequence[type[Row]]) -> str:
    """Return what names a migration of `kinds`: `PATRON-2`."""
    return "+".join(sorted(f"{name_of(kind)}-{kind.last_shape()}" for kind in kinds))


def begin(kinds: Sequence[type[Row]], *, segments: int = SEGMENTS) -> tuple[Migration, list[MigrationPlace]]:
    """Return the run that was begun and not ended, or a new one, stored, and the places of its segments.

    A run that is gone on with keeps its own segments. One Query, and one TransactWriteItems for a new one.
    Raises Conflict when someone else begins one.
    """
    called = name(kinds)
    stored = Row.collection(Migration.keys_for(name=called)[0])
    run = next((row for row in stored if isinstance(row, Migration)), None)
    if run is None or run.ended_at is not None:
        run = _begun(called, segments, run)
    kept = {row.segment: row for row in stored if isinstance(row, MigrationPlace) and row.run == run.run}
    places = [MigrationPlace(name=called, segment=f"{number:02}", run=run.run) for number in range(run.segments)]
    return run, [kept.get(place.segment, place) for place in places]


def _begun(called: str, segments: int, last: Migration | None) -> Migration:
    run = Migration(name=called, run=str(ULID()), segments=segments, began_at=datetime.now(UTC))
    unit = Unit()
    if last is None:
        unit.put(run)
    else:
        run.version = last.version + 1
        changed = {"run": run.run, "segments": segments, "began_at": run.began_at, "ended_at": None}
        unit.update(last, set={**changed, "version": run.version}, expect=Migration.version == last.version)
    unit.commit()
    return run.stamp()


def end(run: Migration, unit: Unit) -> None:
    """Add to `unit` that the run is done. The commit is the caller's."""
    unit.update(run, set={"ended_at": datetime.now(UTC)}, expect=Migration.run == run.run)
