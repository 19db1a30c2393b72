"""Times of the day as spreadsheets and systems write them: `18:15`, `18:15:30.250`, `6:15 PM`, `6pm`."""

from __future__ import annotations

import re
from datetime import time

from scc.imports.lines import BadLine

_CLOCK = re.compile(
    r"(?:(?<=[0-9])t|(?<![0-9:.+-]))"
    r"(?P<hour>[0-9]{1,2})(?::(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:[.,](?P<part>[0-9]{1,9}))?)?)?"
    r" ?(?P<half>a\.?m\.?|p\.?m\.?)?(?![0-9:a-y])"
    r"(?P<zone> ?(?:z|(?:utc|gmt)? ?[+-][0-9]{2}(?::?[0-9]{2})?|utc|gmt)(?![0-9:a-z]))?"
)
_PART_OF_DAY = re.compile(r"0\.[0-9]{1,17}")
_LONGEST = 40


def read(text: str) -> time:
    """Return the time of the day that `text` writes, without day or zone, to the millisecond. Raises BadLine."""
    plain = " ".join(text.split()).lower()
    found = find(plain) if len(plain) <= _LONGEST else None
    at = of(found) if found and found[0] == plain and not found["zone"] else None
    if _PART_OF_DAY.fullmatch(plain):
        raise BadLine(f"{text!r} is a spreadsheet's part of a day; give its cells the format of a time")
    if at is None:
        raise BadLine(f"{text[:_LONGEST]!r} is no time such as 18:15" if plain else "is missing")
    return at


def find(plain: str) -> re.Match[str] | None:
    """Return where the time stands in a text of small letters: it has a colon, or says AM or PM."""
    return next((found for found in _CLOCK.finditer(plain) if found["minute"] or found["half"]), None)


def of(found: re.Match[str]) -> time | None:
    """Return the time that was found, None where there is no such time."""
    hour, half = int(found["hour"]), (found["half"] or "")[:1]
    if half and not 1 <= hour <= 12:
        return None
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    try:
        at = time(hour, int(found["minute"] or 0), int(found["second"] or 0))
    except ValueError:
        return None
    return at.replace(microsecond=int((found["part"] or "").ljust(3, "0")[:3]) * 1000)
