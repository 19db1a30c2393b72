"""The page on which a file's columns are chosen."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import openpyxl
import pytest
from django.test import Client

from payments.importing import stripe
from scc.imports import uploads
from scc.imports.columns import Reading
from scc.imports.rows import ImportRun, State
from tests.imports.test_pages import page_of, text_of
from tests.imports.uploading import carried, checked, drive, now, uploaded, years

pytestmark = pytest.mark.usefixtures("table")

STRIPE = Path("examples/stripe-payments.csv")


@pytest.fixture
def export() -> ImportRun:
    """A file of Stripe's, with a column that its owner added."""
    heads, *lines = STRIPE.read_bytes().splitlines()
    return uploaded(
        b"\n".join([heads + b",Trip", *(line + b",2026-05-23" for line in lines)]), what="payments", preset="stripe"
    )


def test_columns_are_chosen(as_alice: Client) -> None:
    run = uploaded(years().replace(b"capacity", b"Heads", 1).replace(b"price", b"What for", 1))
    page = page_of(run, "columns")
    assert "<p>The file lacks capacity, price; has unknown Heads, What for.</p>" in text_of(as_alice, page)
    names = uploads.head_of(run).names
    chosen = {f"column-{place}": name for place, name in enumerate(names) if name not in ("Heads", "What for")}
    heads = {f"column-{names.index('Heads')}": "capacity", f"column-{names.index('What for')}": ""}

    refused = as_alice.post(page, chosen | heads)
    accepted = as_alice.post(page, chosen | heads | {"set-price": "650.00"})

    assert "lacks price" in refused.content.decode()
    assert accepted.headers["Location"] == page_of(run)
    assert uploads.reading_of(now(run)) == Reading({"Heads": "capacity", "What for": ""}, {"price": "650.00"})
    assert drive(run).state == State.READY


def test_columns_of_what_is_carried_are_not_chosen(as_alice: Client) -> None:
    run = carried(years())

    assert as_alice.get(page_of(run, "columns")).headers["Location"] == page_of(run)


def test_columns_that_an_export_lacks_are_said_by_hand(as_alice: Client, export: ImportRun) -> None:
    page = page_of(checked_as(export), "columns")
    names = uploads.head_of(export).names
    theirs = {f"column-{place}": "*" for place, name in enumerate(names) if name in stripe.PRESET.columns}
    none = {f"column-{names.index('event (metadata)')}": ""}
    trip = f"column-{len(names) - 1}"

    twice = as_alice.post(page, {**theirs, "preset": "stripe", trip: "event"}).content.decode()
    mapped = as_alice.post(page, {**theirs, **none, "preset": "stripe", trip: "event"})
    first = uploads.reading_of(now(export))
    drive(export)
    as_alice.post(page, {**theirs, **none, "preset": "stripe", "set-event": "2026-05-24"})

    assert "has twice event (event (metadata), Trip)" in twice
    assert mapped.headers["Location"] == page_of(export)
    assert first == Reading({"Trip": "event", "event (metadata)": ""}, preset="stripe")
    assert uploads.reading_of(now(export)) == Reading(
        {"event (metadata)": ""}, {"event": "2026-05-24"}, preset="stripe"
    )


def checked_as(run: ImportRun) -> ImportRun:
    run = drive(run)
    assert run.state == State.READY
    return run


def test_columns_are_shown_as_another_export_has_them(as_alice: Client, export: ImportRun) -> None:
    page = page_of(checked_as(export), "columns")

    as_it_is = text_of(as_alice, page)
    of_venmo, of_none = text_of(as_alice, f"{page}?preset=venmo"), text_of(as_alice, f"{page}?preset=")

    assert "As Stripe has it" in as_it_is
    assert '<option value="venmo" selected>' in of_venmo
    assert "has it" not in of_none
    assert uploads.reading_of(now(export)).preset == "stripe"


@pytest.mark.parametrize("preset", ["ours", "none"])
def test_columns_know_no_other_export(as_alice: Client, export: ImportRun, preset: str) -> None:
    page = page_of(checked_as(export), "columns")

    assert '<option value="stripe" selected>' in text_of(as_alice, f"{page}?preset={preset}")


@pytest.fixture
def book() -> ImportRun:
    """A workbook with a remark and two seasons, of which the second has other columns."""
    book = openpyxl.Workbook()
    book.worksheets[0].append(["Made by Ana"])
    for title, season in {
        "May": years(2026, 2026),
        "June": years(2027, 2028).replace(b"capacity", b"Heads", 1),
    }.items():
        sheet = book.create_sheet(title)
        for line in csv.reader(season.decode().splitlines()):
            sheet.append(line)
    file = io.BytesIO()
    book.save(file)
    return checked(file.getvalue(), source="seasons.xlsx")


def test_columns_of_another_sheet_are_chosen(as_alice: Client, book: ImportRun) -> None:
    assert "read as sheet May. It has 3 sheets" in text_of(as_alice, page_of(book))
    assert "<option selected>May</option>" in text_of(as_alice, page_of(book, "columns"))

    answer = as_alice.post(page_of(book, "columns"), {"sheet": "June"})
    mapping = drive(book)
    said = text_of(as_alice, page_of(book, "columns"))
    heads = f"column-{uploads.head_of(book).names.index('Heads')}"
    chosen = {f"column-{place}": name for place, name in enumerate(uploads.head_of(book).names)}
    as_alice.post(page_of(book, "columns"), {**chosen, heads: "capacity"})

    assert answer.headers["Location"] == page_of(book)
    assert mapping.state == State.MAPPING
    assert "<option selected>June</option>" in said
    assert uploads.reading_of(now(book)) == Reading({"Heads": "capacity"}, sheet="June")
    assert drive(book).lines == 4


def test_columns_of_a_sheet_that_is_none_can_be_left_for_another(as_alice: Client, book: ImportRun) -> None:
    as_alice.post(page_of(book, "columns"), {"sheet": "Sheet"})
    mapping = drive(book)
    as_alice.post(page_of(book, "columns"), {"sheet": "May"})

    assert mapping.state in (State.MAPPING, State.FAILED)
    assert drive(book).state == State.READY


@pytest.mark.parametrize("sheet", ["May", "July", ""])
def test_columns_of_the_same_sheet_are_not_read_again(as_alice: Client, book: ImportRun, sheet: str) -> None:
    answer = as_alice.post(page_of(book, "columns"), {"sheet": sheet})

    assert answer.headers["Location"] == page_of(book, "columns")
    assert now(book).version == book.version


def test_columns_may_hold_days_of_either_order(as_alice: Client) -> None:
    run = checked(years(2026, 2026).replace(b"2026-05-01", b"5/6/2026"))
    chosen = {f"column-{place}": name for place, name in enumerate(uploads.head_of(run).names)}

    as_alice.post(page_of(run, "columns"), {**chosen, "days": "day"})
    run = drive(run)

    assert uploads.reading_of(run) == Reading(day_first=True)
    assert '<option value="day" selected>' in text_of(as_alice, page_of(run, "columns"))
    assert "Fri 5 Jun 2026" in text_of(as_alice, page_of(run))
