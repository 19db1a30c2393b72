"""The cells of a spreadsheet as the texts that a CSV would hold: 2026-05-23, 18:15, 125.00.

A number is what a spreadsheet shows of it: fifteen digits, with zeros as its format has them, 50% for a half, and the
currency where that is not a dollar, so that 50 € is no $50. Nothing that the cell holds is left out for its format's
sake, but for the day of what is shown as a time.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache

# Zeros before the point that are written always, and behind it.
_NUMBER = re.compile(r"(?P<whole>0*)(?:\.(?P<fraction>0+))?")
# What a format says beside: colours, conditions, currencies, spaces, texts.
_BESIDE = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|_.|\*.|[$€£#,\s()+\-]')
_QUOTED = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|_.|\*.')
# [$€-407], [$CHF], "€", "EUR"
_CURRENCY = re.compile(r"\[\$([^\]-]+)[^\]]*\]|[€£¥]|\b(?:EUR|GBP|CHF|CAD|AUD|NZD|MXN|JPY)\b")


def text_of(value: object, number_format: str) -> str:
    """Return the text of a cell's value. number_format: as the spreadsheet has it, `0.00`, `yyyy-mm-dd`."""
    match value:
        case None:
            return ""
        case bool():
            return "TRUE" if value else "FALSE"
        case int() | float():
            return _number(value, number_format)
        case datetime():
            return _moment(value, number_format)
        case date():
            return value.isoformat()
        case time():
            return _clock(value)
        case timedelta():
            return _span(value)
        case _:
            return str(value)


def _number(value: float, number_format: str) -> str:
    # A binary fraction has dust behind the fifteenth digit, which no spreadsheet shows.
    number = Decimal(f"{value:.15g}" if isinstance(value, float) else value)
    beside = _beside(number_format)
    if beside == "%":
        return f"{_plain(number.scaleb(2), number_format)}%"
    return f"{_plain(number, number_format)} {beside}".rstrip()


def _plain(number: Decimal, number_format: str) -> str:
    whole, fraction = _zeros(number_format)
    exponent = number.as_tuple().exponent
    places = max(fraction, -exponent if isinstance(exponent, int) else 0)
    text = f"{abs(number):.{places}f}" if number.is_finite() else str(abs(number))
    left, point, right = text.partition(".")
    return f"{'-' if number < 0 else ''}{left.zfill(whole)}{point}{right}"


@lru_cache(maxsize=256)
def _beside(number_format: str) -> str:
    """Return what a format shows beside a number that makes it another one: %, and a currency other than dollars."""
    first = number_format.partition(";")[0]
    named = _CURRENCY.search(first)
    currency = (named[1] or named[0]).strip() if named else ""
    if not currency or currency == "$":
        return "%" if "%" in _QUOTED.sub("", first) else ""
    return currency


@lru_cache(maxsize=256)
def _zeros(number_format: str) -> tuple[int, int]:
    """Return how many digits a format shows at least, before and behind the point."""
    found = _NUMBER.fullmatch(_BESIDE.sub("", number_format.partition(";")[0]).removesuffix("%"))
    if not found:
        return 1, 0
    # "#,##0" groups digits; it fills none up.
    grouped = "#" in number_format or "," in number_format
    return 1 if grouped else max(len(found["whole"]), 1), len(found["fraction"] or "")


def _moment(value: datetime, number_format: str) -> str:
    value = _to_the_second(value)
    shows_day, shows_time = _shows(number_format)
    if shows_time and not shows_day:
        return _clock(value.time())
    if value.time() == time() and not shows_time:
        return value.date().isoformat()
    return f"{value.date().isoformat()} {_clock(value.time())}"


@lru_cache(maxsize=256)
def _shows(number_format: str) -> tuple[bool, bool]:
    """Tell whether a format shows the day, and the time."""
    letters = _QUOTED.sub("", number_format).lower()
    return any(each in letters for each in "yd"), any(each in letters for each in "hs")


def _to_the_second(value: datetime) -> datetime:
    return (value + timedelta(microseconds=500_000)).replace(microsecond=0)


def _clock(value: time) -> str:
    rounded = _to_the_second(datetime.combine(date.min, value)).time()
    return f"{rounded:%H:%M:%S}" if rounded.second else f"{rounded:%H:%M}"


def _span(value: timedelta) -> str:
    seconds = round(value.total_seconds())
    hours, rest = divmod(abs(seconds), 3600)
    text = f"{hours:02}:{rest // 60:02}" + (f":{rest % 60:02}" if rest % 60 else "")
    return f"-{text}" if seconds < 0 else text
