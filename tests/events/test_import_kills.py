"""Imports that are killed at each of their transactions and begun again: the table is that of one that ran through."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from events import season
from events.importing import crew_lines, party_lines
from scc.dynamo.rows import Row
from scc.dynamo.tables import create_table, delete_table
from tests.builders import make_event, make_party, make_person
from tests.commands import Ran
from tests.events.importing import KILLED, Said, items, killed, written

pytestmark = pytest.mark.usefixtures("table")

SLUGS = ("2026-05-23", "2026-05-23-morning")


def make_departures() -> None:
    """Departures with someone aboard already."""
    for slug in SLUGS:
        make_event(slug=slug, capacity=120)
    make_party(event=make_event(slug="2026-05-25", capacity=5))
    make_person(name="Guest 1")


def guests() -> list[Said]:
    """Lines of which each departure has some more than a transaction takes, and one that does not fit."""
    lines = [{"event": slug, "name": f"Guest {number}", "price": "5"} for slug in SLUGS for number in range(101)]
    return [*lines, {"event": "2026-05-25", "name": "Noor", "size": "3"}, {"event": "2026-05-25", "name": "Keiko"}]


def hands() -> list[Said]:
    """Lines of which each departure has some more than a transaction takes; all departures have the same crew."""
    return [{"event": slug, "name": f"Guest {number}", "role": "mate"} for slug in SLUGS for number in range(35)]


def departures() -> list[Said]:
    """Two batches of departures without slugs, two a day, of a vessel whose name makes no slug."""
    times = {"capacity": "6", "title": "Sail", "vessel": "海豚"}
    days = [f"2026-06-{day:02}" for day in range(1, 15)]
    return [{"date": day, "starts_at": at, **times} for day in days for at in ("09:30", "18:15")]


# Each gets one transaction further than the one before.
POINTS = (("response-received", 1), ("before-send", 2), ("response-received", 1))

CASES = {
    "importpatrons": (party_lines.COLUMNS, guests),
    "importcrew": (crew_lines.COLUMNS, hands),
    "importevents": (season.COLUMNS, departures),
}


@pytest.mark.parametrize("command", CASES)
def test_an_import_that_is_killed_ends_as_one_that_runs_through(command: str, tmp_path: Path) -> None:
    columns, lines = CASES[command]
    path = written(tmp_path / "file.csv", columns, lines())
    make_departures()
    # The run is begun, and nothing else; so both that follow are the same run.
    assert killed(command, path, moment="before-send", at=2) == KILLED
    begun = list(Row.scan())

    through = Ran(command, path)
    expected = items()
    put_back(begun)
    statuses = [killed(command, path, *point) for point in POINTS]
    again = Ran(command, path)

    assert set(statuses) == {KILLED}
    assert again.status == through.status
    assert items() == expected


def put_back(rows: Iterable[Row]) -> None:
    delete_table()
    create_table()
    for row in rows:
        row.save()
