"""Runs of `backfilllegacy`: what they read, what they said, what is there then."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path
from typing import Any

from events import calendar, rows
from payments import books
from tests.commands import Ran

EXAMPLE = Path(__file__).parent.parent.parent / "examples" / "legacy.jsonl"
AT = "2026-05-20T17:05:00Z"


class Backfill(Ran):
    """One run of the command."""

    def __init__(self, *arguments: str | Path) -> None:
        super().__init__("backfilllegacy", *arguments)


def written(path: Path, *items: dict[str, Any] | str) -> Path:
    """Write items as JSON lines, and texts as they stand."""
    path.write_text("".join(f"{each if isinstance(each, str) else json.dumps(each)}\n" for each in items))
    return path


def item(**attributes: Any) -> dict[str, Any]:
    """Return an item that is as it should be."""
    ordinary = {"event_id": "2026-05-23", "date": "2026-05-23", "title": "Sunset sail", "capacity": 12}
    return {**ordinary, **attributes}


def paid(amount: Any = 50, **said: Any) -> dict[str, Any]:
    return {"patron_name": "Ana López", "amount": amount, "method": "cash", "ts": AT, **said}


def event(slug: str = "2026-05-23") -> rows.Event:
    found = calendar.get_event(slug)
    assert found is not None
    return found


def ledger(slug: str = "2026-05-23") -> list[Any]:
    return books.read(slug).entries


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def everything() -> list[rows.Event]:
    return calendar.between(date(2020, 1, 1), date(2028, 12, 31)).rows
