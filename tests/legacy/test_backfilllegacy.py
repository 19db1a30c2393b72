from __future__ import annotations

import csv
import gzip
import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from django.conf import settings
from django.core.management import call_command

from events import bookings, calendar, rows
from events.revisions import Revision
from payments import books
from scc.dynamo.rows import Row
from scc.imports import runs
from scc.imports.rows import ImportRun, State
from scc.legacy import running
from scc.legacy.carrying import LegacyOutcome
from scc.legacy.departures import Defaults
from scc.legacy.documents import Found
from scc.legacy.running import Wishes
from scc.legacy.sources import Files
from scc.mail.rows import Letter
from scc.staff import audit
from scc.staff.actors import SYSTEM
from scc.staff.models import User
from scc.walks import Stopped
from tests.builders import make_event, make_vessel
from tests.dynamo.faults import answers_lost, connection_refused, indexes_behind
from tests.legacy.commands import Backfill, written
from tests.legacy.generator import typed_of
from waivers.rows import Waiver

pytestmark = pytest.mark.usefixtures("table")

EXAMPLE = Path(__file__).parent.parent.parent / "examples" / "legacy.jsonl"
# Workers share an emulator.
OLD_TABLE = f"{settings.SCC_TABLE}-old-live"
AT = "2026-05-20T17:05:00Z"


def item(**attributes: Any) -> dict[str, Any]:
    """Return an item that is as it should be."""
    ordinary = {"event_id": "2026-05-23", "date": "2026-05-23", "title": "Sunset sail", "capacity": 12}
    return {**ordinary, **attributes}


def paid(amount: Any = 50, **said: Any) -> dict[str, Any]:
    return {"patron_name": "Ana López", "amount": amount, "method": "cash", "ts": AT, **said}


def event(slug: str = "2026-05-23") -> rows.Event:
    found = calendar.get_event(slug)
    assert found is not None
    return found


def ledger(slug: str = "2026-05-23") -> list[Any]:
    return books.read(slug).entries


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def everything() -> list[rows.Event]:
    return calendar.between(date(2020, 1, 1), date(2028, 12, 31)).rows


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


# What cannot be carried


def test_backfilllegacy_reports_what_is_inside_an_event_that_cannot_be_carried(tmp_path: Path) -> None:
    whole = item(crew=[{"name": "Bob", "role": "mate"}], payments=[paid(), paid("lots")], waivers=[{"name": "Ana"}])
    bad = {**whole, "event_id": "2026-05-24"}

    run = Backfill(written(tmp_path / "t.jsonl", whole, bad))

    why = "event_id says 2026-05-24, and date 2026-05-23: one of them is wrong"
    reason = f"its departure is not carried: {why}"
    assert [line for line in run.said if "guessed" not in line] == [
        "2026-05-23 payments[1]: amount: 'lots' is no amount such as 1250.00",
        f"2026-05-24: {why}",
        *(f"2026-05-24 {place}: {reason}" for place in ("crew[0]", "payments[0]", "payments[1]", "waivers[0]")),
    ]
    assert "payments: 4 read ($100.00), 1 carried ($50.00), 0 unchanged ($0.00), 3 reported ($50.00)" in run.last_line


def test_backfilllegacy_leaves_no_money_waiting_for_what_the_tool_never_had(tmp_path: Path) -> None:
    strange = {"vessel": {"name": "Q"}, "status": "sunk", "price": "ask", "starts_at": "sunset", "ends_at": "late"}

    run = Backfill(written(tmp_path / "t.jsonl", item(**strange, payments=[paid(), paid(7, ts="yesterday")])))

    assert (run.status, event().status, event().vessel_name) == (3, "completed", "Main vessel")
    assert [line.removeprefix("2026-05-23: guessed: ") for line in run.said if " left out" in line] == [
        'vessel: {"name": "Q"} is no text; it is left out',
        "status: 'sunk' is none of draft, scheduled, cancelled, completed; it is left out",
        "price: 'ask' is no amount such as 1250.00; it is left out",
        "starts_at: 'sunset' is no time such as 18:15; it is left out",
        "ends_at: 'late' is no time such as 18:15; it is left out",
    ]
    assert run.said[0] == "2026-05-23 payments[1]: ts: 'yesterday' is no day such as 2026-05-23"
    assert "1 carried ($50.00)" in run.last_line


def test_backfilllegacy_says_when_there_is_nothing(tmp_path: Path) -> None:
    run = Backfill(written(tmp_path / "t.jsonl"))

    assert (run.status, run.said) == (0, ["t.jsonl holds no events."])


def test_backfilllegacy_says_what_a_file_is_that_holds_no_json(tmp_path: Path) -> None:
    run = Backfill(written(tmp_path / "t.csv", "event,amount", "2026-05-23,5"))

    assert run.status == 1
    assert run.failure.startswith("The file is no JSON; it begins with 'event,amount'. What is in a CSV")


def test_backfilllegacy_reports_a_line_that_is_no_json_as_it_stands(tmp_path: Path) -> None:
    report = tmp_path / "report.csv"

    run = Backfill(written(tmp_path / "t.jsonl", item(), '{"event_id": "2026-05-24", "paym'), "--report", report)

    (line,) = rows_of(report)
    assert (line["place"], line["raw"]) == ("line 2", '{"event_id": "2026-05-24", "paym')
    assert line["reason"].startswith("is no JSON")
    assert "events: 2 read, 1 carried, 0 unchanged, 1 reported" in run.last_line


def test_backfilllegacy_writes_nothing_of_what_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "table.json.gz"
    path.write_bytes(gzip.compress(b"".join(json.dumps(item()).encode() + b"\n" for _ in range(99)))[:-20])

    run = Backfill(path)

    assert run.status == 1
    assert "table.json.gz is cut off" in run.failure
    assert everything() == []


# The same event twice


def test_backfilllegacy_takes_an_id_that_comes_twice_for_one_departure(tmp_path: Path) -> None:
    second = item(title="Another title", payments=[paid(50), paid(70)])

    run = Backfill(written(tmp_path / "t.jsonl", item(payments=[paid(50)]), second))

    assert [line for line in run.said if "guessed" not in line] == [
        "2026-05-23 (line 2): says the same departure as line 1",
        "2026-05-23 (line 2) payments[0]: says the same as 2026-05-23 payments[0]",
    ]
    assert [entry.amount_cents for entry in ledger()] == [5000, 7000]
    assert event().title == "Sunset sail"


def test_backfilllegacy_mixes_no_two_departures_under_one_address(tmp_path: Path) -> None:
    one, other = (item(event_id=id, payments=[paid(cents)]) for id, cents in (("2026-05-23 A", 1), ("2026-05-23-a", 2)))

    for lines in ((one, other), (other, one)):
        run = Backfill(written(tmp_path / "t.jsonl", *lines))
        reason = "its address, 2026-05-23-a, is that of another, 2026-05-23-a"
        assert [line for line in run.said if "guessed" not in line] == [
            f"2026-05-23 A: {reason}",
            f"2026-05-23 A payments[0]: its departure is not carried: {reason}",
        ]
    assert [entry.amount_cents for entry in ledger("2026-05-23-a")] == [200]


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
    bookings.revise(event=event("2026-05-24"), revision=Revision(fields=fields), by=SYSTEM, action="changed")
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


# The table


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
