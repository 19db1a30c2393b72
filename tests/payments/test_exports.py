"""The ledger as files: what is in them, who gets them, and that they say the same as the screen."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from openpyxl import load_workbook
from openpyxl.worksheet._writer import ALL_TEMP_FILES
from pytest_django import Settings

from events.rows import Event
from payments import books, chain, export_views, spreadsheets
from payments.rows import Kind, Payment
from payments.sums import Sums
from payments.totals import Moved, count, moved_by
from scc.dynamo.units import Unit
from scc.money import display
from tests.builders import make_event
from tests.conftest import RequestsMade
from tests.dynamo import faults
from tests.payments.busy import FIRST, SECOND, entries, make_month, pay, this_month, void, without_credit

pytestmark = pytest.mark.usefixtures("methods_known")

LIST = "/admin/payments/payment/"
FORMS = ("csv", "xlsx", "journal")

Row = dict[str, Any]


def download(client: Client, form: str, query: str = "") -> bytes:
    response = client.get(f"{LIST}export/{form}/{query}")
    assert response.status_code == 200
    content = b"".join(response)
    response.close()
    return content


def exported(client: Client, form: str, query: str = "") -> tuple[list[Row], dict[str, list[Any]]]:
    """Return a file's lines by the names of their columns, and its totals by their labels."""
    content = download(client, form, query)
    lines = _of_xlsx(content) if form == "xlsx" else list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    names, *rest = lines
    blank = next(number for number, line in enumerate(rest) if not any(line))
    rows = [dict(zip(names, line, strict=True)) for line in rest[:blank]]
    head, *totals = rest[blank + 1 :]
    assert head[:5] == ["totals", "received", "refunded", "net", "tips"]
    return rows, {line[0]: line[1:5] for line in totals}


def _of_xlsx(content: bytes) -> list[list[Any]]:
    sheet = load_workbook(io.BytesIO(content))[this_month()]
    return [["" if value is None else value for value in line] for line in sheet.iter_rows(values_only=True)]


def cents(amount: object) -> int:
    """Return an amount as a file has it: text, or a spreadsheet's number."""
    exact = Decimal(str(amount)) * 100
    assert exact == int(exact)
    return int(exact)


def figures(moved: Moved) -> list[int]:
    return [moved.received_cents, moved.refunded_cents, moved.net_cents, moved.tips_cents]


@pytest.mark.parametrize("form", FORMS)
def test_the_file_the_list_and_the_ledger_say_the_same(form: str, as_dana: Client) -> None:
    make_month()

    rows, totals = exported(as_dana, form)

    shown: Sums = as_dana.get(LIST).context["cl"].month_sums
    kept = count(without_credit(entries()))
    assert len(rows) == len(entries())
    assert shown.money == kept
    assert sum(cents(row["amount"]) for row in rows if row["method"] != "Credit") == kept.net_cents
    assert sum(cents(row["tip"]) for row in rows if row["method"] != "Credit") == kept.tips_cents
    assert {label: [cents(each) for each in line] for label, line in totals.items()} == {
        **{method.label: figures(moved) for method, moved in shown.methods},
        "All methods": figures(kept),
        "Credit carried over": figures(shown.credit),
    }


@pytest.mark.parametrize("form", FORMS)
def test_a_month_without_entries_is_a_file_without_lines(form: str, as_dana: Client) -> None:
    rows, totals = exported(as_dana, form, f"?month={this_month()}")

    assert rows == []
    assert {label: [cents(each) for each in line] for label, line in totals.items()} == {"All methods": [0, 0, 0, 0]}


def test_payments_come_as_they_were_logged(as_dana: Client) -> None:
    make_month()

    rows, _ = exported(as_dana, "csv")

    assert [row["logged_at"] for row in rows] == sorted(row["logged_at"] for row in rows)
    (first,) = [row for row in rows if row["their_reference"] == "V-1"]
    assert (first["departure"], first["patron"], first["method"], first["logged_by"]) == (
        FIRST,
        "Ana López",
        "Venmo",
        "dana",
    )
    assert (first["amount"], first["tip"], first["currency"], first["kind"]) == ("125.00", "0.00", "USD", "payment")
    moment = datetime.fromisoformat(first["paid_at"])
    assert datetime.fromisoformat(first["paid_at_utc"]) == moment
    assert first["paid_at_utc"].endswith("Z")


