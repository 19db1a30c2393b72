"""Exports and restores whose process was killed, and which were begun again."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from tests.copies.conftest import Season, kept, line_of, without_its_own
from tests.copies.test_erased import traces_of, verify
from tests.copies.test_exporting import export, items_of
from tests.copies.test_restoring import refusal, restore
from tests.waivers import scenes
from waivers.rows import State

# Kills itself once so many calls of one operation have gone out, before the answer of the last one is read.
PROGRAM = """
import os, signal, sys, threading, django
django.setup()
from django.core.management import call_command
from scc.copies import media
from scc.dynamo.rows import Row
service, operation, most = sys.argv[1], sys.argv[2], int(sys.argv[3])
sent, lock = [], threading.Lock()

def look(**_):
    with lock:
        sent.append(operation)
        if len(sent) == most:
            os.kill(os.getpid(), signal.SIGKILL)

client = media._client() if service == "s3" else Row._get_connection().connection.client
client.meta.events.register_first(f"after-call.{service}.{operation}", look)
call_command(*sys.argv[4:])
"""


def killed(service: str, operation: str, most: int, *command: str) -> bool:
    """Run a command until it is killed. Returns whether it was."""
    arguments = [sys.executable, "-c", PROGRAM, service, operation, str(most), *command]
    there = os.environ | {"SCC_TABLE": settings.SCC_TABLE, "SCC_MEDIA_BUCKET": settings.SCC_MEDIA_BUCKET}
    ended = subprocess.run(arguments, cwd=settings.BASE_DIR, env=there, check=False, capture_output=True)
    return ended.returncode == -signal.SIGKILL


@pytest.mark.parametrize(
    ("service", "operation", "most"),
    [
        # Its row is stored; objects are on their way; items; and the table is compared.
        ("dynamodb", "TransactWriteItems", 1),
        ("s3", "PutObject", 5),
        ("dynamodb", "BatchWriteItem", 2),
        ("dynamodb", "BatchWriteItem", 6),
        ("dynamodb", "TransactWriteItems", 3),
    ],
)
def test_a_restore_that_was_killed_goes_on(
    season: Season, fresh: None, service: str, operation: str, most: int
) -> None:
    assert killed(service, operation, most, "restoreall", str(season.folder))

    restore(season.folder)

    assert without_its_own(scenes.items()) == kept(season.items)
    assert scenes.objects("") == season.objects


def test_a_restore_that_was_killed_while_it_erased_goes_on(season: Season, fresh: None, tmp_path: Path) -> None:
    since = tmp_path / "since.txt"
    since.write_text(f"waiver {season.signed['ana'].ulid}\n")
    command = ("restoreall", str(season.folder), "--erased", str(since))
    # Three of the restore's own, and one of the erasure.
    assert killed("dynamodb", "TransactWriteItems", 4, *command)

    said = restore(season.folder, erased=[since])

    assert line_of(season.signed["joined"]).state == State.ERASED
    assert traces_of(season) == []
    verify()
    # What it wrote before it was killed is told too.
    (entry,) = [item for (pk, _), item in scenes.items().items() if pk == "AUDIT#RESTORE#restore"]
    found = re.search(r"items: (\d+) kept away, (\d+) carried; ", said)
    assert found
    assert int(found[1]) + int(found[2]) == len(items_of(season.folder))
    assert entry["summary"]["S"].startswith(f"Restored {found[2]} items from export ")


def test_another_export_does_not_get_into_a_restore_that_was_killed(
    season: Season, bucket_lives: None, tmp_path: Path
) -> None:
    restore(season.folder)
    export(tmp_path / "other")
    for item in scenes.items().values():
        scenes.take_away(item)
    assert killed("dynamodb", "BatchWriteItem", 2, "restoreall", str(season.folder))

    assert "from another export" in refusal(tmp_path / "other")


def test_an_export_that_was_killed_is_made_anew(season: Season, fresh: None, tmp_path: Path) -> None:
    restore(season.folder)
    before = kept(scenes.items())
    assert killed("s3", "GetObject", 5, "exportall", str(tmp_path / "all"))

    assert "no finished export" in refusal(tmp_path / "all")
    export(tmp_path / "all")

    found = {(item["pk"]["S"], item["sk"]["S"]): item for item in items_of(tmp_path / "all")}
    assert without_its_own(found).keys() == without_its_own(before).keys()
