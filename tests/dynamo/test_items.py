"""Items whole: as text, in segments, and put back."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scc.dynamo import items
from scc.dynamo.items import Item, of_text, text_of
from tests.dynamo import faults

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
NUMBER = st.integers().map(str)
SCALAR = (
    TEXT.map(lambda text: {"S": text})
    | NUMBER.map(lambda number: {"N": number})
    | st.binary().map(lambda data: {"B": data})
    | st.booleans().map(lambda flag: {"BOOL": flag})
    | st.just({"NULL": True})
)
SETS = (
    st.sets(TEXT, min_size=1).map(lambda texts: {"SS": sorted(texts)})
    | st.sets(NUMBER, min_size=1).map(lambda numbers: {"NS": sorted(numbers)})
    | st.sets(st.binary(), min_size=1).map(lambda data: {"BS": sorted(data)})
)
VALUE: st.SearchStrategy[dict[str, Any]] = st.recursive(
    SCALAR | SETS,
    lambda inner: st.lists(inner).map(lambda held: {"L": held}) | st.dictionaries(TEXT, inner).map(lambda m: {"M": m}),
)


def make_item(pk: str = "A", sk: str = "1", **attributes: dict[str, Any]) -> Item:
    return {"pk": {"S": pk}, "sk": {"S": sk}, **attributes}


@given(st.dictionaries(TEXT, VALUE))
def test_of_text_gives_the_item_that_text_of_was_given(attributes: dict[str, Any]) -> None:
    item = attributes | make_item()

    text = text_of(item)

    assert of_text(text) == item
    assert text_of(of_text(text)) == text
    assert "\n" not in text


def test_text_of_is_the_same_whatever_the_order() -> None:
    one = make_item(ids={"SS": ["b", "a"]}, more={"M": {"x": {"NS": ["2", "1"]}}})
    other = dict(reversed(make_item(ids={"SS": ["a", "b"]}, more={"M": {"x": {"NS": ["1", "2"]}}}).items()))

    assert text_of(one) == text_of(other)
    assert json.loads(text_of(one))["Item"]["ids"] == {"SS": ["a", "b"]}


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", "[]", "1", "{}", '{"Item": []}', '{"Item": {"pk": {"S": "A"}}}', '{"Item": {"pk": "A", "sk": "1"}}'),
        *('{"Item": {"pk": {"S": ""}, "sk": {"S": "1"}}}', '{"Item": {"pk": {"S": "A"}, "sk": {"S": "1", "N": "1"}}}'),
        '{"Item": {"pk": {"S": "A"}, "sk": {"S": "1"}, "sealed": {"B": "no base 64"}}}',
    ],
)
def test_of_text_refuses_what_is_no_item(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # of any kind, as its reader takes all
        of_text(text)


def every(segments: int = 3) -> list[Item]:
    found = [item for segment in range(segments) for item in items.in_segment(segment, segments)]
    return sorted(found, key=lambda item: (item["pk"]["S"], item["sk"]["S"]))


@pytest.mark.usefixtures("table")
def test_put_puts_items_that_in_segment_gives_once_each() -> None:
    stored = [make_item(f"P{number:03}", "1", data={"B": bytes([number])}) for number in range(60)]

    items.put(stored)
    items.put(stored[:30])

    assert every() == stored


@pytest.mark.usefixtures("table")
def test_take_out_deletes_what_is_named() -> None:
    items.put([make_item("A"), make_item("B")])

    items.take_out([("A", "1"), ("C", "1")])

    assert every() == [make_item("B")]


@pytest.mark.usefixtures("table")
def test_put_sends_again_what_got_no_answer() -> None:
    with faults.answers_lost("BatchWriteItem", times=5) as lost:
        items.put([make_item()])

    assert len(lost) == 5
    assert every() == [make_item()]