def test_money_that_went_out_is_below_zero(as_dana: Client) -> None:
    make_month()

    rows, _ = exported(as_dana, "csv", "?entry_kind=void")

    assert sorted(row["amount"] for row in rows) == ["-125.00", "-99.00", "7.00"]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("query", "is_there"),
    [
        ("?method=cash", lambda entry: entry.method == "cash"),
        (f"?departure={SECOND}", lambda entry: entry.event_id == SECOND),
        ("?staff=alice&method=card", lambda entry: (entry.recorded_by, entry.method) == ("alice", "card")),
        ("?entry_kind=transfer", lambda entry: entry.entry_kind == Kind.TRANSFER),
        ("?q=bob", lambda entry: entry.patron_name == "Bob Reyes"),
        ("?month=2020-01", lambda entry: False),
    ],
)
def test_the_filters_of_the_list_are_kept(form: str, query: str, is_there: Any, as_dana: Client) -> None:
    make_month()
    if form == "xlsx" and "month" in query:
        query = f"?month={this_month()}&method=nothing"

    rows, totals = exported(as_dana, form, query)

    expected = [entry for entry in entries() if is_there(entry)]
    assert sorted(row["reference"] for row in rows) == sorted(entry.reference for entry in expected)
    assert [cents(each) for each in totals["All methods"]] == figures(Sums.of_entries(expected).money)


def test_the_list_links_to_its_files(as_dana: Client) -> None:
    make_month()

    page = as_dana.get(f"{LIST}?method=cash&p=").content.decode()

    assert f'href="/admin/payments/payment/export/csv/?method=cash&amp;month={this_month()}"' in page


# The journal


def test_the_journal_follows_each_chain(as_dana: Client) -> None:
    make_month()

    rows, _ = exported(as_dana, "journal")

    assert [row["hash"] for row in rows] == [entry.hash for entry in entries()]
    assert [int(row["number"]) for row in rows] == list(range(1, len(rows) + 1))
    for slug in (FIRST, SECOND):
        mine = [row for row in rows if row["departure"] == slug]
        assert [int(row["sequence"]) for row in mine] == list(range(1, len(mine) + 1))
        assert [row["prev_hash"] for row in mine] == ["", *(row["hash"] for row in mine[:-1])]
        assert {row["date"] for row in mine} == {slug}


def test_the_journal_marks_what_was_voided_since(as_dana: Client) -> None:
    make_month()
    voids = {entry.corrects: entry.reference for entry in entries() if entry.entry_kind == Kind.VOID}

    rows, _ = exported(as_dana, "journal")
    of_dana, _ = exported(as_dana, "journal", "?staff=dana")

    assert {row["reference"]: row["voided_by"] for row in rows if row["voided_by"]} == voids
    # Also where the void itself is not among the lines.
    assert {row["voided_by"] for row in of_dana} - {""} < set(voids.values())
    assert not {row["reference"] for row in of_dana} & set(voids.values())
    assert any(row["voided_by"] for row in of_dana)


def test_the_journal_says_where_credit_went(as_dana: Client) -> None:
    make_month()

    rows, _ = exported(as_dana, "journal", "?method=credit")

    assert [(row["departure"], row["amount"], row["other_departure"]) for row in rows] == [
        (FIRST, "-300.00", SECOND),
        (SECOND, "300.00", FIRST),
    ]


def test_the_journals_times_are_those_of_the_departures_dock(as_dana: Client) -> None:
    from zoneinfo import ZoneInfo

    make_event(slug=FIRST, time_zone=ZoneInfo("Pacific/Auckland"))
    pay(paid_at=datetime(2026, 1, 1, 12, tzinfo=UTC))

    ((row,), _) = exported(as_dana, "journal")

    assert (row["paid_at"], row["paid_at_utc"]) == ("2026-01-02T01:00:00+13:00", "2026-01-01T12:00:00Z")


