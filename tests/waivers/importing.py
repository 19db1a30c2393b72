"""Files of waivers as other systems give them. Give what the test is about."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any, NamedTuple

from django.core.management import CommandError, call_command

from waivers.rows import Waiver

HEADER = (
    *("event", "name", "signed_at", "email", "phone", "birth_date", "role", "guardian", "method", "address"),
    *("signature", "note", "external_id"),
)
PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAA"
    "DUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
ORDINARY = {
    "event": "2026-05-23",
    "name": "Ana López",
    "signed_at": "2026-05-20T18:15:00Z",
    "email": "ana@example.com",
    "phone": "+1 619 555 0142",
    "birth_date": "1980-03-31",
    "method": "clicked",
    "address": "203.0.113.77",
    "signature": PIXEL,
}


class Ended(NamedTuple):
    """How a command ended."""

    code: int
    counts: dict[str, int]
    reports: list[str]
    guesses: list[str]


def line(**changes: str) -> dict[str, str]:
    """Return a line of someone who said all that one can say."""
    return ORDINARY | changes


def bare(name: str, **changes: str) -> dict[str, str]:
    """Return a line that says who signed for what, and when."""
    return {"event": "2026-05-23", "name": name, "signed_at": "2026-05-20T18:15:00Z"} | changes


def write(path: Path, *lines: dict[str, str]) -> Path:
    """Write a file of `lines`."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, HEADER)
        writer.writeheader()
        writer.writerows(lines)
    return path


def run(path: Path, **options: Any) -> Ended:
    """Import a file."""
    summary, report, guesses = (path.with_suffix(end) for end in (".json", ".report", ".guesses"))
    code = 0
    try:
        call_command("importwaivers", str(path), summary=summary, report=report, guesses=guesses, **options)
    except SystemExit as exc:
        code = int(str(exc.code))
    except CommandError as exc:
        code = exc.returncode
    return Ended(code, json.loads(summary.read_text())["waivers"], _reasons(report), _reasons(guesses))


def _reasons(path: Path) -> list[str]:
    with path.open(newline="") as file:
        return [row["reason"] for row in csv.DictReader(file)]


def stored(slug: str = "2026-05-23") -> dict[str, Waiver]:
    """Return the lines of a departure by their names."""
    return {each.name: each for each in Waiver.listing(known={"event_id": slug})}
