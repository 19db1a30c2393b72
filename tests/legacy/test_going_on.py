from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from scc.dynamo.rows import Row
from scc.imports import runs
from scc.imports.rows import ImportRun
from scc.legacy import running
from scc.legacy.carrying import LegacyOutcome
from scc.legacy.departures import Defaults
from scc.legacy.documents import Found
from scc.legacy.running import Wishes
from scc.legacy.sources import Files
from scc.walks import Stopped
from tests.builders import make_event, make_vessel
from tests.dynamo.faults import answers_lost, connection_refused, indexes_behind
from tests.legacy.commands import EXAMPLE, Backfill, event, everything, item, paid, written

pytestmark = pytest.mark.usefixtures("table")


def test_backfilllegacy_counts_once_whose_answer_was_lost() -> None:
    with answers_lost("TransactWriteItems", times=6):
        run = Backfill(EXAMPLE)

    assert "payments: 8 read ($2,790.48), 5 carried" in run.last_line
    assert sum(event.ledger_count for event in everything()) == 5


def test_backfilllegacy_goes_on_with_what_it_took_for_granted(tmp_path: Path) -> None:
    path = written(tmp_path / "t.jsonl", {"event_id": "2026-05-24"})
    source = Files(str(path))
    assert len(list(source.items())) == 1
    digest = runs.digest_of_bytes(source.digest, running.WHAT, asdict(Wishes()))
    taken = asdict(Defaults(vessel="Dolphin", starts_at="18:15", capacity=4))
    runs.begin(what=running.WHAT, source="t.jsonl", digest=digest, options=taken)
    make_vessel(name="Queen", capacity=30)

    run = Backfill(path)

    assert run.status == 0
    assert (event("2026-05-24").vessel_name, event("2026-05-24").capacity) == ("Dolphin", 4)


def test_backfilllegacy_needs_no_index_to_know_what_it_wrote(tmp_path: Path) -> None:
    inside = {"crew": ["Bob"], "payments": [paid()], "waivers": [{"name": "Ana"}]}
    path = written(tmp_path / "t.jsonl", *({"event_id": f"{year}-05-24", **inside} for year in (2024, 2025, 2026)))

    with indexes_behind():
        first = Backfill(path)
        again = Backfill(path)

    assert first.failure == ""
    assert first.last_line == (
        "events: 3 read, 3 carried, 0 unchanged, 0 reported; crew: 3 read, 3 carried, 0 unchanged, 0 reported; "
        "payments: 3 read ($150.00), 3 carried ($150.00), 0 unchanged ($0.00), 0 reported ($0.00); "
        "waivers: 3 read, 3 carried, 0 unchanged, 0 reported; vessels: 1 carried; people: 1 carried"
    )
    assert "payments: 3 read ($150.00), 0 carried ($0.00), 3 unchanged" in again.last_line
    assert "vessels: 0 carried" in again.last_line


def test_backfilllegacy_carries_what_is_inside_a_departure_that_staff_made_just_now(tmp_path: Path) -> None:
    make_event(slug="2026-05-23", title="Another")

    with indexes_behind():
        run = Backfill(written(tmp_path / "t.jsonl", item(payments=[paid()])))

    assert "events: 1 read, 0 carried, 0 unchanged, 1 reported" in run.last_line
    assert "payments: 1 read ($50.00), 1 carried ($50.00)" in run.last_line


def test_backfilllegacy_says_what_to_do_when_the_table_does_not_answer() -> None:
    with connection_refused("TransactWriteItems", times=10**6):
        run = Backfill(EXAMPLE)

    assert run.status == 1
    assert "Run it again to go on" in run.failure


@pytest.mark.parametrize("at", [1, 2, 4, 8])
def test_backfilllegacy_stops_when_it_is_asked_to_and_goes_on(at: int) -> None:
    with interrupted(at=at):
        stopped = Backfill(EXAMPLE)

    run = Backfill(EXAMPLE)

    assert (stopped.status, run.status) == (1, 3)
    assert stopped.failure.startswith("Stopped. Run it again to go on")
    assert "waivers: 0 read" in stopped.last_line
    assert sum(event.ledger_count for event in everything()) == 5
    assert sum(event.crew_count for event in everything()) == 3


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_backfilllegacy_stops_while_it_reads(number: signal.Signals) -> None:
    class Pressed(Files):
        def items(self) -> Iterator[Found]:
            for found in super().items():
                os.kill(os.getpid(), number)
                yield found

    with pytest.raises(Stopped):
        running.carry(Pressed(str(EXAMPLE)), Wishes(), LegacyOutcome(), dry_run=False)

    assert ImportRun.listing(known={"year": f"{datetime.now(UTC):%Y}"}, index="gsi1").rows == []
    assert everything() == []


@contextmanager
def interrupted(*, at: int) -> Iterator[None]:
    """Press Ctrl-C when the `at`th transaction is about to be sent."""
    sent: list[object] = []

    def press(request: Any, **_: Any) -> None:
        sent.append(request)
        if len(sent) == at:
            os.kill(os.getpid(), signal.SIGINT)

    events = Row._get_connection().connection.client.meta.events
    events.register_first("before-send.dynamodb.TransactWriteItems", press)
    try:
        yield
    finally:
        events.unregister("before-send.dynamodb.TransactWriteItems", press)
