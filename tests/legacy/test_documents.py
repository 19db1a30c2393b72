from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scc.imports.lines import ImportFailed
from scc.legacy import documents
from tests.legacy.reading import VALUES

ITEMS = st.lists(
    st.dictionaries(st.text(min_size=1).filter("Items".__ne__), VALUES, min_size=1, max_size=4), max_size=6
)


def read(text: str) -> list[Any]:
    return [json.loads(found.raw) for found in documents.items(io.StringIO(text))]


def places(text: str) -> list[str]:
    return [found.place for found in documents.items(io.StringIO(text))]


@given(ITEMS, st.booleans())
def test_items_reads_lines(items: list[dict[str, Any]], is_ascii: bool) -> None:
    text = "\n".join(json.dumps(item, ensure_ascii=is_ascii) for item in items)

    assert read(text) == items


@given(ITEMS, st.sampled_from([None, 0, 2]), st.integers(min_value=1, max_value=40))
def test_items_reads_a_list_in_pieces_of_any_size(items: list[dict[str, Any]], indent: int | None, piece: int) -> None:
    text = json.dumps(items, indent=indent)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(documents, "PIECE", piece)
        found = read(text)

    assert found == items


@given(ITEMS, st.sampled_from([None, 4]))
def test_items_reads_what_the_aws_cli_prints(items: list[dict[str, Any]], indent: int | None) -> None:
    text = json.dumps({"Items": items, "Count": len(items), "ScannedCount": 9, "ConsumedCapacity": None}, indent=indent)

    assert read(text) == items


@given(ITEMS, st.sampled_from([None, 4]), st.booleans())
def test_items_reads_a_page_that_begins_with_its_count(
    items: list[dict[str, Any]], indent: int | None, is_again: bool
) -> None:
    text = json.dumps({"Count": len(items), "Items": items}, indent=indent)

    assert read(f"{text}\n{text}" if is_again else text) == items * (2 if is_again else 1)


@pytest.mark.parametrize("more", ["LastEvaluatedKey", "NextToken"])
@pytest.mark.parametrize("indent", [None, 2])
def test_items_fails_where_a_table_goes_on(more: str, indent: int | None) -> None:
    first = json.dumps({"Items": [{"a": 1}], more: {"event_id": {"S": "x"}}}, indent=indent)
    turned = json.dumps({more: "x", "Count": 1, "Items": [{"a": 1}]}, indent=indent)
    last = json.dumps({"Items": [{"b": 2}], more: None}, indent=indent)

    for text in (first, turned, f"{first}\n{turned}"):
        with pytest.raises(ImportFailed, match="is not the whole table"):
            read(text)
    assert read(f"{first}\n{last}") == [{"a": 1}, {"b": 2}]


def test_items_drops_nothing_that_stands_beside_items() -> None:
    line = '{"event_id": "2026-05-23", "Items": [1]}'

    assert read(line) == [json.loads(line)]
    with pytest.raises(ImportFailed, match='"Items" beside an event_id'):
        read('{"Items": [1], "event_id": "2026-05-23"}')


def test_items_of_an_object_keep_a_name_that_stands_twice() -> None:
    (found,) = documents.items(io.StringIO('{\n"a": 1,\n"a": 1e999999999999999999999\n}'))

    assert found.raw == '{"a": 1, "a": 1e999999999999999999999}'


def test_items_reads_one_object_over_several_lines() -> None:
    item = {"event_id": "2026-05-23", "payments": [{"amount": 12.5}, {"amount": 7}]}

    assert read(json.dumps(item, indent=2)) == [item]


def test_items_reads_objects_one_behind_the_other() -> None:
    assert read('{\n"a": 1\n}\n{\n"b": 2\n}') == [{"a": 1}, {"b": 2}]


@pytest.mark.parametrize("text", ["", "\n \n", "[]", '{"Items": []}', " [ ] "])
def test_items_of_nothing(text: str) -> None:
    assert read(text) == []


def test_items_gives_a_line_that_is_no_json_as_it_stands() -> None:
    text = '{"a": 1}\n\n{"b": \n{"c": 3}\n'

    found = list(documents.items(io.StringIO(text)))

    assert [(each.place, each.raw) for each in found] == [
        ("line 1", '{"a": 1}'),
        ("line 3", '{"b":'),
        ("line 4", '{"c": 3}'),
    ]


def test_items_takes_a_broken_first_line_for_a_line() -> None:
    assert places('{"a": \n{"b": 2}\n') == ["line 1", "line 2"]


@pytest.mark.parametrize(
    "text",
    [
        '[{"a": 1}, {"b": ',
        '[{"a": 1} {"b": 2}]',
        '[{"a": 1},]',
        '[{"a": 1}',
        '{"Items": [{"a": 1}',
        '[{"a": 1}] x',
        "[NaN x]",
    ],
)
def test_items_fails_where_a_list_breaks_off(text: str) -> None:
    with pytest.raises(ImportFailed, match="is no JSON, at its character"):
        read(text)


class Endless(io.RawIOBase):
    """A list of a hundred thousand items, which is made as it is read."""

    def __init__(self) -> None:
        self.made = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        if self.made > 100_000:
            return 0
        sign = "[" if self.made == 0 else "," if self.made < 100_000 else "]"
        text = sign + (f'{{"n": {self.made}}}' if self.made < 100_000 else "")
        self.made += 1
        buffer[: len(text)] = text.encode()
        return len(text)


def test_items_holds_little_of_a_long_list() -> None:
    source = Endless()

    with io.TextIOWrapper(io.BufferedReader(source, 1024)) as file:
        ahead = [source.made - found.number for found in documents.items(file)]

    assert len(ahead) == 100_000
    assert max(ahead) < 50_000
