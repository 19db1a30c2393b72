"""Go on with the imports that were begun in the admin. Meant to run every five minutes."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from scc.dynamo.errors import StoreError
from scc.imports import jobs
from scc.imports.jobs import Busy
from scc.imports.rows import ImportRun
from scc.stopping import stop_requests

GOES_ON = "What was begun goes on with the next run of this."


class Command(BaseCommand):
    help = (
        "Go on with the imports that were begun in the admin, portion by portion. What someone is at is left to them."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seconds", type=float, default=0, help="begin no portion after so long; 0: no limit")

    def handle(self, *args: Any, **options: Any) -> None:
        counts: Counter[str] = Counter()
        until = time.monotonic() + (options["seconds"] or float("inf"))
        try:
            waiting = jobs.waiting()
        except StoreError as exc:
            raise CommandError(f"{exc}. {GOES_ON}") from exc
        with stop_requests() as asked:
            for run in waiting:
                if not asked and time.monotonic() < until:
                    self._drive(run, counts, until, asked)
        self.stdout.write(
            f"Imports: {counts['lines']} lines in {counts['runs']} imports, {counts['busy']} left to others."
        )
        if counts["cut short"]:
            raise CommandError(f"{counts['cut short']} imports were cut short. {GOES_ON}")

    def _drive(self, run: ImportRun, counts: Counter[str], until: float, asked: list[int]) -> None:
        before = run.lines_done
        try:
            after = jobs.drive(run, seconds=until - time.monotonic(), asked=lambda: bool(asked))
        except Busy:
            counts["busy"] += 1
            return
        except StoreError as exc:
            # The others may still be carried: they are on other departures.
            counts["cut short"] += 1
            self.stderr.write(f"{run.ulid}: {exc}", self.style.WARNING)
            return
        counts["runs"] += 1
        counts["lines"] += after.lines_done - before
