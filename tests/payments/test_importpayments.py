"""The command, over files as operators have them."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from payments import books, ledger
from payments.rows import Kind, Payment
from payments.verifying import verify
from scc.dynamo.rows import Row
from scc.mail.rows import Letter
from scc.staff import audit
from tests.builders import make_party
from tests.payments.scenes import ALICE

pytestmark = pytest.mark.usefixtures("table")

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def season(table: None) -> None:
    call_command("importevents", str(EXAMPLES / "season-2026.csv"), stdout=StringIO(), stderr=StringIO())


def run(tmp_path: Path, file: Path, *options: str) -> tuple[int, dict[str, int], list[str]]:
    """Return how the command ended, what it counted, and what it said."""
    said, summary = StringIO(), tmp_path / "summary.json"
    arguments = ("importpayments", str(file), "--summary", str(summary), *options)
    code = 0
    try:
        call_command(*arguments, stdout=said, stderr=said)
    except SystemExit as exc:
        code = int(str(exc.code))
    except CommandError as exc:
        return exc.returncode, {}, [str(exc)]
    return code, json.loads(summary.read_text())["payments"], said.getvalue().splitlines()


def lines(counts: dict[str, int]) -> tuple[int, int, int, int]:
    return counts["read"], counts["carried"], counts["unchanged"], counts["reported"]


def paid(entry: Payment) -> tuple[str, int, int, str]:
    return entry.patron_name, entry.amount_cents, entry.tip_cents, entry.method


@pytest.mark.usefixtures("season")
def test_importpayments_carries_its_example_once(tmp_path: Path) -> None:
    code, counts, said = run(tmp_path, EXAMPLES / "payments-2026.csv")
    again, second, _ = run(tmp_path, EXAMPLES / "payments-2026.csv")

    assert (code, lines(counts)) == (0, (9, 9, 0, 0)), said
    assert (again, lines(second)) == (0, (9, 0, 9, 0))
    assert counts["cents_read"] == counts["cents_carried"] == 233_000
    book = books.read("2026-05-23-catalina")
    assert [(entry.entry_kind, entry.amount_cents) for entry in book.entries] == [
        ("payment", 50_000),
        ("refund", 50_000),
    ]
    assert verify("2026-04-04").faults == verify("2026-05-23-catalina").faults == []
    assert [row for row in Row.scan() if isinstance(row, Letter)] == []


@pytest.mark.usefixtures("season")
def test_importpayments_tells_what_it_guessed(tmp_path: Path) -> None:
    make_party(event=books.read("2026-04-03").event, name="Ana Lopez")

    _, _, said = run(tmp_path, EXAMPLES / "payments-2026.csv")

    assert "line 2: guessed: is for the party of Ana Lopez, by its name" in said
    assert "line 4: guessed: 'VISA' is taken for Card" in said
    assert "line 5: guessed: 'check #1023' is taken for Check with the reference 1023" in said
    (party,) = books.read("2026-04-03").parties.values()
    assert party.net_cents == 65_000


@pytest.mark.usefixtures("season")
def test_importpayments_dry_run_writes_nothing(tmp_path: Path) -> None:
    before = list(Row.scan())

    code, counts, said = run(tmp_path, EXAMPLES / "payments-2026.csv", "--dry-run")

    assert (code, lines(counts)) == (0, (9, 9, 0, 0)), said
    assert len(list(Row.scan())) == len(before)


@pytest.mark.usefixtures("season")
def test_importpayments_names_no_guest_in_the_audit_trail(tmp_path: Path) -> None:
    run(tmp_path, EXAMPLES / "payments-2026.csv")

    (entry,) = [each for each in audit.history_of(books.read("2026-04-03").event) if each.action == "imported"]
    assert entry.summary == "Imported 2 payments of $650.00 and tips of $60.00"


@pytest.mark.usefixtures("season")
def test_stripe_export_is_carried_with_what_was_given_back(tmp_path: Path) -> None:
    code, counts, said = run(tmp_path, EXAMPLES / "stripe-payments.csv", "--preset", "stripe")

    book = books.read("2026-04-05")
    assert (code, lines(counts)) == (3, (3, 2, 0, 1)), said
    assert (counts["cents_carried"], counts["cents_reported"]) == (65_000, 9_500)
    assert [paid(entry) for entry in book.entries if entry.entry_kind == Kind.PAYMENT] == [
        ("Rosa Delgado", 32_500, 0, "card"),
        ("Kim Larsson", 65_000, 0, "card"),
    ]
    assert [(entry.amount_cents, f"{entry.paid_at:%Y-%m-%d %H:%M}") for entry in book.entries[2:]] == [
        (32_500, "2026-04-01 09:30")
    ]
    assert "line 4: Stripe says Failed, so no money came in" in said
    assert verify("2026-04-05").faults == []


@pytest.mark.usefixtures("season")
def test_stripe_exports_with_and_without_the_intent_are_of_the_same_payments(tmp_path: Path) -> None:
    columns = "id,Created (UTC),Amount,Currency,Status,Card Name"
    told = ("ch_1,2026-03-14 16:20,50.00,usd,Paid,Kim", "ch_2,2026-03-15 16:20,60.00,usd,Paid,Kim")
    without, both = tmp_path / "without.csv", tmp_path / "with.csv"
    without.write_text("\n".join([columns, *told]))
    both.write_text("\n".join([f"{columns},PaymentIntent ID", *(f"{line},pi_{n}" for n, line in enumerate(told))]))
    for_one = ("--preset", "stripe", "--set", "event=2026-04-05")
    for_other = (*for_one[:3], "event=2026-04-11")

    found = [run(tmp_path, file, *for_one) for file in (without, both, without)]
    found += [run(tmp_path, file, *for_other) for file in (both, without, both)]

    counts = [lines(each[1]) for each in found]
    assert counts == [(2, 2, 0, 0), (2, 0, 2, 0), (2, 0, 2, 0)] * 2, [each[2] for each in found]
    references = [entry.external_reference for entry in books.read("2026-04-11").entries]
    assert references == ["pi_0", "pi_1"]


@pytest.mark.usefixtures("season")
def test_stripe_export_knows_what_was_logged_under_its_intent(tmp_path: Path) -> None:
    """As our own card links do, and as someone does who copies it."""
    paid: dict[str, Any] = {
        "event": "2026-04-05",
        "patron_name": "Rosa",
        "amount_cents": 32_500,
        "method": "card",
        "by": ALICE,
    }
    ledger.record(external_reference="pi_3Qa1example0001", **paid)

    _, counts, said = run(tmp_path, EXAMPLES / "stripe-payments.csv", "--preset", "stripe")

    assert lines(counts) == (3, 1, 1, 1), said


@pytest.mark.usefixtures("season")
def test_stripe_export_gives_back_what_a_dispute_took(tmp_path: Path) -> None:
    columns = "id,Created (UTC),Amount,Amount Refunded,Status,Refunded date (UTC),Disputed Amount,Dispute Status"
    told = [
        "ch_1,2026-03-14 16:20,50.00,,Paid,,50.00,lost,2026-03-20 10:00",
        "ch_2,2026-03-14 16:21,60.00,10.00,Paid,2026-03-18 10:00,50.00,Lost,2026-03-20 10:00",
        "ch_3,2026-03-14 16:22,70.00,,Paid,,70.00,won,2026-03-20 10:00",
        "ch_4,2026-03-14 16:23,80.00,,Paid,,80.00,under_review,2026-03-20 10:00",
    ]
    file = tmp_path / "stripe.csv"
    file.write_text("\n".join([f"{columns},Dispute Date (UTC)", *told]))

    code, counts, said = run(tmp_path, file, "--preset", "stripe", "--set", "event=2026-04-05")

    refunds = [entry for entry in books.read("2026-04-05").entries if entry.entry_kind == Kind.REFUND]
    assert (code, lines(counts), counts["cents_carried"]) == (0, (4, 4, 0, 0), 15_000), said
    assert [(entry.amount_cents, entry.reason, f"{entry.paid_at:%d}") for entry in refunds] == [
        (5_000, "Disputed at Stripe, and lost", "20"),
        (6_000, "Refunded, and then disputed at Stripe, and lost", "18"),
    ]
    assert "line 5: guessed: is disputed at Stripe, and not decided: under_review" in said


@pytest.mark.usefixtures("season")
def test_square_export_gives_back_by_its_transaction(tmp_path: Path) -> None:
    code, counts, said = run(tmp_path, EXAMPLES / "square-transactions.csv", "--preset", "square")
    _, second, _ = run(tmp_path, EXAMPLES / "square-transactions.csv", "--preset", "square")

    book = books.read("2026-04-10")
    assert (code, lines(counts)) == (3, (4, 3, 0, 1)), said
    assert lines(second) == (4, 0, 3, 1)
    assert [paid(entry) for entry in book.entries] == [
        ("Marta Ruiz", 19_000, 3_800, "card"),
        ("Square customer", 9_500, 0, "cash"),
        ("Marta Ruiz", 9_500, 0, "card"),
    ]
    assert (book.entries[2].entry_kind, book.entries[2].reason) == ("refund", "Fell ill")
    assert f"{book.entries[0].paid_at:%Y-%m-%d %H:%M}" == "2026-04-11 00:31"
    assert verify("2026-04-10").faults == []


@pytest.mark.usefixtures("season")
def test_venmo_statement_is_carried_without_its_balances(tmp_path: Path) -> None:
    code, counts, said = run(tmp_path, EXAMPLES / "venmo-statement.csv", "--preset", "venmo")

    assert (code, lines(counts)) == (3, (6, 3, 0, 3)), said
    assert [paid(entry) for entry in books.read("2026-04-11").entries] == [
        ("Dana Osei", 20_000, 0, "venmo"),
        ("Dana Osei", 90_000, 17_000, "venmo"),
        ("Uri Cohen", 9_500, 0, "venmo"),
    ]


@pytest.mark.usefixtures("season")
def test_set_names_the_departure_of_an_export_that_names_none(tmp_path: Path) -> None:
    file = tmp_path / "stripe.csv"
    file.write_text("id,Created (UTC),Amount,Currency,Status\nch_1,2026-03-14 16:20,50.00,usd,Paid\n")

    without = run(tmp_path, file, "--preset", "stripe")
    code, counts, said = run(tmp_path, file, "--preset", "stripe", "--set", "event=2026-04-05")

    assert without[0] == 3
    assert "line 2: event: is missing; where every line is of one departure, set it for all" in without[2]
    assert (code, lines(counts)) == (0, (1, 1, 0, 0)), said


@pytest.mark.parametrize("preset", ["stripe", "square", "venmo"])
def test_an_export_of_one_is_none_of_another(preset: str, tmp_path: Path) -> None:
    others = {"stripe-payments.csv": "stripe", "square-transactions.csv": "square", "venmo-statement.csv": "venmo"}

    said = [run(tmp_path, EXAMPLES / name, "--preset", preset)[2] for name, its in others.items() if its != preset]

    assert [f"is no export of {preset.capitalize()}: it lacks " in each[0] for each in said] == [True, True], said
