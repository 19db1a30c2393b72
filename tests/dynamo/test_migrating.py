"""A whole table is migrated: in segments, stopped, killed, and gone on with."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from random import Random
from typing import Any

import pytest
from django.conf import settings

from scc.dynamo import migrating, migration_runs
from scc.dynamo.errors import StoreUnavailable
from scc.dynamo.migrating import Doing, Tally
from scc.dynamo.migration_rows import Migration, MigrationPlace
from scc.dynamo.tables import create_table, delete_table
from scc.dynamo.units import Unit
from tests.dynamo.boats import Tide
from tests.dynamo.faults import bodies_of
from tests.dynamo.older import (
    Item,
    Locker,
    Logbook,
    Skipper,
    client,
    item_at,
    old_locker,
    old_logbook,
    old_skipper,
    stored,
)

KINDS = [Skipper, Locker, Logbook]
# So fast that nothing is waited for.
FAST = 1e9
KILLS = 20
# What a run keeps of itself, with the moments at which it did.
OWN = ("MIGRATION#", "AUDIT#")

# A process for each kill, which kills itself once so many calls have gone out.
PROGRAM = """
import os, signal, sys, django
django.setup()
from django.core.management import call_command
from scc.dynamo import migrating
from scc.dynamo.rows import Row
import tests.dynamo.older
migrating.PAGE = 10
# Made once: it takes longer than what is run. It has no connection yet.
Row._get_connection().connection.client

def run_until(call):
    sent = []
    def look(**_):
        sent.append(call)
        if len(sent) >= call:
            os.kill(os.getpid(), signal.SIGKILL)
    Row._get_connection().connection.client.meta.events.register_first("before-send.dynamodb", look)
    call_command("migraterows", "TEST-SKIPPER", "TEST-LOCKER", "TEST-LOGBOOK", rate=(1e9, False))

killed = 0
for call in map(int, sys.argv[1:]):
    child = os.fork()
    if not child:
        sys.stdout = sys.stderr = open(os.devnull, "w")
        run_until(call)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    killed += os.WIFSIGNALED(status)
