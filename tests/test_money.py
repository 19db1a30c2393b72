"""Amounts: what is one, and how it is written."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.template import Context, Template
from hypothesis import given
from hypothesis import strategies as st

from scc.money import MOST_CENTS, BadAmount, decimal_text, display, parse_amount

AMOUNTS = st.integers(min_value=1, max_value=MOST_CENTS)
ANYTHING = st.one_of(
    st.text(),
    st.decimals(),
    st.floats(),
    st.booleans(),
    st.none(),
    st.integers(),
    st.binary(),
    st.lists(st.integers()),
    st.from_regex(r"\A-?[0-9]{0,50}(\.[0-9]{0,5})?(e-?[0-9]{1,5})?\Z"),
)


@pytest.mark.parametrize(
    ("value", "cents"),
    [
        ("125", 12_500),
        ("125.5", 12_550),
        ("125.00", 12_500),
        ("0.01", 1),
        ("007", 700),
        ("1000000.00", 100_000_000),
        (125, 12_500),
        (Decimal("125.10"), 12_510),
        (Decimal("1E+2"), 10_000),
    ],
)
def test_parse_amount_reads(value: object, cents: int) -> None:
    assert parse_amount(value) == cents


@pytest.mark.parametrize(
    "value",
    [
        *("0", "-1", "-0", "0.00", "NaN", "sNaN", "Infinity", "1e400", "1e2", "", " ", " 5", "5 ", "5\n", "5.", ".5"),
        *("+5", "1,100.00", "1_000", "0x10", "$5", "\uff15", "\u0665", "1.001", "1.000", "1000000.01", "9" * 39, "5\0"),
        *(True, False, None, 1.5, float("nan"), [], {}, b"5", 0, -1, 1_000_001, 10**400),
        *(Decimal("NaN"), Decimal("sNaN"), Decimal("Infinity"), Decimal("1e400"), Decimal("1e-400"), Decimal("-0")),
        *(Decimal("125.000"), Decimal("1000000.01"), Decimal("9" * 39), Decimal("-0.01")),
    ],
)
def test_parse_amount_refuses(value: object) -> None:
    with pytest.raises(BadAmount):
        parse_amount(value)


@pytest.mark.parametrize("value", ["0", "0.00", 0, Decimal(0)])
def test_parse_amount_takes_nothing_where_nothing_is_meant(value: object) -> None:
    assert parse_amount(value, zero=True) == 0


@given(AMOUNTS)
def test_parse_amount_reads_what_decimal_text_writes(cents: int) -> None:
    assert parse_amount(decimal_text(cents)) == cents
    assert parse_amount(Decimal(decimal_text(cents))) == cents


@given(ANYTHING)
def test_parse_amount_gives_cents_within_bounds_or_its_own_refusal(value: object) -> None:
    try:
        cents = parse_amount(value)
    except BadAmount:
        return

    assert type(cents) is int
    assert 1 <= cents <= MOST_CENTS
    assert Decimal(str(value)) * 100 == cents


@pytest.mark.parametrize(("cents", "text"), [(0, "0.00"), (5, "0.05"), (-5, "-0.05"), (-12_350, "-123.50")])
def test_decimal_text(cents: int, text: str) -> None:
    assert decimal_text(cents) == text


@pytest.mark.parametrize(
    ("cents", "currency", "text"),
    [
        (110_000, "USD", "$1,100.00"),
        (-350, "USD", "-$3.50"),
        (123_456_789, "EUR", "€1,234,567.89"),
        (2_000, "CHF", "CHF 20.00"),
        (2_000, "", "20.00"),
    ],
)
def test_display(cents: int, currency: str, text: str) -> None:
    assert display(cents, currency) == text


def test_the_filters_write_money_in_templates() -> None:
    template = Template("{% load money %}{{ cents|money }} {{ cents|money:'EUR' }} {{ cents|decimal }}")

    assert template.render(Context({"cents": 110_000})) == "$1,100.00 €1,100.00 1100.00"
