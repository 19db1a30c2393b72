from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from django.conf import settings
from django.core.management import call_command

from events import revising
from events.revisions import Revision
from scc.imports.rows import ImportRun, State
from scc.mail.rows import Letter
from scc.staff import audit
from scc.staff.actors import SYSTEM
from scc.staff.models import User
from tests.builders import make_vessel
from tests.legacy.commands import EXAMPLE, Backfill, event, everything, item, ledger, paid, rows_of, written
from tests.legacy.generator import typed_of
from waivers.rows import Waiver

pytestmark = pytest.mark.usefixtures("table")

# Workers share an emulator.
OLD_TABLE = f"{settings.SCC_TABLE}-old-live"


# What ships


def test_backfilllegacy_carries_the_example(tmp_path: Path) -> None:
    report, guesses, summary = (tmp_path / name for name in ("report.csv", "guesses.csv", "summary.json"))

    run = Backfill(EXAMPLE, "--report", report, "--guesses", guesses, "--summary", summary)

    assert run.status == 3
    assert run.last_line == (
        "events: 5 read, 4 carried, 0 unchanged, 1 reported; crew: 3 read, 3 carried, 0 unchanged, 0 reported; "
        "payments: 8 read ($2,790.48), 5 carried ($2,570.49), 0 unchanged ($0.00), 3 reported ($219.99); "
        "waivers: 3 read, 2 carried, 0 unchanged, 1 reported; vessels: 1 carried; people: 2 carried"
    )
    assert [(each["place"], each["reason"]) for each in rows_of(report)] == [
        ("2026-05-24_Harbor Tour payments[1]", "says the same as 2026-05-24_Harbor Tour payments[0]"),
        ("whale-watch-7 payments[1]", "amount: 'forty dollars' is no amount such as 1250.00"),
        ("2026-05-26 waivers[0]", "name is missing"),
        ("gift-card", "date: is missing, and event_id has none"),
        ("gift-card payments[0]", "its departure is not carried: date: is missing, and event_id has none"),
    ]
    assert json.loads(rows_of(report)[1]["raw"])["amount"] == "forty dollars"
    assert ("whale-watch-7 payments[0]", "no name is said: Name not given") in [
        (each["place"], each["reason"]) for each in rows_of(guesses)
    ]
    assert json.loads(summary.read_text())["payments"]["cents_carried"] == 257_049


def test_backfilllegacy_carries_the_example_once() -> None:
    Backfill(EXAMPLE)

    again = Backfill(EXAMPLE)

    assert again.last_line == (
        "events: 5 read, 0 carried, 4 unchanged, 1 reported; crew: 3 read, 0 carried, 3 unchanged, 0 reported; "
        "payments: 8 read ($2,790.48), 0 carried ($0.00), 5 unchanged ($2,570.49), 3 reported ($219.99); "
        "waivers: 3 read, 0 carried, 2 unchanged, 1 reported; vessels: 0 carried; people: 0 carried"
    )
    assert not any("guessed" in line for line in again.said)
    assert sum(event.ledger_count for event in everything()) == 5


def test_backfilllegacy_tries_it_first() -> None:
    run = Backfill(EXAMPLE, "--dry-run")

    assert everything() == []
    assert run.last_line == f"{Backfill(EXAMPLE).last_line} (dry run: nothing was written)"


def test_backfilllegacy_keeps_what_things_were() -> None:
    Backfill(EXAMPLE)

    first, second = ledger()
    assert (str(event()), event().vessel_name, event().status) == (
        "Sunset sail, Sat 23 May 2026, 12:00",
        "Main vessel",
        "completed",
    )
    assert (first.amount_cents, first.method, first.origin, first.note) == (12_500, "cash", "import", "Logged by bob")
    assert (first.paid_at, first.recorded_by) == (datetime(2026, 5, 20, 17, 5, tzinfo=UTC), "system")
    assert (second.amount_cents, second.method) == (125_000, "card")
    assert str(event("2026-05-25-whale-watch-7")) == "Charter, Mon 25 May 2026, 09:30"
    assert event("2026-05-26").capacity == 10
    assert [line.is_imported for line in Waiver.listing(known={"event_id": "2026-05-23"})] == [True, True]
    assert event().crew_count == 2


def test_backfilllegacy_tries_a_vessel_of_two_years_once(tmp_path: Path) -> None:
    path = written(tmp_path / "t.jsonl", {"event_id": "2025-05-24"}, {"event_id": "2026-05-24"})

    run = Backfill(path, "--dry-run")

    assert "events: 2 read, 2 carried" in run.last_line
    assert "vessels: 1 carried" in run.last_line


def test_backfilllegacy_mails_nobody_and_says_who_did_it() -> None:
    Backfill(EXAMPLE)

    (run,) = ImportRun.listing(known={"year": f"{datetime.now(UTC):%Y}"}, index="gsi1")
    (entry,) = audit.history_of(run)
    assert (run.what, run.source, run.state) == ("legacy", "legacy.jsonl", State.DONE)
    assert entry.summary.startswith("Done. events: 5 read, 4 carried")
    assert not any("Ana" in each.summary for each in audit.latest_by("system", limit=100))
    assert Letter.listing(index="gsi1", known={"month": f"{datetime.now(UTC):%Y-%m}"}).rows == []


def test_backfilllegacy_leaves_ledger_and_waivers_whole() -> None:
    Backfill(EXAMPLE)

    call_command("verifyledger")
    call_command("verifywaivers")


