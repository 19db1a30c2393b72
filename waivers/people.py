"""Who is who: a person is a name and a date of birth, never an address, which families share.

The table knows a person by a keyed hash, as the two are few enough to be guessed one after the other. The key lies
outside the table, like those of the records.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import date
from typing import Any

from scc.dynamo.folding import fold
from scc.sealing import keys

KEY = "people"
_HEX = 40


def digest(name: str, born_on: date) -> str:
    """Return the hash under which this person's waivers are found. Case and accents of `name` do not matter.

    A GetObject the first time in a process. Raises StoreUnavailable.
    """
    person = f"{' '.join(fold(name).split())}|{born_on.isoformat()}"
    return hmac.digest(keys.named(KEY), person.encode(), "sha256").hex()[:_HEX]


def digest_of(private: Mapping[str, Any]) -> str:
    """Return `digest` of who a private document is of, "" where no date of birth is known. Raises as `digest`."""
    return digest(private["name"], date.fromisoformat(private["born_on"])) if private["born_on"] else ""


def is_same(name: str, born_on: date | None, other: str, other_born_on: date) -> bool:
    """Return whether two names and dates of birth are one person's."""
    return fold(name) == fold(other) and born_on == other_born_on
