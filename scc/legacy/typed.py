"""JSON as DynamoDB writes it, with the type of each value beside it: `{"capacity": {"N": "12"}}`.

Docs: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.LowLevelAPI.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from scc.imports.lines import BadLine

_TYPES = frozenset({"S", "N", "B", "BOOL", "NULL", "M", "L", "SS", "NS", "BS"})
_WHOLE = re.compile(r"-?[0-9]{1,38}")


def loads(text: str) -> Any:
    """Return the value that `text` is in JSON, its fractions as Decimal, so that 19.99 is no other number.

    Raises BadLine when it is none, and where a name stands twice in one object, as one of the two would be lost.
    """
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_refuse, object_pairs_hook=_once)
    except (ValueError, RecursionError) as exc:
        raise BadLine(f"is no JSON: {exc}") from exc


def dumps(value: object) -> str:
    """Return `value` as plain JSON on one line, for reports, with halves of characters escaped."""
    return json.dumps(value, ensure_ascii=False, default=_number_text).encode(errors="backslashreplace").decode()


def plain(item: object) -> object:
    """Return what an item says, whether it is typed or not, and whether or not it is wrapped as exports do.

    Raises BadLine for a typed value that is none.
    """
    if isinstance(item, dict) and set(item) == {"Item"} and isinstance(item["Item"], dict):
        item = item["Item"]
    if isinstance(item, dict) and _is_typed(item):
        return {name: _value(typed) for name, typed in item.items()}
    return item


def _is_typed(item: Mapping[str, Any]) -> bool:
    """Say whether every attribute is a value beside its type. No list or text of a plain item looks like that."""
    return bool(item) and all(
        isinstance(each, dict) and len(each) == 1 and _TYPES & each.keys() for each in item.values()
    )


def _value(typed: object) -> object:
    if not isinstance(typed, dict) or len(typed) != 1:
        raise BadLine(f"has no type of DynamoDB's: {_short(typed)}")
    ((kind, value),) = typed.items()
    match kind, value:
        case "S" | "B", str():
            return value
        case "BOOL", bool():
            return value
        case "NULL", _:
            return None
        case "N", str() | int() | Decimal():
            return _number(value)
        case "M", dict():
            return {name: _value(each) for name, each in value.items()}
        case "L", list():
            return [_value(each) for each in value]
        case "SS" | "BS", list():
            return value
        case "NS", list():
            return [_number(each) for each in value]
    raise BadLine(f"has no value of DynamoDB's: {_short(typed)}")


def _number(value: object) -> int | Decimal:
    text = str(value)
    if _WHOLE.fullmatch(text):
        return int(text)
    try:
        return Decimal(text)
    except InvalidOperation as exc:
        raise BadLine(f"{text[:40]!r} is no number") from exc


def _once(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"{name[:40]!r} stands twice in one object")
        found[name] = value
    return found


def _refuse(text: str) -> None:
    raise ValueError(f"{text} is no number")


def _number_text(value: object) -> object:
    if not isinstance(value, Decimal):
        raise TypeError(f"{type(value).__name__} is not of JSON")
    number = float(value)
    return number if Decimal(repr(number)) == value else str(value)


def _short(value: object) -> str:
    return dumps(value)[:60]
