"""Files that were uploaded, and drivers that die."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

from django.conf import settings

from events.season import COLUMNS
from scc.dynamo.rows import Row
from scc.dynamo.units import Unit
from scc.imports import decisions, jobs, objects, runs, uploads
from scc.imports.jobs import Busy
from scc.imports.rows import ImportRun, State
from scc.staff.actors import Actor

ALICE = Actor("alice", "Alice Archer")
DAY = date(2026, 5, 23)
# Of a line that is no departure.
BAD = {"date": "23 May"}


class Killed(BaseException):
    """The process was ended here."""


def season_of(*lines: dict[str, Any]) -> bytes:
    """Return a CSV of departures, each line given by its cells that are not ordinary."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for cells in lines:
        writer.writerow([departure(**cells)[column] for column in COLUMNS])
    return out.getvalue().encode()


def departure(**cells: Any) -> dict[str, str]:
    ordinary = {
        "slug": "",
        "date": DAY.isoformat(),
        "starts_at": "18:15",
        "ends_at": "21:15",
        "title": "Sunset sail",
        "vessel": "Dolphin",
        "capacity": "6",
        "status": "scheduled",
        "departure_port": "Shelter Island",
        "return_port": "Shelter Island",
        "price": "650.00",
    }
    return {**ordinary, **cells}


def years(first: int = 2024, last: int = 2026, *, each: int = 2) -> bytes:
    """Return a CSV of departures in several years, which are as many groups."""
    days = [date(year, 5, 1) + timedelta(days=number) for year in range(first, last + 1) for number in range(each)]
    return season_of(*({"date": day.isoformat()} for day in days))


def uploaded(data: bytes, *, source: str = "season.csv", what: str = "events", **more: Any) -> ImportRun:
    """Return the run of a file that was uploaded and looked at, as it is then."""
    return jobs.drive(arrived(data, source=source, what=what, **more), seconds=0)


def arrived(data: bytes, *, source: str = "season.csv", what: str = "events", **more: Any) -> ImportRun:
    """Return the run of a file of which all is here, and nothing read."""
    run = uploads.begin(what=what, source=source, size=len(data), by=ALICE, **more)
    for number in range(1, run.parts + 1):
        uploads.take(run, number, data[(number - 1) * uploads.SLICE : number * uploads.SLICE])
    return uploads.finish(run)


def now(run: ImportRun) -> ImportRun:
    found = ImportRun.fetch(ulid=run.ulid)
    assert found is not None
    return found


def checked(data: bytes, **more: Any) -> ImportRun:
    """Return the run of a file that waits to be confirmed."""
    return drive(uploaded(data, **more))


def drive(run: ImportRun) -> ImportRun:
    """Go on with a run until it goes on no more."""
    while now(run).state in jobs.GOING:
        jobs.drive(now(run), seconds=0)
    return now(run)


def carried(data: bytes, **more: Any) -> ImportRun:
    """Return the run of a file that was carried over."""
    run = checked(data, **more)
    assert run.state == State.READY, run.failure
    return drive(decisions.confirm(run, by=ALICE))


def counts_of(run: ImportRun) -> dict[str, int]:
    counts: dict[str, int] = json.loads(run.counts)["events"]
    return counts


def end_lease(run: ImportRun) -> None:
    """Let the time pass in which a dead driver holds the run."""
    unit = Unit()
    runs.change(unit, now(run), {"lease_until": runs.now()})
    unit.commit()


def hold(run: ImportRun) -> None:
    """Work at the run from somewhere else, for a while."""
    unit = Unit()
    runs.change(unit, now(run), {"lease": "another", "lease_until": runs.now() + timedelta(minutes=5)})
    unit.commit()


def forget(run: ImportRun) -> None:
    """Delete what is kept of a run's file, as the bucket does after a month."""
    for name in objects.sizes(run.ulid, ""):
        objects._client().delete_object(Bucket=settings.SCC_MEDIA_BUCKET, Key=f"{objects.FOLDER}{run.ulid}/{name}")


@contextmanager
def killed(at: int, *, stored: bool) -> Iterator[list[str]]:
    """End the process at the call number `at` to the table, from 0, before it arrives or after it is `stored`."""
    made: list[str] = []
    client = Row._get_connection().connection.client

    def kill(request: Any, event_name: str, **_: Any) -> None:
        made.append(event_name)
        if len(made) == at + 1:
            if stored:
                client._endpoint.http_session.send(request)
            raise Killed

    client.meta.events.register_first("before-send.dynamodb", kill)
    try:
        yield made
    finally:
        client.meta.events.unregister("before-send.dynamodb", kill)


def is_busy(run: ImportRun) -> bool:
    try:
        jobs.drive(run, seconds=0)
    except Busy:
        return True
    return False
