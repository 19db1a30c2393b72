"""A legacy table with every irregularity, carried over: nothing lost, nothing doubled, the money to the cent.

Short in `make test`; with SCC_SOAK=1 2,000 events and twenty kills.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any

import boto3
import pytest
from django.conf import settings

from events.rows import CrewAssignment, Event, Person
from payments.rows import Payment
from scc.dynamo.rows import Row
from scc.dynamo.tables import create_table, delete_table
from scc.staff.models import User
from tests.legacy import generator
from tests.legacy.commands import Backfill
from tests.legacy.generator import Season
from tests.soak import IS_SOAK, SEED
from waivers.rows import Waiver

# Fewer have no room for every irregularity.
FEWEST = 65
EVENTS = 2000 if IS_SOAK else FEWEST
KILLED_EVENTS, KILLS = (150, 20) if IS_SOAK else (12, 2)
SORTS = ("events", "crew", "payments", "waivers")
STORED = {"events": Event, "crew": CrewAssignment, "payments": Payment, "waivers": Waiver}

Counts = Mapping[str, Mapping[str, int]]


def test_make_has_every_irregularity() -> None:
    season = generator.make(FEWEST, seed=SEED)
    named = (
        *(generator.AMOUNTS | generator.TIMES | generator.IDS | generator.TITLES | generator.CAPACITIES),
        *(generator.NAMES | generator.LISTS | generator.LINES),
        *("payment: twice", "event: twice", "attribute: unknown", "attribute: unknown, of a payment"),
        *("typed and wrapped", "typed", "plain"),
    )

    assert [name for name in named if not season.seen[name]] == []
    assert generator.make(FEWEST, seed=SEED) == season


@pytest.fixture
def season(dana: User) -> Season:
    return generator.make(EVENTS, seed=SEED)


def counts_of(path: Path, tmp_path: Path, *options: str) -> Counts:
    summary = tmp_path / "summary.json"
    run = Backfill(
        path, *options, "--summary", summary, "--report", tmp_path / "r.csv", "--guesses", tmp_path / "g.csv"
    )
    assert run.status == 3, run.failure
    found: Counts = json.loads(summary.read_text())
    return found


def test_backfilllegacy_carries_or_reports_all_of_a_season(season: Season, tmp_path: Path) -> None:
    path = season.write(tmp_path / "season.json.gz")

    tried = counts_of(path, tmp_path, "--dry-run")
    first = counts_of(path, tmp_path)
    again = counts_of(path, tmp_path)

    assert {sort: first[sort]["read"] for sort in SORTS} == dict(season.read)
    assert first["payments"]["cents_read"] == season.cents
    for counts in (tried, first, again):
        for sort in SORTS:
            assert_adds_up(counts[sort])
    assert {sort: again[sort]["unchanged"] for sort in SORTS} == {sort: first[sort]["carried"] for sort in SORTS}
    assert {sort: again[sort]["carried"] for sort in SORTS} == dict.fromkeys(SORTS, 0)
    assert again["payments"]["cents_unchanged"] == first["payments"]["cents_carried"]
    assert {sort: tried[sort]["carried"] for sort in ("events", "payments")} == {
        sort: first[sort]["carried"] for sort in ("events", "payments")
    }
    assert_is_stored(first)
    # As one types it: what scans a season waits for the table longer than a page does.
    typed = {name: value for name, value in os.environ.items() if name != "PYNAMODB_CONFIG"}
    for command in ("verifyledger", "verifywaivers"):
        subprocess.run([sys.executable, "manage.py", command], cwd=settings.BASE_DIR, env=typed, check=True)


def assert_adds_up(counts: Mapping[str, int]) -> None:
    for before in ("", "cents_") if "cents_read" in counts else ("",):
        parts = (counts[f"{before}{what}"] for what in ("carried", "unchanged", "reported"))
        assert counts[f"{before}read"] == sum(parts)


def assert_is_stored(counts: Counts) -> None:
    """Hold the table to the counts: as many of each, and as much money."""
    found = [Row.from_raw_data(each) for each in items()]
    for sort, kind in STORED.items():
        assert sum(isinstance(row, kind) for row in found) == counts[sort]["carried"], sort
    assert sum(isinstance(row, Person) for row in found) == counts["people"]["carried"]
    received = sum(row.received_cents - row.refunded_cents for row in found if isinstance(row, Event))
    assert received == counts["payments"]["cents_carried"]


def items() -> Iterator[dict[str, Any]]:
    pages = boto3.client("dynamodb").get_paginator("scan").paginate(TableName=settings.SCC_TABLE, ConsistentRead=True)
    return (item for page in pages for item in page["Items"])


# Killed, and begun again

# Kills itself at one of its writes: before it is sent, or once it is stored and its answer is on the way.
KILLING = """
import os, signal, sys
import django
from django.core.management import call_command
django.setup()
from scc.dynamo.rows import Row
client = Row._get_connection().connection.client
left = int(sys.argv[2])
def count(request, **_):
    global left
    left -= 1
    if left == 0:
        if sys.argv[3] == "stored":
            client._endpoint.http_session.send(request)
        os.kill(os.getpid(), signal.SIGKILL)
client.meta.events.register_first("before-send.dynamodb.TransactWriteItems", count)
try:
    call_command("backfilllegacy", sys.argv[1])
finally:
    print("writes", int(sys.argv[2]) - left)
"""


def spawned(path: Path, *, at: int, stored: bool = False) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-c", KILLING, str(path), str(at), "stored" if stored else "lost"]
    return subprocess.run(words, capture_output=True, text=True, check=False)


def test_backfilllegacy_ends_in_the_same_table_wherever_it_is_killed(table: None, tmp_path: Path) -> None:
    path = generator.make(KILLED_EVENTS, seed=SEED).write(tmp_path / "season.jsonl")
    # The first writes the run alone, which the other table begins with.
    assert spawned(path, at=1, stored=True).returncode == -signal.SIGKILL
    begun = [Row.from_raw_data(item) for item in items()]
    clean = spawned(path, at=10**6)
    expected, writes = snapshot(), int(clean.stdout.split()[-1])
    delete_table()
    create_table()
    for row in begun:
        row.save()

    chance = Random(SEED)  # noqa: S311  # it shall be the same again
    for _ in range(KILLS):
        killed = spawned(path, at=chance.randrange(1, max(2, writes // KILLS)), stored=chance.random() < 0.5)
        assert killed.returncode in (-signal.SIGKILL, 3), killed.stderr
    last = spawned(path, at=10**6)

    assert (clean.returncode, last.returncode) == (3, 3), last.stderr
    assert snapshot() == expected
    # As one types it: what scans a season waits for the table longer than a page does.
    typed = {name: value for name, value in os.environ.items() if name != "PYNAMODB_CONFIG"}
    for command in ("verifyledger", "verifywaivers"):
        subprocess.run([sys.executable, "manage.py", command], cwd=settings.BASE_DIR, env=typed, check=True)


def snapshot() -> dict[tuple[str, str], dict[str, Any]]:
    """Return the table, but for what is another each time: which transaction wrote, sealed boxes, how a run ends.

    What is inside a box is held to its hash, which is in here, by `verifywaivers`.
    """
    found = {(item["pk"]["S"], item["sk"]["S"]): item for item in items()}
    return {
        key: {name: value for name, value in item.items() if name not in {"unit", "sealed", "key_id"}}
        for key, item in found.items()
        if not key[0].startswith(("IMPORT#", "AUDIT#IMPORT#"))
    }
