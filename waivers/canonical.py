"""Canonical JSON (RFC 8785), so that a hash of a document can be made again by anyone, anywhere.

Whole numbers, text, true, false, null, lists and objects; no fractions, whose text the RFC takes from ECMAScript.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

# RFC 8785, 3.2.2.3 by RFC 7493, 2.2: whole numbers that every reader holds exactly.
LARGEST = 2**53 - 1


class NotCanonical(ValueError):
    """A value that has no canonical form here."""


def canonical(value: object) -> str:
    """Return the one text of `value`. Raises NotCanonical for fractions, lone surrogates and unknown types."""
    return json.dumps(_ordered(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def sha256(text: str) -> str:
    """Return the SHA-256 of `text` in UTF-8, in hexadecimal."""
    return sha256_of_bytes(text.encode())


def sha256_of_bytes(data: bytes) -> str:
    """Return the SHA-256 of `data`, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def _ordered(value: object) -> object:
    if isinstance(value, str):
        return _checked_text(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        if abs(value) > LARGEST:
            raise NotCanonical(f"{value} is over 2**53 - 1")
        return value
    if isinstance(value, Mapping):
        return _ordered_object(value)
    if isinstance(value, list | tuple):
        return [_ordered(item) for item in value]
    raise NotCanonical(f"{type(value).__name__} has no canonical form")


def _ordered_object(value: Mapping[Any, object]) -> dict[str, object]:
    for name in value:
        if not isinstance(name, str):
            raise NotCanonical(f"{name!r} is no name of a member")
        _checked_text(name)
    # RFC 8785, 3.2.3: by UTF-16 code units, which differs from code points above the basic plane.
    names = sorted(value, key=lambda name: name.encode("utf-16-be"))
    return {name: _ordered(value[name]) for name in names}


def _checked_text(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError as exc:
        raise NotCanonical("a lone surrogate is no text") from exc
    # A subclass, such as Django's safe text or a choice, is written as plain text.
    return str(text)