# Who took the money


def test_backfilllegacy_knows_who_logged_a_payment(dana: User, tmp_path: Path) -> None:
    said = [paid(10, logged_by="Dana"), paid(20, logged_by="the old captain"), paid(30)]

    Backfill(written(tmp_path / "t.jsonl", item(payments=said)))

    assert [(entry.received_by or "", entry.note) for entry in ledger()] == [
        ("dana", "Logged by Dana"),
        ("", "Logged by the old captain"),
        ("", ""),
    ]


def test_backfilllegacy_knows_a_payment_again_once_who_logged_it_is_a_user(tmp_path: Path) -> None:
    path = written(tmp_path / "t.jsonl", item(payments=[paid(10, logged_by="dana")]))
    Backfill(path)
    User(username="dana", name="Dana").save()

    again = Backfill(path)

    assert "payments: 1 read ($10.00), 0 carried ($0.00), 1 unchanged" in again.last_line


# What is taken for granted


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], ("Main vessel", 12, "12:00")),
        (["--vessel", "Dolphin", "--capacity", "8", "--starts-at", "18:15"], ("Dolphin", 8, "18:15")),
    ],
)
def test_backfilllegacy_takes_for_granted_what_is_not_said(
    options: list[str], said: tuple[str, int, str], tmp_path: Path
) -> None:
    bare = {"event_id": "2026-05-24"}

    Backfill(written(tmp_path / "t.jsonl", item(), bare), *options)

    found = event("2026-05-24")
    assert (found.vessel_name, found.capacity, f"{found.starts_local:%H:%M}") == said


def test_backfilllegacy_takes_the_only_vessel_and_what_it_holds(tmp_path: Path) -> None:
    make_vessel(name="Queen", capacity=30)

    Backfill(written(tmp_path / "t.jsonl", {"event_id": "2026-05-24"}))

    assert (event("2026-05-24").vessel_name, event("2026-05-24").capacity) == ("Queen", 30)


def test_backfilllegacy_never_contradicts_what_staff_made_of_a_guess(tmp_path: Path) -> None:
    path = written(tmp_path / "t.jsonl", {"event_id": "2026-05-24", "title": "Sail", "payments": [paid()]})
    Backfill(path)
    start = datetime(2026, 5, 25, 1, 15, tzinfo=UTC)
    fields = {"starts_at": start, "ends_at": None, "capacity": 20, "price_cents": 65_000}
    revising.revise(event=event("2026-05-24"), revision=Revision(fields=fields), by=SYSTEM, action="changed")
    make_vessel(name="Queen", capacity=30)

    run = Backfill(path)

    assert run.status == 0
    assert "events: 1 read, 0 carried, 1 unchanged" in run.last_line


def test_backfilllegacy_knows_a_departure_again_that_keeps_other_clocks(tmp_path: Path, settings: Any) -> None:
    path = written(tmp_path / "t.jsonl", item(starts_at="23:30", ends_at="23:45"), {"event_id": "2026-05-24"})
    Backfill(path)
    late = item(event_id="2026-05-23", date="2026-05-23")

    settings.SCC_TIME_ZONE = "America/New_York"

    run = Backfill(written(tmp_path / "t.jsonl", late, {"event_id": "2026-05-24"}))
    assert "events: 2 read, 0 carried, 2 unchanged" in run.last_line


def test_backfilllegacy_reports_what_an_item_says_otherwise_and_carries_what_is_inside(tmp_path: Path) -> None:
    Backfill(written(tmp_path / "t.jsonl", item()))

    run = Backfill(written(tmp_path / "t.jsonl", item(title="Moonlight sail", payments=[paid()])))

    assert run.said[0] == ("2026-05-23: 2026-05-23 is stored otherwise: title Moonlight sail here, Sunset sail stored")
    assert "payments: 1 read ($50.00), 1 carried ($50.00)" in run.last_line


# Where it comes from


def test_backfilllegacy_reads_a_live_table_anew_each_time() -> None:
    client: Any = boto3.client("dynamodb")
    client.create_table(
        TableName=OLD_TABLE,
        KeySchema=[{"AttributeName": "event_id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "event_id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    try:
        client.put_item(TableName=OLD_TABLE, Item=typed_of(item(payments=[paid(50)])))
        first = Backfill("--table", OLD_TABLE)
        client.put_item(TableName=OLD_TABLE, Item=typed_of(item(payments=[paid(50), paid(70)])))
        second = Backfill("--table", OLD_TABLE)
    finally:
        client.delete_table(TableName=OLD_TABLE)

    assert first.said[0] == f"{OLD_TABLE}: the table {OLD_TABLE} in us-west-2"
    assert "1 carried ($50.00), 0 unchanged" in first.last_line
    assert "1 carried ($70.00), 1 unchanged ($50.00)" in second.last_line


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ([], "Name a FILE, or a table with --table NAME"),
        ([EXAMPLE, "--table", "old"], "Name a FILE, or a table with --table NAME"),
        ([EXAMPLE, "--starts-at", "noon"], "'noon' is no time such as 18:15"),
        ([EXAMPLE, "--capacity", "-1"], "is no number of guests"),
        (["absent.json"], "absent.json cannot be read"),
        (["--table", "no-such-table"], "There is no table no-such-table in us-west-2"),
    ],
)
def test_backfilllegacy_says_what_it_needs(arguments: list[Any], reason: str) -> None:
    run = Backfill(*arguments)

    assert run.status == 1
    assert reason in run.failure
