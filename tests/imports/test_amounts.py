"""Amounts in files: what is one, what could be two, and that nothing else is taken for one."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scc.imports import amounts
from scc.imports.lines import BadLine
from scc.money import MOST_CENTS, decimal_text, display

CENTS = st.integers(min_value=-MOST_CENTS, max_value=MOST_CENTS)
ABOUT = st.text(alphabet="0123456789.,' -+()$€\u00a0\u2212\u2019USDEUR\u0665", max_size=20)


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        *[("125", 12_500), ("125.5", 12_550), ("125,50", 12_550), ("0", 0), ("0.00", 0), (".50", 50), (" 5 ", 500)],
        *[("$1,250.00", 125_000), ("1,250", 125_000), ("1,000,000", 100_000_000), ("US$5", 500), ("5 USD", 500)],
        *[("1 250,00", 125_000), ("1.250,00", 125_000), ("1'250.00", 125_000), ("1\u00a0250", 125_000)],
        *[("1\u2019250.5", 125_050), ("1\u202f250,00 $", 125_000), ("usd 50", 5_000)],
        *[("1250.000", 125_000), ("0.500", 50), ("12.5000", 1_250), ("1,250.000", 125_000)],
        *[("-50", -5_000), ("\u221250", -5_000), ("50.00-", -5_000), ("(50.00)", -5_000), ("($1,250.00)", -125_000)],
        *[("- $1,250.00", -125_000), ("$-50", -5_000), ("+ $50.00", 5_000)],
        *[("$50.00 USD", 5_000), ("US $50", 5_000), ("USD $50", 5_000), ("US$ 50 usd", 5_000), ("($50 USD)", -5_000)],
        *[
            ("650.-", 65_000),
            ("650,-", 65_000),
            ("650.\u2013 USD", 65_000),
            ("-650.--", -65_000),
            ("$1,250.-", 125_000),
        ],
        *[("50.", 5_000), ("$1,250.", 125_000), ("$ 1, 250.00", 125_000), ("1. 250,00", 125_000)],
        *[("1, 000, 000.00", 100_000_000), ("-$ 1, 250.00 USD", -125_000)],
    ],
)
def test_read_takes(text: str, cents: int) -> None:
    assert amounts.read(text, currency="USD") == cents


def test_counted_counts_what_is_too_much_to_carry() -> None:
    assert amounts.counted("$1,000,000.01") == 100_000_001


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        *[("", "is missing"), (" ", "is missing"), ("free", "is no amount"), ("$", "is no amount")],
        *[("12 50", "is no amount"), ("1,25,000", "is no amount"), ("1.250.00", "is no amount")],
        *[
            ("1.250.", "is no amount"),
            (",1.", "is no amount"),
            ("1,25.", "is no amount"),
            (".", "is no amount"),
            ("1e5", "is no amount"),
            ("\u0665", "is no amount"),
            ("(-50)", "is no amount"),
        ],
        *[("--5", "is no amount"), ("-5-", "is no amount"), ("$5 $", "is no amount"), ("0,250.00", "is no amount")],
        *[("50, 100", "is no amount"), ("1, 25.00", "is no amount"), ("0, 250.00", "is no amount")],
        *[("USD 5 USD", "is no amount"), ("$5 EUR", "is not in USD"), ("€5 USD", "is not in USD")],
        *[("1" * 300, "is no amount"), ("50, 100, 100.0", "is no amount")],
        *[("5\0", "is no amount"), ("nan", "is no amount"), ("5%", "is no amount")],
        *[("1.005", "may be 1005 or 1.005"), ("1.250", "may be 1250 or 1.250"), ("$12.500", "may be 12500 or 12.500")],
        *[("0.005", "more than two decimals"), ("3.3000000000000003", "more than two decimals")],
        *[("€50", "is not in USD"), ("50 CHF", "is not in USD"), ("CA$50", "is not in USD")],
        *[("1000000.01", "is more than 1,000,000.00"), ("9" * 40, "is more than 1,000,000.00")],
    ],
)
def test_read_refuses(text: str, reason: str) -> None:
    with pytest.raises(BadLine, match=reason):
        amounts.read(text, currency="USD")


def test_read_takes_no_comma_for_thousands_where_it_is_the_decimal_sign() -> None:
    assert amounts.read("1.250,00 €", currency="EUR") == 125_000
    with pytest.raises(BadLine, match="may be 1250 or 1"):
        amounts.read("1,250", currency="EUR")


@given(CENTS)
def test_read_gives_back_what_is_written_in_any_of_these_ways(cents: int) -> None:
    american, plain = display(cents, "USD"), decimal_text(cents)
    german = display(cents).translate(str.maketrans(",.", ".,"))
    swiss, french = display(cents).replace(",", "'"), german.replace(".", "\u202f")

    for text in (american, plain, german, swiss, french, plain.replace(".", ","), f"{plain} USD"):
        assert amounts.read(text, currency="USD") == cents


@given(st.one_of(st.text(), ABOUT), st.sampled_from(["USD", "EUR"]))
def test_read_gives_cents_or_says_why_not(text: str, currency: str) -> None:
    try:
        cents = amounts.read(text, currency=currency)
    except BadLine:
        return
    assert -MOST_CENTS <= cents <= MOST_CENTS
    assert abs(cents) in sums_of(text)
    # One sign says that it is below zero, and none else; a dash behind a point or comma is for cents.
    signs = re.sub("[.,] ?[-\u2212\u2013\u2014]{1,2}", "", " ".join(text.split()))
    assert (cents < 0) <= (len([char for char in signs if char in "-\u2212\u2013("]) == 1)


@given(CENTS.map(abs), ABOUT)
def test_read_takes_no_other_sum_out_of_what_stands_around_an_amount(cents: int, around: str) -> None:
    try:
        found = amounts.read(f"{decimal_text(cents)} {around}", currency="USD")
    except BadLine:
        return
    assert abs(found) in sums_of(f"{decimal_text(cents)} {around}")


def sums_of(text: str) -> set[int]:
    """Return what a text may be read as: its last point or comma is the decimal sign, or groups digits."""
    parts = re.findall("[0-9]+", text)
    whole = {int("".join(parts)) * 100}
    *before, last = re.split("[.,]", re.sub("[^0-9.,]", "", text))
    if not before:
        return whole
    # A point behind all, or zeros beyond cents.
    cents = int("".join(before) or "0") * 100 + int(last[:2].ljust(2, "0")) if not last[2:].strip("0") else -1
    return {cents} if len(last) != 3 else whole | {cents}
