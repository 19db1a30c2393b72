"""Texts as tables: any dialect, any encoding, and what is no table at all."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scc.imports.lines import ImportFailed, Line
from scc.imports.tables import Table, open_table

NAMES = ("date", "title", "vessel", "price", "note")

Open = Callable[..., Table]


@pytest.fixture
def table_of(tmp_path: Path) -> Open:
    """Open a file of these bytes, or of this text in UTF-8."""

    def opened(content: bytes | str, known: tuple[str, ...] = NAMES, sheet: str = "") -> Table:
        path = tmp_path / "season.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return open_table(path, known=known, sheet=sheet)

    return opened


def cells(table: Table) -> list[list[str]]:
    return [list(line.cells.values()) for line in table.lines()]


def faults(table: Table) -> dict[int, str]:
    return {line.number: line.fault for line in table.lines() if line.fault}


# Any table


@st.composite
def tables(draw: st.DrawFn, alphabet: st.SearchStrategy[str]) -> list[list[str]]:
    width = draw(st.integers(2, len(NAMES)))
    breaks = st.sampled_from(["\n", "\r\n", '"', "'", ",", ";", "\t", "|", " ", "\\"])
    text = st.lists(alphabet | breaks, max_size=12).map("".join)
    return [list(NAMES[:width]), *draw(st.lists(st.lists(text, min_size=width, max_size=width), max_size=6))]


def written(rows: list[list[str]], **dialect: object) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, **dialect).writerows(rows)  # type: ignore[arg-type]
    return out.getvalue()


def stripped(rows: list[list[str]]) -> list[list[str]]:
    """Return the lines behind the header as a table gives them."""
    return [[cell.strip() for cell in row] for row in rows[1:] if any(cell.strip() for cell in row)]


ANYTHING = st.characters(exclude_categories=["C", "Zl", "Zp"], exclude_characters="\ufeff")
# Those whose bytes never look like UTF-8.
WESTERN = st.sampled_from([*"abcXYZ0189.-", *map(chr, range(0xE0, 0x100))])


@given(
    rows=tables(ANYTHING),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    ends=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"]),
)
def test_open_table_reads_what_was_written(
    rows: list[list[str]],
    delimiter: str,
    quoting: int,
    ends: str,
    encoding: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    # Python's writer leaves a line feed unquoted where lines end otherwise.
    quoting = csv.QUOTE_ALL if ends == "\r" else quoting
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(written(rows, delimiter=delimiter, quoting=quoting, lineterminator=ends).encode(encoding))

    table = open_table(path, known=NAMES)

    assert list(table.names) == rows[0]
    assert cells(table) == stripped(rows)


@given(rows=tables(WESTERN), delimiter=st.sampled_from([",", ";", "\t", "|"]))
def test_open_table_reads_windows_1252(
    rows: list[list[str]], delimiter: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(written(rows, delimiter=delimiter).encode("cp1252"))

    assert cells(open_table(path, known=NAMES)) == stripped(rows)


@pytest.mark.parametrize(
    "dialect",
    [
        {"quotechar": "'", "quoting": csv.QUOTE_ALL},
        {"escapechar": "\\", "doublequote": False, "quoting": csv.QUOTE_ALL},
        {"quotechar": "'", "escapechar": "\\", "doublequote": False, "quoting": csv.QUOTE_ALL},
    ],
    ids=["apostrophes", "backslashes", "both"],
)
@given(rows=tables(ANYTHING))
def test_open_table_reads_other_quotes(
    dialect: dict[str, object], rows: list[list[str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    # In which it shows how quotes are quoted.
    rows.insert(1, ["""the "big" o'neill"""] * len(rows[0]))
    path.write_bytes(written(rows, **dialect).encode())

    assert cells(open_table(path, known=NAMES)) == stripped(rows)


def test_open_table_takes_an_escape_that_shows_for_one_whatever_follows(table_of: Open) -> None:
    table = table_of("""'date','title'\n'1','the "big" o\\'neill'\n'','\\'\n,0'\n""")

    assert cells(table) == [["1", """the "big" o'neill"""], ["", "'\n,0"]]


@given(content=st.binary(max_size=300))
def test_open_table_reads_or_refuses_any_bytes(content: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(content)

    with suppress(ImportFailed):
        assert all(line.fault or line.cells for line in open_table(path).lines())


# What is said


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"date,title\n1,x\n", ""),
        ("date,title\n1,É\n".encode("utf-8-sig"), ""),
        ("date;title\n1;É\n".encode("cp1252"), "Windows-1252, separated by semicolons"),
        ("date\ttitle\n1\tÉ\n".encode("utf-16"), "UTF-16, separated by tabs"),
        ("date|title\n1|x\n".encode("utf-16-be"), "UTF-16, separated by vertical bars"),
        (b"'date','title'\n'1','x'\n", "quoted by apostrophes"),
        (b"Season 2026\n\ndate,title\n1,x\n", "header in line 3"),
        (b"sep=;\r\ndate;title\r\n1;x\r\n", "separated by semicolons"),
    ],
)
def test_open_table_says_what_is_not_plain(content: bytes, said: str, table_of: Open) -> None:
    table = table_of(content)

    assert table.said == said
    assert table.names == ("date", "title")
    assert len(list(table.lines())) == 1


