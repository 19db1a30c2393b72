"""Workbooks as tables: what a CSV of them would hold, and what is no workbook, or no fit one."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from scc.imports import tables_packed
from scc.imports.lines import ImportFailed, Line
from scc.imports.tables import open_table
from scc.imports.tables_cells import text_of

KNOWN = ("date", "title", "price")
Save = Callable[[Workbook], Path]


@pytest.fixture
def saved(tmp_path: Path) -> Save:
    """Save a workbook. Its name says nothing of what it is."""

    def save(book: Workbook) -> Path:
        path = tmp_path / "season.csv"
        book.save(path)
        return path

    return save


def book_of(*rows: list[Any], title: str = "Season") -> Workbook:
    book = Workbook()
    sheet = book[book.sheetnames[0]]
    sheet.title = title
    for row in rows:
        sheet.append(row)
    return book


def repacked(path: Path, name: str, change: Callable[[bytes], bytes]) -> Path:
    """Write the workbook again with one of its parts changed."""
    with zipfile.ZipFile(path) as archive:
        parts = {each: archive.read(each) for each in archive.namelist()}
    parts[name] = change(parts.get(name, b""))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for each, content in parts.items():
            archive.writestr(each, content)
    return path


SHEET = "xl/worksheets/sheet1.xml"


# Cells


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        (None, "General", ""),
        ("Ana ", "General", "Ana "),
        (True, "General", "TRUE"),
        (125, "General", "125"),
        (125.0, "0.00", "125.00"),
        (1100, '"$"#,##0.00', "1100.00"),
        (-3.5, '_("$"* #,##0.00_);_("$"* (#,##0.00)', "-3.50"),
        (0.1 + 0.2, "General", "0.3"),
        (1.005, "0.00", "1.005"),
        (16195550123.0, "General", "16195550123"),
        (1e21, "General", "1000000000000000000000"),
        (42, "00000", "00042"),
        (0.5, "0%", "50%"),
        (0.125, "0.00%", "12.50%"),
        (50, '#,##0.00\\ "€"', "50.00 €"),
        (-50, "[$€-407]#,##0.00;[Red]-[$€-407]#,##0.00", "-50.00 €"),
        (50, "[$CHF]\\ 0.00", "50.00 CHF"),
        (50, "[$$-409]#,##0.00", "50.00"),
        (50, '"EUR" 0.00', "50.00 EUR"),
        (50, "£#,##0", "50 £"),
        (7, '0 "PAX"', "7"),
        (date(2026, 5, 23), "yyyy-mm-dd", "2026-05-23"),
        (datetime(2026, 5, 23), "mm-dd-yy", "2026-05-23"),  # noqa: DTZ001
        (datetime(2026, 5, 23), "m/d/yy h:mm", "2026-05-23 00:00"),  # noqa: DTZ001
        (datetime(2026, 5, 23, 18, 15), "yyyy-mm-dd", "2026-05-23 18:15"),  # noqa: DTZ001
        (datetime(2026, 5, 23, 18, 14, 59, 999_900), "h:mm", "18:15"),  # noqa: DTZ001
        (datetime(2026, 5, 23, 18, 15, 30), "General", "2026-05-23 18:15:30"),  # noqa: DTZ001
        (time(18, 15), "h:mm", "18:15"),
        (time(18, 15, 30), "h:mm:ss", "18:15:30"),
        (timedelta(hours=26, minutes=30), "[h]:mm", "26:30"),
        (timedelta(minutes=-90), "[h]:mm", "-01:30"),
    ],
)
def test_text_of_is_what_a_csv_would_hold(value: object, number_format: str, text: str) -> None:
    assert text_of(value, number_format) == text


# Sheets


def test_open_table_reads_a_sheet(saved: Save) -> None:
    book = book_of(
        ["Date", "Starts at", "Price"], [date(2026, 5, 23), time(18, 15), 125], [], ["2026-05-24", None, 1.5]
    )
    book["Season"]["C2"].number_format = "0.00"

    table = open_table(saved(book), known=KNOWN)

    assert (table.names, table.said, table.size) == (("Date", "Starts at", "Price"), "", 4)
    assert list(table.lines()) == [
        Line(
            2,
            "2026-05-23,18:15,125.00",
            {"Date": "2026-05-23", "Starts at": "18:15", "Price": "125.00"},
            named="row 2",
        ),
        Line(4, "2026-05-24,,1.5", {"Date": "2026-05-24", "Starts at": "", "Price": "1.5"}, named="row 4"),
    ]


def test_open_table_takes_the_first_sheet_with_a_header(saved: Save) -> None:
    book = book_of(["Read me", "first"], title="Notes")
    season = book.create_sheet("Season")
    for row in (["Season 2026"], [], ["Date", "Title"], ["2026-05-23", "Sunset"]):
        season.append(row)
    season.merge_cells("A1:B1")

    table = open_table(saved(book), known=KNOWN)

    assert (table.names, table.said) == (("Date", "Title"), "sheet Season, header in row 3")
    assert [line.place for line in table.lines()] == ["row 4"]


def test_open_table_passes_hidden_sheets_over(saved: Save) -> None:
    book = book_of(["Date", "Title"], ["2026-05-23", "old"], title="Old")
    book.create_sheet("New").append(["Date", "Price"])
    book["Old"].sheet_state = "hidden"

    assert open_table(saved(book), known=KNOWN).names == ("Date", "Price")


def test_open_table_reads_the_sheet_that_is_named(saved: Save) -> None:
    book = book_of(["Date", "Title"], title="2025")
    book.create_sheet("Next year").append(["Date", "Price"])
    path = saved(book)

    assert open_table(path, known=KNOWN, sheet="next year").names == ("Date", "Price")
    with pytest.raises(ImportFailed, match=r"has no sheet '2027'. Its sheets are 2025, Next year\."):
        open_table(path, known=KNOWN, sheet="2027")


def test_open_table_of_an_empty_workbook_is_refused(saved: Save) -> None:
    with pytest.raises(ImportFailed, match="has nothing in Season"):
        open_table(saved(book_of()))


def test_lines_count_days_as_the_workbook_does(saved: Save) -> None:
    book = book_of(["Date", "Title"], [date(2026, 5, 23), "x"])
    book.epoch = CALENDAR_MAC_1904

    assert next(open_table(saved(book)).lines()).cells["Date"] == "2026-05-23"


def test_lines_are_read_where_the_sheet_says_less_than_there_is(saved: Save) -> None:
    path = saved(book_of(["Date", "Title"], ["2026-05-23", "Sunset"]))
    repacked(path, SHEET, lambda xml: xml.replace(b'ref="A1:B2"', b'ref="A1"'))

    assert [line.cells["Title"] for line in open_table(path).lines()] == ["Sunset"]


def test_lines_with_an_error_or_a_cell_beyond_are_faults(saved: Save) -> None:
    book = book_of(["Date", "Title"], ["2026-05-23", "#N/A"], ["2026-05-23", "x", "beside"], ["2026-05-23", "y", " "])

    lines = list(open_table(saved(book)).lines())

    assert [line.fault for line in lines] == [
        "Title: the spreadsheet says #N/A there",
        "says something in (column C), beyond the header",
        "",
    ]
    assert lines[1].raw == "2026-05-23,x,beside"


def test_lines_with_a_day_beyond_the_calendar_are_faults(saved: Save) -> None:
    book = book_of(["Date", "Title"], [1e10, "x"])
    book["Season"]["A2"].number_format = "yyyy-mm-dd"

    assert [line.fault for line in open_table(saved(book)).lines()] == ["Date: the spreadsheet says #VALUE! there"]


# Formulas


def test_lines_have_the_values_that_were_saved_with_formulas(saved: Save) -> None:
    path = saved(book_of(["Date", "Title", "Price"], ["2026-05-23", "=A2", "=1+1"]))
    values = {b"<f>A2</f><v />": b"<f>A2</f><v>Ana</v>", b"<f>1+1</f><v />": b"<f>1+1</f><v>2</v>"}

    def calculate(xml: bytes) -> bytes:
        xml = xml.replace(b"<v></v>", b"<v />").replace(b"<v/>", b"<v />").replace(b'<c r="B2"', b'<c r="B2" t="str"')
        for before, after in values.items():
            xml = xml.replace(before, after)
        return xml

    line = next(open_table(repacked(path, SHEET, calculate)).lines())

    assert line.cells == {"Date": "2026-05-23", "Title": "Ana", "Price": "2"}


def test_open_table_refuses_formulas_without_their_values(saved: Save) -> None:
    with pytest.raises(ImportFailed, match=r"without the values of its formulas \(B3 of Season\)"):
        open_table(saved(book_of(["Date", "Price"], ["2026-05-23", 1], ["2026-05-24", "=B2*2"])))


# What is no workbook, or no fit one


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}, r"an OpenDocument file \(ODS\)"),
        ({"xl/workbook.bin": b""}, r"a binary workbook \(XLSB\)"),
        ({"Index/Document.iwa": b""}, "a Numbers file"),
        ({"word/document.xml": b""}, "a document"),
        ({"season.csv": b"date,title"}, "a ZIP, and no workbook. Unpack it first"),
        ({"xl/workbook.xml": b"<nonsense"}, "torn, or no workbook that we know"),
    ],
)
def test_open_table_refuses_another_archive(parts: dict[str, bytes], reason: str, tmp_path: Path) -> None:
    path = tmp_path / "season.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)

    with pytest.raises(ImportFailed, match=reason):
        open_table(path)


def test_open_table_refuses_an_archive_that_was_cut_off(saved: Save) -> None:
    path = saved(book_of(["Date"]))
    path.write_bytes(path.read_bytes()[:-100])

    with pytest.raises(ImportFailed, match="is a torn XLSX or ZIP"):
        open_table(path)


@pytest.mark.parametrize("part", ["xl/sharedStrings.xml", "xl/styles.xml"])
def test_open_table_refuses_what_would_not_fit_in_memory(part: str, saved: Save) -> None:
    size = max(tables_packed.MOST_SHARED, tables_packed.MOST_BESIDE) + 1
    path = repacked(saved(book_of(["Date"])), part, lambda _: b" " * size)

    assert path.stat().st_size < 100_000
    with pytest.raises(ImportFailed, match="too large when it is unpacked"):
        open_table(path)


def test_open_table_refuses_entities_that_multiply(saved: Save) -> None:
    entities = b"".join(
        b'<!ENTITY e%d "%s">' % (each, b"&e%d;" % (each - 1) * 10 if each else b"lol") for each in range(12)
    )
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [' + entities + b"]><worksheet>&e11;</worksheet>"
    path = repacked(saved(book_of(["Date"])), SHEET, lambda _: bomb)

    with pytest.raises(ImportFailed, match="torn, or no workbook"):
        list(open_table(path).lines())


def test_lines_beyond_what_a_sheet_holds_are_refused(saved: Save, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scc.imports.tables_xlsx.MOST_ROWS", 1000)
    path = saved(book_of(["Date", "Title"], ["2026-05-23", "x"]))
    repacked(path, SHEET, lambda xml: xml.replace(b'<row r="2"', b'<row r="9999999999"'))

    with pytest.raises(ImportFailed, match="has rows beyond 1,000"):
        list(open_table(path).lines())
