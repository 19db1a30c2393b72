from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from tests.legacy.commands import Backfill, event, everything, item, ledger, paid, rows_of, written

pytestmark = pytest.mark.usefixtures("table")


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

    run = Backfill(
        written(
            tmp_path / "t.jsonl", item(**strange, payments=[paid(), paid(7, patron_name="A" * 300, ts="yesterday")])
        )
    )

    assert (run.status, event().status, event().vessel_name) == (3, "completed", "Main vessel")
    assert [line.removeprefix("2026-05-23: guessed: ") for line in run.said if " left out" in line] == [
        'vessel: {"name": "Q"} is no text; it is left out',
        "status: 'sunk' is none of draft, scheduled, cancelled, completed; it is left out",
        "price: 'ask' is no amount such as 1250.00; it is left out",
        "starts_at: 'sunset' is no time such as 18:15; it is left out",
        "ends_at: 'late' is no time such as 18:15; it is left out",
    ]
    assert "ts: 'yesterday' is no day such as 2026-05-23" in run.said[0]
    assert "paid_at" not in run.said[0]
    assert "1 carried ($50.00)" in run.last_line


def test_backfilllegacy_loses_no_money_to_names_and_notes(tmp_path: Path) -> None:
    payments = [paid(50.00, logged_by=["a"]), {"Customer": "Bob", "AMOUNT": 20, "ts": "2026-05-20 10:05:00 PDT"}]

    run = Backfill(
        written(tmp_path / "t.jsonl", item(Payments=payments), item(event_id="2026-05-24", date="", payment=paid()))
    )

    assert (run.status, len(ledger()), len(ledger("2026-05-24"))) == (0, 2, 1)
    assert ledger()[1].paid_at.isoformat() == ledger()[0].paid_at.isoformat()
    assert "payments: 3 read ($120.00), 3 carried ($120.00)" in run.last_line
    assert [line for line in run.said if "is taken for" in line or "left out" in line] == [
        "2026-05-23: guessed: Payments is taken for payments",
        '2026-05-23 payments[0]: guessed: logged_by: ["a"] is no text; it is left out',
        "2026-05-23 payments[1]: guessed: AMOUNT is taken for amount",
        "2026-05-23 payments[1]: guessed: Customer is taken for patron_name",
        "2026-05-24: guessed: payment is taken for payments",
    ]


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
