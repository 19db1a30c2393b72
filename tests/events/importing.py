"""Imports of departures, parties and crew, as tests run them."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from events import rows
from scc.dynamo.rows import Row
from scc.imports.rows import ImportFile, ImportRun
from scc.staff.rows import AuditEntry

Said = Mapping[str, str]

# Dies on the way of a transaction of this number: before it is sent, or when its answer is there.
_DYING = """
import os, signal, sys
import django
django.setup()
from django.core.management import call_command
from scc.dynamo.rows import Row

moment, left, *command = sys.argv[1:]
left = [None] * int(left)

def die(**_):
    left and left.pop()
    left or os.kill(os.getpid(), signal.SIGKILL)

Row._get_connection().connection.client.meta.events.register(f"{moment}.dynamodb.TransactWriteItems", die)
call_command(*command)
"""


def written(path: Path, columns: Sequence[str], lines: Sequence[Said]) -> Path:
    """Write a CSV of `lines`, each by its cells that are not blank, and return its path."""
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(lines)
    return path


def killed(command: str, path: Path, moment: str, at: int) -> int:
    """Run a command in a process of its own that is killed at its transaction of the number `at`. Returns its status.

    moment: "before-send", or "response-received".
    """
    arguments = [sys.executable, "-c", _DYING, moment, str(at), command, str(path)]
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "scc.settings"}
    return subprocess.run(arguments, check=False, capture_output=True, timeout=60, env=env).returncode


def elsewhere(command: str, path: Path) -> None:
    """Run a command in a process of its own, to its end."""
    assert killed(command, path, moment="before-send", at=1000) == 0


KILLED = -signal.SIGKILL


def items() -> list[dict[str, Any]]:
    """Return every item of the table, but for the runs and what tells the writes of one from another's."""
    stored = [row for row in Row.scan() if not isinstance(row, ImportRun | ImportFile) and not _is_of_a_run(row)]
    raw = [{name: value for name, value in row.serialize().items() if name != "unit"} for row in stored]
    return sorted(raw, key=lambda item: (item["pk"]["S"], item["sk"]["S"]))


def _is_of_a_run(row: Row) -> bool:
    return isinstance(row, AuditEntry) and row.subject.startswith("IMPORT")


def event_of(slug: str = "2026-05-23") -> rows.Event:
    event = rows.Event.fetch(slug=slug)
    assert event is not None
    return event


def parties_of(slug: str = "2026-05-23") -> list[rows.Patron]:
    return [row for row in Row.collection(f"EVENT#{slug}") if isinstance(row, rows.Patron)]


def crew_of(slug: str = "2026-05-23") -> list[rows.CrewAssignment]:
    return [row for row in Row.collection(f"EVENT#{slug}") if isinstance(row, rows.CrewAssignment)]


def people() -> list[rows.Person]:
    return rows.Person.listing(index="gsi2", known={}).rows
