"""How many items of a kind there are, and a digest of them all that does not depend on their order."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

_BITS = 256


@dataclass
class Tally:
    """digest: the sum of the SHA-256 of each item's text, modulo 2**256; a sum tells an item that came twice."""

    count: int = 0
    digest: int = 0

    def take(self, text: bytes) -> None:
        """Count an item, as `scc.dynamo.items.text_of` has it."""
        self.count += 1
        self.digest = (self.digest + int.from_bytes(hashlib.sha256(text).digest(), "big")) % 2**_BITS

    def join(self, other: Tally) -> None:
        self.count += other.count
        self.digest = (self.digest + other.digest) % 2**_BITS

    def as_json(self) -> dict[str, Any]:
        return {"count": self.count, "digest": f"{self.digest:064x}"}

    @classmethod
    def of_json(cls, value: Mapping[str, Any]) -> Self:
        return cls(int(value["count"]), int(value["digest"], 16))


def joined(parts: Iterable[Mapping[str, Tally]]) -> dict[str, Tally]:
    """Return the tallies of several parts as those of the whole, by kind."""
    whole: dict[str, Tally] = {}
    for part in parts:
        for kind, tally in part.items():
            whole.setdefault(kind, Tally()).join(tally)
    return whole


def total(tallies: Mapping[str, Tally]) -> int:
    return sum(tally.count for tally in tallies.values())
