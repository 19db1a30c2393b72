"""JSON as DynamoDB writes it, with the type of each value beside it: `{"capacity": {"N": "12"}}`.

Docs: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.LowLevelAPI.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from scc.imports.lines import BadLine

_TYPES = frozenset({"S", "N", "B", "BOOL", "NULL", "M", "L", "SS", "NS", "BS"})
# How a number stands in a text until it is one: as a float it would lose its last zeros, or all that it says.
_NUMBER = re.compile(r'"\\u0000number ([0-9.E+-]+)\\u0000"')
_WHOLE = re.compile(r"-?[0-9]{1,38}")


@dataclass(frozen=True)
class Unread:
    """A value that is none. It spoils what it stands for, and nothing beside that. raw: what stands there."""

    reason: str
    raw: Any


@dataclass(frozen=True)
class Twice(Unread):
    """The values of a name that stands more than once in one object. raw: a list of them."""

    @classmethod
    def of(cls, values: list[Any]) -> Twice:
        return cls(f"stands {len(values)} times, as {_short(values)}", values)


def loads(text: str) -> Any:
    """Return the value that `text` is in JSON, its fractions as Decimal, so that 19.99 is no other number.

    A number that is none (`NaN`) is Unread, and a name that stands twice with two values Twice, as one of the two would
    be lost. Raises BadLine when all of it is no JSON.
    """
    try:
        return json.loads(
            text, parse_float=_number, parse_int=_number, parse_constant=_number, object_pairs_hook=each_once
        )
    except json.JSONDecodeError as exc:
        raise BadLine(f"is no JSON, at its character {exc.pos + 1}: {fault_of(exc)}") from exc
    except RecursionError as exc:
        raise BadLine("is no JSON that can be read: too much inside each other") from exc


def fault_of(error: json.JSONDecodeError) -> str:
    """Return what is wrong there, in words."""
    # So bytes that are no text were written when the file was opened.
    is_byte = error.doc.startswith("\\x", error.pos)
    return "it is not written in UTF-8" if is_byte else error.msg.removesuffix(" starting at")


def dumps(value: object) -> str:
    """Return `value` as plain JSON on one line, for reports: numbers as they were, halves of characters escaped."""
    text = json.dumps(value, ensure_ascii=False, default=_written)
    return _NUMBER.sub(r"\1", text).encode(errors="backslashreplace").decode()


def plain(item: object) -> object:
    """Return what an item says, whether it is typed or not, and whether or not it is wrapped as exports do.

    Types are taken off value by value, as some tables were written in part by hand. Raises BadLine for what is nested
    too deeply.
    """
    if isinstance(item, dict) and isinstance(item.get("Item"), dict) and "event_id" not in item:
        item = item["Item"]
    if not isinstance(item, dict):
        return item
    return {name: untyped(value) for name, value in item.items()}


def untyped(value: object) -> Any:
    """Return a value without the types that stand beside it and what is in it. Raises BadLine as `plain` does."""
    try:
        return _untyped(value)
    except RecursionError as exc:
        raise BadLine("has too much inside each other") from exc


def _untyped(value: Any) -> Any:
    match value:
        case Twice():
            return Twice.of([_untyped(each) for each in value.raw])
        case dict() if len(value) == 1 and _TYPES & value.keys():
            return _value(*next(iter(value.items())))
        case dict():
            return {name: _untyped(each) for name, each in value.items()}
        case list():
            return [_untyped(each) for each in value]
    return value


def _value(kind: str, value: Any) -> Any:
    match kind, value:
        case "S" | "B", str():
            return value
        case "BOOL", bool():
            return value
        case "NULL", _:
            return None
        case "N", str() | int() | Decimal():
            return _number(str(value))
        case "M", dict():
            return {name: _untyped(each) for name, each in value.items()}
        case "L", list():
            return [_untyped(each) for each in value]
        case "SS" | "BS", list():
            return value
        case "NS", list():
            return [_number(str(each)) for each in value]
    return Unread(f"has no value of DynamoDB's: {_short({kind: value})}", {kind: value})


def _number(text: str) -> int | Decimal | Unread:
    if _WHOLE.fullmatch(text):
        return int(text)
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        return Unread(f"{text[:40]!r} is no number", text)
    return number


def each_once(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Return values by their names, those of a name that stands more than once as Twice."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        before = found.setdefault(name, value)
        if before != value:
            found[name] = Twice.of([*(before.raw if isinstance(before, Twice) else [before]), value])
    return found


def _written(value: object) -> object:
    if isinstance(value, Unread):
        return value.raw
    if not isinstance(value, Decimal):
        raise TypeError(f"{type(value).__name__} is not of JSON")
    return f"\0number {value}\0"


def _short(value: object) -> str:
    return dumps(value)[:60]
