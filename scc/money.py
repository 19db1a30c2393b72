"""Money: integer cents inside, decimal text outside.

An amount is read from text or a JSON number of the form 125, 125.5 or 125.00, in ASCII digits, up to 1,000,000.00.
Nothing is rounded: what has more than two decimals is refused. Floats are refused too; they never were exact.
"""

from __future__ import annotations

import re
from decimal import Decimal

MOST_CENTS = 100_000_000

# No thousands separators, on purpose: where a comma is the decimal sign, "1,100" is one and a tenth.
_AMOUNT = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,2})?")

_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "CAD": "CA$", "AUD": "A$", "NZD": "NZ$", "MXN": "MX$"}


class BadAmount(ValueError):
    """A value that is no amount; says why, for whoever entered it."""


def parse_amount(value: object, *, zero: bool = False) -> int:
    """Return `value` in cents.

    value: text, a Decimal or an int. zero: whether nothing is an amount too, as for tips and prices.
    Raises BadAmount.
    """
    cents = _cents(value)
    if cents > MOST_CENTS:
        raise BadAmount(f"The most is {display(MOST_CENTS)}.")
    if cents < 0 or (cents == 0 and not zero):
        raise BadAmount("Must not be below zero." if zero else "Must be above zero.")
    return cents


def _cents(value: object) -> int:
    if isinstance(value, str):
        return _cents_of_text(value)
    if isinstance(value, Decimal):
        return _cents_of_decimal(value)
    if type(value) is int:
        return value * 100
    raise BadAmount("Must be an amount such as 125.00.")


def _cents_of_text(text: str) -> int:
    sign, digits = (-1, text[1:]) if text.startswith("-") else (1, text)
    if len(digits) > 15 and digits.isascii() and digits.isdigit():
        raise BadAmount(f"The most is {display(MOST_CENTS)}.")
    if not _AMOUNT.fullmatch(digits):
        raise BadAmount("Must be an amount such as 125.00, with at most two decimals.")
    whole, _, fraction = digits.partition(".")
    return sign * (int(whole) * 100 + int(fraction.ljust(2, "0")))


def _cents_of_decimal(number: Decimal) -> int:
    if not number.is_finite():
        raise BadAmount("Must be an amount such as 125.00.")
    # Compared before it is multiplied: 1e400 would be a number of 402 digits.
    if abs(number) > MOST_CENTS:
        raise BadAmount(f"The most is {display(MOST_CENTS)}.")
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -2:
        raise BadAmount("Must have at most two decimals.")
    return int(number * 100)


def decimal_text(cents: int) -> str:
    """Return `cents` as the API writes it: `"125.00"`, `"-3.50"`."""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def display(cents: int, currency: str = "") -> str:
    """Return `cents` for people: `$1,100.00`, `-$3.50`, `CHF 20.00`; without a currency `1,100.00`."""
    sign = "-" if cents < 0 else ""
    mark = _SIGNS.get(currency, f"{currency} " if currency else "")
    return f"{sign}{mark}{abs(cents) // 100:,}.{abs(cents) % 100:02d}"
