"""The values of a legacy item as the text of cells, and what a number says in cents."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from decimal import Decimal

from scc.imports.lines import BadLine
from scc.legacy import typed
from scc.legacy.typed import Twice, Unread, dumps
from scc.money import MOST_CENTS, decimal_text, display

# What counting in floats leaves behind is smaller than this, in cents; what someone wrote is larger.
DUST = Decimal("0.000001")

# A float that was written as text: 19.990000000000002
_FLOAT = re.compile(r"-?[0-9]{1,12}\.[0-9]{6,}")


def text_of(value: object) -> str:
    """Return a text or a number as the text of a cell, "" for nothing. Raises BadLine for anything else."""
    match value:
        case None:
            return ""
        case Unread():
            raise BadLine(value.reason)
        case bool() | list() | dict():
            raise BadLine(f"{dumps(value)[:60]} is no text")
        case Decimal():
            return _decimal_text(value)
    text = str(value).strip()
    if any("\ud800" <= char <= "\udfff" for char in text):
        raise BadLine("holds a character that is not text")
    return text


def any_text(value: object) -> str:
    """Return any value as the text of a cell: what is no text as JSON. Raises BadLine for halves of characters."""
    return text_of(dumps(value) if isinstance(value, bool | list | dict) else value)


def amount_text(value: object) -> str:
    """Return an amount as the text of a cell; a number in whole cents, without what floats leave behind.

    Raises BadLine for a number with more than two decimals, and what is no text or number.
    """
    if isinstance(value, str) and _FLOAT.fullmatch(value.strip()):
        value = Decimal(value.strip())
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return text_of(value)
    if not -MOST_CENTS <= value <= MOST_CENTS:
        raise BadLine(f"{_decimal_text(Decimal(value))[:60]} is more than {display(MOST_CENTS)}")
    # Of a zero with an exponent the digits would be as many as it says.
    cents = Decimal(value) * 100 if value else Decimal()
    whole = round(cents)
    if abs(cents - whole) > DUST:
        raise BadLine(f"{value} has more than two decimals")
    return decimal_text(whole)


def listed(value: object, known: Container[str]) -> list[tuple[str, object]]:
    """Return what is in a list, each with where it stands there: nothing where there is none, and one where it is none.

    A list may be an object of objects, each under a name of its own, which is none of the `known`. Of a list that
    stands twice it is what is in both; one that was written as text is read.
    """
    value = _unwrapped(value)
    if isinstance(value, Twice):
        both = [each for one in value.raw for _, each in listed(one, known)]
        return [(str(place), each) for place, each in enumerate(both)]
    if is_empty(value):
        return []
    if isinstance(value, dict) and all(isinstance(each, dict) and name not in known for name, each in value.items()):
        return [(" ".join(name.split())[:40], each) for name, each in value.items()]
    return [(str(place), each) for place, each in enumerate(value if isinstance(value, list) else [value])]


def is_list(value: object) -> bool:
    """Say whether a value is a list, one thing of a list, or such a text."""
    return isinstance(_unwrapped(value), Twice | list | dict)


def _unwrapped(value: object) -> object:
    if not isinstance(value, str) or not value.lstrip().startswith(("[", "{")):
        return value
    try:
        return typed.untyped(typed.loads(value))
    except BadLine:
        return value


def is_empty(value: object) -> bool:
    """Say whether a value says nothing."""
    return value is None or (isinstance(value, str) and not value.strip()) or value in ([], {})


def left_out(attributes: Mapping[str, object], known: frozenset[str]) -> list[str]:
    """Return what is said of attributes that nothing here knows, where they say something."""
    strange = sorted(name for name, value in attributes.items() if name not in known and not is_empty(value))
    return [f"left out: {', '.join(strange)}"] if strange else []


def _decimal_text(number: Decimal) -> str:
    # With an exponent it would be no number to others; with a large or a small one, a text of any length.
    if not number.is_finite() or not -40 <= number.adjusted() <= 40:
        return str(number)
    return f"{number:f}"
