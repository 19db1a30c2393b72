"""Sweep the outbox: send every letter that is due. Meant to run every minute."""

from __future__ import annotations

import json
import time
from argparse import ArgumentParser
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import track

from scc.dynamo.errors import Conflict, StoreError
from scc.mail import outbox
from scc.mail.rows import Letter, State
from scc.stopping import stop_requests

SOME_FAILED = 3


class Command(BaseCommand):
    help = (
        "Send the letters that are due, the longest waiting first. Exits 3 when some have failed for good. "
        'Its last line is for an alarm: {"letters_stuck": 2}, how many failed for good within a day or are due for '
        "over an hour."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="name the letters that are due, and send none")
        parser.add_argument("--seconds", type=float, default=0, help="begin no letter after so long; 0: no limit")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["dry_run"]:
                self._name()
                return
            counts = self._deliver(options["seconds"])
            self.stdout.write(
                f"Letters: {counts.total()} due, {counts[State.SENT]} sent, {counts[State.QUEUED]} put off, "
                f"{counts[State.FAILED]} failed, {counts['elsewhere']} sent elsewhere."
            )
            self.stdout.write(json.dumps({"letters_stuck": outbox.stuck(now=datetime.now(UTC))}))
        except StoreError as exc:
            raise CommandError(f"{exc}. Letters that are due stay due; run this again.") from exc
        if counts[State.FAILED]:
            raise SystemExit(SOME_FAILED)

    def _name(self) -> None:
        count = 0
        for letter in outbox.due(now=datetime.now(UTC)):
            count += 1
            self.stdout.write(f"{letter.id} {letter}, written {letter.written_at:%Y-%m-%d %H:%M}Z")
        self.stdout.write(f"Letters: {count} due, none sent (dry run).")

    def _deliver(self, seconds: float) -> Counter[str]:
        counts: Counter[str] = Counter()
        started = time.monotonic()
        with stop_requests() as asked:
            for letter in track(self._due(), description="Letters", console=Console(stderr=True), transient=True):
                if asked or (seconds and time.monotonic() - started > seconds):
                    break
                counts[self._outcome(letter)] += 1
        return counts

    def _due(self) -> list[Letter]:
        return list(outbox.due(now=datetime.now(UTC)))

    def _outcome(self, letter: Letter) -> str:
        try:
            state = outbox.attempt(letter)
        except (outbox.AlreadyClaimed, Conflict):
            return "elsewhere"
        if state == State.FAILED:
            self.stderr.write(f"{letter.id} failed: {letter.error}")
        return state