# What a spreadsheet makes of it

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\uff1d1+1"]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("text", FORMULAS)
def test_no_text_is_a_formula(form: str, text: str, as_dana: Client) -> None:
    make_event(slug=FIRST)
    pay(patron_name=text, note=text, external_reference=text)

    ((row,), _) = exported(as_dana, form)

    assert (row["patron"], row["note"], row["their_reference"]) == (f"'{text}",) * 3
    assert cents(row["amount"]) == 12_500


@pytest.mark.parametrize("text", ["\t=1", "\r=1", "\n=1", *FORMULAS])
def test_a_formula_in_disguise_is_none_either(text: str) -> None:
    (line,) = csv.reader(io.StringIO("".join(spreadsheets.csv_chunks([[text]])).lstrip("\ufeff"), newline=""))

    assert line == [f"'{text}"]


def test_a_sheet_takes_any_text() -> None:
    with spreadsheets.xlsx_file([["a\x01b", "c\x0bd\ufffe", "e\nf"]], title="x") as file:
        ((*cells,),) = load_workbook(file)["x"].iter_rows(values_only=True)

    assert cells == ["ab", "cd", "e\nf"]


def test_a_sheet_has_numbers_and_times_that_add_up(as_dana: Client) -> None:
    make_event(slug=FIRST)
    entry = pay(tip_cents=1)

    sheet = load_workbook(io.BytesIO(download(as_dana, "xlsx")))[this_month()]

    names = [cell.value for cell in sheet[1]]
    cells = dict(zip(names, sheet[2], strict=True))
    assert (cells["tip"].value, cells["tip"].number_format) == (0.01, "#,##0.00")
    assert cells["paid_at_utc"].value == entry.paid_at.replace(microsecond=0, tzinfo=None)
    assert cells["paid_at_utc"].is_date


def test_a_sheet_has_no_more_lines_than_excel_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheets, "MOST_ROWS", 2)

    spreadsheets.xlsx_file([["a"], ["b"]], title="x").close()
    with pytest.raises(spreadsheets.TooManyRows, match="Take CSV"):
        spreadsheets.xlsx_file([["a"], ["b"], ["c"]], title="x")
    # Nothing of it stays on the disk.
    assert ALL_TEMP_FILES == []


# How they are answered