print(killed)
"""

pytestmark = pytest.mark.usefixtures("table")


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrating, "PAGE", 10)


def old_table(each: int = 8) -> None:
    for number in range(each):
        old_skipper(str(number), name=f"Skipper {number}")
        old_locker(str(number))
        old_logbook(str(number), pages=f"Page {number}")


def migrate(**how: Any) -> Tally:
    run, places = migration_runs.begin(KINDS)
    tally = Tally()
    if migrating.carry_out(places, Doing(KINDS, FAST, **how), tally):
        unit = Unit()
        migration_runs.end(run, unit)
        unit.commit()
    return tally


def verify() -> Tally:
    tally = Tally()
    assert migrating.look(Doing(KINDS, FAST), tally, strictly=True)
    return tally


def everything() -> list[Item]:
    """Return every item, but for what runs keep of themselves."""
    items = client().scan(TableName=settings.SCC_TABLE)["Items"]
    kept = [item for item in items if not item["pk"]["S"].startswith(OWN)]
    return sorted(kept, key=lambda item: (item["pk"]["S"], item["sk"]["S"]))


@contextmanager
def calls_fail(operation: str, *, after: int) -> Iterator[None]:
    """Let all calls of `operation` fail once so many have been sent."""
    sent = count(1)

    def fail(**_: Any) -> None:
        if next(sent) > after:
            raise StoreUnavailable("the table did not answer")

    events = client().meta.events
    events.register_first(f"before-send.dynamodb.{operation}", fail)
    try:
        yield
    finally:
        events.unregister(f"before-send.dynamodb.{operation}", fail)


def test_a_run_migrates_all_of_the_kinds_and_nothing_else() -> None:
    old_table()
    other = stored(Tide(harbor_id="avalon", day="2026-05-23"), pk="OTHER#7", sk="META")

    tally = migrate()

    assert tally.counts == {"read": 24, "migrated": 24, "unchanged": 0, "reported": 0}
    assert verify().counts == {"read": 24, "migrated": 0, "unchanged": 24, "reported": 0}
    assert item_at("OTHER#7") == other


def test_a_run_again_finds_all_done() -> None:
    old_table()
    migrate()
    before = everything()

    tally = migrate()

    assert tally.counts == {"read": 24, "migrated": 0, "unchanged": 24, "reported": 0}
    assert everything() == before


def test_a_run_that_was_asked_to_stop_is_gone_on_with() -> None:
    old_table()
    with bodies_of("UpdateItem") as sent:
        first = migrate(stopped=lambda: len(sent) >= 5)
    run, places = migration_runs.begin(KINDS, segments=9)

    second = migrate()

    assert 5 <= first.counts["migrated"] < 24
    assert len(places) == migration_runs.SEGMENTS
    assert second.counts["read"] == 24
    assert verify().counts["reported"] == 0
    assert Migration.fetch(name=run.name).ended_at is not None  # type: ignore[union-attr]  # it is there


def test_a_segment_that_is_done_is_not_read_again() -> None:
    old_table()
    run, places = migration_runs.begin(KINDS)
    migrating.carry_out(places[:1], Doing(KINDS, FAST), Tally())
    migrating.carry_out(places, Doing(KINDS, FAST), Tally())

    with bodies_of("Scan") as scans:
        migrating.carry_out(migration_runs.begin(KINDS)[1], Doing(KINDS, FAST), Tally())

    assert scans == []
    assert MigrationPlace.fetch(name=run.name, segment="00").after_pk == ""  # type: ignore[union-attr]  # it is there


def test_a_segment_that_fails_ends_the_others_and_keeps_what_was_done() -> None:
    old_table(20)

    with calls_fail("UpdateItem", after=15), pytest.raises(StoreUnavailable):
        migrate()
    tally = migrate()

    assert tally.counts["read"] == 60
    assert verify().counts["reported"] == 0


def test_a_run_reports_what_it_cannot_migrate_and_does_the_rest() -> None:
    old_table()
    later = Skipper(number="later", name="Bea").stamp()
    later.shape = 3
    stored(later)

    tally = migrate()

    assert tally.counts == {"read": 25, "migrated": 24, "unchanged": 0, "reported": 1}
    assert [str(found) for found in tally.found] == ["SKIPPER#later/META is of shape 3; this release knows 2"]


def test_a_look_writes_nothing() -> None:
    old_table()
    before = everything()
    tally = Tally()

    migrating.look(Doing(KINDS, FAST), tally)

    assert tally.counts == {"read": 24, "migrated": 24, "unchanged": 0, "reported": 0}
    assert everything() == before
    assert item_at(f"MIGRATION#{migration_runs.name(KINDS)}") == {}


def test_a_verification_names_keys_that_are_not_as_they_should_be_and_no_values() -> None:
    skipper = Skipper(number="7", name="Ana").stamp()
    skipper.gsi2sk = "bea#7"
    stored(skipper)
    old_locker("8")

    found = sorted(str(each) for each in verify().found)

    assert found == ["LOCKER#8/META is of shape 1", "SKIPPER#7/META has another gsi2sk than it should"]


def test_a_share_is_of_what_a_table_on_demand_takes_when_it_is_new() -> None:
    assert migrating.rate_of(0.1) == 400


def test_a_run_spends_what_dynamodb_says_that_it_took() -> None:
    old_table(2)
    run, places = migration_runs.begin(KINDS)
    doing = Doing(KINDS, FAST)
    spent: list[float] = []
    doing.writes.spend = spent.append  # type: ignore[method-assign, assignment]  # listened to

    migrating.carry_out(places, doing, Tally())

    # Six items, of which four are in an index and two take a transaction; and where each segment was.
    assert sum(spent) >= 6 + 4 + len(places)
    assert run.name == "TEST-LOCKER-2+TEST-LOGBOOK-2+TEST-SKIPPER-2"


def test_a_run_that_was_killed_leaves_the_table_as_one_clean_run() -> None:
    old_table(60)
    migrate()
    clean = everything()
    delete_table()
    create_table()
    old_table(60)
    dice = Random("SIGKILL")  # noqa: S311  # the same points each time
    points = [str(dice.randint(2, 20)) for _ in range(KILLS)]

    there = os.environ | {"SCC_TABLE": settings.SCC_TABLE}
    command = [sys.executable, "-c", PROGRAM, *points]
    killer = subprocess.run(command, cwd=settings.BASE_DIR, env=there, check=True, capture_output=True, text=True)
    between = everything()
    _, places = migration_runs.begin(KINDS)
    migrate()

    assert killer.stdout.strip() == str(KILLS)
    assert between != clean
    assert any(place.scanned for place in places)
    assert everything() == clean
