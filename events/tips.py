"""How the tips are weighed: how many shares each role of the crew gets. One each, until the operator says otherwise.

What is stored is kept in the process for `CURRENT_SECONDS`; a change is everywhere a minute later.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from events.rows import CrewRole, TipWeight

SHIPPED = 1
MOST = 100
CURRENT_SECONDS = 60.0


@dataclass
class _Memory:
    """What this process knows of the table: role to weight, and when that was read (monotonic seconds)."""

    weights: dict[str, int] | None = None
    read_at: float = 0.0


_memory = _Memory()


def weights() -> dict[str, int]:
    """Return how many shares each role gets. One Query, at most once a minute."""
    known = _memory.weights
    if known is not None and time.monotonic() - _memory.read_at < CURRENT_SECONDS:
        return known
    stored = {row.role: row.weight for row in TipWeight.listing(known={})}
    found = {role: stored.get(role, SHIPPED) for role in CrewRole.values}
    _memory.weights, _memory.read_at = found, time.monotonic()
    return found


def forget() -> None:
    """Let the next question read the table: after a change, and after the table was made anew."""
    _memory.weights = None
