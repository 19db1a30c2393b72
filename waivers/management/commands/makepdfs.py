"""Make the PDFs of waivers that are due. Meant to run every minute."""

from __future__ import annotations

import json
import time
from argparse import ArgumentParser
from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import track

from scc.dynamo.errors import StoreError
from scc.sealing.boxes import Tampered
from scc.stopping import stop_requests
from waivers.pdfs import making
from waivers.pdfs.fonts import FontMissing
from waivers.pdfs.making import Outcome
from waivers.rows import PdfDue

SOME_FAILED = 3


class Command(BaseCommand):
    help = (
        "Make the PDFs of waivers that are due, and put them into the bucket. Exits 3 when some cannot be made as "
        'things are; each is named. Its last line is for an alarm: {"pdfs_stuck": 2}, how many those are.'
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="name what is due, and make none")
        parser.add_argument("--seconds", type=float, default=0, help="begin none after so long; 0: no limit")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            tasks = list(making.due())
            if options["dry_run"]:
                self._name(tasks)
                return
            counts = self._make(tasks, options["seconds"])
        except StoreError as exc:
            raise CommandError(f"{exc}. What is due stays due; run this again.") from exc
        self.stdout.write(
            f"PDFs: {len(tasks)} due, {counts[Outcome.MADE]} made, {counts[Outcome.THERE]} there already, "
            f"{counts[Outcome.ERASED]} erased, {counts['stuck']} stuck."
        )
        self.stdout.write(json.dumps({"pdfs_stuck": counts["stuck"]}))
        if counts["stuck"]:
            raise SystemExit(SOME_FAILED)

    def _name(self, tasks: list[PdfDue]) -> None:
        for task in tasks:
            self.stdout.write(f"{task.event_id}.{task.ulid}")
        self.stdout.write(f"PDFs: {len(tasks)} due, none made (dry run).")

    def _make(self, tasks: list[PdfDue], seconds: float) -> Counter[str]:
        counts: Counter[str] = Counter()
        started = time.monotonic()
        with stop_requests() as asked:
            for task in track(tasks, description="PDFs", console=Console(stderr=True), transient=True):
                if asked or (seconds and time.monotonic() - started > seconds):
                    break
                counts[self._outcome(task)] += 1
        return counts

    def _outcome(self, task: PdfDue) -> str:
        try:
            return making.make(task)
        except (FontMissing, making.Unreadable, Tampered) as exc:
            self.stderr.write(f"{task.event_id}.{task.ulid} stays due: {exc}")
            return "stuck"