def test_open_table_reads_again_from_the_first_line(table_of: Open) -> None:
    table = table_of("date,title\n1,x\n2,y\n")

    assert (
        list(table.lines())
        == list(table.lines())
        == [
            Line(2, "1,x", {"date": "1", "title": "x"}),
            Line(3, "2,y", {"date": "2", "title": "y"}),
        ]
    )


# Above and beside the header


def test_open_table_finds_the_header_below_titles(table_of: Open) -> None:
    table = table_of('Boat Co.,,\n"Printed, May 1",,\n\nDate,Title,\n2026-05-23,Sunset,\n', known=("date", "title"))

    assert table.names == ("Date", "Title")
    assert [line.place for line in table.lines()] == ["line 5"]


def test_open_table_takes_the_first_wide_line_where_no_name_is_known(table_of: Open) -> None:
    assert table_of("Printed in May\nTag,Gast\n1,Ana\n").names == ("Tag", "Gast")


def test_open_table_names_columns_without_a_name_by_their_place(table_of: Open) -> None:
    assert table_of("date,,title\n1,2,3\n").names == ("date", "(column B)", "title")


def test_open_table_of_nothing_has_no_names(table_of: Open) -> None:
    table = table_of("\n\n")

    assert table.names == ()
    assert list(table.lines()) == []


# Lines that are none


def test_lines_are_not_taken_along_by_an_open_quote(table_of: Open) -> None:
    table = table_of('date,title\n1,"oops\n2,b\n3,"c"\n4,d\n')

    assert faults(table) == {2: "has a quote that is never closed"}
    assert cells(table)[1:] == [["2", "b"], ["3", "c"], ["4", "d"]]


def test_lines_are_not_taken_along_by_an_open_quote_in_the_last_cell_of_the_file(table_of: Open) -> None:
    lines = [f"{number},x" for number in range(200)]

    table = table_of("\n".join(["date,title", '1,"oops', *lines]))

    assert list(faults(table)) == [2]
    assert len(cells(table)) == 201


def test_lines_read_quotes_inside_a_cell_as_they_are_meant(table_of: Open) -> None:
    assert cells(table_of('date,title\n1,"big" one\n2, "b, c"\n')) == [["1", "big one"], ["2", "b, c"]]


def test_lines_with_other_counts_are_faults(table_of: Open) -> None:
    table = table_of("date,title\n1\n1,2,3\n1,2,,\n")

    assert faults(table) == {
        2: "has 1 cells, the header 2; a line that was cut off, or a line break without quotes, perhaps",
        3: "has 3 cells, the header 2; a ',' without quotes perhaps",
    }
    assert cells(table)[2] == ["1", "2"]


def test_lines_of_a_cell_beyond_all_measure(table_of: Open) -> None:
    table = table_of(f"date,title\n1,{'x' * 200_000}\n2,y\n")

    assert "field larger than" in faults(table)[2]
    assert cells(table)[1] == ["2", "y"]


def test_lines_without_end_are_refused(table_of: Open) -> None:
    table = table_of(f"date,title\n1,{'x' * 2_000_001}")

    with pytest.raises(ImportFailed, match="Line 2 has over 2,000,000 letters"):
        list(table.lines())


# Files that are no tables


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"%PDF-1.7\n", "is a PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", r"is an old Excel file \(XLS\), or one with a password"),
        (gzip.compress(b"date,title\n", mtime=0), r"is packed \(gzip\)"),
        (b"\xef\xbb\xbf  <!DOCTYPE html><table><tr><td>1", "is a page of HTML or XML"),
        ("<html><table>".encode("utf-16"), "is a page of HTML or XML"),
        (b'<?xml version="1.0"?><Workbook>', "is a page of HTML or XML"),
        (b'{"event_id": "2026-05-23"}', "`backfilllegacy`"),
        (b"\x00\x01\x02\x03" * 50, "is neither text nor XLSX"),
        ("date\n1\n".encode("utf-32"), "is UTF-32"),
        (b"date,title\n1,\xe9\n2,\x81\n", r"is neither UTF-8 nor Windows-1252 \(line 3\)"),
        ("date,title\n1,Ö\n2,ä".encode() + b"\xe9\n", r"is UTF-8 but for some bytes \(line 3\)"),
        (b"\xef\xbb\xbfdate,title\r1,x\r2,\xe9\r", r"is not UTF-8 throughout \(line 3\)"),
        ("date,title\n1,x\n".encode("utf-16") + b"\x00", r"is not UTF-16 throughout \(line 3\)"),
        (b"PK\x03\x04 and nothing else", "is a torn XLSX or ZIP"),
    ],
)
def test_open_table_refuses_with_what_to_do(content: bytes, reason: str, table_of: Open) -> None:
    with pytest.raises(ImportFailed, match=reason) as refused:
        table_of(content)

    assert str(refused.value).endswith(".")


def test_open_table_of_a_text_has_no_sheets(table_of: Open) -> None:
    with pytest.raises(ImportFailed, match="has no sheets"):
        table_of("date,title\n", sheet="Season")


@pytest.mark.parametrize("name", ["nothing.csv", "."])
def test_open_table_says_that_a_file_cannot_be_read(name: str, tmp_path: Path) -> None:
    with pytest.raises(ImportFailed, match="cannot be read: "):
        open_table(tmp_path / name)
