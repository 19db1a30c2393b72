"""Amounts as people and systems write them: `$1,250.00`, `1.250,00 EUR`, `-50`, `(50.00)`.

What can be read in two ways is refused. `1.250` may be a thousand and more, or one and a quarter; `1,250` may be so too
where a comma is the decimal sign, but not in the currencies of countries that write a point there. Forms take less: see
`scc.money`.
"""

from __future__ import annotations

import re

from django.conf import settings

from scc.imports.lines import BadLine
from scc.money import MOST_CENTS, display

# Whose signs they are, and of none other.
_SIGNS = {
    "$": {"USD", "CAD", "AUD", "NZD", "MXN", "SGD", "HKD", "ARS", "CLP", "COP"},
    "US$": {"USD"},
    "CA$": {"CAD"},
    "A$": {"AUD"},
    "NZ$": {"NZD"},
    "MX$": {"MXN"},
    "€": {"EUR"},
    "£": {"GBP"},
}
# Where the decimal sign is a point, so that a comma before three digits is none.
_POINT = {"USD", "CAD", "AUD", "NZD", "GBP", "MXN", "SGD", "HKD"}

# A hyphen, a minus, a dash; the hyphen escaped, as they stand in brackets.
_MINUS = "\\-\u2212\u2013"
_CODE = "[A-Z]{3}"
_SIGN = rf"[A-Z]{{0,3}} ?[{re.escape('$€£')}]"
_WHOLE = re.compile(
    rf"(?P<before>[+{_MINUS}]?) ?(?P<code>{_CODE})? ?(?P<sign>{_SIGN})? ?(?P<inside>[+{_MINUS}]?) ?"
    rf"(?P<number>[0-9.,'\u2019 ]*[0-9]\.?) ?(?P<after>[{_MINUS}]?) ?"
    rf"(?P<sign_behind>{_SIGN})? ?(?P<code_behind>{_CODE})?"
)
# A space behind a comma, where decimals show that it is one amount: 1, 250.00 and not 50, 100.
_SPACED = re.compile(r"(?<=[0-9][.,]) (?=[0-9]{3}(?:[.,] ?[0-9]{3})*[.,][0-9]{2}$)")
# 650.- and 650,--: a dash for no cents, and no minus.
_NO_CENTS = re.compile(rf"(?<=[0-9])(?P<point>[.,]) ?[{_MINUS}\u2014]{{1,2}}(?![0-9.,])")
_ENDS_WITH_POINT = re.compile(r"(?:[0-9]+|[1-9][0-9]{0,2}(?:,[0-9]{3})+)\.")
# A first group of one to three digits, no zero in front, and all others of three behind one and the same sign.
_GROUPED = r"(?P<whole>[1-9][0-9]{0,2}(?P<sep>[.,' ])[0-9]{3}(?:(?P=sep)[0-9]{3})*)"
_THOUSANDS = re.compile(_GROUPED)
_THOUSANDS_AND_DECIMALS = re.compile(_GROUPED + r"(?!(?P=sep))[.,](?P<fraction>[0-9]+)")
_PLAIN = re.compile(r"(?P<whole>[0-9]*)(?:[.,](?P<fraction>[0-9]+))?")

# Characters: of any amount, and of one that is quoted in a reason.
_LONGEST = 200
_LONGEST_SHOWN = 60


def read(text: str, *, currency: str = "") -> int:
    """Return the amount that `text` writes, in cents; below zero for `-50.00`, `50.00-` and `(50.00)`.

    currency: what it must be of, the operator's when none is given; text need not name it. Raises BadLine with the
    reason, also for "", for more than two decimals other than zeros, and for more than the ledger takes.
    """
    cents = counted(text, currency=currency)
    if abs(cents) > MOST_CENTS:
        raise BadLine(f"{_shown(text)} is more than {display(MOST_CENTS)}")
    return cents


def counted(text: str, *, currency: str = "") -> int:
    """Return what `read` does, however much it is: what is too much for the ledger counts as reported."""
    currency = currency or settings.SCC_CURRENCY
    plain, negative = _without_brackets(" ".join(text.split()).upper())
    plain = _NO_CENTS.sub(r"\g<point>00", plain)
    found = _WHOLE.fullmatch(plain) if len(plain) <= _LONGEST else None
    signs = [sign for sign in found.group("before", "inside", "after") if sign] if found else []
    if found is None or len(signs) + negative > 1:
        raise _none(text)
    _check_currency(found, currency, text)
    cents = _cents(_tidy(found["number"]), currency, text)
    return -cents if negative or (signs and signs[0] != "+") else cents


def _without_brackets(text: str) -> tuple[str, bool]:
    """Return what stands in brackets, as bookkeepers write what is below zero, and whether it did."""
    in_brackets = text.startswith("(") and text.endswith(")")
    return (text[1:-1].strip(), True) if in_brackets else (text, False)


def _check_currency(found: re.Match[str], currency: str, text: str) -> None:
    """Refuse another currency, and one that is said twice in the same way; a sign and a code may agree: $50 USD."""
    signs = [sign.replace(" ", "") for sign in found.group("sign", "sign_behind") if sign]
    codes = [code for code in found.group("code", "code_behind") if code]
    if len(signs) > 1 or len(codes) > 1:
        raise _none(text)
    if any(currency not in _SIGNS.get(named, {named}) for named in (*signs, *codes)):
        raise BadLine(f"{_shown(text)} is not in {currency}")


def _tidy(number: str) -> str:
    """Return a number without what people leave in it: 1, 250.00 and 50."""
    number = _SPACED.sub("", number.replace("\u2019", "'"))
    return number[:-1] if _ENDS_WITH_POINT.fullmatch(number) else number


def _cents(number: str, currency: str, text: str) -> int:
    found = _THOUSANDS_AND_DECIMALS.fullmatch(number)
    if found is None and (grouped := _THOUSANDS.fullmatch(number)):
        _check_thousands(grouped, currency, text)
        found = grouped
    found = found or _PLAIN.fullmatch(number)
    if found is None:
        raise _none(text)
    whole = re.sub(r"[.,' ]", "", found["whole"])
    fraction = found.groupdict().get("fraction") or ""
    if len(whole) > 12:
        raise BadLine(f"{_shown(text)} is more than {display(MOST_CENTS)}")
    if fraction[2:].strip("0"):
        raise BadLine(f"{_shown(text)} has more than two decimals")
    return int(whole or "0") * 100 + int(fraction[:2].ljust(2, "0"))


def _check_thousands(found: re.Match[str], currency: str, text: str) -> None:
    """Refuse one sign with three digits behind it, where they may be decimals."""
    sign = found["sep"]
    if found["whole"].count(sign) > 1 or sign in "' " or (sign == "," and currency in _POINT):
        return
    one, many = found["whole"].replace(sign, "."), found["whole"].replace(sign, "")
    raise BadLine(f"{_shown(text)} may be {many} or {one}; write it with two decimals")


def _none(text: str) -> BadLine:
    return BadLine(f"{_shown(text)} is no amount such as 1250.00" if text.strip() else "is missing")


def _shown(text: str) -> str:
    return repr(text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + "…")
