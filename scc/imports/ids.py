"""Ids that follow from what they are of, so that the same line carried twice is the same row."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime

from ulid import ULID


def digest_of(*parts: object) -> str:
    """Return the SHA-256, as hexadecimal digits, of `parts`: texts, numbers, None, and lists of them."""
    return hashlib.sha256(text_of(*parts)).hexdigest()


def text_of(*parts: object) -> bytes:
    """Return `parts` in one writing, as JSON, which no other parts have."""
    return json.dumps(parts, ensure_ascii=False, separators=(",", ":")).encode()


def ulid_of(moment: datetime, *parts: object) -> str:
    """Return a ULID of `moment`, to the millisecond, whose other bits follow from `parts`."""
    random = bytes.fromhex(digest_of(*parts))[:10]
    return str(ULID(ULID.from_datetime(moment).bytes[:6] + random))
