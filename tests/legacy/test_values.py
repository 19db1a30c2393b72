from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scc.imports.lines import BadLine
from scc.legacy import typed, values
from scc.money import decimal_text
from tests.legacy.generator import typed_of
from tests.legacy.reading import VALUES

# Typed JSON


@given(st.dictionaries(st.text().filter("Item".__ne__), VALUES, min_size=1))
def test_plain_takes_types_off(item: dict[str, Any]) -> None:
    expected = typed.loads(json.dumps(item))

    assert typed.plain(typed.loads(json.dumps({"Item": typed_of(item)}))) == expected
    assert typed.plain(typed.loads(json.dumps(typed_of(item)))) == expected


def test_plain_takes_every_type_of_dynamodb() -> None:
    item = {
        "a": {"SS": ["x"]},
        "b": {"NS": ["1", "2.50"]},
        "c": {"B": "aGk="},
        "d": {"BOOL": False},
        "e": {"NULL": True},
    }

    assert typed.plain(item) == {"a": ["x"], "b": [1, Decimal("2.50")], "c": "aGk=", "d": False, "e": None}


@pytest.mark.parametrize(
    "value", [{"N": "many"}, {"N": "NaN"}, {"N": "sNaN"}, {"N": "-Infinity"}, {"L": "x"}, {"M": []}, {"S": 1}]
)
def test_plain_leaves_what_no_table_holds_unread(value: dict[str, Any]) -> None:
    found = typed.plain({"event_id": {"S": "x"}, "payments": {"L": [value, {"S": "y"}]}})

    assert isinstance(found, dict)
    bad, good = found["payments"]
    assert (good, isinstance(bad, typed.Unread)) == ("y", True)
    with pytest.raises(BadLine):
        values.text_of(bad)


def test_plain_takes_types_off_one_by_one() -> None:
    item = {"event_id": "2026-05-23", "title": {"S": "Sail"}, "payments": [{"M": {"amount": {"N": "5"}, "x": "y"}}]}

    assert typed.plain(item) == {"event_id": "2026-05-23", "title": "Sail", "payments": [{"amount": 5, "x": "y"}]}


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1e9999999999999999999"])
def test_loads_leaves_a_number_that_is_none_unread(text: str) -> None:
    found = typed.loads(f'{{"amount": {text}, "method": "cash"}}')

    assert found == {"amount": typed.Unread(f"{text!r} is no number", text), "method": "cash"}
    assert json.loads(typed.dumps(found))["amount"] == text


def test_dumps_writes_a_number_as_it_was() -> None:
    text = '{"a": 50.00, "b": 0.1, "c": 1E+999, "d": [19.990000000000002, -0.0], "e": "50.00"}'

    assert typed.dumps(typed.loads(text)) == text
    assert typed.dumps(typed.untyped({"N": "50.00"})) == "50.00"


def test_loads_keeps_both_values_of_a_name_that_stands_twice() -> None:
    found = typed.loads('{"a": 1, "a": 2, "b": 3, "b": 3}')

    assert (found["a"].raw, found["b"]) == ([1, 2], 3)
    with pytest.raises(BadLine, match="stands 2 times, as"):
        values.text_of(found["a"])


def test_plain_refuses_what_is_too_deep() -> None:
    with pytest.raises(BadLine, match="too much inside"):
        typed.plain({"a": typed.loads("[" * 700 + "]" * 700)})


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, '{"a": 1'])
def test_loads_refuses_what_is_no_json(text: str) -> None:
    with pytest.raises(BadLine, match="is no JSON"):
        typed.loads(text)


# Amounts


@given(st.integers(min_value=-100_000_000, max_value=100_000_000))
def test_amount_text_of_a_float_has_no_dust(cents: int) -> None:
    written = json.dumps({"amount": cents / 100})

    assert values.amount_text(typed.loads(written)["amount"]) == decimal_text(cents)
    assert values.amount_text(str(cents / 100 + 1e-10)) in {decimal_text(cents), str(cents / 100 + 1e-10)}


@given(st.lists(st.integers(min_value=1, max_value=9999), min_size=2, max_size=20))
def test_amount_text_of_a_sum_of_floats_is_the_sum(cents: list[int]) -> None:
    total = sum(each / 100 for each in cents)

    assert values.amount_text(typed.loads(repr(total))) == decimal_text(sum(cents))


@pytest.mark.parametrize(
    "value", [Decimal("12.345"), True, [1], {"N": "1"}, 10**30, Decimal("1E+400"), Decimal("0.001")]
)
def test_amount_text_refuses(value: object) -> None:
    with pytest.raises(BadLine):
        values.amount_text(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        ("", ""),
        (0, "0.00"),
        (Decimal("1E+2"), "100.00"),
        ("1.250", "1.250"),
        ("19.990000000000002", "19.99"),
    ],
)
def test_amount_text(value: object, text: str) -> None:
    assert values.amount_text(value) == text


@given(st.decimals(allow_nan=False, allow_infinity=False) | st.sampled_from([Decimal("1E-99999"), Decimal("0E-99999")]))
def test_text_of_a_number_is_short_and_says_the_same(value: Decimal) -> None:
    text = values.text_of(value)

    assert len(text) < 200
    assert Decimal(text) == value
