"""The close of a day with many entries. Import it with Django set up."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from bench.lists import store, visit
from bench.timing import Cost, cost
from payments import closing
from tests.people import client_of, make_user

ENTRIES = 500
# What is asked of it: as many times the CPU of Django's stock list of a page.
MOST_RATIO = 4
# A day of a month of its own: the emulator reads a whole partition.
DAY = date(2025, 11, 15)
SLUGS = [f"2025-11-15-{number}" for number in range(10)]


def measure() -> dict[str, Cost]:
    """Return what the page costs before the day is closed, and after."""
    store(SLUGS, first=0, last=ENTRIES, when=datetime(2025, 11, 15, 20, tzinfo=UTC))
    user = make_user(username="bea")
    client, path = client_of(user), f"/dispatch/close/{DAY}/"
    before = cost("to be closed", lambda: visit(client, path))
    close(user)
    return {"to be closed": before, "closed": cost("closed", lambda: visit(client, path))}


def close(user: Any) -> None:
    till = closing.read(DAY).till
    if till is None or len(till.entries) != ENTRIES:
        raise RuntimeError(f"{DAY} is not to be closed with {ENTRIES} entries")
    closing.close(day=DAY, counted={"cash": 0}, note="", seen=till.seen, by=user, key="bench")