@pytest.mark.parametrize(
    ("form", "name", "content_type"),
    [
        ("csv", "payments-{}.csv", "text/csv; charset=utf-8"),
        ("journal", "journal-{}.csv", "text/csv; charset=utf-8"),
        ("xlsx", "payments-{}.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ],
)
def test_a_file_is_named_after_its_month(form: str, name: str, content_type: str, as_dana: Client) -> None:
    response = as_dana.get(f"{LIST}export/{form}/?month=2026-05")
    response.close()

    assert response.headers["Content-Disposition"] == f'attachment; filename="{name.format("2026-05")}"'
    assert response.headers["Content-Type"] == content_type
    assert "no-store" in response.headers["Cache-Control"]


@pytest.mark.parametrize(
    ("form", "expected"), [("csv", {"GetItem": 2, "Query": 2}), ("journal", {"GetItem": 2, "Query": 3})]
)
def test_a_file_asks_for_the_tallies_and_what_is_in_it(
    form: str, expected: dict[str, int], as_dana: Client, requests_made: RequestsMade
) -> None:
    make_month()

    with requests_made() as made:
        download(as_dana, form)

    # Of the journal one for each departure.
    assert made == expected


def test_a_file_is_sent_while_it_is_read(as_dana: Client, requests_made: RequestsMade) -> None:
    # Some two megabytes, of which a Query answers one.
    put_long_entries(make_event(slug=FIRST), 800)

    with requests_made() as made:
        response = as_dana.get(f"{LIST}export/csv/")
        begun = made["Query"]
        length = sum(map(len, response))

    assert length > 1_600_000
    # The tallies and the first megabyte, before anything is sent.
    assert begun == 2
    assert made["Query"] >= 3


def put_long_entries(event: Event, number: int) -> None:
    """Store payments with long notes, as they stand, without the rules."""
    now = datetime.now(UTC).replace(microsecond=0)
    last = ""
    for start in range(0, number, 100):
        unit = Unit()
        for sequence in range(start + 1, min(start + 100, number) + 1):
            entry = Payment(
                event_id=event.slug,
                ulid=f"{sequence:026}",
                patron_name="Ana",
                folded_name="ana",
                amount_cents=100,
                currency="USD",
                method="cash",
                paid_at=now,
                recorded_at=now,
                month=this_month(),
                recorded_by="dana",
                note="x" * 2_000,
            )
            last = unit.put(chain.link(entry, after=last, sequence=sequence)).hash
        unit.commit()


@pytest.mark.parametrize("form", FORMS)
def test_a_table_that_does_not_answer_is_a_page_that_says_so(form: str, as_dana: Client) -> None:
    make_month()

    with faults.connection_refused("Query", times=1000):
        response = as_dana.get(f"{LIST}export/{form}/")

    assert response.status_code == 503


@pytest.mark.parametrize("form", FORMS)
def test_crew_and_strangers_get_no_file(form: str, as_bob: Client, as_charlie: Client) -> None:
    path = f"{LIST}export/{form}/"

    assert as_bob.get(path).status_code == 403
    assert as_charlie.get(path).headers["Location"].startswith("/admin/login/")


@pytest.mark.parametrize(("path", "status"), [("pdf/", 404), ("csv/?month=may", 302), ("csv/?colour=red", 302)])
def test_what_is_no_export_is_refused(path: str, status: int, as_dana: Client) -> None:
    assert as_dana.get(f"{LIST}export/{path}").status_code == status


def test_lambda_sends_no_more_than_an_answer_holds(
    as_dana: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_month()
    settings.ON_LAMBDA = True
    monkeypatch.setattr(export_views, "MOST_ON_LAMBDA", 5)

    few = as_dana.get(f"{LIST}export/csv/?method=card")
    many = as_dana.get(f"{LIST}export/csv/?month={this_month()}", follow=True)

    assert few.status_code == 200
    assert f"manage.py exportpayments --month {this_month()}" in many.content.decode()


def test_every_kind_of_entry_is_in_the_busy_month() -> None:
    make_month()

    assert {entry.entry_kind for entry in entries()} == set(Kind.values)
    assert {entry.undoes for entry in entries()} == {"", "payment", "refund"}
    assert all(moved_by(entry) for entry in books.read(FIRST).entries)
    assert void(pay()).undoes == Kind.PAYMENT


# The command


@pytest.mark.parametrize("form", FORMS)
def test_the_command_writes_what_the_page_sends(form: str, as_dana: Client, tmp_path: Path) -> None:
    make_month()
    file = tmp_path / "may"
    file.write_text("of last year")

    said = export(file, "--format", form)

    content = file.read_bytes()
    sent = download(as_dana, form)
    assert _of_xlsx(content) == _of_xlsx(sent) if form == "xlsx" else content == sent
    net = display(count(without_credit(entries())).net_cents, "USD")
    assert f"{this_month()}: 14 entries, net {net}, tips" in said
    assert list(tmp_path.iterdir()) == [file]


def test_the_command_leaves_no_torn_file(tmp_path: Path) -> None:
    file = tmp_path / "may.csv"
    file.write_text("of last year")

    with faults.connection_refused("Query", times=1000), pytest.raises(CommandError, match="Run it again"):
        export(file)

    assert file.read_text() == "of last year"
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("month", ["May", "2026-13", "2026-5", "0000-01", ""])
def test_the_command_takes_months_alone(month: str, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="write one as 2026-05"):
        call_command("exportpayments", str(tmp_path / "x"), "--month", month)


def test_the_command_says_where_it_cannot_write(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be written"):
        export(tmp_path / "nowhere" / "may.csv")


def export(file: Path, *more: str) -> str:
    said = io.StringIO()
    call_command("exportpayments", str(file), "--month", this_month(), *more, stdout=said)
    return said.getvalue()
